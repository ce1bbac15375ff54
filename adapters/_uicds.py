"""UICDS / XchangeCore messages, as CAD systems and IRWIN exchange them: SOAP around NIEM incidents, work products with their digests, requests.

An incident is known by its interest group (``IG-…``), which closing and archiving name, else by its work product.
A question to the core (``Get…Request``) is a request for information.
"""

from collections.abc import Iterator
from typing import Any

from adapters._carry import digest
from adapters._entry import Entry, Tree
from adapters._uicds_places import CENTRE, circle, degrees, kilometres, spot
from bridge import Adapter, Incident, Invalid, Malformed, Rejected, Resource, ResourceRequest, ResourceState, Said, Says, native

RECORDS = (Incident, Resource, ResourceState, ResourceRequest)
STATES = {"Active": "InProgress", "Inactive": "Closed", "Closed": "Closed", "Archived": "Closed"}
IDENTITY = ("PackageMetadata", "WorkProductIdentification")
PROPERTIES = ("PackageMetadata", "WorkProductProperties")
OCCURS = ("Digest", "OccursAt", "Time", "TimeInstant", "Value")
RADIUS = ("IncidentLocation", "LocationArea", "AreaCircularRegion", "CircularRegionRadiusLengthMeasure")
DIGEST_CIRCLE = ("Digest", "Location", "GeoLocation", "CircleByCenterPoint", "CircleByCenterPoint")
OFFICIAL = ("IncidentJurisdictionalOrganization", "OrganizationPrincipalOfficial", "PersonName", "PersonFullName")
ADDRESS = {"text": "AddressFullText", "locality": "LocationCityName", "postal_code": "LocationPostalCode"}


def read(adapter: Adapter, document: Any, zone: str | None) -> Iterator[Said | Rejected]:
    """Everything that the tree of a message says."""
    found = list(things("", document))
    if not found:
        raise Malformed("nothing-said")
    for at, name, node, around in found:
        try:
            yield from said(adapter, Entry(adapter.name, node, at, zone), name, around)
        except Rejected as error:
            yield error


def things(at: str, node: Any, around: Any = None) -> Iterator[tuple[str, str, Any, Any]]:
    """The parts of a message that say something: place, name, the part itself and what stands around it."""
    if isinstance(node, list):
        for index, each in enumerate(node):
            yield from things(f"{at}/{index}", each, around)
    elif isinstance(node, dict):
        name = at.rpartition("/")[2]
        name = at.split("/")[-2] if name.isdigit() else name
        parts = [(step, part) for step, part in node.items() if isinstance(part, dict | list) or step.endswith("Request")]
        inner = [found for step, part in parts for found in things(f"{at}/{step}".lstrip("/"), part, node)]
        if name in ("WorkProduct", "Incident") or (name.endswith("Request") and not inner):
            yield at, name, node, around
        else:
            yield from inner
    elif at.endswith("Request"):
        yield at, at.rpartition("/")[2], {}, around


def said(adapter: Adapter, entry: Entry, name: str, around: Any) -> Iterator[Said]:
    """One part."""
    if name == "Incident":
        yield niem(adapter, entry, around)
    elif name == "WorkProduct":
        yield product(adapter, entry)
    elif name == "CreateSOIRequest":
        yield from sensor(adapter, entry)
    elif name.startswith(("Close", "Archive")):
        yield ended(adapter, entry, name)
    else:
        about = entry.text("Identifier") or entry.text("IncidentID")
        local = f"{name}-{about}" if about else name
        record = {"request_id": adapter.shared_id("request", local), "step": "InfoRequest", "from_agency": adapter.owner}
        yield done(entry, ResourceRequest, record | {"incident_id": about and adapter.shared_id("incident", about)}, Says(action="Request"))


def done(entry: Entry, cls: Any, record: Tree, says: Says | None = None, left: dict[str, str] | None = None) -> Said:
    """The record, with what nobody took; ``left`` of what stood around it."""
    return Said(cls.model_validate({**record, "extensions": (left or {}) | entry.rest()}), says or Says(), tuple(entry.deviations))


def ended(adapter: Adapter, entry: Entry, name: str) -> Said:
    """A request to close or archive: an incident is over, a sensor speaks no more."""
    if incident := entry.text("IncidentID"):
        return done(entry, Incident, closed(adapter, incident), Says(action="Update"))
    local, kind = entry.must("WorkProductIdentification", "Identifier"), entry.text("WorkProductIdentification", "Type")
    if kind == "Incident":
        return done(entry, Incident, closed(adapter, local), Says(action="Update"))
    if kind != "SOI":
        raise Invalid("not-in-list", entry.place("WorkProductIdentification", "Type"), value=kind, allowed="Incident, SOI")
    status = {"scheme": "urn:uicds:request", "code": name}
    record = {"resource_id": adapter.shared_id("resource", local), "availability": "Unavailable", "native_status": status}
    return done(entry, ResourceState, record, Says(action="Update"))


def closed(adapter: Adapter, local: str) -> Tree:
    """An incident that is over."""
    return {"incident_id": adapter.shared_id("incident", local), "owner": adapter.owner, "category": "Unknown", "lifecycle": "Closed", "location": {}}


def niem(adapter: Adapter, entry: Entry, around: Any) -> Said:
    """A NIEM 2 incident, created or updated."""
    outer = Entry(adapter.name, around if isinstance(around, dict) else {})
    identity = "WorkProductIdentification"
    local, says = outer.text(identity, "Identifier"), Says(action="Update" if identity in outer.node else "Report")
    agency = entry.text("IncidentJurisdictionalOrganization", "OrganizationName")
    official = entry.text(*OFFICIAL)
    kind = entry.text("ActivityCategoryText")
    words = {shared: entry.text("IncidentLocation", "LocationAddress", place) for shared, place in ADDRESS.items()}
    lat, lon = degrees(entry, "Latitude"), degrees(entry, "Longitude")
    centre = spot(entry, lat, lon, CENTRE)
    radius = kilometres(entry.number(*RADIUS, "MeasurePointValue"), entry.text(*RADIUS, "LengthUnitCode"))
    record = {
        "incident_id": adapter.shared_id("incident", local or digest(entry.node)),
        "revision": outer.count(identity, "Version"),
        "owner": adapter.owner,
        "name": entry.text("ActivityName"),
        "types": [{"scheme": "urn:niem:activity-category", "code": kind}] if kind else [],
        "category": "Unknown",
        "lifecycle": outer.code(STATES, identity, "State") if local else "Reported",
        "occurred_at": entry.time("ActivityDate", "DateTime"),
        "description": entry.text("ActivityDescriptionText"),
        "location": {"point": centre, "address": words if any(words.values()) else None},
        "zones": circle(entry, centre, radius, RADIUS),
        "involved_agencies": [agency] if agency else [],
        "contacts": [{"role": "Approver", "name": official, "agency": agency}] if official else [],
    }
    entry.deviations += outer.deviations
    left = {key: value for key, value in outer.rest().items() if not key.startswith((f"{adapter.name}:Incident", f"{adapter.name}:@"))}
    return done(entry, Incident, record, says, left)


def product(adapter: Adapter, entry: Entry) -> Said:
    """A work product: an incident, or a sensor that observes one."""
    kind, local = entry.must(*IDENTITY, "Type"), entry.must(*IDENTITY, "Identifier")
    group = entry.text(*PROPERTIES, "AssociatedGroups", "Identifier")
    names = {
        name.get("@code"): name.get("#text", "") for name in native.entries(entry.node, ("Digest", "Event", "Identifier")) if isinstance(name, dict)
    }
    what, about = entry.text("Digest", "Event", "What", "@code"), entry.text("Digest", "Event", "Descriptor")
    lat, _, lon = " ".join((entry.text(*DIGEST_CIRCLE, "pos") or "").split()).partition(" ")
    centre = spot(entry, lat, lon, (*DIGEST_CIRCLE, "pos"))
    radius = kilometres(entry.number(*DIGEST_CIRCLE, "radius", "#text"), entry.text(*DIGEST_CIRCLE, "radius", "@uom"))
    record: Tree = {
        "revision": entry.count(*IDENTITY, "Version"),
        "owner": adapter.owner,
        "name": " ".join(str(names.get("ActivityName") or names.get("label") or "").split()) or None,
        "types": [{"scheme": "urn:ucore:what", "code": what}] if what else [],
        "updated_at": entry.time(*PROPERTIES, "LastUpdated"),
    }
    if kind == "SOI":
        thing = {"resource_id": adapter.shared_id("resource", local), "kind": "Equipment", "sharing": "Unknown", "home_base": {"point": centre}}
        return done(entry, Resource, record | thing | {"conditions": about})
    if kind != "Incident":
        raise Invalid("not-in-list", entry.place(*IDENTITY, "Type"), value=kind, allowed="Incident, SOI")
    more: Tree = {
        "incident_id": adapter.shared_id("incident", group or local),
        "external_ids": [{"scheme": "urn:uicds:work-product", "code": local}] if group else [],
        "category": "Unknown",
        "lifecycle": entry.code(STATES, *IDENTITY, "State"),
        "description": about,
        "reported_at": entry.time(*PROPERTIES, "Created"),
        "occurred_at": entry.time(*OCCURS),
        "location": {"point": centre},
        "zones": circle(entry, centre, radius, (*DIGEST_CIRCLE, "radius")),
    }
    return done(entry, Incident, record | more)


def sensor(adapter: Adapter, entry: Entry) -> Iterator[Said]:
    """A sensor that is to observe an incident: what it is, and where it stands now."""
    inside = ("SensorObservationInfo", "SensorInfo")
    name = entry.text(*inside, "name")
    urn = entry.text("SensorObservationInfo", "sosURN") or name
    if urn is None:
        raise Malformed("missing", entry.place("SensorObservationInfo", "sosURN"))
    local, incident = adapter.shared_id("resource", urn), entry.text("incidentID")
    position = entry.point((*inside, "latitude"), (*inside, "longitude"))
    about = entry.text(*inside, "description")
    thing = {"resource_id": local, "owner": adapter.owner, "kind": "Equipment", "name": name, "sharing": "Unknown", "conditions": about}
    yield done(entry, Resource, thing)
    state = {
        "resource_id": local,
        "availability": "Unknown",
        "position": position,
        "incident_id": incident and adapter.shared_id("incident", incident),
    }
    yield Said(ResourceState.model_validate(state))
