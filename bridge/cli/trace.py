"""``regionbus trace``: a message's life, by its id, the beginning of its id, or what it is about."""

import json
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from bridge import settings, wire
from bridge.cli.ledger import ask, shown
from bridge.ledger import Ledger, Message, Trace
from bridge.links.courier import document, receipt_of
from bridge.records import Envelope
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


async def life(ledger: Ledger, message_id: str) -> dict[str, Any]:
    """What the journal knows of a message, every step, and the receipts that its author has had."""
    message = await ledger.message(message_id)
    origin = born(message) if message else {}
    receipts = await ledger.receipts(origin["agency"], message_id) if message else []
    steps = [*filter(None, [sealed(origin)]), *await ledger.trace(message_id)]
    return {
        "message_id": message_id,
        **origin,
        "steps": [step._asdict() for step in steps],
        "receipts": [document(receipt_of(each.carrier.envelope)) for each in receipts],
    }


def born(message: Message) -> dict[str, Any]:
    """Who said what, when, and its place in its stream."""
    carrier, envelope = message.carrier, wire.decode(message.carrier.envelope, Envelope)
    said = {name: getattr(envelope, name) for name in ("agency", "kind", "subject", "mode", "sent_at", "source_format")}
    return {**said, "hub": carrier.hub, "stream": carrier.stream, "sequence": carrier.sequence}


def sealed(origin: dict[str, Any]) -> Trace | None:
    """The first step, at the hub that the message comes from."""
    return Trace(origin["sent_at"], origin["hub"], "sealed", "") if origin else None


def show(told: dict[str, Any]) -> None:
    """For people."""
    print(text("trace-said" if "agency" in told else "trace-hollow", None, **told))
    table = Table(*(text(f"trace-{name}") for name in ("at", "recipient", "stage", "reason")))
    for step in told["steps"]:
        table.add_row(shown(step["at"]), Text(step["recipient"]), text(f"stage-{step['stage']}"), Text(step["reason"]))
    Console().print(table)
    for receipt in told["receipts"]:
        print(text("trace-receipt", None, at=receipt["at"], recipient=receipt["recipient_id"], stage=receipt["stage"], author=told["agency"]))
