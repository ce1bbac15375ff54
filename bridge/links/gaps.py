"""What a neighbour's streams have and our journal lacks, asked back until nothing is missing (DESIGN section 5, No loss).

A stretch is missing if something later of its stream has come, or if nothing comes any more. Nothing of the asking is kept but how
far each stream is complete: what is missing is read anew from the journal every time, so that an answer that was cut off goes on
where it ended.
"""

import asyncio
import hashlib
import json
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

import structlog

from bridge import topics, wire
from bridge.bus import Bus, Delivery, Publication
from bridge.bus.mqtt import Connection
from bridge.envelope import uuid7
from bridge.errors import Rejected, Unavailable
from bridge.kinds import Lane
from bridge.ledger import Note, Relayed, Taking
from bridge.links.heads import Herald, witnessed
from bridge.links.relay import Place, Relay
from bridge.links.wanted import bound
from bridge.records import Answer, Ask, Carrier, Envelope, Head, Heads

log = structlog.get_logger()
QUIET = 2.0
"""Seconds without a delivery after which what is missing comes no more by itself."""
OVERDUE = 30.0
"""Seconds without a delivery of a stream after which what is missing of it is asked for on a lane that is never quiet."""
SILENT = 10.0
"""Seconds without a message of an answer until it is given up."""
AGAIN = (2.0, 60.0)
"""Seconds before a stretch that could not be had is asked for again, first and at most."""
HELD_BACK = 60.0
"""Seconds that heads that have fallen behind are not passed on: so long a hub that was restored can still read what it had said."""
WITNESS = 5.0
"""Seconds between two looks whether we have more of a neighbour than it has said."""
ASKED = 5000
"""Messages asked for in one request."""
FORGOTTEN = "forgotten"
"""The reason of a hub that has no more than it sent."""


@dataclass
class Asked:
    """A request under way."""

    ids: list[str] = field(default_factory=list)
    end: asyncio.Future[Answer] = field(default_factory=lambda: asyncio.get_running_loop().create_future())
    moved: float = field(default_factory=time.monotonic)


@dataclass
class Patience:
    """When a stretch that could not be had is asked for again."""

    at: float = 0.0
    tries: int = 0

    def wait(self) -> None:
        """Twice as long each time."""
        least, most = AGAIN
        self.at = time.monotonic() + min(most, least * 2**self.tries)
        self.tries += 1


class Gaps:
    """Watches the heads on one neighbour's bus and asks that neighbour for what is missing."""

    def __init__(self, bus: Connection, answers: Relay, lanes: Mapping[Lane, Relay], out: Bus, herald: Herald, *, snapshot: bool) -> None:  # noqa: PLR0913
        """``bus`` hears the neighbour's state and answers, ``lanes`` bring its messages, ``out`` is our own; ``snapshot``: who joins late wants the newest only."""
        self.bus, self.answers, self.lanes, self.out, self.herald, self.snapshot = bus, answers, lanes, out, herald, snapshot
        self.door, self.hub = answers.door, answers.hub
        self.place = f"complete/{self.door.peer}/"
        self.bell = asyncio.Event()
        self.heads: dict[str, Heads] = {}
        """The newest of each origin."""
        self.complete: dict[Place, int] | None = None
        """Up to where each stream is complete; nothing while only the ledger knows."""
        self.patience: dict[Place, Patience] = {}
        self.missing: dict[Place, list[tuple[int, int]]] = {}
        """What is missing now."""
        self.since: dict[Place, float] = {}
        """Since when."""
        self.asked: dict[str, Asked] = {}
        self.replayed = 0
        """Messages that answers have brought."""
        self.witness = 0.0
        """When our journal is next compared with what the neighbour says of itself."""
        self.copied: dict[bytes, None] = {}
        """Digests of what hubs said of their presence."""
        self.fallen: dict[str, float] = {}
        """Since when an origin's heads are behind those that it had."""

    # ---- hearing

    async def hear(self) -> None:
        """Works until it is cancelled."""
        while True:
            batch = await self.bus.deliveries()
            brought: list[Relayed | Taking | None] = []
            ends: list[Delivery] = []
            for delivery in batch:
                match delivery.topic.split("/"):
                    case ["rb", "1", "state", origin, "heads"]:
                        await self._heads(origin, delivery)
                    case ["rb", "1", "state", origin, "presence"] if self._passes_on(origin) and self._is_news(delivery):
                        await self._copy(delivery.topic, delivery.data)
                    case ["rb", "1", "answer", _, _, request] if request in self.asked:
                        ends.append(delivery)
                    case ["rb", "1", "answer", _, _, request, *rest] if request in self.asked:
                        brought.append(self._brought(self.asked[request], "/".join((topics.ROOT, *rest)), delivery.data))
            await self.answers.accept(brought)
            for delivery in ends:
                self._end(delivery)
            self.bus.acknowledge(batch)

    def _brought(self, asked: Asked, topic: str, data: bytes) -> Relayed | Taking | None:
        asked.moved = time.monotonic()
        found = self.answers.brought(topic, data, asked=True)
        if isinstance(found, Relayed):
            asked.ids.append(found.envelope.message_id)
            self.replayed += 1
        else:
            with suppress(Rejected, Unavailable):
                asked.ids.append(message_id(data))
        return found

    def _end(self, delivery: Delivery) -> None:
        """Only now: all before it is in the ledger."""
        asked = self.asked.get(delivery.topic.rpartition("/")[2])
        with suppress(Rejected, Unavailable):
            if asked and not asked.end.done():
                asked.end.set_result(wire.decode(delivery.data, Answer))

    async def _heads(self, origin: str, delivery: Delivery) -> None:
        try:
            found = wire.decode(delivery.data, Heads)
        except (Rejected, Unavailable) as error:
            log.warning("refused", link=self.answers.name, topic=delivery.topic, reason=str(error))
            return
        last = self.heads.get(origin)
        if found.hub != origin or (last and found.at <= last.at):
            return
        if origin == self.door.own:
            self.heads[origin] = found
            await self.herald.seen(found)
        elif self._passes_on(origin):
            if last and fallen(last, found) and time.monotonic() < self.fallen.setdefault(origin, time.monotonic()) + HELD_BACK:
                return
            self.fallen.pop(origin, None)
            self.heads[origin] = found
            await self._copy(delivery.topic, delivery.data)
        self.bell.set()

    def _passes_on(self, origin: str) -> bool:
        return origin == self.door.peer or (self.door.transit and origin != self.door.own)

    async def _witness(self) -> None:
        """Keeps for the neighbour on our bus how far it has come, of what it has not said itself yet."""
        said = self.heads.get(self.door.peer)
        if said is None or time.monotonic() < self.witness:
            return
        self.witness = time.monotonic() + WITNESS
        told = {(head.stream, head.epoch): head.last for head in said.streams}
        if any(told.get(place, 0) < last for lane in self.lanes.values() for place, last in lane.newest.items()):
            ours = [head for _, head in await self.hub.ledger.heads(self.door.peer)]
            if found := witnessed(said, ours):
                self.heads[self.door.peer] = found
                await self._copy(topics.state(self.door.peer, "heads"), wire.encode(found))

    def _is_news(self, delivery: Delivery) -> bool:
        """Each word passes once: in a ring it comes round again, and who copied it then would copy it for ever."""
        word = hashlib.sha256(delivery.topic.encode() + delivery.data).digest()
        fresh = word not in self.copied
        self.copied[word] = None
        bound(self.copied)
        return fresh

    async def _copy(self, topic: str, data: bytes) -> None:
        """What a hub says of itself, unchanged on our own bus; it says it again soon."""
        with suppress(Unavailable):
            await self.out.publish([Publication(topic, data, retain=True)])

    # ---- asking

    async def fill(self) -> None:
        """Works until it is cancelled."""
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(QUIET):  # wait_for of Python 3.11 loses a cancellation that meets the bell
                    await self.bell.wait()
            self.bell.clear()
            try:
                await self._recall()
                for origin, head in self._wanted():
                    await self._look(origin, head)
                await self._witness()
            except Unavailable as error:
                log.warning("unavailable", link=self.answers.name, reason=str(error))
                await asyncio.sleep(QUIET)

    def _wanted(self) -> Iterator[tuple[str, Head]]:
        for origin, heads in list(self.heads.items()):
            for head in heads.streams:
                if origin == self.door.own or self.door.scope.covers(head.stream):
                    yield origin, head

    async def _recall(self) -> None:
        """How far we were in an earlier life; who is new and wants the newest only, begins here."""
        if self.complete is not None:
            return
        kept = await self.hub.ledger.notes(self.place)
        found = {place_of(name.removeprefix(self.place)): int(upto) for name, upto in kept.items()}
        if not kept and self.snapshot and self.heads:
            answer = await self._ask("snapshot", Ask(request=uuid7(self.hub.clock()), stream="", epoch=0, first=0, last=0))
            if answer is None or not answer.complete:
                raise Unavailable(f"{self.door.peer} gives no snapshot")
            found = {(head.stream, head.epoch): head.last for origin, head in self._wanted() if origin != self.door.own}
            for place, upto in found.items():
                await self._note(place, upto)
        self.complete = found

    async def _note(self, place: Place, upto: int) -> None:
        stream, epoch = place
        await self.hub.ledger.note(Note(f"{self.place}{stream}@{epoch}", str(upto).encode()))

    async def _look(self, origin: str, head: Head) -> None:
        """One stream: how far it is complete, and what is to be asked for."""
        assert self.complete is not None
        place = (head.stream, head.epoch)
        first = max(head.first, self.complete.get(place, 0) + 1)
        if first > head.last:
            return
        found = await self.hub.ledger.gaps(head.stream, head.epoch, first, head.last)
        self.missing[place] = found
        self.since.setdefault(place, time.monotonic())
        upto = found[0][0] - 1 if found else head.last
        if upto >= first:
            self.complete[place] = upto
            await self._note(place, upto)
        if not found:
            del self.missing[place], self.since[place]
            self.patience.pop(place, None)
            return
        patience = self.patience.setdefault(place, Patience())
        if time.monotonic() >= patience.at:
            for stretch in list(self._due(place, found, lost=origin == self.door.own)):
                if not await self._fetch(origin, place, stretch):
                    patience.wait()
                    return

    def _due(self, place: Place, found: Sequence[tuple[int, int]], *, lost: bool) -> Iterator[tuple[int, int]]:
        """What of it comes no more by itself."""
        lanes = [relay for lane, relay in self.lanes.items() if place[0].endswith(f"/{lane}")]  # another lane may never be quiet
        passed = max((lane.newest.get(place, 0) for lane in lanes), default=0)
        moved = max([self.since[place], *(lane.moved.get(place, 0.0) for lane in lanes)])
        quiet = lost or all(lane.silence > QUIET for lane in lanes) or time.monotonic() - moved > OVERDUE
        for first, last in found:
            if quiet or first < passed:
                yield first, last if quiet else min(last, passed)

    async def _fetch(self, origin: str, place: Place, stretch: tuple[int, int]) -> bool:
        """Asks for a stretch, piece by piece; whether all of it came, or is known to be nowhere."""
        stream, epoch = place
        for first in range(stretch[0], stretch[1] + 1, ASKED):
            last = min(first + ASKED - 1, stretch[1])
            ask = Ask(request=uuid7(self.hub.clock()), stream=stream, epoch=epoch, first=first, last=last)
            answer = await self._ask("replay", ask)
            left = await self.hub.ledger.gaps(stream, epoch, first, last)
            if not left:
                continue
            if answer is None or answer.reason != FORGOTTEN or origin != self.door.peer:
                return False
            await self._give_up(place, left)
        return True

    async def _give_up(self, place: Place, left: Sequence[tuple[int, int]]) -> None:
        """The origin itself has them no more: nobody else is asked, the ranges are kept for the operator."""
        stream, epoch = place
        log.error("not-recoverable", link=self.answers.name, peer=self.door.peer, stream=stream, epoch=epoch, ranges=left)
        name = f"lost/{self.door.peer}/{stream}@{epoch}"
        known = json.loads((await self.hub.ledger.notes(name)).get(name, b"[]"))
        await self.hub.ledger.note(Note(name, json.dumps([*known, *left]).encode()))
        assert self.complete is not None
        self.complete[place] = left[-1][1]
        await self._note(place, left[-1][1])

    async def _ask(self, what: str, ask: Ask) -> Answer | None:
        """The end of the answer, when all before it is in the ledger; nothing if the neighbour does not answer, or something of it went astray."""
        asked = self.asked[ask.request] = Asked()
        try:
            await self.bus.publish([Publication(topics.ask(self.door.peer, self.door.own, what), wire.encode(ask))])
            while not asked.end.done() and time.monotonic() - asked.moved < SILENT:
                await asyncio.wait([asked.end], timeout=1)
            if not asked.end.done():
                return None
            answer = asked.end.result()
            log.info("replayed", link=self.answers.name, peer=self.door.peer, stream=ask.stream, sent=answer.sent, complete=answer.complete)
            return answer if answer.digest == digest(asked.ids) else None
        finally:
            del self.asked[ask.request]


def message_id(data: bytes) -> str:
    """Of a carrier that does not pass our door: a snapshot also has what others said."""
    return wire.decode(wire.decode(data, Carrier).envelope, Envelope).message_id


def digest(ids: Sequence[str]) -> bytes:
    """Of the messages of an answer, in order."""
    return hashlib.sha256("".join(ids).encode()).digest()


def fallen(last: Heads, now: Heads) -> bool:
    """Whether a stream has gone back within its epoch, or an epoch that lives on has lost a stream: its origin was restored, and may be healed from what it said before."""
    known = {(head.stream, head.epoch): head.last for head in now.streams}
    return any(known.get((head.stream, head.epoch), head.last) < head.last for head in last.streams)


def place_of(name: str) -> Place:
    """The reverse of a note's name."""
    stream, _, epoch = name.rpartition("@")
    return stream, int(epoch)
