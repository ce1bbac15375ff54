"""A page that is asked for again and again: what has changed is a piece; what cannot be had whole is none, and is asked for later.

Asks with the page's own ETag and Last-Modified once the ledger holds it. Bytes are counted while they come, packed and unpacked. A failure
doubles the time to the next poll; ``Retry-After`` is waited for. Links inside a page are not followed: what a page says is on it.
"""

import asyncio
import hashlib
import random
import time
import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email.utils import parsedate_to_datetime
from typing import Any, NamedTuple
from urllib.parse import urljoin, urlsplit

import aiohttp
import structlog

from bridge.errors import Unavailable
from bridge.ports import Answer, Given, Taken, web
from bridge.text import LIMIT
from bridge.texts import text

log = structlog.get_logger()
WHOLE = 60.0
"""Seconds for a whole poll: a server that drips is away."""
REDIRECTS = 5
MOVED = frozenset({301, 302, 303, 307, 308})
CHUNK = 65_536
JITTER = 0.1
"""Part of the interval by which a poll may come earlier or later: not all hubs ask at once."""
LONGEST = 900.0
"""Seconds between polls of a page that fails, unless the interval itself is longer."""
DAY = 86_400.0
"""The longest ``Retry-After`` that is believed, in seconds."""
ASKING = {"User-Agent": "regionbus", "Accept-Encoding": "gzip", "Accept": "*/*"}


class Page(NamedTuple):
    """What was had, and by what it is asked for again."""

    data: bytes = b""
    digest: str = ""
    etag: str | None = None
    modified: str | None = None


class Feed:
    """One page of an agency."""

    width = 1
    tells = False
    limit = LIMIT
    """Bytes, packed or unpacked."""

    def __init__(self, name: str, url: str, *, every: float, token: str | None = None, always: bool = False) -> None:
        """``every``: seconds between polls. ``always``: every good poll is a piece, changed or not."""
        self.name, self.url, self.every, self.always = name, url, every, always
        self.shown = {"Authorization": f"Bearer {token}"} if token else {}
        self.client = web.client(url, ASKING)
        self.last = Page()
        """Of what the ledger holds."""
        self.due = time.monotonic() + random.uniform(0, JITTER * min(every, 10))  # noqa: S311  jitter, no secret
        self.failures, self.reason, self.count = 0, "", 0

    async def take(self) -> list[Taken]:
        """See ``Port``."""
        while True:
            await asyncio.sleep(self.due - time.monotonic())
            try:
                page = await self.poll()
            except Unavailable as error:
                self._failed(error)
                continue
            self._well()
            if self.always or page.digest != self.last.digest:
                return [self._piece(page)]
            self.last = page._replace(data=b"")

    def _piece(self, page: Page) -> Taken:
        async def done(answer: Answer) -> None:
            if not answer.later:
                self.last = page if self.always else page._replace(data=b"")

        self.count += 1
        return Taken(page.data, f"feed:{page.digest}:{self.count}", done, fresh=True)  # A, B and A again is three lists

    def _well(self) -> None:
        if self.failures:
            log.info("feed-back", link=self.name, count=self.failures)
        self.failures, self.reason = 0, ""
        self.due = time.monotonic() + self.every * random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311  jitter, no secret

    def _failed(self, error: Unavailable) -> None:
        """Said once, for as long as it fails the same way."""
        self.failures += 1
        wait = min(self.every * 2.0 ** min(self.failures, 32), max(self.every, LONGEST))
        if error.retry_after is not None:
            wait = max(wait, min(error.retry_after, DAY))
        self.due = time.monotonic() + wait * random.uniform(1, 1 + JITTER)  # noqa: S311  jitter, no secret
        say = log.debug if self.reason == str(error) else log.warning
        say("unavailable", link=self.name, reason=str(error), again_in=round(wait, 1))
        self.reason = str(error)

    async def poll(self) -> Page:
        """The page as it is now; the last one if it has not changed. ``Unavailable`` if it cannot be had whole."""
        asked = {"If-None-Match": self.last.etag, "If-Modified-Since": self.last.modified}
        try:
            async with asyncio.timeout(WHOLE), self._answer({name: value for name, value in asked.items() if value}) as found:
                if found.status == 304 and self.last.digest:
                    return self.last
                if found.status != 200:
                    raise Unavailable(text("feed-status", None, status=found.status), retry_after(found.headers.get("retry-after")))
                data = await self._body(found)
        except TimeoutError:
            raise Unavailable(text("feed-slow")) from None
        except (aiohttp.ClientError, ValueError) as error:  # what is no URL at all makes whatever reads it raise
            raise Unavailable(text("feed-away", None, reason=f"{type(error).__name__} {error}".strip())) from None
        return Page(data, hashlib.sha256(data).hexdigest(), found.headers.get("etag"), found.headers.get("last-modified"))

    @asynccontextmanager
    async def _answer(self, headers: dict[str, str]) -> AsyncIterator[aiohttp.ClientResponse]:
        """The answer at the end of a few redirects, its body not yet read. What was safe on its way stays so; a token stays with its host."""
        url = self.url
        for _ in range(REDIRECTS + 1):
            secrets = self.shown if confided(self.url, url) else {}
            async with self.client.get(url, headers=headers | secrets, allow_redirects=False) as found:
                there = found.headers.get("location") if found.status in MOVED else None
                if there is None:
                    yield found
                    return
            ahead = urljoin(url, there)
            if url.startswith("https:") and not ahead.startswith("https:"):
                raise Unavailable(text("feed-downgrade", None, host=urlsplit(ahead).hostname))
            url = ahead
        raise Unavailable(text("feed-redirects", None, limit=REDIRECTS))

    async def _body(self, found: aiohttp.ClientResponse) -> bytes:
        """The bytes, unpacked; never more than the limit of either in memory."""
        encoding = found.headers.get("content-encoding", "identity").strip().lower()
        if encoding not in {"identity", "gzip", "x-gzip"}:
            raise Unavailable(text("feed-encoding", None, encoding=encoding))
        gzip = Gzip() if encoding != "identity" else None
        data, size = bytearray(), 0
        async for chunk in found.content.iter_chunked(CHUNK):
            size += len(chunk)
            data += gzip.unpack(chunk, self.limit + 1 - len(data)) if gzip else chunk
            if max(size, len(data)) > self.limit:
                raise Unavailable(text("feed-large", None, limit=self.limit))
        if gzip and not gzip.whole:
            raise Unavailable(text("feed-cut"))
        return bytes(data)

    async def give(self, given: Given) -> None:
        """See ``Port``; nobody writes to a feed."""
        raise NotImplementedError

    async def tell(self, message_id: str, receipts: list[dict[str, Any]]) -> None:
        """See ``Port``; a page has no place for them."""

    async def close(self) -> None:
        """See ``Port``."""
        await self.client.close()


def confided(asked: str, url: str) -> bool:
    """Whether what is shown to the page that was asked for may be shown here, too: the same host and door, or its safe one."""
    one, other = urlsplit(asked), urlsplit(url)
    safer = (one.scheme, one.port or 80, other.scheme, other.port or 443) == ("http", 80, "https", 443)
    return one.hostname == other.hostname and (safer or (one.scheme, one.port) == (other.scheme, other.port))


class Gzip:
    """Unpacks no more than it is asked to: a few bytes may hold any number."""

    def __init__(self) -> None:
        """Before the first byte."""
        self.inner = zlib.decompressobj(31)

    @property
    def whole(self) -> bool:
        """Whether the end has come."""
        return self.inner.eof

    def unpack(self, data: bytes, most: int) -> bytes:
        """What these bytes hold, at most ``most`` bytes of it."""
        try:
            found = self.inner.decompress(data, most)
        except zlib.error:
            raise Unavailable(text("feed-cut")) from None
        if self.inner.unused_data:  # a second member: nobody sends one, and thousands of empty ones would keep us busy
            raise Unavailable(text("feed-cut"))
        return found


def retry_after(words: str | None) -> float | None:
    """Seconds until we may ask again: ``Retry-After`` is a number of them, or a date (RFC 9110 section 10.2.3)."""
    if words is None:
        return None
    if words.strip().isdecimal():
        return float(words)
    try:
        return max(0.0, parsedate_to_datetime(words).timestamp() - time.time())
    except (ValueError, OverflowError):
        return None
