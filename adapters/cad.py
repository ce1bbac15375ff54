"""Messages of CAD systems to UICDS / XchangeCore cores (NIEM 2 in SOAP), and DelDOT's road incidents (RTTA), read only.

Times without an offset are in the zone of the option ``zone``. Works on the road are incidents of unknown family: nothing says that they
are accidents.
"""

from collections.abc import Iterator

from pydantic import field_validator

from adapters import _uicds
from adapters._entry import Entry
from bridge import Adapter, Incident, Rejected, Said, native, times, xml

ACCIDENTS = ("Accident", "Crash", "Incident", "Disabled Vehicle", "Fire", "Hazmat")


class Cad(Adapter):
    """CAD messages, read."""

    media_type = "application/xml"
    records = _uicds.RECORDS
    writes = False

    zone: str = "America/New_York"
    """IANA zone of times that name none."""

    @field_validator("zone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        return times.zone(name).key

    def decode(self, data: bytes) -> Iterator[Said | Rejected]:
        """Part by part; a wrong one is refused alone."""
        root = xml.parse(data)
        document, name = xml.tree(root), xml.name(root)
        if not (isinstance(document, dict) and "rtta" in document):
            yield from _uicds.read(self, {name: document}, self.zone)
            return
        for index, node in enumerate(native.entries(document, ("rtta",))):
            try:
                yield self._road(Entry(self.name, node, f"rtta/{index}", self.zone))
            except Rejected as error:
                yield error

    def _road(self, entry: Entry) -> Said:
        """An incident on a road of Delaware."""
        kind, county = entry.text("type"), entry.text("county")
        record = {
            "incident_id": self.shared_id("incident", entry.must("id")),
            "owner": self.owner,
            "name": kind,
            "types": [{"scheme": "urn:us:deldot:rtta", "code": kind}] if kind else [],
            "category": "Accident" if kind in ACCIDENTS else "Unknown",
            "lifecycle": "Reported",
            "updated_at": entry.time("timestamp"),
            "description": entry.text("details"),
            "location": {"point": entry.point(("latitude",), ("longitude",)), "address": {"locality": county} if county else None},
        }
        return _uicds.done(entry, Incident, record)
