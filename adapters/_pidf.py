"""PIDF-LO, as NG9-1-1 carries locations (RFC 4119, 5139, 5491): a position and a civic address."""

from typing import Any

from bridge import Rejected, geo, xml

FIELDS = {
    "country_code": "country",
    "locality": "A3",
    "street": "RD",
    "number": "HNO",
    "unit": "UNIT",
    "postal_code": "PC",
    "admin_code": "A6",
    "text": "LOC",
}
"""Where the shared address stands in a civic one."""
PIDF, GP, CA, GML = (
    "urn:ietf:params:xml:ns:pidf",
    "urn:ietf:params:xml:ns:pidf:geopriv10",
    "urn:ietf:params:xml:ns:pidf:geopriv10:civicAddr",
    "http://www.opengis.net/gml",
)


def read(words: str) -> dict[str, Any]:
    """The position and the address; what cannot be read is left out."""
    found: dict[str, Any] = {}
    try:
        root = xml.parse(words.encode())
    except Rejected:
        return found
    names = {name: field for field, name in FIELDS.items()} | {"civicAddressText": "text"}
    for element in root.iter():
        name, said = xml.name(element), element.text or ""
        if name == "pos":
            found |= position(said.split())
        elif name in names and said.strip() and (name == "civicAddressText" or names[name] not in found):
            found[names[name]] = said
    return found


def position(numbers: list[str]) -> dict[str, float]:
    """Latitude, longitude, and an altitude if there is one."""
    try:
        values = [geo.decimal(number) for number in numbers]
        geo.checked(values[0], values[1], "pos")
    except (ValueError, IndexError, Rejected):
        return {}
    return dict(zip(("lat", "lon", "alt"), values, strict=False))


def write(place: dict[str, Any]) -> str:
    """The reverse."""
    root = xml.root("presence", PIDF)
    root.set("entity", "pres:regionbus")
    info = xml.add(xml.add(xml.add(root, "tuple", space=PIDF), "status", space=PIDF), "geopriv", space=GP)
    inside = xml.add(info, "location-info", space=GP)
    if "lat" in place:
        point = xml.add(inside, "Point", space=GML)
        point.set("srsName", "urn:ogc:def:crs:EPSG::4979" if "alt" in place else "urn:ogc:def:crs:EPSG::4326")
        xml.add(point, "pos", " ".join(repr(float(place[name])) for name in ("lat", "lon", "alt") if name in place), GML)
    civic = None
    for field, name in FIELDS.items():
        if field in place:
            civic = xml.add(inside, "civicAddress", space=CA) if civic is None else civic
            xml.add(civic, name, place[field], CA)
    return xml.write(root).decode()
