"""Where looks come from: the hub in this process, or a hub in another one, by its ledger and what it tells over HTTP."""

import asyncio
from collections.abc import Iterable, Mapping
from typing import Any, Protocol

import httpx
from prometheus_client.parser import text_string_to_metric_families

from bridge import alarms
from bridge.app import App, now
from bridge.bus.mqtt import Address, address
from bridge.errors import Unavailable
from bridge.ledger import Fate, Ledger
from bridge.liveness import PATIENCE
from bridge.metrics import BOUNDS
from bridge.monitor.state import State
from bridge.settings import Settings
from bridge.vitals import Link, Vitals

ANSWER = 2 * PATIENCE
"""Seconds for a hub to answer: it has to wait for its ledger itself."""
Sample = tuple[Mapping[str, str], float]


class Source(Protocol):
    """A hub that can be looked at."""

    settings: Settings
    ledger: Ledger

    @property
    def bus(self) -> Address | None:
        """Its broker, if it can be reached from here."""
        ...

    async def look(self) -> State:
        """How it is now."""
        ...


class Inside:
    """The hub of this process."""

    def __init__(self, app: App) -> None:
        """At work."""
        self.app, self.settings, self.ledger = app, app.settings, app.ledger

    @property
    def bus(self) -> Address | None:
        """See ``Source``."""
        return self.app.where

    async def look(self) -> State:
        """See ``Source``."""
        scene = await self.app.scene()
        told, measures = self.app.watch.document(), scene.measures
        hubs = [view._asdict() for view in self.app.presences()]
        return State(
            self.app.clock(),
            scene.vitals.sums,
            scene.vitals,
            alarms.counts(measures),
            told["raised"],
            told["over"],
            hubs,
            dict(measures.refusals),
            {name.rpartition("/")[2]: many for name, many in scene.drift.items()},
        )


class Beside:
    """A hub of another process."""

    def __init__(self, settings: Settings, ledger: Ledger) -> None:
        """``ledger`` is opened beside it."""
        self.settings, self.ledger = settings, ledger
        self.client = httpx.AsyncClient(base_url=f"http://{settings.http.host}:{settings.http.port}", timeout=ANSWER, trust_env=False)

    @property
    def bus(self) -> Address | None:
        """See ``Source``; an embedded broker is nobody else's."""
        return None if self.settings.bus == "embedded:" else address(self.settings.bus, **self.settings.tls.model_dump())

    async def look(self) -> State:
        """See ``Source``."""
        sums, answers = await asyncio.gather(self._sums(), self._answers())
        if answers is None:
            return State(now(), sums)
        return told(sums, answers[0].text, answers[1].json(), answers[2].json())

    async def _sums(self) -> list[Fate]:
        try:
            async with asyncio.timeout(PATIENCE):
                return await self.ledger.sum()
        except (TimeoutError, Unavailable):
            return []

    async def _answers(self) -> list[httpx.Response] | None:
        try:
            return [(await self.client.get(path)).raise_for_status() for path in ("/metrics", "/alarms", "/hubs")]
        except httpx.HTTPError:
            return None


def told(sums: list[Fate], exposition: str, told_alarms: dict[str, Any], hubs: list[dict[str, Any]]) -> State:
    """A state from what a hub tells over HTTP."""
    found: dict[str, list[Sample]] = {}
    for family in text_string_to_metric_families(exposition):
        for sample in family.samples:
            found.setdefault(sample.name.removeprefix("regionbus_"), []).append((sample.labels, sample.value))
    vitals = Vitals(
        {(labels["link"], labels["lane"]): age for labels, age in found.get("unsettled_oldest_seconds", [])} if value(found, "ledger_up") else None,
        sums,
        _links(found),
        {labels["connection"]: bool(up) for labels, up in found.get("bus_up", [])},
        value(found, "canary_silence_seconds"),
        {labels["peer"]: [age] for labels, age in found.get("gap_oldest_seconds", []) if age},
        {labels["peer"]: seconds for labels, seconds in found.get("clock_offset_seconds", [])},
        value(found, "clock_jump_seconds"),
    )
    refusals = {(labels["link"], labels["code"]): int(many) for labels, many in found.get("refusals_total", [])}
    drift = {labels["link"].rpartition("/")[2]: int(many) for labels, many in found.get("drift_fields", [])}
    return State(now(), sums, vitals, _counts(found), told_alarms["raised"], told_alarms["over"], hubs, refusals, drift)


def _links(found: Mapping[str, list[Sample]]) -> list[Link]:
    silent = {(labels["link"], labels["direction"]): seconds for labels, seconds in found.get("link_silence_seconds", [])}
    return [
        Link(labels["link"], "in" if labels["direction"] == "in" else "out", bool(up), silent.get((labels["link"], labels["direction"]), 0.0))
        for labels, up in found.get("link_up", [])
    ]


def _counts(found: Mapping[str, list[Sample]]) -> alarms.Counts:
    drops = sum(many for _, many in found.get("bus_refusals_total", [])) + value(found, "bus_forgotten_total")
    letters = {labels["link"]: int(many) for labels, many in found.get("dead_letters_total", [])}
    ends = [int(many) for labels, many in found.get("end_to_end_seconds_bucket", []) if labels["lane"] == "urgent"]
    return alarms.Counts(int(drops), letters, apart(ends))


def apart(ends: Iterable[int]) -> tuple[int, ...]:
    """Each bucket's own count; Prometheus has every bucket hold those before it."""
    found = list(ends) or [0] * (len(BOUNDS) + 1)
    return tuple(one - before for before, one in zip([0, *found], found, strict=False))


def value(found: Mapping[str, list[Sample]], name: str) -> float:
    """Of what has one series; 0 if there is none."""
    return next((number for _, number in found.get(name, [])), 0.0)
