"""Tables of Sahana Eden (CSV for its imports, as its templates have them), in only: which table it is, its columns say.

``asset`` and ``inv_item`` (stocks), ``org_resource`` and ``warehouse`` are Resources, ``cr_shelter`` a Resource and a ResourceState, ``event_human_resource``
a person and what he does, ``event_asset`` a ResourceState, ``incident_report`` an Incident, ``inv_req`` and ``inv_req_item`` a ResourceRequest, the items
of one request in one. Sahana knows its things by name: where a table has no number, the names that tell a thing apart are its id, and so an incident's
name is its id.

Dates have two digits of the year and no order of their own: option ``dates``; times of day are of ``zone``, and without a zone they are kept as they
are, as is a date without a time. A line ``End`` closes a table. What has no home rides in ``extensions`` under the name of its column.
"""

import re
from collections.abc import Iterator
from typing import Literal

from adapters._entry import Entry, Tree
from adapters._sahana_row import SCHEME, UNITS
from adapters._sahana_tables import Table
from bridge import Adapter, Incident, Malformed, Rejected, Resource, ResourceRequest, ResourceState, Said, text, validated

END = re.compile(rb"\r?\nEnd,*\s*\Z")


class SahanaCsv(Adapter):
    """Sahana Eden, in only."""

    media_type = "text/csv"
    records = (Incident, Resource, ResourceRequest, ResourceState)
    writes = False

    dates: Literal["mdy", "dmy", "ymd"] = "mdy"
    """Order of day, month and year."""
    zone: str | None = None
    """IANA zone of times; left out: they are kept as they are."""
    encoding: str = "utf-8"
    """Encoding of bytes that are not UTF-8."""

    def decode(self, data: bytes) -> Iterator[Said | Rejected]:
        """Row by row; a wrong one is refused alone."""
        rows = text.read_csv(END.sub(b"", data), encoding=self.encoding)
        asked: dict[str, list[Entry]] = {}
        for line, row in rows:
            if isinstance(row, Malformed):
                yield row
                continue
            try:
                entry = Entry(self.name, {name: value.strip() for name, value in row.items()}, f"line {line}", self.zone)
                if {"Request", "Item", "Quantity"} <= row.keys():
                    asked.setdefault(entry.must("Request"), []).append(entry)
                else:
                    yield from list(Table(self, entry).said())
            except Rejected as error:
                yield error
        for number, entries in asked.items():
            yield self.items(number, entries)

    def items(self, number: str, entries: list[Entry]) -> Said:
        """All that one request asks for."""
        lines: list[Tree] = []
        kept: dict[str, str] = {}
        odd: list[str] = []
        for index, entry in enumerate(entries, 1):
            pack, item = entry.text("Pack"), entry.text("Item")
            kind = {"scheme": f"{SCHEME}:item", "code": item} if item else None
            lines.append({"line_id": str(index), "kind": kind, "quantity": entry.number("Quantity"), "unit": UNITS.get((pack or "").lower(), pack)})
            kept |= {f"{key}/{index}": words for key, words in entry.rest().items()}
            odd += entry.deviations
        tree = {"request_id": self.shared_id("request", number), "step": "Request", "from_agency": self.owner, "lines": lines, "extensions": kept}
        return Said(validated(ResourceRequest, tree), deviations=tuple(odd))
