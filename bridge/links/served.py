"""The picture over HTTP, to who has its token; to nobody unless the settings say so.

It is read when somebody asks, and kept new while somebody does: a picture that nobody looks at costs nothing.
"""

import asyncio
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from datetime import datetime
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bridge import features
from bridge.errors import Invalid
from bridge.finding import Query, Still
from bridge.links.joining import LOCKED, bearer
from bridge.links.picture import Reader
from bridge.ports.http import problem

PATIENCE = 3.0
"""Seconds that an asker waits while the picture is read."""
ASKED = 60.0
"""Seconds after a question for which it is kept at hand."""


class Shown:
    """``GET /picture.geojson``."""

    def __init__(self, reader: Reader, token: str | None, clock: Callable[[], datetime]) -> None:
        """Without a token it is for whoever reaches it."""
        self.reader, self.token, self.clock = reader, token, clock
        self.bell = asyncio.Event()
        self.until = 0.0

    async def run(self) -> None:
        """Works until it is cancelled."""
        while True:
            await self.bell.wait()
            async with asyncio.TaskGroup() as group:
                reading = group.create_task(self.reader.run())
                while (rest := self.until - time.monotonic()) > 0:  # noqa: ASYNC110  each question moves it
                    await asyncio.sleep(rest)
                self.bell.clear()
                self.reader.ready.clear()
                reading.cancel()

    async def _read(self) -> None:
        """Returns when the picture is at hand."""
        self.until = time.monotonic() + ASKED
        self.bell.set()
        await self.reader.ready.wait()

    def routes(self) -> list[Route]:
        """What the gate serves for it."""
        return [Route("/picture.geojson", self.page, methods=["GET"])]

    async def page(self, request: Request) -> Response:
        """What is asked for; 304 if the asker has it already."""
        if self.token is not None and not hmac.compare_digest(bearer(request), self.token.encode()):
            return problem(401, LOCKED)
        try:
            asked = features.query(parse_qs(request.url.query, keep_blank_values=True, max_num_fields=50))
        except Invalid as error:
            return problem(400, error.verdict.en, detail=error.verdict.zh, at=error.verdict.at)
        except ValueError as error:
            return problem(400, str(error))
        try:
            async with asyncio.timeout(PATIENCE):
                await self._read()
        except TimeoutError:
            return problem(503, "the picture is not read yet")
        body = await asyncio.to_thread(answered, self.reader.picture.still(asked.mode), asked, self.clock())
        tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
        headers = {"ETag": tag, "Cache-Control": "private, no-cache", "Vary": "Authorization"}
        told = {each.strip().removeprefix("W/") for each in request.headers.get("if-none-match", "").split(",")}
        return Response(status_code=304, headers=headers) if told & {tag, "*"} else Response(body, 200, headers, features.MEDIA_TYPE)


def answered(still: Still, query: Query, now: datetime) -> bytes:
    """A page as it is sent. No message waits for it: it is made in a thread of its own."""
    found = features.collection(still.find(query, now))
    return json.dumps(found, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode("utf-8", "replace")
