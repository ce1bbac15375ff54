"""USGS earthquake GeoJSON 1.0, both ways, and the quakes of GeoNet, INGV and EMSC and GeoNet's volcanoes in: each Feature an Incident.

``automatic`` is Reported, ``reviewed`` (GeoNet: ``best``) Confirmed, ``deleted`` withdraws: Cancelled. The PAGER colour is the severity, red
Extreme to green Minor. The depth, kilometres down, is the point's altitude, metres up. ``ids`` are all ids under which the event is known, for
the preferred one may change from poll to poll. Magnitude, intensity, ``tsunami`` and what else is said ride in ``extensions``; ``metadata`` and
``bbox`` of the collection, which describe the poll, go, and so do the ``products`` of a detail feed, which stand at the event's address. What is
no natural event (``quarry blast``) has no category.

Written beside the properties of USGS where the record says more: ``category``, ``activity`` (GeoNet's word, the description), ``external_ids``.
Lost on the way out: what no catalogue of earthquakes says (``loses``).
"""

from typing import Any

from adapters._features import Features, Tree, an_object, coordinates, corner
from bridge import Malformed, Mapped, native, parts, times

EVENT = "urn:usgs:event"
NATURAL = {
    "",
    "earthquake",
    "landslide",
    "rock slide",
    "snow avalanche",
    "debris avalanche",
    "volcanic eruption",
    "volcano",
    "ice quake",
    "meteorite",
}
IDS = ("publicID", "volcanoID", "eventId", "unid")
WORDS = {"volcanoTitle": "title", "locality": "place", "flynn_region": "place", "magnitude": "mag", "lastupdate": "updated"}
"""The words of GeoNet, INGV and EMSC for those of USGS."""
QUALITY = {"best": "reviewed", "preliminary": "automatic", "automatic": "automatic", "deleted": "deleted"}
FIELDS: Tree = {
    "incident_id": {"at": "id", "id": "incident", "required": True},
    "external_ids": {"each": "properties.external_ids", "fields": {name: name for name in ("scheme", "code", "label")}},
    "name": "properties.title",
    "description": "properties.activity",
    "category": {"at": "properties.category", "required": True},
    "types.0": {"at": "properties.type", "scheme": "urn:usgs:event-type"},
    "lifecycle": {"at": "properties.status", "table": {"automatic": "Reported", "reviewed": "Confirmed", "deleted": "Cancelled"}},
    "severity": {"at": "properties.alert", "table": {"red": "Extreme", "orange": "Severe", "yellow": "Moderate", "green": "Minor"}},
    "occurred_at": {"at": "properties.time", "time": "epoch-ms"},
    "updated_at": {"at": "properties.updated", "time": "epoch-ms"},
    "location.name": "properties.place",
    "location.point": {"lat": "lat", "lon": "lon", "alt": "alt"},
    "attachments.0.uri": "properties.url",
}
PARTS, ENVELOPE, LOST = parts([{"type": "Incident", "fields": FIELDS}], {})


class Quakes(Features):
    """Features of USGS, and of GeoNet in the words of USGS."""

    def entry(self, feature: Tree) -> Tree:
        """Position and ids taken apart, the category that the type implies."""
        properties = {name: value for name, value in an_object(feature.get("properties"), "properties").items() if name != "products"}
        geometry = an_object(feature.get("geometry"), "geometry")
        found = {name: value for name, value in feature.items() if name not in ("type", "geometry", "properties")}
        for name in IDS:
            if name in properties and "id" not in found:
                found["id"] = properties.pop(name)
        reword(properties)
        if isinstance(properties.get("ids"), str) and properties.get("external_ids") in native.SILENT:
            properties["external_ids"] = [{"scheme": EVENT, "code": each} for each in properties.pop("ids").split(",") if each]
        if properties.get("category") in native.SILENT:
            properties["category"] = implied(properties.get("type"))
        position = coordinates(geometry, "Point")
        return {**found, "properties": properties, **(spot(position, properties) if position else {"geometry": geometry})}

    def feature(self, node: Tree) -> Tree:
        """The reverse, in the words of USGS."""
        properties = dict(node.pop("properties", {}))
        if properties.get("category") == implied(properties.get("type")):
            del properties["category"]
        if "status" not in properties:
            properties.pop("quality", None)  # alone it would be taken for the status
        known = properties.get("external_ids", [])
        if known and all(each.keys() == {"scheme", "code"} and each["scheme"] == EVENT and "," not in each["code"] for each in known):
            properties["ids"] = "".join(f",{each['code']}" for each in properties.pop("external_ids")) + ","
        geometry = node.pop("geometry", None)
        if "lat" in node:
            lat, lon, alt = node.pop("lat"), node.pop("lon"), node.pop("alt", None)
            geometry = {"type": "Point", "coordinates": [lon, lat] if alt is None else [lon, lat, round(0.0 - alt / 1000, 9)]}
        return {**node, "properties": properties, "geometry": geometry}


def reword(properties: Tree) -> None:
    """Says in the words of USGS what other catalogues say in theirs."""
    if "volcanoTitle" in properties:
        properties.setdefault("type", "volcano")
    for theirs, ours in WORDS.items():
        if theirs in properties and ours not in properties:
            properties[ours] = properties.pop(theirs)
    if isinstance(quality := properties.get("quality"), str) and properties.get("status") in native.SILENT:
        properties["status"] = QUALITY.get(quality)
    for name in ("time", "updated"):
        if isinstance(moment := properties.get(name), str):
            properties[name] = round(times.instant(moment, f"properties/{name}", "UTC")[0].timestamp() * 1000)


def implied(kind: Any) -> str:
    """The category of a type of event."""
    return "NaturalDisaster" if isinstance(kind, str | None) and (kind or "").lower() in NATURAL else "Unknown"


def spot(position: Any, properties: Tree) -> Tree:
    """The position; its depth in kilometres is an altitude in metres. A ``depth`` among the properties goes before: EMSC's third number is a height."""
    lat, lon = corner(position)
    depth = properties.pop("depth", None)
    if depth is None and len(position) > 2:
        depth = position[2]
    if isinstance(depth, bool) or not isinstance(depth, int | float | None):
        raise Malformed("not-a-number", "geometry", value=depth)
    return {"lat": lat, "lon": lon, **({} if depth is None else {"alt": 0.0 - depth * 1000})}


class UsgsGeojson(Mapped):
    """USGS GeoJSON, both ways."""

    media_type = "application/geo+json"
    records = tuple(part.cls for part in PARTS)
    loses = LOST
    source = Quakes()
    parts = PARTS
    envelope = ENVELOPE
