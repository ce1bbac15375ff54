"""IRWIN / WFIGS wildland fire incidents (NIFC, ESRI JSON and GeoJSON of the open-data services), and IRWIN's work products in UICDS; read only.

A fire is known by its IrwinID, without braces. Areas are in acres and stay in the extensions, as do GACC, dispatch centre and the like. What is
contained wholly is Contained, what is out or controlled Closed; a fire merged into a complex has it as its parent. Epochs are milliseconds.
"""

from collections.abc import Iterator
from typing import Any

from adapters import _uicds
from adapters._entry import Entry, Tree
from bridge import Adapter, GeoPoint, Incident, Malformed, Rejected, Said, native, text, xml

KINDS = {"WF": "Wildfire", "RX": "Prescribed Fire", "CX": "Incident Complex"}
FAMILY = {"WF": "NaturalDisaster", "CX": "NaturalDisaster"}
CAUSES = {"Natural": "Natural"}  # a human one may be an accident or arson
PLACES = {"lat": ("InitialLatitude", "OriginLatitude"), "lon": ("InitialLongitude", "OriginLongitude")}
TIMES = {
    "occurred_at": ("FireDiscoveryDateTime",),
    "reported_at": ("CreatedOnDateTime", "CreatedOnDateTime_dt"),
    "updated_at": ("ModifiedOnDateTime", "ModifiedOnDateTime_dt"),
    "closed_at": ("FireOutDateTime",),
}


class Irwin(Adapter):
    """Wildland fires, read."""

    media_type = "application/json"
    records = _uicds.RECORDS
    writes = False

    zone: str = "UTC"
    """IANA zone of times that name none: the services say UTC."""

    def decode(self, data: bytes) -> Iterator[Said | Rejected]:
        """Fire by fire; a wrong one is refused alone."""
        if data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"<":
            root = xml.parse(data)
            yield from _uicds.read(self, {xml.name(root): xml.tree(root)}, self.zone)
            return
        document = text.read_json(data)
        listed = document.get("features", [document]) if isinstance(document, dict) else document
        if not isinstance(listed, list):
            raise Malformed("wrong-shape", "features", found=native.shape(listed), wanted="a list")
        if not listed:
            raise Malformed("nothing-said")
        for index, feature in enumerate(listed):
            try:
                yield self._fire(feature, f"features/{index}")
            except Rejected as error:
                yield error

    def _fire(self, feature: Any, at: str) -> Said:
        """A feature, or its attributes alone. Names may have a service's prefix (``attr_``)."""
        if not isinstance(feature, dict):
            raise Malformed("wrong-shape", at, found=native.shape(feature), wanted="an object")
        around = Entry(self.name, feature, at, self.zone)
        inner = next((name for name in ("attributes", "properties") if isinstance(feature.get(name), dict)), None)
        entry = Entry(self.name, {name.removeprefix("attr_"): value for name, value in (feature[inner] if inner else feature).items()}, at, self.zone)
        kind, cause = entry.text("IncidentTypeCategory"), entry.code(CAUSES, "FireCause")
        parent = bare(entry.text("CpxID") or entry.text("ComplexParentIrwinID"))
        fire, state = entry.text("UniqueFireIdentifier"), entry.text("POOState")
        found = {shared: first(entry, places) for shared, places in TIMES.items()}
        record: Tree = {
            "incident_id": self.shared_id("incident", bare(entry.must("IrwinID")) or ""),
            "owner": self.owner,
            "name": entry.text("IncidentName"),
            "external_ids": [{"scheme": "urn:us:nwcg:unique-fire-identifier", "code": fire}] if fire else [],
            "parent_incident_id": parent and self.shared_id("incident", parent),
            "types": [{"scheme": "urn:us:nwcg:incident-type-category", "code": kind, "label": KINDS.get(kind)}] if kind else [],
            "category": FAMILY.get(kind or "", "Unknown"),
            "lifecycle": lifecycle(entry, found),
            "cause": cause,
            **found,
            "description": entry.text("IncidentShortDescription"),
            "location": {
                "point": self._point(around, entry),
                "address": {"locality": entry.text("POOCity"), "country_code": "US", "text": state} if state else None,
                "geometry": self._outline(around),
            },
        }
        kept = entry.rest() | ({key: value for key, value in around.rest().items() if not key.startswith(f"{self.name}:{inner}")} if inner else {})
        return Said(Incident.model_validate({**record, "extensions": kept}), deviations=(*around.deviations, *entry.deviations))

    def _point(self, around: Entry, entry: Entry) -> GeoPoint | None:
        """Where it began: the attributes, else the feature's own place."""
        for lat, lon in zip(*PLACES.values(), strict=True):
            if point := entry.point((lat,), (lon,)):
                return point
        position = native.find(around.node, ("geometry", "coordinates"))
        if isinstance(position, list) and len(position) > 1 and around.node["geometry"].get("type") == "Point":
            around.claimed.add(("geometry",))
            return Entry(self.name, {"lat": position[1], "lon": position[0]}, around.place("geometry")).point(("lat",), ("lon",))
        return around.point(("geometry", "y"), ("geometry", "x")) if isinstance(around.node.get("geometry"), dict) else None

    def _outline(self, around: Entry) -> str | None:
        """The perimeter, if the feature has one."""
        geometry = around.node.get("geometry")
        if not (isinstance(geometry, dict) and geometry.get("type") in ("Polygon", "MultiPolygon")):
            return None
        around.claimed.add(("geometry",))
        return native.pack(geometry)


def bare(words: str | None) -> str | None:
    """A GUID without its braces, in upper case as IRWIN writes it."""
    return words.strip("{} ").upper() or None if words else None


def first(entry: Entry, places: tuple[str, ...]) -> Any:
    """The first of these times that is said."""
    return next((moment for place in places if (moment := entry.time(place))), None)


def lifecycle(entry: Entry, found: Tree) -> str:
    """How far it is: out, controlled, contained, else burning."""
    if found["closed_at"] or entry.node.get("ControlDateTime"):
        return "Closed"
    contained = entry.number("PercentContained")
    entry.claimed.discard(("PercentContained",))
    return "Contained" if entry.node.get("ContainmentDateTime") or contained == 100 else "InProgress"
