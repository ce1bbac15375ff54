"""A page that stays true: whoever looks at it gets its newest content, once for each change, and nothing twice after a break.

A page is made once a second for all who look at it. The id of an event is the digest of what it shows, so a viewer that comes back with
``Last-Event-ID`` gets what has changed meanwhile, and nothing if nothing has, whichever process answers. Nothing is queued for a viewer:
a slow one is given the newest when it is ready for it.
"""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable, Hashable

import structlog

log = structlog.get_logger()
EVERY, BEAT = 1.0, 15.0
"""Seconds between two looks, and until a still page says that it is still there."""
MOST = 1000
"""Viewers at once."""


def digest(words: str) -> str:
    """The id of what is shown."""
    return hashlib.sha256(words.encode()).hexdigest()[:16]


def event(words: str) -> str:
    """As a browser reads it."""
    lines = "".join(f"data: {line}\n" for line in words.splitlines())
    return f"id: {digest(words)}\nevent: content\n{lines}\n"


class Channel:
    """One page in one language."""

    def __init__(self, make: Callable[[], Awaitable[str]]) -> None:
        """``make`` gives its content of now."""
        self.make, self.viewers = make, 0
        self.words, self.id, self.event = "", "", ""
        """What it shows, its digest, and both as a browser reads them: made once for all viewers."""
        self.news = asyncio.Event()

    async def run(self) -> None:
        """Works for as long as somebody looks."""
        while self.viewers:
            try:
                words = await self.make()
            except Exception:
                log.exception("monitor-page")
                words = self.words
            if words != self.words:
                self.words, self.id, self.event = words, digest(words), event(words)
                old, self.news = self.news, asyncio.Event()
                old.set()
            await asyncio.sleep(EVERY)


class Live:
    """All channels that somebody looks at."""

    def __init__(self) -> None:
        """Nobody looks yet."""
        self.channels: dict[Hashable, Channel] = {}
        self.tasks: set[asyncio.Task[None]] = set()
        self.closed = False

    @property
    def full(self) -> bool:
        """Whether nobody more may look."""
        return sum(channel.viewers for channel in self.channels.values()) >= MOST

    async def follow(self, key: Hashable, make: Callable[[], Awaitable[str]], last: str) -> AsyncIterator[str]:
        """The events of a page for one viewer who has seen ``last``."""
        channel = self.channels.setdefault(key, Channel(make))
        channel.viewers += 1
        if channel.viewers == 1:
            task = asyncio.create_task(channel.run())
            self.tasks.add(task)
            task.add_done_callback(self.tasks.discard)
        try:
            yield "retry: 2000\n\n"
            while not self.closed:
                news = channel.news
                if channel.id not in ("", last):
                    last = channel.id
                    yield channel.event
                    continue
                try:
                    async with asyncio.timeout(BEAT):
                        await news.wait()
                except TimeoutError:
                    yield ": still here\n\n"
        finally:
            channel.viewers -= 1
            if not channel.viewers:
                self.channels.pop(key, None)

    def close(self) -> None:
        """Ends all streams."""
        self.closed = True
        for channel in self.channels.values():
            channel.news.set()
        for task in self.tasks:
            task.cancel()
