"""Streams by their name, and which of them somebody may have (DESIGN sections 1 and 8)."""

from collections.abc import Iterable
from typing import NamedTuple

from bridge.kinds import LANES, Lane
from bridge.topics import Topic


class Stream(NamedTuple):
    """The unit of order, gap detection and replay."""

    agency: str
    mode: str
    """As a topic level."""
    lane: str
    recipient: str | None = None
    """Of what is addressed."""


def parse(name: str) -> Stream | None:
    """The stream of a name; nothing if it is none."""
    match name.split("/"):
        case ["to", recipient, agency, mode, lane]:
            return Stream(agency, mode, lane, recipient)
        case [agency, _, mode, lane]:
            return Stream(agency, mode, lane)
    return None


def lane_of(name: str) -> Lane:
    """The lane at the end of a stream's name."""
    return next(lane for lane in LANES if name.endswith(f"/{lane}"))


class Scope(NamedTuple):
    """Whose streams; an empty set has none, ``*`` all."""

    agencies: frozenset[str]
    modes: frozenset[str]
    """As topic levels; of what is not addressed. What is addressed comes in every mode: who may not have it is told so at the door."""
    inboxes: frozenset[str]
    """Agencies for which addressed messages are taken."""

    def covers(self, name: str) -> bool:
        """Whether a stream is one of them."""
        found = parse(name)
        if found is None:
            return False
        if found.recipient is not None:
            return within(found.recipient, self.inboxes)
        return within(found.agency, self.agencies) and found.mode in self.modes

    def has(self, place: Topic) -> bool:
        """Whether a message is of one of them."""
        return self.covers(place.stream)


def within(name: str, names: Iterable[str]) -> bool:
    """Whether a list names it; ``*`` names everybody."""
    return name in names or "*" in names
