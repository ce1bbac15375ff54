"""``GET /metrics`` for Prometheus and ``GET /alarms`` for whoever looks on."""

from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Iterator
from typing import NamedTuple

from prometheus_client import CollectorRegistry, Metric, ProcessCollector
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bridge.alarms import LASTS, Watch
from bridge.kinds import LANES
from bridge.ledger import BUS, NOBODY, Fate
from bridge.metrics import OTHER, Family, Measures
from bridge.topics import MODES
from bridge.vitals import Vitals

NONE = "none"
"""The mode and lane of what never became a message."""
STAGES = frozenset({"owed", "delivered", "refused", "expired", "withheld", "superseded", "repeated"})
"""Stages that only grow."""


class Scene(NamedTuple):
    """All that a scrape tells."""

    about: tuple[str, str, str]
    """Version, hub and process."""
    agencies: frozenset[str]
    """Those of the settings: every other is one."""
    vitals: Vitals
    measures: Measures
    watch: Watch
    drift: dict[str, int]
    connects: dict[str, int]
    canary: float | None
    size: int


class Families:
    """What a scrape tells, as families of the table."""

    def __init__(self, scene: Scene) -> None:
        """Of one moment."""
        self.scene = scene

    def collect(self) -> Iterator[Metric]:
        """See prometheus_client."""
        for found in (self._sums(), self._counted(), self._spreads(), self._links(), self._bus(), self._peers(), self._itself()):
            yield from (family.metric for family in found)

    def _sums(self) -> Iterable[Family]:
        kept, waiting, aside = Family("regionbus_messages_total"), Family("regionbus_messages_waiting"), Family("regionbus_messages_set_aside")
        for (*labels, stage), many in added(self.scene.vitals.sums, self.scene.agencies).items():
            if stage in STAGES:
                kept.add(many, *labels, stage)
            else:
                (waiting if stage == "waiting" else aside).add(many, *labels)
        return kept, waiting, aside

    def _counted(self) -> Iterable[Family]:
        refusals, letters, measures = Family("regionbus_refusals_total"), Family("regionbus_dead_letters_total"), self.scene.measures
        for (link, code), many in measures.refusals.items():
            refusals.add(many, link, code)
        links = dict.fromkeys([link.name for link in self.scene.vitals.links] + [f"{BUS}/{lane}" for lane in LANES])
        for link in links:  # from 0 on: else the first one would be no growth
            letters.add(measures.dead[link], link)
        return refusals, letters

    def _spreads(self) -> Iterable[Family]:
        measures = self.scene.measures
        named = {"end_to_end": measures.settled, "read": measures.reads, "write": measures.writes, "ledger_step": measures.steps}
        for name, spreads in named.items():
            family = Family(f"regionbus_{name}_seconds")
            for label, spread in spreads.items():
                family.spread(spread, label)
            yield family

    def _links(self) -> Iterable[Family]:
        up, silence, oldest = Family("regionbus_link_up"), Family("regionbus_link_silence_seconds"), Family("regionbus_unsettled_oldest_seconds")
        for link in self.scene.vitals.links:
            up.add(link.up, link.name, link.direction)
            silence.add(link.silence, link.name, link.direction)
        for place, age in (self.scene.vitals.oldest or {}).items():
            oldest.add(age, *place)
        drift = Family("regionbus_drift_fields")
        for name, many in self.scene.drift.items():
            drift.add(many, name)
        return up, silence, oldest, drift

    def _bus(self) -> Iterable[Family]:
        up, connects, refusals = Family("regionbus_bus_up"), Family("regionbus_bus_connects_total"), Family("regionbus_bus_refusals_total")
        for name, connected in self.scene.vitals.buses.items():
            up.add(connected, name)
            connects.add(self.scene.connects[name], name)
        for lane in LANES:
            refusals.add(self.scene.measures.refused[lane], lane)
        canary = Family("regionbus_canary_seconds")
        if self.scene.canary is not None:
            canary.add(self.scene.canary)
        silence, forgotten = (Family(f"regionbus_{name}") for name in ("canary_silence_seconds", "bus_forgotten_total"))
        silence.add(self.scene.vitals.silence)
        forgotten.add(self.scene.measures.forgotten)
        return up, connects, refusals, canary, silence, forgotten

    def _peers(self) -> Iterable[Family]:
        many, oldest, offset = Family("regionbus_gaps_open"), Family("regionbus_gap_oldest_seconds"), Family("regionbus_clock_offset_seconds")
        for peer, ages in self.scene.vitals.gaps.items():
            many.add(len(ages), peer)
            oldest.add(max(ages, default=0.0), peer)
        for peer, seconds in self.scene.vitals.offsets.items():
            offset.add(seconds, peer)
        unread = Family("regionbus_relayed_unread_total")
        for peer in self.scene.vitals.gaps:
            unread.add(self.scene.measures.unread[peer], peer)
        return many, oldest, offset, unread

    def _itself(self) -> Iterable[Family]:
        named = ("build_info", "ledger_up", "ledger_bytes", "clock_jump_seconds", "alarms")
        about, up, size, jump, alarms = (Family(f"regionbus_{name}") for name in named)
        about.add(1, *self.scene.about)
        up.add(self.scene.vitals.oldest is not None)
        size.add(self.scene.size)
        jump.add(self.scene.vitals.jump)
        raised = Counter(cause.code for cause in self.scene.watch.raised)
        for code in LASTS:
            alarms.add(raised[code], code)
        return about, up, size, jump, alarms


def added(sums: Iterable[Fate], agencies: frozenset[str]) -> Counter[tuple[str, ...]]:
    """The sum by agency, recipient, mode, lane and stage; agencies that the settings do not name are one."""
    found: Counter[tuple[str, ...]] = Counter()
    known = agencies | {BUS, NOBODY}
    for fate in sums:
        agency, mode, lane = parts(fate.stream)
        labels = (agency if agency in known else OTHER, fate.recipient if fate.recipient in known else OTHER, mode, lane, fate.stage)
        found[labels] += fate.many
    return found


def parts(stream: str) -> tuple[str, str, str]:
    """Agency, mode and lane of a stream; of input that never became a message there is only the agency."""
    match stream.split("/"):
        case ["to", _, agency, mode, lane] | [agency, _, mode, lane] if mode in MODES.values() and lane in LANES:
            return agency, mode, lane
        case [agency, *_]:
            return agency, NONE, NONE
        case _:
            return OTHER, NONE, NONE


def exposition(scene: Scene) -> bytes:
    """As Prometheus reads it."""
    registry = CollectorRegistry()
    registry.register(Families(scene))
    ProcessCollector(registry=registry)
    return generate_latest(registry)


class Window:
    """Where a monitoring system looks in."""

    def __init__(self, scene: Callable[[], Awaitable[Scene]], watch: Watch) -> None:
        """``scene`` gives that of now."""
        self.scene, self.watch = scene, watch

    def routes(self) -> list[Route]:
        """What the gate serves for it."""
        return [Route("/metrics", self.metrics, methods=["GET"]), Route("/alarms", self.alarms, methods=["GET"])]

    async def metrics(self, _: Request) -> Response:
        """Everything of the table."""
        return Response(exposition(await self.scene()), headers={"Content-Type": CONTENT_TYPE_PLAIN_0_0_4})

    async def alarms(self, _: Request) -> Response:
        """What is wrong, and what was."""
        return JSONResponse(self.watch.document())
