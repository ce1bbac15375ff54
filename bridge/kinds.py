"""What each kind of record is: its class, lane and subject, whether the newest wins, and where it belongs (DESIGN sections 1, 5, 6)."""

from collections.abc import Callable, Iterator
from typing import Any, Final, Literal

from bridge import codes
from bridge.model import Record
from bridge.records import (
    Alert,
    Area,
    Incident,
    Location,
    Mission,
    Observation,
    Plan,
    Receipt,
    Resource,
    ResourceRequest,
    ResourceState,
    SituationReport,
)

Lane = Literal["urgent", "normal", "bulk"]
LANES: Final[tuple[Lane, ...]] = ("urgent", "normal", "bulk")

CLASSES: Final[dict[str, type[Record]]] = {
    "alert": Alert,
    "incident": Incident,
    "mission": Mission,
    "observation": Observation,
    "plan": Plan,
    "receipt": Receipt,
    "report": SituationReport,
    "resource": Resource,
    "resource-request": ResourceRequest,
    "resource-state": ResourceState,
}
KINDS: Final = {cls: kind for kind, cls in CLASSES.items()}
URGENT: Final = frozenset({"alert", "mission", "resource-request"})
BULK: Final = frozenset({"observation", "resource", "resource-state"})
NEWEST_WINS: Final = frozenset({"incident", "mission", "plan", "resource", "resource-state"})
ONCE: Final = URGENT - NEWEST_WINS
"""What an identical copy never says anew: it is the same message, however often and by whatever way it comes."""
FAMILIES: Final = {"Accident": "accident", "NaturalDisaster": "natural", "PublicHealth": "health", "SocialSecurity": "social"}
DIVISION_SCHEMES: Final = frozenset({"urn:cn:gb:2260", "CPEAS Geographic Code"})
NATION: Final = "00/000000"


def lane(kind: str) -> Lane:
    """The lane of a kind: an urgent message never waits behind bulk."""
    return "urgent" if kind in URGENT else "bulk" if kind in BULK else "normal"


SUBJECTS: Final[dict[type[Record], Callable[[Any], str]]] = {
    Alert: lambda alert: f"{alert.sender},{alert.identifier}",
    Incident: lambda incident: incident.incident_id,
    Mission: lambda mission: mission.mission_id,
    Observation: lambda observation: observation.observation_id,
    Plan: lambda plan: plan.plan_id,
    Receipt: lambda receipt: f"{receipt.message_id}/{receipt.recipient_id}/{receipt.stage}",
    Resource: lambda resource: resource.resource_id,
    ResourceRequest: lambda request: request.request_id,
    ResourceState: lambda state: state.resource_id,
    SituationReport: lambda report: report.report_id,
}


def subject(record: Record, own: str | None = None) -> str:
    """What the record is about, the key under which newest wins (DATA-MODEL, Envelope).

    ``own`` is the message's native id, else the digest of the record: each step of a request is a subject of its own.
    """
    found = SUBJECTS[type(record)](record)
    return f"{found}/{own}" if own and isinstance(record, ResourceRequest) else found


def family(record: Record) -> str:
    """The topic level of the record's family of emergency: GB/T 35561, by the record's own word or its event code."""
    if isinstance(record, Incident):
        return FAMILIES.get(record.category, "none")
    if isinstance(record, Alert):
        known = (code for info in record.infos for code in info.event_codes if code.scheme == "urn:cn:gb:35561")
        return next((FAMILIES[means] for code in known if (means := codes.load("gb-35561").means(code.code)) in FAMILIES), "none")
    return "none"


PLACES: Final = {
    cls: tuple(name for name in ("location", "home_base", "deliver_to", "destination") if name in cls.model_fields) for cls in CLASSES.values()
}
"""Where each kind of record says where it belongs."""


def division(record: Record, home: str) -> str:
    """``province/division`` of the record (GB/T 2260), else its agency's ``home``."""
    for code in _divisions(record):
        if len(code) >= len("310000") and code.isascii() and code.isdigit():
            return NATION if code.startswith("000000") else f"{code[:2]}/{code[:6]}"
    return home


def _divisions(record: Record) -> Iterator[str]:
    if isinstance(record, Resource) and record.jurisdiction:
        yield record.jurisdiction
    for name in PLACES[type(record)]:
        place = getattr(record, name)
        if isinstance(place, Location) and place.address and place.address.admin_code:
            yield place.address.admin_code
    for area in areas(record):
        for code in area.geocodes:
            if code.scheme in DIVISION_SCHEMES:
                yield code.code


def areas(record: Record) -> Iterator[Area]:
    """The areas that the record is about."""
    if isinstance(record, Alert):
        for info in record.infos:
            yield from info.areas
    elif isinstance(record, Incident):
        for zone in record.zones:
            yield zone.area
    elif isinstance(record, Plan) and record.area:
        yield record.area
