"""What the pages are made of: the looks, the tap, the users; and the content of each page in a language."""

from collections.abc import Awaitable, Callable
from typing import Final

from bridge.bus.mqtt import Address
from bridge.monitor.atlas import Atlas
from bridge.monitor.live import Live
from bridge.monitor.login import Users
from bridge.monitor.pages.agencies import agencies
from bridge.monitor.pages.flow import flow
from bridge.monitor.pages.front import COLUMNS, front
from bridge.monitor.pages.lag import lag
from bridge.monitor.pages.letters import causes
from bridge.monitor.pages.map import table
from bridge.monitor.pages.topics import tree
from bridge.monitor.source import Source
from bridge.monitor.tap import Tap
from bridge.monitor.watch import Looks
from bridge.monitor.words import render
from bridge.settings import Monitor
from bridge.texts import Lang

PATHS: Final = {
    "front": "/",
    "map": "/map",
    "flow": "/flow",
    "lag": "/lag",
    "letters": "/letters",
    "trace": "/trace",
    "topics": "/topics",
    "agencies": "/agencies",
}
"""Pages in the order in which they are offered."""
Content = Callable[[Lang], Awaitable[str]]


class Site:
    """One hub's pages."""

    def __init__(self, source: Source, settings: Monitor) -> None:
        """Of what ``source`` sees."""
        self.source, self.settings = source, settings
        self.looks, self.live, self.users = Looks(source), Live(), Users(settings)
        self.atlas = Atlas(source.ledger)
        self.tapped: tuple[Address, Tap] | None = None
        self.live_pages: dict[str, Content] = {
            "front": self.front,
            "map": self.map,
            "flow": self.flow,
            "lag": self.lag,
            "letters": self.letters,
            "topics": self.topics,
            "agencies": self.agencies,
        }

    async def front(self, lang: Lang) -> str:
        """Is it working."""
        state, shelf = await self.looks.now(), await self.looks.shelf.now()
        return render("front", lang, page=front(state, self.looks.past, shelf, lang), columns=COLUMNS)

    async def map(self, lang: Lang) -> str:
        """What is where, as a table."""
        marks = self.atlas.look()
        return render("marks", lang, page=table(marks, ready=self.atlas.ready), mark=self.atlas.number)

    async def flow(self, lang: Lang) -> str:
        """Who says how much to whom."""
        return render("flow", lang, page=flow(await self.looks.now(), self.looks.past, self.source.settings))

    async def lag(self, lang: Lang) -> str:
        """How late it is."""
        return render("lag", lang, page=lag(await self.looks.now(), self.looks.past))

    async def letters(self, lang: Lang) -> str:
        """What was set aside."""
        shelf = await self.looks.shelf.now()
        return render("letters", lang, causes=causes(shelf.letters, lang), more=shelf.more)

    async def topics(self, lang: Lang) -> str:
        """What passes."""
        tap = self.tap
        return render("topics", lang, page=tree(tap.look() if tap else None))

    async def agencies(self, lang: Lang) -> str:
        """Who is there."""
        return render("agencies", lang, page=agencies(await self.looks.now(), await self.looks.drifts.now(), self.source.settings))

    def rest(self) -> None:
        """Puts away what nobody looks at."""
        self.atlas.rest()
        if self.tapped:
            self.tapped[1].rest()

    def close(self) -> None:
        """Ends everything."""
        self.live.close()
        self.atlas.close()
        if self.tapped:
            self.tapped[1].close()

    @property
    def tap(self) -> Tap | None:
        """The sample of the bus, if it can be reached from here."""
        where = self.source.bus
        if where is None:
            return None
        if self.tapped is None or self.tapped[0] != where:
            settings = self.source.settings
            self.tapped = (where, Tap(where, f"{settings.hub}-{settings.process}-monitor"))
        return self.tapped[1]
