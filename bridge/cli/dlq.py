"""``regionbus dlq``: what was set aside; listed by cause, shown, given again, dropped with a reason."""

import json
import sys
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from bridge import letters, settings
from bridge.cli.ledger import ask, shown
from bridge.errors import ConfigError
from bridge.ledger import Aside, Ledger
from bridge.letters import decoded, each, raw, sentence, where
from bridge.texts import language, text

MOST = 4000
"""Characters shown of each side."""


# ---- list


def listed(config: Path, *, ended: bool, as_json: bool) -> None:
    """By cause."""

    async def grouped(ledger: Ledger) -> list[dict[str, Any]]:
        causes: dict[tuple[str, str, str], dict[str, Any]] = {}
        async for dead in each(ledger, ended=ended):
            key = (dead.verdict.code, where(dead), dead.ended.how if dead.ended else "")
            row = dict(
                zip(("code", "where", "ended"), key, strict=True),
                turn=dead.verdict.turn,
                newest=dead.at,
                reason=sentence(dead.verdict, language()),
                numbers=[],
            )
            causes.setdefault(key, row)["numbers"].append(dead.number)
        return list(causes.values())

    rows = ask(settings.load(config), grouped)
    if as_json:
        print(json.dumps([{**row, "newest": row["newest"].isoformat(), "count": len(row["numbers"])} for row in rows], ensure_ascii=False))
    elif rows:
        show_causes(rows)
    else:
        print(text("dlq-none"))


def show_causes(rows: list[dict[str, Any]]) -> None:
    """As a table; one example of each cause."""
    table = Table(*(text(f"dlq-{name}") for name in ("cause", "where", "count", "newest", "number", "turn", "reason")))
    for row in rows:
        state = f" ({text('dlq-was-' + row['ended'])})" if row["ended"] else ""
        cells = (row["code"] + state, row["where"], len(row["numbers"]), shown(row["newest"]), row["numbers"][0], text(f"turn-{row['turn']}"))
        table.add_row(*(Text(str(cell)) for cell in cells), Text(row["reason"]))
    Console().print(table)
    print(text("dlq-next"))


# ---- show


def show(config: Path, number: int) -> int:
    """One thing, its bytes beside what they say; 1 if there is none."""
    found = settings.load(config)
    dead = ask(found, lambda ledger: ledger.aside(number))
    if dead is None:
        print(text("dlq-unknown", None, number=number), file=sys.stderr)
        return 1
    for name, value in facts(dead).items():
        print(f"{text(f'dlq-{name}')}: {value}")
    table = Table(text("dlq-raw"), text("dlq-decoded"), expand=True)
    table.add_row(Text(cut(raw(dead.data)), overflow="fold"), Text(cut(decoded(found, dead, language())), overflow="fold"))
    Console().print(table)
    return 0


def facts(dead: Aside) -> dict[str, str]:
    """What is known of it besides its bytes."""
    ended = dead.ended
    end = {"ended": f"{shown(ended.at)} {text('dlq-was-' + ended.how)} {ended.reason}".rstrip()} if ended else {}
    message = {"message": dead.message_id} if dead.message_id else {}
    verdict = dead.verdict
    why = {"cause": verdict.code, "reason": sentence(verdict, language()), "at": verdict.at or "-", "turn": text(f"turn-{verdict.turn}")}
    return {"number": str(dead.number), "since": shown(dead.at), "where": where(dead), **message, **why, **end}


def cut(words: str) -> str:
    """Fit for a terminal: printable, not endless."""
    plain = "".join(char if char.isprintable() or char == "\n" else "\N{REPLACEMENT CHARACTER}" for char in words[:MOST])
    return plain + "…" if len(words) > MOST else plain


# ---- retry


def retry(config: Path, numbers: list[int], code: str | None) -> int:
    """Each once; 1 if any could not be helped."""
    if bool(numbers) == bool(code):
        raise ConfigError(text("dlq-which"))
    found = settings.load(config)

    async def all_of(ledger: Ledger) -> list[letters.Told]:
        chosen = numbers or [dead.number async for dead in each(ledger) if dead.verdict.code == code]
        return [await letters.retry(found, ledger, number, language()) for number in chosen]

    told = ask(found, all_of)
    for _, words in told:
        print(words)
    if not told:
        print(text("dlq-none"))
    return 0 if all(good for good, _ in told) else 1


# ---- drop


def drop(config: Path, numbers: list[int], reason: str) -> int:
    """Each with the reason; 1 if any is not dropped."""

    async def all_of(ledger: Ledger) -> list[tuple[int, Any]]:
        return [(number, await ledger.drop(number, reason)) for number in numbers]

    ends = ask(settings.load(config), all_of)
    for number, end in ends:
        if end is None:
            print(text("dlq-unknown", None, number=number))
        else:
            print(text(f"dlq-drop-{end.how}", None, number=number, at=shown(end.at), reason=end.reason))
    return 0 if all(end and end.how == "dropped" for _, end in ends) else 1
