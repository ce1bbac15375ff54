"""What a line of EDXL-RM speaks of, written: the resource, how much of it, when and where."""

from typing import Any

from adapters import _ciq
from adapters._rm import INSTRUCTIONS, OURS, OWNERSHIP, SPACE, TYPES
from adapters._rm_opened import CERTIFICATIONS, CREDENTIALS, FILLER, FUNCTION, NAMED, TIMES, UNIT
from adapters._rm_sheet import Sheet
from bridge import CodedValue, RequestLine, Schedule, geo, times, xml

REPORTED = ("Deployed", "Arrived", "Returned")


class Thing(Sheet):
    """The resource of a line."""

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
        info = self.tree(f"{at}TypeInfo")
        if info and not any(name[:1] in "@#" for name in info):  # the XSD allows elements alone; half of it would be another
            try:
                inner = list(xml.grown("TypeInfo", info))
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


class Assignment(Sheet):
    """How much of it, on what terms, when and where."""

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
