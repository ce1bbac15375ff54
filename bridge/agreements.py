"""To whom a message is owed, and who may have it (DESIGN sections 5 and 8). Default: nothing is shared."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from bridge import receipts
from bridge.errors import Verdict
from bridge.kinds import lane
from bridge.ledger import Owed, outlet_queue, receipt_queue
from bridge.records import Envelope, Mode
from bridge.texts import text
from bridge.topics import To, Topic


class Grant(NamedTuple):
    """What one outlet may have; an empty list passes nothing, ``*`` everything."""

    name: str
    agency: str
    """The recipient."""
    agencies: frozenset[str]
    kinds: frozenset[str]
    modes: frozenset[Mode]

    def wants(self, envelope: Envelope) -> bool:
        """Whether what this agency says, of this kind, is for the outlet at all."""
        return ("*" in self.agencies or envelope.agency in self.agencies) and ("*" in self.kinds or envelope.kind in self.kinds)


def owed(place: Topic, envelope: Envelope, grants: Iterable[Grant], now: datetime) -> tuple[Owed, ...]:
    """The rows of the sum that a message makes: one for each outlet it is for, and its author's own receipts.

    What is for an outlet but in a mode that it does not take, or addressed to an agency whose outlets may not have it, is
    withheld, and the author is told.
    """
    if envelope.kind == "receipt":
        return (Owed(receipt_queue(place.recipient), place.recipient),) if isinstance(place, To) else ()
    return tuple(found for grant in grants if (found := _one(place, envelope, grant, now)))


def _one(place: Topic, envelope: Envelope, grant: Grant, now: datetime) -> Owed | None:
    queue = outlet_queue(grant.name, lane(envelope.kind))
    addressed = isinstance(place, To) and place.recipient == grant.agency
    if isinstance(place, To) and not addressed:
        return None
    if not grant.wants(envelope):
        return _withheld(envelope, grant, queue, now, "withheld-kind") if addressed else None
    if envelope.mode not in grant.modes:
        return _withheld(envelope, grant, queue, now, "withheld-mode")
    return Owed(queue, grant.agency)


def _withheld(envelope: Envelope, grant: Grant, queue: str, now: datetime, code: str) -> Owed:
    details = {"recipient": grant.agency, "kind": envelope.kind, "mode": envelope.mode}
    verdict = Verdict(error="Unsupported", code=code, en=text(code, "en", **details), zh=text(code, "zh", **details))
    return Owed(queue, grant.agency, "withheld", verdict.en, receipts.receipt(envelope, grant.agency, "withheld", now, verdict=verdict))
