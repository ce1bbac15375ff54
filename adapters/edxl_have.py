"""OASIS EDXL-HAVE 1.0, hospitals and what they can take, both ways; written from a Resource that is a facility, valid against the XSD.

A hospital is a Resource, known by its organisation's id, else by its name; the newest replaces all that it said before. Beds and services are
capabilities: a bed's amount is what is available, its level the capacity status; a service is there if it is listed. What its traffic and facility
statuses mean is also said as a ResourceState. Every other word rides in the extensions under its place and comes back. The party is written in CIQ 3,
which the standard cites. Lost: all of a Resource that no hospital says, and capabilities of other lists.
"""

from collections.abc import Iterator
from typing import Any

from adapters import _ciq
from adapters._ciq import XNL, XPIL, Tree
from adapters._have import BEDS, BOOL, CAPACITY, HAVE, SECTIONS, SERVICES, fits, flat, regrow
from adapters._rm_read import MEDIA
from adapters._rm_write import CHANNELS, NUMBERS, channel
from bridge import (
    Adapter,
    Capability,
    Contact,
    Invalid,
    Lenient,
    Location,
    Malformed,
    Parts,
    Rejected,
    Resource,
    ResourceState,
    Said,
    Says,
    Unsupported,
    native,
    times,
    xml,
)

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


class EdxlHave(Adapter):
    """EDXL-HAVE, both ways."""

    media_type = "application/xml"
    records = (Resource,)
    loses = frozenset(
        f"Resource.{path}"
        for path in (
            "extensions revision owner types sector capabilities quantity unit personnel home_base jurisdiction sharing available_from available_to"
            " mobilisation_minutes cost contacts attachments"
        ).split()
    )

    zone: str = "UTC"
    """IANA zone of times that name none; they are named in the deviations."""

    def decode(self, data: bytes) -> Iterator[Said | Rejected]:
        """Hospital by hospital; a wrong one is refused alone."""
        root = xml.parse(data)
        found = [each for each in root.iter("{*}HospitalStatus") if xml.namespace(each) in (HAVE, "")]
        if not found:
            raise Malformed("root", found=xml.name(root), wanted="HospitalStatus")
        _ciq.plain(root)
        hospitals = [each for each in found[0] if xml.name(each) == "Hospital"]
        if not hospitals:
            raise Malformed("missing", "Hospital")
        for index, element in enumerate(hospitals):
            try:
                yield from Reading(self, f"Hospital/{index}/").said(element)
            except Rejected as error:
                yield error

    def encode(self, said: Said) -> bytes:
        """The status of one hospital."""
        assert isinstance(said.record, Resource)
        return xml.write(Writing(self, said.record).document())


class Reading(Lenient):
    """One hospital being read."""

    def __init__(self, adapter: EdxlHave, prefix: str) -> None:
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
                place |= _ciq.where(self, shown, "Organization/OrganizationGeoLocation/")
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


class Writing:
    """One hospital being written."""

    def __init__(self, adapter: EdxlHave, record: Resource) -> None:
        """What no field says comes out of the extensions."""
        self.adapter, self.record = adapter, record
        prefix = f"{adapter.name}:"
        self.kept = {key.removeprefix(prefix): words for key, words in record.extensions.items() if key.startswith(prefix)}

    def cannot(self, at: str, reason: str) -> Unsupported:
        """The refusal."""
        return Unsupported("cannot-say", at, format=self.adapter.name, reason=reason)

    def document(self) -> xml.Element:
        """The status of one hospital."""
        if self.record.kind != "Facility":
            raise self.cannot("kind", "only a facility is a hospital")
        if self.record.updated_at is None:
            raise self.cannot("updated_at", "it must be there")
        root = xml.parse(
            f'<HospitalStatus xmlns="{HAVE}" xmlns:xnl="{XNL}" xmlns:xpil="{XPIL}" xmlns:xal="{_ciq.XAL}" xmlns:gml="{_ciq.GML}"/>'.encode()
        )
        hospital = xml.add(root, "Hospital", None, HAVE)
        self.organization(xml.add(hospital, "Organization", None, HAVE))
        self.section(hospital, "EmergencyDepartmentStatus", self.kept)
        self.beds(hospital)
        self.section(hospital, "ServiceCoverageStatus", {**self.kept, **self.services()})
        for name in ("HospitalFacilityStatus", "HospitalResourcesStatus"):
            self.section(hospital, name, self.kept)
        xml.add(hospital, "LastUpdateTime", times.iso(self.record.updated_at), HAVE)
        return root

    def organization(self, parent: xml.Element) -> None:
        """Which hospital, where it is and how it is reached."""
        record, place = self.record, self.record.home_base or Location()
        party = xml.add(parent, "OrganizationInformation", None, HAVE)
        name = xml.add(party, "OrganisationName", None, XNL)
        identity = _ciq.given(self.adapter, "resource", record.resource_id, "resource_id")
        name.set(f"{{{XNL}}}OrganisationID", xml.words(identity, "resource_id"))
        if words := _ciq.said(record.name, "name", self.adapter.name):
            xml.add(name, "NameElement", words, XNL)
        if place.address or place.name:
            _ciq.add_address(xml.add(xml.add(party, "Addresses", None, XPIL), "Address", None, XPIL), place, self.adapter.name)
        for contact in reachable(record.contacts):
            channel(party, CHANNELS.get(contact.channel or ""), _ciq.said(contact.value, "contacts.value", self.adapter.name) or "")
        merged(party)
        if (shown := _ciq.drawn(place)) is not None:
            _ciq.add_where(xml.add(parent, "OrganizationGeoLocation", None, HAVE), place, shown)
        comments = [record.conditions, *(self.kept[key] for key in sorted(self.kept) if key.startswith("Organization/CommentText/"))]
        for words in comments if record.conditions else ():
            if told := _ciq.said(words, "conditions", self.adapter.name):
                xml.add(parent, "CommentText", told, HAVE)

    def section(self, hospital: xml.Element, name: str, told: dict[str, str]) -> None:
        """One kind of status, if anything is said of it."""
        element = xml.root(name, HAVE)
        regrow(element, SECTIONS[name], told, f"{name}/")
        if len(element):
            hospital.append(element)

    def split(self) -> tuple[list[Capability], list[Capability]]:
        """The beds, and the services after them, as far as their order is the standard's."""
        beds: list[Capability] = []
        offers: list[Capability] = []
        for each in self.record.capabilities:
            code = each.code.code
            if each.code.scheme == BED and not offers and code.partition("/")[0] in BEDS and code == code.strip() and not code.endswith("/"):
                beds.append(each)
            elif each.code.scheme == SERVICE and code in RANKS and (not offers or RANKS[offers[-1].code.code] < RANKS[code]):
                offers.append(each)
        return beds, offers

    def services(self) -> dict[str, str]:
        """The services at their places."""
        found: dict[str, str] = {}
        for each in self.split()[1]:
            place = f"ServiceCoverageStatus/{PLACES[each.code.code]}"
            found[place] = "true"
            if each.code.code == TRAUMA and each.level:
                found[f"{place}Level"] = each.level
        return found

    def beds(self, hospital: xml.Element) -> None:
        """The beds, each kind alone; a kind of a kind behind an empty count of the whole."""
        beds = self.split()[0]
        if not beds:
            return
        status = xml.add(hospital, "HospitalBedCapacityStatus", None, HAVE)
        for each in beds:
            kind, _, part = each.code.code.partition("/")
            group = xml.add(status, "BedCapacity", None, HAVE)
            xml.add(group, "BedType", kind, HAVE)
            if part:
                xml.add(group, "SubCategoryBedType", part, HAVE)
                xml.add(group, "Capacity", None, HAVE)
            self.capacity(xml.add(group, "Capacity", None, HAVE), each)

    def capacity(self, element: xml.Element, each: Capability) -> None:
        """How many."""
        counts = {key: self.kept.get(f"HospitalBedCapacityStatus/{each.code.code}/{key}", "") for key in CAPACITY}
        counts["CapacityStatus"] = each.level or ""
        counts["AvailableCount"] = str(int(each.amount)) if each.amount is not None and each.amount.is_integer() else ""
        for key, kind in CAPACITY.items():
            words = fits(counts[key], kind)
            if words is not None and (key != "CapacityStatus" or words == counts[key]):
                xml.add(element, key, words, HAVE)


def reachable(contacts: tuple[Contact, ...]) -> list[Contact]:
    """The contacts that can be said: numbers, then electronic addresses, as the standard has them."""
    said = [each for each in contacts if each.value]
    number = [CHANNELS.get(each.channel or "") in (None, *NUMBERS) for each in said]
    last = next((index for index, is_number in enumerate(number) if not is_number), len(said))
    return [each for index, each in enumerate(said) if not number[index] or index < last]


def merged(party: xml.Element) -> None:
    """One list of each kind, where there is one for each contact."""
    first: dict[str, xml.Element] = {}
    for group in list(party):
        name = xml.name(group)
        if name in first and name in ("ContactNumbers", "ElectronicAddressIdentifiers"):
            first[name].extend(list(group))
            party.remove(group)
        first.setdefault(name, group)
