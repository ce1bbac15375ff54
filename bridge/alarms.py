"""Alarms: one for each cause, raised once it has lasted, cleared once when it is over; what only follows from it raises none."""

from collections import deque
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple

import structlog

from bridge.ledger import BUS
from bridge.liveness import LATE
from bridge.metrics import Measures, quantile
from bridge.texts import text
from bridge.vitals import SKEW, Link, Vitals

log = structlog.get_logger()
LASTS: Final[dict[str, float]] = {
    "ledger": 10.0,
    "bus": 60.0,
    "mute": 30.0,
    "link": 60.0,
    "gap": 60.0,
    "waits": 60.0,
    "silent": 0.0,
    "clock": 60.0,
    "jump": 0.0,
    "slow": 0.0,
    "drops": 0.0,
    "letters": 0.0,
}
"""Codes, and for how many seconds each must last until it is an alarm."""
CALM: Final[dict[str, float]] = dict.fromkeys(LASTS, 10.0) | {"slow": 300.0, "drops": 300.0, "letters": 900.0}
"""Seconds without the cause until its alarm is over; of what is seen by its growth until it has stood still for so long."""
OVERDUE, OPEN, SILENT = 60.0, 60.0, 3600.0
"""Seconds that a message waits, a gap is open, an inlet says nothing, until it is worth a word."""
SLOW = 5.0
"""Seconds from end to end for one urgent message in a hundred that are too many."""
LOOK = 1.0
"""Seconds between two looks."""
FOLLOWS: Final[dict[str, tuple[frozenset[str], float]]] = {
    "slow": (frozenset({"ledger", "bus", "mute", "link", "waits", "jump"}), 600.0),
    "drops": (frozenset({"ledger"}), 30.0),
}
"""What says nothing new for so many seconds after one of these: slow are those that waited, and what we could not note nobody has dropped."""
KEPT = 200
"""Alarms that are over and still shown."""


class Cause(NamedTuple):
    """What is wrong, and of what."""

    code: str
    where: str = ""


Causes = Mapping[Cause, Mapping[str, object]]
"""With the details of the sentence."""


class Counts(NamedTuple):
    """Counters at one moment."""

    drops: int
    letters: Mapping[str, int]
    urgent: tuple[int, ...]
    """By bucket: how long urgent messages took."""


def counts(measures: Measures) -> Counts:
    """As they are now."""
    return Counts(measures.refused.total() + measures.forgotten, dict(measures.dead), tuple(measures.settled["urgent"].counts))


Found = Iterator[tuple[Cause, dict[str, object]]]


def causes(now: Vitals, past: Counts, counted: Counts) -> Found:
    """What is wrong, without what only follows from something else that is; ``past`` are the counts of the last look."""
    if now.oldest is None:
        yield Cause("ledger"), {}
    down = sorted(name for name, up in now.buses.items() if not up)
    away = {link.name for link in now.links if not link.up}
    cut, jumped = bool(down) or now.silence > LATE, abs(now.jump) > SKEW
    if cut:
        yield (Cause("bus"), {"names": ", ".join(down)}) if down else (Cause("mute"), {"seconds": round(now.silence)})
    if jumped:
        yield Cause("jump"), {"seconds": round(now.jump)}
    if drops := counted.drops - past.drops:
        yield Cause("drops"), {"count": drops}
    yield from _links(now.links, timed=not jumped)
    yield from () if jumped else _waiting(now, away | ({BUS} if cut or drops else set()))
    yield from _peers(now, away, cut=cut)
    yield from _letters(past.letters, counted.letters)
    taken = quantile(0.99, [now - then for now, then in zip(counted.urgent, past.urgent, strict=True)])
    if taken > SLOW and not (away or cut or jumped or now.oldest is None):
        yield Cause("slow"), {"seconds": SLOW}


def _links(links: Iterable[Link], *, timed: bool) -> Found:
    """``timed``: how long one is silent can be told."""
    for link in links:
        if not link.up:
            yield Cause("link", link.name), {"link": link.name}
        elif timed and link.direction == "in" and link.silence > SILENT:
            yield Cause("silent", link.name), {"link": link.name, "minutes": round(link.silence / 60)}


def _waiting(now: Vitals, explained: Collection[str]) -> Found:
    """What waits for no reason that is told already."""
    for (name, lane), age in (now.oldest or {}).items():
        if age > OVERDUE and name not in explained:
            yield Cause("waits", f"{name}/{lane}"), {"link": name, "lane": lane, "seconds": round(age)}


def _peers(now: Vitals, away: Collection[str], *, cut: bool) -> Found:
    for peer, ages in now.gaps.items():
        if ages and max(ages) > OPEN and not cut and f"relay/{peer}" not in away:
            yield Cause("gap", peer), {"peer": peer, "count": len(ages), "seconds": round(max(ages))}
    for peer, offset in now.offsets.items():
        if abs(offset) > SKEW:
            yield Cause("clock", peer), {"peer": peer, "seconds": round(offset, 1)}


def _letters(past: Mapping[str, int], counted: Mapping[str, int]) -> Found:
    for name, many in counted.items():
        if many > past.get(name, 0):
            yield Cause("letters", name), {"link": name, "count": many - past.get(name, 0)}


@dataclass(slots=True)
class Alarm:
    """One alarm."""

    code: str
    where: str
    raised_at: datetime
    en: str
    zh: str
    cleared_at: datetime | None = None

    def document(self) -> dict[str, Any]:
        """As JSON."""
        return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in asdict(self).items()}


class Watch:
    """Which causes there are, since when, and what has been said of them."""

    def __init__(self) -> None:
        """All is well."""
        self.first: dict[Cause, float] = {}
        self.last: dict[Cause, float] = {}
        """Seconds at which a cause was first and last seen."""
        self.raised: dict[Cause, Alarm] = {}
        self.over: deque[Alarm] = deque(maxlen=KEPT)
        self.seen: dict[str, float] = {}
        """Seconds at which a code was last seen."""

    def look(self, found: Causes, seconds: float, now: datetime, *, blind: bool = False) -> None:
        """One look, ``seconds`` on a clock that never jumps. ``blind``: what waits cannot be seen, so none of that is over."""
        self.seen |= {cause.code: seconds for cause in found}
        for cause, details in found.items():
            if self._follows(cause.code, seconds):
                continue
            self.first.setdefault(cause, seconds)
            self.last[cause] = seconds
            if cause not in self.raised and seconds - self.first[cause] >= LASTS[cause.code]:
                self._raise(cause, details, now)
        for cause in [cause for cause in self.first if cause not in found and not (blind and cause.code == "waits")]:
            if cause in self.raised and seconds - self.last[cause] < CALM[cause.code]:
                continue
            del self.first[cause], self.last[cause]
            if cause in self.raised:
                self._clear(cause, now)

    def _follows(self, code: str, seconds: float) -> bool:
        earlier, span = FOLLOWS.get(code, (frozenset(), 0.0))
        return any(seconds - self.seen[each] < span for each in earlier & self.seen.keys())

    def _raise(self, cause: Cause, details: Mapping[str, object], now: datetime) -> None:
        code = f"alarm-{cause.code}"
        alarm = self.raised[cause] = Alarm(*cause, now, text(code, "en", **details), text(code, "zh", **details))
        log.error("alarm", code=cause.code, where=cause.where, reason=text(code, None, **details), en=alarm.en, zh=alarm.zh)

    def _clear(self, cause: Cause, now: datetime) -> None:
        alarm = self.raised.pop(cause)
        alarm.cleared_at = now
        self.over.appendleft(alarm)
        log.warning("alarm-over", code=cause.code, where=cause.where, reason=text(f"alarm-{cause.code}-over", None, where=cause.where))

    def document(self) -> dict[str, Any]:
        """What is raised, and what is over, newest first."""
        open_ = sorted(self.raised.values(), key=lambda alarm: alarm.raised_at, reverse=True)
        return {"raised": [alarm.document() for alarm in open_], "over": [alarm.document() for alarm in self.over]}
