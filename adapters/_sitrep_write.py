"""EDXL-SitRep written."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from adapters import _ciq
from adapters._ciq import Tree
from adapters._sitrep_words import CONFIDENCES, CT, EXT, FILLER, GML, LONGEST, NEEDS, NEVER, NOTE, OURS, ROOT, SPACE, XNL, XSI
from bridge import Contact, Location, Rejected, SituationReport, Unsupported, text, times, validated, xml

if TYPE_CHECKING:
    from adapters.edxl_sitrep import EdxlSitrep


class Writing:
    """One report being written."""

    def __init__(self, adapter: "EdxlSitrep", record: SituationReport) -> None:
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
