"""Kinds of record that only newer hubs know: forwarded unread, counted, and heard live as soon as one has come.

The first of a kind is noticed by the heads of its stream and asked back like any gap: no filter names what is not known yet.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence

import structlog

from bridge.bus.mqtt import Connection
from bridge.errors import Unavailable
from bridge.kinds import Lane
from bridge.links.relay import Relay

log = structlog.get_logger()
LOOK = 1.0
"""Seconds between two looks."""


class Newer:
    """What one neighbour says that we cannot read."""

    def __init__(self, relays: Sequence[Relay], lanes: Mapping[Lane, Connection], filters: Callable[[list[str]], list[str]]) -> None:
        """``relays`` note what they pass on unread, ``lanes`` hear the neighbour, ``filters`` are those of some kinds."""
        self.relays, self.lanes, self.filters = relays, lanes, filters
        self.heard: set[tuple[str, Lane]] = set()
        """Kinds that come live now."""

    async def run(self) -> None:
        """Works until it is cancelled."""
        while True:
            await asyncio.sleep(LOOK)
            for kind, lane in sorted(set().union(*(relay.newer for relay in self.relays)) - self.heard):
                if self.lanes[lane].connected.is_set():
                    await self._hear(kind, lane)

    async def _hear(self, kind: str, lane: Lane) -> None:
        try:
            await self.lanes[lane].subscribe(self.filters([kind]))
        except Unavailable as error:  # still asked back, heads by heads
            log.warning("unavailable", link=self.relays[0].name, reason=str(error))
            return
        self.heard.add((kind, lane))
        log.warning("newer-kind", peer=self.relays[0].door.peer, kind=kind)
