"""What an operator does with what was set aside: again, again as edited, or no more; each once, and told to the log."""

from collections.abc import Awaitable, Callable

import structlog
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from bridge import letters
from bridge.ledger import Aside, Ledger
from bridge.letters import Told
from bridge.monitor.guard import form
from bridge.monitor.pages.letters import editable, edited
from bridge.monitor.site import Site
from bridge.monitor.words import clock, spoken
from bridge.settings import Settings
from bridge.texts import text

log = structlog.get_logger()
Answer = Callable[[Request], Awaitable[Response]]


class Acts:
    """The forms of a letter."""

    def __init__(self, site: Site) -> None:
        """On a hub's ledger."""
        self.site = site

    def routes(self) -> list[Route]:
        """Their paths."""
        return [Route(f"/letters/{{number:int}}/{each.__name__}", each, methods=["POST"]) for each in (self.retry, self.edit, self.drop)]

    async def retry(self, request: Request) -> Response:
        """As it stands."""
        await form(request, "operator")
        dead = await self._dead(request)
        return self._told(request, dead, await letters.retry(*self._place, dead.number, spoken(request)))

    async def edit(self, request: Request) -> Response:
        """As the form says it now."""
        found = await form(request, "admin")
        dead = await self._dead(request)
        if dead.message_id or editable(dead.data) is None:
            raise HTTPException(409)
        data = edited(found.get("words", ""), dead.data)
        return self._told(request, dead, await letters.retry(*self._place, dead.number, spoken(request), data))

    async def drop(self, request: Request) -> Response:
        """Nothing more is to be done; the reason is kept, and who gave it."""
        found = await form(request, "operator")
        dead, lang = await self._dead(request), spoken(request)
        reason = found.get("reason", "").strip()[:500]
        if not reason:
            return self._told(request, dead, Told(False, text("page-letters-no-reason", lang)))
        end = await self.site.source.ledger.drop(dead.number, f"{reason} ({request.state.who.name})")
        if end is None:
            raise HTTPException(404)
        sentence = text(f"dlq-drop-{end.how}", lang, number=dead.number, at=clock(end.at), reason=end.reason)
        return self._told(request, dead, Told(end.how == "dropped", sentence))

    @property
    def _place(self) -> tuple[Settings, Ledger]:
        return self.site.source.settings, self.site.source.ledger

    async def _dead(self, request: Request) -> Aside:
        dead = await self.site.source.ledger.aside(request.path_params["number"])
        if dead is None:
            raise HTTPException(404)
        return dead

    def _told(self, request: Request, dead: Aside, told: Told) -> Response:
        """Back to the letter, with what has become of it."""
        act = request.url.path.rpartition("/")[2]
        log.info("monitor-act", user=request.state.who.name, act=act, number=dead.number, reason=told.sentence)
        self.site.looks.forget()
        request.session["notice"] = (told.sentence, told.good)
        return RedirectResponse(f"/letters/{dead.number}", 303)
