"""The messages of the French hub, other than cases, that are written: RS-DR and RS-RR, GEO-POS and RS-SR. All of them are closed."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from adapters._entry import Tree
from adapters._hubsante_case import CASE
from adapters._hubsante_messages import ANSWERS, CODED, OURS, STATES, shared
from bridge import CodedValue, Record, ResourceRequest, ResourceState, Unsupported, geo, native, parts

DEADLINES = tuple("DEL0 ASAP 30M 45M 1H 2H 4H 8H 12H 24H RDV".split())
PURPOSES = tuple("SAP REGUL CUMP SMUR MG PARAMED SAMU RELEVE NOVI TIH BRANCARD BARIA".split())
CONVENTIONS = tuple("DRSIS MISSION ITSP CARENCE CONVENT SPE HORS AUTRE1 AUTRE2 AUTRE3".split())
STEPS = tuple("DECISION DECLENCHE DEPART ANNULE ARRIVEE PEC BILAN ORIENTAT TRANSP ETAPE1 TRANSP2 ETAPE2 TRANSP3 DESTIN FINPEC".split())
STEPS += ("RETOUR", "RET-BASE", "REN-BASE")
ENGAGED = tuple(
    "ALERTEE PARTIE ARRIVEE_LIEU TRANSPORT_DESTINATION ARRIVEE_DESTINATION FIN_MED QUITTE_DESTINATION RETOUR_DISPONIBLE RETOUR_INDISPONIBLE"
    " ARRIVEE_CENTRE".split()
)
FREE = ("DISPONIBLE", "INDISPONIBLE", "INCONNU")
YES_NO = (True, False)
NUMBER, LARGE = (float,), 1e300
KEPT: dict[str, dict[str, tuple[Any, ...]]] = {
    "resourcesRequest": {"request/deadline": DEADLINES},
    "resourcesResponse": {"response/deadline": DEADLINES},
    "resourcesStatus": {"availability": YES_NO},
    "geoPositionsUpdate": {
        "move": ("MOBILE", "STATIQUE"),
        "engineOn": YES_NO,
        "groundStatus": YES_NO,
        "status": FREE,
        "speed": NUMBER,
        "coord/height": NUMBER,
    },
}
"""What rides in the extensions and goes back, and what it may be."""
CARRIED: list[dict[str, Any]] = [
    {
        "type": "ResourceRequest",
        "fields": {"request_id": "a", "step": "b", "from_agency": "c", "incident_id": "d", "comment": "e"},
    },
    {"type": "ResourceState", "fields": {"resource_id": "a", "position": {"lat": "b", "lon": "c"}}},
]
LOST = parts(CARRIED, {})[2] - {"ResourceState.position.heading_deg"} | {"ResourceRequest.from_agency"}
"""All but these; of a code of another list, or beside one that says it better, too. Whoever asks is the link's agency."""


def document(record: Record, setting: Any) -> Tree:
    """The message that says it."""
    match record:
        case ResourceRequest(step="Request" | "Cancel"):
            name, node = "resourcesRequest", asked(record, setting)
        case ResourceRequest():
            name, node = "resourcesResponse", answered(record, setting)
        case ResourceState(position=None):
            name, node = "resourcesStatus", state(record, setting)
        case ResourceState():
            name, node = "geoPositionsUpdate", position(record, setting)
        case _:
            raise cannot(setting, "record", "it has no message for it")
    return {name: node}


def cannot(setting: Any, at: str, reason: str) -> Unsupported:
    """The refusal."""
    return Unsupported("cannot-say", at, format=setting.name, reason=reason)


def identity(setting: Any, kind: str, shared_id: str) -> str:
    """An id as the hub wants it, ``fr.health.samu440.resource.VLM2``; others go behind a name of ours."""
    form = re.compile(rf"([a-zA-Z0-9_-]+\.){{3,8}}{kind}(\.[a-zA-Z0-9_-]+){{1,2}}")
    ways = (setting.local_id(kind, shared_id), OURS + shared_id, f"{CODED}{kind}.{shared_id.encode().hex()}")
    found = next((each for each in ways if form.fullmatch(each) and shared(setting, kind, each) == shared_id), None)
    if found is None:
        raise cannot(setting, f"{kind}_id", "it is empty")
    return found


def case(setting: Any, shared_id: str | None) -> str:
    """The case that it is about."""
    ways = (setting.local_id("incident", shared_id or ""), shared_id or "")
    found = next((each for each in ways if CASE.fullmatch(each) and setting.shared_id("incident", each) == shared_id), None)
    if found is None:
        raise cannot(setting, "incident_id", "it wants a case: letters, digits, - and _ between dots")
    return found


def moment(setting: Any, at: datetime | None) -> str:
    """A time to the second."""
    if at is None:
        raise cannot(setting, "at", "it must be there")
    return at.isoformat(timespec="seconds")


def code(value: CodedValue | None, scheme: str, allowed: tuple[str, ...]) -> str | None:
    """A code of one of the hub's lists."""
    return value.code if value and value.scheme == f"urn:fr:samu:{scheme}" and value.code in allowed else None


def plain(setting: Any, comment: str | None) -> Tree:
    """A free text; blanks around it would not come back."""
    if comment and comment != comment.strip():
        raise cannot(setting, "comment", "blanks around it")
    return {"freetext": comment} if comment else {}


def restored(name: str, node: Tree, record: Record, setting: Any) -> Tree:
    """The message with what only the hub knows, where it was."""
    extensions: Mapping[str, str] = getattr(record, "extensions", {})
    for place, allowed in KEPT[name].items():
        value = native.unpack(extensions.get(f"{setting.name}:{place}", ""))
        number = allowed == NUMBER and type(value) in (int, float) and abs(value) < LARGE
        if number or any(value is each or (isinstance(value, str) and value == each) for each in allowed):
            native.put(node, native.steps(place), value)
    return node


def asked(record: ResourceRequest, setting: Any) -> Tree:
    """RS-DR: a request for help, or its cancellation."""
    purpose, framework = code(record.purpose, "purpose", PURPOSES), code(record.framework, "convention", CONVENTIONS)
    if purpose is None:
        raise cannot(setting, "purpose", "it wants one of the hub's purposes")
    inner = {
        "requestId": identity(setting, "request", record.request_id),
        "datetime": moment(setting, record.at),
        "purpose": purpose,
        **({"convention": framework} if framework else {}),
        **plain(setting, record.comment),
    }
    node = {"caseId": case(setting, record.incident_id), "request": inner, **({"status": "ANNULEE"} if record.step == "Cancel" else {})}
    return restored("resourcesRequest", node, record, setting)


def answered(record: ResourceRequest, setting: Any) -> Tree:
    """RS-RR: the answer to a request."""
    answer = next((word for word, step in ANSWERS.items() if step == record.step), None)
    if answer is None:
        raise cannot(setting, "step", f"it has no word for {record.step}")
    node = {
        "caseId": case(setting, record.incident_id),
        "requestId": identity(setting, "request", record.request_id),
        "response": {"datetime": moment(setting, record.at), "answer": answer, **plain(setting, record.comment)},
    }
    return restored("resourcesResponse", node, record, setting)


def state(record: ResourceState, setting: Any) -> Tree:
    """RS-SR: what a resource does in a case, in the hub's own words."""
    status = code(record.native_status, "status", STEPS)
    if status is None or STATES[status] != record.availability:
        raise cannot(setting, "native_status", "it wants one of the hub's states")
    inner = restored("resourcesStatus", {"datetime": moment(setting, record.at), "status": status}, record, setting)
    return {"caseId": case(setting, record.incident_id), "resourceId": identity(setting, "resource", record.resource_id), "state": inner}


def position(record: ResourceState, setting: Any) -> Tree:
    """GEO-POS: where a resource is, and what it does if the hub has said it."""
    point = record.position
    if point is None or point.lat == point.lon == 0:
        raise cannot(setting, "position", "0, 0 is where systems put what they could not find")
    lat, lon = geo.checked(point.lat, point.lon, "position")
    node: Tree = {
        "resourceId": identity(setting, "resource", record.resource_id),
        "datetime": moment(setting, record.at),
        "coord": {"lat": lat, "lon": lon},
        **({} if point.heading_deg is None else {"cap": point.heading_deg}),
    }
    node = restored("geoPositionsUpdate", node, record, setting)
    free = node.pop("status", None)
    status = code(record.native_status, "geo-status", (*ENGAGED, *FREE))
    if status and STATES.get(status, "Unknown") == record.availability:
        node |= {"engagedStatus": status, **({"status": free} if free else {})} if status in ENGAGED else {"status": status}
    return {"position": [node]}
