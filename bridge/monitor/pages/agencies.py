"""Who is there: hubs with their presence and clocks, agencies with their links, versions, drift and whom to call."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from bridge.monitor.state import State
from bridge.settings import Settings


class Hub(NamedTuple):
    """One hub."""

    name: str
    state: str
    since: str
    offset: float | None
    """Seconds that its clock is ahead of ours."""
    agencies: Sequence[str]
    backlog: int | None
    heard: str


class Way(NamedTuple):
    """One link of an agency."""

    name: str
    direction: str
    up: bool | None
    """Nothing if nobody knows."""
    silence: float
    drift: int
    refusals: int


@dataclass(frozen=True, slots=True)
class Agency:
    """One agency of this hub."""

    id: str
    name: str
    contact: str
    ways: Sequence[Way]
    speaks: Sequence[Mapping[str, Any]]
    """What it sends and takes, with the versions."""


@dataclass(frozen=True, slots=True)
class Agencies:
    """The page."""

    hubs: Sequence[Hub]
    agencies: Sequence[Agency]


def agencies(state: State, settings: Settings) -> Agencies:
    """The page of one moment."""
    hubs = [hub(each) for each in state.hubs]
    rows = [row for each in state.hubs for row in each["capabilities"]]
    refused: dict[str, int] = {}
    for (link, _), many in state.refusals.items():
        refused[link] = refused.get(link, 0) + many
    links = {link.name: link for link in state.vitals.links} if state.vitals else {}

    def ways(agency: str) -> list[Way]:
        found = [(link.title, "in") for link in settings.inlet if link.agency == agency]
        found += [(link.title, "out") for link in settings.outlet if link.agency == agency]
        return [
            Way(
                name,
                way,
                seen.up if (seen := links.get(name)) else None,
                seen.silence if seen else 0.0,
                state.drift.get(name, 0),
                refused.get(name, 0),
            )
            for name, way in found
        ]

    return Agencies(
        hubs, [Agency(one.id, one.name, one.contact, ways(one.id), [row for row in rows if row["agency"] == one.id]) for one in settings.agency]
    )


def hub(view: Mapping[str, Any]) -> Hub:
    """One hub, as its presence says."""
    said = (str(view[name] or "") for name in ("since", "last_message_at"))
    since, heard = said
    return Hub(view["hub"], view["state"], since, view["clock_offset_seconds"], view["agencies"], view["backlog"], heard)
