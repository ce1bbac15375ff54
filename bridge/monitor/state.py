"""How a hub is at one moment, for every page and viewer the same, and what it has been in the last minutes."""

from collections import Counter, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from bridge.alarms import FOLLOWS, Cause, Counts, causes
from bridge.ledger import Fate
from bridge.texts import Lang, text
from bridge.vitals import Vitals

STEP = 10.0
"""Seconds between two points of the past."""
POINTS = 30
"""So many are kept."""
FRESH = timedelta(seconds=3)
"""What was counted since then is told as something that happens now."""
LOOKS = 30
"""Counts that are kept for that."""
NONE = Counts(0, {}, ())


class Trouble(NamedTuple):
    """Something that is wrong now."""

    code: str
    where: str
    en: str
    zh: str
    since: str = ""
    """When its alarm was raised; empty if it is too young for one."""

    def sentence(self, lang: Lang) -> str:
        """In the viewer's language."""
        return self.zh if lang == "zh" else self.en


@dataclass(frozen=True, slots=True)
class State:
    """One look."""

    at: datetime
    sums: Sequence[Fate]
    vitals: Vitals | None = None
    """Nothing if the hub's process does not answer."""
    counts: Counts = NONE
    raised: Sequence[Mapping[str, Any]] = ()
    over: Sequence[Mapping[str, Any]] = ()
    """Alarms, as ``Alarm.document`` says them."""
    hubs: Sequence[Mapping[str, Any]] = ()
    """As ``View`` says them."""
    refusals: Mapping[tuple[str, str], int] = field(default_factory=dict)
    """By link and code, since the start."""
    drift: Mapping[str, int] = field(default_factory=dict)
    """By inlet."""


class Point(NamedTuple):
    """What is kept of a look."""

    at: datetime
    sums: Counter[tuple[str, str, str]]
    """By agency, recipient and stage."""
    oldest: Mapping[tuple[str, str], float]
    """By link and lane."""


class Past:
    """The last five minutes."""

    def __init__(self) -> None:
        """Nothing yet."""
        self.points: deque[Point] = deque(maxlen=POINTS)
        self.seen: dict[tuple[str, str], datetime] = {}
        """By agency and recipient: when something new was last owed."""
        self.counted: deque[tuple[datetime, Counts]] = deque(maxlen=LOOKS)
        """The counts of the last seconds, and of the look before them."""

    def before(self, now: Counts) -> Counts:
        """The counts with which those of ``now`` are compared: themselves if the hub counts anew, as after a restart."""
        found = self.counted[0][1] if self.counted else now
        return found if found.drops <= now.drops and sum(found.urgent) <= sum(now.urgent) and found.urgent else now

    def add(self, state: State) -> None:
        """Keeps its counts; and all of it if the last one is old enough and the ledger has answered."""
        if state.vitals:
            self.counted.append((state.at, state.counts))
        while len(self.counted) > 1 and self.counted[1][0] <= state.at - FRESH:
            self.counted.popleft()
        oldest = state.vitals.oldest if state.vitals else None
        if oldest is None:
            return
        if self.points and (state.at - self.points[-1].at).total_seconds() < STEP:
            return
        sums = summed(state.sums)
        last = self.points[-1].sums if self.points else sums
        for (agency, recipient, stage), many in sums.items():
            if stage == "owed" and many > last[agency, recipient, stage]:
                self.seen[agency, recipient] = state.at
        self.points.append(Point(state.at, sums, oldest))


def summed(sums: Sequence[Fate]) -> Counter[tuple[str, str, str]]:
    """By agency, recipient and stage."""
    found: Counter[tuple[str, str, str]] = Counter()
    for fate in sums:
        found[author(fate.stream), fate.recipient, fate.stage] += fate.many
    return found


def author(stream: str) -> str:
    """Whose a stream is."""
    levels = stream.split("/")
    return levels[2] if levels[0] == "to" and len(levels) > 2 else levels[0]


def troubles(state: State, past: Past) -> list[Trouble]:
    """What is wrong now: also what is too young for an alarm, and nothing that is over while its alarm waits whether it comes again.

    Of what may only follow from something else the hub is the judge: it knows what was wrong before.
    """
    if state.vitals is None:
        return [Trouble("hub", "", text("alarm-hub", "en"), text("alarm-hub", "zh"))]
    raised = {(each["code"], each["where"]): each["raised_at"] for each in state.raised}
    found = causes(state.vitals, past.before(state.counts), state.counts)
    return [trouble(cause, details, raised.get(cause, "")) for cause, details in found if cause.code not in FOLLOWS or cause in raised]


def trouble(cause: Cause, details: Mapping[str, object], since: str) -> Trouble:
    """In words; ``since`` when there is an alarm."""
    return Trouble(*cause, text(f"alarm-{cause.code}", "en", **details), text(f"alarm-{cause.code}", "zh", **details), since)


def calming(state: State, now: Sequence[Trouble]) -> list[Mapping[str, Any]]:
    """Alarms whose cause is not seen any more, and that wait whether it comes again."""
    seen = {(each.code, each.where) for each in now}
    return [each for each in state.raised if (each["code"], each["where"]) not in seen]
