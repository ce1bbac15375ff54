"""A hub at work: settings become ledger, bus, ports and links, all on one event loop."""

import asyncio
import gc
import signal
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, closing, nullcontext
from datetime import UTC, datetime, timedelta
from functools import partial
from importlib.metadata import version
from pathlib import Path
from time import monotonic
from typing import Any, cast

import structlog

from bridge import alarms, liveness, scrape
from bridge.assembly import adapter_of, agency_of, grant, ledger_of, port_in, port_out, terms_of
from bridge.bus.mqtt import Address, Connection, address
from bridge.envelope import Terms
from bridge.kinds import LANES, Lane
from bridge.ledger import Ledger
from bridge.ledger.sqlite import Sqlite
from bridge.links.courier import Courier, document, receipt_of
from bridge.links.feed import Feeds
from bridge.links.hub import Hub
from bridge.links.inlet import Inlet
from bridge.links.joining import Snapshots, scopes
from bridge.links.language import Retained, Schemas
from bridge.links.listener import Listener
from bridge.links.neighbours import Connect, Neighbours, Reach
from bridge.links.outlet import Outlet
from bridge.links.polled import Polled
from bridge.links.presence import Beacon, Senses
from bridge.links.publisher import Publisher
from bridge.links.snapshot import Snapshot
from bridge.links.upkeep import Drifts, pruned, reoffered, stirred
from bridge.metrics import Measures, Timed
from bridge.ports import Port
from bridge.ports.http import Callback, Gate, HttpIn, Routed
from bridge.presence import Presences, View, card
from bridge.settings import Inlet as InletSettings
from bridge.settings import Relay, Settings
from bridge.topics import filters
from bridge.vitals import Watched, drift, size, vitals

log = structlog.get_logger()
COLLECTED = 50_000
"""Objects made before the collector looks for circles among them: messages make many objects and hardly any circle."""


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
        self.watched, self.watch = Watched(self.hub, timed, clock()), alarms.Watch()
        self.listeners: dict[Lane, Listener] = {}
        self.doors: list[HttpIn] = []
        self.shared: list[Routed] = []
        """Where others see what this hub knows."""
        self.where: Address | None = None
        """Our broker; nothing before the start."""
        self.inlets: dict[str, Inlet] = {}
        """By the name under which the ledger keeps how their formats have drifted."""
        self.neighbours: Neighbours | None = None
        """Nothing for a hub that stands alone."""
        self.drifts = Drifts(self.hub, self.inlets)

    @asynccontextmanager
    async def running(self) -> AsyncIterator["App"]:
        """The hub at work. Leaving stops it; a link that fails ends it with that error."""
        async with AsyncExitStack() as stack:
            where = self.where = await self._broker(stack)
            stack.push_async_callback(self.ledger.close)
            stack.push_async_callback(self.drifts.keep)
            work = await self._links(stack, where)
            if self.doors or self.shared or "http" in self.settings.model_fields_set:
                looks: list[Routed] = [liveness.Window(self.health), scrape.Window(self.scene, self.watch), self.beacon]
                gate = Gate(self.settings.http.host, self.settings.http.port, [*self.doors, *self.shared, *looks])
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

        def connect(name: str, wanted: list[str]) -> Connection:
            connection = self.watched.connections[name] = Connection(where, f"{settings.hub}-{settings.process}-{name}", wanted)
            stack.push_async_callback(connection.close)
            return connection

        def reach(peer: Relay, name: str, wanted: list[str]) -> Connection:
            there = address(peer.bus, **settings.tls_of(peer).model_dump())
            connection = Connection(there, f"{settings.hub}-{settings.process}-from-{peer.hub}-{name}", wanted)
            self.watched.peers.setdefault(peer.hub, []).append(connection)
            stack.push_async_callback(connection.close)
            return connection

        work = [*self._lanes(connect), ("alarms", self._alarms())]
        self.beacon = await stack.enter_async_context(self._beacon(where))
        work.append(("presence", self.beacon.run()))
        work += self._others(connect, reach)
        work += self._ways_out(stack)
        work += self._ways_in(stack)
        work += self._shared()
        return [*work, ("stirred", stirred(self.hub)), ("drift", self.drifts.run()), ("prune", pruned(self.hub))]

    def _lanes(self, connect: Connect) -> Iterator[tuple[str, Any]]:
        """Our own bus, both ways, and the canary that proves it. Who owes nothing to anybody need not hear its own words."""
        settings, echo = self.settings, [liveness.ping(self.settings.hub)]
        grants = [grant(each, agency_of(each, settings)) for each in settings.outlet]
        ears: dict[Lane, Connection] = {}
        outs = {lane: connect(f"{lane}-out", []) for lane in LANES}
        for lane in LANES:
            yield f"publisher/{lane}", Publisher(lane, outs[lane], self.hub).run()
            if grants:
                ears[lane] = connect(lane, filters(lane, settings.addresses) + (echo if lane == "normal" else []))
                self.listeners[lane] = Listener(lane, ears[lane], grants, self.hub, settings.addresses)
                yield f"listener/{lane}", self.listeners[lane].run()
        if grants:
            yield "heads/own", reoffered(self.hub, self.listeners["normal"], timedelta(seconds=settings.heads_seconds))
        self.canary = self.watched.canary = liveness.Canary(settings.hub, outs["normal"], ears.get("normal") or connect("ping", echo))
        yield "canary", self.canary.run()

    def _others(self, connect: Connect, reach: Reach) -> Iterator[tuple[str, Any]]:
        """Other hubs, and the schemas that they write with."""
        settings, places = self.settings, [Retained(connect("schemas", []), self.hub.wanted)]
        if settings.relay or settings.peer:
            self.neighbours = Neighbours(settings, self.hub, connect, reach)
            self.watched.gaps = self.neighbours.open
            yield from self.neighbours.work()
            places += self.neighbours.places
        yield "schemas", Schemas(settings.hub, places[0].bus, places, self.ledger, self.hub.wanted).run()
        for number, place in enumerate(places):
            yield f"schemas/hear/{number}", place.run()

    def _shared(self) -> Iterator[tuple[str, Any]]:
        """What is shown over HTTP to who has a token for it."""
        if any(peer.token or peer.token_file for peer in self.settings.peer):
            self.shared.append(Snapshots(self.hub.ledger, scopes(self.settings)))
        if self.settings.picture:
            from bridge.links import picture, served  # noqa: PLC0415  only who shows the picture pays for shapely

            shown = served.Shown(picture.Reader(self.hub.ledger), self.settings.picture.secret, self.clock)
            self.shared.append(shown)
            yield "picture", shown.run()

    def _ways_out(self, stack: AsyncExitStack) -> Iterator[tuple[str, Any]]:
        for link in self.settings.outlet:
            port = self.watched.ports[link.title, "out"] = port_out(link, self.settings)
            stack.push_async_callback(port.close)
            yield link.title, Outlet(link.title, link.agency, port, self.adapters[link.title], self.hub).run()

    def _ways_in(self, stack: AsyncExitStack) -> Iterator[tuple[str, Any]]:
        """Every inlet, and the way of receipts to each agency."""
        told: dict[str, list[Port]] = {agency.id: [] for agency in self.settings.agency}
        for link in self.settings.inlet:
            port = self.watched.ports[link.title, "in"] = port_in(link, self.settings, partial(self.receipts, link.agency))
            told[link.agency] += [port, Callback(link.callback)] if link.callback else [port]
            self.doors += [port] if isinstance(port, HttpIn) else []
            inlet = self._inlet(link, port, terms_of(link, agency_of(link, self.settings)))
            self.inlets[f"drift/{self.settings.process}/{link.title}"] = inlet
            yield link.title, self._begun(inlet)
        for agency, ports in told.items():
            for port in ports:
                stack.push_async_callback(port.close)
            yield f"receipts/{agency}", Courier(agency, ports, self.hub).run()

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

    async def health(self) -> liveness.Health:
        """How this hub is now."""
        return await liveness.health(self.hub.ledger, self.hub.feeds.all, self.canary, self.clock().timestamp)

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


async def serve(settings: Settings, beside: Callable[[App], AbstractAsyncContextManager[object]] = nullcontext) -> None:
    """Runs until the process is told to end; ``beside`` is what looks on meanwhile."""
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, ended.set)
    with closing(liveness.Watchdog(loop)):
        async with App(settings).running() as app, beside(app):
            await ended.wait()
