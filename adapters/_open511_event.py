"""An event of Open511 between its own words and the places of the mapping, and what else its API lists."""

import json
from typing import Any

from adapters._carry import digest, drawn
from adapters._entry import Entry, Tree
from bridge import Rejected, Resource, Said, Unsupported, geo, native, times

SEVERITIES = {"MINOR": "Minor", "MODERATE": "Moderate", "MAJOR": "Severe", "UNKNOWN": "Unknown"}
STATES = {"ACTIVE": "InProgress", "ARCHIVED": "Closed", "OPEN": "InProgress", "CLOSED": "Closed"}
FAMILIES = {"INCIDENT": "Accident", "WEATHER_CONDITION": "NaturalDisaster"}
KINDS = {"cameras": "Equipment", "roads": "Facility", "traffic_segments": "Facility"}
REQUIRED = ("url", "jurisdiction_url", "status", "headline", "event_type", "severity", "geography", "created", "updated", "schedule")


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
