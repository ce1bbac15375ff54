"""What the picture is asked, and the answer: of all that is shown the first in order, by distance or by name (DESIGN section 1)."""

from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from bridge.entries import Entry, Key, Status, can, free
from bridge.ground import Box, Ground, Way, ways
from bridge.records import Mode, Resource

PAGE, MOST = 100, 1000
"""How many are shown at once, unless asked otherwise, and at most."""
FIRST, WIDER, ALL = 5_000.0, 4, 21_000_000.0
"""Metres that are looked at first for what is nearest, how much wider each next time, and metres that hold the Earth."""
Order = tuple[float, str, str]
"""Where a subject stands in an answer: by distance, kind and name."""


class Query(BaseModel):
    """What is asked for; an empty set asks for all. Modes are never mixed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    mode: Mode = "Actual"
    kinds: frozenset[str] = frozenset()
    families: frozenset[str] = frozenset()
    grade: int | None = Field(default=None, ge=1, le=4)
    """This one and graver ones."""
    statuses: frozenset[Status] = frozenset()
    bbox: Box | None = None
    near: tuple[float, float] | None = None
    """Longitude and latitude; the nearest come first."""
    within: float | None = Field(default=None, ge=0, allow_inf_nan=False)
    """Metres around ``near``."""
    capability: str | None = None
    """Code, or scheme:code: only resources that have it and are to be had."""
    available: bool = False
    """Only resources that are to be had."""
    limit: int = Field(default=PAGE, ge=1, le=MOST)
    after: Order | None = None
    """Where the page before has ended."""


class Shown(NamedTuple):
    """Whose word counts on a subject."""

    entry: Entry
    state: Entry | None
    """Of a resource, where it stands and how it is."""
    also: tuple[str, ...]
    """Who else says something of it."""


class Seen(NamedTuple):
    """A subject as it is shown in an answer."""

    entry: Entry
    state: Entry | None
    status: Status
    also: tuple[str, ...]
    way: Way | None = None
    """From where it was asked near to."""

    @property
    def order(self) -> Order:
        """Where it stands in an answer."""
        return placed(self.entry.key, self.way)

    @property
    def position(self) -> Entry:
        """Whose shapes tell where it is."""
        return self.state if self.state and self.state.ground else self.entry


class Page(NamedTuple):
    """A part of an answer."""

    seen: list[Seen]
    more: Order | None
    """Where to go on, if there is more."""
    unplaced: int
    """How many a question for a place could not judge, as their place is unknown."""


@dataclass(frozen=True, slots=True)
class Still:
    """The picture of one mode at one moment: what comes later does not change it, so any thread may look at it."""

    shown: Mapping[Key, Shown]
    retired: AbstractSet[tuple[str, str]]
    """Warnings that others have replaced, by agency and subject."""
    ground: Ground[Key]

    def find(self, query: Query, now: datetime) -> Page:
        """A page of what is asked for, in an order that stays."""
        inside = self.shown.keys() if query.bbox is None else self.ground.touching(query.bbox)
        found = self._nearest(query, inside, now) if query.near else self._named(query, inside, now)
        page = [self._seen(key, way, now) for key, way in islice(found, query.limit + 1)]
        lost = self.shown.keys() - self.ground.shapes.keys() if query.near or query.bbox else ()
        more = page[query.limit - 1].order if len(page) > query.limit else None
        return Page(page[: query.limit], more, sum(1 for _ in self._asked(query, lost, now)))

    def all(self, query: Query, now: datetime) -> Iterator[Seen]:
        """Everything that is asked for, wherever it is."""
        return (self._seen(key, None, now) for key in self._asked(query, self.shown, now))

    def _named(self, query: Query, inside: Iterable[Key], now: datetime) -> Iterator[tuple[Key, None]]:
        """By kind and name."""
        left = sorted(key for key in inside if query.after is None or placed(key) > query.after)
        return ((key, None) for key in self._asked(query, left, now))

    def _nearest(self, query: Query, inside: AbstractSet[Key], now: datetime) -> list[tuple[Key, Way]]:
        """By distance. It looks around the point, then wider and wider, until the page is full or there is nothing more."""
        assert query.near is not None
        most = ALL if query.within is None else query.within
        judged, found = set[Key](), list[tuple[Key, Way]]()
        reach = max(FIRST, query.after[0] * 2 if query.after else 0.0)
        while True:
            reach = min(reach, most)
            around = self.ground.near(*query.near, reach) & inside
            asked = list(self._asked(query, around - judged, now))
            judged |= around
            found += zip(asked, ways(*query.near, [self.ground.shapes[key] for key in asked]), strict=True)
            sure = [each for each in found if each[1].metres <= reach and (query.after is None or placed(*each) > query.after)]
            if len(sure) > query.limit or reach >= most:
                return sorted(sure, key=lambda each: placed(*each))
            reach *= WIDER

    def _asked(self, query: Query, keys: Iterable[Key], now: datetime) -> Iterator[Key]:
        """Those of these that are asked for wherever they are: what is cheap to tell first."""
        for key in keys:
            entry, state, _ = self.shown[key]
            if query.kinds and key[0] not in query.kinds:
                continue
            if query.families and entry.family not in query.families:
                continue
            if query.grade is not None and (entry.grade is None or entry.grade > query.grade):
                continue
            if (query.capability or query.available) and not _suits(query, entry, state, now):
                continue
            if query.statuses and self._status(key, now) not in query.statuses:
                continue
            yield key

    def _seen(self, key: Key, way: Way | None, now: datetime) -> Seen:
        entry, state, also = self.shown[key]
        return Seen(entry, state, self._status(key, now), also, way)

    def _status(self, key: Key, now: datetime) -> Status:
        """A resource is as fresh as its state."""
        entry, state, _ = self.shown[key]
        if key[0] == "alert" and (entry.envelope.agency, key[1]) in self.retired:
            return "ended"
        found = entry.status(now)
        return state.status(now) if state and found == "current" else found


def placed(key: Key, way: Way | None = None) -> Order:
    """Where a subject stands in an answer: to the centimetre, so that it is the same whatever was measured beside it."""
    return (round(way.metres, 2) if way else 0.0, *key)


def _suits(query: Query, entry: Entry, state: Entry | None, now: datetime) -> bool:
    record = entry.record
    if not isinstance(record, Resource) or not free(record, state and state.record, now):
        return False
    return query.capability is None or can(record, query.capability, now)
