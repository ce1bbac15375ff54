"""Marks that would lie upon each other, drawn as one: for the whole world at one zoom, and a part of it."""

import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from bridge.monitor.pages.map import Mark

CELL, SPAN = 44, 256
"""Pixels of the square in which marks are drawn as one, and of the world at zoom 0."""
APART = 17
"""Zoom from which on nothing is drawn together, unless there is too much of it."""
DRAWN = 1500
"""Marks and areas that are drawn alone in one answer; those beyond are drawn together, so that nothing is missing."""
Box = tuple[float, float, float, float]
"""West, south, east, north."""


class Cluster(NamedTuple):
    """Marks of one kind that would lie upon each other."""

    kind: str
    lon: float
    lat: float
    many: int
    grade: int | None
    """The gravest."""
    box: Box


class Groups(NamedTuple):
    """The whole world at one zoom: marks that stand alone, and clusters."""

    alone: Sequence[Mark]
    clusters: Sequence[Cluster]
    zoom: int

    def within(self, box: Box) -> "Groups":
        """A part of the world; a warning's area belongs to every part."""
        alone = [each for each in self.alone if each.outline is not None or inside(each.lon or 0.0, each.lat or 0.0, box)]
        lone, together = bundled(alone[DRAWN:], self.zoom)
        return Groups([*alone[:DRAWN], *lone], [*(each for each in self.clusters if inside(each.lon, each.lat, box)), *together], self.zoom)


def grouped(marks: Iterable[Mark], zoom: int) -> Groups:
    """Marks that would lie upon each other are one."""
    placed = [each for each in marks if each.lon is not None and each.lat is not None]
    apart = [each for each in placed if each.outline is not None or zoom >= APART]
    lone, clusters = bundled([each for each in placed if each.outline is None and zoom < APART], zoom)
    return Groups(apart + lone, clusters, zoom)


def bundled(marks: Iterable[Mark], zoom: int) -> tuple[list[Mark], list[Cluster]]:
    """Those that are alone in their square, and the others as clusters."""
    cells: dict[tuple[str, int, int], list[Mark]] = {}
    for each in marks:
        x, y = pixels(each.lon or 0.0, each.lat or 0.0, zoom)
        cells.setdefault((each.kind, int(x // CELL), int(y // CELL)), []).append(each)
    return [found[0] for found in cells.values() if len(found) == 1], [cluster(found) for found in cells.values() if len(found) > 1]


def cluster(marks: Sequence[Mark]) -> Cluster:
    """Marks as one, in their middle."""
    lons, lats = [each.lon or 0.0 for each in marks], [each.lat or 0.0 for each in marks]
    grade = min((each.grade for each in marks if each.grade), default=None)
    box = (min(lons), min(lats), max(lons), max(lats))
    return Cluster(marks[0].kind, round(sum(lons) / len(lons), 6), round(sum(lats) / len(lats), 6), len(marks), grade, box)


def inside(lon: float, lat: float, box: Box) -> bool:
    """Whether a point lies in a part of the world."""
    west, south, east, north = box
    return south <= lat <= north and (west <= lon <= east or west <= lon + 360 <= east or west <= lon - 360 <= east)


def pixels(lon: float, lat: float, zoom: int) -> tuple[float, float]:
    """Where a point is on a map in Mercator's projection."""
    size = SPAN * 2.0**zoom
    sine = math.sin(math.radians(max(-85.0, min(85.0, lat))))
    return size * (lon + 180) / 360, size * (0.5 - math.log((1 + sine) / (1 - sine)) / (4 * math.pi))
