"""``regionbus doctor``: settings and surroundings, each check with what to do."""

import asyncio
import json
from pathlib import Path

from bridge.doctor import examine
from bridge.doctor.check import Check, names
from bridge.texts import text

MARKS = {"good": "✓", "note": "·", "wrong": "✗"}


def run(config: Path, *, as_json: bool) -> int:
    """Runs all checks; 1 if something must be done; a note is none."""
    checks = asyncio.run(everything(config))
    if as_json:
        print(json.dumps([{"check": each.name, "state": each.state, "what_to_do": each.sentence} for each in checks], ensure_ascii=False))
    else:
        for each in checks:
            print(f"{MARKS[each.state]} {text(f'check-{each.name}')}{': ' if each.flaw else ''}{each.sentence}")
    return 1 if any(each.state == "wrong" for each in checks) else 0


async def everything(config: Path) -> list[Check]:
    """All checks of an installation."""
    return [each async for each in examine(config)]


def listed(*, as_json: bool) -> int:
    """What is looked at."""
    known = {name: text(f"check-{name}") for name in names()}
    if as_json:
        print(json.dumps([{"check": name, "looks_at": words} for name, words in known.items()], ensure_ascii=False))
    else:
        width = max(map(len, known))
        print("\n".join(f"{name:{width}}  {words}" for name, words in known.items()))
    return 0
