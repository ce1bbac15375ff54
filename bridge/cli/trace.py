"""``regionbus trace``: a message's life, by its id, the beginning of its id, or what it is about."""

import json
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from bridge import settings
from bridge.cli.ledger import ask, shown
from bridge.ledger import Ledger
from bridge.life import life
from bridge.texts import text

MOST = 10
"""Messages named when one was meant."""


def run(config: Path, words: str, *, as_json: bool) -> int:
    """Tells it; 1 if there is none, or more than one."""

    async def found(ledger: Ledger) -> tuple[list[str], dict[str, Any]]:
        ids = [words] if await ledger.trace(words) else await ledger.find(words, MOST)
        return ids, await life(ledger, ids[0]) if len(ids) == 1 else {}

    ids, told = ask(settings.load(config), found)
    if as_json:
        print(json.dumps(told or {"found": ids}, ensure_ascii=False, default=datetime.isoformat))
    elif told:
        show(told)
    else:
        print("\n".join([text("trace-several" if ids else "trace-unknown", None, words=words), *ids]), file=sys.stderr)
    return 0 if told else 1


def show(told: dict[str, Any]) -> None:
    """For people."""
    print(text("trace-said" if "agency" in told else "trace-hollow", None, **told))
    table = Table(*(text(f"trace-{name}") for name in ("at", "recipient", "stage", "reason")))
    for step in told["steps"]:
        table.add_row(shown(step["at"]), Text(step["recipient"]), text(f"stage-{step['stage']}"), Text(step["reason"]))
    Console().print(table)
    for receipt in told["receipts"]:
        print(text("trace-receipt", None, at=receipt["at"], recipient=receipt["recipient_id"], stage=receipt["stage"], author=told["agency"]))
