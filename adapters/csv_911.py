"""Open 911 and fire dispatch tables (San Francisco Fire on Socrata, Seattle Real-Time 911, Montgomery County PA), read only.

A row is a unit at a call, or a call with its units: rows of one incident number become one Incident and a ResourceState for each unit.
Which publisher it is, its header tells; a table without one is Montgomery's. Times are on the wall of the publisher's zone unless the option
``zone`` names another; an hour that the clock shows twice is named in the deviations. A table without incident numbers gives its
calls an id made of what they say, so that the same call read again is the same incident.
"""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from pydantic import Field, field_validator

from adapters._csv_911 import LAYOUT, Row, Table, address, digest, split, where
from bridge import Adapter, Incident, Rejected, ResourceState, Said, text, times

PLACED = re.compile(r"\s*-?\d+(\.\d+)?\s*")
MONTGOMERY = {6: "lat lng title timeStamp twp addr", 9: "lat lng desc zip title timeStamp twp addr e"}
"""The columns of a table without a header, by their count."""
ACCIDENTS = re.compile(r"\b(fire|traffic|collision|crash|hazmat|gas|explosion|rescue|mvi|accident)\b", re.IGNORECASE)
UNIT = ("unitid", "unit", "units")


class Csv911(Adapter):
    """911 tables, read."""

    media_type = "text/csv"
    records = (Incident, ResourceState)
    writes = False

    zone: str | None = None
    """IANA zone of the times; left out: the publisher's."""
    delimiter: str | None = Field(default=None, min_length=1, max_length=1)
    """Between the fields of a row; left out: a tab if the first line has one, else a comma."""
    encoding: str = "utf-8"
    """Encoding of bytes that are not UTF-8."""

    @field_validator("zone")
    @classmethod
    def _known_zone(cls, name: str | None) -> str | None:
        return name if name is None else times.zone(name).key

    def decode(self, data: bytes) -> Iterator[Said | Rejected]:
        """Call by call, in the order of their first rows; a wrong row is refused alone."""
        head = text.decode(data, self.encoding).lstrip("\r\n").partition("\n")[0]
        separator = self.delimiter or ("\t" if "\t" in head else ",")
        cells = split(head, separator)
        bare = len(cells) > 1 and all(PLACED.fullmatch(cell) for cell in cells[:2])
        names = tuple(MONTGOMERY.get(len(cells), MONTGOMERY[6]).split()) if bare else ()
        table: Table | None = None
        calls: dict[str, list[tuple[Row, Row]]] = {}
        for line, found in text.read_csv(data, encoding=self.encoding, delimiter=separator, columns=names):
            if isinstance(found, Rejected):
                yield found
                continue
            table = table or Table(found, self.zone)
            call, unit = table.split(found, f"line {line}")
            number = call.said(LAYOUT.number) or digest(found)
            calls.setdefault(number, []).append((call, unit))
        for number, rows in calls.items():
            yield from self._said(number, rows)

    def _said(self, number: str, rows: list[tuple[Row, Row]]) -> Iterator[Said]:
        """A call, then its units."""
        call, incident = rows[0][0], self.shared_id("incident", number)
        called = call.moment(LAYOUT.at)
        units = {name: unit for _, unit in reversed(rows) for name in reversed((unit.said(UNIT) or "").replace(",", " ").split())}
        states = [self._state(name, unit, incident, called) for name, unit in reversed(units.items())]
        more = {} if states else {key: value for _, unit in rows for key, value in unit.rest().items()}
        yield self._call(incident, [row for row, _ in rows], called, [state.record for state in states], more)
        yield from states

    def _state(self, name: str, unit: Row, incident: str, called: datetime | None) -> Said:
        """What a unit did last at the call; a table without its times says no more than that it was sent."""
        reached = [(symbol, moment) for names, symbol in unit.steps if (moment := unit.moment(names))]
        availability, at = reached[-1] if reached else ("Committed", called)
        fields = {"resource_id": self.shared_id("resource", name), "at": at, "availability": availability, "incident_id": incident}
        return Said(ResourceState.model_validate({**fields, "extensions": unit.rest()}), deviations=tuple(unit.deviations))

    def _call(self, incident: str, rows: list[Row], called: datetime | None, states: list[Any], more: dict[str, str]) -> Said:
        row = rows[0]
        kind, ended = row.said(LAYOUT.kind), any(each.said(LAYOUT.end) for each in rows)
        row.claimed -= {row.column(LAYOUT.end)}
        done = ended and all(state.availability == "Available" for state in states)
        busy = any(state.availability not in ("Available", "Committed") for state in states)
        record = {
            "incident_id": incident,
            "owner": self.owner,
            "name": kind,
            "types": [{"scheme": "urn:regionbus:csv-911:call-type", "code": kind}] if kind else [],
            "category": "Accident" if kind and ACCIDENTS.search(kind) else "Unknown",
            "lifecycle": "Closed" if done else "InProgress" if busy else "Reported",
            "reported_at": called,
            "source": "HumanCall",
            "location": {"point": where(row), "address": address(row)},
            "description": row.said(LAYOUT.note),
        }
        kept = more | row.rest()
        for each in rows[1:]:
            each.claimed |= {(column,) for column, cell in each.node.items() if cell == row.node.get(column)}
            kept |= {f"{key}@{each.at}": value for key, value in each.rest().items()}
        return Said(Incident.model_validate({**record, "extensions": kept}), deviations=tuple(row.deviations))
