"""An EIDO, between its components and the places of the mapping."""

from collections.abc import Iterator
from typing import Any

from adapters import _pidf
from adapters._carry import digest, table
from adapters._entry import Tree
from bridge import Malformed, Rejected, Unsupported, native, times

MADE = "urn:regionbus:"
STATES = table(
    "Reported:new,received,reported,pending,reporttaken Confirmed:confirmed InProgress:active,open,assigned,dispatched,inprogress,onscene "
    "Contained:contained,controlled Closed:closed,completed,resolved Cancelled:cancelled,canceled"
)
OTHER_NAMES = {"noteText": "notesActionComments", "noteDateTimeStamp": "lastUpdateTimeStamp"}
COMPONENTS = ("notesComponent", "linkComponent", "mediaComponent")
OURS = "incidentComponent.regionbus."
WANTED = {
    "notesComponent": {"notesActionComments": "-"},
    "linkComponent": {"linkDirectionCode": "RELATED"},
    "mediaComponent": {"uri": "about:blank", "contentType": "application/octet-stream"},
}


class Unit(dict[str, Any]):
    """An emergency resource, and its place."""

    def __init__(self, node: Tree, at: str) -> None:
        """``node`` is what is said of it."""
        super().__init__(node)
        self.at = at


class Alert(Unit):
    """An alert that is no EIDO at all."""


def opened(document: Any, at: str, setting: Any) -> Iterator[tuple[str, Any]]:
    """What one EIDO says."""
    if not isinstance(document, dict):
        raise Malformed("wrong-shape", "document", found=native.shape(document), wanted="an object")
    if "alert_title" in document and "incidentComponent" not in document:
        yield at, Alert(document, at)
        return
    incidents, units = native.entries(document, ("incidentComponent",)), native.entries(document, ("emergencyResourceComponent",))
    if not incidents and not units:
        raise Malformed("nothing-said")
    for index, incident in enumerate(incidents):
        if not isinstance(incident, dict):
            raise Malformed("wrong-shape", "incidentComponent", found=native.shape(incident), wanted="an object")
        around = {name: value for name, value in document.items() if name != "emergencyResourceComponent"} if index == 0 else {}
        node = taken({**around, "incidentComponent": dict(incident)}, document, setting)
        if isinstance(document["incidentComponent"], list):
            node["?odd"].append("incidentComponent: a list")
        yield (f"{at}/incidentComponent/{index}".lstrip("/") if at or len(incidents) > 1 else ""), node
    for index, resource in enumerate(units):
        where = f"{at}/emergencyResourceComponent/{index}".lstrip("/")
        yield where, Unit(resource, where) if isinstance(resource, dict) else resource


def taken(node: Tree, document: Tree, setting: Any) -> Tree:
    """An incident as the mapping sees it."""
    odd: list[str] = []
    incident = node["incidentComponent"]
    said = incident.get("regionbus")
    ours = dict(said) if isinstance(said, dict) else {"owner": setting.owner, "lifecycle": lifecycle(incident)}
    derived = ours.pop("derived", None)
    incident["regionbus"] = {name: value for name, value in ours.items() if value not in native.SILENT}
    for name in derived if isinstance(derived, list) else []:
        incident.pop(name, None) if isinstance(name, str) else None
    for name in ("incidentTrackingIdentifier", "componentIdentifier"):
        if "$id" not in incident and isinstance(incident.get(name), str):
            odd.append(f"incidentComponent/$id: missing, {name} taken")
            incident["$id"] = incident.pop(name)
    readable(incident, "lastUpdateTimeStamp", "incidentComponent/", setting, odd)
    for kind in COMPONENTS:
        listed = native.entries(node, (kind,))
        node[kind] = [component(each, f"{kind}/{index}/", setting, odd) for index, each in enumerate(listed) if isinstance(each, dict)]
        if len(node[kind]) < len(listed):
            raise Malformed("wrong-shape", kind, found="something else", wanted="objects")
    place = native.entries(incident, ("locationReference",)) if incident.get("locationReference") else []
    located(node, document, place, odd)
    strip(node, incident)
    node["?odd"] = odd
    return node


def strip(node: Tree, incident: Tree) -> None:
    """Takes away what we made up ourselves."""
    derived = node.pop("regionbus", None)
    for name in derived if isinstance(derived, list) else []:
        node.pop(name, None) if isinstance(name, str) else None
    for name in ("updatedByAgencyReference", "locationReference"):
        if is_made(incident.get(name)):
            incident.pop(name)


def is_made(found: Any) -> bool:
    """Whether an id, or the first of some references, is one of those that we make."""
    found = found[0] if isinstance(found, list) and found else found
    found = found.get("$ref", found.get("$id")) if isinstance(found, dict) else found
    return isinstance(found, str) and found.startswith(MADE)


def component(each: Tree, at: str, setting: Any, odd: list[str]) -> Tree:
    """A component with the standard's names, without what we made."""
    derived = each.get("regionbus")
    gone = derived if isinstance(derived, list) else []
    found = {OTHER_NAMES.get(name, name): value for name, value in each.items() if name not in gone and name != "regionbus"}
    odd.extend(f"{at}{name}: not in the standard" for name in OTHER_NAMES if name in each)
    found = {name: value for name, value in found.items() if not (name in ("$id", "updatedByAgencyReference") and is_made(value))}
    readable(found, "lastUpdateTimeStamp", at, setting, odd)
    return found


def readable(node: Tree, name: str, at: str, setting: Any, odd: list[str]) -> None:
    """A time that is none rides along under another name."""
    if node.get(name) in native.SILENT:
        return
    try:
        times.instant(node[name] if isinstance(node[name], str) else "?", name, setting.zone)
    except Rejected:
        odd.append(f"{at}{name}: {native.pack(node[name])} is no time")
        node[f"{name}?"] = node.pop(name)


def lifecycle(incident: Tree) -> str | None:
    """The state by the first common status that we know."""
    found = [each for each in native.entries(incident, ("incidentStatusCommonRegistryText",)) if isinstance(each, str)]
    words = ["".join(char for char in each.lower() if char.isalpha()) for each in found]
    return next((STATES[each] for each in words if each in STATES), None)


def located(node: Tree, document: Tree, references: list[Any], odd: list[str]) -> None:
    """The location that the incident refers to, else the only one there is."""
    known = [each for each in native.entries(document, ("locationComponent",)) if isinstance(each, dict)]
    wanted = [each.get("$ref") for each in references if isinstance(each, dict)]
    found = [each for each in known if each.get("$id") in wanted] or (known[:1] if not wanted else [])
    odd.extend(f"incidentComponent/locationReference: {ref} leads nowhere" for ref in wanted if ref not in [each.get("$id") for each in known])
    words = found[0].get("locationByValue") if found else None
    node["location"] = _pidf.read(words) if isinstance(words, str) else {}
    if known and is_made(known[0].get("$id")):
        node.pop("locationComponent", None)


def completed(node: Tree, setting: Any) -> Tree:
    """The EIDO with all that the standard wants."""
    incident, place = node["incidentComponent"], node.pop("location", {})
    ours, derived = incident["regionbus"], []
    moment = incident.get("lastUpdateTimeStamp") or next((ours[name] for name in ("reported_at", "occurred_at", "closed_at") if name in ours), None)
    moment = moment or next((each["lastUpdateTimeStamp"] for each in node.get("notesComponent", []) if "lastUpdateTimeStamp" in each), None)
    if moment is None:
        raise Unsupported("cannot-say", "updated_at", format=setting.name, reason="it has no time at all")
    local = digest(incident["$id"])
    agency = {"$ref": f"{MADE}agency"}
    prologue = {"lastUpdateTimeStamp": moment, "updatedByAgencyReference": agency}
    for name, value in (*prologue.items(), ("incidentTypeCommonRegistryText", "Other")):
        if name not in incident:
            incident[name] = value
            derived.append(name)
    for kind in COMPONENTS:
        for index, each in enumerate(node.get(kind, [])):
            facts = {"$id": f"{MADE}{kind}:{local}:{index}", **prologue, **WANTED[kind]}
            missing = [name for name in facts if name not in each]
            each |= {**{name: facts[name] for name in missing}, **({"regionbus": missing} if missing else {})}
    if place and "locationComponent" not in node:
        where = {"$id": f"{MADE}location:{local}", **prologue, "locationTypeDescriptionRegistryText": "Other", "locationByValue": _pidf.write(place)}
        node["locationComponent"] = [where]
        incident.setdefault("locationReference", [{"$ref": where["$id"]}])
    if derived:
        ours["derived"] = derived
    owner = {
        "$id": agency["$ref"],
        **prologue,
        "agencyRoleDescriptionRegistryText": ["Other"],
        "agencyType": ["Other"],
        "incidentOwningAgencyIndicator": True,
    }
    envelope = {
        "$id": f"{MADE}eido:{local}",
        "eidoVersion": "1.0",
        **prologue,
        "issuingElementIdentification": ours["owner"],
        "agencyComponent": [owner],
    }
    made_up = [name for name in envelope if name not in node]
    return {**envelope, **node, **({"regionbus": made_up} if made_up else {})}
