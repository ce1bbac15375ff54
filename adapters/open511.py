"""Open511 1.0 (and 0.9) road events, both ways: JSON and its XML twin are read, JSON is written; TMDD's full event updates are read.

An event or a report is an Incident. Whatever else the API lists (cameras, roads, areas, jurisdictions, …) is a Resource, Unknown if nothing
says that it is equipment or a facility; it is only read. What Open511 has no word for but lets its users add stands under names with a plus, as its
specification demands: ``+owner``, ``+category``, ``+lifecycle``, ``+severity``, ``+occurred_at``, ``+place``, and ``+point`` beside a line
or an area. What the specification wants and the record does not say is made up from the rest and named in ``+derived``, so that nobody
reads it as said. A schedule, roads and areas ride along and come back. Lost: notes, casualties, zones and the rest of ``loses``.
"""

import json
from collections.abc import Iterator
from typing import Any

from adapters import _gml
from adapters._carry import MODES, digest, drawn, same
from adapters._entry import Entry, Tree
from bridge import Incident, Malformed, Mapped, Rejected, Resource, Said, Unsupported, geo, mapping, native, parts, text, times, xml

SEVERITIES = {"MINOR": "Minor", "MODERATE": "Moderate", "MAJOR": "Severe", "UNKNOWN": "Unknown"}
STATES = {"ACTIVE": "InProgress", "ARCHIVED": "Closed", "OPEN": "InProgress", "CLOSED": "Closed"}
FAMILIES = {"INCIDENT": "Accident", "WEATHER_CONDITION": "NaturalDisaster"}
EVENT_TYPES = "CONSTRUCTION SPECIAL_EVENT INCIDENT WEATHER_CONDITION ROAD_CONDITION".split()
KINDS = {"cameras": "Equipment", "roads": "Facility", "traffic_segments": "Facility"}
EVENTS = ("events", "reports")
AROUND = ("meta", "pagination")
META = {"meta": {"version": "v1"}}
REQUIRED = ("url", "jurisdiction_url", "status", "headline", "event_type", "severity", "geography", "created", "updated", "schedule")
INCIDENT = {
    "incident_id": {"at": "id", "id": "incident", "required": True},
    "owner": {"at": "+owner", "required": True},
    "name": "headline",
    "description": "description",
    "category": {"at": "+category", "table": same("category")},
    "types.0": {"at": "event_type", "scheme": "urn:open511:event-type"},
    "lifecycle": {"at": "+lifecycle", "table": same("lifecycle")},
    "severity": {"at": "+severity", "table": same("severity")},
    "occurred_at": "+occurred_at",
    "reported_at": "created",
    "updated_at": "updated",
    "closed_at": "+closed_at",
    "location.point": {"lat": "+point.lat", "lon": "+point.lon", "alt": "+point.alt"},
    "location.geometry": "+geometry",
    "location.address.text": "+place",
    "attachments": {"each": "attachments", "fields": {"uri": "url", "mime_type": "type", "description": "title", "size_bytes": "length"}},
}
PARTS, ENVELOPE, LOST = parts([{"type": "Incident", "fields": INCIDENT}], {"mode": {"at": "+mode", "table": MODES}})


class Listed(dict[str, Any]):
    """Something beside events: its kind and its place."""

    def __init__(self, kind: str, at: str, node: Tree) -> None:
        """``node`` is what is said of it."""
        super().__init__(node)
        self.kind, self.at = kind, at


class Document:
    """The document: its events, each with what stands around them."""

    def read(self, data: bytes, setting: Any) -> Iterator[tuple[str, Any]]:
        """The events and reports, then whatever else is listed."""
        document = loaded(data, setting)
        around = {name: document[name] for name in AROUND if document.get(name) and document[name] != META.get(name)}
        said = False
        for kind in EVENTS:
            for index, event in enumerate(native.entries(document, (kind,))):
                try:
                    entry = taken(event, kind, setting) if isinstance(event, dict) else event
                except Rejected as error:
                    entry = mapping.within(error, f"{kind}/{index}")
                if around and isinstance(entry, dict):
                    entry[native.AROUND], around = around, {}
                yield f"{kind}/{index}", entry
                said = True
        for kind, listed in document.items():
            for index, node in enumerate(listed if isinstance(listed, list) and kind not in (*EVENTS, *AROUND) else ()):
                yield "", Listed(kind, f"{kind}/{index}", node) if isinstance(node, dict) else node
                said = True
        if not said:
            raise Malformed("nothing-said")

    def write(self, node: Tree, setting: Any) -> bytes:
        """One event, with all that the specification wants."""
        around = node.pop(native.AROUND, {})
        return text.write_json({"events": [completed(node, setting)], **META, **around})


OTHERS = {Listed: lambda entry, my: [thing(entry.kind, Entry(my.name, dict(entry), entry.at), my)]}


class Open511(Mapped):
    """Open511, both ways."""

    media_type = "application/json"
    records = (Incident,)
    loses = LOST
    source = Document()
    parts = PARTS
    envelope = ENVELOPE
    others = OTHERS

    zone: str | None = "UTC"


def loaded(data: bytes, setting: Any) -> Tree:
    """The document as JSON has it, whatever its syntax; a fragment stands in a list of its kind."""
    if data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] != b"<":
        document = text.read_json(data, encoding=setting.encoding)
        if not isinstance(document, dict):
            raise Malformed("root", found=native.shape(document), wanted="an object")
        return document
    root = xml.parse(data, fallback=setting.encoding)
    if updates := list(_gml.tmdd(root)):
        return {"events": updates}
    document = _gml.twin(root)
    if xml.name(root) == "open511" and isinstance(document, dict):
        return document
    return {f"{xml.name(root)}s": [document]}


def taken(event: Tree, kind: str, setting: Any) -> Tree:
    """An event as the mapping sees it: what has a shared name under that name."""
    said = event.get("+derived")
    derived = said if isinstance(said, list) else []
    node = {name: value for name, value in event.items() if name not in derived and name != "+derived"}
    if "+owner" not in event:  # somebody else's: the shared words follow from its own
        node |= told(event, kind, setting)
    for name, native_name in (("+lifecycle", "status"), ("+severity", "severity")):
        if node.get(native_name) == word(name, node.get(name)):
            node.pop(native_name, None)
    geography = node.get("geography")
    if isinstance(geography, dict) and "+geometry" not in node:
        if geography.get("type") == "Point" and isinstance(geography.get("coordinates"), list) and 2 <= len(geography["coordinates"]) <= 3:
            node["+point"] = dict(zip(("lon", "lat", "alt"), geography["coordinates"], strict=False))
        else:
            geo.moved(geography, lambda lat, lon: (lat, lon), "geography")
            node["+geometry"] = json.dumps(geography, ensure_ascii=False, separators=(",", ":"))
        del node["geography"]
    return node


def told(event: Tree, kind: str, setting: Any) -> Tree:
    """What an event says in the shared words, if it has not said it itself."""
    said: Tree = {"+owner": setting.owner}
    for name, place, table in (("+lifecycle", "status", STATES), ("+severity", "severity", SEVERITIES), ("+category", "event_type", FAMILIES)):
        if isinstance(event.get(place), str) and event[place] in table:
            said[name] = table[event[place]]
    said |= {"+occurred_at": begun(event, setting), "+place": road(event)}
    if kind == "reports" and isinstance(event.get("url"), str):
        said["id"] = event["url"].rstrip("/").rpartition("/")[2]
    return {name: value for name, value in said.items() if value and name not in event}


def word(name: str, symbol: Any) -> str:
    """The standard's own word for a symbol."""
    if name == "+lifecycle":
        return "ARCHIVED" if symbol in ("Closed", "Cancelled") else "ACTIVE"
    return next((each for each, meaning in SEVERITIES.items() if meaning == symbol), "MAJOR" if symbol == "Extreme" else "UNKNOWN")


def completed(node: Tree, setting: Any) -> Tree:
    """The event with all that the specification wants; what is only derived is named."""
    geometry, point = drawn(node.get("+geometry")), node.get("+point")
    if geometry:
        node.pop("+geometry")
    moment = next((node[name] for name in ("updated", "created", "+occurred_at", "+closed_at") if name in node), None)
    if moment is None:
        raise Unsupported("cannot-say", "updated_at", format=setting.name, reason="it has no time at all")
    spot = [point[name] for name in ("lon", "lat", "alt") if name in point] if point else None
    where = geometry or ({"type": "Point", "coordinates": spot} if spot else None)
    if where is None:
        raise Unsupported("cannot-say", "location", format=setting.name, reason="it has no position")
    if not geometry and "+geometry" not in node:
        node.pop("+point")
    facts = {
        "url": f"/events/{node['id']}/",
        "jurisdiction_url": f"/jurisdictions/{node['+owner']}/",
        "status": word("+lifecycle", node.get("+lifecycle")),
        "headline": node.get("description") or node["id"],
        "event_type": "INCIDENT",
        "severity": word("+severity", node.get("+severity")),
        "geography": where,
        "created": moment,
        "updated": moment,
        "schedule": {"intervals": [f"{node.get('+occurred_at', node.get('created', moment))}/"]},
    }
    derived = [name for name in REQUIRED if name not in node and name not in ("status", "severity", "geography")]
    return {**facts, **node, "geography": where, **({"+derived": derived} if derived else {})}


def begun(event: Tree, setting: Any) -> str | None:
    """When the only interval of a schedule begins, if that is a time; the event's own zone goes before the link's."""
    intervals = native.find(event, ("schedule", "intervals"))
    if not (isinstance(intervals, list) and len(intervals) == 1 and isinstance(intervals[0], str)):
        return None
    try:
        home = times.zone(event["timezone"]).key if isinstance(event.get("timezone"), str) else setting.zone
        return times.iso(times.instant(intervals[0].partition("/")[0], "schedule", home)[0])
    except (Rejected, ValueError):
        return None


def road(event: Tree) -> str | None:
    """The first road in words."""
    first = next((each for each in native.entries(event, ("roads",)) if isinstance(each, dict)), {})
    words = [first.get(name) for name in ("name", "from", "to")]
    if not isinstance(words[0], str) or not words[0].strip():
        return None
    ends = " – ".join(word for word in words[1:] if isinstance(word, str) and word.strip())
    return f"{words[0]}, {ends}" if ends else words[0]


def thing(kind: str, entry: Entry, setting: Any) -> Said:
    """A camera, a road, an area: known by its id, else by its address, else by what it says."""
    local = entry.text("id") or entry.text("url") or digest(entry.node)
    shape = entry.node if kind == "geographies" else entry.node.get("geography")
    place: Tree = {}
    if isinstance(shape, dict) and (geometry := drawn(native.pack(shape))):
        place["geometry"] = native.pack(geometry)
    elif isinstance(shape, dict) and shape.get("type") == "Point" and isinstance(shape.get("coordinates"), list) and len(shape["coordinates"]) > 1:
        lon, lat = shape["coordinates"][:2]
        place["point"] = Entry(setting.name, {"lat": lat, "lon": lon}, entry.place("geography")).point(("lat",), ("lon",))
    if place.get("geometry") or place.get("point"):
        entry.claimed |= {("geography",)} if kind != "geographies" else {(name,) for name in entry.node}
    record = {
        "resource_id": setting.shared_id("resource", local),
        "owner": setting.owner,
        "kind": KINDS.get(kind, "Unknown"),
        "types": [{"scheme": "urn:open511:resource", "code": kind}],
        "name": entry.text("name"),
        "updated_at": entry.time("updated"),
        "conditions": entry.text("description"),
        "home_base": place or None,
        "sharing": "Unknown",
    }
    return Said(Resource.model_validate({**record, "extensions": entry.rest()}), deviations=tuple(entry.deviations))
