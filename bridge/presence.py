"""What is known of other hubs: whether they are there, how their clocks run and what their agencies take (DESIGN sections 5 and 6).

A hub says every ``EVERY`` seconds that it is there. Generations order its lives: the will of an older one never counts against a newer
birth. A hub that says nothing for longer than is its habit is silent, which is not offline: the way between may be cut. While we are deaf
ourselves nothing is known of anybody.
"""

import math
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from importlib.metadata import version
from typing import Literal, NamedTuple

from bridge import wire
from bridge.adapter import Adapter
from bridge.envelope import Sealed
from bridge.errors import Unsupported, Verdict
from bridge.kinds import CLASSES, KINDS
from bridge.model import Record
from bridge.records import Presence, Speaks
from bridge.settings import Inlet, Outlet, Settings
from bridge.topics import To

State = Literal["online", "degraded", "silent", "offline", "planned", "unknown"]
EVERY = 15.0
"""Seconds between two presences of ours; a hub that we do not know yet is taken to do the same."""
SPAN = 2
"""A hub is silent after so many of its own 95th percentiles: at one, every twentieth presence would be late."""
LEARNED, OFFSETS = 100, 20
"""Intervals and clock differences that are remembered, the newest."""


@dataclass(slots=True)
class Peer:
    """One hub, as heard; ``moment`` is seconds of a clock that never jumps."""

    said: Presence | None = None
    moment: float = 0.0
    """When it was last heard."""
    state: State = "unknown"
    since: datetime | None = None
    alive_at: datetime | None = None
    """By its own clock, when it last said that it is there."""
    intervals: deque[float] = field(default_factory=lambda: deque(maxlen=LEARNED))
    """Seconds of its own clock between presences that only repeat: what a change brings forward is no habit."""
    offsets: deque[float] = field(default_factory=lambda: deque(maxlen=OFFSETS))
    """Its clock minus ours, each minus the time that the presence was on its way."""

    def hear(self, said: Presence, now: datetime, moment: float, *, retained: bool = False, whole: bool = True) -> bool:
        """Takes in a presence, unless it is an older one; says whether. ``whole``: nothing that was said since the last one can be lost."""
        last = self.said
        if last and not self._newer(said, last, retained=retained):
            return False
        if last and said.generation != last.generation:
            self.intervals.clear()  # another life, perhaps another process, with a habit of its own
        repeats = last and (last.generation, last.state) == (said.generation, said.state)
        if repeats and last and whole and said.at > last.at:
            self.intervals.append((said.at - last.at).total_seconds())
        if said.state != "Offline":
            self.alive_at = said.at
            if not retained:
                self.offsets.append((said.at - now).total_seconds())
        self.said, self.moment = said, moment
        return True

    def _newer(self, said: Presence, last: Presence, *, retained: bool) -> bool:
        if said.generation != last.generation:
            return said.generation > last.generation
        if said.state == "Offline":
            return said.state != last.state
        if retained or last.state == "Offline":  # a copy that was late must not wake the dead
            return self.alive_at is None or said.at > self.alive_at
        return said.at != last.at  # its clock may have been set back

    @property
    def habit(self) -> float:
        """The 95th percentile of its intervals, in seconds."""
        ordered = sorted(self.intervals)
        return ordered[math.ceil(0.95 * len(ordered)) - 1] if ordered else EVERY

    @property
    def clock_offset(self) -> float | None:
        """Seconds that its clock is ahead of ours, as the fastest of the last presences tells."""
        return max(self.offsets, default=None)

    def judged(self, moment: float, hearing: float, *, deaf: bool) -> State:
        """What may be said of it; ``hearing``: since when we would have heard it."""
        if deaf or self.said is None or self.said.state == "Unknown":
            return "unknown"
        if self.said.state == "Offline":
            return "planned" if self.said.planned else "offline"
        if moment - max(self.moment, hearing) > SPAN * self.habit:
            return "silent"
        return "online" if self.said.state == "Online" else "degraded"


class Change(NamedTuple):
    """That another word holds for a hub now."""

    hub: str
    before: State
    now: State


class Presences:
    """All hubs that are known by name."""

    def __init__(self, hubs: Iterable[str] = ()) -> None:
        """None of them is heard yet."""
        self.peers = {hub: Peer() for hub in hubs}
        self.hearing: float | None = None
        """Since when we hear without a break; nothing while we are deaf."""

    def hear(self, said: Presence, now: datetime, moment: float, *, retained: bool = False) -> bool:
        """What a known hub said; says whether it is news."""
        peer = self.peers[said.hub]
        whole = self.hearing is not None and self.hearing <= peer.moment
        return peer.hear(said, now, moment, retained=retained, whole=whole)

    def look(self, now: datetime, moment: float, *, deaf: bool) -> list[Change]:
        """Judges anew; says what has changed."""
        self.hearing = None if deaf else moment if self.hearing is None else self.hearing
        changes = []
        for hub, peer in self.peers.items():
            state = peer.judged(moment, self.hearing or 0.0, deaf=deaf)
            if state != peer.state:
                changes.append(Change(hub, peer.state, state))
                peer.state, peer.since = state, now
        return changes

    def cannot_take(self, sealed: Sealed) -> Verdict | None:
        """See ``cannot_take``, by what is known now."""
        return cannot_take((peer.said for peer in self.peers.values() if peer.said), sealed)

    def view(self) -> list["View"]:
        """All of them by name, as last judged."""
        return [View.of(hub, peer) for hub, peer in sorted(self.peers.items())]


class View(NamedTuple):
    """One hub, for people and pages."""

    hub: str
    state: State
    since: datetime | None
    clock_offset_seconds: float | None
    generation: int | None
    agencies: tuple[str, ...] = ()
    capabilities: tuple[dict[str, object], ...] = ()
    backlog: int | None = None
    last_message_at: datetime | None = None
    software: str | None = None
    """What it runs, with the version."""

    @classmethod
    def of(cls, hub: str, peer: Peer) -> "View":
        """What is known of it."""
        said = peer.said
        if said is None:
            return cls(hub, peer.state, peer.since, None, None)
        ways: tuple[tuple[str, Sequence[Speaks]], ...] = (("sends", said.produces), ("takes", said.consumes))
        rows = tuple({"way": way, **speaks.model_dump()} for way, all_of in ways for speaks in all_of)
        software = f"{said.system_name} {said.software_version or ''}".strip()
        return cls(hub, peer.state, peer.since, peer.clock_offset, said.generation, said.agencies, rows, said.backlog, said.last_message_at, software)


def cannot_take(presences: Iterable[Presence], sealed: Sealed) -> Verdict | None:
    """Why the agency that this is addressed to cannot have it; nothing if it can, or if its hub has not said what it takes."""
    place, envelope = sealed.topic, sealed.envelope
    if not isinstance(place, To) or envelope.kind == "receipt":
        return None
    said = [each for each in presences if place.recipient in each.agencies and (each.produces or each.consumes)]
    name = payload_type(CLASSES[envelope.kind])
    modes = [
        speaks.modes or each.accepts_modes
        for each in said
        for speaks in each.consumes
        if speaks.agency in (None, place.recipient) and speaks.payload_type == name
    ]
    if not said or any(envelope.mode in taken for taken in modes):
        return None
    code = "withheld-mode" if modes else "withheld-kind"
    return Unsupported(code, recipient=place.recipient, kind=envelope.kind, mode=envelope.mode).verdict


def payload_type(cls: type[Record]) -> str:
    """How a capability list names a record."""
    return f"regionbus.{cls.__name__}"


def card(settings: Settings, adapters: Mapping[str, Adapter], now: datetime) -> Presence:
    """What a hub says of itself by its settings; generation and state are for whoever says it."""
    return Presence(
        hub=settings.hub,
        generation=0,
        agency=settings.hub,
        system_name="regionbus",
        state="Unknown",
        at=now,
        produces=produced(settings.inlet, adapters),
        consumes=consumed(settings.outlet, adapters),
        accepts_modes=tuple(dict.fromkeys(mode for link in settings.outlet for mode in link.modes)),
        software_version=version("regionbus"),
        agencies=tuple(agency.id for agency in settings.agency),
    )


def produced(links: Iterable[Inlet], adapters: Mapping[str, Adapter]) -> tuple[Speaks, ...]:
    """What agencies send, by their inlets."""
    return tuple(row for link in links for row in _spoken(link, adapters[link.title], adapters[link.title].records, reads=False))


def consumed(links: Iterable[Outlet], adapters: Mapping[str, Adapter]) -> tuple[Speaks, ...]:
    """What agencies take, by their outlets: the kinds that they may have and that their format can say."""
    found = []
    for link in links:
        adapter = adapters[link.title]
        records = [cls for cls in adapter.records if adapter.writes and ("*" in link.kinds or KINDS[cls] in link.kinds)]
        found += _spoken(link, adapter, records, reads=True)
    return tuple(found)


def _spoken(link: Inlet | Outlet, adapter: Adapter, records: Iterable[type[Record]], *, reads: bool) -> list[Speaks]:
    """A row for each kind; who ``reads`` reads every version known, who writes writes today's."""
    return [
        Speaks(
            payload_type=payload_type(cls),
            versions=versions(cls.__name__) if reads else versions(cls.__name__)[:1],
            agency=link.agency,
            format=adapter.media_type,
            modes=tuple(link.modes),
        )
        for cls in records
    ]


def versions(name: str) -> tuple[str, ...]:
    """The versions of a record that are known here, today's first: the beginnings of their SHA-256."""
    language = wire.language()
    known = (each.sha256[:16] for each in language.known.values() if each.name == name)
    return tuple(dict.fromkeys((language.today[name].sha256[:16], *known)))
