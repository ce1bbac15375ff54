"""What every answer carries and every request must show: a strict policy, a session, and a token that no other site knows."""

import hmac
import secrets
from typing import Final
from urllib.parse import parse_qs, quote

from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bridge.monitor.login import Session, Users

HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self';"
    " form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "geolocation=(), camera=(), microphone=()",
}
OPEN: Final = ("/login", "/static/", "/leaflet/", "/lang/")
"""What anybody may have."""
FORM = 2**20
"""Bytes of a form."""


class Headers:
    """Puts the policy on every answer; nothing but style and scripts is kept by a browser."""

    def __init__(self, app: ASGIApp) -> None:
        """Around ``app``."""
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        kept = scope.get("path", "").startswith(("/static/", "/leaflet/"))

        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(HEADERS)
                headers["Cache-Control"] = "no-cache" if kept else "no-store"
            await send(message)

        await self.app(scope, receive, sent)


class Guard:
    """Lets nobody in who has not said who he is."""

    def __init__(self, app: ASGIApp, users: Users) -> None:
        """Around ``app``, within the sessions."""
        self.app, self.users = app, users

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        app: ASGIApp = self.app
        if scope["type"] == "http":
            request = Request(scope)
            who = request.state.who = self.users.of(request.session)
            if who is None and not request.url.path.startswith(OPEN):
                page = request.method == "GET" and "text/html" in request.headers.get("accept", "")
                app = RedirectResponse(f"/login?back={quote(request.url.path)}", 303) if page else Response(status_code=401)
        await app(scope, receive, send)


def token(session: Session) -> str:
    """What a form of this session must carry."""
    return str(session.setdefault("csrf", secrets.token_urlsafe()))


async def form(request: Request, role: str | None = None) -> dict[str, str]:
    """A form's fields; 403 unless it is one of ours, and its sender may do what asks for ``role``."""
    found = bytearray()
    async for chunk in request.stream():
        found += chunk
        if len(found) > FORM:
            raise HTTPException(413)
    fields = {name: values[0] for name, values in parse_qs(found.decode("utf-8", "replace"), keep_blank_values=True).items()}
    if not hmac.compare_digest(fields.get("csrf", "").encode(), token(request.session).encode()):
        raise HTTPException(403, "csrf")
    if role and not (request.state.who and request.state.who.may(role)):
        raise HTTPException(403, "role")
    return fields


def local(path: str) -> str:
    """A path of this site to go back to; else the front page."""
    return path if path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable() else "/"
