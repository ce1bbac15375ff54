"""EDXL-SitRep read."""

from datetime import datetime
from typing import TYPE_CHECKING, get_args

from adapters import _ciq
from adapters._ciq import Tree
from adapters._sitrep_words import BODY, CONFIDENCES, FILLER, HEAD, MORE, NEEDS, NEVER, NOTE, NUMBER, OURS, XSI
from adapters._where import where
from bridge import (
    Lenient,
    Malformed,
    Parts,
    Phase,
    Rejected,
    ReportVersion,
    Said,
    Says,
    Severity,
    SituationReport,
    Urgency,
    native,
    text,
    validated,
    xml,
)

if TYPE_CHECKING:
    from adapters.edxl_sitrep import EdxlSitrep


class Reading(Lenient):
    """One report being read."""

    def __init__(self, adapter: "EdxlSitrep", prefix: str) -> None:
        """``prefix`` is where it stands in its document."""
        super().__init__(adapter.name, prefix, adapter.zone)
        self.adapter = adapter

    def said(self, element: xml.Element) -> Said:
        """The report."""
        parts = self.parts(element, "", HEAD)
        identity = self.must(parts, "messageID", "")
        by, at = self.person(parts, "preparedBy")
        approver, approved = self.person(parts, "authorizedBy")
        if approved and approved != at:
            self.keep("authorizedBy/timeValue", approved.isoformat())
        record: Tree = {
            "report_id": identity,
            "version": self.symbol(parts, "reportVersion", "", get_args(ReportVersion)),
            "title": self.words(parts, "reportTitle"),
            "purpose": self.words(parts, "reportPurpose"),
            "phase": self.optional(parts, "incidentLifecyclePhase", get_args(Phase)),
            "prepared_by": by,
            "prepared_at": at,
            "authorized_by": approver,
            "urgency": self.optional(parts, "urgency", get_args(Urgency)),
            "severity": self.symbol(parts, "severity", "", get_args(Severity)),
            "confidence": CONFIDENCES.get(self.symbol(parts, "reportConfidence", "", tuple(CONFIDENCES)), "Unknown"),
            "actions_taken": self.words(parts, "actionPlan"),
            "next_report_at": self.moment(parts, "nextContact", ""),
            "preceding_report_id": self.word(parts, "precedingMessageID", ""),
            "incident_ids": self.incidents(parts),
        }
        number = self.word(parts, "reportNumber", "")
        if number and NUMBER.fullmatch(number) and -(2**31) <= int(number) < 2**31:
            record["report_number"] = int(number)
        elif number:
            self.odd("reportNumber", f"'{number}' is no number")
            self.keep("reportNumber", number)
        if first := self.word(parts, "originatingMessageID", ""):
            self.keep("originatingMessageID", first)
        record |= self.period(parts) | self.report(parts)
        record |= self.more(parts, record)
        says = Says.model_validate(
            {
                "message_id": identity,
                "sent": at,
                "action": "Update" if record["version"] == "Update" else "Report",
                "references": [record["preceding_report_id"]] if record["preceding_report_id"] else [],
                "correlation_id": first,
            }
        )
        return Said(SituationReport.model_validate({**record, "extensions": self.extensions}), says, tuple(self.deviations))

    def words(self, parts: Parts, name: str, at: str = "") -> str | None:
        """Text, nothing where its filler stands."""
        found = self.text(parts, name, at)
        return None if found == FILLER else found

    def optional(self, parts: Parts, name: str, allowed: tuple[str, ...]) -> str:
        """A word of a list that may be left out."""
        return self.symbol(parts, name, "", allowed) if name in parts else "Unknown"

    def moment(self, parts: Parts, name: str, at: str) -> datetime | None:
        """A time, nothing where its filler stands."""
        found = self.time(parts, name, at)
        return None if found == NEVER else found

    def person(self, parts: Parts, name: str) -> tuple[Tree | None, datetime | None]:
        """Who did it, and when."""
        for element in parts.get(name, ())[:1]:
            inner = self.parts(element, f"{name}/", ("personDetails", "timeValue"))
            lines = [words for part in inner.get("personDetails", ()) for each in part.iter("nameElement") if (words := each.text) and words.strip()]
            for part in inner.get("personDetails", ()):
                for child in part:
                    if xml.name(child) != "personName":
                        self.keep(self.free(f"{name}/personDetails/{xml.name(child)}"), native.pack(xml.tree(child)))
            return {"name": "\n".join(lines)} if lines else None, self.moment(inner, "timeValue", f"{name}/")
        self.odd(name, "missing")
        return None, None

    def incidents(self, parts: Parts) -> list[str]:
        """The incidents that it is about."""
        found = [words for each in parts.get("incidentID", ()) if (words := (each.text or "").strip()) and words != FILLER]
        return [_ciq.taken(self.adapter, "incident", each) for each in found]

    def period(self, parts: Parts) -> Tree:
        """The time that it speaks of."""
        for element in parts.get("forTimePeriod", ())[:1]:
            inner = self.parts(element, "forTimePeriod/", ("fromDateTime", "toDateTime"))
            return {f"period_{key}": self.moment(inner, f"{key}DateTime", "forTimePeriod/") for key in ("from", "to")}
        return {}

    def report(self, parts: Parts) -> Tree:
        """What was observed; of another kind of report its words, and its body is kept."""
        if "report" not in parts:
            raise Malformed("missing", f"{self.prefix}report")
        element = parts["report"][0]
        kind = element.get(f"{{{XSI}}}type", "").rpartition(":")[2] or "FieldObservationType"
        place = self.location(parts, "reportingLocation", "")
        if kind != "FieldObservationType":
            self.keep("report/@type", kind)
            self.keep("report", native.pack(xml.tree(element)))
            told = [words.strip() for each in element.iter("*") if not len(each) and (words := each.text or "").strip() and " " in words.strip()]
            return {"location": place, "summary": "\n".join(told) or self.text(parts, "reportTitle", "") or kind}
        inner = self.parts(element, "report/", BODY)
        codes = [words for each in inner.get("immediateNeedsCategory", ()) if (words := (each.text or "").strip())]
        return {
            "location": self.location(inner, "observationLocation", "report/") or place,
            "summary": self.text(inner, "observationText", "report/") or "",
            "needs_text": self.words(inner, "immediateNeeds", "report/"),
            "needs": [{"scheme": NEEDS, "code": each} for each in codes],
        }

    def location(self, parts: Parts, name: str, at: str) -> Tree | None:
        """A place: a figure, or the words of a code."""
        for element in parts.get(name, ())[:1]:
            at = f"{at}{name}/"
            for shown in element.iter("EDXLGeoLocation"):
                for each in shown:
                    each.tag = {"point": "Point", "lineString": "LineString", "polygon": "Polygon"}.get(xml.name(each), xml.name(each))
                return where(self, shown, at) or None
            for shown in element.iter("geoCode"):
                codes = _ciq.listed(self, shown, f"{at}geoCode/", ("valueListURI", "value"))
                notes = [each["code"] for each in codes if each["scheme"] == NOTE]
                if notes:
                    return {"note": notes[0]} if notes[0] != FILLER else None
                return {"kind": codes[0]} if codes and codes[0]["code"] else None
            if len(element):
                self.keep(at.rstrip("/"), native.pack(xml.tree(element)))
        return None

    def more(self, parts: Parts, record: Tree) -> Tree:
        """What our extension says, field by field; those of others are kept."""
        found: Tree = {}
        for index, element in enumerate(parts.get("extension", ())):
            inner = self.parts(element, f"extension/{index}/", ("community", "id", "parameter"))
            if self.word(inner, "community", f"extension/{index}/") != OURS:
                self.keep(f"extension/{index}", native.pack(xml.tree(element)))
                continue
            told: dict[str, str] = {}
            for each in inner.get("parameter", ()):
                pair = self.parts(each, f"extension/{index}/parameter/", ("nameURI", "value"))
                name = (self.word(pair, "nameURI", f"extension/{index}/") or "").removeprefix(f"{OURS}:")
                told[name] = told.get(name, "") + "".join(part.text or "" for part in pair.get("value", ()))
            for name, words in told.items():
                found |= self.field(name, words, record)
        return found

    def field(self, name: str, words: str, record: Tree) -> Tree:
        """One field, if the words are one."""
        try:
            content = text.read_json(words.encode())
            if name not in MORE:
                raise Malformed("wrong-value", name, value=name, wanted=", ".join(MORE))
            probe = {"report_id": record["report_id"], "version": "Unknown", "summary": "", name: content}
            return {name: getattr(validated(SituationReport, probe), name)}
        except Rejected:
            self.odd(f"extension/{name}", "not what the field holds")
            self.keep(self.free(f"extension/{name}"), words)
            return {}
