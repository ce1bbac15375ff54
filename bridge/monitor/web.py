"""The pages over HTTP: who asks, for what, in which language."""

import secrets

import structlog
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.sessions import SessionMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from xstatic.pkg import leaflet

from bridge.errors import Unavailable
from bridge.monitor import acts
from bridge.monitor.guard import Guard, Headers, form, local, token
from bridge.monitor.live import digest
from bridge.monitor.login import LASTS, Locked
from bridge.monitor.pages.letters import letter
from bridge.monitor.pages.life import traced
from bridge.monitor.site import PATHS, Site
from bridge.monitor.words import LANGS, render, spoken
from bridge.texts import text

log = structlog.get_logger()
WORDS = 300
"""Characters of a question."""


class Web:
    """The application."""

    def __init__(self, site: Site) -> None:
        """Of a hub's pages."""
        self.site = site
        settings = site.settings
        secret = settings.secret.get_secret_value() if settings.secret else secrets.token_hex()
        sessions = Middleware(
            SessionMiddleware, secret_key=secret, session_cookie="regionbus", max_age=LASTS, same_site="strict", https_only=settings.secure
        )
        pages = [Route(PATHS[name], self.live(name)) for name in site.live_pages]
        self.app = Starlette(
            routes=[
                *pages,
                Route("/map/features", self.features),
                Route("/trace", self.trace),
                Route("/letters/{number:int}", self.letter),
                *acts.Acts(site).routes(),
                Route("/events/{page}", self.events),
                Route("/login", self.login),
                Route("/login", self.enter, methods=["POST"]),
                Route("/logout", self.leave, methods=["POST"]),
                Route("/lang/{lang}", self.speak),
                Mount("/static", StaticFiles(packages=[("bridge.monitor", "static")])),
                Mount("/leaflet", StaticFiles(directory=leaflet.BASE_DIR)),
            ],
            middleware=[Middleware(Headers), sessions, Middleware(Guard, users=site.users)],
            exception_handlers={HTTPException: self.wrong, Unavailable: self.away},
        )

    def page(self, request: Request, template: str, name: str, status: int = 200, **values: object) -> Response:
        """A whole page."""
        notice, good = request.session.pop("notice", None) or (values.pop("notice", None), False)
        around = dict(name=name, hub=self.site.source.settings.hub, who=request.state.who, paths=PATHS, csrf=token(request.session))
        here = dict(here=request.url.path + (f"?{request.url.query}" if request.url.query else ""), notice=notice, notice_good=good)
        return HTMLResponse(render(template, spoken(request), **around, **here, **values), status)

    def live(self, name: str) -> acts.Answer:
        """A page that stays true."""

        async def answer(request: Request) -> Response:
            content = await self.site.live_pages[name](spoken(request))
            return self.page(request, "map" if name == "map" else "live", name, content=content, seen=digest(content))

        return answer

    async def events(self, request: Request) -> Response:
        """What has changed on a page."""
        name, lang, live = request.path_params["page"], spoken(request), self.site.live
        if name not in self.site.live_pages:
            raise HTTPException(404)
        if live.full:
            raise HTTPException(503)
        last = request.headers.get("last-event-id") or request.query_params.get("seen", "")
        stream = live.follow((name, lang), lambda: self.site.live_pages[name](lang), last)
        return StreamingResponse(stream, media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})

    async def features(self, request: Request) -> Response:
        """What a part of the map shows."""
        try:
            return JSONResponse(await self.site.atlas.answer(request.query_params, spoken(request)))
        except ValueError:
            raise HTTPException(400) from None

    async def letter(self, request: Request) -> Response:
        """One thing set aside."""
        dead = await self.site.source.ledger.aside(request.path_params["number"])
        if dead is None:
            raise HTTPException(404)
        return self.page(request, "letter", "letters", letter=letter(dead, self.site.source.settings, spoken(request)))

    async def trace(self, request: Request) -> Response:
        """A message's life."""
        words = request.query_params.get("q", "").strip()[:WORDS]
        return self.page(request, "trace", "trace", page=await traced(self.site.source.ledger, words))

    async def login(self, request: Request) -> Response:
        """Asks who it is."""
        return self.page(request, "login", "login", back=local(request.query_params.get("back", "/")))

    async def enter(self, request: Request) -> Response:
        """Lets in who knows his password."""
        found = await form(request)
        name, place, lang = found.get("name", ""), request.client.host if request.client else "", request.session.get("lang")
        back = local(found.get("back", "/"))
        try:
            if await self.site.users.enter(name, found.get("password", ""), place, request.session):
                log.info("monitor-enter", user=name, place=place)
                request.session["lang"] = lang
                return RedirectResponse(back, 303)
        except Locked as error:
            sentence = text("page-login-locked", spoken(request), seconds=error.seconds)
            return self.page(request, "login", "login", 429, back=back, notice=sentence)
        log.warning("monitor-wrong", user=name, place=place)
        return self.page(request, "login", "login", 401, back=back, notice=text("page-login-wrong", spoken(request)))

    async def leave(self, request: Request) -> Response:
        """Ends the session."""
        await form(request)
        self.site.users.leave(request.session)
        return RedirectResponse("/login", 303)

    async def speak(self, request: Request) -> Response:
        """Another language from now on."""
        if request.path_params["lang"] in LANGS:
            request.session["lang"] = request.path_params["lang"]
        return RedirectResponse(local(request.query_params.get("back", "/")), 303)

    async def wrong(self, request: Request, error: Exception) -> Response:
        """A refusal, as a page."""
        assert isinstance(error, HTTPException)
        return self.page(request, "wrong", "wrong", error.status_code, notice=text(f"page-wrong-{error.status_code}", spoken(request)))

    async def away(self, request: Request, error: Exception) -> Response:
        """The ledger does not answer."""
        return self.page(request, "wrong", "wrong", 503, notice=text("page-away", spoken(request), reason=str(error)))
