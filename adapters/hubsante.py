"""Messages of the French health hub (Hub Santé, SAMU-Hub-Modeles 2.x), JSON and XML, or inside EDXL-DE, both ways.

RC-EDA and RS-EDA say an Incident; RS-DR and RS-RR a ResourceRequest and its answer; RS-RI and RC-RI a Resource and what it does now; RS-SR and
GEO-POS that alone; RS-ER what is engaged without a name, as a request; GEO-REQ a question, GEO-RES Resources; RC-REF and RS-ERROR, which name no
time, a SituationReport. Callers are contacts; patients, decisions and further alerts ride in the extensions.
Written are RC-EDA; RS-DR (of a purpose of the hub) and RS-RR; GEO-POS, or without a position RS-SR (of a state of the hub). Ids that are none of
the hub's go behind ``cn.regionbus.hub.``. All are JSON and closed: a record loses what they do not name, an Incident its lifecycle too. What
RC-EDA wants and the record does not say is written as what reads as silence: ``C00.00.00``, the locID ``-``, the precision ``INCONNUE``, the
geometry's time of the case, the country of the option ``country``.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from adapters._entry import Entry, Tree
from adapters._hubsante_case import Message, completed, opened, taken
from adapters._hubsante_messages import message
from adapters._hubsante_write import LOST as LOST_BESIDE
from adapters._hubsante_write import document as written
from bridge import Incident, Mapped, ResourceRequest, ResourceState, Said, parts, text

HAZARDS, PLACES = "urn:fr:samu:risk-threat", "urn:fr:samu:location-kind"
INCIDENT: dict[str, Any] = {
    "incident_id": {"at": "caseId", "id": "incident", "required": True},
    "description": "freetext",
    "external_ids.0": {"at": "senderCaseId", "scheme": "urn:fr:samu:sender-case-id"},
    "updated_at": {"at": "creation", "required": True},
    "reported_at": "initialAlert.reception",
    "types.0": {"at": "qualification.whatsHappen.code", "scheme": "urn:fr:samu:whats-happen", "label": "qualification.whatsHappen.label"},
    "hazards": {"each": "qualification.riskThreat", "fields": {"scheme": {"fixed": HAZARDS}, "code": "code", "label": "label"}},
    "location.location_id": "location.locID",
    "location.name": "location.locLabel",
    "location.note": "location.freetext",
    "location.kind": {"at": "qualification.locationKind.code", "scheme": PLACES, "label": "qualification.locationKind.label"},
    "location.observed_at": "location.geometry.datetime",
    "location.point": {
        "lat": "location.geometry.point.coord.lat",
        "lon": "location.geometry.point.coord.lon",
        "alt": "location.geometry.point.coord.height",
    },
    "location.address.text": "location.detailedAddress.complete",
    "location.address.number": "location.detailedAddress.number",
    "location.address.street": "location.detailedAddress.wayName.complete",
    "location.address.locality": "location.city.name",
    "location.address.admin_code": "location.city.inseeCode",
    "location.address.unit": "location.access.roomNumber",
    "location.address.country_code": "location.country",
    "notes": {"each": "initialAlert.notes", "fields": {"text": {"at": "freetext", "default": ""}, "at": "creation"}},
    "contacts.0.name": "initialAlert.caller.detailedName.complete",
    "contacts.0.value": "initialAlert.caller.callerContact.detail",
}
PARTS, ENVELOPE, LOST = parts([{"type": "Incident", "fields": INCIDENT}], {})
ALERTED = {"Incident.updated_at", "Incident.reported_at", "Incident.notes", "Incident.contacts", "Incident.hazards", "Incident.location"}
"""What only an alert can say, only codes of the hub's own lists, or only to the second."""


class Document:
    """The message, taken out of its envelope."""

    def read(self, data: bytes, setting: Any) -> Iterator[tuple[str, Any]]:
        """A case for the mapping, or another message as it is."""
        root, payload = opened(data, setting)
        if {"caseId", "creation"} <= payload.keys():
            yield "", taken({**payload, **({"@root": root} if root != "createCase" else {})}, setting)
        else:
            yield "", Message(payload)

    def write(self, node: Tree, setting: Any) -> bytes:
        """The case, as its schema wants it."""
        root = node.pop("@root", "createCase")
        case = completed(node, setting)
        if (
            root == "createCase"
            and not {"id", "reporting", "caller", "location", "qualification", "callTaker"} <= case.get("initialAlert", {}).keys()
        ):
            case.pop("initialAlert", None)  # half an alert is none
        return text.write_json({root if isinstance(root, str) else "createCase": case})


OTHERS = {Message: lambda entry, my: message(Entry(my.name, dict(entry), "", my.zone), my)}


class Hubsante(Mapped):
    """Hub Santé, both ways."""

    media_type = "application/json"
    records = (Incident, ResourceRequest, ResourceState)
    loses = frozenset(LOST | ALERTED | LOST_BESIDE)
    source = Document()
    parts = PARTS
    envelope = ENVELOPE
    others = OTHERS

    zone: str | None = "Europe/Paris"

    country: str = "CN"
    """ISO 3166-1 code of the country that silence means; it is written and not read."""

    def encode(self, said: Said) -> bytes:
        """A case, or the message that says it. Codes of other lists have no place in them."""
        record: Any = said.record
        if not isinstance(record, Incident):
            return text.write_json(written(record, self))
        hazards = tuple(each for each in record.hazards if each.scheme == HAZARDS and each.code)
        kind = record.location.kind
        kind = kind if kind and kind.scheme == PLACES and kind.code else None
        location = record.location.model_copy(update={"kind": kind, "observed_at": whole(record.location.observed_at)})
        notes = tuple(note.model_copy(update={"at": whole(note.at)}) for note in record.notes)
        moments = {"updated_at": whole(record.updated_at), "reported_at": whole(record.reported_at)}
        fit = {"hazards": hazards, "location": location, "notes": notes, **moments}
        return super().encode(Said(record.model_copy(update=fit), said.says))


def whole(moment: datetime | None) -> datetime | None:
    """A time to the second: the hub knows no fractions."""
    return moment and moment.replace(microsecond=0)
