"""To whom a message is owed, and who may have it (DESIGN sections 5 and 8). Default: nothing is shared."""

from collections.abc import Callable, Iterable
from datetime import datetime
from functools import cache, partial
from typing import TYPE_CHECKING, NamedTuple

from bridge import receipts
from bridge.errors import Verdict
from bridge.kinds import CLASSES, lane
from bridge.ledger import Owed, outlet_queue, receipt_queue
from bridge.records import Envelope, Mode
from bridge.texts import text
from bridge.topics import To, Topic

if TYPE_CHECKING:
    from bridge.area import Places, Territory


class Grant(NamedTuple):
    """What one outlet may have; an empty list passes nothing, ``*`` everything."""

    name: str
    agency: str
    """The recipient."""
    agencies: frozenset[str]
    kinds: frozenset[str]
    modes: frozenset[Mode]
    groups: frozenset[str] = frozenset()
    """Under which names, beside its own, the recipient is addressed."""
    roles: frozenset[str] = frozenset()
    keywords: frozenset[str] = frozenset()
    """Of what is addressed to nobody, only what carries one of them; empty: all."""
    area: "Territory | None" = None
    """Of what is addressed to nobody, only what concerns this area; nothing: all."""

    def named(self, envelope: Envelope) -> list[str]:
        """By which of its names the recipient is addressed; who says it is none of its own group."""
        groups = frozenset() if self.agency == envelope.agency else self.groups
        return [name for name in envelope.recipients if name == self.agency or name in groups]

    @property
    def bounded(self) -> bool:
        """Whether it is for some of what is addressed to nobody only."""
        return bool(self.keywords) or self.area is not None

    def wants(self, envelope: Envelope) -> bool:
        """Whether what this agency says, of this kind, is for the outlet at all."""
        return ("*" in self.agencies or envelope.agency in self.agencies) and ("*" in self.kinds or envelope.kind in self.kinds)


Still = Callable[[Grant, bool], bool]
"""Whether what is for whom it may concern is owed, by whether it concerns the recipient."""


def as_concerned(_: Grant, concerned: bool) -> bool:  # noqa: FBT001  the answer of one question to the next
    """It is owed if it concerns, whatever was before it."""
    return concerned


def owed(place: Topic, envelope: Envelope, grants: Iterable[Grant], now: datetime, still: Still = as_concerned) -> tuple[Owed, ...]:
    """The rows of the sum that a message makes: one for each outlet it is for, and its author's own receipts.

    What is for an outlet but in a mode that it does not take, or addressed to an agency whose outlets may not have it, is
    withheld, and the author is told: once, and only if no other outlet of that agency takes it. What happens elsewhere is not owed, unless it is ``still``.
    """
    if envelope.kind == "receipt":
        return (Owed(receipt_queue(place.recipient), place.recipient),) if isinstance(place, To) else ()
    places = cache(partial(_places, envelope))
    found = [each for grant in grants if (each := _one(place, envelope, grant, places, now, still))]
    waiting = {each.recipient for each in found if each.stage == "waiting"}
    withheld = {each.recipient: each for each in reversed(found) if each.recipient not in waiting}
    return (*(each for each in found if each.stage == "waiting"), *withheld.values())


def _places(envelope: Envelope) -> "Places":
    from bridge.area import places  # noqa: PLC0415  only a hub whose agencies have areas pays for shapely

    return places(envelope)


def _one(place: Topic, envelope: Envelope, grant: Grant, places: Callable[[], "Places"], now: datetime, still: Still) -> Owed | None:  # noqa: PLR0913
    queue = outlet_queue(grant.name, lane(envelope.kind))
    addressed, wanted = _addressed(place, envelope, grant), grant.wants(envelope)
    if addressed is False or not (addressed or wanted):
        return None
    concerned = _concerned(place, envelope, grant, places)
    if addressed is None and grant.bounded and envelope.mode in grant.modes:
        concerned = still(grant, concerned)
    if not concerned:
        return None
    if not wanted or envelope.kind not in CLASSES:
        return _withheld(envelope, grant, queue, now, "withheld-kind")
    if envelope.mode not in grant.modes:
        return _withheld(envelope, grant, queue, now, "withheld-mode")
    return Owed(queue, grant.agency)


def _addressed(place: Topic, envelope: Envelope, grant: Grant) -> bool | None:
    """Whether the message is for this recipient, by its name, a group or a role of it; nothing: it is for whom it may concern.

    Who is addressed by several names takes the edition of the first, so that it comes once.
    """
    named = grant.named(envelope)
    if isinstance(place, To):
        return named[:1] == [place.recipient]
    if envelope.recipient_roles:
        return not named and grant.agency != envelope.agency and not grant.roles.isdisjoint(envelope.recipient_roles)
    return None


def _concerned(place: Topic, envelope: Envelope, grant: Grant, places: Callable[[], "Places"]) -> bool:
    """Whether keywords and places let it pass: of what is addressed to a role only the area that stands beside the role counts."""
    if isinstance(place, To):
        return True
    if envelope.recipient_roles:
        return grant.area is None or envelope.area is None or grant.area.concerns(places())
    if grant.keywords and grant.keywords.isdisjoint(envelope.keywords):
        return False
    return grant.area is None or grant.area.concerns(places())


def _withheld(envelope: Envelope, grant: Grant, queue: str, now: datetime, code: str) -> Owed:
    details = {"recipient": grant.agency, "kind": envelope.kind, "mode": envelope.mode}
    verdict = Verdict(error="Unsupported", code=code, en=text(code, "en", **details), zh=text(code, "zh", **details))
    return Owed(queue, grant.agency, "withheld", verdict.en, receipts.receipt(envelope, grant.agency, "withheld", now, verdict=verdict))
