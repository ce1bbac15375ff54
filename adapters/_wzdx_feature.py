"""A feature of WZDx between the words of its versions and the places of the mapping, and its field devices."""

import json
from collections.abc import Iterator
from typing import Any

from adapters._carry import drawn
from adapters._entry import Entry, Tree
from bridge import Malformed, Resource, ResourceState, Said, Unsupported, geo, native

OURS = ("properties", "regionbus")
CORE = ("properties", "core_details")
STATES = {"planned": "Reported", "pending": "Reported", "active": "InProgress", "completed": "Closed", "cancelled": "Cancelled"}
DEVICES = {"ok": "Available", "warning": "Available", "error": "Unavailable"}
FLAT = (
    "data_source_id",
    "event_type",
    "road_names",
    "direction",
    "name",
    "description",
    "creation_date",
    "update_date",
    "relationship",
    "related_road_events",
)
"""What stood in the properties themselves before there were ``core_details``."""
VERIFIED = ("start_date", "end_date", "start_position", "end_position")
ACCURACY = {
    "start_date": "start_date_accuracy",
    "end_date": "end_date_accuracy",
    "start_position": "beginning_accuracy",
    "end_position": "ending_accuracy",
}
KEPT = {"LineString": 2, "MultiPoint": 1}
"""The geometries of an event, and how many positions they need."""


class Device(dict[str, Any]):
    """A field device in a feed."""


def taken(feature: Any, setting: Any) -> Any:
    """A feature as the mapping sees it."""
    if not isinstance(feature, dict) or not isinstance(feature.get("properties"), dict):
        return feature
    node = {name: value for name, value in feature.items() if name != "type"}
    properties = node["properties"] = dict(feature["properties"])
    core = properties.get("core_details")
    if isinstance(core, dict) and "device_type" in core:
        return Device(node)
    if core is None:
        flattened(node, properties)
        core = properties["core_details"]
    properties |= {name: value == "true" for name, value in properties.items() if name.endswith("_verified") and value in ("true", "false")}
    said = properties.get("regionbus")
    ours = dict(said) if isinstance(said, dict) else {"owner": setting.owner, **told(properties, core)}
    derived = ours.pop("derived", None)
    node["properties"] = without(properties, derived if isinstance(derived, list) else [])
    node["properties"]["regionbus"] = ours
    located(node, ours)
    return node


def flattened(node: Tree, properties: Tree) -> None:
    """An event of 2.x or 3.x, everything of which stood in its properties."""
    core = properties["core_details"] = {name: properties.pop(name) for name in FLAT if name in properties}
    if isinstance(properties.get("road_name"), str):
        core.setdefault("road_names", [properties.pop("road_name")])
    if isinstance(core.get("event_type"), list) and core["event_type"]:
        properties["event_types"] = core.pop("event_type")
    if "id" not in node and "road_event_id" in properties:
        node["id"] = properties.pop("road_event_id")


def told(properties: Tree, core: Any) -> Tree:
    """What somebody else's event says in the shared words."""
    said, status = {}, properties.get("event_status")
    if isinstance(status, str) and status in STATES:
        said["lifecycle"] = STATES[status]
    roads = core.get("road_names") if isinstance(core, dict) else None
    if isinstance(roads, list) and roads and all(isinstance(road, str) and road.strip() for road in roads):
        ends = [properties.get(name) for name in ("beginning_cross_street", "ending_cross_street")]
        between = " – ".join(end for end in ends if isinstance(end, str) and end.strip())
        said["place"] = ", ".join([*roads, between] if between else roads)
    return said


def without(properties: Tree, derived: list[Any]) -> Tree:
    """The properties without what was only derived."""
    core = properties.get("core_details")
    inner = {name: value for name, value in core.items() if f"core_details/{name}" not in derived} if isinstance(core, dict) else core
    return {**{name: value for name, value in properties.items() if name not in derived}, "core_details": inner}


def located(node: Tree, ours: Tree) -> None:
    """A geometry as the text that the shared model has for it; a derived one is left out."""
    geometry = node.pop("geometry", None)
    if geometry is None or ours.pop("drawn", None) == "derived":
        return
    if not isinstance(geometry, dict):
        raise Malformed("wrong-shape", "geometry", found=native.shape(geometry), wanted="an object")
    geo.moved(geometry, lambda lat, lon: (lat, lon), "geometry")
    ours["geometry"] = json.dumps(geometry, ensure_ascii=False, separators=(",", ":"))


def completed(node: Tree, setting: Any) -> tuple[Tree, str]:
    """The feature with all that the schema wants, what is only derived named; and a time for the feed."""
    properties = node.setdefault("properties", {})
    core, ours = properties.setdefault("core_details", {}), properties.setdefault("regionbus", {})
    start = properties.get("start_date")
    moment = start or core.get("update_date") or core.get("creation_date") or ours.get("closed_at")
    if moment is None:
        raise Unsupported("cannot-say", "occurred_at", format=setting.name, reason="it has no time at all")
    kind = core.get("event_type", "work-zone")
    facts: Tree = {"start_date": moment, "end_date": ours.get("closed_at", moment)}
    facts |= {f"is_{name}_verified": False for name in VERIFIED if ACCURACY[name] not in properties and (kind != "detour" or "date" in name)}
    facts |= {} if kind == "detour" else {"vehicle_impact": "unknown", "location_method": "unknown"}
    inner = {"event_type": kind, "data_source_id": ours["owner"], "direction": "unknown", "road_names": [ours.get("place") or "unknown"]}
    derived = [name for name in facts if name not in properties] + [f"core_details/{name}" for name in inner if name not in core]
    geometry = line(drawn(ours.get("geometry")))
    if geometry:
        del ours["geometry"]
    elif "lat" in ours and "lon" in ours:
        geometry = {"type": "MultiPoint", "coordinates": [[ours["lon"], ours["lat"]]]}
        ours["drawn"] = "derived"
    else:
        raise Unsupported("cannot-say", "location", format=setting.name, reason="it has no line and no position")
    ours |= {"derived": derived} if derived else {}
    feature = {
        **node,
        "type": "Feature",
        "properties": {**facts, **properties, "core_details": {**inner, **core}, "regionbus": ours},
        "geometry": geometry,
    }
    return feature, core.get("update_date", moment)


def line(geometry: Tree | None) -> Tree | None:
    """The geometry, if it is one of WZDx."""
    least = KEPT.get((geometry or {}).get("type", ""), 0)
    return geometry if geometry and least and len(geometry.get("coordinates", [])) >= least else None


def device(entry: Entry, setting: Any) -> Iterator[Said]:
    """A field device: what it is, and what it does now."""
    local, kind = setting.shared_id("resource", entry.must("id")), entry.must(*CORE, "device_type")
    status = entry.text(*CORE, "device_status")
    position = native.find(entry.node, ("geometry", "coordinates"))
    spot = dict(zip(("lon", "lat"), position, strict=False)) if isinstance(position, list) else {}
    inner = Entry(setting.name, spot, entry.place("geometry"))
    point = inner.point(("lat",), ("lon",))
    entry.claimed |= {("geometry",)} if point and len(spot) == 2 else set()
    thing = {
        "resource_id": local,
        "owner": setting.owner,
        "kind": "Equipment",
        "types": [{"scheme": "urn:wzdx:device-type", "code": kind}],
        "name": entry.text(*CORE, "name"),
        "sharing": "Unknown",
    }
    state = {
        "resource_id": local,
        "at": entry.time(*CORE, "update_date"),
        "availability": DEVICES.get(status or "", "Unknown"),
        "native_status": {"scheme": "urn:wzdx:device-status", "code": status} if status else None,
        "position": point,
    }
    yield Said(Resource.model_validate({**thing, "extensions": entry.rest()}), deviations=(*entry.deviations, *inner.deviations))
    yield Said(ResourceState.model_validate(state))
