"""GeoJSON feeds of incidents and warnings of fire and rescue services (Australian states: NSW RFS, Emergency Victoria, QFD), in only: an Incident each.

Such feeds share no names: the id is the Feature's own, else its ``guid``, ``id``, ``UniqueID``, ``sourceId`` or ``OBJECTID``; the name its ``title``,
``name`` or ``WarningTitle``. NSW says the rest in an HTML description, ``STATUS: Under control <br />TYPE: Grass Fire``: these lines are read as if they
were properties, and stay in the description. The alert level of the Australian Warning System is the severity (Advice Moderate, Watch and Act Severe,
Emergency Warning Extreme), the status of a fire the lifecycle. The first point of a geometry is the position; all of it, if there is more, the geometry.
Times without a zone are of ``zone``; without one they stay as they are, and so do forms that say no order of day and month. A geometry
alone says nothing. What has no home rides in ``extensions``.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

from adapters._entry import Entry
from adapters._html import plain
from bridge import Adapter, GeoPoint, Incident, Malformed, Rejected, Said, geo, native, text, times, validated, verbs

Tree = dict[str, Any]
IDS = ("guid", "id", "UniqueID", "sourceId", "OBJECTID")
NAMES = ("title", "name", "WarningTitle")
LEVELS = ("ALERT LEVEL", "category", "WarningLevel", "category1")
STATUSES = ("STATUS", "status")
TYPES = ("TYPE", "category2", "CallToAction")
TEXTS = ("description", "WarningText", "webBody", "Header")
SEVERITY = {"advice": "Moderate", "watch and act": "Severe", "emergency warning": "Extreme"}
LIFECYCLE = {
    "out of control": "InProgress",
    "being controlled": "InProgress",
    "not yet under control": "InProgress",
    "responding": "InProgress",
    "active": "InProgress",
    "under control": "Contained",
    "safe": "Closed",
    "complete": "Closed",
}
LINE = re.compile(r"^([A-Z][A-Z ]{2,30}): ?(\S.*)$", re.MULTILINE)
GEOMETRIES = ("Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon", "GeometryCollection")
SCHEME = "urn:geojson-incident"


class GeojsonIncident(Adapter):
    """Feeds of incidents, in only."""

    media_type = "application/geo+json"
    records = (Incident,)
    writes = False

    zone: str | None = None
    """IANA zone of times that name none."""

    def decode(self, data: bytes) -> Iterator[Said | Rejected]:
        """Feature by Feature; a wrong one is refused alone."""
        document = text.read_json(data)
        kind = document.get("type") if isinstance(document, dict) else None
        if kind in GEOMETRIES:
            return
        if kind not in ("Feature", "FeatureCollection"):
            raise Malformed("root", found=kind or native.shape(document), wanted="FeatureCollection")
        if kind == "Feature":
            yield self.incident(document, "")
            return
        features = document.get("features")
        if not isinstance(features, list):
            raise Malformed("wrong-shape", "features", found=native.shape(features), wanted="a list")
        for index, feature in enumerate(features):
            try:
                yield self.incident(feature, f"features/{index}")
            except Rejected as error:
                yield error

    def incident(self, feature: Any, at: str) -> Said:
        """One Feature."""
        entry = Entry(self.name, feature, at, self.zone)
        entry.claimed.add(("type",))
        lines = self.lines(entry)
        identifier = entry.text("id") or self.first(entry, IDS)
        if identifier is None:
            raise Malformed("missing", entry.place("properties", "guid"))
        level, status, kind = (self.first(entry, names, lines, keep=keep) for names, keep in ((LEVELS, True), (STATUSES, True), (TYPES, False)))
        tree = {
            "incident_id": self.shared_id("incident", identifier),
            "owner": self.owner,
            "updated_at": self.moment(entry, lines),
            "reported_at": self.stamp(entry, "created"),
            "name": self.first(entry, NAMES),
            "category": "Unknown",
            "types": [{"scheme": f"{SCHEME}:type", "code": kind}] if kind else [],
            "lifecycle": LIFECYCLE.get((status or "").lower(), "Unknown"),
            "severity": SEVERITY.get((level or "").lower(), "Unknown"),
            "location": self.location(entry, lines),
            "description": plain(self.first(entry, TEXTS) or "") or None,
            "involved_agencies": [lines["RESPONSIBLE AGENCY"]] if "RESPONSIBLE AGENCY" in lines else [],
        }
        whole = {name: value for name, value in tree.items() if value is not None} | {"extensions": entry.rest()}
        return Said(validated(Incident, whole, at), deviations=tuple(entry.deviations))

    def lines(self, entry: Entry) -> dict[str, str]:
        """What an HTML description says line by line."""
        found = native.find(entry.node, ("properties", "description"))
        return dict(LINE.findall(plain(found))) if isinstance(found, str) else {}

    def first(self, entry: Entry, names: tuple[str, ...], lines: dict[str, str] | None = None, *, keep: bool = False) -> str | None:
        """The first of these properties, or of the lines of the description, that says something; ``keep``: it says more than its symbol."""
        for name in names:
            if lines and name in lines:
                return lines[name]
            if (found := native.find(entry.node, ("properties", name))) not in native.SILENT and not isinstance(found, dict | list):
                return verbs.words(found, "").strip() or None if keep else entry.text("properties", name)
        return None

    def stamp(self, entry: Entry, name: str) -> str | None:
        """A time that names its zone."""
        found = native.find(entry.node, ("properties", name))
        try:
            moment, zoned = times.instant(found if isinstance(found, str) else "", name, "UTC")
        except Rejected:
            return None
        if not zoned:
            return None
        entry.take("properties", name)
        return times.iso(moment)

    def moment(self, entry: Entry, lines: dict[str, str]) -> str | None:
        """When it was last told."""
        if (found := self.stamp(entry, "updated")) is not None or not (self.zone and "UPDATED" in lines):
            return found
        try:
            return times.iso(times.patterned(lines["UPDATED"], "%d %b %Y %H:%M", entry.place("properties", "description"), self.zone))
        except Rejected:
            return None

    def location(self, entry: Entry, lines: dict[str, str]) -> Tree:
        """The place in words, the first point, and the shape, if there is more than that point."""
        found: Tree = {"name": lines.get("LOCATION") or self.first(entry, ("location",))}
        shape = native.find(entry.node, ("geometry",))
        try:
            if shape is not None:
                geo.moved(shape, lambda lat, lon: (lat, lon))
        except (Rejected, RecursionError, TypeError, OverflowError):
            entry.odd("no GeoJSON geometry", "geometry")
            shape = None
        if isinstance(shape, dict):
            entry.claimed.add(("geometry",))
            point = spot(shape)
            found["point"] = point and point.model_dump(exclude_defaults=True)
            if shape.get("type") != "Point" or not point:
                found["geometry"] = json.dumps(shape, ensure_ascii=False, separators=(",", ":"))
        return {name: value for name, value in found.items() if value}


def spot(shape: Tree) -> GeoPoint | None:
    """The first point in a geometry."""
    if shape.get("type") == "GeometryCollection":
        return next((found for part in shape["geometries"] if (found := spot(part))), None)
    where = shape.get("coordinates")
    if shape.get("type") != "Point" or not isinstance(where, list) or not all(isinstance(each, int | float) for each in where) or len(where) < 2:
        return None
    alt = float(where[2]) if len(where) > 2 and abs(where[2]) < 1e6 else None
    return GeoPoint(lat=float(where[1]), lon=float(where[0]), alt=alt)
