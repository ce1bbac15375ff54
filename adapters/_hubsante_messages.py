"""The other messages of the French hub: requests and answers, resources and their states, reports."""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from adapters._carry import table
from adapters._entry import Entry, Tree
from bridge import Malformed, Record, Resource, ResourceRequest, ResourceState, Said, Says, SituationReport, native

STATES = table(
    "Reserved:DECISION Committed:DECLENCHE,ALERTEE EnRoute:DEPART,PARTIE OnScene:ARRIVEE,PEC,BILAN,ORIENTAT,ARRIVEE_LIEU "
    "Transporting:TRANSP,TRANSP2,TRANSP3,ETAPE1,ETAPE2,TRANSPORT_DESTINATION AtDestination:DESTIN,FINPEC,FINMED,FIN_MED,ARRIVEE_DESTINATION "
    "Returning:RETOUR,RET-BASE,QUITTE_DESTINATION,RETOUR_DISPONIBLE,RETOUR_INDISPONIBLE "
    "Available:ANNULE,REN-BASE,DISPONIBLE,ARRIVEE_CENTRE Unavailable:INDISPONIBLE"
)
ANSWERS = {"ACCEPTEE": "Accept", "PARTIELLE": "Partial", "REFUSEE": "Decline", "DIFFEREE": "Provisional"}
OURS = "cn.regionbus.hub."
"""Before an id of ours, for the hub wants three names at least before the word for its kind."""
CODED = "cn.regionbus.code."
"""Before the kind and the UTF-8 in hex of one that has other characters than the hub allows."""
SHAPES = {"FIXE": "Facility", "VEHICULE": "Vehicle", "HELICOPTERE": "Aircraft", "SHIP": "Vessel"}


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


def shared(setting: Any, kind: str, local: str) -> str:
    """The shared id; one of ours comes back as it was."""
    if local.startswith(f"{CODED}{kind}."):
        with suppress(ValueError):
            return bytes.fromhex(local.removeprefix(f"{CODED}{kind}.")).decode()
    return str(setting.shared_id(kind, local.removeprefix(OURS)))


def coded(entry: Entry, scheme: str, *path: str) -> Tree | None:
    """A code of one of the hub's lists."""
    return {"scheme": f"urn:fr:samu:{scheme}", "code": code} if (code := entry.text(*path)) else None


def request(entry: Entry, setting: Any) -> Said:
    """RS-DR: a request for help, or its cancellation."""
    record = {
        "request_id": shared(setting, "request", entry.must("request", "requestId")),
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
        "request_id": shared(setting, "request", entry.must("requestId")),
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
        "resource_id": shared(setting, "resource", local),
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
        "resource_id": shared(setting, "resource", local),
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
        "resource_id": shared(setting, "resource", entry.must("resourceId")),
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
