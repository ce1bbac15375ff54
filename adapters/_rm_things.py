"""What a line of EDXL-RM speaks of: the resource, how much of it, when and where."""

from adapters import _ciq
from adapters._ciq import Tree
from adapters._rm import ASSIGNMENT, INSTRUCTIONS, OURS, OWNERSHIP, RESOURCE, SCHEDULE, SCHEDULES, STATUS, TYPES
from adapters._rm_opened import AVAILABLE, CERTIFICATIONS, CREDENTIALS, FILLER, NAMED, UNIT, Opened
from bridge import Parts, geo, native, xml


class Things(Opened):
    """The parts of a line."""

    def resource(self, inner: Parts, at: str) -> Tree:
        """What is spoken of: its id, kind and abilities; what has no home in a line is kept."""
        found: Tree = {}
        for element in inner.get("Resource", ())[:1]:
            at = f"{at}Resource/"
            parts = self.parts(element, at, RESOURCE)
            types = [each for part in parts.get("TypeStructure", ()) for each in _ciq.listed(self, part, f"{at}TypeStructure/")]
            for index, each in enumerate(types[1:], 1):
                self.keep(f"{at}TypeStructure/{index}", each["code"])
            name = self.text(parts, "Name", at)
            if types:
                found["kind"] = {**types[0], "label": name}
            elif name and name != FILLER:
                found["kind"] = {"scheme": NAMED, "code": name}
            able = [each for i, part in enumerate(parts.get("Keyword", ())) for each in _ciq.listed(self, part, f"{at}Keyword/{i}/")]
            for scheme, key in ((CREDENTIALS, "Credentials"), (CERTIFICATIONS, "Certifications")):
                able += [{"scheme": scheme, "code": words}] if (words := self.word(parts, key, at)) else []
            if able:
                found["capabilities"] = able
            if local := self.word(parts, "ResourceID", at):
                found["id"] = _ciq.taken(self.adapter, "resource", local)
            self.beside(parts, at)
            self.status(parts, at, found)
        return found

    def beside(self, parts: Parts, at: str) -> None:
        """Keeps what a line has no home for."""
        for key in ("Description", "SpecialRequirements"):
            if words := self.text(parts, key, at):
                self.keep(f"{at}{key}", words)
        for key in ("TypeInfo", "ResponsibleParty"):
            for element in parts.get(key, ())[:1]:
                self.keep(f"{at}{key}", native.pack(xml.tree(element)))
        for element in parts.get("OwnershipInformation", ())[:1]:
            inner = self.parts(element, f"{at}OwnershipInformation/", OWNERSHIP)
            for key in OWNERSHIP:
                if words := self.text(inner, key, f"{at}OwnershipInformation/"):
                    self.keep(f"{at}OwnershipInformation/{key}", words)

    def status(self, parts: Parts, at: str, found: Tree) -> None:
        """What the resource does now."""
        for element in parts.get("ResourceStatus", ())[:1]:
            at = f"{at}ResourceStatus/"
            inner = self.parts(element, at, STATUS)
            codes = [each for part in inner.get("DeploymentStatus", ()) for each in _ciq.listed(self, part, f"{at}DeploymentStatus/")]
            free, since = self.word(inner, "Availability", at), self.time(inner, "InventoryRefreshDateTime", at)
            self.steps += [each["code"] for each in codes if each["scheme"] == OURS and each["code"] != FILLER]
            codes = [each for each in codes if each["scheme"] != OURS]
            free = None if free == FILLER else free
            if codes:
                self.keep(f"{at}DeploymentStatus", native.pack(codes[0]))
            if free:
                self.keep(f"{at}Availability", free)
            if since:
                self.keep(f"{at}InventoryRefreshDateTime", since.isoformat())
            if found.get("id") and (codes or free):
                words = [*(each["code"] for each in codes), free or ""]
                known = next((AVAILABLE[key] for each in words if (key := each.lower().replace(" ", "")) in AVAILABLE), "Unknown")
                shown = codes[0] if codes else {"scheme": f"{TYPES}:Availability", "code": free}
                state = {"resource_id": found["id"], "availability": known, "native_status": shown}
                self.states.append(state | ({"at": since} if since else {}))

    def assignment(self, inner: Parts, at: str) -> tuple[Tree, dict[str, str | None]]:
        """How much, and what a line says that is the message's to say."""
        found: Tree = {}
        told: dict[str, str | None] = {}
        at = f"{at}AssignmentInformation/"
        for element in inner.get("AssignmentInformation", ())[:1]:
            parts = self.parts(element, at, ASSIGNMENT)
            for part in parts.get("Quantity", ())[:1]:
                found |= self.quantity(part, f"{at}Quantity/")
            for part in parts.get("AssignmentInstructions", ())[:1]:
                steps = self.parts(part, f"{at}AssignmentInstructions/", INSTRUCTIONS)
                told["reporting_instructions"] = self.text(steps, "ReportingInstructions", f"{at}AssignmentInstructions/")
                for key in INSTRUCTIONS[:2]:
                    if words := self.text(steps, key, f"{at}AssignmentInstructions/"):
                        self.keep(f"{at}AssignmentInstructions/{key}", words)
            for part in parts.get("PriceQuote", ())[:1]:
                told["price"] = self.price(part, f"{at}PriceQuote/")
            told["purpose"] = self.word(parts, "AnticipatedFunction", at)
            for key in ("Restrictions", "OrderID"):
                if words := self.text(parts, key, at):
                    self.keep(f"{at}{key}", words)
        return found, told

    def quantity(self, element: xml.Element, at: str) -> Tree:
        """A number and its unit; words that are no number are kept."""
        parts = self.parts(element, at, ("QuantityText", "MeasuredQuantity"))
        words = self.word(parts, "QuantityText", at)
        for part in parts.get("MeasuredQuantity", ())[:1]:
            inner = self.parts(part, f"{at}MeasuredQuantity/", ("Amount", "UnitOfMeasure"))
            words = self.word(inner, "Amount", f"{at}MeasuredQuantity/")
            units = [each for one in inner.get("UnitOfMeasure", ()) for each in _ciq.listed(self, one, f"{at}MeasuredQuantity/UnitOfMeasure/")]
            if units and units[0]["scheme"] != UNIT:
                self.keep(f"{at}MeasuredQuantity/UnitOfMeasure/ValueListURN", units[0]["scheme"])
            return self.number(words, at) | ({"unit": units[0]["code"]} if units and units[0]["code"] else {})
        return self.number(words, at)

    def number(self, words: str | None, at: str) -> Tree:
        """The amount, if the words are one."""
        if words is None or words == FILLER:
            return {}
        try:
            found = geo.decimal(words)
        except ValueError:
            found = float("inf")
        if abs(found) == float("inf"):
            self.keep(f"{at}QuantityText", words)
            return {}
        return {"amount": found}

    def price(self, element: xml.Element, at: str) -> str | None:
        """A price in words."""
        parts = self.parts(element, at, ("QuantityText", "MeasuredQuantity"))
        words = self.text(parts, "QuantityText", at)
        for part in parts.get("MeasuredQuantity", ())[:1]:
            inner = self.parts(part, f"{at}MeasuredQuantity/", ("Amount", "UnitOfMeasure"))
            units = [
                each["code"] for one in inner.get("UnitOfMeasure", ()) for each in _ciq.listed(self, one, f"{at}MeasuredQuantity/UnitOfMeasure/")
            ]
            words = " ".join([self.word(inner, "Amount", f"{at}MeasuredQuantity/") or "", *units]).strip() or None
        return None if words == FILLER else words

    def schedule(self, inner: Parts, at: str) -> list[Tree]:
        """The times and places of a line."""
        found: list[Tree] = []
        for index, element in enumerate(inner.get("ScheduleInformation", ())):
            here = f"{at}ScheduleInformation/{index}/"
            parts = self.parts(element, here, SCHEDULE)
            kind = self.must(parts, "ScheduleType", here)
            if kind not in SCHEDULES:
                self.odd(f"{here}ScheduleType", f"'{kind}' is not in the list")
            elif kind not in self.message.schedules:
                self.odd(f"{here}ScheduleType", f"'{kind}' is not for a {self.verb}")
            moment = self.time(parts, "DateTime", here)
            place = next((_ciq.location(self, each, f"{here}Location/") for each in parts.get("Location", ())), None)
            each = {"type": kind, "at": moment, "location": place}
            found += [each] if each not in found else []
        return found
