"""EDXL-HAVE written."""

from typing import TYPE_CHECKING

from adapters import _ciq
from adapters._ciq import XNL, XPIL
from adapters._have import BEDS, CAPACITY, HAVE, SECTIONS, fits, regrow
from adapters._have_read import BED, PLACES, RANKS, SERVICE, TRAUMA
from adapters._rm_who import CHANNELS, NUMBERS, channel
from adapters._where import GML, add_where, drawn
from bridge import Capability, Contact, Location, Resource, Unsupported, times, xml

if TYPE_CHECKING:
    from adapters.edxl_have import EdxlHave


class Writing:
    """One hospital being written."""

    def __init__(self, adapter: "EdxlHave", record: Resource) -> None:
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
        root = xml.parse(f'<HospitalStatus xmlns="{HAVE}" xmlns:xnl="{XNL}" xmlns:xpil="{XPIL}" xmlns:xal="{_ciq.XAL}" xmlns:gml="{GML}"/>'.encode())
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
        if (shown := drawn(place)) is not None:
            add_where(xml.add(parent, "OrganizationGeoLocation", None, HAVE), place, shown)
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
