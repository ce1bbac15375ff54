"""GeoJSON (RFC 7946) for any map, both ways: Incident, Resource, ResourceState and Alert, each a Feature; WGS 84, longitude first.

What we write reads back without loss. ``properties`` hold ``record``, the name of the record, and the record's own fields under their own
names, the record's id local to its agency; ``mode`` and ``message`` what the message says of itself. A position, or the geometry of a location,
is the Feature's geometry and stands nowhere else. Where a record has areas (an Alert in its infos, an Incident in its zones) the properties say
all, and the geometry is their picture: outer rings counterclockwise, holes in the polygon around them, a circle as the Point in its middle, beside ``radius_km``.
A picture that shows something else is refused, for nobody could tell which one is meant; outlines that are none, or open, are not in it.
A ring across the antimeridian is shown as it is. ``title``, ``description``, ``severity``, ``updated`` and the colours, where they are no
fields of the record, are there for the map, and not read.

A Feature without ``record`` is somebody else's: the option ``record`` has to say what it is. It gives its id, a name and its geometry;
the rest rides in ``extensions`` as ``properties/…``, as ``bbox`` or another member of the Feature, as ``../…`` of the collection. An
open ring is closed. That, and a needless ``crs``, are named in the deviations; another ``crs`` is refused.
"""

import json
from collections.abc import Iterator
from itertools import pairwise
from typing import Any, Literal

from bridge import Adapter, Alert, Incident, Invalid, Malformed, Rejected, Resource, ResourceState, Said, Says, geo, losses, native, text, validated

Tree = dict[str, Any]
CLASSES: dict[str, type[Any]] = {cls.__name__: cls for cls in (Incident, Resource, ResourceState, Alert)}
IDS = {"Incident": ("incident", "incident_id"), "Resource": ("resource", "resource_id"), "ResourceState": ("resource", "resource_id")}
PLACES = {"Incident": "location", "Resource": "home_base"}
DEPTHS = {"Point": 0, "MultiPoint": 1, "LineString": 1, "MultiLineString": 2, "Polygon": 2, "MultiPolygon": 3}
NESTED, FINITE = 8, 1e300
NAMES = ("name", "title", "headline", "label", "名称", "标题")
WORLD = ("CRS84", "CRS84h", "EPSG::4326", "EPSG:4326", "EPSG::4490", "EPSG:4490")
HUES = {"Red": "#d7191c", "Orange": "#fd8d3c", "Yellow": "#f5d000", "Blue": "#2b83ba", "Green": "#1a9641", "White": "#ffffff", "Black": "#000000"}
HUES |= {"Extreme": HUES["Red"], "Severe": HUES["Orange"], "Moderate": HUES["Yellow"], "Minor": HUES["Blue"]}
HUES |= {"1": HUES["Red"], "2": HUES["Orange"], "3": HUES["Yellow"], "4": HUES["Blue"]}
PAINT = ("color", "marker-color", "stroke", "fill")
SHOWN = {"title", "description", "severity", "updated", "radius_km", *PAINT}


class Geojson(Adapter):
    """GeoJSON, both ways."""

    media_type = "application/geo+json"
    records = tuple(CLASSES.values())

    record: Literal["Incident", "Resource"] | None = None
    """What Features are that do not say it."""
    id_property: str | None = None
    """The property that holds their id; left out: the Feature's own id."""

    def decode(self, data: bytes) -> Iterator[Said | Rejected]:
        """Feature by Feature; a wrong one is refused alone."""
        document = text.read_json(data)
        kind = document.get("type") if isinstance(document, dict) else native.shape(document)
        if kind not in ("FeatureCollection", "Feature"):
            raise Malformed("root", found=kind, wanted="FeatureCollection")
        odd: list[str] = []
        around = members(document, ("type", "features"), "", odd) if kind == "FeatureCollection" else {}
        features = document.get("features") if kind == "FeatureCollection" else [document]
        if not isinstance(features, list):
            raise Malformed("wrong-shape", "features", found=native.shape(features), wanted="a list")
        kept = {f"../{name}": value for name, value in around.items()}
        for index, feature in enumerate(features):
            try:
                yield self._said(feature, f"features/{index}", kept, [*odd])
                kept = {}
            except Rejected as error:
                yield error

    def _said(self, feature: Any, at: str, kept: Tree, odd: list[str]) -> Said:
        if not isinstance(feature, dict) or feature.get("type") != "Feature":
            raise Malformed("wrong-shape", at, found=native.shape(feature), wanted="a Feature")
        properties = an_object(feature.get("properties"), f"{at}/properties")
        geometry = None if feature.get("geometry") is None else checked(feature["geometry"], f"{at}/geometry", odd)
        ours = "record" in properties
        known = ("type", "geometry", "properties", *(["id"] if ours or self.id_property is None else []))
        kept = kept | members(feature, known, f"{at}/", odd)
        cls, tree, rest = (self._ours if ours else self._foreign)(feature, properties, at)
        kept |= {native.pointer(("properties", name)): value for name, value in rest.items()}
        own = {f"{self.name}:{name}": native.pack(value) for name, value in kept.items() if value not in native.SILENT}
        tree["extensions"] = an_object(tree.get("extensions"), f"{at}/properties/extensions") | own
        if not (pictured := shapes(tree)):
            put(cls, tree, geometry, at)
        says = {**an_object(properties.get("message"), f"{at}/properties/message"), "mode": properties.get("mode")} if ours else {}
        record = validated(cls, tree, f"{at}/properties")
        if pictured and geometry and spots(geometry) != spots(picture(dump(record))):
            raise Invalid("wrong-value", f"{at}/geometry", value=geometry["type"], wanted="the areas that the properties say")
        return Said(record, validated(Says, says, f"{at}/properties"), tuple(odd))

    def _ours(self, feature: Tree, properties: Tree, at: str) -> tuple[type[Any], Tree, Tree]:
        """A Feature that says which record it is, and what more it says."""
        name = properties["record"]
        if not isinstance(name, str) or name not in CLASSES:
            raise Invalid("not-in-list", f"{at}/properties/record", value=name, allowed=", ".join(CLASSES))
        cls = CLASSES[name]
        tree = {key: value for key, value in properties.items() if key in cls.model_fields}
        kind, field = IDS.get(name, ("", "identifier"))
        local = tree.setdefault(field, feature.get("id"))
        if kind and isinstance(local, str):
            tree[field] = self.shared_id(kind, local)
        return cls, tree, {key: value for key, value in properties.items() if key not in reserved(cls)}

    def _foreign(self, feature: Tree, properties: Tree, at: str) -> tuple[type[Any], Tree, Tree]:
        """A Feature of somebody else, and what more it says."""
        if self.record is None:
            wanted = f"one of {', '.join(CLASSES)}, or the option 'record' of this link"
            raise Invalid("wrong-value", f"{at}/properties/record", value="", wanted=wanted)
        local, place = feature.get("id"), f"{at}/id"
        if self.id_property is not None:
            local, place = properties.get(self.id_property), f"{at}/properties/{self.id_property}"
        if local in native.SILENT:
            raise Malformed("missing", place)
        if isinstance(local, bool | list | dict):
            raise Malformed("wrong-shape", place, found=native.shape(local), wanted="text or a number")
        kind, field = IDS[self.record]
        named = next((name for name in NAMES if isinstance(properties.get(name), str) and properties[name]), None)
        unknown = {"category": "Unknown", "lifecycle": "Unknown"} if self.record == "Incident" else {"kind": "Unknown"}
        shared = self.shared_id(kind, local if isinstance(local, str) else json.dumps(local))
        tree = {field: shared, "owner": self.owner, "name": properties.get(named or ""), **unknown}
        return CLASSES[self.record], tree, {key: value for key, value in properties.items() if key not in (named, self.id_property)}

    def encode(self, said: Said) -> bytes:
        """A collection of one Feature."""
        cls, tree, says = type(said.record), dump(said.record), dump(said.says)
        name, look = cls.__name__, shown(cls, tree)
        kind, field = IDS.get(name, ("", "identifier"))
        if kind:
            tree[field] = self.local_id(kind, shared := tree[field])
            if self.shared_id(kind, tree[field]) != shared:
                raise Invalid("wrong-value", field, value=shared, wanted=f"an id that is not read as one of {self.agency}")
        geometry = picture(tree) or take(cls, tree)
        radii = {radius for _, radius in circles(tree)}
        about = {"mode": says.pop("mode", None), "message": says, "radius_km": radii.pop() if len(radii) == 1 else None, **look}
        properties = {"record": name, **{key: value for key, value in about.items() if value}, **tree}
        feature = {"type": "Feature", "id": tree[field], "geometry": geometry, "properties": properties}
        document = {"type": "FeatureCollection", "features": [feature]}
        homes = {("..",): (document, {"crs"}), ("properties",): (properties, reserved(cls)), (): (feature, {"crs"})}
        left = properties.pop("extensions", {})
        for key in [key for key in left if key.startswith(f"{self.name}:")]:
            *home, last = native.steps(words := key.partition(":")[2])
            where, known = homes.get(tuple(home), ({}, {last}))
            value = None if last in {*known, *where} or native.pointer((*home, last)) != words else sayable(left[key])
            if value is not None:
                where[last] = value
                del left[key]
        properties |= {"extensions": left} if left else {}
        return text.write_json(document)


def dump(model: Any) -> Tree:
    """A model as JSON."""
    tree: Tree = model.model_dump(mode="json", exclude_defaults=True)
    return tree


def reserved(cls: type[Any]) -> set[str]:
    """The properties that are ours."""
    return {*cls.model_fields, *SHOWN, "record", "mode", "message"}


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


def shown(cls: type[Any], tree: Tree) -> Tree:
    """What a map likes to show."""
    info = next(iter(tree.get("infos", ())), tree)

    def first(names: str) -> Any:
        return next((value for name in names.split() for each in (info, tree) if (value := each.get(name)) not in (None, "", "Unknown")), None)

    look = {
        "title": first("name headline event resource_id incident_id identifier"),
        "description": first("description"),
        "severity": first("severity"),
        "updated": first("updated_at at sent"),
        **dict.fromkeys(PAINT, HUES.get(str(first("color level severity")))),
    }
    return {name: value for name, value in look.items() if name not in cls.model_fields}
