"""Open511 1.0 (and 0.9) road events, both ways: JSON and its XML twin are read, JSON is written; TMDD's full event updates are read.

An event or a report is an Incident. Whatever else the API lists (cameras, roads, areas, jurisdictions, …) is a Resource, Unknown if nothing
says that it is equipment or a facility; it is only read. What Open511 has no word for but lets its users add stands under names with a plus, as its
specification demands: ``+owner``, ``+category``, ``+lifecycle``, ``+severity``, ``+occurred_at``, ``+place``, and ``+point`` beside a line
or an area. What the specification wants and the record does not say is made up from the rest and named in ``+derived``, so that nobody
reads it as said. A schedule, roads and areas ride along and come back. Lost: notes, casualties, zones and the rest of ``loses``.
"""

from collections.abc import Iterator
from typing import Any

from adapters import _gml
from adapters._carry import MODES, same
from adapters._entry import Entry, Tree
from adapters._open511_event import completed, taken, thing
from bridge import Incident, Malformed, Mapped, Rejected, mapping, native, parts, text, xml

EVENT_TYPES = "CONSTRUCTION SPECIAL_EVENT INCIDENT WEATHER_CONDITION ROAD_CONDITION".split()
EVENTS = ("events", "reports")
AROUND = ("meta", "pagination")
META = {"meta": {"version": "v1"}}
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
