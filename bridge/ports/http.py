"""HTTP: POST in, POST out. 202 only when the ledger holds the message; 4xx with the verdict; 503 when it cannot be held now."""

import asyncio
import hashlib
import hmac
import string
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Protocol
from urllib.parse import quote

import aiohttp
import structlog
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bridge.errors import Invalid, Unavailable, Verdict
from bridge.ports import Answer, Given, Taken, web
from bridge.ports.server import Server
from bridge.text import LIMIT
from bridge.tracing import stated

log = structlog.get_logger()
STATUS = {"Malformed": 400, "Invalid": 422, "Unsupported": 422, "AdapterFault": 500}
AWAY = frozenset({401, 403, 408, 425, 429})
"""Answers of 4xx that say nothing against the message: asked again, never counted."""
QUEUE = 1000
"""Requests waiting for the ledger; more are asked to come later."""
AGAIN = 2
"""Seconds after which a client may try again (Retry-After)."""
ANSWER = 4096
"""Bytes of a partner's answer that are read; more says nothing more."""

Receipts = Callable[[str], Awaitable[list[dict[str, Any]]]]


def problem(status: int, title: str, **more: Any) -> Response:
    """An error as RFC 9457 has it."""
    headers = {"Retry-After": str(AGAIN)} if status == 503 else {}
    return JSONResponse({"status": status, "title": title, **more}, status, headers, "application/problem+json")


class HttpIn:
    """One agency's way in: ``POST path``, and ``GET path/receipts/{message_id}``."""

    width = 1
    tells = False

    def __init__(self, path: str, token: str | None, receipts: Receipts, limit: int = LIMIT) -> None:
        """``token``: the bearer token that proves the agency; without one the door is open to whoever reaches it."""
        self.path, self.token, self.receipts, self.limit = path.rstrip("/"), token, receipts, limit
        self.queue: asyncio.Queue[Taken] = asyncio.Queue(QUEUE)

    def routes(self) -> list[Route]:
        """What the gate serves for it."""
        return [
            Route(self.path, self.post, methods=["POST"]),
            Route(f"{self.path}/receipts/{{message_id}}", self.get_receipts, methods=["GET"]),
        ]

    def _known(self, request: Request) -> bool:
        shown = request.headers.get("authorization", "").removeprefix("Bearer ")
        return self.token is None or hmac.compare_digest(shown.encode(), self.token.encode())

    async def post(self, request: Request) -> Response:
        """Takes a message; answers when the ledger has it."""
        if not self._known(request):
            return problem(401, "the bearer token is missing or wrong")
        try:
            data = await self._body(request)
        except ClientDisconnect:
            return Response(status_code=400)
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()

        async def done(found: Answer) -> None:
            if not answer.done():
                answer.set_result(found)

        own = request.headers.get("idempotency-key")
        key = f"http:{self.path}:{own}:{hashlib.sha256(data).hexdigest()}"
        try:
            self.queue.put_nowait(Taken(data, key, done, fresh=own is None, traceparent=stated(request.headers.get("traceparent"))))
        except asyncio.QueueFull:
            return problem(503, "too much is waiting already")
        return respond(await answer)

    async def _body(self, request: Request) -> bytes:
        """The body, or as much of it as is enough to refuse it."""
        found = bytearray()
        async for chunk in request.stream():
            found += chunk
            if len(found) > self.limit:
                break
        return bytes(found[: self.limit + 1])

    async def get_receipts(self, request: Request) -> Response:
        """What became of a message."""
        if not self._known(request):
            return problem(401, "the bearer token is missing or wrong")
        found = await self.receipts(request.path_params["message_id"])
        return JSONResponse({"receipts": found}) if found else problem(404, "no receipt yet, or no such message")

    async def take(self) -> list[Taken]:
        """See ``Port``."""
        batch = [await self.queue.get()]
        while not self.queue.empty():
            batch.append(self.queue.get_nowait())
        return batch

    async def give(self, given: Given) -> None:
        """See ``Port``."""
        raise NotImplementedError

    async def tell(self, message_id: str, receipts: list[dict[str, Any]]) -> None:
        """See ``Port``; the author asks for them."""

    async def close(self) -> None:
        """See ``Port``."""
        while not self.queue.empty():
            await self.queue.get_nowait().done(Answer(later="shutting down"))


def respond(answer: Answer) -> Response:
    """The answer to a POST."""
    if answer.later:
        return problem(503, answer.later)
    if answer.refused and not answer.messages:
        first: Verdict = answer.refused[0]
        status = 413 if first.code == "too-large" else STATUS[first.error]
        return problem(status, first.en, detail=first.zh, refused=[verdict.model_dump() for verdict in answer.refused])
    return JSONResponse(answer.document(), 202)


class HttpOut:
    """A partner's address: ``POST url`` with the message."""

    width = 16
    """An answer that takes 15 ms does not keep us below 1,000 messages a second."""

    tells = False

    def __init__(self, url: str, *, headers: dict[str, str] | None = None) -> None:
        """``headers`` go with every request, for instance an Authorization."""
        self.url = url
        self.client = web.client(url, {"Accept-Encoding": "identity", **(headers or {})})

    async def take(self) -> list[Taken]:
        """See ``Port``."""
        raise NotImplementedError

    async def give(self, given: Given) -> None:
        """See ``Port``."""
        await self._post(given.data, given.message_id, given.media_type, given.traceparent)

    async def tell(self, message_id: str, receipts: list[dict[str, Any]]) -> None:
        """See ``Port``; a recipient has no receipts."""

    async def _post(self, data: bytes | memoryview, key: str, media_type: str, trace: str | None = None) -> None:
        headers = {"Content-Type": media_type, "Idempotency-Key": quote(key, string.punctuation)}  # another hub's id may hold anything
        headers |= {"traceparent": trace} if trace else {}
        try:
            async with self.client.post(self.url, data=bytes(data), headers=headers, allow_redirects=False) as found:
                words = await web.beginning(found, ANSWER)
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:  # ValueError: an address that cannot be one
            raise Unavailable(f"{self.url}: {type(error).__name__} {error}") from error
        if 200 <= found.status < 300:
            return
        if 400 <= found.status < 500 and found.status not in AWAY:
            reason = "" if "content-encoding" in found.headers else words.decode("utf-8", "replace")[:500]
            raise Invalid("refused-by-partner", str(found.status), status=found.status, reason=reason)
        after = found.headers.get("retry-after", "")
        raise Unavailable(f"{self.url} answers {found.status}", float(after) if after.isdecimal() else None)

    async def close(self) -> None:
        """See ``Port``."""
        await self.client.close()


class Callback(HttpOut):
    """Where an author wants its receipts: ``POST url`` with all that is known of one message, as JSON."""

    tells = True

    async def tell(self, message_id: str, receipts: list[dict[str, Any]]) -> None:
        """See ``Port``. Who refuses a receipt has had it: nothing else of the author's waits behind it."""
        try:
            await self._post(JSONResponse(receipts).body, f"{message_id}-{len(receipts)}", "application/json")
        except Invalid as error:
            log.warning("refused", link=self.url, code=error.verdict.code, at=error.verdict.at, reason=error.verdict.en)


class Routed(Protocol):
    """What the gate can serve."""

    def routes(self) -> list[Route]:
        """Its paths."""
        ...


class Gate(Server):
    """The HTTP server of this process, for every way in and for who looks in."""

    def __init__(self, host: str, port: int, doors: Sequence[Routed]) -> None:
        """Listens on ``host:port``."""
        super().__init__(host, port, Starlette(routes=[route for door in doors for route in door.routes()]))
