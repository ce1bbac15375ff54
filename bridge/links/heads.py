"""How far our own streams have come, said again and again; and a new beginning when our journal has lost what others know of us."""

import asyncio
from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import timedelta

import structlog

from bridge import topics, wire
from bridge.bus import Publication
from bridge.bus.mqtt import Connection
from bridge.errors import Rejected, Unavailable
from bridge.links.hub import Hub
from bridge.model import in_millis
from bridge.records import Head, Heads

log = structlog.get_logger()
PATIENCE = 3.0
"""Seconds that a start waits for brokers that do not answer."""
RETAINED = 0.2
"""Seconds after a granted subscription in which what is retained has come: it is sent right behind the answer."""


class Herald:
    """Publishes this hub's heads, retained."""

    def __init__(self, own: str, bus: Connection, hub: Hub, every: timedelta) -> None:
        """``bus`` is a connection to our own broker that hears ``topic``."""
        self.own, self.bus, self.hub, self.every = own, bus, hub, every
        self.topic = topics.state(own, "heads")
        self.ready = asyncio.Event()
        """From now on we may say something new: what was said of us in an earlier life has been seen."""

    async def run(self, others: Iterable[Connection]) -> None:
        """Works until it is cancelled. ``others`` hear what our neighbours know of us."""
        hearing = asyncio.create_task(self._hear())
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(PATIENCE):
                    await asyncio.gather(*(each.connected.wait() for each in (self.bus, *others)))
                    await asyncio.sleep(RETAINED)
            self.ready.set()
            await self._tell()
        finally:
            hearing.cancel()

    async def _hear(self) -> None:
        while True:
            for delivery in await self.bus.deliveries():
                with suppress(Rejected, Unavailable):
                    await self.seen(wire.decode(delivery.data, Heads))
                self.bus.acknowledge([delivery])

    async def _tell(self) -> None:
        while True:
            try:
                await self.say()
            except Unavailable as error:
                log.warning("unavailable", link="heads", reason=str(error))
            await asyncio.sleep(self.every.total_seconds())

    async def say(self) -> None:
        """Once."""
        heads = tuple(head for _, head in await self.hub.ledger.heads(self.own))
        said = Heads(hub=self.own, at=in_millis(self.hub.clock()), streams=heads)
        await self.bus.publish([Publication(self.topic, wire.encode(said), retain=True)])

    async def seen(self, heads: Heads) -> None:
        """Begins a new epoch if others have seen more of us than our journal holds: it was restored, or lost."""
        try:
            ours = [head for _, head in await self.hub.ledger.heads(self.own)]
            if ahead(heads.streams, ours):
                epoch = await self.hub.ledger.renew(max(head.epoch for head in heads.streams))
                log.warning("renewed-epoch", hub=self.own, epoch=epoch)
        except Unavailable as error:
            log.warning("unavailable", link="heads", reason=str(error))


def witnessed(said: Heads, ours: Iterable[Head]) -> Heads | None:
    """What another hub has said of its streams, with all that our journal has of them since; nothing if that is no more.

    Lost with that hub's ledger before it has said so itself, it would be given other words in the same places.
    """
    told = {(head.stream, head.epoch): head for head in said.streams}
    more = {(head.stream, head.epoch): head for head in ours}
    news = {place: head for place, head in more.items() if place not in told or told[place].last < head.last}
    if not news:
        return None
    return said.model_copy(update={"at": said.at + timedelta(milliseconds=1), "streams": tuple((told | news).values())})


def ahead(seen: Iterable[Head], ours: Sequence[Head]) -> bool:
    """Whether somebody has seen a newer epoch of us than our journal knows, or more of its newest one: then its places are given to others already."""
    epoch = max((head.epoch for head in ours), default=0)
    known = {head.stream: head.last for head in ours if head.epoch == epoch}
    return any(head.epoch > epoch or (head.epoch == epoch and head.last > known.get(head.stream, 0)) for head in seen)
