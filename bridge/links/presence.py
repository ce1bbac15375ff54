"""That this hub is there, said on its own bus, kept by the broker and taken back by its will; and what other hubs say of themselves.

Of several processes of one hub the youngest speaks: an older one that hears it is still, until it has gone or is silent.
"""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime
from typing import NamedTuple, Self

import structlog
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bridge import wire
from bridge.bus import Delivery, Publication
from bridge.bus.mqtt import Address, Connection
from bridge.errors import Malformed, Rejected, Unavailable
from bridge.ledger import Note
from bridge.links.hub import Hub
from bridge.model import in_millis
from bridge.presence import EVERY, Peer, View
from bridge.records import Presence, PresenceState
from bridge.topics import state as topic_of

log = structlog.get_logger()
TICK = 1.0
"""Seconds between two looks."""
BIRTH = 50
"""Tenths of a tick that a birth waits for the hub to be well: else every start would look like trouble."""
PATIENCE = 2.0
"""Seconds for a farewell."""
NOTE = "presence/"
"""Under this name and the process's a ledger keeps the last generation."""


class Senses(NamedTuple):
    """What a process knows of itself."""

    ready: Callable[[], Awaitable[bool]]
    """Whether it is well."""
    deaf: Callable[[], bool]
    """Whether its own bus brings nothing back."""
    last: Callable[[], datetime | None]
    """When an agency last gave it something."""


class Beacon:
    """One process's part in who is there. ``async with`` says farewell at the end, as planned unless an error ends it."""

    def __init__(self, where: Address, process: str, card: Presence, hub: Hub, senses: Senses) -> None:
        """``card`` is what settings say of this hub."""
        self.where, self.process, self.card, self.hub, self.senses = where, process, card, hub, senses
        self.topic = topic_of(card.hub, "presence")
        self.own = Peer()
        """This hub, as its own bus tells of it."""
        self.bus: Connection | None = None
        self.generation = 0
        self.noted = False
        """Whether the ledger keeps the generation."""
        self.state: PresenceState = "Unknown"
        self.next = 0.0
        """When there is something to say, whether anything has changed or not."""

    async def __aenter__(self) -> Self:
        """Nothing is said before ``run``."""
        return self

    async def __aexit__(self, error: type[BaseException] | None, *_: object) -> None:
        """The last word; then there is no will."""
        if self.bus is None:
            return
        if self.bus.connected.is_set() and not self.outlived:
            with suppress(Unavailable, TimeoutError):
                async with asyncio.timeout(PATIENCE):
                    await self._publish(self.bus, self.word("Offline", planned=error is None))
        await self.bus.close()

    async def run(self) -> None:
        """Works until it is cancelled."""
        await self._begin()
        topics = [self.topic, *(topic_of(hub, "presence") for hub in self.hub.presences.peers)]
        bus = self.bus = Connection(self.where, f"{self.card.hub}-{self.process}-presence", topics, will=self._will)
        async with asyncio.TaskGroup() as group:
            group.create_task(self._listen(bus))
            group.create_task(self._speak(bus))

    # ---- what we say

    async def _begin(self, after: int = 0) -> None:
        """A generation newer than ``after``, and than all that the ledger keeps."""
        kept: list[bytes] = []
        with suppress(Unavailable):
            kept = list((await self.hub.ledger.notes(NOTE)).values())
        self.generation = max([after + 1, int(self.hub.clock().timestamp() * 1000), *(int(each) + 1 for each in kept)])
        self.noted, self.next = False, 0.0

    def word(self, state: PresenceState, *, planned: bool = False, backlog: int | None = None) -> Presence:
        """What this hub says of itself now."""
        now = in_millis(self.hub.clock())
        news = dict(generation=self.generation, state=state, planned=planned, at=now, backlog=backlog, last_message_at=self.senses.last())
        return self.card.model_copy(update=news)

    def _will(self) -> Publication:
        return Publication(self.topic, wire.encode(self.word("Offline")), retain=True)

    @property
    def outlived(self) -> bool:
        """Whether a younger process speaks for this hub."""
        return self.own.said is not None and self.own.said.generation > self.generation

    async def _speak(self, bus: Connection) -> None:
        for _ in range(BIRTH):
            if await self.senses.ready():
                break
            await asyncio.sleep(TICK / 10)
        while True:
            self.look()
            try:
                if bus.connected.is_set():
                    await self._tick(bus)
            except Unavailable as error:
                log.warning("unavailable", link="presence", reason=str(error))
            await asyncio.sleep(TICK)

    async def _tick(self, bus: Connection) -> None:
        """Says what is due. Who takes over from a process that has gone connects anew: its will must be of its own generation."""
        moment = time.monotonic()
        if self.own.said is not None and self.outlived:
            if self.own.judged(moment, self.hub.presences.hearing or moment, deaf=False) in ("offline", "planned", "silent"):
                await self._begin(self.own.said.generation)
                bus.lost.set()
            return
        state: PresenceState = "Online" if await self.senses.ready() else "Degraded"
        if state != self.state or moment >= self.next:
            self.state, self.next = state, moment + EVERY
            await self._note()
            await self._publish(bus, self.word(state, backlog=await self._backlog()))

    async def _note(self) -> None:
        if not self.noted:
            with suppress(Unavailable):
                await self.hub.ledger.note(Note(f"{NOTE}{self.process}", str(self.generation).encode()))
                self.noted = True

    async def _backlog(self) -> int | None:
        try:
            return sum(fate.many for fate in await self.hub.ledger.sum() if fate.stage == "waiting")
        except Unavailable:
            return None

    async def _publish(self, bus: Connection, word: Presence) -> None:
        (reason,) = await bus.publish([Publication(self.topic, wire.encode(word), retain=True)])
        if reason:
            raise Unavailable(f"the broker refuses: {reason}")

    # ---- what we hear

    async def _listen(self, bus: Connection) -> None:
        while True:
            batch = await bus.deliveries()
            for delivery in batch:
                self.heard(delivery)
            bus.acknowledge(batch)

    def heard(self, delivery: Delivery) -> None:
        """A presence, ours or another's; what is none is passed over."""
        if not delivery.data:
            return
        try:
            said = wire.decode(delivery.data, Presence)
            if topic_of(said.hub, "presence") != delivery.topic:
                raise Malformed("disagrees", "hub", found=said.hub, wanted=delivery.topic)
        except (Rejected, wire.UnknownSchema) as error:
            verdict = (error if isinstance(error, Rejected) else Malformed(str(error))).verdict
            log.warning("refused", link="presence", topic=delivery.topic, code=verdict.code, at=verdict.at, reason=verdict.en)
            return
        now, moment = self.hub.clock(), time.monotonic()
        if said.hub != self.card.hub:
            self.hub.presences.hear(said, now, moment, retained=delivery.retained)
            self.look()
            return
        self.own.hear(said, now, moment, retained=delivery.retained)
        if said.generation < self.generation or (said.generation == self.generation and said.state == "Offline"):
            self.next = 0.0  # a will of ours that came late stands where our birth should

    def look(self) -> None:
        """Judges all hubs anew; every change is told once."""
        deaf = self.senses.deaf() or self.bus is None or not self.bus.connected.is_set()
        now, moment = self.hub.clock(), time.monotonic()
        for change in self.hub.presences.look(now, moment, deaf=deaf):
            event = f"hub-{change.now}"
            log.info(event, hub=change.hub, before=change.before)
        state = self.own.judged(moment, self.hub.presences.hearing or moment, deaf=deaf)
        if state != self.own.state:
            self.own.state, self.own.since = state, now

    # ---- who wants to know

    def views(self) -> list[View]:
        """This hub, then the others by name."""
        self.look()
        return [View.of(self.card.hub, self.own), *self.hub.presences.view()]

    def routes(self) -> list[Route]:
        """What the gate serves for it."""
        return [Route("/hubs", self.page, methods=["GET"])]

    async def page(self, _: Request) -> Response:
        """All hubs, as JSON."""
        found = [view._asdict() for view in self.views()]
        return Response(json.dumps(found, ensure_ascii=False, default=datetime.isoformat), media_type="application/json")
