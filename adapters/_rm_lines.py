"""The lines of a message of EDXL-RM, and what they say together."""

from adapters import _ciq
from adapters._ciq import Tree
from adapters._rm import ANSWERS, LINE, RESPONSE, WRITTEN
from adapters._rm_opened import ANSWER, FILLER, TIMES, default, derived
from adapters._rm_things import Things
from bridge import Malformed, Parts, native, xml


class Lines(Things):
    """The lines, one after the other; then what all of them say alike."""

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

    def tell(self, told: dict[str, str | None], at: str) -> None:
        """Notes it, for all lines may say it alike."""
        for key, place in (("purpose", "AnticipatedFunction"), ("reporting_instructions", "AssignmentInstructions/ReportingInstructions")):
            self.told[key].append((f"{at}{place}", told.get(key)))
        if self.priced:
            self.told["price"].append((f"{at}PriceQuote", told.get("price")))
        elif words := told.get("price"):
            self.keep(f"{at}PriceQuote", words)

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

    def reported(self, step: str) -> str:
        """The step that a report's lines agree upon."""
        named = set(self.steps)
        return self.steps[0] if step == "Status" and len(named) == 1 and WRITTEN.get(self.steps[0]) == self.verb else step

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
