"""Whom a distribution concerns: the target areas of EDXL-DE 1.0 and 2.0, both ways."""

from typing import Any

from adapters._cap_write import closed
from adapters._ciq import Tree
from adapters._de_words import SPACES, TYPES
from bridge import Area, Lenient, Malformed, geo, xml

CODES = {name: f"{SPACES['1.0']}:{name}" for name in ("country", "subdivision", "locCodeUN")}
"""The lists of codes that 1.0 has elements for."""
OURS = {"areaKind": "DistributionTargetArea", "areaGrouping": "Union"}
"""The areas that say whom it concerns; sources, intersections and the like stay as they were."""
GML, GSF = "http://www.opengis.net/gml/3.2", "urn:oasis:names:tc:emergency:edxl:gsf:1.0"
WGS84 = "urn:ogc:def:crs:EPSG::4326"
KILOMETRES = {"km": 1.0, "m": 0.001}


def read_first(reading: Lenient, elements: list[xml.Element]) -> Area | None:
    """The areas of 1.0, which together are one. A shape that is none stays as it is: nobody then is too far away."""
    found: dict[str, list[Any]] = {"polygons": [], "circles": [], "geocodes": []}
    for index, element in enumerate(elements):
        parts = reading.parts(element, f"targetArea/{index}/", ("circle", "polygon", *CODES))
        for name, inside in parts.items():
            words = [" ".join((each.text or "").split()) for each in inside]
            found[f"{name}s" if name not in CODES else "geocodes"] += [coded(name, each) if name in CODES else each for each in words if each]
    return Area.model_validate(found) if any(found.values()) else None


def coded(name: str, code: str) -> Tree:
    """A code of one of the lists of 1.0."""
    return {"scheme": CODES[name], "code": code}


def read_second(elements: list[xml.Element]) -> tuple[Area | None, list[xml.Element]]:
    """The areas of 2.0 that are for the distribution, and those that are for something else or say more than a union of shapes."""
    found: dict[str, list[Any]] = {"polygons": [], "circles": [], "geocodes": []}
    others = [each for each in elements if (each.findtext("{*}areaKind") or "").strip() != OURS["areaKind"]]
    for whole in (each for each in elements if each not in others):
        areas = whole.findall("{*}targetArea")
        if len(areas) > 1 and (whole.findtext("{*}areaGrouping") or "").strip() != OURS["areaGrouping"]:
            return None, elements
        for area in areas:
            said = shape(area)
            if said is None:
                return None, elements
            found[said[0]] += said[1]
    return Area.model_validate(found) if any(found.values()) else None, others


def shape(area: xml.Element) -> tuple[str, list[Any]] | None:
    """A shape or codes; nothing if it is of a kind that areas do not know."""
    inside = next(iter(area), area)
    each = next(iter(inside), inside)
    numbers, name = [words for part in each.iter("{*}pos", "{*}posList") for words in (part.text or "").split()], xml.name(each)
    pairs = [f"{lat},{lon}" for lat, lon in zip(numbers[::2], numbers[1::2], strict=False)]
    radius = each.find("{*}radius")
    try:
        if name in ("GeoCode", "geoCode") and len(each) > 1:
            scheme, *codes = ((words.text or "").strip() for words in each)
            return "geocodes", [{"scheme": scheme, "code": code} for code in codes]
        if name == "Polygon" and len(pairs) * 2 == len(numbers) and each.find("{*}interior") is None:
            geo.ring(" ".join(pairs), name)
            return "polygons", [" ".join(pairs)]
        if name == "CircleByCenterPoint" and len(pairs) == 1 and radius is not None and radius.get("uom") in KILOMETRES:
            words = f"{pairs[0]} {geo.decimal((radius.text or '').strip()) * KILOMETRES[radius.get('uom', '')]:.12g}"
            geo.circle(words, name)
            return "circles", [words]
    except (Malformed, ValueError):
        return None
    return None


def write_first(parent: xml.Element, area: Area | None) -> None:
    """The area in the order of the XSD; one with codes that 1.0 has no word for stays out: too many are better than too few."""
    names = {scheme: name for name, scheme in CODES.items()}
    if area is None or not all(code.scheme in names for code in area.geocodes) or not (area.circles or area.polygons or area.geocodes):
        return
    element, space = xml.add(parent, "targetArea", None, SPACES["1.0"]), SPACES["1.0"]
    said = [*(("circle", each) for each in area.circles), *(("polygon", each) for each in area.polygons)]
    said += [(name, code.code) for scheme, name in names.items() for code in area.geocodes if code.scheme == scheme]
    for name, words in said:
        xml.add(element, name, words, space)


def write_second(parent: xml.Element, area: Area | None) -> None:
    """The area as a union of GML shapes and codes; one that cannot be said stays out, for the same reason."""
    if area is None:
        return
    try:
        rings = [geo.ring(closed(each, "polygon"), "polygon") for each in area.polygons]
        circles = [geo.circle(each, "circle") for each in area.circles]
    except Malformed:
        return
    if not (rings or circles or area.geocodes) or not all(code.scheme and code.code for code in area.geocodes) or min(map(len, rings), default=4) < 4:
        return
    whole = xml.add(parent, "targetAreas", None, SPACES["2.0"])
    for name, words in OURS.items():
        xml.add(whole, name, words, SPACES["2.0"])
    for index, ring in enumerate(rings):
        element = xml.add(located(whole, "Polygon", f"area-{index}"), "exterior", None, GML)
        outline = xml.add(element, "LinearRing", None, GML)
        for lat, lon in ring:
            xml.add(outline, "pos", f"{lat!r} {lon!r}", GML)
    for index, ((lat, lon), radius) in enumerate(circles):
        element = located(whole, "CircleByCenterPoint", f"circle-{index}")
        element.set("numArc", "1")
        xml.add(element, "pos", f"{lat!r} {lon!r}", GML)
        xml.add(element, "radius", f"{radius!r}", GML).set("uom", "km")
    for code in area.geocodes:
        element = xml.add(xml.add(whole, "targetArea", None, SPACES["2.0"]), "geoPoliticalLocation", None, SPACES["2.0"])
        listed = xml.add(element, "GeoCode", None, TYPES)
        xml.add(listed, "ValueListURI", code.scheme, TYPES)
        xml.add(listed, "Value", code.code, TYPES)


def located(whole: xml.Element, name: str, identity: str) -> xml.Element:
    """A place for one shape, which GML wants to have an id in the document."""
    holder = xml.add(xml.add(whole, "targetArea", None, SPACES["2.0"]), "EDXLGeoLocation", None, GSF)
    element = xml.add(holder, name, None, GML)
    if name == "Polygon":
        element.set(f"{{{GML}}}id", identity)
        element.set("srsName", WGS84)
    return element
