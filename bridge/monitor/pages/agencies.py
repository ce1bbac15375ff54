"""Who is there: hubs with their presence and clocks, agencies with their links, versions, drift and whom to call."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

from bridge.monitor.state import State
from bridge.settings import Agency as Named
from bridge.settings import Settings

MOST = 50
"""Drifting fields of an agency that are shown."""


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
    software: str
    """What it runs, with the version; empty if it has not said."""


class Way(NamedTuple):
    """One link of an agency."""

    name: str
    direction: str
    up: bool | None
    """Nothing if nobody knows."""
    silence: float
    drift: int
    refusals: int


class Drift(NamedTuple):
    """A field that is not as the adapter knows it."""

    format: str
    field: str
    what: str
    types: str
    first: datetime
    last: datetime
    many: int


@dataclass(frozen=True, slots=True)
class Agency:
    """One agency of this hub."""

    id: str
    name: str
    contact: str
    ways: Sequence[Way]
    speaks: Sequence[Mapping[str, Any]]
    """What it sends and takes, with the versions."""
    drifts: Sequence[Drift]
    """How its formats have drifted, the newest first."""
    more: int
    """Drifting fields that are not shown."""


@dataclass(frozen=True, slots=True)
class Agencies:
    """The page."""

    hubs: Sequence[Hub]
    agencies: Sequence[Agency]


def agencies(state: State, drifts: Sequence[Mapping[str, Any]], settings: Settings) -> Agencies:
    """The page of one moment; ``drifts`` as ``drift.merged`` gives them."""
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

    def shown(one: Named) -> Agency:
        found = [drift(row) for row in drifts if row["agency"] == one.id]
        speaks = [row for row in rows if row["agency"] == one.id]
        return Agency(one.id, one.name, one.contact, ways(one.id), speaks, found[:MOST], max(0, len(found) - MOST))

    return Agencies(hubs, [shown(one) for one in settings.agency])


def drift(row: Mapping[str, Any]) -> Drift:
    """One field; its times are milliseconds since 1970."""
    first, last = (datetime.fromtimestamp(row[name] / 1000, UTC) for name in ("first", "last"))
    return Drift(row["format"], row["field"], row["what"], row["types"], first, last, row["many"])


def hub(view: Mapping[str, Any]) -> Hub:
    """One hub, as its presence says."""
    said = (str(view[name] or "") for name in ("since", "last_message_at"))
    since, heard = said
    return Hub(view["hub"], view["state"], since, view["clock_offset_seconds"], view["agencies"], view["backlog"], heard, view["software"] or "")
