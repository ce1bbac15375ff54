"""A feature read: its members, its geometry, and where records stand in it."""

import json
from typing import Any

from bridge import Alert, Incident, Invalid, Malformed, Resource, ResourceState, geo, native, text

Tree = dict[str, Any]
CLASSES: dict[str, type[Any]] = {cls.__name__: cls for cls in (Incident, Resource, ResourceState, Alert)}
IDS = {"Incident": ("incident", "incident_id"), "Resource": ("resource", "resource_id"), "ResourceState": ("resource", "resource_id")}
PLACES = {"Incident": "location", "Resource": "home_base"}
DEPTHS = {"Point": 0, "MultiPoint": 1, "LineString": 1, "MultiLineString": 2, "Polygon": 2, "MultiPolygon": 3}
NESTED, FINITE = 8, 1e300
WORLD = ("CRS84", "CRS84h", "EPSG::4326", "EPSG:4326", "EPSG::4490", "EPSG:4490")


def an_object(found: Any, at: str) -> Tree:
    """An object, also where there is none."""
    if not isinstance(found, dict | None):
        raise Malformed("wrong-shape", at, found=native.shape(found), wanted="an object")
    return found or {}


def members(found: Tree, known: tuple[str, ...], at: str, odd: list[str]) -> Tree:
    """What GeoJSON does not know here. Another reference system than its own would put everything elsewhere."""
    if found.get("crs") is not None:
        if not json.dumps(found["crs"]).rstrip('"}').endswith(WORLD):
            raise Invalid("wrong-value", f"{at}crs", value=json.dumps(found["crs"]), wanted="WGS 84 (RFC 7946 section 4)")
        odd.append(f"{at}crs: not in RFC 7946")
    return {native.pointer((name,)): value for name, value in found.items() if name not in (*known, "crs")}


def sayable(packed: str) -> Any:
    """The native value of an extension, nothing if JSON would not bring back just this."""
    value = native.unpack(packed)
    try:
        text.read_json(text.write_json([[[[value]]]]))  # as deep as it will stand
    except (Malformed, ValueError, RecursionError):
        return None
    return value if native.pack(value) == packed and value not in native.SILENT else None


def checked(found: Any, at: str, odd: list[str], level: int = 0) -> Tree:
    """A geometry, its rings closed."""
    kind = found.get("type") if isinstance(found, dict) else None
    if kind == "GeometryCollection" and isinstance(found.get("geometries"), list):
        if level == NESTED:
            raise Malformed("too-deep", at, limit=NESTED)
        return {**found, "geometries": [checked(part, f"{at}/geometries/{i}", odd, level + 1) for i, part in enumerate(found["geometries"])]}
    if not isinstance(kind, str) or kind not in DEPTHS:
        raise Malformed("wrong-shape", at, found=f"'{kind}'" if kind else native.shape(found), wanted="a GeoJSON geometry")
    return {**found, "coordinates": coordinates(found.get("coordinates"), kind, DEPTHS[kind], f"{at}/coordinates", odd)}


def coordinates(found: Any, kind: str, depth: int, at: str, odd: list[str]) -> Any:
    """Positions, nested as the kind of geometry demands."""
    if not isinstance(found, list):
        raise Malformed("wrong-shape", at, found=native.shape(found), wanted="a list")
    if depth == 0:
        if len(found) < 2 or not all(isinstance(each, int | float) and not isinstance(each, bool) and -FINITE < each < FINITE for each in found):
            raise Malformed("not-a-position", at, value=found)
        geo.checked(found[1], found[0], at)
        return found
    parts = [coordinates(part, kind, depth - 1, f"{at}/{index}", odd) for index, part in enumerate(found)]
    if depth > 1 or kind == "MultiPoint":
        return parts
    ring = kind.endswith("Polygon")
    if ring and parts and parts[0] != parts[-1]:
        odd.append(f"{at}: ring not closed")
        parts.append(parts[0])
    if len(parts) < (4 if ring else 2):
        raise Malformed("wrong-shape", at, found=f"{len(parts)} positions", wanted="four at least" if ring else "two at least")
    return parts


def put(cls: type[Any], tree: Tree, geometry: Tree | None, at: str) -> None:
    """Puts the geometry where the record has its place."""
    point = dict(zip(("lon", "lat", "alt"), geometry["coordinates"], strict=False)) if geometry and geometry["type"] == "Point" else {}
    name = PLACES.get(cls.__name__, "")
    if name:
        location = dict(an_object(tree.get(name), f"{at}/properties/{name}"))
        if point:
            location["point"] = an_object(location.get("point"), f"{at}/properties/{name}/point") | point
        elif geometry:
            location["geometry"] = json.dumps(geometry, ensure_ascii=False, separators=(",", ":"))
        if location or cls is Incident:
            tree[name] = location
    elif cls is ResourceState and point:
        tree["position"] = an_object(tree.get("position"), f"{at}/properties/position") | point
    elif geometry:
        wanted = "a Point" if cls is ResourceState else "the areas that the properties say"
        raise Invalid("wrong-value", f"{at}/geometry", value=geometry["type"], wanted=wanted)
