"""Open511's XML as its JSON twin, GML geometries as GeoJSON, and TMDD's full event updates as Open511 events."""

from collections.abc import Iterator
from typing import Any

from bridge import Malformed, geo, native, verbs, xml

PLURALS = {"media_files": "media_file", "areas": "area", "geographies": "geography"}
LINKS = {"self": "url", "": "url"}
GML = ("Point", "LineString", "Polygon", "MultiPoint", "MultiLineString", "MultiCurve", "MultiPolygon", "MultiSurface")
MANY = {"MultiCurve": "MultiLineString", "MultiSurface": "MultiPolygon"}
SEVERITIES = {"none": "MINOR", "minor": "MINOR", "major": "MAJOR", "natural disaster": "MAJOR"}


def twin(element: xml.Element) -> Any:
    """An element as Open511's JSON would have it; what is said in further languages stands under ``name@lang``."""
    if xml.name(element) == "attachments":
        return [{"url": link.get("href"), **{name: value for name, value in link.attrib.items() if name not in ("rel", "href")}} for link in element]
    children: dict[str, Any] = {}
    for child in element:
        key, value = member(child)
        lang = child.get("{http://www.w3.org/XML/1998/namespace}lang")
        if key in children and lang and isinstance(value, str):
            key = f"{key}@{lang}"
        if key not in children:
            children[key] = value
        elif isinstance(children[key], list):
            children[key].append(value)
        else:
            children[key] = [children[key], value]
    if not children:
        return (element.text or "").strip()
    name = xml.name(element)
    if len(children) == 1 and name.endswith("s") and next(iter(children)) in (PLURALS.get(name), name[:-1], "url", "related_url"):
        (inner,) = children.values()
        return inner if isinstance(inner, list) else [inner]
    if name == "open511":
        return children | {"meta": {"version": element.get("version", "v1")}}
    return children


def member(child: xml.Element) -> tuple[str, Any]:
    """A child as a member of its parent."""
    name = xml.name(child)
    if name == "link":
        rel = child.get("rel", "")
        return LINKS.get(rel, f"{rel}_url"), child.get("href")
    if name in GML:
        return name, geometry(child)
    if name == "geography":
        return name, next((geometry(each) for each in child if xml.name(each) in GML), twin(child))
    return name, twin(child)


def geometry(element: xml.Element) -> dict[str, Any]:
    """A GML geometry, ``lat lon``, as GeoJSON, ``lon lat``."""
    name = MANY.get(xml.name(element), xml.name(element))
    if name == "Point":
        return {"type": name, "coordinates": next(iter(positions(element)), [])}
    if name == "Polygon":
        rings = [each for each in element.iter() if xml.name(each) in ("exterior", "interior", "outerBoundaryIs", "innerBoundaryIs")]
        return {"type": name, "coordinates": [positions(ring) for ring in rings]}
    if name == "LineString":
        return {"type": name, "coordinates": positions(element)}
    members = [each for each in element.iter() if each is not element and xml.name(each) == name.removeprefix("Multi")]
    return {"type": name, "coordinates": [geometry(each)["coordinates"] for each in members]}


def positions(element: xml.Element) -> list[list[float]]:
    """The positions inside an element."""
    found: list[list[float]] = []
    for each in element.iter():
        if xml.name(each) in ("pos", "posList"):
            numbers = [geo_number(word) for word in (each.text or "").split()]
            if len(numbers) % 2:
                raise Malformed("not-a-position", xml.name(each), value=each.text)
            found += [[lon, lat] for lat, lon in zip(numbers[::2], numbers[1::2], strict=True)]
    return found


def geo_number(word: str) -> float:
    """A coordinate."""
    try:
        return geo.decimal(word)
    except ValueError:
        raise Malformed("not-a-number", "pos", value=word) from None


def tmdd(root: xml.Element) -> Iterator[dict[str, Any]]:
    """The full event updates (FEU) of a TMDD 3 message; their own tree rides along."""
    for update in root.iter("FEU"):
        tree = xml.tree(update)
        if isinstance(tree, dict):
            yield event(tree, update)


def event(tree: dict[str, Any], update: xml.Element) -> dict[str, Any]:
    """One update as an Open511 event."""

    def first(path: str, within: xml.Element = update) -> str | None:
        found = within.find(path)
        return found.text.strip() if found is not None and found.text and found.text.strip() else None

    sender, local = first(".//organization-sending/organization-id"), first("event-reference/event-id")
    planned = first(".//planned-event-class") or first(".//event-category")
    node: dict[str, Any] = {
        "id": f"{sender}/{local}" if sender and local else local,
        "event_type": "SPECIAL_EVENT" if planned in ("event", "planned") else "INCIDENT",
        "severity": SEVERITIES.get(first(".//event-indicator/severity") or "", "UNKNOWN"),
        "status": "ARCHIVED" if first(".//event-indicator/active-flag") == "no" else "ACTIVE",
        "headline": first(".//event-name"),
        "description": first(".//event-description/additional-text/description") or first(".//event-description//description"),
        "updated": moment(update.find("event-reference/update-time")) or moment(update.find("message-header/message-time-stamp")),
        "+occurred_at": moment(update.find(".//event-times/start-time")),
        "+FEU": tree,
    }
    place = {"name": first(".//link-name"), "from": first(".//primary-location//cross-street-name-item"), "direction": first(".//link-direction")}
    if road := {name: words for name, words in place.items() if words}:
        node["roads"] = [road | ({"to": end} if (end := first(".//secondary-location//cross-street-name-item")) else {})]
    lat, lon = first(".//geo-location/latitude"), first(".//geo-location/longitude")
    if lat and lon:  # millionths of a degree
        spot = [round(verbs.number(words, "geo-location") / 1e6, 7) for words in (lon, lat)]
        node["geography"] = {"type": "Point", "coordinates": spot}
    return {name: value for name, value in node.items() if value not in native.SILENT}


def moment(element: xml.Element | None) -> str | None:
    """A TMDD time, ISO 8601: date ``YYYYMMDD``, time ``hhmm[ss…]``, offset ``±hhmm``."""
    if element is None:
        return None
    day, clock, offset = ((element.findtext(name) or "").strip() for name in ("date", "time", "offset"))
    if len(day) != 8 or len(clock) < 4 or not (day + clock).isdigit():
        return None
    seconds = clock[4:6].ljust(2, "0")
    return f"{day[:4]}-{day[4:6]}-{day[6:]}T{clock[:2]}:{clock[2:4]}:{seconds}{offset}"
