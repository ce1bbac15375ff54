"""What OASIS's EDXL formats share: places in CIQ 3 addresses and ``where`` with GML, words that read back, code lists by their URN."""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, unquote

from bridge import Adapter, GeoPoint, Lenient, Location, Malformed, Parts, Unsupported, geo, losses, text, xml

Tree = dict[str, Any]
XAL, XNL, XPIL = (f"urn:oasis:names:tc:ciq:{name}:3" for name in ("xal", "xnl", "xpil"))
GML = "http://www.opengis.net/gml"
WHERE = "urn:oasis:names:tc:emergency:EDXL:HAVE:1.0:geo-oasis"
SPACES = ("urn:oasis:names:tc:ciq:", "urn:oasis:names:tc:emergency:EDXL:", "urn:oasis:names:tc:emergency:edxl:", "http://www.opengis.net/gml")
URI = re.compile(r"(?:[A-Za-z][A-Za-z0-9+.\-]*:)?[A-Za-z0-9._~/@!$&'()*+,;=\-][A-Za-z0-9._~/@!$&'()*+,;=?:\-]*(?:#[A-Za-z0-9._~/@!$&'()*+,;=?:\-]+)?")
OURS = "urn:regionbus:{kind}:"
"""Before an id that is no agency's, where a local one would become this link's."""
OTHER = "urn:regionbus:scheme:"
"""Before the name of a list that is no URI."""
ADDRESS = ("FreeTextAddress", "Country", "AdministrativeArea", "Locality", "Thoroughfare", "Premises", "PostCode")
PLACE = ("LocationDescription", "Address", "TargetArea")
METRES = {"m": 1.0, "metre": 1.0, "metres": 1.0, "meters": 1.0, "km": 1000.0, "kilometres": 1000.0}
MANY = ("exterior", "interior", "outerBoundaryIs", "innerBoundaryIs")


def plain(element: xml.Element) -> None:
    """Takes the namespaces of the standards off all in it, which sources put on and leave off; others stay, what they hold is foreign."""
    for each in element.iter():
        if xml.namespace(each).startswith(SPACES):
            each.tag = xml.name(each)
        for key in [key for key in each.attrib if str(key).startswith("{") and str(key)[1:].startswith(SPACES)]:
            each.set(str(key).rpartition("}")[2], each.attrib.pop(key))


def word(words: str, at: str, name: str) -> str:
    """A word that reads back: neither empty nor with blanks around it."""
    if not words or words != words.strip():
        raise Unsupported("cannot-say", at, format=name, reason=f"'{words}' is no word")
    return words


def said(words: str | None, at: str, name: str) -> str | None:
    """Text that reads back, nothing where nothing is said. Blanks alone would be taken for silence."""
    if words and words.isspace():
        raise Unsupported("cannot-say", at, format=name, reason="blanks alone say nothing")
    return words or None


def urn(scheme: str) -> str:
    """A list's name as a URI."""
    return scheme if URI.fullmatch(scheme) and not scheme.startswith(OTHER) else OTHER + quote(scheme, safe="")


def scheme(found: str) -> str:
    """The reverse of ``urn``."""
    return unquote(found.removeprefix(OTHER)) if found.startswith(OTHER) else found


def taken(adapter: Adapter, kind: str, words: str) -> str:
    """The shared id of a native one."""
    ours = OURS.format(kind=kind)
    return words.removeprefix(ours) if words.startswith(ours) else adapter.shared_id(kind, words)


def given(adapter: Adapter, kind: str, shared: str, at: str) -> str:
    """The reverse of ``taken``."""
    local = adapter.local_id(kind, shared)
    return word(local if taken(adapter, kind, local) == shared else OURS.format(kind=kind) + shared, at, adapter.name)


def listed(reading: Lenient, element: xml.Element, at: str, names: tuple[str, str] = ("ValueListURN", "Value")) -> list[Tree]:
    """The codes of one list."""
    parts = reading.parts(element, at, names)
    home = scheme(reading.word(parts, names[0], at) or "")
    return [{"scheme": home, "code": (each.text or "").strip()} for each in parts.get(names[1], ())]


def numeral(number: float) -> str:
    """A number, a whole one without its point."""
    return str(int(number)) if number.is_integer() and abs(number) < 1e15 else repr(number)


def location(reading: Lenient, element: xml.Element, at: str, names: tuple[str, str, str] = PLACE) -> Tree:
    """A place: words, an address and what ``where`` shows; ``names`` of the three."""
    parts = reading.parts(element, at, names)
    place: Tree = {"note": reading.text(parts, names[0], at)}
    for part in parts.get(names[1], ())[:1]:
        place["name"], found = address(reading, part, f"{at}{names[1]}/")
        place["address"] = found if any(found.values()) else None
    for part in parts.get(names[2], ())[:1]:
        place |= where(reading, part, f"{at}{names[2]}/")
    return place


def address(reading: Lenient, element: xml.Element, at: str) -> tuple[str | None, Tree]:
    """The name of the premises, and an xAL 3 address; what has no home in the model is kept."""
    parts = reading.parts(element, at, ADDRESS)
    lines = [line.text or "" for each in parts.get("FreeTextAddress", ()) for line in each]
    premises = inside(reading, parts, "Premises", at, ("NameElement", "Number"))
    street = inside(reading, parts, "Thoroughfare", at, ("NameElement", "Number"))
    found = {
        "text": "\n".join(lines) or None,
        "street": street.get("NameElement"),
        "number": street.get("Number"),
        "unit": premises.get("Number"),
        "locality": inside(reading, parts, "Locality", at, ("NameElement",)).get("NameElement"),
        "admin_code": code(reading, parts, "AdministrativeArea", at),
        "postal_code": inside(reading, parts, "PostCode", at, ("Identifier",)).get("Identifier"),
        "country_code": code(reading, parts, "Country", at),
    }
    return premises.get("NameElement"), found


def inside(reading: Lenient, parts: Parts, name: str, at: str, names: tuple[str, ...]) -> dict[str, str]:
    """The words in a part of an address."""
    found: dict[str, str] = {}
    for element in parts.get(name, ())[:1]:
        inner = reading.parts(element, f"{at}{name}/", names)
        found = {each: words for each in names if (words := reading.text(inner, each, f"{at}{name}/"))}
    return found


def code(reading: Lenient, parts: Parts, name: str, at: str) -> str | None:
    """The code of a country or area; its name is kept."""
    for element in parts.get(name, ())[:1]:
        inner = reading.parts(element, f"{at}{name}/", ("NameElement",))
        words = reading.text(inner, "NameElement", f"{at}{name}/")
        if words:
            reading.keep(f"{at}{name}/NameElement", words)
        return next((found.strip() for each in inner.get("NameElement", ()) if (found := each.get("NameCode", "")).strip()), None)
    return None


def add_location(parent: xml.Element, place: Location, space: str, adapter: str) -> None:
    """The place as far as it can be said: description, address, area."""
    if words := said(place.note, "location.note", adapter):
        xml.add(parent, "LocationDescription", words, space)
    if place.address or place.name:
        add_address(xml.add(parent, "Address", None, space), place, adapter)
    shown = drawn(place)
    if shown is not None:
        add_where(xml.add(parent, "TargetArea", None, space), place, shown)


def add_address(parent: xml.Element, place: Location, adapter: str) -> None:
    """An xAL 3 address, in the order of its XSD."""
    found = place.address
    told = {name: said(getattr(found, name), f"address.{name}", adapter) for name in type(found).model_fields} if found else {}
    if lines := told.get("text"):
        free = xml.add(parent, "FreeTextAddress", None, XAL)
        for line in lines.split("\n"):
            xml.add(free, "AddressLine", line, XAL)
    for name, key in (("Country", "country_code"), ("AdministrativeArea", "admin_code")):
        if words := told.get(key):
            xml.add(xml.add(parent, name, None, XAL), "NameElement", None, XAL).set(f"{{{XAL}}}NameCode", xml.words(word(words, key, adapter), key))
    groups = (
        ("Locality", (("NameElement", told.get("locality")),)),
        ("Thoroughfare", (("NameElement", told.get("street")), ("Number", told.get("number")))),
        ("Premises", (("NameElement", said(place.name, "location.name", adapter)), ("Number", told.get("unit")))),
        ("PostCode", (("Identifier", told.get("postal_code")),)),
    )
    for name, pairs in groups:
        if any(words for _, words in pairs):
            group = xml.add(parent, name, None, XAL)
            for inner, each in pairs:
                if each:
                    xml.add(group, inner, each, XAL)


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
