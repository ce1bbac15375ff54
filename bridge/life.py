"""A message's life, as a ledger knows it: who said it, every step, and the receipts that its author has had."""

from typing import Any

from bridge import wire
from bridge.ledger import Ledger, Message, Trace
from bridge.links.courier import document, receipt_of
from bridge.records import Envelope


async def life(ledger: Ledger, message_id: str) -> dict[str, Any]:
    """What the journal knows of a message."""
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
