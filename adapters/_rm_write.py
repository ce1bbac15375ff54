"""One message of EDXL-RM being written: every element in the order of its XSD."""

import hashlib
from typing import Any

from adapters import _ciq
from adapters._ciq import XNL, XPIL, Tree
from adapters._rm import ANSWERS, INSTRUCTIONS, MESSAGES, OURS, OWNERSHIP, ROLES, SPACE, TYPES, WRITTEN
from adapters._rm_read import ANSWER, CERTIFICATIONS, CREDENTIALS, FILLER, FUNCTION, MADE, MEDIA, NAMED, RADIO, TIMES, UNIT, default, derived, step_of
from bridge import (
    Adapter,
    CodedValue,
    Contact,
    Location,
    RequestLine,
    ResourceRequest,
    Says,
    Schedule,
    Unsupported,
    geo,
    native,
    times,
    validated,
    xml,
)

CHANNELS = {channel: medium for medium, channel in reversed(MEDIA.items())}
NUMBERS = ("Telephone", "Fax", "Pager", "VOIP")
REPORTED = ("Deployed", "Arrived", "Returned")


class Writing:
    """One message."""

    def __init__(self, adapter: Adapter, record: ResourceRequest, says: Says) -> None:
        """The message is the one that the step asks for, or the one in which it came."""
        self.adapter, self.record, self.says = adapter, record, says
        came = record.extensions.get(f"{adapter.name}:MessageContentType")
        self.verb = WRITTEN.get(record.step, "")
        if came in MESSAGES and (record.step == "Cancel" or (came == "CommitResource" and record.step in ("Decline", "Provisional"))):
            self.verb = came
        if not self.verb:
            raise self.cannot("step", "it has no message for it")
        self.message, self.default = MESSAGES[self.verb], default(record.step)
        self.types: list[str] = []

    def cannot(self, at: str, reason: str) -> Unsupported:
        """The refusal."""
        return Unsupported("cannot-say", at, format=self.adapter.name, reason=reason)

    def word(self, words: str, at: str) -> str:
        """A word that reads back."""
        return _ciq.word(words, at, self.adapter.name)

    def kept(self, at: str) -> str | None:
        """What the message had there that has no home in the record."""
        words = self.record.extensions.get(f"{self.adapter.name}:{at}")
        return words if words and not words.isspace() else None

    def tree(self, at: str) -> Tree:
        """The same for elements."""
        found = native.unpack(self.kept(at) or "")
        return found if isinstance(found, dict) else {}

    def add(self, parent: xml.Element, name: str, words: str | None, at: str = "", space: str = SPACE) -> None:
        """An element, where something is said."""
        if told := _ciq.said(words, at or name, self.adapter.name):
            xml.add(parent, name, told, space)

    def listed(self, parent: xml.Element, name: str, code: CodedValue, at: str, space: str = SPACE) -> None:
        """One code and the URN of its list."""
        element = xml.add(parent, name, None, space)
        xml.add(element, "ValueListURN", _ciq.urn(code.scheme), TYPES)
        xml.add(element, "Value", self.word(code.code, at), TYPES)

    def document(self) -> xml.Element:
        """The message."""
        record, root = self.record, xml.parse(f'<{self.verb} xmlns="{SPACE}" xmlns:rm="{TYPES}"/>'.encode())
        if record.at is None:
            raise self.cannot("at", "it must be there")
        origin = _ciq.given(self.adapter, "request", record.request_id, "request_id")
        xml.add(root, "MessageID", self.own(origin), SPACE)
        xml.add(root, "SentDateTime", times.iso(record.at), SPACE)
        xml.add(root, "MessageContentType", self.verb, SPACE)
        self.add(root, "MessageDescription", record.comment, "comment")
        if self.verb == "RequestInformation" and not record.comment:
            xml.add(root, "MessageDescription", "", SPACE)
        xml.add(root, "OriginatingMessageID", origin, SPACE)
        self.chain(root, origin)
        self.parties(root)
        for index, line in enumerate(record.lines or (None,)):
            self.line(root, line, index)
        if step_of(self.verb, self.types) not in (record.step, self.message.step if record.step in ("Cancel", *REPORTED) else record.step):
            raise self.cannot("lines", f"its lines would not mean {record.step}")
        return root

    def own(self, origin: str) -> str:
        """The message's id: its own, that of the conversation it opens, or one made of what is known."""
        if own := self.kept("MessageID"):
            return self.word(own, "MessageID")
        if self.message.preceding == "no" and self.record.step != "Cancel":
            return origin
        return MADE + (self.says.message_id or hashlib.sha256(self.record.model_dump_json().encode()).hexdigest()).strip()

    def chain(self, root: xml.Element, origin: str) -> None:
        """What it answers, where it belongs, what it replaces or withdraws, who pays."""
        record, before = self.record, self.record.preceding_message_id
        before = origin if before == record.request_id else before
        cancels = record.step == "Cancel"
        recalled = (before or origin) if cancels else self.kept("MessageRecall/RecallMessageID")
        if cancels:
            before = self.kept("PrecedingMessageID") or (recalled if self.message.preceding == "must" else None)
        if self.message.preceding != "no" and before:
            xml.add(root, "PrecedingMessageID", self.word(before, "preceding_message_id"), SPACE)
        elif self.message.preceding == "must":
            raise self.cannot("preceding_message_id", "an answer names what it answers")
        if record.incident_id:
            information = xml.add(root, "IncidentInformation", None, SPACE)
            xml.add(information, "IncidentID", _ciq.given(self.adapter, "incident", record.incident_id, "incident_id"), TYPES)
            self.add(information, "IncidentDescription", self.kept("IncidentInformation/0/IncidentDescription"), space=TYPES)
        if recalled:
            recall = xml.add(root, "MessageRecall", None, SPACE)
            xml.add(recall, "RecallMessageID", self.word(recalled, "preceding_message_id"), TYPES)
            xml.add(recall, "RecallType", "Cancel" if cancels else "Update", TYPES)
        self.funding(root)

    def funding(self, root: xml.Element) -> None:
        """Who pays."""
        priced, code = self.message.step in ("Offer", "Quote"), self.kept("Funding/0/FundCode")
        words = self.kept("Funding/0/FundingInfo") if priced else self.record.cost_terms
        if self.message.funding != "no" and (code or words or self.message.funding == "must"):
            funding = xml.add(root, "Funding", None, SPACE)
            space = SPACE if self.verb == "RequestResource" else TYPES
            self.add(funding, "FundCode", code, space=space)
            self.add(funding, "FundingInfo", words, "cost_terms", space)

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

    def line(self, root: xml.Element, line: RequestLine | None, index: int) -> None:
        """A line, and what else of it must stand alone."""
        if line and line.line_id == FILLER:
            raise self.cannot("lines.line_id", f"'{FILLER}' stands for no line")
        name = self.word(line.line_id, "lines.line_id") if line else FILLER
        kind = self.type(line, index)
        own = name
        if kind:
            count = sum(each.line_id == name for each in self.record.lines[: index + 1])
            own = self.kept(f"ResourceInformation/{index}/ResourceInfoElementID") or derived(name, count or 1)
        given = bool(kind) and self.message.answers and kind != "Decline"
        amount = (line.committed if given else line.quantity) if line else None
        element = self.head(root, own, name, kind)
        if kind and line and line.decline_reason:
            self.reason(element[-1], line.decline_reason)
        ids = () if line is None else line.resource_ids if kind and self.message.answers else (line.resource_id,) if line.resource_id else ()
        self.resource(element, line, ids[:1], f"ResourceInformation/{index}/Resource/")
        self.assignment(element, amount, line.unit if line else None, f"ResourceInformation/{index}/AssignmentInformation/")
        self.schedule(element, index)
        for number, more in enumerate(ids[1:], 1):
            self.resource(self.head(root, f"{own}+{number}", name, kind), None, (more,), "")
        if self.record.step == "Partial" and kind == "Accept":
            self.rest(root, line, own, name)

    def rest(self, root: xml.Element, line: RequestLine | None, own: str, name: str) -> None:
        """What of a line is not given, for a Partial answer declines something."""
        short = line and line.quantity is not None and line.committed is not None and 0 < line.committed < line.quantity
        last = line is None or line == self.record.lines[-1]
        if short or (last and "Decline" not in self.types):
            element = self.head(root, f"{own}+rest", name, "Decline")
            self.types.append("Decline")
            if short and line and line.quantity is not None and line.committed is not None:
                self.quantity(xml.add(element, "AssignmentInformation", None, SPACE), line.quantity - line.committed, None)

    def type(self, line: RequestLine | None, index: int) -> str | None:
        """How a line answers, if the message answers."""
        reason = line.decline_reason if line else None
        kind = self.default
        if reason and reason.scheme == ANSWER and reason.code in ANSWERS[1:]:
            kind = reason.code
        elif reason and kind == "Accept":
            kind = "Provisional" if self.kept(f"ResourceInformation/{index}/ResponseInformation/ResponseType") == "Provisional" else "Decline"
        if self.message.response == "no" or (self.message.response == "may" and not reason):
            return None
        self.types.append(kind)
        return kind

    def head(self, root: xml.Element, own: str, name: str, kind: str | None) -> xml.Element:
        """The beginning of a line."""
        element = xml.add(root, "ResourceInformation", None, SPACE)
        xml.add(element, "ResourceInfoElementID", self.word(own, "lines.line_id"), SPACE)
        if kind:
            response = xml.add(element, "ResponseInformation", None, SPACE)
            xml.add(response, "PrecedingResourceInfoElementID", name, TYPES)
            xml.add(response, "ResponseType", kind, TYPES)
        return element

    def reason(self, response: xml.Element, reason: CodedValue) -> None:
        """Why a line was not accepted."""
        if reason.scheme != ANSWER or reason.code not in ANSWERS[1:]:
            self.listed(response, "ReasonCode", reason, "lines.decline_reason", TYPES)
        self.add(response, "ResponseReason", reason.label, "lines.decline_reason", TYPES)

    def resource(self, parent: xml.Element, line: RequestLine | None, ids: tuple[str, ...], at: str) -> None:
        """What is spoken of."""
        element = xml.root("Resource", SPACE)
        for local in ids:
            xml.add(element, "ResourceID", _ciq.given(self.adapter, "resource", local, "lines.resource_id"), SPACE)
        if line and line.kind:
            self.kind(element, line.kind)
        if at:
            self.beside(element, line, at)
            self.status(element, at)
        if len(element) or self.message.resource == "must":
            if not any(xml.name(each) in ("ResourceID", "Name", "TypeStructure") for each in element):
                place = xml.add(element, "Name", FILLER, SPACE)
                element.insert(0, place)
            parent.append(element)

    def kind(self, element: xml.Element, kind: CodedValue) -> None:
        """Its name and type; a name alone stands alone."""
        if kind.scheme == NAMED and not kind.label and kind.code != FILLER:
            xml.add(element, "Name", self.word(kind.code, "lines.kind"), SPACE)
            return
        self.add(element, "Name", kind.label, "lines.kind")
        self.listed(element, "TypeStructure", kind, "lines.kind")

    def beside(self, element: xml.Element, line: RequestLine | None, at: str) -> None:
        """Its abilities, and what a line has no home for."""
        if info := self.tree(f"{at}TypeInfo"):
            try:
                inner = list(xml.grown("TypeInfo", {name: value for name, value in info.items() if name[:1] not in "@#"}))
            except (ValueError, AttributeError):  # names that are none
                inner = []
            if inner:
                xml.add(element, "TypeInfo", None, SPACE).extend(inner)
        able = list(line.capabilities) if line else []
        certified = able.pop().code if able and able[-1].scheme == CERTIFICATIONS else None
        credited = able.pop().code if able and able[-1].scheme == CREDENTIALS else None
        for each in able:
            self.listed(element, "Keyword", each, "lines.capabilities")
        self.add(element, "Description", self.kept(f"{at}Description"))
        for name, code in (("Credentials", credited), ("Certifications", certified)):
            if code is not None:
                xml.add(element, name, self.word(code, "lines.capabilities"), SPACE)
        self.add(element, "SpecialRequirements", self.kept(f"{at}SpecialRequirements"))
        owned = {name: words for name in OWNERSHIP if (words := self.kept(f"{at}OwnershipInformation/{name}"))}
        if owned and "OwnershipInformation" not in self.message.lacks:
            ownership = xml.add(element, "OwnershipInformation", None, SPACE)
            for name, words in owned.items():
                xml.add(ownership, name, words, TYPES)

    def status(self, element: xml.Element, at: str) -> None:
        """What the resource does now; in a report it may be a step of ours, in an answer to a return it must be there."""
        lacks, status = self.message.lacks, xml.root("ResourceStatus", SPACE)
        code = self.tree(f"{at}ResourceStatus/DeploymentStatus")
        since, free = (self.kept(f"{at}ResourceStatus/{name}") for name in ("InventoryRefreshDateTime", "Availability"))
        needed = self.message.step == "ReturnAnswer" and bool(len(element) or code or free)
        if since and "InventoryRefreshDateTime" not in lacks:
            xml.add(status, "InventoryRefreshDateTime", times.iso(times.instant(since, "InventoryRefreshDateTime")[0]), SPACE)
        if self.record.step in REPORTED:
            code = {"scheme": OURS, "code": self.record.step}
        elif needed and not code:
            code = {"scheme": OURS, "code": FILLER}
        if code:
            shown = CodedValue(scheme=str(code.get("scheme", "")), code=str(code.get("code", "")))
            self.listed(status, "DeploymentStatus", shown, "DeploymentStatus")
        if (free or needed) and "Availability" not in lacks:
            xml.add(status, "Availability", self.word(free or FILLER, "Availability"), SPACE)
        if len(status) and "ResourceStatus" not in lacks:
            element.append(status)

    def assignment(self, parent: xml.Element, amount: float | None, unit: str | None, at: str) -> None:
        """How much, for what, on what terms."""
        record, lacks, element = self.record, self.message.lacks, xml.root("AssignmentInformation", SPACE)
        if amount is not None:
            self.quantity(element, amount, unit)
        elif (words := self.kept(f"{at}Quantity/QuantityText")) and not geo.NUMBER.fullmatch(words.strip()):
            xml.add(xml.add(element, "Quantity", None, SPACE), "QuantityText", self.word(words, "Quantity"), TYPES)
        self.add(element, "Restrictions", self.kept(f"{at}Restrictions"))
        purpose = record.purpose.code if record.purpose and record.purpose.scheme == FUNCTION else self.own_line(at, "AnticipatedFunction")
        if purpose:
            xml.add(element, "AnticipatedFunction", self.word(purpose, "purpose"), SPACE)
        priced = self.message.step in ("Offer", "Quote")
        price = self.shared(at, "PriceQuote", record.cost_terms) if priced else self.kept(f"{at}PriceQuote")
        if price and "PriceQuote" not in lacks:
            self.add(xml.add(element, "PriceQuote", None, SPACE), "QuantityText", price, "cost_terms", TYPES)
        if "OrderID" not in lacks:
            self.add(element, "OrderID", self.kept(f"{at}OrderID"))
        self.instructions(element, at)
        if not len(element) and self.message.step != "Requisition":
            return
        self.complete(element)
        parent.append(element)

    def complete(self, element: xml.Element) -> None:
        """What the XSD wants in an assignment."""
        names = [xml.name(each) for each in element]
        if self.message.step == "Quote" and "PriceQuote" not in names:
            price = xml.root("PriceQuote", SPACE)
            xml.add(price, "QuantityText", FILLER, TYPES)
            element.insert(sum(name in ("Quantity", "Restrictions", "AnticipatedFunction") for name in names), price)
        if self.message.quantity == "must" and "Quantity" not in names:
            quantity = xml.root("Quantity", SPACE)
            xml.add(quantity, "QuantityText", FILLER, TYPES)
            element.insert(0, quantity)

    def shared(self, at: str, place: str, words: str | None) -> str | None:
        """What all lines say, or what each said for itself."""
        alone = [key for key in self.record.extensions if key.endswith(f"/AssignmentInformation/{place}")]
        return self.kept(f"{at}{place}") if alone else words

    def own_line(self, at: str, place: str) -> str | None:
        """What this line said for itself."""
        return self.shared(at, place, None)

    def instructions(self, element: xml.Element, at: str) -> None:
        """How to come and whom to report to."""
        ways = [self.kept(f"{at}AssignmentInstructions/{name}") for name in INSTRUCTIONS[:2]]
        report = self.shared(at, "AssignmentInstructions/ReportingInstructions", self.record.reporting_instructions)
        if "AssignmentInstructions" in self.message.lacks or not any((*ways, report)):
            return
        inner = xml.add(element, "AssignmentInstructions", None, SPACE)
        for name, words in zip(INSTRUCTIONS, (*ways, report), strict=True):
            self.add(inner, name, words, "reporting_instructions", TYPES)

    def quantity(self, parent: xml.Element, amount: float, unit: str | None) -> None:
        """A number, with its unit measured."""
        element = xml.add(parent, "Quantity", None, SPACE)
        if not unit:
            xml.add(element, "QuantityText", _ciq.numeral(amount), TYPES)
            return
        measured = xml.add(element, "MeasuredQuantity", None, TYPES)
        xml.add(measured, "Amount", _ciq.numeral(amount), TYPES)
        self.listed(measured, "UnitOfMeasure", CodedValue(scheme=UNIT, code=unit), "lines.unit", TYPES)

    def schedule(self, parent: xml.Element, index: int) -> None:
        """The times and places of all lines, and of this line alone, that the message knows."""
        record = self.record
        told = [each.type for each in record.schedule]
        moments = {kind: moment for key, kind in TIMES.items() if (moment := getattr(record, key))}
        first: dict[str, Schedule] = {}
        for each in record.schedule:
            first.setdefault(each.type, each) if each.at else None
        place = next((each.location for each in record.schedule if each.type == "ReportTo" and each.location), None)
        for kind in (*TIMES.values(), "ReportTo"):
            ahead = place if kind == "ReportTo" else (first[kind].at if kind in first else None)
            said = record.deliver_to if kind == "ReportTo" else moments.get(kind)
            if ahead and not said and kind in told and kind in self.message.schedules:
                raise self.cannot("schedule", f"{kind} has a field of its own, which is silent")
        entries = [Schedule(type=kind, at=moment) for kind, moment in moments.items() if kind not in first or not self.says_both(first[kind], moment)]
        if record.deliver_to and place != record.deliver_to:
            entries.append(Schedule(type="ReportTo", location=record.deliver_to))
        for each in (*entries, *record.schedule):
            kind, _, alone = each.type.partition("/")
            if kind in self.message.schedules and (not alone or (alone == str(index) and len(record.lines) > 1)):
                self.moment(parent, kind, each)

    def says_both(self, entry: Schedule, moment: Any) -> bool:
        """Whether an entry of the schedule says a time that has a field of its own, with its place."""
        return entry.at == moment and entry.location is not None

    def moment(self, parent: xml.Element, kind: str, entry: Schedule) -> None:
        """One time and place."""
        element = xml.add(parent, "ScheduleInformation", None, SPACE)
        xml.add(element, "ScheduleType", kind, SPACE)
        if entry.at:
            xml.add(element, "DateTime", times.iso(entry.at), SPACE)
        if entry.location:
            _ciq.add_location(xml.add(element, "Location", None, SPACE), entry.location, TYPES, self.adapter.name)


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
