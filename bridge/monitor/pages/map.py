"""What is where: incidents, resources and the areas of warnings, near ones drawn together."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple

import shapely

from bridge import features
from bridge.finding import Seen
from bridge.records import Incident, Mode, ResourceState

KINDS: Final = frozenset({"incident", "resource", "resource-state", "alert"})
MODES: Final[tuple[Mode, ...]] = ("Actual", "Exercise", "Test")
OVER: Final = frozenset({"ended", "expired"})
"""What is on no map any more."""
ROWS = 200
"""Lines of the table."""


class Mark(NamedTuple):
    """A subject on the map."""

    id: str
    kind: str
    title: str
    family: str
    grade: int | None
    state: str
    """A code of ours, such as IncidentState.Confirmed; empty if none is known."""
    status: str
    mode: Mode
    agency: str
    sent_at: datetime
    lon: float | None
    lat: float | None
    outline: dict[str, Any] | None
    """Of a warning, as GeoJSON."""


@dataclass(frozen=True, slots=True)
class Map:
    """The table beside the map."""

    incidents: Sequence[Mark]
    alerts: Sequence[Mark]
    resources: Sequence[tuple[str, int]]
    """By state, the most frequent first."""
    more: int
    """Lines that are not shown."""
    unplaced: int
    ready: bool


def mark(seen: Seen) -> Mark:
    """A subject."""
    entry, said, shapes = seen.entry, seen.entry.envelope, seen.position.shapes
    record, state = entry.record, seen.state.record if seen.state else entry.record
    code = f"IncidentState.{record.lifecycle}" if isinstance(record, Incident) else ""
    code = f"Availability.{state.availability}" if isinstance(state, ResourceState) else code
    middle = shapely.GeometryCollection(list(shapes)).centroid if shapes else None
    return Mark(
        f"{said.mode}/{said.kind}/{said.subject}",
        "resource" if said.kind == "resource-state" else said.kind,
        entry.title or said.subject,
        entry.family,
        entry.grade,
        code,
        seen.status,
        said.mode,
        said.agency,
        said.sent_at,
        None if middle is None or middle.is_empty else round(middle.x, 6),
        None if middle is None or middle.is_empty else round(middle.y, 6),
        features.geometry(seen) if said.kind == "alert" and shapes else None,
    )


def table(marks: Sequence[Mark], *, ready: bool) -> Map:
    """The same without a map: the gravest first."""
    ordered = sorted(marks, key=lambda each: (each.status != "current", each.grade or 5, -each.sent_at.timestamp()))
    incidents, alerts = ([each for each in ordered if each.kind == kind] for kind in ("incident", "alert"))
    states = Counter(each.state or "Availability.Unknown" for each in marks if each.kind == "resource")
    more = max(0, len(incidents) - ROWS) + max(0, len(alerts) - ROWS)
    return Map(incidents[:ROWS], alerts[:ROWS], states.most_common(), more, sum(each.lon is None for each in marks), ready)
