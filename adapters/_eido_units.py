"""Units and alarms of an EIDO."""

from collections.abc import Iterator
from typing import Any

from adapters._carry import digest, table
from adapters._entry import Entry
from bridge import Incident, Resource, ResourceState, Said

UNITS = table(
    "Available:available Committed:dispatched,assigned,acknowledged EnRoute:enroute OnScene:onscene,arrived Transporting:transporting "
    "AtDestination:athospital,atdestination Returning:returning Unavailable:outofservice,unavailable"
)


def unit(entry: Entry, setting: Any) -> Iterator[Said]:
    """An emergency resource: what it is, and what it does now."""
    local = setting.shared_id("resource", entry.text("$id") or entry.must("emergencyResourceName"))
    kind, status = entry.text("emergencyResourceTypeCommonRegistryText"), entry.text("primaryUnitStatusRegistryText")
    incident = entry.text("activeOnIncidentId")
    thing = {
        "resource_id": local,
        "owner": setting.owner,
        "kind": "Unknown",
        "types": [{"scheme": "urn:nena:eido:emergency-resource-type", "code": kind}] if kind else [],
        "name": entry.text("emergencyResourceName"),
        "sharing": "Unknown",
    }
    state = {
        "resource_id": local,
        "at": entry.time("lastUpdateTimeStamp"),
        "availability": UNITS.get("".join(char for char in (status or "").lower() if char.isalpha()), "Unknown"),
        "native_status": {"scheme": "urn:nena:eido:primary-unit-status", "code": status} if status else None,
        "incident_id": incident and setting.shared_id("incident", incident),
        "eta": entry.time("eta"),
    }
    yield Said(Resource.model_validate({**thing, "extensions": entry.rest()}), deviations=tuple(entry.deviations))
    yield Said(ResourceState.model_validate(state))


def alert(entry: Entry, setting: Any) -> Said:
    """A public alert of a campus, known by its address or by what it says; its day is no time."""
    address, words = entry.text("details_url"), entry.text("precise_location") or entry.text("location_text")
    kind = entry.text("crime_type") or entry.text("alert_type")
    record = {
        "incident_id": setting.shared_id("incident", digest(address or entry.node)),
        "owner": setting.owner,
        "name": entry.text("alert_title"),
        "types": [{"scheme": "urn:regionbus:eido:crime-type", "code": kind}] if kind else [],
        "category": "SocialSecurity" if entry.text("crime_type") else "Unknown",
        "lifecycle": "Reported",
        "description": entry.text("description"),
        "location": {"point": entry.point(("lat",), ("lng",)), "address": {"text": words} if words else None},
        "attachments": [{"uri": address}] if address else [],
    }
    odd = (*entry.deviations, f"{entry.place('incidentComponent')}: missing, no EIDO")
    return Said(Incident.model_validate({**record, "extensions": entry.rest()}), deviations=odd)
