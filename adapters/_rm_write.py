"""One message of EDXL-RM being written: every element in the order of its XSD."""

import hashlib

from adapters import _ciq
from adapters._rm import ANSWERS, SPACE, TYPES
from adapters._rm_opened import ANSWER, FILLER, MADE, derived, step_of
from adapters._rm_what import REPORTED, Assignment, Thing
from adapters._rm_who import Who
from bridge import CodedValue, RequestLine, times, xml


class Writing(Who, Thing, Assignment):
    """One message."""

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
