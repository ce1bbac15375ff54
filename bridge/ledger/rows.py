"""Rows of a ledger as what they stand for."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from bridge.ledger import Message
from bridge.records import Carrier, Hop, Signature

MESSAGE = "j.topic, j.message_id, j.hub, j.stream, j.epoch, j.sequence, j.hops, j.signature, j.envelope"
"""A row of the journal as ``message`` reads it."""


def millis(moment: datetime) -> int:
    """Milliseconds since 1970."""
    return int(moment.timestamp() * 1000)


def moment(number: int) -> datetime:
    """The reverse."""
    return datetime.fromtimestamp(number / 1000, UTC)


def message(row: Iterable[Any]) -> Message:
    """A row of the journal."""
    topic, message_id, hub, stream, epoch, sequence, hops, signature, envelope = row
    carrier = Carrier(
        hub=hub,
        stream=stream,
        epoch=epoch,
        sequence=sequence,
        hops=tuple(Hop(hub=name, at=moment(at)) for name, at in json.loads(hops or "[]")),
        signature=Signature.model_validate_json(signature) if signature else None,
        envelope=envelope,
    )
    return Message(topic, message_id, carrier)


def stamps(carrier: Carrier) -> tuple[str, str]:
    """Hops and signature as text; empty if there are none."""
    hops = json.dumps([[hop.hub, millis(hop.at)] for hop in carrier.hops]) if carrier.hops else ""
    return hops, carrier.signature.model_dump_json() if carrier.signature else ""
