"""Areas: which messages concern an agency by their place (DESIGN section 5). A place that cannot be judged concerns everybody.

shapely is planar: everything is projected around each piece of the area, so that metres are right where they matter. A message too
many is a nuisance, a message too few a catastrophe: what is unreadable, too large or of an unknown schema passes.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Any, NamedTuple, Self

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from bridge import codes, geo, kinds
from bridge.envelope import record_of
from bridge.errors import ConfigError
from bridge.records import Area, Envelope, Location, ResourceState
from bridge.text import read_json

Floats = NDArray[np.float64]
Place = tuple[BaseGeometry, float]
"""A geometry in degrees (longitude, latitude), and how far around it reaches in metres."""
AXIS, FLATTENING = 6378137.0, 1 / 298.257223563  # WGS-84
POLYGON = 3  # GEOS: points, lines and rings come before it, what has parts behind it
OPENED = 64 * 1024
"""Bytes of the largest record that is opened for its places."""
STEP, LONGEST = 0.1, 4_000.0
"""Degrees: a longer edge is bent as the ground is; a longer outline altogether is not judged."""
LEVELS = ((9, 12), (6, 9), (4, 6), (2, 4), (0, 2))
"""Where a division code says village, township, county, prefecture and province (GB/T 2260, GB/T 10114)."""


class Places(NamedTuple):
    """Where a message belongs."""

    stems: frozenset[str]
    shapes: NDArray[Any]
    """Geometries in degrees."""
    reaches: Floats
    """Metres that each of them reaches around itself."""
    unclear: bool = False
    """Whether it also belongs where we cannot tell."""


def stems(code: str) -> frozenset[str]:
    """What a division code and its successor begin with: 330400 is 3304, the nation is nothing; empty if it is no such code."""
    if len(code) < 6 or not (code.isascii() and code.isdigit()):
        return frozenset()
    successor = (codes.load("gb-2260").means(code[:6]) or "").rpartition(":")[2]
    return frozenset(_stem(each) for each in (code, successor) if each)


def _stem(code: str) -> str:
    return next((code[:end] for start, end in LEVELS if code[start:end].strip("0")), "")


def places(envelope: Envelope) -> Places:
    """Where a message belongs: by its area of address, and unless that stands for roles, by the places of its record."""
    try:
        stated = list(_stated(envelope))
        found = _shaped(frozenset(chain.from_iterable(map(stems, _codes(stated)))), list(_geometries(stated)))
        return found._replace(unclear=found.unclear or any(map(_untold, stated)))
    except Exception:  # noqa: BLE001  beside what is refused or unknown: hostile geometry makes numpy and GEOS raise whatever lies nearest
        return _nowhere(unclear=True)


def whereabouts(stated: Iterable[Area | Location]) -> Places:
    """Where these lie, for maps: edges as they were said, a position is a point however exact. Unclear if one of them cannot be judged."""
    try:
        exact = [(shape, reach if isinstance(each, Area) else 0.0) for each in stated for shape, reach in _geometries([each])]
        return _shaped(frozenset(), exact, bend=False)
    except Exception:  # noqa: BLE001  as above
        return _nowhere(unclear=True)


def _nowhere(found: frozenset[str] = frozenset(), *, unclear: bool) -> Places:
    return Places(found, np.empty(0, object), np.empty(0), unclear)


def _stated(envelope: Envelope) -> Iterator[Area | Location]:
    if envelope.area:
        yield envelope.area
        if envelope.recipient_roles:
            return
    if len(envelope.payload) > OPENED:
        raise ValueError("too large to be opened for its places")
    record = record_of(envelope)
    yield from kinds.areas(record)
    yield from filter(None, (getattr(record, name) for name in kinds.PLACES[type(record)]))
    if isinstance(record, ResourceState):
        yield Location(point=record.position)


def _untold(each: Area | Location) -> bool:
    """Whether it is an area of words or of codes that nobody here knows: beside others that can be judged it still counts."""
    return isinstance(each, Area) and not (each.polygons or each.circles or any(map(stems, _codes([each]))))


def _codes(stated: Iterable[Area | Location]) -> Iterator[str]:
    for each in stated:
        if isinstance(each, Area):
            yield from (code.code for code in each.geocodes if code.scheme in kinds.DIVISION_SCHEMES)
        elif each.address and each.address.admin_code:
            yield each.address.admin_code


def _geometries(stated: Iterable[Area | Location]) -> Iterator[Place]:
    for each in stated:
        if isinstance(each, Area):
            yield from drawn(each.polygons, each.circles, each.holes)
            continue
        if each.point:
            yield shapely.Point(each.point.lon, each.point.lat), max(each.point.accuracy_m or 0.0, 0.0)
        if each.geometry:
            read_json(each.geometry.encode())  # GEOS would take NaN, and any depth
            yield shapely.from_geojson(each.geometry), 0.0


def drawn(polygons: Iterable[str], circles: Iterable[str], holes: Iterable[str] = ()) -> Iterator[Place]:
    """CAP polygons and circles. ``Malformed`` or ``ValueError`` if one is none."""
    cut = [_outline(hole) for hole in holes]
    for polygon in polygons:
        yield shapely.Polygon(_outline(polygon), cut), 0.0
    for circle in circles:
        (lat, lon), reach = geo.circle(circle, "circle")
        yield shapely.Point(lon, lat), reach * 1000


def _outline(polygon: str) -> Floats:
    return np.array(geo.ring(polygon, "polygon"))[:, ::-1]


def _shaped(found: frozenset[str], stated: list[Place], *, bend: bool = True) -> Places:
    shapes, reaches = np.array([shape for shape, _ in stated], object), np.array([reach for _, reach in stated], float)
    for _ in range(2):  # a collection of shapes of many parts
        shapes, index = shapely.get_parts(shapes, return_index=True)
        reaches = reaches[index]
    shapes, reaches = shapes[~shapely.is_empty(shapes)], reaches[~shapely.is_empty(shapes)]
    if not len(shapes):
        return _nowhere(found, unclear=False)
    corners = shapely.get_coordinates(shapes)
    west, _, east, _ = shapely.bounds(shapes).T
    on_earth = bool((np.abs(corners) <= (360, 90)).all())  # also false of what is no number
    outline = shapely.length(shapes).sum()
    nested = (shapely.get_type_id(shapes) > POLYGON).any()
    if nested or not on_earth or (east - west).max() >= 360 or outline > LONGEST:
        return _nowhere(found, unclear=True)
    whole = shapely.transform(shapes, _whole) if outline else shapes
    return Places(found, bent(whole) if outline and bend else whole, reaches)


def _whole(corners: Floats) -> Floats:
    """Corners whose edges go the short way, also over the date line."""
    return np.column_stack((np.unwrap(corners[:, 0], period=360), corners[:, 1]))


def bent(shapes: NDArray[Any]) -> NDArray[Any]:
    """The shapes without long edges. Ring by ring: given a polygon, GEOS mends it first, and that may take for ever."""
    solid = shapely.get_type_id(shapes) == POLYGON
    found = np.empty(len(shapes), object)
    found[~solid] = shapely.segmentize(shapes[~solid], STEP)
    rings = shapely.segmentize(shapely.get_exterior_ring(shapes[solid]), STEP)
    pierced = shapely.get_num_interior_rings(shapes[solid]) > 0
    made = np.empty(len(rings), object)
    made[~pierced] = shapely.polygons(rings[~pierced])
    made[pierced] = [shapely.Polygon(ring, shape.interiors) for ring, shape in zip(rings[pierced], shapes[solid][pierced], strict=True)]
    found[solid] = made
    return found


class Plane(NamedTuple):
    """A plane that touches the Earth at a point: metres from there, to 0.1 % within some 300 km (azimuthal equidistant)."""

    lat: float
    lon: float
    """Of the point, in radians."""

    @classmethod
    def around(cls, shape: BaseGeometry) -> Self:
        """The plane in the middle of a shape's corners."""
        lon, lat = np.radians(shapely.get_coordinates(shape)).T
        x, y, z = (np.cos(lat) * np.cos(lon)).mean(), (np.cos(lat) * np.sin(lon)).mean(), np.sin(lat).mean()
        return cls(float(np.arctan2(z, np.hypot(x, y))), float(np.arctan2(y, x)))

    def __call__(self, corners: Floats) -> Floats:
        """Longitude and latitude in degrees, as metres east and north."""
        lon, lat = np.radians(corners).T
        sin, cos, turn = np.sin(self.lat), np.cos(self.lat), lon - self.lon
        east, north = np.cos(lat) * np.sin(turn), cos * np.sin(lat) - sin * np.cos(lat) * np.cos(turn)
        sine = np.hypot(east, north)
        angle = np.arctan2(sine, sin * np.sin(lat) + cos * np.cos(lat) * np.cos(turn))
        stretch = np.where(sine > 1e-12, angle / np.maximum(sine, 1e-12), 1.0)
        opposite = np.where((sine <= 1e-12) & (angle > 1), np.pi, 0.0)
        squashed = 1 - FLATTENING * (2 - FLATTENING) * sin**2
        across = AXIS / np.sqrt(squashed)
        along = across * (1 - FLATTENING) ** 2 / squashed
        return np.column_stack((east * stretch * across, (north * stretch + opposite) * along))

    def back(self, metres: Floats) -> Floats:
        """The reverse: longitude runs on over the date line."""
        sin, cos = np.sin(self.lat), np.cos(self.lat)
        squashed = 1 - FLATTENING * (2 - FLATTENING) * sin**2
        across = AXIS / np.sqrt(squashed)
        east, north = metres.T / np.array([[across], [across * (1 - FLATTENING) ** 2 / squashed]])
        angle = np.hypot(east, north)
        stretch = np.sinc(angle / np.pi)
        lat = np.arcsin(np.clip(sin * np.cos(angle) + cos * north * stretch, -1, 1))
        lon = self.lon + np.arctan2(east * stretch, cos * np.cos(angle) - sin * north * stretch)
        found: Floats = np.degrees(np.column_stack((lon, lat)))
        return found


class Piece(NamedTuple):
    """A part of an area, in a plane of its own."""

    plane: Plane
    shape: BaseGeometry
    """In metres, prepared."""
    reach: float


@dataclass(frozen=True, slots=True)
class Territory:
    """An agency's area: shapes and divisions, and how near is near enough."""

    pieces: tuple[Piece, ...]
    stems: frozenset[str]

    @classmethod
    def of(cls, polygons: Iterable[str], circles: Iterable[str], divisions: Iterable[str], within: float) -> Self:
        """From CAP's words and division codes; ``within`` in metres. ``ConfigError`` if an outline crosses itself or goes round the Earth."""
        pieces = tuple(_piece(shape, reach + within) for shape, reach in drawn(polygons, circles))
        return cls(pieces, frozenset(chain.from_iterable(map(stems, divisions))))

    def concerns(self, found: Places) -> bool:
        """Whether one of the places is near enough, or none of them can be judged."""
        judged = False
        if self.stems and found.stems:
            judged = True
            if any(one.startswith(other) or other.startswith(one) for one in self.stems for other in found.stems):
                return True
        if self.pieces and len(found.shapes):
            judged = True
            if any(_near(piece, found) for piece in self.pieces):
                return True
        return found.unclear or not judged


def _piece(shape: BaseGeometry, reach: float) -> Piece:
    whole = shapely.transform(shape, _whole)
    if not whole.is_valid:
        raise ConfigError(f"an area has an outline that is none: {shapely.is_valid_reason(whole)}")
    plane = Plane.around(whole)
    flat = shapely.transform(bent(np.array([whole], object))[0], plane)
    shapely.prepare(flat)
    return Piece(plane, flat, reach)


def _near(piece: Piece, found: Places) -> bool:
    shapes = shapely.transform(found.shapes, piece.plane)
    return bool(shapely.dwithin(piece.shape, shapes, found.reaches + piece.reach).any())
