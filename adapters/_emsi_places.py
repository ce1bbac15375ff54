"""Places of EMSI: points, figures and zones, both ways."""

import json
import math
from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

from adapters._emsi_codes import spoken, utc
from adapters._emsi_forms import unworded, worded
from adapters._emsi_grammar import Tree
from bridge import Area, GeoPoint, Rejected, Unsupported, Zone, geo, losses

if TYPE_CHECKING:
    from adapters.emsi import Emsi


FIGURES = {"POINT": "", "CIRCLE": "", "ELLIPSE": "", "POLYGON": "Polygon", "SURFACE": "Polygon", "LINE": "LineString", "GRID": "MultiPoint"}
"""The types of a position, and the GeoJSON they are."""
EARTH = 6371.0088
Corner = tuple[float, float, float | None]


def figure(spot: Tree, my: "Emsi") -> tuple[str, list[Corner]]:
    """The type of a position and its corners, in WGS 84."""
    corners = [] if "COORDSYS" in spot else spot.get("COORD", [])
    points = [(*map(float, geo.from_datum(my.datum, each["LAT"], each["LONG"])), each.get("HEIGHT")) for each in corners]
    kind = spot.get("TYPE", "").upper()
    kind = kind if kind in FIGURES else "POINT" if len(points) == 1 else ""
    if FIGURES.get(kind) == "Polygon" and points and points[0] != points[-1]:
        points.append(points[0])
    return (kind, points) if points else ("", [])


def corner(lat: float, lon: float, alt: float | None, my: "Emsi") -> Tree:
    """A COORD; one that the datum would not bring back, at the edge of its realm, cannot be said."""
    north, east = geo.to_datum(my.datum, lat, lon)
    back = geo.from_datum(my.datum, north, east)
    if abs(back[0] - lat) + abs(back[1] - lon) > geo.CLOSE:
        raise Unsupported("cannot-say", "COORD", format="emsi", reason=f"{my.datum} does not reach there")
    return {"LAT": north, "LONG": east} | spoken(HEIGHT=alt)


def take_point(spot: Tree, _: str, my: "Emsi") -> GeoPoint | None:
    """A point, or the centre of a circle."""
    kind, points = figure(spot, my)
    if kind not in ("POINT", "CIRCLE"):
        return None
    lat, lon, alt = points[0]
    return GeoPoint(lat=lat, lon=lon, alt=alt)


def give_point(point: GeoPoint, _: str, my: "Emsi") -> Tree:
    """The reverse; beside a point there is no room for a geometry."""
    return {"TYPE": "POINT", "COORD": [corner(point.lat, point.lon, point.alt, my)]}


def take_geometry(spot: Tree, _: str, my: "Emsi") -> str | None:
    """The GeoJSON of a position of several corners."""
    kind, points = figure(spot, my)
    line = [[lon, lat] if alt is None else [lon, lat, alt] for lat, lon, alt in points]
    return sketched(kind, line) if FIGURES.get(kind) and len(points) > 1 else None


def sketched(kind: str, line: list[Any]) -> str:
    """The GeoJSON of a position."""
    return json.dumps({"type": FIGURES[kind], "coordinates": [line] if FIGURES[kind] == "Polygon" else line})


def give_geometry(geometry: str, _: str, my: "Emsi") -> Tree:
    """TYPE and COORD, if it is one line or ring and would be read as it is."""
    try:
        shape = geo.moved(json.loads(geometry), lambda lat, lon: (lat, lon))
    except (ValueError, RecursionError, Rejected):
        return {}
    kind = next((kind for kind, name in FIGURES.items() if name == shape["type"]), "")
    line = shape.get("coordinates", [])
    line = line if kind != "POLYGON" else line[0] if len(line) == 1 and line[0] and line[0][0] == line[0][-1] else []
    flat = all(isinstance(each, list) and len(each) in (2, 3) and isinstance(each[0], float) for each in line)
    if not kind or not flat or len(line) < 2 or not losses.same(geometry, sketched(kind, line), "geometry"):
        return {}
    return {"TYPE": kind, "COORD": [corner(each[1], each[0], each[2] if len(each) == 3 else None, my) for each in line]}


def moment(part: Tree) -> datetime | None:
    """The time of a part."""
    return datetime.fromisoformat(part["DATIME"]) if "DATIME" in part else None


def take_zones(egeos: list[Tree], _: str, my: "Emsi") -> tuple[Zone, ...]:
    """All EGEOs but the first; neighbours of one kind and LOC_ID are one zone of several shapes."""
    found: list[Tree] = []
    before = None
    for egeo in egeos[1:]:
        spot, shapes = egeo.get("POSITION", {}), outline(egeo.get("POSITION", {}), my)
        ident = [*map(egeo.get, ("TYPE", "DATIME", "FREETEXT")), spot.get("NAME"), spot["LOC_ID"]] if shapes and "LOC_ID" in spot else None
        if ident and ident == before:
            area = found[-1]["area"]
            area |= {name: area.get(name, []) + shape for name, shape in shapes.items()}
            continue
        before = ident
        kind = unworded("egeo-type", egeo.get("TYPE", ""), egeo.get("FREETEXT"))
        found.append(dict(kind=kind, at=moment(egeo), area=spoken(description=spot.get("NAME")) | shapes))
    return tuple(Zone.model_validate(zone) for zone in found)


def give_zones(zones: tuple[Zone, ...], _: str, my: "Emsi") -> list[Tree]:
    """An EGEO for every shape."""
    if not all(zone.kind.scheme or zone.kind.code for zone in zones):
        raise Unsupported("empty", "zones.kind")
    egeos: list[Tree] = [{}]
    for index, zone in enumerate(zones, 1):
        said = spoken(TYPE=worded("egeo-type", zone.kind), DATIME=zone.at and utc(zone.at), FREETEXT=zone.kind.label)
        shapes = list(outlines(zone.area, my)) or [{}]
        spot = spoken(NAME=zone.area.description, LOC_ID=f"zone-{index}" if len(shapes) > 1 else None)
        egeos += [said | {"POSITION": spot | shape} for shape in shapes]
    return egeos


def outline(spot: Tree, my: "Emsi") -> Tree:
    """Polygons and circles of a zone; a point is a circle without radius."""
    kind, points = figure(spot, my)
    if FIGURES.get(kind) == "Polygon":
        return {"polygons": [geo.polygon([(lat, lon) for lat, lon, _ in points])]}
    radius = 0.0 if kind == "POINT" else distance(*spot["COORD"]) if kind == "CIRCLE" and len(points) == 2 else math.inf
    return {"circles": [f"{points[0][0]!r},{points[0][1]!r} {round(radius, 9)!r}"]} if radius <= EARTH else {}


def outlines(area: Area, my: "Emsi") -> Iterator[Tree]:
    """The reverse: TYPE and COORD of every shape. A circle is its centre and the point due north or south of it."""
    for shape in area.polygons:
        ring = geo.ring(shape, "zones.area.polygons")
        if ring[0] != ring[-1]:
            raise Unsupported("wrong-value", "zones.area.polygons", value=shape, wanted="a closed ring")
        yield {"TYPE": "POLYGON", "COORD": [corner(lat, lon, None, my) for lat, lon in ring]}
    for shape in area.circles:
        (lat, lon), radius = geo.circle(shape, "zones.area.circles")
        if radius > EARTH:
            raise Unsupported("wrong-value", "zones.area.circles", value=shape, wanted="a circle on Earth")
        centre = corner(lat, lon, None, my)
        edge = centre | {"LAT": centre["LAT"] + math.copysign(math.degrees(radius / EARTH), -lat)}
        yield {"TYPE": "CIRCLE", "COORD": [centre, edge]} if radius else {"TYPE": "POINT", "COORD": [centre]}


def distance(one: Tree, other: Tree) -> float:
    """Kilometres between two corners, in the source's own datum: what distorts a place distorts its neighbour alike."""
    (lat, lon), (north, east) = ((math.radians(each["LAT"]), math.radians(each["LONG"])) for each in (one, other))
    chord = math.sin((north - lat) / 2) ** 2 + math.cos(lat) * math.cos(north) * math.sin((east - lon) / 2) ** 2
    return 2 * EARTH * math.asin(min(1, math.sqrt(chord)))
