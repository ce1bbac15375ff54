"""Which fault strikes what, when and for how long: a pure function of the seed. Faults come in bursts that overlap, with a calm between."""

import random
from collections.abc import Sequence
from typing import NamedTuple

from bridge import crash


class Fault(NamedTuple):
    """One fault; times in seconds from the start."""

    at: float
    duration: float
    """0: it happens at once; what follows is recovery."""
    kind: str
    detail: str = ""
    """Which crash point, how many seconds of a clock step, and so on."""
    target: int = 0
    """Which of several bridges."""

    @property
    def end(self) -> float:
        """When it is over."""
        return self.at + self.duration


KINDS: dict[str, tuple[float, float]] = {
    "bridge-kill": (0, 0),
    "bridge-crash": (0, 0),  # killed, and its next life ends at a named place of a message's way
    "bridge-stop": (0.3, 1.5),
    "broker-kill": (0.1, 1.2),
    "broker-forget": (0.1, 1.0),  # killed, its database deleted
    "broker-tiny": (0.8, 1.8),  # persistence off, a queue of one message: it acknowledges what it drops
    "proxy-cut": (0.2, 1.5),
    "proxy-delay": (0.5, 1.8),
    "proxy-slice": (0.5, 1.8),
    "proxy-reset": (0, 0),
    "disk-full": (0.5, 1.5),
    "clock-step": (0.5, 2.0),
    "partner-dead": (0.3, 1.5),
    "partner-slow": (0.5, 1.8),
    "partner-busy": (0.3, 1.5),  # 503
    "partner-mute": (0.3, 1.2),  # takes the message and hangs up without a word
}
"""Every kind of fault and its shortest and longest duration."""
OF_REDIS: dict[str, tuple[float, float]] = {"redis-kill": (0.1, 1.2), "redis-stop": (0.2, 1.2)}
OF_SQLITE = frozenset({"disk-full"})
QUIET = 2.0
"""Seconds before the first fault."""
LONG = 4.0
"""Minutes from which a run counts as long: its hub remembers minutes, not days, as a ledger that only grows would slow every restart of its server."""
CALM, LONG_CALM = (1.2, 2.4), (2.4, 4.2)
"""Seconds between bursts."""
STEPS, LONG_STEPS = (-600, -90, 90, 600), (-60, -20, 20, 60)
"""Seconds by which a clock is wrong; in a long run less than the hub remembers, for what is older is refused by promise."""
BURST = (1, 1, 2, 3, 4, 4, 5)
"""How many faults strike together."""
PASSED = [point for point in crash.POINTS if point not in crash.ONLY]
"""Places that every message passes; a plan for another could lie in wait for long."""


def kinds(ledger: str) -> dict[str, tuple[float, float]]:
    """What can happen to a hub with such a ledger."""
    return KINDS | OF_REDIS if ledger == "redis" else KINDS


def schedule(seed: int, minutes: float, ledger: str = "sqlite", only: Sequence[str] = ()) -> list[Fault]:
    """All faults of a run, in order of time. ``only`` some kinds: for runs that aim at one promise."""
    rng = random.Random(f"{seed}/{minutes}/{ledger}/{','.join(only)}")  # noqa: S311  chance that repeats itself is the point
    possible = {kind: span for kind, span in kinds(ledger).items() if kind in only or not (only or (ledger == "redis" and kind in OF_SQLITE))}
    faults: list[Fault] = []
    deck: list[str] = []
    at, end = QUIET, minutes * 60
    while at < end:
        burst: list[Fault] = []
        for _ in range(rng.choice(BURST)):
            deck = deck or rng.sample(sorted(possible), len(possible))  # no kind comes again before all have come
            kind = deck.pop()
            span = burst[0].duration if burst else 0.0
            begin = at + rng.uniform(0, max(span, 0.4))
            burst.append(
                Fault(
                    round(begin, 3),
                    round(rng.uniform(*possible[kind]), 3),
                    kind,
                    detail(rng, kind, LONG_STEPS if is_long(minutes) else STEPS),
                    rng.randrange(100),
                )
            )
        faults += [fault for fault in burst if fault.end < end]
        at = max(fault.end for fault in burst) + rng.uniform(*(LONG_CALM if is_long(minutes) else CALM))
    return sorted(faults)


def is_long(minutes: float) -> bool:
    """Whether the authors of a run say as much as the machine takes."""
    return minutes >= LONG


def detail(rng: random.Random, kind: str, steps: Sequence[int]) -> str:
    """How exactly."""
    if kind == "bridge-crash":
        return f"{rng.choice(PASSED)}:{rng.randint(1, 12)}"
    return f"{rng.choice(steps)}" if kind == "clock-step" else ""


def bursts(faults: Sequence[Fault], apart: float = 1.0) -> list[list[Fault]]:
    """Faults that strike less than ``apart`` seconds after the ones before are over belong together."""
    found: list[list[Fault]] = []
    end = float("-inf")
    for fault in faults:
        if fault.at > end + apart:
            found.append([])
        found[-1].append(fault)
        end = max(end, fault.end)
    return found


def overlapping(faults: Sequence[Fault]) -> int:
    """How many strike while another is at work."""
    return sum(
        any(one is not other and one.at <= other.end and other.at <= one.end for other in faults if abs(other.at - one.at) < 10) for one in faults
    )
