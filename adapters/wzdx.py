"""WZDx 4.2 work zone feeds (USDOT), both ways; feeds of 2.x to 4.1 and device feeds are read.

A road event is an Incident, a device a Resource and what it does now. What WZDx has no word for stands in the property ``regionbus``,
which its schema allows: owner, category, lifecycle, severity, mode, a point, a closing time. What the schema wants and the record does not
say is made up from the rest and named there as ``derived``, so that nobody reads it as said: a written event is then a work zone. Lanes,
restrictions, workers and the feed's own header ride along and come back. Lost: notes, casualties, zones and the rest of ``loses``.
"""

from collections.abc import Iterator
from typing import Any

from adapters._carry import MODES, same
from adapters._entry import Entry, Tree
from adapters._wzdx_feature import OURS, Device, completed, device, taken
from bridge import Incident, Malformed, Mapped, Rejected, mapping, native, parts, text

LICENSE = "https://creativecommons.org/publicdomain/zero/1.0/"
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
