"""Who speaks to whom in EDXL-RM, and whom to ask, written."""

from adapters import _ciq
from adapters._ciq import XNL, XPIL, Tree
from adapters._rm import ROLES, SPACE, TYPES
from adapters._rm_opened import MEDIA, RADIO
from adapters._rm_sheet import Sheet
from bridge import Contact, Location, native, validated, xml

CHANNELS = {channel: medium for medium, channel in reversed(MEDIA.items())}
NUMBERS = ("Telephone", "Fax", "Pager", "VOIP")


class Who(Sheet):
    """The contacts of a message."""

    def parties(self, root: xml.Element) -> None:
        """Who speaks to whom, and whom to ask."""
        for role, party in (("Sender", self.record.from_agency), (self.message.addressed, self.record.to_agency)):
            if party or role == "Sender":
                who = xml.add(root, "ContactInformation", None, SPACE)
                xml.add(who, "ContactRole", role, TYPES)
                more = xml.add(who, "AdditionalContactInformation", None, TYPES)
                more.set(f"{{{XPIL}}}PartyID", xml.words(self.word(party or "", "from_agency"), "from_agency"))
        for index, contact in enumerate(self.record.contacts):
            self.contact(xml.add(root, "ContactInformation", None, SPACE), contact, self.tree(f"ContactInformation/{index}/ContactLocation"))

    def contact(self, parent: xml.Element, contact: Contact, place: Tree) -> None:
        """A contact and its channel, and where it is."""
        self.add(parent, "ContactDescription", contact.name, "contacts.name", TYPES)
        role = next((role for role, means in ROLES.items() if means == contact.role), None)
        self.add(parent, "ContactRole", role, space=TYPES)
        value = _ciq.said(contact.value, "contacts.value", self.adapter.name)
        if contact.channel == "radio":
            radio = xml.add(parent, "Radio", None, TYPES)
            kind = xml.add(radio, "RadioType", None, TYPES)
            for name, words in native.unpack(RADIO).items():
                xml.add(kind, name, words, TYPES)
            xml.add(radio, "RadioChannel", value or "", TYPES)
        if place:
            _ciq.add_location(xml.add(parent, "ContactLocation", None, TYPES), validated(Location, place), TYPES, self.adapter.name)
        party = xml.root("AdditionalContactInformation", TYPES)
        if agency := _ciq.said(contact.agency, "contacts.agency", self.adapter.name):
            name = xml.add(xml.add(xml.add(party, "PartyName", None, XPIL), "OrganisationName", None, XNL), "NameElement", None, XNL)
            name.text = xml.words(agency, "contacts.agency")
        medium = CHANNELS.get(contact.channel or "")
        if contact.channel != "radio" and (value or medium):
            channel(party, medium, value or "")
        if len(party):
            parent.append(party)


def channel(party: xml.Element, medium: str | None, value: str) -> None:
    """A number or an electronic address of a party."""
    if medium is None or medium in NUMBERS:
        number = xml.add(xml.add(party, "ContactNumbers", None, XPIL), "ContactNumber", None, XPIL)
        if medium:
            number.set(f"{{{XPIL}}}CommunicationMediaType", medium)
        xml.add(number, "ContactNumberElement", value, XPIL)
    else:
        address = xml.add(xml.add(party, "ElectronicAddressIdentifiers", None, XPIL), "ElectronicAddressIdentifier", value, XPIL)
        address.set(f"{{{XPIL}}}Type", medium)
