"""From our own bus to the ledger, one lane: checked, fanned out in one step, and only then acknowledged."""

import asyncio
from collections.abc import Collection, Sequence
from contextlib import suppress
from datetime import datetime
from functools import partial

import structlog

from bridge import crash, topics, wire
from bridge.agreements import Grant, owed
from bridge.bus import Bus, Delivery
from bridge.envelope import opened, stated_age
from bridge.errors import Rejected, Unavailable
from bridge.kinds import CLASSES, NEWEST_WINS, Lane, lane
from bridge.ledger import Aside, Heard, Message, Owed, Refused, Taking
from bridge.links.hub import Hub
from bridge.links.wanted import UNKNOWN, parked, senders
from bridge.records import Carrier, Envelope

log = structlog.get_logger()
PATIENCE = 0.5
GO = 64
"""Deliveries opened in one go: more would keep the loop from everything else for too long."""
REOFFERED = 200
"""Messages offered again in one batch."""


class Listener:
    """One lane of what this hub hears on its own bus."""

    def __init__(self, lane: Lane, bus: Bus, grants: Sequence[Grant], hub: Hub, addresses: Collection[str]) -> None:
        """``bus`` is a connection of its own, ``grants`` say to whom what is owed, ``addresses`` whose inboxes this hub empties."""
        self.lane, self.bus, self.grants, self.hub, self.addresses = lane, bus, grants, hub, addresses
        self.unread: list[tuple[bytes, list[str]]] = []
        """Marks of what was just parked, and who may know them."""
        hub.wanted.takers[f"bus/{lane}"] = self.resume

    async def run(self) -> None:
        """Works until it is cancelled."""
        await self._recall()
        while True:
            found = await self.bus.deliveries()
            await self._recall()
            for first in range(0, len(found), GO):
                await self.work(found[first : first + GO])

    async def work(self, batch: list[Delivery]) -> None:
        """Some deliveries, all the way to their acknowledgement."""
        crash.point("heard")
        heard = [self.heard(delivery) for delivery in batch]
        await self._accept(heard)
        self._ask()
        crash.point("heard-accepted")
        self.bus.acknowledge(batch)
        crash.point("heard-acknowledged")

    def heard(self, delivery: Delivery) -> Heard | Taking:
        """What came, checked against its topic; a forgery or a ruin is refused with its bytes."""
        try:
            place, carrier, envelope = opened(delivery.topic, delivery.data)
            stated_age(envelope, self.hub.clock(), self.hub.memory)
        except wire.UnknownSchema as error:
            log.warning("parked", link=f"bus/{self.lane}", topic=delivery.topic, reason=str(error))
            self.unread.append((error.mark, senders(delivery.data)))
            return parked(f"bus/{self.lane}", "bus", delivery.topic, delivery.data, error)
        except Rejected as error:
            verdict = error.verdict
            log.warning("refused", link=f"bus/{self.lane}", topic=delivery.topic, code=verdict.code, at=verdict.at, reason=verdict.en)
            self.hub.measures.refuse(f"bus/{self.lane}", verdict.code, shelved=True)
            return Taking(f"bus:{delivery.topic}", f"bus/{self.lane}", "bus", (), (Refused(verdict, delivery.data),), fresh=True)
        return Heard(delivery.topic, carrier, envelope, self._owed(place, carrier, envelope))

    def _owed(self, place: topics.Topic, carrier: Carrier, envelope: Envelope) -> tuple[Owed, ...]:
        return owed(place, envelope, self.grants, self.hub.clock(), partial(self.hub.border.still, carrier, envelope))

    async def _recall(self) -> None:
        """Once, and before anything is heard if the ledger is there: what outlets have seen of what may leave their areas."""
        bounded, border = [grant for grant in self.grants if grant.bounded], self.hub.border
        if bounded and self.lane not in border.recalled:
            kinds = [kind for kind in NEWEST_WINS if lane(kind) == self.lane]
            with suppress(Unavailable):
                await border.recall(self.lane, self.hub.ledger.picture(kinds), bounded, self.hub.clock())

    async def _accept(self, heard: Sequence[Heard | Taking]) -> None:
        """Until it is held: nothing is acknowledged before."""
        while True:
            try:
                outcomes = await self.hub.ledger.accept(heard)
            except Unavailable as error:
                log.warning("unavailable", link=f"bus/{self.lane}", reason=str(error))
                await asyncio.sleep(PATIENCE)
                continue
            for outcome in outcomes:
                self.hub.feeds.push(outcome.tickets)
            return

    def _ask(self) -> None:
        """Has the schemas looked for that what was parked waits for: now that it is held, whoever learns one finds it."""
        while self.unread:
            self.hub.wanted.add(*self.unread.pop())

    async def resume(self, parked: Sequence[Aside]) -> list[Aside]:
        """Takes up what was parked; says what came to its end."""
        tried = [(aside, self.heard(Delivery(aside.verdict.at, aside.data, False, 0, 0))) for aside in parked]
        ended = [(aside, found) for aside, found in tried if isinstance(found, Heard) or found.refused[0].verdict.code != UNKNOWN]
        await self._accept([found for _, found in ended])
        self._ask()
        return [aside for aside, _ in ended]

    async def reoffer(self, before: datetime) -> int:
        """Offers our own outlets what the journal holds and the bus has not brought back; says how many."""
        count = 0
        while found := await self.hub.ledger.unheard(before, REOFFERED):
            crash.point("reoffering")
            await self._accept([self.from_journal(message) for message in found])
            crash.point("reoffered")
            places = [topics.parse(message.topic) for message in found]
            count += sum(self._ours(place) and place.kind in CLASSES for place in places)  # what only newer hubs know is not heard at all
        if count:
            self.hub.measures.forgotten += count
            log.warning("reoffered", count=count)
        return count

    def from_journal(self, message: Message) -> Heard | Taking:
        """A journalled message as if the bus had brought it."""
        place, carrier, envelope = opened(message.topic, wire.encode(message.carrier))
        rows = self._owed(place, carrier, envelope) if self._ours(place) else ()
        return Heard(message.topic, carrier, envelope, rows)

    def _ours(self, place: topics.Topic) -> bool:
        """Whether our own bus brings it to us: what is addressed to another hub's agency is that hub's to deliver."""
        return not isinstance(place, topics.To) or place.recipient in self.addresses
