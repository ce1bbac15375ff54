"""From a neighbour's bus to the ledger, one lane: through the door, accepted once, and only then acknowledged to the neighbour's broker."""

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

import structlog

from bridge import crash, streams, wire
from bridge.breaker import Breaker
from bridge.bus import Delivery
from bridge.bus.mqtt import Connection
from bridge.door import Door, Turned
from bridge.errors import Rejected, Unavailable
from bridge.kinds import CLASSES, Lane
from bridge.ledger import Aside, Outcome, Refused, Relayed, Taking
from bridge.links.hub import Hub
from bridge.links.wanted import UNKNOWN, parked, senders

log = structlog.get_logger()
PATIENCE = 0.5
GO = 64
"""Deliveries opened in one go: more would keep the loop from everything else for too long."""
KINDS = 100
"""That only newer hubs know, and that are subscribed to."""
Place = tuple[str, int]
"""Stream and epoch."""


class Relay:
    """What one connection to a neighbour's broker brings: a lane, or the answers to what we asked."""

    def __init__(self, name: str, bus: Connection, door: Door, hub: Hub) -> None:
        """``bus`` is a connection of its own to the neighbour's broker."""
        self.name, self.bus, self.door, self.hub = name, bus, door, hub
        self.breaker = Breaker()
        self.turned: Counter[str] = Counter()
        """How many did not pass, by reason."""
        self.newer: set[tuple[str, Lane]] = set()
        """Kinds, with their lane, that have passed unread: only newer hubs know them."""
        self.newest: dict[Place, int] = {}
        """The newest that has come of each stream; what is missing before it comes no more by itself."""
        self.moved: dict[Place, float] = {}
        """When something came of each stream."""
        self.last, self.connection = time.monotonic(), 0
        """When something came, and on which connection."""
        self.unread: list[tuple[bytes, list[str]]] = []
        """Marks of what was just parked, and who may know them."""
        hub.wanted.takers[name] = self.resume

    @property
    def silence(self) -> float:
        """Seconds for which a connection that is there has brought nothing; 0 while there is none: what the broker kept for us is still to come."""
        if not self.bus.connected.is_set():
            return 0.0
        if self.connection != self.bus.number:
            self.connection, self.last = self.bus.number, time.monotonic()
        return time.monotonic() - self.last

    async def run(self) -> None:
        """Works until it is cancelled."""
        while True:
            found = await self.bus.deliveries()
            for first, end in pairwise([*range(0, len(found), GO), len(found)]):
                await self.work(found[first:end])

    async def work(self, batch: Sequence[Delivery]) -> None:
        """Some deliveries, all the way to their acknowledgement."""
        outcomes = await self.accept([self.brought(delivery.topic, delivery.data) for delivery in batch])
        crash.point("relay-accepted")
        self.bus.acknowledge(batch)
        self.last = time.monotonic()
        news = sum(state == "accepted" for outcome in outcomes for _, state in outcome.states)
        if rest := self.breaker.count(len(batch), news, self.last):
            log.error("storm", link=self.name, peer=self.door.peer, seconds=round(rest), turned=dict(self.turned))
            await asyncio.sleep(rest)

    def brought(self, topic: str, data: bytes, *, asked: bool = False) -> Relayed | Taking | None:
        """What came, if it passes; a forgery or a ruin is refused with its bytes."""
        try:
            found = self.door.passed(topic, data, self.hub.clock(), asked=asked)
        except wire.UnknownSchema as error:
            log.warning("parked", link=self.name, topic=topic, reason=str(error))
            self.unread.append((error.mark, [self.door.peer, *senders(data)]))
            return parked(self.name, self.door.peer, topic, data, error)
        except Rejected as error:
            verdict = error.verdict
            log.warning("refused", link=self.name, topic=topic, code=verdict.code, at=verdict.at, reason=verdict.en)
            self.hub.measures.refuse(self.name, verdict.code, shelved=True)
            return Taking(f"{self.name}:{topic}", self.name, self.door.peer, (), (Refused(verdict, data),), fresh=True)
        if isinstance(found, Turned):
            self.turned[found.reason] += 1
            return None
        if found.envelope.kind not in CLASSES:
            self.hub.measures.unread[self.door.peer] += 1
            if len(self.newer) < KINDS:
                self.newer.add((found.envelope.kind, streams.lane_of(found.carrier.stream)))
        place = (found.carrier.stream, found.carrier.epoch)
        self.newest[place] = max(found.carrier.sequence, self.newest.get(place, 0))
        self.moved[place] = time.monotonic()
        return found

    async def accept(self, brought: Sequence[Relayed | Taking | None]) -> list[Outcome]:
        """Until it is held: nothing is acknowledged before."""
        wanted = [each for each in brought if each is not None]
        while wanted:
            try:
                outcomes = await self.hub.ledger.accept(wanted)
            except Unavailable as error:
                log.warning("unavailable", link=self.name, reason=str(error))
                await asyncio.sleep(PATIENCE)
                continue
            for outcome in outcomes:
                self.hub.feeds.push(outcome.tickets)
            while self.unread:  # now that it is held, whoever learns the schema finds what waits for it
                self.hub.wanted.add(*self.unread.pop())
            return outcomes
        return []

    async def resume(self, parked: Sequence[Aside]) -> list[Aside]:
        """Takes up what was parked, its schema having been learnt; says what came to its end."""
        tried = [(aside, self.brought(aside.verdict.at, aside.data, asked=True)) for aside in parked]
        ended = [(aside, found) for aside, found in tried if not isinstance(found, Taking) or found.refused[0].verdict.code != UNKNOWN]
        await self.accept([found for _, found in ended])
        return [aside for aside, _ in ended]
