"""WZDx 4.2 work zone feeds (USDOT), both ways; feeds of 2.x to 4.1 and device feeds are read.

A road event is an Incident, a device a Resource and what it does now. What WZDx has no word for stands in the property ``regionbus``,
which its schema allows: owner, category, lifecycle, severity, mode, a point, a closing time. What the schema wants and the record does not
say is made up from the rest and named there as ``derived``, so that nobody reads it as said: a written event is then a work zone. Lanes,
restrictions, workers and the feed's own header ride along and come back. Lost: notes, casualties, zones and the rest of ``loses``.
"""

import json
from collections.abc import Iterator
from typing import Any

from adapters._carry import MODES, drawn, same
from adapters._entry import Entry, Tree
from bridge import Incident, Malformed, Mapped, Rejected, Resource, ResourceState, Said, Unsupported, geo, mapping, native, parts, text

OURS = ("properties", "regionbus")
CORE = ("properties", "core_details")
LICENSE = "https://creativecommons.org/publicdomain/zero/1.0/"
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
INCIDENT = {
    "incident_id": {"at": "id", "id": "incident", "required": True},
    "owner": {"at": "properties.regionbus.owner", "required": True},
    "name": "properties.core_details.name",
    "description": "properties.core_details.description",
    "types.0": {"at": "properties.core_details.event_type", "scheme": "urn:wzdx:event-type"},
    "category": {"at": "properties.regionbus.category", "table": same("category")},
    "lifecycle": {"at": "properties.regionbus.lifecycle", "table": same("lifecycle")},
    "severity": {"at": "properties.regionbus.severity", "table": same("severity")},
    "occurred_at": "properties.start_date",
    "reported_at": "properties.core_details.creation_date",
    "updated_at": "properties.core_details.update_date",
    "closed_at": "properties.regionbus.closed_at",
    "location.point": {"lat": "properties.regionbus.lat", "lon": "properties.regionbus.lon", "alt": "properties.regionbus.alt"},
    "location.geometry": "properties.regionbus.geometry",
    "location.address.text": "properties.regionbus.place",
}
PARTS, ENVELOPE, LOST = parts([{"type": "Incident", "fields": INCIDENT}], {"mode": {"at": "properties.regionbus.mode", "table": MODES}})


class Device(dict[str, Any]):
    """A field device in a feed."""


class Document:
    """The feed: a feature for each event, with the feed's header beside the first."""

    def read(self, data: bytes, setting: Any) -> Iterator[tuple[str, Any]]:
        """The features; those of older versions as 4.2 has them."""
        document = text.read_json(data, encoding=setting.encoding)
        if not isinstance(document, dict) or not isinstance(document.get("features"), list):
            raise Malformed("missing", "features")
        if not document["features"]:
            raise Malformed("nothing-said")
        around = {name: value for name, value in document.items() if name not in ("type", "features") and value not in native.SILENT}
        if native.find(around, ("feed_info", "derived")) is True:
            around.pop("feed_info")
        for index, feature in enumerate(document["features"]):
            at = f"features/{index}"
            try:
                entry = taken(feature, setting)
            except Rejected as error:
                yield at, mapping.within(error, at)
                continue
            if around and isinstance(entry, dict):
                entry[native.AROUND], around = around, {}
            yield at, entry

    def write(self, node: Tree, setting: Any) -> bytes:
        """A feed of one event."""
        around = node.pop(native.AROUND, {})
        feature, moment = completed(node, setting)
        core = feature["properties"]["core_details"]
        source = {"data_source_id": core["data_source_id"], "organization_name": native.find(feature, (*OURS, "owner"))}
        header = {"publisher": source["organization_name"], "version": "4.2", "license": LICENSE, "update_date": moment, "data_sources": [source]}
        info = {} if {"feed_info", "road_event_feed_info"} & around.keys() else {"feed_info": {**header, "derived": True}}
        return text.write_json({**info, **around, "type": "FeatureCollection", "features": [feature]})


OTHERS = {Device: lambda entry, my: device(Entry(my.name, dict(entry), "", my.zone), my)}


class Wzdx(Mapped):
    """Work zone feeds, both ways."""

    media_type = "application/geo+json"
    records = (Incident,)
    loses = LOST
    source = Document()
    parts = PARTS
    envelope = ENVELOPE
    others = OTHERS

    zone: str | None = "UTC"


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
