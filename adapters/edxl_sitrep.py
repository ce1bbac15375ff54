"""OASIS EDXL-SitRep 1.0 (Committee Specification 02), situation reports both ways; written as a field observation.

No XSD was at hand. Seen in use that was checked against the published one: messageID, preparedBy, authorizedBy, reportPurpose, reportNumber,
reportVersion, forTimePeriod, incidentID, reportConfidence, severity and report with its FieldObservationType, in this order, times with offset and without
fractions. Unverified: the names of the others are the specification's, their place is from memory, and so is the words' list of reportVersion.
What a field observation has no element for (casualties, damage, what is deployed, attachments, more of a contact or place) stands in an
``extension`` of the community urn:regionbus, as JSON. ``-`` and 1970 stand for what must be there and nobody said, NoConfidence for a confidence
that nobody stated. The bodies of the other kinds of report are kept in the extensions and are not written again. Lost: fractions of a second.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, get_args

from adapters import _ciq
from adapters._ciq import Tree
from bridge import (
    Adapter,
    Contact,
    Lenient,
    Location,
    Malformed,
    Parts,
    Phase,
    Rejected,
    ReportVersion,
    Said,
    Says,
    Severity,
    SituationReport,
    Unsupported,
    Urgency,
    native,
    text,
    times,
    validated,
    xml,
)

SPACE = "urn:oasis:names:tc:emergency:EDXL:SitRep:1.0"
CT, EXT = "urn:oasis:names:tc:emergency:edxl:ct:1.0", "urn:oasis:names:tc:emergency:edxl:extension:1.0"
XPIL, XNL = "urn:oasis:names:tc:emergency:edxl:ciq:1.0:xpil", "urn:oasis:names:tc:emergency:edxl:ciq:1.0:xnl"
GML, XSI = "http://www.opengis.net/gml/3.2", "http://www.w3.org/2001/XMLSchema-instance"
ROOT = f'<sitRep xmlns="{SPACE}" xmlns:ct="{CT}" xmlns:ext="{EXT}" xmlns:xnl="{XNL}" xmlns:gml="{GML}" xmlns:xsi="{XSI}"/>'.encode()
HEAD = tuple(
    "messageID preparedBy authorizedBy reportPurpose reportNumber reportVersion forTimePeriod reportTitle incidentID incidentLifecyclePhase"
    " originatingMessageID precedingMessageID urgency reportConfidence severity reportingLocation actionPlan nextContact report extension".split()
)
BODY = ("observationLocation", "immediateNeeds", "immediateNeedsCategory", "observationText")
INNER = (
    "personDetails personName nameElement timeValue fromDateTime toDateTime EDXLGeoLocation EDXLGeoPoliticalLocation geoCode valueListURI value"
    " community id parameter nameURI pos"
)
NAMES = {name.lower(): name for name in (*HEAD, *BODY, *INNER.split())}
"""Drafts begin some of the names with a capital."""
NUMBER = re.compile(r"[-+]?\d{1,12}", re.ASCII)
CONFIDENCES = {"HighlyConfident": "High", "SomewhatConfident": "Somewhat", "Unsure": "Unsure", "NoConfidence": "Unknown"}
NEEDS, NOTE, OURS = f"{SPACE}:immediateNeedsCategory", "urn:regionbus:location-note", "urn:regionbus"
FILLER, NEVER = "-", datetime(1970, 1, 1, tzinfo=UTC)
LONGEST = 1023
"""Characters of an EDXL string."""
MORE = "title purpose location casualties damage deployed attachments needs needs_text actions_taken prepared_by authorized_by".split()
"""Fields of which an extension may say more."""


class EdxlSitrep(Adapter):
    """EDXL-SitRep, both ways."""

    media_type = "application/xml"
    records = (SituationReport,)
    loses = frozenset(f"SituationReport.{name}" for name in ("extensions", "prepared_at", "period_from", "period_to", "next_report_at"))

    zone: str = "UTC"
    """IANA zone of times that name none; they are named in the deviations."""

    def decode(self, data: bytes) -> Iterator[Said | Rejected]:
        """The report, or every report in whatever wraps several of them."""
        root = xml.parse(data)
        found = [each for each in root.iter("{*}*") if xml.name(each).lower() == "sitrep" and xml.namespace(each) in (SPACE, "")]
        if not found:
            raise Malformed("root", found=xml.name(root), wanted="sitRep")
        _ciq.plain(root)
        for each in root.iter("*"):
            each.tag = NAMES.get(str(each.tag).lower(), each.tag)
        for index, element in enumerate(found):
            try:
                yield Reading(self, f"sitRep/{index}/" if len(found) > 1 else "").said(element)
            except Rejected as error:
                if len(found) == 1:
                    raise
                yield error

    def encode(self, said: Said) -> bytes:
        """The report as a field observation."""
        assert isinstance(said.record, SituationReport)
        return xml.write(Writing(self, said.record).document())


class Reading(Lenient):
    """One report being read."""

    def __init__(self, adapter: EdxlSitrep, prefix: str) -> None:
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
                return _ciq.where(self, shown, at) or None
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


class Writing:
    """One report being written."""

    def __init__(self, adapter: EdxlSitrep, record: SituationReport) -> None:
        """``told`` collects the fields of which the elements do not say all."""
        self.adapter, self.record = adapter, record
        self.told: list[str] = [name for name in ("casualties", "damage", "deployed", "attachments") if getattr(record, name)]

    def short(self, name: str) -> str:
        """A text that fits, or its filler; a longer one, or one that would read as silence, is told whole."""
        words: str | None = getattr(self.record, name)
        if words and (len(words) > LONGEST or words.isspace() or words == FILLER):
            self.told.append(name)
            return words[:LONGEST].strip() or FILLER
        return words or FILLER

    def document(self) -> xml.Element:
        """The report, in the order of the XSD as far as it is known."""
        record, root = self.record, xml.parse(ROOT)
        xml.add(root, "messageID", _ciq.word(record.report_id, "report_id", self.adapter.name), SPACE)
        self.person(root, "preparedBy", "prepared_by", record.prepared_by)
        self.person(root, "authorizedBy", "authorized_by", record.authorized_by)
        xml.add(root, "reportPurpose", self.short("purpose"), SPACE)
        xml.add(root, "reportNumber", str(record.report_number), SPACE)
        xml.add(root, "reportVersion", record.version, SPACE)
        period = xml.add(root, "forTimePeriod", None, SPACE)
        xml.add(period, "fromDateTime", moment(record.period_from), CT)
        xml.add(period, "toDateTime", moment(record.period_to), CT)
        if record.title:
            xml.add(root, "reportTitle", self.short("title"), SPACE)
        for each in record.incident_ids or (None,):
            xml.add(root, "incidentID", FILLER if each is None else _ciq.given(self.adapter, "incident", each, "incident_ids"), SPACE)
        if record.phase != "Unknown":
            xml.add(root, "incidentLifecyclePhase", record.phase, SPACE)
        if record.preceding_report_id:
            xml.add(root, "precedingMessageID", _ciq.word(record.preceding_report_id, "preceding_report_id", self.adapter.name), SPACE)
        if record.urgency != "Unknown":
            xml.add(root, "urgency", record.urgency, SPACE)
        xml.add(root, "reportConfidence", next(word for word, means in CONFIDENCES.items() if means == record.confidence), SPACE)
        xml.add(root, "severity", record.severity, SPACE)
        if record.actions_taken:
            xml.add(root, "actionPlan", self.short("actions_taken"), SPACE)
        if record.next_report_at:
            xml.add(root, "nextContact", moment(record.next_report_at), SPACE)
        self.report(xml.add(root, "report", None, SPACE))
        self.more(root)
        return root

    def person(self, root: xml.Element, name: str, field: str, contact: Contact | None) -> None:
        """Who did it and when; all that is known of him is told."""
        element = xml.add(root, name, None, SPACE)
        line = xml.add(xml.add(element, "personDetails", None, CT), "personName", None, XNL)
        if contact and contact.name and contact.name.strip():
            xml.add(line, "nameElement", contact.name, XNL)
        if contact and contact != Contact(name=contact.name if contact.name and contact.name.strip() else None):
            self.told.append(field)
        approved = self.approved() if field == "authorized_by" else None
        xml.add(element, "timeValue", moment(approved or self.record.prepared_at), CT)

    def approved(self) -> datetime | None:
        """When it was authorized, if that was another time than that of its preparation."""
        kept = self.record.extensions.get(f"{self.adapter.name}:authorizedBy/timeValue", "")
        try:
            found, _ = times.instant(kept, "timeValue", "UTC")
        except Rejected:
            return None
        return found if found.isoformat() == kept else None

    def report(self, element: xml.Element) -> None:
        """The field observation."""
        element.set(f"{{{XSI}}}type", "FieldObservationType")
        place = self.record.location or Location()
        where = xml.add(element, "observationLocation", None, SPACE)
        said: Tree = {"point": place.point and {"lat": place.point.lat, "lon": place.point.lon}} if place.point else {"note": place.note}
        if place.point:
            figure = xml.add(xml.add(where, "EDXLGeoLocation", None, CT), "point", None, GML)
            figure.set(f"{{{GML}}}Id", "loc1")
            figure.set("SrsName", "urn:ogc:def:crs:EPSG::4326")
            xml.add(figure, "pos", f"{place.point.lat!r} {place.point.lon!r}", GML)
        else:
            code = xml.add(xml.add(where, "EDXLGeoPoliticalLocation", None, CT), "geoCode", None, CT)
            note = (place.note or place.name or FILLER).strip()[:LONGEST]
            xml.add(code, "valueListURI", NOTE, CT)
            xml.add(code, "value", note or FILLER, CT)
            said = {"note": note} if note not in ("", FILLER) else {}
        if self.record.location and validated(Location, said) != place:
            self.told.append("location")
        self.needs(element)
        if self.record.summary.isspace():
            raise Unsupported("cannot-say", "summary", format=self.adapter.name, reason="blanks alone say nothing")
        xml.add(element, "observationText", self.record.summary, SPACE)

    def needs(self, element: xml.Element) -> None:
        """What is needed; codes of other lists are told."""
        xml.add(element, "immediateNeeds", self.short("needs_text"), SPACE)
        known = [each for each in self.record.needs if each.scheme == NEEDS and each.label is None and each.code.strip() == each.code != ""]
        if len(known) < len(self.record.needs):
            self.told.append("needs")
        for each in known:
            xml.add(element, "immediateNeedsCategory", each.code, SPACE)

    def more(self, root: xml.Element) -> None:
        """What the elements do not say."""
        if not self.told:
            return
        element = xml.add(root, "extension", None, EXT)
        xml.add(element, "community", OURS, EXT)
        xml.add(element, "id", f"{OURS}:report", EXT)
        content: dict[str, Any] = self.record.model_dump(mode="json", include=set(self.told), exclude_defaults=True)
        for name in sorted(content):
            words = text.write_json(content[name]).decode()
            for start in range(0, len(words), LONGEST):  # a longer one goes on in the next
                parameter = xml.add(element, "parameter", None, EXT)
                xml.add(parameter, "nameURI", f"{OURS}:{name}", EXT)
                xml.add(parameter, "value", words[start : start + LONGEST], EXT)


def moment(found: datetime | None) -> str:
    """A time as EDXL wants it: to the second, with an offset."""
    return times.iso(found or NEVER, zulu="-00:00", digits="seconds")
