"""OASIS EDXL-SitRep 1.0 (Committee Specification 02), situation reports both ways; written as a field observation.

No XSD was at hand. Seen in use that was checked against the published one: messageID, preparedBy, authorizedBy, reportPurpose, reportNumber,
reportVersion, forTimePeriod, incidentID, reportConfidence, severity and report with its FieldObservationType, in this order, times with offset and without
fractions. Unverified: the names of the others are the specification's, their place is from memory, and so is the words' list of reportVersion.
What a field observation has no element for (casualties, damage, what is deployed, attachments, more of a contact or place) stands in an
``extension`` of the community urn:regionbus, as JSON. ``-`` and 1970 stand for what must be there and nobody said, NoConfidence for a confidence
that nobody stated. The bodies of the other kinds of report are kept in the extensions and are not written again. Lost: fractions of a second.
"""

from collections.abc import Iterator

from adapters import _ciq
from adapters._sitrep_read import Reading
from adapters._sitrep_words import NAMES, SPACE
from adapters._sitrep_write import Writing
from bridge import Adapter, Malformed, Rejected, Said, SituationReport, xml


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
            name = NAMES.get(str(each.tag).lower())
            if name and name != each.tag:
                each.tag = name
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
