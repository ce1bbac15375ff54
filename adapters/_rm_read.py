"""One message of EDXL-RM being read."""

from collections.abc import Iterator
from datetime import datetime

from adapters import _ciq
from adapters._ciq import Tree
from adapters._rm import HEAD, WRITTEN
from adapters._rm_lines import Lines
from adapters._rm_opened import FUNCTION, MADE, step_of
from adapters._rm_parties import Parties
from bridge import Invalid, Malformed, Parts, ResourceRequest, ResourceState, Said, Says


class Reading(Lines, Parties):
    """One message being read."""

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
