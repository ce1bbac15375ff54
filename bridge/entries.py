"""What a message shows in the picture: whose word it is, how grave, how fresh, and where."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

import shapely
from shapely.errors import GEOSException
from shapely.geometry.base import BaseGeometry

from bridge import area, ground, kinds, wire
from bridge.envelope import record_of
from bridge.model import Record
from bridge.records import Alert, Area, Carrier, Envelope, Incident, Location, Mission, Plan, Resource, ResourceState

Status = Literal["current", "stale", "expired", "ended"]
STATUSES: tuple[Status, ...] = ("current", "stale", "expired", "ended")
USUAL = {
    "incident": timedelta(hours=24),
    "mission": timedelta(hours=24),
    "observation": timedelta(hours=3),
    "report": timedelta(hours=24),
    "resource-request": timedelta(hours=24),
    "resource-state": timedelta(hours=1),
}
"""After how long without a word the word is stale. Who says the same again is not heard again, so what may stand for long is not among them."""
ENDS: dict[type[Record], tuple[str, frozenset[str]]] = {
    Alert: ("msg_type", frozenset({"Cancel"})),
    Incident: ("lifecycle", frozenset({"Closed", "Cancelled"})),
    Mission: ("state", frozenset({"Completed", "Aborted", "Cancelled", "Refused"})),
    Plan: ("state", frozenset({"Ended", "Retired"})),
}
"""By which words a record says that it is over."""
COLORS = {"Red": 1, "Orange": 2, "Yellow": 3, "Blue": 4}
"""Grades of warnings: I is the gravest."""
TITLES = ("title", "name", "summary", "description", "text")
Key = tuple[str, str]
"""Kind and subject."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One agency's newest word on a subject."""

    message_id: str
    hub: str
    place: tuple[int, int]
    """Epoch and sequence at its origin."""
    envelope: Envelope
    """Without its payload."""
    record: Record
    shapes: tuple[BaseGeometry, ...]
    """In degrees, as they were said; a circle as a polygon."""
    ground: BaseGeometry | None
    """All of them, as the ground is bent; nothing if no place is known, or none that can be judged."""

    @classmethod
    def of(cls, carrier: Carrier) -> "Entry":
        """Opens a message; ``Rejected`` or ``Unavailable`` if it cannot be read here."""
        envelope = wire.decode(carrier.envelope, Envelope)
        record = record_of(envelope)
        shapes, whole = placed(list(stated(record))) if len(envelope.payload) <= area.OPENED else ((), None)
        sealed = envelope.model_copy(update={"payload": b""})
        return cls(envelope.message_id, carrier.hub, (carrier.epoch, carrier.sequence), sealed, record, shapes, whole)

    @property
    def key(self) -> Key:
        """What it is about."""
        return self.envelope.kind, self.envelope.subject

    @property
    def owner(self) -> str | None:
        """Whose word counts most, as the record itself says."""
        return getattr(self.record, "owner", None) or getattr(self.record, "issuer", None)

    def rank(self, owner: str | None) -> tuple[bool, bool, datetime, str]:
        """The highest of all agencies' words on a subject is shown: its owner's, then that of whom it is named for, then the newest."""
        said = self.envelope
        own, named = said.agency == (owner or self.owner), said.subject.startswith(f"{said.agency}.")
        return own, named, said.sent_at, said.agency

    def status(self, now: datetime) -> Status:
        """What time and the record's own words have made of it."""
        name, words = ENDS.get(type(self.record), ("", frozenset()))
        if name and getattr(self.record, name) in words:
            return "ended"
        if (ends := self.expires) and ends <= now:
            return "stale" if isinstance(self.record, Incident) else "expired"  # an expiry never closes an incident
        usual = USUAL.get(self.envelope.kind)
        return "stale" if usual and now - self.envelope.sent_at > usual else "current"

    @property
    def expires(self) -> datetime | None:
        """When it ends by itself: a warning with the last of its blocks."""
        ends = [info.expires for info in self.record.infos] if isinstance(self.record, Alert) else []
        known = [end for end in ends if end]
        return max(known) if known and len(known) == len(ends) else self.envelope.expires_at

    @property
    def grade(self) -> int | None:
        """1 (I, the gravest) to 4 of an incident or a warning."""
        if isinstance(self.record, Incident):
            return self.record.level
        colors = [COLORS[info.color] for info in self.record.infos if info.color in COLORS] if isinstance(self.record, Alert) else []
        return min(colors, default=None)

    @property
    def family(self) -> str:
        """As the topic has it."""
        return kinds.family(self.record)

    @property
    def title(self) -> str | None:
        """How people call it."""
        if isinstance(self.record, Alert):
            return next((info.headline or info.event for info in self.record.infos), None)
        return next((found for name in TITLES if (found := getattr(self.record, name, None))), None)

    @property
    def retires(self) -> Iterator[str]:
        """The warnings that this one replaces or takes back (CAP 1.2: ``sender,identifier,sent``)."""
        if isinstance(self.record, Alert) and self.record.msg_type in ("Update", "Cancel"):
            for reference in self.record.references:
                subject = reference.rpartition(",")[0]
                if subject and subject != self.envelope.subject:
                    yield subject


def stated(record: Record) -> Iterator[Area | Location]:
    """Where a record says that its subject is: of a resource where it stands, never where it goes."""
    if isinstance(record, ResourceState):
        if record.position:
            yield Location(point=record.position)
        return
    yield from kinds.areas(record)
    yield from filter(None, (getattr(record, name) for name in kinds.PLACES[type(record)]))


def placed(places: list[Area | Location]) -> tuple[tuple[BaseGeometry, ...], BaseGeometry | None]:
    """The shapes of these, and all as one on the ground; none if one of them cannot be judged."""
    if len(places) == 1 and (dot := _dot(places[0])):
        return (dot,), dot
    found = area.whereabouts(places)
    if found.unclear:
        return (), None
    try:
        shapes = ground.drawn(zip(found.shapes, found.reaches, strict=True))
        return tuple(shapes), ground.whole(shapes)
    except (ValueError, GEOSException):  # a circle round half the Earth, an outline of one point
        return (), None


def _dot(place: Area | Location) -> BaseGeometry | None:
    """What is no more than a point on Earth, as nearly everything is; for the rest nothing."""
    if isinstance(place, Area) or place.geometry or place.point is None:
        return None
    lon, lat = place.point.lon, place.point.lat
    return shapely.Point(lon, lat) if abs(lon) <= 360 and abs(lat) <= 90 else None


def can(record: Resource, capability: str, now: datetime) -> bool:
    """Whether a resource has a capability now: by its code, or ``scheme:code``."""
    return any(
        capability in (each.code.code, f"{each.code.scheme}:{each.code.code}") and not (each.valid_until and each.valid_until < now)
        for each in record.capabilities
    )


def free(record: Resource, state: Any, now: datetime) -> bool:
    """Whether a resource is to be had now: by its newest state, its owner's times and standing offer."""
    if not isinstance(state, ResourceState) or state.availability != "Available" or record.sharing == "NotShared":
        return False
    return not (record.available_from and record.available_from > now) and not (record.available_to and record.available_to <= now)
