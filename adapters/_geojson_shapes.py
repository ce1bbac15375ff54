"""What of a record can be drawn on a map."""

import json
from itertools import pairwise
from typing import Any

from adapters._geojson_read import PLACES, Tree, checked
from bridge import Incident, Malformed, ResourceState, geo, losses, text


def take(cls: type[Any], tree: Tree) -> Tree | None:
    """The reverse of ``put``: a location's own geometry if it is a valid one, else its point, else a position."""
    place = tree.get(PLACES.get(cls.__name__, ""), {})
    if geometry := drawable(place.get("geometry")):
        del place["geometry"]
        return geometry
    home, name = (tree, "position") if cls is ResourceState else (place, "point")
    if name not in home:
        return None
    where = [home[name].pop(part, None) for part in ("lon", "lat", "alt")]
    if not home[name]:
        del home[name]
    return {"type": "Point", "coordinates": where if where[2] is not None else where[:2]}


def drawable(words: Any) -> Tree | None:
    """The geometry of a location, if the text is a valid one; as a Point it would be taken for the location's point."""
    try:
        geometry = checked(text.read_json(words.encode()), "", [])
        text.read_json(text.write_json([[[geometry]]]))  # as deep as it will stand
    except (AttributeError, Malformed):
        return None
    return geometry if geometry["type"] != "Point" and losses.same(words, json.dumps(geometry), "geometry") else None


def picture(tree: Tree) -> Tree | None:
    """The picture of a record that has areas: where it is, and their outlines."""
    parts = shapes(tree)
    if not parts:
        return None
    place = tree.get("location", {})
    own = drawable(place.get("geometry")) or ("point" in place and take(Incident, {"location": {"point": {**place["point"]}}}))
    if own and own not in parts:
        parts.insert(0, own)
    if len(parts) == 1:
        return parts[0]
    if all(part["type"] == "Polygon" for part in parts):
        return {"type": "MultiPolygon", "coordinates": [part["coordinates"] for part in parts]}
    return {"type": "GeometryCollection", "geometries": parts}


def spots(found: Any) -> set[tuple[float, ...]]:
    """All positions of a geometry, to a tenth of a metre: a picture may be wound, joined and rounded otherwise and show the same."""
    if isinstance(found, dict):
        return spots(found.get("coordinates", found.get("geometries")))
    if found and not isinstance(found[0], list | dict):
        return {(round(found[0], 6), round(found[1], 6))}
    return {spot for part in found for spot in spots(part)}


def shapes(tree: Tree) -> list[Tree]:
    """The valid outlines of a record's areas, each once."""
    found: list[Tree] = [{"type": "Polygon", "coordinates": polygon} for area in areas(tree) for polygon in outlines(area)]
    found += [{"type": "Point", "coordinates": [lon, lat]} for (lat, lon), _ in circles(tree)]
    return [shape for index, shape in enumerate(found) if shape not in found[:index]]


def areas(tree: Tree) -> list[Tree]:
    """The areas of an Alert's infos and of an Incident's zones."""
    found = [area for info in listed(tree, "infos", dict) for area in listed(info, "areas", dict)]
    return found + [zone["area"] for zone in listed(tree, "zones", dict) if isinstance(zone.get("area"), dict)]


def circles(tree: Tree) -> list[tuple[geo.Pair, float]]:
    """The circles of a record's areas: centre, and radius in kilometres."""
    return [circle for area in areas(tree) for words in listed(area, "circles", str) if (circle := valid(geo.circle, words))]


def outlines(area: Tree) -> list[list[Any]]:
    """The polygons of an area, each hole in the one around it, all turned as RFC 7946 section 3.1.6 wants them."""
    rings, holes = (
        [ring for words in listed(area, name, str) if (ring := valid(geo.ring, words)) and len(ring) > 3 and ring[0] == ring[-1]]
        for name in ("polygons", "holes")
    )
    polygons = [[ring] for ring in rings]
    for hole in holes:
        if around := next((polygon for polygon in polygons if inside(hole[0], polygon[0])), None):
            around.append(hole)
    return [[[[lon, lat] for lat, lon in turned(ring, outer=index == 0)] for index, ring in enumerate(polygon)] for polygon in polygons]


def valid(read: Any, words: str) -> Any:
    """What CAP's text of an outline says, if it is one."""
    try:
        return read(words, "")
    except Malformed:
        return None


def turned(ring: list[geo.Pair], *, outer: bool) -> list[geo.Pair]:
    """The ring: an outer one counterclockwise, a hole clockwise."""
    twice_area = sum(a[1] * b[0] - b[1] * a[0] for a, b in pairwise(ring))
    return ring if (twice_area > 0) == outer else ring[::-1]


def inside(point: geo.Pair, ring: list[geo.Pair]) -> bool:
    """Whether a ring goes around a point: a ray from it crosses the ring an odd number of times."""
    lat, lon = point
    crossed = [b[1] + (lat - b[0]) / (a[0] - b[0]) * (a[1] - b[1]) > lon for a, b in pairwise(ring) if (a[0] > lat) != (b[0] > lat)]
    return sum(crossed) % 2 == 1


def listed(found: Tree, name: str, kind: type) -> list[Any]:
    """What of a list is of a kind; the rest is for the model to refuse."""
    inner = found.get(name)
    return [each for each in inner if isinstance(each, kind)] if isinstance(inner, list) else []
