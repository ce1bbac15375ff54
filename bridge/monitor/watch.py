"""One look a second for all viewers together; while nobody looks, one every ten seconds for the past."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, Generic, NamedTuple, TypeVar

from bridge import letters
from bridge.drift import merged
from bridge.errors import Unavailable
from bridge.ledger import Aside
from bridge.liveness import PATIENCE
from bridge.monitor.source import Source
from bridge.monitor.state import Past, State

FRESH, SHELF = 1.0, 3.0
"""Seconds that a look is good for, and one at what the ledger keeps."""
MOST = 1000
"""Things set aside that are looked at."""


class Shelf(NamedTuple):
    """What was set aside and not dealt with, newest first, without its bytes."""

    letters: tuple[Aside, ...] = ()
    more: bool = False
    """There is more than is looked at."""


T = TypeVar("T")


class Kept(Generic[T]):
    """An answer of the ledger that is good for a while; the last one if it does not answer."""

    def __init__(self, ask: Callable[[], Awaitable[T]], first: T) -> None:
        """``first`` until it has answered."""
        self.ask, self.answer, self.taken = ask, first, -SHELF
        self.lock = asyncio.Lock()

    async def now(self) -> T:
        """The newest."""
        async with self.lock:
            if time.monotonic() - self.taken >= SHELF:
                with suppress(TimeoutError, Unavailable):
                    async with asyncio.timeout(PATIENCE):
                        self.answer = await self.ask()
                self.taken = time.monotonic()
            return self.answer


class Looks:
    """The newest look and the past."""

    def __init__(self, source: Source) -> None:
        """Looks at ``source`` when asked."""
        self.source, self.past = source, Past()
        self.state: State | None = None
        self.taken = 0.0
        self.lock = asyncio.Lock()
        self.shelf = Kept(self._shelf, Shelf())
        """What waits for an operator."""
        self.drifts = Kept(self._drifts, list[dict[str, Any]]())
        """How formats have drifted."""

    async def now(self) -> State:
        """A look of the last second."""
        async with self.lock:
            if self.state is None or time.monotonic() - self.taken >= FRESH:
                self.state = await self.source.look()
                self.taken = time.monotonic()
                self.past.add(self.state)
            return self.state

    async def _shelf(self) -> Shelf:
        found: list[Aside] = []
        async for dead in letters.each(self.source.ledger):
            if len(found) == MOST:
                return Shelf(tuple(found), more=True)
            found.append(dead._replace(data=b""))
        return Shelf(tuple(found))

    async def _drifts(self) -> list[dict[str, Any]]:
        return merged((await self.source.ledger.notes("drift/")).values())

    def forget(self) -> None:
        """What was just done is seen at once."""
        self.shelf.taken = self.taken = -SHELF
