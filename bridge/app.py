"""A hub at work: settings become ledger, bus, ports and links, all on one event loop."""

import asyncio
import gc
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, closing
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from time import monotonic
from typing import Any, cast

import structlog
from pydantic import ValidationError

from bridge import alarms, liveness, registry, scrape
from bridge.adapter import Adapter
from bridge.agreements import Grant
from bridge.bus.mqtt import Address, Connection, address
from bridge.envelope import Terms
from bridge.errors import ConfigError, Unavailable
from bridge.kinds import LANES, Lane
from bridge.ledger import Ledger, Note
from bridge.ledger.side import Sided
from bridge.ledger.sqlite import Sqlite
from bridge.links.courier import Courier, document, receipt_of
from bridge.links.feed import Feeds
from bridge.links.hub import Hub
from bridge.links.inlet import Inlet
from bridge.links.language import Retained, Schemas
from bridge.links.listener import Listener
from bridge.links.neighbours import Neighbours
from bridge.links.outlet import Outlet
from bridge.links.polled import Polled
from bridge.links.presence import Beacon, Senses
from bridge.links.publisher import Publisher
from bridge.links.snapshot import Snapshot
from bridge.metrics import Measures, Timed
from bridge.ports import Port
from bridge.ports.feed import Feed
from bridge.ports.folder import Folder
from bridge.ports.http import Gate, HttpIn, HttpOut, Routed
from bridge.ports.mqtt import Mqtt
from bridge.presence import Presences, View, card
from bridge.settings import Agency, Link, Relay, Settings
from bridge.settings import Inlet as InletSettings
from bridge.settings import Outlet as OutletSettings
from bridge.topics import filters
from bridge.vitals import Watched, drift, size, vitals

log = structlog.get_logger()
COLLECTED = 50_000
"""Objects made before the collector looks for circles among them: messages make many objects and hardly any circle."""
DRIFT = 10.0
"""Seconds after which what sentinels have found is kept: a crash costs that much of their counting, and nothing else."""
PRUNED = 500
"""Messages forgotten in one step, so that forgetting holds nobody up."""
HOURLY, SHARE = 3600.0, 0.05
"""Seconds between two rounds of forgetting, and the most that may be as a part of what is remembered: the ledger is never much larger than that."""


def now() -> datetime:
    """This hub's clock."""
    return datetime.now(UTC)


class App:
    """One hub's process. ``async with App(settings).running()``: everything has started; at the end nothing is lost."""

    def __init__(self, settings: Settings, *, expires: bool = True, clock: Callable[[], datetime] = now) -> None:
        """Checks all that can be checked without touching the outside."""
        self.settings, self.clock = settings, clock
        self.adapters = {link.title: adapter_of(link, settings.adapters) for link in (*settings.inlet, *settings.outlet)}
        self.ledger = ledger_of(settings, clock)
        others = Presences(relay.hub for relay in settings.relay)
        measures = Measures()
        timed = cast("Ledger", Timed(self.ledger, measures))
        self.hub = Hub(timed, Feeds(timed), clock, timedelta(days=settings.remember_days), expires, others, measures)
        self.watched, self.watch = Watched(self.hub, self.ledger, clock()), alarms.Watch()
        self.listeners: dict[Lane, Listener] = {}
        self.doors: list[HttpIn] = []
        self.inlets: dict[str, Inlet] = {}
        """By the name under which the ledger keeps how their formats have drifted."""
        self.neighbours: Neighbours | None = None
        """Nothing for a hub that stands alone."""
        self.recalled = False
        """Whether the sentinels know what the ledger keeps."""

    @asynccontextmanager
    async def running(self) -> AsyncIterator["App"]:
        """The hub at work. Leaving stops it; a link that fails ends it with that error."""
        async with AsyncExitStack() as stack:
            where = await self._broker(stack)
            stack.push_async_callback(self.ledger.close)
            stack.push_async_callback(self._keep_drift)
            work = await self._links(stack, where)
            if self.doors or "http" in self.settings.model_fields_set:
                looks: list[Routed] = [liveness.Window(self.health), scrape.Window(self.scene, self.watch), self.beacon]
                gate = Gate(self.settings.http.host, self.settings.http.port, [*self.doors, *looks])
                await gate.start()
                stack.push_async_callback(gate.stop)
            group = await stack.enter_async_context(asyncio.TaskGroup())
            tasks = [group.create_task(each, name=name) for name, each in work]
            stack.callback(lambda: [task.cancel() for task in tasks])
            gc.freeze()  # what is here stays: the collector need not look at it again
            gc.set_threshold(COLLECTED, 20, 50)
            log.info("started", hub=self.settings.hub, inlets=len(self.settings.inlet), outlets=len(self.settings.outlet))
            yield self
        log.info("stopped", hub=self.settings.hub)

    async def _broker(self, stack: AsyncExitStack) -> Address:
        if self.settings.bus != "embedded:":
            return address(self.settings.bus, **self.settings.tls.model_dump())
        from bridge.bus.embedded import Embedded  # noqa: PLC0415  only trials pay for its import

        broker = Embedded()
        await broker.start()
        stack.push_async_callback(broker.stop)
        log.warning("trial")
        return address(broker.url)

    async def _links(self, stack: AsyncExitStack, where: Address) -> list[tuple[str, Any]]:
        """Every link and what else must run, by name."""
        settings = self.settings
        grants = [grant(each, next(agency for agency in settings.agency if agency.id == each.agency)) for each in settings.outlet]
        own = [agency.id for agency in settings.agency]
        ports: dict[str, list[Port]] = {agency: [] for agency in own}
        work: list[tuple[str, Any]] = []

        def connect(name: str, wanted: list[str]) -> Connection:
            connection = self.watched.connections[name] = Connection(where, f"{settings.hub}-{settings.process}-{name}", wanted)
            stack.push_async_callback(connection.close)
            return connection

        def reach(peer: Relay, name: str, wanted: list[str]) -> Connection:
            there = address(peer.bus, **settings.tls.model_dump())
            connection = Connection(there, f"{settings.hub}-{settings.process}-from-{peer.hub}-{name}", wanted)
            self.watched.peers.setdefault(peer.hub, []).append(connection)
            stack.push_async_callback(connection.close)
            return connection

        ears: dict[Lane, Connection] = {}
        outs = {lane: connect(f"{lane}-out", []) for lane in LANES}
        echo = [liveness.ping(settings.hub)]
        for lane in LANES:
            if grants:  # who owes nothing to anybody need not hear its own words
                ears[lane] = connect(lane, filters(lane, settings.addresses) + (echo if lane == "normal" else []))
                self.listeners[lane] = Listener(lane, ears[lane], grants, self.hub)
                work.append((f"listener/{lane}", self.listeners[lane].run()))
            work.append((f"publisher/{lane}", Publisher(lane, outs[lane], self.hub).run()))
        self.canary = liveness.Canary(settings.hub, outs["normal"], ears.get("normal") or connect("ping", echo))
        self.watched.canary = self.canary
        work.append(("canary", self.canary.run()))
        work.append(("alarms", self._alarms()))
        self.beacon = await stack.enter_async_context(self._beacon(where))
        work.append(("presence", self.beacon.run()))
        if settings.relay or settings.peer:
            self.neighbours = Neighbours(settings, self.hub, connect, reach)
            work += self.neighbours.work()
        meta = connect("schemas", [])
        places = [Retained(meta, self.hub.wanted)]
        work += [("schemas", Schemas(settings.hub, meta, places, self.ledger, self.hub.wanted).run()), ("schemas/hear", places[0].run())]
        for out in settings.outlet:
            port = self.watched.ports[out.title, "out"] = self._port_out(out)
            stack.push_async_callback(port.close)
            work.append((out.title, Outlet(out.title, out.agency, port, self.adapters[out.title], self.hub).run()))
        for way in settings.inlet:
            port = self.watched.ports[way.title, "in"] = self._port_in(way)
            stack.push_async_callback(port.close)
            ports[way.agency].append(port)
            terms = terms_of(way, next(agency for agency in settings.agency if agency.id == way.agency))
            inlet = self._inlet(way, port, terms)
            self.inlets[f"drift/{settings.process}/{way.title}"] = inlet
            work.append((way.title, self._begun(inlet)))
        work.append(("stirred", self._stirred()))
        work += [(f"receipts/{agency}", Courier(agency, found, self.hub).run()) for agency, found in ports.items()]
        work.append(("drift", self._drift()))
        return [*work, *([("heads", self._heads())] if grants else []), ("prune", self._prune())]

    async def _begun(self, inlet: Inlet) -> None:
        """Works as soon as this hub knows that its journal has lost nothing that others have of it."""
        if self.neighbours:
            await self.neighbours.herald.ready.wait()
        await inlet.run()

    def _inlet(self, link: InletSettings, port: Port, terms: Terms) -> Inlet:
        made = (link.title, port, self.adapters[link.title], terms, self.hub)
        if link.snapshot is not None:
            return Snapshot(*made, polls=link.snapshot.polls, empty=link.snapshot.empty, once=link.feed is not None)
        return Inlet(*made) if link.feed is None else Polled(*made)

    def _port_in(self, link: InletSettings) -> Port:
        if link.folder is not None:
            return Folder(link.folder)
        if link.http is not None:
            door = HttpIn(link.http, link.secret, lambda message_id: self.receipts(link.agency, message_id))
            self.doors.append(door)
            return door
        if link.feed is not None:
            return Feed(link.title, link.feed, every=link.every, token=link.secret, always=link.snapshot is not None)
        return Mqtt(address(link.mqtt or "", **self.settings.tls.model_dump()), self._client_id(link), filters=link.topics)

    def _port_out(self, link: OutletSettings) -> Port:
        if link.folder is not None:
            return Folder(link.folder)
        if link.http is not None:
            headers = {"Authorization": f"Bearer {link.secret}"} if link.secret else None
            return HttpOut(link.http, headers=headers, callback=link.callback)
        return Mqtt(address(link.mqtt or "", **self.settings.tls.model_dump()), self._client_id(link), filters=[], topic=link.topic)

    def _client_id(self, link: Link) -> str:
        return f"{self.settings.hub}-{self.settings.process}-{link.title}"

    async def health(self) -> liveness.Health:
        """How this hub is now."""
        return await liveness.health(self.ledger, self.hub.feeds.all, self.canary, self.clock().timestamp)

    def presences(self) -> list[View]:
        """This hub and its neighbours, as last heard."""
        return self.beacon.views()

    def _beacon(self, where: Address) -> Beacon:
        async def ready() -> bool:
            return (await self.health()).ready

        def deaf() -> bool:
            return self.canary.seconds is None or self.canary.silence > liveness.LATE

        def last() -> datetime | None:
            return max((inlet.last for inlet in self.inlets.values() if inlet.last), default=None)

        said = card(self.settings, self.adapters, self.clock())
        return Beacon(where, self.settings.process, said, self.hub, Senses(ready, deaf, last))

    async def scene(self) -> scrape.Scene:
        """What a scrape tells."""
        settings, watched = self.settings, self.watched
        agencies = frozenset([agency.id for agency in settings.agency] + [agency for out in settings.outlet for agency in out.agencies])
        path = self.ledger.path if isinstance(self.ledger, Sqlite) else None
        return scrape.Scene(
            (version("regionbus"), settings.hub, settings.process),
            agencies - {"*"},
            await vitals(watched, sums=True),
            self.hub.measures,
            self.watch,
            drift(self.inlets),
            {name: connection.number for name, connection in watched.connections.items()},
            self.canary.seconds,
            size(Path(path) if path else None),
        )

    async def _alarms(self) -> None:
        """Looks what is wrong, for as long as the hub runs."""
        past = alarms.counts(self.hub.measures)
        while True:
            found, counted = await vitals(self.watched), alarms.counts(self.hub.measures)
            self.watch.look(dict(alarms.causes(found, past, counted)), monotonic(), self.clock(), blind=found.oldest is None)
            past = counted
            await asyncio.sleep(alarms.LOOK)

    async def receipts(self, agency: str, message_id: str) -> list[dict[str, Any]]:
        """What an agency's message has come to, at every recipient that said so."""
        return [document(receipt_of(message.carrier.envelope)) for message in await self.ledger.receipts(agency, message_id)]

    async def _stirred(self) -> None:
        """Fetches what this process was not handed: another process's, or what an answer that was lost had said."""
        while True:
            for queue in await self.ledger.stirred():
                if queue in self.hub.feeds.all:
                    self.hub.feeds.all[queue].again()

    async def _heads(self) -> None:
        """At the start and ever after: what the broker has not brought back is offered to our own outlets from the journal."""
        every = timedelta(seconds=self.settings.heads_seconds)
        while True:
            try:
                await self.listeners["normal"].reoffer(self.clock() - every)
            except Unavailable as error:
                log.warning("unavailable", link="heads", reason=str(error))
            await asyncio.sleep(every.total_seconds())

    async def _drift(self) -> None:
        """Recalls what was found in earlier lives, and keeps what is new."""
        while not self.recalled:
            try:
                kept = await self.ledger.notes("drift/")
            except Unavailable as error:
                log.debug("unavailable", link="drift", reason=str(error))
                await asyncio.sleep(DRIFT)
                continue
            for name in self.inlets.keys() & kept.keys():
                self.inlets[name].sentinel.adopt(kept[name])
            self.recalled = True
        while True:
            await asyncio.sleep(DRIFT)
            await self._keep_drift()

    async def _keep_drift(self) -> None:
        for name, inlet in self.inlets.items():
            sentinel = inlet.sentinel
            if sentinel.changed and self.recalled:
                sentinel.changed = False
                try:
                    await self.ledger.note(Note(name, sentinel.packed(self.clock())))
                except Unavailable as error:
                    sentinel.changed = True
                    log.debug("unavailable", link="drift", reason=str(error))

    async def _prune(self) -> None:
        """Forgets what has ended and is older than we remember."""
        while True:
            try:
                forgotten = PRUNED
                while forgotten == PRUNED:
                    forgotten = await self.ledger.prune(self.clock() - self.hub.memory, PRUNED)
            except Unavailable as error:
                log.warning("unavailable", link="prune", reason=str(error))
            await asyncio.sleep(min(HOURLY, self.hub.memory.total_seconds() * SHARE))


def ledger_of(settings: Settings, clock: Callable[[], datetime]) -> Ledger:
    """The ledger that a URL names."""
    kind, _, path = settings.ledger.partition(":///")
    if kind == "sqlite" and path:
        try:
            Path(path).parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ConfigError(f"ledger {path}: {error.strerror}") from None
        return Sqlite(path, settings.hub, clock)
    if settings.ledger.startswith(("redis://", "rediss://")):
        memory = timedelta(days=settings.remember_days)
        side = settings.side or Path(f"{settings.hub}-{settings.process}-side.db")
        return Sided(side, settings.ledger, settings.hub, clock, process=settings.process, memory=memory)
    raise ConfigError(f"'{settings.ledger}' is no ledger such as sqlite:///regionbus.db or redis://localhost:6379/0")


def adapter_of(link: Link, folders: list[Path]) -> Adapter:
    """The adapter of a link, with its options."""
    cls = registry.load(link.adapter, folders)
    try:
        return cls.model_validate({"agency": link.agency, **link.options})
    except ValidationError as error:
        flaw = error.errors(include_url=False)[0]
        raise ConfigError(f"link '{link.title}', option {'.'.join(map(str, flaw['loc']))}: {flaw['msg']}") from None


def terms_of(link: InletSettings, agency: Agency) -> Terms:
    """What an inlet's settings say for all it takes."""
    return Terms(agency=agency.id, mode=link.mode, modes=tuple(link.modes), division=agency.division, ack=link.ack, format=Path(link.adapter).stem)


def grant(link: OutletSettings, agency: Agency) -> Grant:
    """What an outlet may have; ``ConfigError`` if its area is no area."""
    may = (frozenset(link.agencies), frozenset(link.kinds), frozenset(link.modes))
    found = Grant(link.title, link.agency, *may, frozenset(agency.groups), frozenset(agency.roles), frozenset(link.keywords))
    if (area := link.area or agency.area) is None:
        return found
    from bridge.area import Territory  # noqa: PLC0415  only a hub whose agencies have areas pays for shapely

    return found._replace(area=Territory.of(area.polygons, area.circles, area.divisions, area.within))


async def serve(settings: Settings) -> None:
    """Runs until the process is told to end."""
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, ended.set)
    with closing(liveness.Watchdog(loop)):
        async with App(settings).running():
            await ended.wait()
