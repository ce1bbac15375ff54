"""Who speaks to whom in EDXL-RM, and whom to ask."""

from collections.abc import Iterator

from adapters import _ciq
from adapters._ciq import Tree
from adapters._rm import CONTACT, ROLES
from adapters._rm_opened import MEDIA, RADIO, Opened
from bridge import Location, Parts, native, xml


class Parties(Opened):
    """The contacts of a message."""

    def parties(self, parts: Parts) -> Tree:
        """Who speaks to whom, and whom to ask."""
        found: Tree = {"from_agency": self.adapter.owner, "contacts": []}
        if "ContactInformation" not in parts:
            self.odd("ContactInformation", "missing")
        for element in parts.get("ContactInformation", ()):
            at = f"ContactInformation/{len(found['contacts'])}/"
            inner = self.parts(element, at, CONTACT)
            role = ROLES.get(native := self.word(inner, "ContactRole", at) or "", "Unknown")
            if native and role == "Unknown":
                self.keep(f"{at}ContactRole", native)
            party = next((each.get("PartyID") for each in inner.get("AdditionalContactInformation", ()) if each.get("PartyID")), None)
            key = {"Sender": "from_agency", self.message.addressed: "to_agency"}.get(role) if party else None
            if key:
                found[key] = (party or "").strip() or found.get(key)
            elif party:
                self.keep(f"{at}AdditionalContactInformation/PartyID", party)
            contacts = list(self.contact(inner, role, at))
            if not key or contacts != [{"role": role, "name": None, "agency": None}]:
                found["contacts"] += contacts
        return found

    def contact(self, inner: Parts, role: str, at: str) -> Iterator[Tree]:
        """A contact for each of its channels."""
        agency = None
        ways: list[Tree] = []
        for index, element in enumerate(inner.get("Radio", ())):
            radio = self.parts(element, f"{at}Radio/{index}/", ("RadioType", "RadioChannel"))
            ways.append({"channel": "radio", "value": self.text(radio, "RadioChannel", f"{at}Radio/{index}/")})
            for kind in radio.get("RadioType", ()):
                if (words := native.pack(xml.tree(kind))) != RADIO:
                    self.keep(f"{at}Radio/{index}/RadioType", words)
        for element in inner.get("ContactLocation", ()):
            place = _ciq.location(self, element, f"{at}ContactLocation/")
            self.keep(f"{at}ContactLocation", Location.model_validate(place).model_dump_json(exclude_defaults=True))
        for element in inner.get("AdditionalContactInformation", ())[:1]:
            agency, more = self.party(element, f"{at}AdditionalContactInformation/")
            ways += more
        who = {"role": role, "name": self.text(inner, "ContactDescription", at), "agency": agency}
        yield from ({**who, **way} for way in ways or [{}])

    def party(self, element: xml.Element, at: str) -> tuple[str | None, list[Tree]]:
        """The organisation and the channels of a CIQ party; the rest is kept."""
        agency: str | None = None
        ways: list[Tree] = []
        for child in element:
            names = [each for each in child.iter("NameElement") if (above := each.getparent()) is not None and xml.name(above) == "OrganisationName"]
            if xml.name(child) == "PartyName" and names and agency is None and (names[0].text or "").strip():
                agency = names[0].text
            elif xml.name(child) == "ContactNumbers":
                ways += [self.way(each, each.get("CommunicationMediaType", "")) for each in child]
            elif xml.name(child) == "ElectronicAddressIdentifiers":
                ways += [self.way(each, each.get("Type", "")) for each in child]
            else:
                self.keep(self.free(f"{at}{xml.name(child)}"), native.pack(xml.tree(child)))
        return agency, ways

    def way(self, element: xml.Element, medium: str) -> Tree:
        """One channel."""
        words = "".join(each.text or "" for each in element) if len(element) else element.text
        return {"channel": MEDIA.get(medium, medium.lower() or None), "value": words or None}
