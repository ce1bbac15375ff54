"""What a hub does again and again beside its messages: looks for what was stirred, offers again, keeps what drifts, forgets."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta

import structlog

from bridge.errors import Unavailable
from bridge.ledger import Note
from bridge.links.hub import Hub
from bridge.links.inlet import Inlet
from bridge.links.listener import Listener

log = structlog.get_logger()
DRIFT = 10.0
"""Seconds after which what sentinels have found is kept: a crash costs that much of their counting, and nothing else."""
PRUNED = 500
"""Messages forgotten in one step, so that forgetting holds nobody up."""
HOURLY, SHARE = 3600.0, 0.05
"""Seconds between two rounds of forgetting, and the most that may be as a part of what is remembered: the ledger is never much larger than that."""


async def stirred(hub: Hub) -> None:
    """Fetches what this process was not handed: another process's, or what an answer that was lost had said."""
    while True:
        for queue in await hub.ledger.stirred():
            if queue in hub.feeds.all:
                hub.feeds.all[queue].again()


async def reoffered(hub: Hub, listener: Listener, every: timedelta) -> None:
    """At the start and ever after: what the broker has not brought back is offered to our own outlets from the journal."""
    while True:
        try:
            await listener.reoffer(hub.clock() - every)
        except Unavailable as error:
            log.warning("unavailable", link="heads", reason=str(error))
        await asyncio.sleep(every.total_seconds())


async def pruned(hub: Hub) -> None:
    """Forgets what has ended and is older than we remember."""
    while True:
        try:
            forgotten = PRUNED
            while forgotten == PRUNED:
                forgotten = await hub.ledger.prune(hub.clock() - hub.memory, PRUNED)
        except Unavailable as error:
            log.warning("unavailable", link="prune", reason=str(error))
        await asyncio.sleep(min(HOURLY, hub.memory.total_seconds() * SHARE))


class Drifts:
    """Keeps in the ledger how the formats of this process's inlets have drifted."""

    def __init__(self, hub: Hub, inlets: Mapping[str, Inlet]) -> None:
        """``inlets`` by the name under which the ledger keeps it."""
        self.hub, self.inlets = hub, inlets
        self.recalled = False
        """Whether the sentinels know what the ledger keeps."""

    async def run(self) -> None:
        """Recalls what was found in earlier lives, and keeps what is new."""
        while not self.recalled:
            try:
                kept = await self.hub.ledger.notes("drift/")
            except Unavailable as error:
                log.debug("unavailable", link="drift", reason=str(error))
                await asyncio.sleep(DRIFT)
                continue
            for name in self.inlets.keys() & kept.keys():
                self.inlets[name].sentinel.adopt(kept[name])
            self.recalled = True
        while True:
            await asyncio.sleep(DRIFT)
            await self.keep()

    async def keep(self) -> None:
        """Now."""
        for name, inlet in self.inlets.items():
            sentinel = inlet.sentinel
            if sentinel.changed and self.recalled:
                sentinel.changed = False
                try:
                    await self.hub.ledger.note(Note(name, sentinel.packed(self.hub.clock())))
                except Unavailable as error:
                    sentinel.changed = True
                    log.debug("unavailable", link="drift", reason=str(error))
