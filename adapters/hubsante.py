"""Messages of the French health hub (Hub Santé, SAMU-Hub-Modeles 2.x), JSON and XML, or inside EDXL-DE; a case is written.

RC-EDA and RS-EDA say an Incident; RS-DR and RS-RR a ResourceRequest and its answer; RS-RI and RC-RI a Resource and what it does now; RS-SR and
GEO-POS that alone; RS-ER what is engaged without a name, as a request; GEO-REQ a question, GEO-RES Resources; RC-REF and RS-ERROR, which name no
time, a SituationReport. Callers are contacts; patients, decisions and further alerts ride in the extensions.
RC-EDA, which is written as JSON, is closed: an Incident loses what it does not name, its lifecycle too. What the schema wants and the record
does not say is written as what reads as silence: ``C00.00.00``, the locID ``-``, the precision ``INCONNUE``, the geometry's time of the case,
the country of the option ``country``.
"""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from adapters._carry import table
from adapters._entry import Entry, Tree
from bridge import (
    Incident,
    Malformed,
    Mapped,
    Record,
    Resource,
    ResourceRequest,
    ResourceState,
    Said,
    Says,
    SituationReport,
    Unsupported,
    native,
    parts,
    text,
    xml,
)

HAZARDS, PLACES = "urn:fr:samu:risk-threat", "urn:fr:samu:location-kind"
CASE = re.compile(r"(?:[a-zA-Z0-9_-]+\.?){4,10}")
FORMS = {"inseeCode": re.compile(r"[0-9]{5}"), "country": re.compile(r"[A-Z]{2}")}
NOWHAT = "C00.00.00"


STATES = table(
    "Reserved:DECISION Committed:DECLENCHE,ALERTEE EnRoute:DEPART,PARTIE OnScene:ARRIVEE,PEC,BILAN,ORIENTAT,ARRIVEE_LIEU "
    "Transporting:TRANSP,TRANSP2,TRANSP3,ETAPE1,ETAPE2,TRANSPORT_DESTINATION AtDestination:DESTIN,FINPEC,FINMED,FIN_MED,ARRIVEE_DESTINATION "
    "Returning:RETOUR,RET-BASE,QUITTE_DESTINATION,RETOUR_DISPONIBLE,RETOUR_INDISPONIBLE "
    "Available:ANNULE,REN-BASE,DISPONIBLE,ARRIVEE_CENTRE Unavailable:INDISPONIBLE"
)
ANSWERS = {"ACCEPTEE": "Accept", "PARTIELLE": "Partial", "REFUSEE": "Decline", "DIFFEREE": "Provisional"}
SHAPES = {"FIXE": "Facility", "VEHICULE": "Vehicle", "HELICOPTERE": "Aircraft", "SHIP": "Vessel"}
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


class Message(dict[str, Any]):
    """A message that is no case."""


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
    """Hub Santé, cases both ways."""

    media_type = "application/json"
    records = (Incident,)
    loses = frozenset(LOST | ALERTED)
    source = Document()
    parts = PARTS
    envelope = ENVELOPE
    others = OTHERS

    zone: str | None = "Europe/Paris"

    country: str = "CN"
    """ISO 3166-1 code of the country that silence means; it is written and not read."""

    def encode(self, said: Said) -> bytes:
        """A case. Codes of other lists have no place in it."""
        record: Any = said.record
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


def opened(data: bytes, setting: Any) -> tuple[str, Tree]:
    """The message and its name, whatever it is wrapped in."""
    if data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"<":
        root = xml.parse(data, fallback=setting.encoding)
        document: Any = {xml.name(root): xml.tree(root)}
    else:
        document = text.read_json(data, encoding=setting.encoding)
    name = ""
    for _ in range(12):
        while isinstance(document, list) and len(document) == 1:
            document = document[0]
        if not isinstance(document, dict):
            raise Malformed("nothing-said")
        if KNOWN & document.keys() and not WRAPPED & document.keys():
            return name or "createCase", document
        inner = [(step, value) for step, value in document.items() if isinstance(value, dict | list) and step not in ("descriptor", "sourceMessage")]
        if not inner:
            raise Malformed("nothing-said")
        name, document = inner[-1]
    raise Malformed("nothing-said")


WRAPPED = {"content", "descriptor", "senderID"}
"""What gives away an envelope: EDXL-DE has a distributionID too."""
KNOWN = {"caseId", "resourceId", "position", "errorCode", "resource", "distributionID"}


def taken(node: Tree, setting: Any) -> Tree:
    """A case as the mapping sees it: without what means silence."""
    place = node.get("location")
    if isinstance(place, dict):
        node["location"] = place = {
            name: value for name, value in place.items() if (name, value) not in (("locID", "-"), ("country", setting.country))
        }
        geometry = place.get("geometry")
        if isinstance(geometry, dict) and geometry.get("datetime") == node["creation"]:
            place["geometry"] = geometry = {name: value for name, value in geometry.items() if name != "datetime"}
        coord = native.find(place, ("geometry", "point", "coord"))
        if isinstance(coord, dict) and coord.get("precision") == "INCONNUE":
            rest = {name: value for name, value in coord.items() if name != "precision"}
            place["geometry"] = {**place["geometry"], "point": {**place["geometry"]["point"], "coord": rest}}
    if native.find(node, ("qualification", "whatsHappen", "code")) == NOWHAT:
        node["qualification"] = {name: value for name, value in node["qualification"].items() if name != "whatsHappen"}
    if node.get("referenceVersion") == "2.0":
        del node["referenceVersion"]
    words = node.get("freetext")
    if isinstance(words, list) and all(isinstance(each, str) for each in words):
        node["freetext"] = "\n".join(words)
    return node


def completed(node: Tree, setting: Any) -> Tree:
    """The case with all that the closed schema wants, and without what it would not take."""
    if not CASE.fullmatch(node["caseId"]):
        node["caseId"] = setting.shared_id("incident", node["caseId"])
    if not CASE.fullmatch(node["caseId"]):
        raise Unsupported("cannot-say", "incident_id", format=setting.name, reason="it wants letters, digits, - and _ between dots")
    node["creation"] = node["creation"].replace("Z", "+00:00")
    node.setdefault("referenceVersion", "2.0")
    if "freetext" in node:
        node["freetext"] = [node["freetext"]]
    node.setdefault("qualification", {}).setdefault("whatsHappen", {"code": NOWHAT, "label": "-"})
    place = node.setdefault("location", {})
    placed(place, node, setting)
    return node


def placed(place: Tree, node: Tree, setting: Any) -> None:
    """The location as the schema wants it."""
    place.setdefault("locID", "-")
    if not FORMS["country"].fullmatch(str(place.get("country", ""))):
        place["country"] = setting.country
    city, address = place.get("city", {}), place.get("detailedAddress", {})
    if not FORMS["inseeCode"].fullmatch(str(city.get("inseeCode", ""))):
        city.pop("inseeCode", None)
    if not address.get("complete"):
        place.pop("detailedAddress", None)
    for name in ("city", "access"):
        if place.get(name) == {}:
            del place[name]
    if "geometry" in place:
        place["geometry"].setdefault("datetime", node["creation"])
        if coord := native.find(place, ("geometry", "point", "coord")):
            coord.setdefault("precision", "INCONNUE")


def message(entry: Entry, setting: Any) -> Iterator[Said]:
    """A message that is no case, by what it has."""
    known = entry.node
    if "request" in known:
        yield request(entry, setting)
    elif "response" in known:
        yield response(entry, setting)
    elif "position" in known:
        yield from (
            position(Entry(entry.name, each, f"position/{index}", entry.zone), setting)
            for index, each in enumerate(native.entries(known, ("position",)))
        )
    elif "errorCode" in known or "distributionID" in known:
        yield report(entry)
    elif "resource" in known:
        for index, each in enumerate(native.entries(known, ("resource",))):
            yield from resource(Entry(entry.name, each, f"resource/{index}", entry.zone), setting, entry.text("caseId"))
    elif "state" in known:
        yield state(entry, setting, entry.text("caseId"))
    elif "resourceId" in known:
        yield done(entry, ResourceRequest, {"request_id": "GEO-REQ", "step": "StatusRequest", "from_agency": setting.owner}, "Request")
    else:
        raise Malformed("nothing-said")


def done(entry: Entry, cls: type[Record], record: Tree, action: str | None = None) -> Said:
    """The record, with what nobody took."""
    return Said(cls.model_validate({**record, "extensions": entry.rest()}), Says.model_validate({"action": action}), tuple(entry.deviations))


def coded(entry: Entry, scheme: str, *path: str) -> Tree | None:
    """A code of one of the hub's lists."""
    return {"scheme": f"urn:fr:samu:{scheme}", "code": code} if (code := entry.text(*path)) else None


def request(entry: Entry, setting: Any) -> Said:
    """RS-DR: a request for help, or its cancellation."""
    record = {
        "request_id": setting.shared_id("request", entry.must("request", "requestId")),
        "step": "Cancel" if entry.node.get("status") == "ANNULEE" else "Request",
        "at": entry.time("request", "datetime"),
        "from_agency": setting.owner,
        "incident_id": setting.shared_id("incident", entry.must("caseId")),
        "purpose": coded(entry, "purpose", "request", "purpose"),
        "framework": coded(entry, "convention", "request", "convention"),
        "comment": entry.text("request", "freetext"),
    }
    return done(entry, ResourceRequest, record, "Request")


def response(entry: Entry, setting: Any) -> Said:
    """RS-RR: the answer to a request."""
    record = {
        "request_id": setting.shared_id("request", entry.must("requestId")),
        "step": ANSWERS.get(entry.text("response", "answer") or "", "Unknown"),
        "at": entry.time("response", "datetime"),
        "from_agency": setting.owner,
        "incident_id": setting.shared_id("incident", entry.must("caseId")),
        "comment": entry.text("response", "freetext"),
    }
    entry.claimed -= {("response", "answer")} if record["step"] == "Unknown" else set()
    return done(entry, ResourceRequest, record, "Response")


def resource(entry: Entry, setting: Any, case: str | None) -> Iterator[Said]:
    """RS-RI, RC-RI, GEO-RES: what a resource is, and what it did, the oldest first; without a name (RS-ER) it is one that is asked for."""
    local, kind = entry.text("resourceId"), coded(entry, "vehicle-type", "vehicleType") or coded(entry, "resource-type", "resourceType")
    incident = case and setting.shared_id("incident", case)
    if local is None:
        lines = [{"line_id": entry.at, "kind": kind, "quantity": 1.0}]
        record = {
            "request_id": setting.shared_id("request", f"{case}-{entry.at}"),
            "step": "Request",
            "from_agency": setting.owner,
            "incident_id": incident,
            "lines": lines,
        }
        yield done(entry, ResourceRequest, record, "Request")
        return
    states = [Entry(entry.name, each, f"{entry.at}/state/{index}", entry.zone) for index, each in enumerate(native.entries(entry.node, ("state",)))]
    entry.claimed.add(("state",))
    mobility, contact = entry.text("mobility"), entry.text("contact", "details")
    thing = {
        "resource_id": setting.shared_id("resource", local),
        "owner": setting.owner,
        "kind": SHAPES.get(mobility or "", "Vehicle" if entry.node.get("vehicleType") else "Unknown"),
        "types": [kind] if kind else [],
        "name": entry.text("name"),
        "updated_at": entry.time("datetime"),
        "home_base": {"name": centre} if (centre := entry.text("centerName")) else None,
        "sharing": "Unknown",
        "contacts": [{"value": contact}] if contact else [],
    }
    yield done(entry, Resource, thing)
    moments = {id(each): each.time("datetime") for each in states}
    for each in sorted(states, key=lambda one: moment.timestamp() if (moment := moments[id(one)]) else 0.0):  # the newest wins
        yield status(each, setting, local, case)


def status(entry: Entry, setting: Any, local: str, case: str | None) -> Said:
    """One state of a resource."""
    code = entry.text("status")
    record = {
        "resource_id": setting.shared_id("resource", local),
        "at": entry.time("datetime"),
        "availability": STATES.get(code or "", "Unknown"),
        "native_status": {"scheme": "urn:fr:samu:status", "code": code} if code else None,
        "incident_id": case and setting.shared_id("incident", case),
    }
    return done(entry, ResourceState, record)


def state(entry: Entry, setting: Any, case: str | None) -> Said:
    """RS-SR: what a resource does now."""
    local = entry.must("resourceId")
    return status(Entry(entry.name, entry.node["state"], "state", entry.zone), setting, local, case)


def position(entry: Entry, setting: Any) -> Said:
    """GEO-POS: where a resource is."""
    engaged, free = entry.text("engagedStatus"), entry.text("status")
    point = entry.point(("coord", "lat"), ("coord", "lon"))
    heading = entry.number("cap")
    record = {
        "resource_id": setting.shared_id("resource", entry.must("resourceId")),
        "at": entry.time("datetime"),
        "availability": STATES.get(engaged or free or "", "Unknown"),
        "native_status": {"scheme": "urn:fr:samu:geo-status", "code": engaged or free} if engaged or free else None,
        "position": point and point.model_copy(update={"heading_deg": heading}),
    }
    entry.claimed -= ({("status",)} if engaged else set()) | (set() if point else {("cap",)})
    return done(entry, ResourceState, record)


def report(entry: Entry) -> Said:
    """RC-REF, RS-ERROR: what became of a message. They name no time, as a receipt would."""
    about = entry.text("referencedDistributionID") or entry.text("errorDistributionID") or entry.must("distributionID")
    words = (entry.text("errorCode", "statusCode"), entry.text("errorCode", "statusString"), entry.text("errorCause"), entry.text("step"))
    summary = " ".join(filter(None, words)) or "RECU"
    return done(entry, SituationReport, {"report_id": about, "version": "Final", "summary": summary}, "Error" if "errorCode" in entry.node else "Ack")
