"""What this hub writes with, told on its bus; what others write with, learnt from theirs (DESIGN section 5: unknown schemas travel)."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Protocol

import structlog

from bridge import topics, wire
from bridge.bus import Publication
from bridge.bus.mqtt import Connection
from bridge.errors import Malformed, Unavailable
from bridge.ledger import Ledger, Note
from bridge.links.foreign import LIMIT, entries, learnable, listed
from bridge.links.wanted import UNKNOWN, Wanted

log = structlog.get_logger()
MOST = 1000
"""Topics that are asked for at most."""
PATIENCE = 2.0
"""Seconds for a broker to bring what it retains."""
LOOK = 5.0
"""Seconds between two looks for what was not found."""
PAGE = 200
CHUNK = 5
"""Schemas published in one go."""
KEPT = "schema/"
"""Begins the names of the ledger's notes that hold what was learnt."""


class Place(Protocol):
    """Where schemas can be asked for."""

    async def read(self, topic: str) -> bytes | None:
        """What is retained there, if anything is."""
        ...


class Retained:
    """What a broker retains under the exact topics that were asked for; it is heard when they change."""

    def __init__(self, bus: Connection, wanted: Wanted) -> None:
        """``bus`` is a connection of its own."""
        self.bus, self.wanted = bus, wanted
        self.asked: dict[str, asyncio.Event] = {}
        self.found: dict[str, bytes] = {}

    async def run(self) -> None:
        """Works until it is cancelled."""
        while True:
            batch = await self.bus.deliveries()
            for each in batch:
                if each.topic in self.asked and len(each.data) <= LIMIT:
                    self.found[each.topic] = each.data
                    self.asked[each.topic].set()
                    self.wanted.bell.set()
            self.bus.acknowledge(batch)

    async def read(self, topic: str) -> bytes | None:
        """See ``Place``. Waits for the first answer only: a later one rings the bell."""
        if topic not in self.asked and len(self.asked) < MOST:
            came = self.asked[topic] = asyncio.Event()
            try:
                async with asyncio.timeout(PATIENCE):
                    await self.bus.subscribe([topic])
                    await came.wait()
            except Unavailable:
                del self.asked[topic]
            except TimeoutError:
                if topic not in self.bus.filters:
                    del self.asked[topic]
        return self.found.get(topic)


class Schemas:
    """Tells this hub's schemas, and learns those that messages wait for."""

    def __init__(self, hub: str, bus: Connection, places: Sequence[Place], ledger: Ledger, wanted: Wanted) -> None:
        """``bus`` publishes on our own broker; ``places`` are asked in this order."""
        self.hub, self.bus, self.places, self.ledger, self.wanted = hub, bus, places, ledger, wanted
        self.language = wire.language()
        self.told = 0
        """The connection on which all was told."""
        self.recalled = self.resumed = False
        self.alarmed: set[tuple[bytes, str]] = set()

    async def run(self) -> None:
        """Works until it is cancelled."""
        while True:
            self.wanted.bell.clear()
            try:
                await self.look()
            except Unavailable as error:
                log.warning("unavailable", link="schemas", reason=str(error))
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK):
                    await self.wanted.bell.wait()

    async def look(self) -> None:
        """Once: recalls, takes up again, tells and fetches whatever is due."""
        if not self.recalled:
            await self._recall()
        for mark in self.wanted.marks.keys() & self.language.known.keys():  # learnt before what waits for it was put off
            self._learnt(self.language.known[mark])
        await self._resume()
        if self.bus.connected.is_set():
            await self._tell()
            for place in self.places:
                await self._fetch(place)
        await self._resume()

    async def _recall(self) -> None:
        for name, data in (await self.ledger.notes(KEPT)).items():
            try:
                self._learnt(learnable(data, wire.MARK + bytes.fromhex(name.removeprefix(KEPT))))
            except Malformed as error:  # what was learnt by an earlier version may be against the rules of today
                log.warning("schema-refused", fingerprint=name.removeprefix(KEPT), reason=str(error))
        self.recalled = True

    def _learnt(self, version: wire.Schema) -> None:
        self.language.learn(version)
        self.wanted.marks.pop(version.mark, None)
        self.resumed = False
        for tell in self.wanted.told:
            tell(version.mark)

    # ---- telling

    async def _tell(self) -> None:
        """Anew on every connection: a broker may have forgotten what it retained."""
        number = self.bus.number
        if number == self.told:
            return
        said = [Publication(topics.schema(sha256), version.text.encode(), retain=True) for sha256, version in self.language.own.items()]
        said.append(Publication(topics.schemas(self.hub), listed(self.language.own.values()), retain=True))
        for first in range(0, len(said), CHUNK):
            if refused := {reason for reason in await self.bus.publish(said[first : first + CHUNK]) if reason}:
                raise Unavailable(f"the broker refuses: {', '.join(sorted(refused))}")
        self.told = number

    # ---- learning

    async def _fetch(self, place: Place) -> None:
        wanted = dict(self.wanted.marks)
        names = sorted({self.hub, *(hub for hubs in wanted.values() for hub in hubs)}) if wanted else []
        answers = await asyncio.gather(*(place.read(topics.schemas(name)) for name in names))
        lists = {name: entries(answer) for name, answer in zip(names, answers, strict=True) if answer is not None}
        for name, found in lists.items():
            self._compare(name, found)
        for mark, hubs in wanted.items():
            for sha256 in {lists[name][mark]: None for name in (*sorted(hubs), self.hub) if mark in lists.get(name, ())}:
                if mark in self.wanted.marks:
                    await self._learn(place, mark, sha256)

    def _compare(self, hub: str, found: dict[bytes, str]) -> None:
        """Whoever means something else by a mark that we know is not believed."""
        for mark, sha256 in found.items():
            known = self.language.known.get(mark)
            if known and sha256 != known.sha256 and sha256 not in self.language.own and self._is_news(mark, sha256):
                log.error("schema-changed", hub=hub, name=known.name, fingerprint=mark[2:].hex(), found=sha256, wanted=known.sha256)

    def _is_news(self, mark: bytes, sha256: str) -> bool:
        """Whether this has not been told yet; of too many different ones no more is told."""
        fresh = (mark, sha256) not in self.alarmed and len(self.alarmed) < MOST
        self.alarmed.update([(mark, sha256)] if fresh else [])
        return fresh

    async def _learn(self, place: Place, mark: bytes, sha256: str) -> None:
        data = await place.read(topics.schema(sha256))
        if data is None:
            return
        try:
            version = learnable(data, mark, sha256)
        except Malformed as error:
            if self._is_news(mark, sha256):
                log.error("schema-refused", fingerprint=mark[2:].hex(), reason=str(error))  # noqa: TRY400  what they send, no fault of ours
            return
        await self.ledger.note(Note(f"{KEPT}{mark[2:].hex()}", data))
        self._learnt(version)
        log.info("schema-learnt", name=version.name, fingerprint=mark[2:].hex())

    # ---- what was set aside for a schema

    async def _resume(self) -> None:
        """At the start and whenever something was learnt: what was set aside is taken up again, the oldest first."""
        if self.resumed:
            return
        self.resumed = True
        try:
            numbers = await self._parked()
            for first in range(0, len(numbers), PAGE):
                asides = [aside for number in numbers[first : first + PAGE] if (aside := await self.ledger.aside(number))]
                for link in {aside.link: None for aside in asides} & self.wanted.takers.keys():
                    done = await self.wanted.takers[link]([aside for aside in asides if aside.link == link])
                    await asyncio.gather(*(self.ledger.drop(aside.number, "its schema is known now") for aside in done))
        except Unavailable:
            self.resumed = False
            raise

    async def _parked(self) -> list[int]:
        found: list[int] = []
        page = await self.ledger.asides(PAGE)
        while page:
            found += [aside.number for aside in page if aside.verdict.code == UNKNOWN]
            page = await self.ledger.asides(PAGE, before=page[-1].number)
        return found
