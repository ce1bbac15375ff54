"""Who says how much to whom, how late it is, and what is refused."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from bridge.ledger import BUS
from bridge.monitor.state import Past, State, summed
from bridge.settings import Settings

REFUSED = ("refused", "set aside", "expired", "withheld")


class Cell(NamedTuple):
    """One agency's words to one recipient."""

    owed: int
    rate: float
    """Messages a minute, over the last five."""
    waiting: int
    lag: float
    """Seconds that the recipient's oldest message waits; 0 if none of this agency does."""
    refused: int
    seen: datetime | None
    """When something new was last owed, since the monitor looks."""


@dataclass(frozen=True, slots=True)
class Flow:
    """The matrix."""

    agencies: Sequence[str]
    recipients: Sequence[str]
    cells: Mapping[tuple[str, str], Cell]


def flow(state: State, past: Past, settings: Settings) -> Flow:
    """The matrix of one moment."""
    now = summed(state.sums)
    first = past.points[0] if past.points else None
    minutes = max((state.at - first.at).total_seconds(), 1.0) / 60 if first else 1.0
    pairs = {(agency, recipient) for agency, recipient, _ in now if recipient != BUS}
    late = lags(state, settings)
    cells = {}
    for agency, recipient in pairs:
        owed, waiting = now[agency, recipient, "owed"], now[agency, recipient, "waiting"]
        grown = owed - first.sums[agency, recipient, "owed"] if first else 0
        refused = sum(now[agency, recipient, stage] for stage in REFUSED)
        lag = late.get(recipient, 0.0) if waiting else 0.0
        cells[agency, recipient] = Cell(owed, grown / minutes, waiting, lag, refused, past.seen.get((agency, recipient)))
    return Flow(sorted({agency for agency, _ in pairs}), sorted({recipient for _, recipient in pairs}), cells)


def lags(state: State, settings: Settings) -> dict[str, float]:
    """By recipient: seconds that its oldest message waits."""
    owners = {link.title: link.agency for link in settings.outlet}
    found: dict[str, float] = {}
    for (link, _), age in ((state.vitals and state.vitals.oldest) or {}).items():
        recipient = owners.get(link, link.removeprefix("receipts/"))
        found[recipient] = max(age, found.get(recipient, 0.0))
    return found
