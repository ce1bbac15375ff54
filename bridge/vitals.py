"""How a hub is at one moment, asked of what it is made of: what alarms are judged by, and what a scrape tells besides the counters."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from time import monotonic
from typing import Literal, NamedTuple

from bridge.bus.mqtt import Connection
from bridge.errors import Unavailable
from bridge.ledger import BUS, Fate, Ledger
from bridge.links.hub import Hub
from bridge.links.inlet import Inlet
from bridge.liveness import PATIENCE, Canary
from bridge.ports import Port
from bridge.ports.feed import Feed
from bridge.ports.folder import Folder
from bridge.ports.mqtt import Mqtt

Direction = Literal["in", "out"]
SKEW = 2.0
"""Seconds between two clocks that are too many."""
BELIEVED = 600.0
"""Seconds after which a clock that has jumped, and stayed there, is taken to be right now."""


class Steady:
    """Compares a clock that may be set with one that never jumps."""

    def __init__(self, clock: Callable[[], datetime], steady: Callable[[], float] = monotonic) -> None:
        """``steady`` in seconds."""
        self.clock, self.steady = clock, steady
        self.offset, self.since = self._offset(), steady()

    def jump(self) -> float:
        """Seconds by which the clock has been set, and not long ago."""
        now, jumped = self.steady(), self._offset() - self.offset
        if abs(jumped) <= SKEW:
            self.since = now
        elif now - self.since > BELIEVED:
            self.offset += jumped
            return 0.0
        return jumped

    def _offset(self) -> float:
        return self.clock().timestamp() - self.steady()


@dataclass(slots=True)
class Watched:
    """What a hub is made of, as far as it is watched; filled while the hub is built."""

    hub: Hub
    ledger: Ledger
    begun: datetime
    connections: dict[str, Connection] = field(default_factory=dict)
    """To our own bus, by name."""
    ports: dict[tuple[str, Direction], Port] = field(default_factory=dict)
    """By link."""
    peers: dict[str, list[Connection]] = field(default_factory=dict)
    """To the buses of other hubs."""
    canary: Canary | None = None
    gaps: Callable[[], Mapping[str, Sequence[float]]] = dict
    """By peer: since how many seconds each gap in its streams is open."""
    jump: Callable[[], float] = field(init=False)
    """Seconds by which our own clock has been set of late."""

    def __post_init__(self) -> None:
        """Watches the clock from the beginning."""
        self.jump = Steady(self.hub.clock).jump


class Link(NamedTuple):
    """One link: whether the other side can be reached, as far as anybody tried, and since when nothing came or went."""

    name: str
    direction: Direction
    up: bool
    silence: float


class Vitals(NamedTuple):
    """One look."""

    oldest: Mapping[tuple[str, str], float] | None
    """By link and lane: seconds that the oldest message waits; nothing if the ledger does not answer."""
    sums: list[Fate]
    links: list[Link]
    buses: dict[str, bool]
    silence: float
    """Seconds since the canary came back."""
    gaps: Mapping[str, Sequence[float]]
    offsets: Mapping[str, float]
    """By peer: by how many seconds its clock is ahead of ours."""
    jump: float = 0.0
    """Seconds by which our own clock has been set of late."""


async def vitals(watched: Watched, *, sums: bool = False) -> Vitals:
    """Looks at everything; ``sums`` also asks for the ledger's."""
    now, ledger, found = watched.hub.clock(), watched.ledger, list[Fate]()
    oldest: dict[tuple[str, str], float] | None = None
    try:
        async with asyncio.timeout(PATIENCE):
            since = await ledger.oldest(list(watched.hub.feeds.all))
            oldest = {place(queue): max(0.0, (now - at).total_seconds()) for queue, at in since.items()}
            found = await ledger.sum() if sums else []
    except (TimeoutError, Unavailable):
        oldest = None
    return Vitals(
        oldest,
        found,
        [*(link(watched, *key, port, now) for key, port in watched.ports.items()), *(relay(*each) for each in watched.peers.items())],
        {name: connection.connected.is_set() for name, connection in watched.connections.items()},
        watched.canary.silence if watched.canary else 0.0,
        watched.gaps(),
        {view.hub: view.clock_offset_seconds for view in watched.hub.presences.view() if view.clock_offset_seconds is not None},
        watched.jump(),
    )


def place(queue: str) -> tuple[str, str]:
    """Link and lane of a queue; of receipts the way to their agency."""
    kind, _, rest = queue.partition("/")
    if kind == "outlet":
        name, _, lane = rest.rpartition("/")
        return name, lane
    return (BUS, rest) if kind == BUS else (queue, "normal")


def link(watched: Watched, name: str, direction: Direction, port: Port, now: datetime) -> Link:
    """A link as it is; a page that answers is heard, whether it says anything new or not."""
    measures = watched.hub.measures
    up = reachable(port) and (direction == "in" or name not in measures.away)
    heard = isinstance(port, Feed) and up
    silence = 0.0 if heard else (now - measures.last.get(name, watched.begun)).total_seconds()
    return Link(name, direction, up, max(0.0, silence))


def relay(peer: str, connections: Sequence[Connection]) -> Link:
    """The way from another hub: what it says comes by itself, so who is connected hears."""
    return Link(f"relay/{peer}", "in", all(each.connected.is_set() for each in connections), 0.0)


def reachable(port: Port) -> bool:
    """Whether the other side is there, as far as the port can know; who waits to be called always is."""
    match port:
        case Feed():
            return not port.failures
        case Mqtt():
            return port.connection.connected.is_set()
        case Folder():
            return port.path.is_dir()
        case _:
            return True


def drift(inlets: Mapping[str, Inlet]) -> dict[str, int]:
    """By inlet: how many fields are not as its adapter knows them."""
    return {inlet.name: len(inlet.sentinel.found) for inlet in inlets.values()}


def size(path: Path | None) -> int:
    """Bytes of a ledger's file, with what has not been folded into it."""
    files = (path, path.with_name(f"{path.name}-wal")) if path else ()
    return sum(each.stat().st_size for each in files if each.exists())
