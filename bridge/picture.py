"""The picture: the newest word on every subject that a hub knows, and what is where (DESIGN section 1)."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from bridge.entries import Entry, Key, Status, can, free
from bridge.ground import Box, Ground, Way, ways
from bridge.kinds import NEWEST_WINS
from bridge.records import Mode, Resource

PAGE, MOST = 100, 1000
"""How many are shown at once, unless asked otherwise, and at most."""
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


class Seen(NamedTuple):
    """A subject as it is shown."""

    entry: Entry
    state: Entry | None
    """Of a resource, where it stands and how it is."""
    status: Status
    also: tuple[str, ...]
    """Who else says something of it."""
    way: Way | None = None
    """From where it was asked near to."""

    @property
    def order(self) -> Order:
        """Where it stands in an answer."""
        return (self.way.metres if self.way else 0.0, *self.entry.key)

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


class Picture:
    """Every agency's newest word on every subject."""

    def __init__(self) -> None:
        """Empty."""
        self.words: dict[Mode, dict[Key, dict[str, Entry]]] = {}
        """By mode, subject and agency."""
        self.ground: dict[Mode, Ground[Key]] = {}
        self.retired: dict[tuple[Mode, str, str], str] = {}
        """Warnings, by mode, agency and subject, and which warning has retired them."""

    def put(self, entry: Entry) -> bool:
        """Unless its agency has a newer word on the subject; whether it is shown now."""
        said = entry.envelope
        known = self.word(entry)
        if known and said.kind in NEWEST_WINS and known.place >= entry.place:
            return False
        if known:
            self._unretire(known)
        self.words.setdefault(said.mode, {}).setdefault(entry.key, {})[said.agency] = entry
        self.retired.update(((said.mode, said.agency, subject), said.subject) for subject in entry.retires)
        self._settle(said.mode, entry.key)
        return True

    def word(self, entry: Entry) -> Entry | None:
        """What its agency has said of the subject so far."""
        return self.words.get(entry.envelope.mode, {}).get(entry.key, {}).get(entry.envelope.agency)

    def drop(self, entry: Entry) -> None:
        """Forgets it, unless there is a newer one."""
        said = entry.envelope
        words = self.words[said.mode].get(entry.key, {})
        if words.get(said.agency) is not entry:
            return
        self._unretire(entry)
        del words[said.agency]
        if not words:
            del self.words[said.mode][entry.key]
        self._settle(said.mode, entry.key)

    def _unretire(self, entry: Entry) -> None:
        said = entry.envelope
        for subject in entry.retires:
            if self.retired.get((said.mode, said.agency, subject)) == said.subject:
                del self.retired[said.mode, said.agency, subject]

    def _settle(self, mode: Mode, key: Key) -> None:
        """Where a subject is now; with its state a resource moves."""
        kind, subject = key
        ground = self.ground.setdefault(mode, Ground())
        for each in {key, ("resource", subject)} if kind == "resource-state" else {key, ("resource-state", subject)} if kind == "resource" else {key}:
            entry, state = self._shown(mode, each)
            ground.put(each, (state and state.ground) or (entry and entry.ground) or None)

    def _shown(self, mode: Mode, key: Key) -> tuple[Entry | None, Entry | None]:
        """Whose word counts, and of a resource its state."""
        kind, subject = key
        words = self.words[mode]
        if kind == "resource-state":
            return best(words.get(key), self._owner(mode, subject)), None
        entry = best(words.get(key))
        if kind != "resource" or entry is None:
            return entry, None
        return entry, best(words.get(("resource-state", subject)), entry.owner)

    def _owner(self, mode: Mode, subject: str) -> str | None:
        resource = best(self.words[mode].get(("resource", subject)))
        return resource.owner if resource else None

    def entries(self) -> Iterator[Entry]:
        """Every word."""
        for subjects in self.words.values():
            for words in subjects.values():
                yield from words.values()

    def find(self, query: Query, now: datetime) -> Page:
        """A page of what is asked for, in an order that stays."""
        ground = self.ground.get(query.mode, Ground())
        asked = query.bbox is not None or query.near is not None
        found = [seen for key in self._keys(query, ground) if (seen := self._seen(query, key, now))]
        placed = [seen for seen in found if seen.entry.key in ground.shapes] if asked else found
        lost = len(found) - len(placed)
        if query.near:
            placed = list(_nearest(query, placed, ground))
        ordered = sorted((seen for seen in placed if query.after is None or seen.order > query.after), key=lambda seen: seen.order)
        shown = ordered[: query.limit]
        return Page(shown, shown[-1].order if len(ordered) > len(shown) else None, lost)

    def _keys(self, query: Query, ground: Ground[Key]) -> Iterable[Key]:
        """Where to look: all that is not surely elsewhere."""
        words = self.words.get(query.mode, {})
        inside: set[Key] | None = ground.touching(query.bbox) if query.bbox else None
        if query.near and query.within is not None:
            around = ground.near(*query.near, query.within)
            inside = around if inside is None else inside & around
        wanted = {"resource"} if query.capability or query.available else query.kinds
        return (key for key in words if (not wanted or key[0] in wanted) and (inside is None or key in inside or key not in ground.shapes))

    def _seen(self, query: Query, key: Key, now: datetime) -> Seen | None:
        """A subject, if it is asked for wherever it is."""
        entry, state = self._shown(query.mode, key)
        if entry is None or (query.kinds and key[0] not in query.kinds) or (query.families and entry.family not in query.families):
            return None
        if query.grade is not None and (entry.grade is None or entry.grade > query.grade):
            return None
        if (query.capability or query.available) and not _suits(query, entry.record, state, now):
            return None
        retired = (query.mode, entry.envelope.agency, key[1]) in self.retired
        status: Status = "ended" if retired and key[0] == "alert" else _status(entry, state, now)
        if query.statuses and status not in query.statuses:
            return None
        others = sorted(self.words[query.mode][key].keys() - {entry.envelope.agency})
        return Seen(entry, state, status, tuple(others))


def best(words: dict[str, Entry] | None, owner: str | None = None) -> Entry | None:
    """The word that counts."""
    if not words:
        return None
    return max(words.values(), key=lambda entry: entry.rank(owner)) if len(words) > 1 else next(iter(words.values()))


def _suits(query: Query, record: Any, state: Entry | None, now: datetime) -> bool:
    if not isinstance(record, Resource) or not free(record, state and state.record, now):
        return False
    return query.capability is None or can(record, query.capability, now)


def _status(entry: Entry, state: Entry | None, now: datetime) -> Status:
    """A resource is as fresh as its state."""
    found = entry.status(now)
    return state.status(now) if state and found == "current" else found


def _nearest(query: Query, placed: list[Seen], ground: Ground[Key]) -> Iterator[Seen]:
    assert query.near is not None
    for seen, way in zip(placed, ways(*query.near, [ground.shapes[seen.entry.key] for seen in placed]), strict=True):
        if query.within is None or way.metres <= query.within:
            yield seen._replace(way=way)
