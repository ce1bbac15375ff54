"""NENA EIDO 1.0 (STA-021.1b), JSON: its incident both ways; its emergency resources are read.

``incidentComponent`` is an Incident, ``notesComponent`` its notes, ``linkComponent`` its links, ``mediaComponent`` its attachments, the PIDF-LO of
the location it refers to its position and address; every other component rides along and comes back. What EIDO has no word for stands under
``regionbus`` inside the incident: owner, category, lifecycle, severity, name, description, times. An id that the standard demands and the record
does not have begins with ``urn:regionbus:`` and is not read; other such facts are named beside them. Real producers deviate: incidents in
a list, ``noteText``, ids under other names, references that lead nowhere, alerts of a campus without any component; all are read, and named.
"""

from collections.abc import Iterator
from typing import Any

from adapters import _pidf
from adapters._carry import MODES, same
from adapters._eido_document import OURS, Alert, Unit, completed, opened
from adapters._eido_units import alert, unit
from adapters._entry import Entry, Tree
from bridge import Incident, Malformed, Mapped, Rejected, Said, mapping, parts, text

PLACE = {"location.point": {"lat": "location.lat", "lon": "location.lon", "alt": "location.alt"}}
INCIDENT = {
    "incident_id": {"at": "incidentComponent.$id", "id": "incident", "required": True},
    "owner": {"at": OURS + "owner", "required": True},
    "updated_at": "incidentComponent.lastUpdateTimeStamp",
    "types.0": {
        "at": "incidentComponent.incidentTypeCommonRegistryText",
        "scheme": "urn:nena:eido:incident-type",
        "label": "incidentComponent.incidentTypeInternalText",
    },
    "external_ids.0": {"at": "incidentComponent.internalIncidentId", "scheme": "urn:nena:eido:internal-incident-id"},
    **{name: {"at": OURS + name, "table": same(name)} for name in ("category", "lifecycle", "severity")},
    **{name: OURS + name for name in ("name", "description", "occurred_at", "reported_at", "closed_at")},
    **PLACE,
    **{f"location.address.{name}": f"location.{name}" for name in _pidf.FIELDS},
    "notes": {"each": "notesComponent", "fields": {"text": {"at": "notesActionComments", "default": ""}, "at": "lastUpdateTimeStamp"}},
    "links": {
        "each": "linkComponent",
        "fields": {
            "incident_id": {"at": "incidentTrackingIdentifier", "id": "incident"},
            "relation": {"at": "linkDirectionCode", "table": {"PARENT": "PartOf", "RELATED": "Related"}},
        },
    },
    "attachments": {"each": "mediaComponent", "fields": {"uri": "uri", "mime_type": "contentType", "description": "label"}},
}
PARTS, ENVELOPE, LOST = parts([{"type": "Incident", "fields": INCIDENT}], {"mode": {"at": OURS + "mode", "table": MODES}, "message_id": "$id"})


class Document:
    """The document: its incidents, then its resources."""

    def read(self, data: bytes, setting: Any) -> Iterator[tuple[str, Any]]:
        """Every incident with the components around it."""
        document = text.read_json(data, encoding=setting.encoding)
        documents = document if isinstance(document, list) else [document]
        if not documents:
            raise Malformed("nothing-said")
        for index, each in enumerate(documents):
            at = f"{index}" if isinstance(document, list) else ""
            try:
                yield from opened(each, at, setting)
            except Rejected as error:
                yield at, mapping.within(error, at)

    def write(self, node: Tree, setting: Any) -> bytes:
        """An EIDO of one incident."""
        return text.write_json(completed(node, setting))


OTHERS = {
    Alert: lambda entry, my: [alert(Entry(my.name, dict(entry), "", my.zone), my)],
    Unit: lambda entry, my: unit(Entry(my.name, dict(entry), "", my.zone), my),
}


class Eido(Mapped):
    """EIDO, both ways."""

    media_type = "application/json"
    records = (Incident,)
    loses = LOST
    source = Document()
    parts = PARTS
    envelope = ENVELOPE
    others = OTHERS

    zone: str | None = "UTC"

    def _said(self, entry: Any) -> Iterator[Said]:
        """As ever, with what was found to be odd on the way."""
        odd = tuple(entry.pop("?odd", ())) if isinstance(entry, dict) else ()
        yield from (Said(each.record, each.says, odd + each.deviations) for each in super()._said(entry))
