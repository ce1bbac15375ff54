"""What is measured: the names, units and labels of ``metrics.csv``, and the few figures that are counted while messages pass.

Counting costs a list entry, never a lock or a look-up by label: one loop counts, and a scrape turns it into what Prometheus reads.
"""

import csv
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Awaitable, Sequence
from datetime import datetime
from functools import cache
from importlib.resources import files
from time import perf_counter
from typing import Any, NamedTuple

from prometheus_client import Metric

from bridge.errors import Unavailable
from bridge.ledger import Note
from bridge.texts import catalogue

BOUNDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 60.0)
"""Seconds at which the buckets of a spread end; one more has no end."""
OTHER = "other"
"""What is not in the settings: a label takes no value from a message."""


class Name(NamedTuple):
    """One line of the table."""

    name: str
    type: str
    unit: str
    labels: tuple[str, ...]
    bound: str
    """How many series there may be."""
    en: str
    zh: str


@cache
def names() -> dict[str, Name]:
    """The table."""
    rows = csv.reader(files("bridge").joinpath("metrics.csv").read_text("utf-8").splitlines()[1:])
    return {name: Name(name, kind, unit, tuple(labels.split()), *more) for name, kind, unit, labels, *more in rows}


class Family:
    """What is scraped under one name of the table."""

    def __init__(self, name: str) -> None:
        """No series yet."""
        self.row = names()[name]
        self.metric = Metric(name.removesuffix("_total"), self.row.en, self.row.type)

    def add(self, value: float, *values: str) -> None:
        """One more series; ``values`` of its labels in the table's order."""
        self.metric.add_sample(self.row.name, self.labels(values), value)

    def labels(self, values: Sequence[str]) -> dict[str, str]:
        """By name."""
        return dict(zip(self.row.labels, values, strict=True))

    def spread(self, spread: "Spread", *values: str) -> None:
        """A histogram's series, as Prometheus counts: every bucket holds those before it."""
        labels, count = self.labels(values), 0
        for bound, many in zip((*map(str, BOUNDS), "+Inf"), spread.counts, strict=True):
            count += many
            self.metric.add_sample(f"{self.row.name}_bucket", {**labels, "le": bound}, count)
        self.metric.add_sample(f"{self.row.name}_count", labels, count)
        self.metric.add_sample(f"{self.row.name}_sum", labels, spread.total)


class Spread:
    """How long something took, in buckets."""

    __slots__ = ("counts", "total")

    def __init__(self) -> None:
        """Nothing yet."""
        self.counts = [0] * (len(BOUNDS) + 1)
        self.total = 0.0

    def see(self, seconds: float) -> None:
        """Once more."""
        self.counts[bisect_left(BOUNDS, seconds)] += 1
        self.total += seconds

    def since(self, begun: float) -> None:
        """Once more, from a moment of ``perf_counter`` until now."""
        self.see(perf_counter() - begun)


def quantile(part: float, counts: Sequence[int]) -> float:
    """The upper end of the bucket in which that part of all has been seen; 0 if nothing was."""
    wanted, seen = part * sum(counts), 0
    for bound, many in zip((*BOUNDS, float("inf")), counts, strict=True):
        seen += many
        if seen and seen >= wanted:
            return bound
    return 0.0


class Measures:
    """What one hub's links have counted since the start."""

    def __init__(self) -> None:
        """Nothing yet."""
        self.settled: dict[str, Spread] = defaultdict(Spread)
        """By lane."""
        self.reads: dict[str, Spread] = defaultdict(Spread)
        self.writes: dict[str, Spread] = defaultdict(Spread)
        """By adapter."""
        self.steps: dict[str, Spread] = defaultdict(Spread)
        """By step of the ledger."""
        self.codes = frozenset(catalogue())
        self.refusals: Counter[tuple[str, str]] = Counter()
        """By link and code."""
        self.dead: Counter[str] = Counter()
        """By link: what was put on the shelf."""
        self.refused: Counter[str] = Counter()
        """By lane: what the broker did not want."""
        self.unread: Counter[str] = Counter()
        """By neighbour: what was forwarded unread, its kind known to newer hubs only."""
        self.forgotten = 0
        self.last: dict[str, datetime] = {}
        """By link: when something last came in, or was given."""
        self.away: set[str] = set()
        """Outlets whose recipient did not answer when it was last tried."""

    def refuse(self, link: str, code: str, *, shelved: bool) -> None:
        """A verdict; ``shelved`` if its bytes wait for an operator."""
        self.refusals[link, code if code in self.codes else OTHER] += 1
        if shelved:
            self.dead[link] += 1

    def given(self, link: str, lane: str, now: datetime, sent: datetime) -> None:
        """A message has arrived."""
        self.last[link] = now
        self.away.discard(link)
        self.settled[lane].see((now - sent).total_seconds())


class Timed:
    """A ledger whose steps are timed, and that does not seem well while it holds nothing new; all else is the ledger's own."""

    def __init__(self, ledger: Any, measures: Measures) -> None:
        """Stands before ``ledger``."""
        self.ledger, self.steps, self.unheld = ledger, measures.steps, False

    def __getattr__(self, name: str) -> Any:
        """What it does not time."""
        return getattr(self.ledger, name)

    async def accept(self, batch: Sequence[Any]) -> Any:
        """See ``Ledger``."""
        return await self._step("accept", self.ledger.accept(batch))

    async def settle(self, batch: Sequence[Any]) -> Any:
        """See ``Ledger``."""
        return await self._step("settle", self.ledger.settle(batch))

    async def _step(self, name: str, step: Awaitable[Any]) -> Any:
        begun = perf_counter()
        try:
            outcomes = await step
        except Unavailable:
            self.unheld = True
            raise
        self.unheld = False
        self.steps[name].since(begun)
        return outcomes

    async def oldest(self, queues: Sequence[str]) -> Any:
        """See ``Ledger``. A full disk can still be read: who did not hold the last step shows first that it holds something."""
        if self.unheld:
            await self.ledger.note(Note("held", b""))
            self.unheld = False
        return await self.ledger.oldest(queues)
