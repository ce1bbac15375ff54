"""Where something is, as EDXL has it: a GML figure inside a ``where``, latitude first, and GeoJSON."""

from collections.abc import Iterator
from typing import Any

from bridge import GeoPoint, Lenient, Location, Malformed, geo, losses, text, xml

Tree = dict[str, Any]
GML = "http://www.opengis.net/gml"
METRES = {"m": 1.0, "metre": 1.0, "metres": 1.0, "meters": 1.0, "km": 1000.0, "kilometres": 1000.0}
MANY = ("exterior", "interior", "outerBoundaryIs", "innerBoundaryIs")


def where(reading: Lenient, element: xml.Element, at: str) -> Tree:
    """Where something is: a point, or a line or area as GeoJSON; what is neither is kept."""
    shown = next(iter(element), None)
    if shown is None:
        return {}
    try:
        return figure(shown, element)
    except (Malformed, ValueError):
        reading.odd(f"{at}{xml.name(shown)}", "no position")
        reading.keep(f"{at}{xml.name(shown)}", xml.outer(shown))
        return {}


def figure(shown: xml.Element, around: xml.Element) -> Tree:
    """A GML figure, latitude first; ``ValueError`` or ``Malformed`` if it is none."""
    name = xml.name(shown)
    if name in ("Point", "CircleByCenterPoint"):
        ((lon, lat, *rest),) = positions(shown)
        radius = next((geo.decimal(each.text or "") * METRES[each.get("uom", "m")] for each in shown if xml.name(each) == "radius"), None)
        radius = geo.decimal(around.get("radius", "")) if radius is None and around.get("radius") else radius
        height = geo.decimal(around.get("elev", "")) if around.get("elev") else rest[0] if rest else None
        return {"point": {"lat": lat, "lon": lon, "alt": height, "accuracy_m": radius}}
    if name == "LineString":
        drawn = {"type": name, "coordinates": positions(shown)}
    elif name == "Polygon":
        drawn = {"type": name, "coordinates": [positions(each) for each in shown if xml.name(each) in MANY]}
    elif name == "Envelope":
        (west, south, *_), (east, north, *_) = positions(shown)
        drawn = {"type": "Polygon", "coordinates": [[[west, south], [east, south], [east, north], [west, north], [west, south]]]}
    else:
        raise ValueError(name)
    if not drawn["coordinates"]:
        raise ValueError(name)
    return {"geometry": text.write_json(geo.moved(drawn, lambda lat, lon: (lat, lon))).decode()}


def positions(element: xml.Element) -> list[list[float]]:
    """The positions inside an element as GeoJSON has them, longitude first."""
    found: list[list[float]] = []
    for each in element.iter():
        if xml.name(each) in ("pos", "lowerCorner", "upperCorner", "posList"):
            numbers = [geo.decimal(number) for number in (each.text or "").replace(",", " ").split()]
            step = 2 if xml.name(each) == "posList" else len(numbers)
            if step < 2 or len(numbers) % step:
                raise ValueError(each.text)
            for index in range(0, len(numbers), step):
                lat, lon, *rest = numbers[index : index + step]
                geo.checked(lat, lon, "pos")
                found.append([lon, lat, *rest])
    return found


def drawn(place: Location) -> xml.Element | None:
    """The figure of a place, if it has one that reads back: its point, else its line or area."""
    if place.point:
        figure = xml.root("Point", GML)
        xml.add(figure, "pos", f"{place.point.lat!r} {place.point.lon!r}", GML)
        return figure
    try:
        shown = text.read_json((place.geometry or "").encode())
        made = outline(shown)
        return made if losses.same(place.geometry, figure_text(made), "geometry") else None
    except (Malformed, ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError):
        return None


def figure_text(made: xml.Element) -> str:
    """The GeoJSON that reading gives."""
    return str(figure(made, made)["geometry"])


def outline(shown: Any) -> xml.Element:
    """A line or an area in GML; ``ValueError`` for other geometries."""
    figure, points = xml.root(shown["type"], GML), shown["coordinates"]
    if shown["type"] == "LineString" and len(points) > 1:
        xml.add(figure, "posList", run(points), GML)
    elif shown["type"] == "Polygon" and points and all(len(ring) > 3 for ring in points):
        for index, ring in enumerate(points):
            xml.add(xml.add(xml.add(figure, "interior" if index else "exterior", None, GML), "LinearRing", None, GML), "posList", run(ring), GML)
    else:
        raise ValueError(shown["type"])
    return figure


def run(points: Any) -> str:
    """Positions one after the other, latitude first."""
    return " ".join(f"{float(lat)!r} {float(lon)!r}" for lon, lat in points)


def add_where(parent: xml.Element, place: Location, shown: xml.Element) -> None:
    """The figure inside its ``where``, with its height and the radius of what is not known."""
    parent.append(shown)
    for key, number in marks(place.point):
        parent.set(key, repr(number))


def marks(point: GeoPoint | None) -> Iterator[tuple[str, float]]:
    """What ``where`` says beside a point."""
    said = (("elev", point.alt), ("radius", point.accuracy_m)) if point else ()
    yield from ((key, number) for key, number in said if number is not None)
