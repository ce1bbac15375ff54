"""How long the oldest message waited in each queue, over the last five minutes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from bridge.monitor.state import Past, State

STEPS = (1.0, 10.0, 60.0, 300.0)
"""Seconds at which it gets hotter."""


class Spot(NamedTuple):
    """One queue at one moment."""

    seconds: float
    heat: int
    """0 (nothing waits) to 5."""


@dataclass(frozen=True, slots=True)
class Lag:
    """The heat map; the newest moment last."""

    moments: Sequence[datetime]
    rows: Sequence[tuple[str, str, Sequence[Spot]]]
    """Link, lane and its spots."""


def lag(state: State, past: Past) -> Lag:
    """The heat map of the past and of now."""
    now = (state.vitals and state.vitals.oldest) or {}
    looks = [*((point.at, point.oldest) for point in past.points), (state.at, now)]
    queues = sorted({queue for _, oldest in looks for queue in oldest})
    rows = [(*queue, [spot(oldest.get(queue)) for _, oldest in looks]) for queue in queues]
    return Lag([at for at, _ in looks], rows)


def spot(seconds: float | None) -> Spot:
    """How hot it is."""
    if seconds is None:
        return Spot(0.0, 0)
    return Spot(seconds, 1 + sum(seconds >= step for step in STEPS))
