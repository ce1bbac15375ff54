"""UCRI2 1.0 (PMeV, control rooms in Germany), JSON: incidents both ways; answers, notifications, resource requests and delivery states are read.

The payload alone or in its envelope. An incident and its completion are an Incident; an acknowledgement a Receipt; a resource request a
ResourceRequest of a line for each resource beside its Incident; a notification, and a delivery state that names no time, a
SituationReport; a catalogue is read as a Resource of unknown kind whose capabilities are its codes. Patients ride in the extensions.
The schemas are closed: an Incident loses all that they do not name, its lifecycle too unless it is over, and then all but that. An id that
is no UUID is written as ``internalId``, and as ``sharedIncidentId`` the UUID (version 5) made of it.
"""

import re
import uuid
from collections.abc import Iterator
from typing import Any

from adapters._entry import Entry, Tree
from adapters._ucri2_messages import CLASSES, is_uuid, message
from bridge import Incident, Malformed, Mapped, Said, Says, native, parts, text

CODES = re.compile(r"[0-9]+"), re.compile(r"[A-Z]{2}")
ENVELOPE_OF = ("appId", "appVersion", "schemaId")
SPACE = uuid.UUID("6ba7b812-9dad-11d1-80b4-00c04fd430c8")
ADDRESS = {
    "street": "street",
    "number": "houseNumber",
    "postal_code": "postalCode",
    "locality": "city",
    "country_code": "country",
}
INCIDENT: dict[str, Any] = {
    "incident_id": {"at": "sharedIncidentId", "id": "incident", "required": True},
    "external_ids.0": {"at": "internalId", "scheme": "urn:ucri2:internal-id"},
    "name": "issue",
    "description": "additionalInformation",
    "types": {"each": "classifications", "fields": {"scheme": {"fixed": CLASSES}, "code": "code"}},
    "updated_at": {"at": "sentByDispatcherAt", "required": True},
    "occurred_at": "startTimestamp",
    "location.point": {"lat": "missionLocation.coordinate.lat", "lon": "missionLocation.coordinate.lon"},
    "location.name": "missionLocation.object.name",
    "location.note": "missionLocation.additionalInformation",
    **{f"location.address.{shared}": f"missionLocation.address.{place}" for shared, place in ADDRESS.items()},
    "location.address.unit": "missionLocation.room",
    "notes": {"each": "protocolRemarks", "fields": {"text": {"at": "message", "default": ""}, "at": "timestamp", "category": "category"}},
    "contacts": {"each": "informers", "fields": {"name": "name", "value": "phone"}},
}
PARTS, ENVELOPE, LOST = parts([{"type": "Incident", "fields": INCIDENT}], {})
ENDED = {f"Incident.{name}" for name in Incident.model_fields} - {"Incident.incident_id", "Incident.closed_at", "Incident.description"}
"""All that a completion does not say."""


class Payload(dict[str, Any]):
    """A message that is no incident, with what its envelope says."""


class Document:
    """The message: its incident, or the message itself."""

    def read(self, data: bytes, setting: Any) -> Iterator[tuple[str, Any]]:
        """A payload, alone or in its envelope."""
        document = text.read_json(data, encoding=setting.encoding)
        if not isinstance(document, dict):
            raise Malformed("root", found=native.shape(document), wanted="an object")
        payload, around = document, {}
        if isinstance(document.get("payload"), dict):
            payload, around = document["payload"], {name: value for name, value in document.items() if name != "payload"}
            around |= {name: payload[name] for name in ENVELOPE_OF if name in payload}
            payload = {name: value for name, value in payload.items() if name not in ENVELOPE_OF}
            inner = [value for value in payload.values() if isinstance(value, dict)]
            payload = inner[0] if len(payload) == 1 and inner else payload
        if "sentByDispatcherAt" in payload:
            yield "", {**taken(payload), "?envelope": around}
        if "sentByDispatcherAt" not in payload or "requestedResources" in payload:
            yield "", Payload({**payload, "?envelope": around})

    def write(self, node: Tree, setting: Any) -> bytes:  # noqa: ARG002  JSON is UTF-8
        """The payload."""
        return text.write_json(valid(node))


class Ucri2(Mapped):
    """UCRI2, incidents both ways."""

    media_type = "application/json"
    records = (Incident,)
    loses = frozenset(LOST | ENDED)
    source = Document()
    parts = PARTS
    envelope = ENVELOPE
    zone: str | None = "Europe/Berlin"

    def _said(self, entry: Any) -> Iterator[Said]:
        """Incidents by the mapping, other messages as they are."""
        around = entry.pop("?envelope", {})
        outer = Entry(self.name, around, "", self.zone)
        says = Says(message_id=outer.text("messageId"), sent=outer.time("sentDate"))
        found = message(Entry(self.name, dict(entry), "", self.zone), self, outer) if isinstance(entry, Payload) else super()._said(entry)
        kept = {key.replace(":", ":../", 1): value for key, value in outer.rest().items()}
        for each in found:
            record = (
                type(each.record).model_validate({**dict(each.record), "extensions": {**getattr(each.record, "extensions", {}), **kept}})
                if kept and "extensions" in type(each.record).model_fields
                else each.record
            )
            yield Said(record, Says(**{**dict(says), "action": each.says.action}), (*each.deviations, *outer.deviations))

    def encode(self, said: Said) -> bytes:
        """An incident, or its completion if it is over and UCRI2 knows it by a UUID."""
        record: Any = said.record
        local = self.local_id("incident", record.incident_id)
        own = is_uuid(local) and self.shared_id("incident", local) == record.incident_id
        if own and record.closed_at and record.lifecycle in ("Closed", "Cancelled"):
            status = "aborted" if record.lifecycle == "Cancelled" else "completed_sucessfully"
            node = {
                "sharedIncidentId": local,
                "completedAt": record.closed_at.isoformat(),
                "status": status,
                "additionalInformation": record.description,
            }
            return text.write_json({name: value for name, value in node.items() if value})
        types = tuple(kind for kind in record.types if kind.scheme == CLASSES and kind.code)
        notes = tuple(note for note in record.notes if note.at and note.text)
        contacts = tuple(contact for contact in record.contacts if contact.name)
        kept = {key: value for key, value in record.extensions.items() if not key.startswith(f"{self.name}:..")}  # no envelope is written
        fit = {"types": types, "notes": notes, "contacts": contacts, "extensions": kept}
        return super().encode(Said(record.model_copy(update=fit), said.says))


def taken(payload: Tree) -> Tree:
    """An incident as the mapping sees it."""
    node = {name: value for name, value in payload.items() if name != "requestedResources"}
    own = node.get("internalId")
    if isinstance(own, str) and node.get("sharedIncidentId") == str(uuid.uuid5(SPACE, own)):
        node["sharedIncidentId"] = node.pop("internalId")
    classes = node.get("classifications")
    if isinstance(classes, list):
        node["classifications"] = [{"code": code} if isinstance(code, str) else code for code in classes]
    if "missionLocation" not in node and isinstance(node.get("pickupLocation"), dict):
        node["missionLocation"] = node.pop("pickupLocation")
    return node


def valid(node: Tree) -> Tree:
    """The payload as the closed schemas want it."""
    local = node["sharedIncidentId"]
    if not is_uuid(local):
        node |= {"internalId": local, "sharedIncidentId": str(uuid.uuid5(SPACE, local))}
    place = node.setdefault("missionLocation", {})
    address = place.get("address", {})
    for name, form in zip(("postalCode", "country"), CODES, strict=True):
        if not form.fullmatch(str(address.get(name, ""))):
            address.pop(name, None)
    if not address.get("street"):
        place.pop("address", None)
    if "classifications" in node:
        node["classifications"] = [each["code"] for each in node["classifications"]]
    return {name: value for name, value in node.items() if value not in native.SILENT or name == "missionLocation"}
