"""One look a second for all viewers together; while nobody looks, one every ten seconds for the past."""

import asyncio
import time
from typing import NamedTuple

from bridge import letters
from bridge.errors import Unavailable
from bridge.ledger import Aside
from bridge.monitor.source import Source
from bridge.monitor.state import Past, State

FRESH, SHELF = 1.0, 3.0
"""Seconds that a look is good for, and one at what was set aside."""
MOST = 1000
"""Things set aside that are looked at."""


class Shelf(NamedTuple):
    """What was set aside and not dealt with, newest first, without its bytes."""

    letters: tuple[Aside, ...] = ()
    more: bool = False
    """There is more than is looked at."""


class Looks:
    """The newest look and the past."""

    def __init__(self, source: Source) -> None:
        """Looks at ``source`` when asked."""
        self.source, self.past = source, Past()
        self.state: State | None = None
        self.taken = 0.0
        self.kept, self.shelved = Shelf(), -SHELF
        self.lock = asyncio.Lock()

    async def now(self) -> State:
        """A look of the last second."""
        async with self.lock:
            if self.state is None or time.monotonic() - self.taken >= FRESH:
                self.state = await self.source.look()
                self.taken = time.monotonic()
                self.past.add(self.state)
            return self.state

    async def shelf(self) -> Shelf:
        """What waits for an operator; that of the last look if the ledger does not answer."""
        async with self.lock:
            if time.monotonic() - self.shelved >= SHELF:
                try:
                    self.kept = await self._shelf()
                except Unavailable:
                    return self.kept
                self.shelved = time.monotonic()
            return self.kept

    async def _shelf(self) -> Shelf:
        found: list[Aside] = []
        async for dead in letters.each(self.source.ledger):
            if len(found) == MOST:
                return Shelf(tuple(found), more=True)
            found.append(dead._replace(data=b""))
        return Shelf(tuple(found))

    def forget(self) -> None:
        """What was just done is seen at once."""
        self.shelved = self.taken = -SHELF
