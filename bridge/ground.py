"""Shapes on the ground: which lie in a box, which near a point, how far and in which direction."""

from collections.abc import Hashable, Iterable, Sequence
from typing import Any, Generic, NamedTuple, TypeVar

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from bridge.area import AXIS, FLATTENING, Floats, Place, Plane, bent

Key = TypeVar("Key", bound=Hashable)
Box = tuple[float, float, float, float]
"""West, south, east, north in degrees; west of the date line is east of it where west is the greater (RFC 7946 section 5.2)."""
DEGREE, SLACK = 110_500.0, 1.01
"""The fewest metres of a degree of latitude, and how much wider than needed is looked."""
FAR = 10_000_000.0
"""Metres from which on a shape is as far as its nearest corner: around the antipode a plane turns inside out."""
NEAR, ACROSS = 300_000.0, 19_500_000.0
"""Metres between which a plane is not enough, and an exact formula holds."""
CORNERS, WIDEST, POLE = 64, 2_000_000.0, 89.0
"""Of a drawn circle; metres of the largest radius, and the latitude that it may not pass."""
SMALL, PART = 64, 16
"""How many changed shapes are looked at one by one: so many, and one in so many of all."""


def drawn(shapes: Iterable[Place]) -> list[BaseGeometry]:
    """The shapes themselves: a point that reaches around itself becomes a polygon, never smaller. ``ValueError`` if one is too large for that."""
    return [disc(shape, reach) if reach else shape for shape, reach in shapes]


def disc(middle: BaseGeometry, reach: float) -> BaseGeometry:
    """A circle of ``reach`` metres."""
    (lon, lat) = shapely.get_coordinates(middle)[0]
    if not reach <= WIDEST or abs(lat) + reach / DEGREE > POLE:
        raise ValueError("no circle on a map")
    turn = np.linspace(0, 2 * np.pi, CORNERS + 1)
    corners = Plane(np.radians(lat), np.radians(lon)).back(np.column_stack((np.sin(turn), np.cos(turn))) * reach / np.cos(np.pi / CORNERS))
    corners[-1] = corners[0]
    return shapely.Polygon(corners)


def whole(shapes: Sequence[BaseGeometry]) -> BaseGeometry | None:
    """The shapes as one, its long edges bent as the ground is; nothing if there are none."""
    parts: Sequence[BaseGeometry] = list(bent(np.array(shapes, object))) if len(shapes) else []
    return None if not len(parts) else parts[0] if len(parts) == 1 else shapely.GeometryCollection(parts)


class Way(NamedTuple):
    """From a point to a shape."""

    metres: float
    bearing: float
    """Degrees from north, clockwise, at the point; 0 inside the shape."""


def ways(lon: float, lat: float, shapes: Sequence[BaseGeometry]) -> list[Way]:
    """To the nearest point of each: right to 0.1 %, but some 0.5 % of the way to the antipode."""
    if not shapes:
        return []
    plane, every = Plane(np.radians(lat), np.radians(lon)), np.array(shapes, object)
    dots, nearest = shapely.get_type_id(every) == 0, np.empty((len(every), 2))
    nearest[dots] = plane(shapely.get_coordinates(every[dots]))
    if not dots.all():
        nearest[~dots] = _nearest(shapely.transform(every[~dots], plane))
    bearings, metres = np.degrees(np.arctan2(*nearest.T)) % 360, np.hypot(*nearest.T)
    long = (metres > NEAR) & (metres < ACROSS)
    metres[long] = _geodesics(lon, lat, plane.back(nearest[long]))
    return [Way(float(metres), float(bearing)) for metres, bearing in zip(metres, bearings, strict=True)]


def _nearest(flat: NDArray[Any]) -> Floats:
    """The nearest point of each shape in the plane; of one that is far, its nearest corner."""
    corners, index = shapely.get_coordinates(flat, return_index=True)
    order = np.lexsort((np.hypot(*corners.T), index))
    nearest: Floats = corners[order[np.unique(index[order], return_index=True)[1]]]
    near = np.hypot(*nearest.T) < FAR
    nearest[near] = shapely.get_coordinates(shapely.shortest_line(shapely.Point(0, 0), flat[near]))[1::2]
    return nearest


def _geodesics(lon: float, lat: float, corners: Floats) -> Floats:
    """Lambert's formula (1942): to some ten metres, but not next to the point or its antipode."""
    here, there = np.arctan((1 - FLATTENING) * np.tan(np.radians(lat))), np.arctan((1 - FLATTENING) * np.tan(np.radians(corners[:, 1])))
    turn, mean, half = np.radians(corners[:, 0] - lon), (here + there) / 2, (there - here) / 2
    angle = 2 * np.arcsin(np.sqrt(np.clip(np.sin(half) ** 2 + np.cos(here) * np.cos(there) * np.sin(turn / 2) ** 2, 0, 1)))
    x = (angle - np.sin(angle)) * (np.sin(mean) * np.cos(half) / np.cos(angle / 2)) ** 2
    y = (angle + np.sin(angle)) * (np.cos(mean) * np.sin(half) / np.sin(angle / 2)) ** 2
    found: Floats = AXIS * (angle - FLATTENING / 2 * (x + y))
    return found


class Ground(Generic[Key]):
    """Shapes by key, none of them empty. The tree is made anew when enough has changed: what changed since is looked at one by one."""

    def __init__(self) -> None:
        """Empty."""
        self.shapes: dict[Key, BaseGeometry] = {}
        self.tree, self.keys, self.changed = shapely.STRtree([]), list[Key](), set[Key]()

    def put(self, key: Key, shape: BaseGeometry | None) -> None:
        """In place of what was there."""
        if shape is not None:
            self.shapes[key] = shape
        elif self.shapes.pop(key, None) is None:
            return
        self.changed.add(key)

    def copy(self) -> "Ground[Key]":
        """As it is now: what is put into one is not in the other."""
        self._grow()
        found: Ground[Key] = Ground()
        found.shapes, found.tree, found.keys, found.changed = dict(self.shapes), self.tree, self.keys, set(self.changed)
        return found

    def touching(self, box: Box) -> set[Key]:
        """What has a part in a box."""
        self._grow()
        boxes = _boxes(box)
        places = np.unique(self.tree.query(boxes)[1])
        dots = shapely.get_type_id(self.tree.geometries[places]) == 0  # of a point the box says all
        sure = {self.keys[place] for place in places[dots]} - self.changed
        found = [key for key in {self.keys[place] for place in places[~dots]} | self.changed if key in self.shapes]
        shapes = np.array([self.shapes[key] for key in found], object)
        inside = np.zeros(len(found), bool)
        for each in boxes:
            inside |= shapely.distance(each, shapes) == 0  # unlike an intersection, never in trouble with an outline that crosses itself
        return sure.union(key for key, here in zip(found, inside, strict=True) if here)

    def near(self, lon: float, lat: float, metres: float) -> set[Key]:
        """What may be so near, and perhaps a little more: ``ways`` tell."""
        high = metres / DEGREE * SLACK
        if abs(lat) + high >= POLE:
            return set(self.shapes)
        wide = np.degrees(np.arcsin(min(1.0, np.sin(np.radians(min(high, 90))) / np.cos(np.radians(lat))))) * SLACK
        wide = 180.0 if high >= 90 else float(wide)
        self._grow()
        places = np.unique(self.tree.query(_boxes((lon - wide, lat - high, lon + wide, lat + high)))[1])
        return {key for key in self.changed.union(self.keys[place] for place in places) if key in self.shapes}

    def _grow(self) -> None:
        """A new tree, if enough has changed."""
        if len(self.changed) > max(SMALL, len(self.keys) // PART):
            self.keys, self.changed = list(self.shapes), set()
            self.tree = shapely.STRtree([self.shapes[key] for key in self.keys])


def _boxes(box: Box) -> NDArray[Any]:
    """The box and where it lies again, once round the Earth."""
    west, south, east, north = box
    east = east + 360 if east < west else east
    turns: Floats = np.array([-360.0, 0.0, 360.0])
    return np.asarray(shapely.box(west + turns, south, east + turns, north))
