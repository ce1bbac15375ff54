"""Shapes in feeds, simple, GML or W3C, as GeoJSON."""

from typing import Any

from bridge import Malformed, geo, xml

Tree = dict[str, Any]
GEORSS = ("http://www.georss.org/georss", "http://www.georss.org/georss/10", "http://www.opengis.net/gml", "http://www.opengis.net/gml/3.2")
W3C = ("http://www.w3.org/2003/01/geo/wgs84_pos#", "http://www.w3.org/2003/01/geo/")
SHAPES = {*GEORSS, *W3C}
"""Whose elements are shapes."""


def ring(part: xml.Element) -> bool:
    """Whether an element is a polygon, or stands in one."""
    if xml.name(part) in ("polygon", "box"):
        return xml.name(part) == "polygon"
    return any(xml.name(outer) in ("LinearRing", "Polygon") for outer in part.iterancestors())


def geometry(kind: str, words: str) -> Tree:
    """A GeoJSON geometry out of numbers, latitude first."""
    try:
        numbers = [geo.decimal(each) for each in words.replace(",", " ").split()]
    except ValueError:
        raise Malformed("not-a-position", value=words) from None
    if len(numbers) < 2 or len(numbers) % 2:
        raise Malformed("not-a-position", value=words)
    corners = [list(geo.checked(lat, lon, ""))[::-1] for lat, lon in zip(numbers[::2], numbers[1::2], strict=True)]
    if kind == "box" and len(corners) == 2:
        (west, south), (east, north) = corners
        return {"type": "Polygon", "coordinates": [[[west, south], [east, south], [east, north], [west, north], [west, south]]]}
    if kind == "point" and len(corners) == 1:
        return {"type": "Point", "coordinates": corners[0]}
    if kind == "polygon" and len(corners) > 2:
        return {"type": "Polygon", "coordinates": [corners if corners[0] == corners[-1] else [*corners, corners[0]]]}
    if kind == "line" and len(corners) > 1:
        return {"type": "LineString", "coordinates": corners}
    raise Malformed("not-a-position", value=words)
