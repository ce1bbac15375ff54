"""EDXL-HAVE read: a hospital, its services and beds."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from adapters import _ciq
from adapters._ciq import Tree
from adapters._have import BEDS, BOOL, CAPACITY, HAVE, SECTIONS, SERVICES, flat
from adapters._rm_opened import MEDIA
from adapters._where import where
from bridge import Invalid, Lenient, Malformed, Parts, Resource, ResourceState, Said, Says, native, xml

if TYPE_CHECKING:
    from adapters.edxl_have import EdxlHave


HOSPITAL = (
    "Organization",
    "EmergencyDepartmentStatus",
    "HospitalBedCapacityStatus",
    "ServiceCoverageStatus",
    "HospitalFacilityStatus",
    "HospitalResourcesStatus",
    "LastUpdateTime",
)
ORGANIZATION = ("OrganizationInformation", "OrganizationGeoLocation", "CommentText")
PARTY = ("FreeTextLines", "OrganisationName", "Addresses", "ContactNumbers", "ElectronicAddressIdentifiers")
BED, SERVICE = f"{HAVE}:BedType", f"{HAVE}:Service"
TRAUMA = "TraumaCenterServices"
CLOSED = {"Closed", "Evacuating"}
OPEN = {"Normal", "Advisory"}


def services(spec: dict[str, Any], at: str = "") -> Iterator[str]:
    """The places of all services, in the order of the XSD."""
    for name, kind in spec.items():
        if isinstance(kind, dict):
            yield from services(kind, f"{at}{name}/")
        elif kind == BOOL:
            yield f"{at}{name}"


PLACES = {place.replace(f"{place.partition('/')[0]}/", ""): place for place in services(SERVICES)}
"""Services by their names, which leave out the group: ``Dialysis``, ``SurgerySubType/Hand``."""
RANKS = {name: rank for rank, name in enumerate(PLACES)}


class Reading(Lenient):
    """One hospital being read."""

    def __init__(self, adapter: "EdxlHave", prefix: str) -> None:
        """``prefix`` is where it stands in its document."""
        super().__init__(adapter.name, prefix, adapter.zone)
        self.adapter = adapter

    def said(self, element: xml.Element) -> Iterator[Said]:
        """What the hospital is, and what it can take now."""
        parts = self.parts(element, "", HOSPITAL)
        updated = self.time(parts, "LastUpdateTime", "")
        if updated is None:
            raise Malformed("missing", f"{self.prefix}LastUpdateTime")
        record = self.organization(parts)
        told = dict(self.told(parts))
        able = [*self.beds(parts), *offered(told)]
        for place, words in told.items():
            self.keep(place, words)
        state = self.state(record["resource_id"], told)
        whole = {**record, "owner": self.adapter.owner, "kind": "Facility", "updated_at": updated, "capabilities": able}
        says = Says(action="Update", sent=updated)
        yield Said(Resource.model_validate({**whole, "extensions": self.extensions}), says, tuple(self.deviations))
        if state:
            yield Said(ResourceState.model_validate({**state, "at": updated}), says)

    def organization(self, parts: Parts) -> Tree:
        """Which hospital, where it is and how it is reached."""
        for element in parts.get("Organization", ()):
            inner = self.parts(element, "Organization/", ORGANIZATION)
            found: Tree = {"contacts": [], "home_base": None}
            for party in inner.get("OrganizationInformation", ())[:1]:
                found |= self.party(party, "Organization/OrganizationInformation/")
            place = found["home_base"] or {}
            for shown in inner.get("OrganizationGeoLocation", ())[:1]:
                place |= where(self, shown, "Organization/OrganizationGeoLocation/")
            found["home_base"] = place or None
            comments = [words for each in inner.get("CommentText", ()) if (words := each.text) and not words.isspace()]
            for index, words in enumerate(comments[1:], 1):
                self.keep(f"Organization/CommentText/{index}", words)
            found["conditions"] = comments[0] if comments else None
            local = found.pop("local", None) or (found.get("name") or "").strip()
            if not local:
                raise Invalid("missing", f"{self.prefix}Organization/OrganizationInformation/OrganisationName")
            return found | {"resource_id": _ciq.taken(self.adapter, "resource", local)}
        raise Malformed("missing", f"{self.prefix}Organization")

    def party(self, element: xml.Element, at: str) -> Tree:
        """The organisation as CIQ has it; its further details are kept."""
        parts = self.parts(element, at, PARTY)
        found: Tree = {"contacts": [], "home_base": None}
        for name in parts.get("OrganisationName", ())[:1]:
            ids = (name.get(key, "").strip() for key in ("OrganisationID", "ID", "OrganisationKey"))
            found["local"] = next((each for each in ids if each), None)
            lines = [words for each in name if xml.name(each) == "NameElement" and (words := each.text) and not words.isspace()]
            found["name"] = lines[0] if lines else None
        for place in [each for group in parts.get("Addresses", ()) for each in group][:1]:
            premises, address = _ciq.address(self, place, f"{at}Addresses/Address/")
            found["home_base"] = {"name": premises, "address": address if any(address.values()) else None}
        for group, key in (("ContactNumbers", "CommunicationMediaType"), ("ElectronicAddressIdentifiers", "Type")):
            for each in (each for whole in parts.get(group, ()) for each in whole):
                words = "".join(part.text or "" for part in each) if len(each) else each.text
                if words and not words.isspace():
                    medium = each.get(key, "")
                    found["contacts"].append({"channel": MEDIA.get(medium, medium.lower() or None), "value": words})
        for whole in parts.get("FreeTextLines", ()):
            self.keep(f"{at}FreeTextLines", native.pack(xml.tree(whole)))
        return found

    def told(self, parts: Parts) -> Iterator[tuple[str, str]]:
        """Every word of the statuses, with its place."""
        for name, spec in SECTIONS.items():
            for element in parts.get(name, ())[:1]:
                yield from flat(self, element, spec, f"{name}/")

    def beds(self, parts: Parts) -> Iterator[Tree]:
        """The beds of each kind; the counts that a capability has no place for are kept."""
        groups = [each for whole in parts.get("HospitalBedCapacityStatus", ()) for each in whole if xml.name(each) == "BedCapacity"]
        for index, element in enumerate(groups):
            at = f"HospitalBedCapacityStatus/BedCapacity/{index}/"
            inner = self.parts(element, at, ("BedType", "SubCategoryBedType", "Capacity", "CommentText"))
            names = [words for each in inner.get("BedType", ()) if (words := (each.text or "").strip())]
            for name in names:
                if name not in BEDS:
                    self.odd(f"{at}BedType", f"'{name}' is not in the list")
            names += [f"{names[0] if names else ''}/{words}" for each in inner.get("SubCategoryBedType", ()) if (words := (each.text or "").strip())]
            for place, each in enumerate(inner.get("CommentText", ())):
                self.keep(f"{at}CommentText/{place}", each.text or "")
            counts = [dict(flat(self, each, CAPACITY, f"{at}Capacity/{place}/")) for place, each in enumerate(inner.get("Capacity", ()))]
            for place, name in enumerate(names):
                found = {key.rpartition("/")[2]: words for key, words in counts[place].items()} if place < len(counts) else {}
                if not found and any("/" in each for each in names) and "/" not in name:
                    continue
                count = found.pop("AvailableCount", None)
                yield {
                    "code": {"scheme": BED, "code": name},
                    "level": found.pop("CapacityStatus", None),
                    "amount": float(count) if count else None,
                }
                for key, words in found.items():
                    self.keep(f"HospitalBedCapacityStatus/{name}/{key}", words)

    def state(self, identity: str, told: dict[str, str]) -> Tree | None:
        """Whether it takes patients: what ambulances are told counts first."""
        traffic, facility = told.get("EmergencyDepartmentStatus/EMSTraffic/EMSTrafficStatus"), told.get("HospitalFacilityStatus/FacilityStatus")
        if not (traffic or facility):
            return None
        found = {traffic, facility}
        availability = "Unavailable" if found & CLOSED else "Available" if found & OPEN else "Unknown"
        scheme, code = (f"{HAVE}:EMSTrafficStatus", traffic) if traffic else (f"{HAVE}:FacilityStatus", facility)
        return {"resource_id": identity, "availability": availability, "native_status": {"scheme": scheme, "code": code}}


def offered(told: dict[str, str]) -> Iterator[Tree]:
    """The services that are there, taken out of what is told; that one is not there stays."""
    for name, place in PLACES.items():
        key = f"ServiceCoverageStatus/{place}"
        if told.get(key) == "true":
            del told[key]
            level = told.pop(f"{key}Level", None) if name == TRAUMA else None
            yield {"code": {"scheme": SERVICE, "code": name}, "level": level}
