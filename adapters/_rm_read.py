"""One message of EDXL-RM being read."""

from collections.abc import Iterator
from datetime import datetime

from adapters import _ciq
from adapters._ciq import Tree
from adapters._rm import (
    ANSWERS,
    ASSIGNMENT,
    CONTACT,
    HEAD,
    INSTRUCTIONS,
    LINE,
    MESSAGES,
    OURS,
    OWNERSHIP,
    RESOURCE,
    RESPONSE,
    ROLES,
    SCHEDULE,
    SCHEDULES,
    STATUS,
    TYPES,
    WRITTEN,
)
from bridge import Adapter, Invalid, Lenient, Location, Malformed, Parts, ResourceRequest, ResourceState, Said, Says, geo, native, xml

ANSWER, NAMED, FUNCTION = (f"{TYPES}:{name}" for name in ("ResponseType", "Name", "AnticipatedFunction"))
CREDENTIALS, CERTIFICATIONS = f"{TYPES}:Credentials", f"{TYPES}:Certifications"
UNIT = "urn:unece:rec20"
FILLER = "-"
MEDIA = {"Telephone": "tel", "Cellphone": "tel", "Fax": "fax", "Pager": "pager", "VOIP": "voip", "EMAIL": "email", "URL": "web", "SIP": "sip"}
TIMES = {"needed_by": "RequestedArrival", "eta": "EstimatedArrival", "return_by": "EstimatedReturnArrival"}
AVAILABLE = {
    word.lower().replace(" ", ""): symbol
    for symbol, words in {
        "Available": ("Available", "Ready"),
        "Reserved": ("Reserved",),
        "Committed": ("Committed", "Assigned", "Deployed"),
        "EnRoute": ("En Route", "In Transit"),
        "OnScene": ("On Scene", "Arrived"),
        "Returning": ("Returning", "Demobilizing", "Demobilising"),
        "Maintenance": ("Maintenance", "Out of service"),
        "Unavailable": ("Unavailable", "Not available"),
    }.items()
    for word in words
}


def default(step: str) -> str:
    """What a line without a reason of its own answers."""
    return step if step in ("Decline", "Provisional") else "Accept"


def step_of(verb: str, types: list[str]) -> str:
    """What an answer means as a whole; lines may be answered differently."""
    kinds = set(types)
    if verb == "ResponseToRequestResource" and len(kinds) > 1:
        return "Partial"
    if MESSAGES[verb].answers and kinds in ({"Decline"}, {"Provisional"}):
        return kinds.pop()
    return MESSAGES[verb].step


class Reading(Lenient):
    """One message being read."""

    def __init__(self, adapter: Adapter, root: xml.Element, prefix: str) -> None:
        """``prefix`` is where the message stands in its document."""
        super().__init__(adapter.name, prefix, getattr(adapter, "zone", None))
        self.adapter, self.root, self.verb = adapter, root, xml.name(root)
        self.message = MESSAGES[self.verb]
        self.own = ""
        self.lines: list[Tree] = []
        self.types: list[str] = []
        self.answered: list[tuple[str, Tree | None] | None] = []
        self.schedules: list[list[Tree]] = []
        self.states: list[Tree] = []
        self.steps: list[str] = []
        self.counts: dict[str, int] = {}
        self.told: dict[str, list[tuple[str, str | None]]] = {"purpose": [], "reporting_instructions": [], "price": []}

    def said(self) -> Iterator[Said]:
        """The request, and the states of resources that a report tells of."""
        parts = self.parts(self.root, "", HEAD)
        own, sent = self.must(parts, "MessageID", ""), self.time(parts, "SentDateTime", "")
        if sent is None:
            raise Malformed("missing", f"{self.prefix}SentDateTime")
        if (kind := self.word(parts, "MessageContentType", "")) != self.verb:
            self.odd("MessageContentType", f"'{kind}' in a {self.verb}")
        origin = self.origin(parts, own)
        for index, element in enumerate(parts.get("ResourceInformation", ())):
            self.line(element, index)
        if self.message.lines and "ResourceInformation" not in parts:
            raise Malformed("missing", f"{self.prefix}ResourceInformation")
        step = step_of(self.verb, self.types)
        self.decide(step)
        record: Tree = {
            "request_id": _ciq.taken(self.adapter, "request", origin),
            "step": self.reported(step),
            "at": sent,
            "comment": self.text(parts, "MessageDescription", ""),
            "incident_id": self.incident(parts),
            "lines": self.lines,
        }
        record |= self.chain(parts, origin, own) | self.parties(parts) | self.terms(parts) | self.deployment()
        if WRITTEN[record["step"]] != self.verb:
            self.keep("MessageContentType", self.verb)
        if own != origin or self.message.preceding != "no":
            self.named(own)
        says = self.says(record, own, origin, sent)
        yield Said(ResourceRequest.model_validate({**record, "extensions": self.extensions}), says, tuple(self.deviations))
        if self.verb in ("ReportResourceDeploymentStatus", "ResponseToRequestInformation"):
            for state in self.states:
                yield Said(ResourceState.model_validate({"at": sent, "incident_id": record["incident_id"], **state}))

    def origin(self, parts: Parts, own: str) -> str:
        """The message that opened the conversation; an opening one is that itself."""
        if self.message.preceding == "no" and "OriginatingMessageID" not in parts:
            self.odd("OriginatingMessageID", "missing, its own assumed")
            return own
        return self.must(parts, "OriginatingMessageID", "")

    def named(self, own: str) -> None:
        """Keeps the message's own id; one of ours is made again."""
        if not own.startswith(MADE):
            self.keep("MessageID", own)

    def says(self, record: Tree, own: str, origin: str, sent: datetime) -> Says:
        """What the message states of itself."""
        recalled = self.extensions.get(f"{self.name}:MessageRecall/RecallMessageID")
        action = "Cancel" if record["step"] == "Cancel" else "Update" if recalled else self.message.action
        about = recalled or record["preceding_message_id"] or (origin if action == "Cancel" else None)
        return Says.model_validate(
            {"message_id": own, "sent": sent, "action": action, "references": (about,) if about else (), "correlation_id": origin}
        )

    def chain(self, parts: Parts, origin: str, own: str) -> Tree:
        """What the message answers, replaces or withdraws (EDXL-RM 1.0: an answer names what it answers)."""
        before = self.word(parts, "PrecedingMessageID", "")
        if before is None and self.message.preceding == "must":
            raise Invalid("names-nothing", f"{self.prefix}PrecedingMessageID", kind=self.verb, does="answers")
        if before is not None and self.message.preceding == "no":
            self.odd("PrecedingMessageID", "in a message that opens a conversation")
        if before == own:
            raise Invalid("wrong-value", f"{self.prefix}PrecedingMessageID", value=own, wanted="another message than this one")
        for element in parts.get("MessageRecall", ())[:1]:
            inner = self.parts(element, "MessageRecall/", ("RecallMessageID", "RecallType"))
            recalled = self.must(inner, "RecallMessageID", "MessageRecall/")
            if self.listed(inner, "RecallType", "MessageRecall/", ("Update", "Cancel")) == "Cancel":
                if before is not None and before != recalled:
                    self.keep("PrecedingMessageID", before)
                return {"step": "Cancel", "preceding_message_id": None if recalled == origin else recalled}
            self.keep("MessageRecall/RecallMessageID", recalled)
        return {"preceding_message_id": _ciq.taken(self.adapter, "request", origin) if before == origin else before}

    def incident(self, parts: Parts) -> str | None:
        """The incident; more of them, and their descriptions, are kept."""
        found = None
        for index, element in enumerate(parts.get("IncidentInformation", ())):
            at = f"IncidentInformation/{index}/"
            inner = self.parts(element, at, ("IncidentID", "IncidentDescription"))
            local, about = self.word(inner, "IncidentID", at), self.text(inner, "IncidentDescription", at)
            if about:
                self.keep(f"{at}IncidentDescription", about)
            if local and index:
                self.keep(f"{at}IncidentID", local)
            elif local:
                found = _ciq.taken(self.adapter, "incident", local)
        return found

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

    def terms(self, parts: Parts) -> Tree:
        """What it costs: the price in an offer or a quote, else who pays."""
        price = self.common("price")
        paid: list[str] = []
        for index, element in enumerate(parts.get("Funding", ())):
            at = f"Funding/{index}/"
            inner = self.parts(element, at, ("FundCode", "FundingInfo"))
            paid += [words] if (words := self.text(inner, "FundingInfo", at)) else []
            if (words := self.text(inner, "FundingInfo", at)) and (index or self.priced):
                self.keep(f"{at}FundingInfo", words)
            if words := self.text(inner, "FundCode", at):
                self.keep(f"{at}FundCode", words)
        purpose = self.common("purpose")
        return {
            "cost_terms": price if self.priced else next(iter(paid), None),
            "purpose": {"scheme": FUNCTION, "code": purpose} if purpose else None,
            "reporting_instructions": self.common("reporting_instructions"),
        }

    @property
    def priced(self) -> bool:
        """Whether the message is about a price."""
        return self.message.step in ("Offer", "Quote")

    def common(self, key: str) -> str | None:
        """What all lines say alike; else what each says, which also stays where it was."""
        told = self.told[key]
        if len({words for _, words in told}) < 2:
            return told[0][1] if told else None
        for at, words in told:
            if words:
                self.keep(at, words)
        if key == "purpose":
            return None
        return "; ".join(f"{at.split('/')[1]}: {words}" for at, words in told if words)

    def line(self, element: xml.Element, index: int) -> None:
        """One ResourceInformation."""
        at = f"ResourceInformation/{len(self.lines)}/"
        inner = self.parts(element, at, LINE)
        own = self.must(inner, "ResourceInfoElementID", f"ResourceInformation/{index}/")
        answer = self.answer(inner, at)
        if answer is None and self.message.response == "must":
            raise Malformed("missing", f"{self.prefix}ResourceInformation/{index}/ResponseInformation")
        if answer:
            self.types.append(answer["type"])
        thing, (amount, told) = self.resource(inner, at), self.assignment(inner, at)
        name = answer["line"] if answer else own
        if self.more(own, name, answer, thing, amount):
            return
        self.tell(told, f"{at}AssignmentInformation/")
        committing = bool(answer) and self.message.answers
        given = committing and answer is not None and answer["type"] != "Decline"
        line: Tree = {"line_id": name, "kind": thing.get("kind"), "capabilities": thing.get("capabilities", ()), "unit": amount.get("unit")}
        line["committed" if given else "quantity"] = amount.get("amount")
        if local := thing.get("id"):
            line |= {"resource_ids": [local]} if committing else {"resource_id": local}
        self.schedules.append(self.schedule(inner, at))
        if own == FILLER and not any(value for key, value in line.items() if key != "line_id"):
            return
        if answer:
            self.counts[name] = self.counts.get(name, 0) + 1
            if own != derived(name, self.counts[name]):
                self.keep(f"{at}ResourceInfoElementID", own)
        self.own = own
        self.lines.append(line)
        self.answered.append((answer["type"], answer["reason"]) if answer else None)

    def more(self, own: str, name: str, answer: Tree | None, thing: Tree, amount: Tree) -> bool:
        """Whether this only completes the line before it: a further resource, or the part that is not given."""
        if not self.lines and own == f"{FILLER}+rest":
            return True
        if not (self.lines and answer and self.lines[-1]["line_id"] == name and own.startswith(f"{self.own}+")):
            return False
        before = self.lines[-1]
        if own == f"{self.own}+rest" and answer["type"] == "Decline" and not thing:
            if amount.get("amount") is not None and before.get("committed") is not None:
                before["quantity"] = before["committed"] + amount["amount"]
            return True
        if set(thing) == {"id"} and not amount and own == f"{self.own}+{len(before.get('resource_ids', ()))}":
            before["resource_ids"] = [*before["resource_ids"], thing["id"]]
            return True
        return False

    def answer(self, inner: Parts, at: str) -> Tree | None:
        """What is answered to which line."""
        for element in inner.get("ResponseInformation", ())[:1]:
            at = f"{at}ResponseInformation/"
            parts = self.parts(element, at, RESPONSE)
            codes = [each for part in parts.get("ReasonCode", ()) for each in _ciq.listed(self, part, f"{at}ReasonCode/")]
            for index, each in enumerate(codes[1:], 1):
                self.keep(f"{at}ReasonCode/{index}", each["code"])
            kind, label = self.listed(parts, "ResponseType", at, ANSWERS), self.text(parts, "ResponseReason", at)
            reason = {**codes[0], "label": label} if codes else {"scheme": ANSWER, "code": kind, "label": label} if label else None
            return {"line": self.must(parts, "PrecedingResourceInfoElementID", at), "type": kind, "reason": reason}
        return None

    def decide(self, step: str) -> None:
        """Why lines were not accepted, now that it is known what the answer means as a whole."""
        for index, (line, answer) in enumerate(zip(self.lines, self.answered, strict=True)):
            if answer is None:
                continue
            kind, reason = answer
            at = f"ResourceInformation/{index}/ResponseInformation/"
            if kind == "Accept":
                if reason:
                    self.keep(f"{at}ResponseReason", native.pack(reason))
                continue
            if kind != default(step):
                reason = reason or {"scheme": ANSWER, "code": kind}
                if kind == "Provisional" and reason["scheme"] != ANSWER:
                    self.keep(f"{at}ResponseType", kind)
            line["decline_reason"] = reason

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

    def reported(self, step: str) -> str:
        """The step that a report's lines agree upon."""
        named = set(self.steps)
        return self.steps[0] if step == "Status" and len(named) == 1 and WRITTEN.get(self.steps[0]) == self.verb else step

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

    def tell(self, told: dict[str, str | None], at: str) -> None:
        """Notes it, for all lines may say it alike."""
        for key, place in (("purpose", "AnticipatedFunction"), ("reporting_instructions", "AssignmentInstructions/ReportingInstructions")):
            self.told[key].append((f"{at}{place}", told.get(key)))
        if self.priced:
            self.told["price"].append((f"{at}PriceQuote", told.get("price")))
        elif words := told.get("price"):
            self.keep(f"{at}PriceQuote", words)

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

    def deployment(self) -> Tree:
        """The times that all lines share, and those of one line alone."""
        lists = self.schedules or [[]]
        shared = [each for each in lists[0] if all(each in other for other in lists)]
        found: Tree = {"schedule": []}
        for each in shared:
            key = next((key for key, kind in TIMES.items() if kind == each["type"] and each["at"] and key not in found), None)
            if key:
                found[key] = each["at"]
            place = each["type"] == "ReportTo" and each["location"] and "deliver_to" not in found
            if place:
                found["deliver_to"] = each["location"]
            if not (key and not each["location"]) and not (place and not each["at"]):
                found["schedule"].append(each)
        for index, own in enumerate(lists):
            found["schedule"] += [{**each, "type": f"{each['type']}/{index}"} for each in own if each not in shared]
        return found


MADE = "urn:regionbus:message:"
"""Before an id that we had to make."""
RADIO = native.pack({"ValueListURN": "urn:regionbus:radio", "Value": FILLER})


def derived(line: str, count: int) -> str:
    """The id of the line that is the so-and-so-manieth answer to one."""
    return line if count == 1 else f"{line}#{count}"
