"""Open 911 and fire dispatch tables (San Francisco Fire on Socrata, Seattle Real-Time 911, Montgomery County PA), read only.

A row is a unit at a call, or a call with its units: rows of one incident number become one Incident and a ResourceState for each unit.
Which publisher it is, its header tells; a table without one is Montgomery's. Times are on the wall of the publisher's zone unless the option
``zone`` names another; an hour that the clock shows twice is named in the deviations. A table without incident numbers gives its
calls an id made of what they say, so that the same call read again is the same incident.
"""

import csv
import hashlib
import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

from pydantic import Field, field_validator

from adapters._entry import Entry
from bridge import Adapter, Address, GeoPoint, Incident, Malformed, Rejected, ResourceState, Said, text, times

AMERICAN = re.compile(r"\d{1,2}/\d{1,2}/\d{2,4}\b")
FORMS = ("%m/%d/%Y %I:%M:%S %p", "%m/%d/%Y %I:%M %p", "%m/%d/%Y %H:%M:%S", "%m/%d/%Y %H:%M", "%m/%d/%y %H:%M")
PAIR = re.compile(r"\(\s*(-?[\d.]+)\s*,\s*(-?[\d.]+)\s*\)|POINT\s*\(\s*(-?[\d.]+)\s+(-?[\d.]+)\s*\)", re.IGNORECASE)
PLAIN = re.compile("[^a-z0-9]")
PLACED = re.compile(r"\s*-?\d+(\.\d+)?\s*")
MONTGOMERY = {6: "lat lng title timeStamp twp addr", 9: "lat lng desc zip title timeStamp twp addr e"}
"""The columns of a table without a header, by their count."""
ACCIDENTS = re.compile(r"\b(fire|traffic|collision|crash|hazmat|gas|explosion|rescue|mvi|accident)\b", re.IGNORECASE)
OF_UNITS = frozenset(
    "unitid unit units unittype unitsequenceincalldispatch alsunit rowid "
    "dispatchdttm responsedttm onscenedttm transportdttm hospitaldttm availabledttm".split()
)
"""What a row says of its unit; the rest is of the call."""
STEPS = {
    ("dispatchdttm",): "Committed",
    ("responsedttm",): "EnRoute",
    ("onscenedttm",): "OnScene",
    ("transportdttm",): "Transporting",
    ("hospitaldttm",): "AtDestination",
    ("availabledttm",): "Available",
}


UNIT = ("unitid", "unit", "units")


class Layout(NamedTuple):
    """Where the tables say what, by the plain names of its columns."""

    number: tuple[str, ...] = ("incidentnumber", "incidentid", "callnumber", "eventnumber", "masterincidentnumber")
    kind: tuple[str, ...] = ("calltype", "incidenttype", "type", "title", "eventdescription")
    at: tuple[str, ...] = ("receiveddttm", "datetime", "timestamp", "calldatetime", "entrydttm")
    place: tuple[str, ...] = ("address", "location", "addr")
    town: tuple[str, ...] = ("city", "twp", "township")
    post: tuple[str, ...] = ("zipcodeofincident", "zip", "zipcode")
    lat: tuple[str, ...] = ("lat", "latitude")
    lon: tuple[str, ...] = ("lng", "lon", "longitude")
    pair: tuple[str, ...] = ("locationcaselocation", "caselocation", "reportlocation")
    note: tuple[str, ...] = ("desc", "description")
    end: tuple[str, ...] = ("callfinaldisposition",)


LAYOUT = Layout()


@cache
def plain(column: str) -> str:
    """A column's name, however the export wrote it."""
    return PLAIN.sub("", column.lower())


class Table:
    """The columns of a table, found once for all of its rows."""

    def __init__(self, header: Iterable[str], home: str | None) -> None:
        """``home`` is the zone of its times if it is not the publisher's."""
        self.columns = {plain(column): column for column in header}
        self.of_units = frozenset(column for name, column in self.columns.items() if name in OF_UNITS)
        self.zone = home or ("America/New_York" if "twp" in self.columns else "America/Los_Angeles")
        self.known: dict[tuple[str, ...], list[str]] = {}

    def find(self, names: tuple[str, ...]) -> list[str]:
        """Those of the columns that there are."""
        if names not in self.known:
            self.known[names] = [self.columns[name] for name in names if name in self.columns]
        return self.known[names]


class Row(Entry):
    """A row, or what it says of its unit; its columns are known by their plain names."""

    def __init__(self, node: dict[str, str], at: str, table: Table) -> None:
        """``at`` is its line."""
        super().__init__("csv-911", node, at, table.zone)
        self.table = table

    def column(self, names: tuple[str, ...]) -> tuple[str, ...]:
        """The first of these columns that says something."""
        for column in self.table.find(names):
            if self.node.get(column, "").strip():
                return (column,)
        return ()

    def said(self, names: tuple[str, ...]) -> str | None:
        """Its text."""
        return self.text(*path) if (path := self.column(names)) else None

    def moment(self, names: tuple[str, ...]) -> datetime | None:
        """Its time."""
        return self.time(*path) if (path := self.column(names)) else None

    def instant(self, value: Any, *path: str) -> datetime:
        """American dates too; of an hour that the clock shows twice it is the first."""
        at, zone = self.place(*path), self.zone or "UTC"
        if not AMERICAN.match(value.strip()):
            moment = super().instant(value, *path)
        else:
            moment = next(filter(None, (american(value, form, at, zone) for form in FORMS)), None)  # type: ignore[assignment]
            if moment is None:
                raise Malformed("not-a-time", at, value=value)
            self.deviations.append(f"{at}: no offset, {zone} assumed")
        there = times.local(moment, at, zone)
        if there.utcoffset() != there.replace(fold=1 - there.fold).utcoffset():
            self.deviations.append(f"{at}: the clock showed it twice, the first is taken")
        return moment


def american(value: str, form: str, at: str, zone: str) -> datetime | None:
    """The time, if it has this form."""
    try:
        return times.patterned(" ".join(value.split()), form, at, zone)
    except Malformed:
        return None


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
            unit = Row({column: cell for column, cell in found.items() if column in table.of_units}, f"line {line}", table)
            call = Row({column: cell for column, cell in found.items() if column not in table.of_units}, f"line {line}", table)
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
        reached = [(symbol, moment) for step, symbol in STEPS.items() if (moment := unit.moment(step))]
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


def split(line: str, separator: str) -> list[str]:
    """The cells of a line."""
    try:
        return next(csv.reader([line], delimiter=separator), [])
    except csv.Error:
        return line.split(separator)


def digest(row: dict[str, str]) -> str:
    """An id out of what a row says."""
    return hashlib.sha256("\x1f".join(row.values()).encode()).hexdigest()[:16]


def where(row: Row) -> GeoPoint | None:
    """The position, in two columns or in one."""
    path = row.column(LAYOUT.pair)
    if path and (found := PAIR.search(row.text(*path) or "")):
        lat, lon = (found[1], found[2]) if found[1] else (found[4], found[3])
        inner = Entry(row.name, {"lat": lat, "lon": lon}, row.place(*path))
        point = inner.point(("lat",), ("lon",))
        row.deviations += inner.deviations
        if point:
            return point
    row.claimed.discard(path)
    lat, lon = row.column(LAYOUT.lat), row.column(LAYOUT.lon)
    return row.point(lat, lon) if lat and lon else None


def address(row: Row) -> Address | None:
    """The address, as far as it is said."""
    words, town, post = row.said(LAYOUT.place), row.said(LAYOUT.town), row.said(LAYOUT.post)
    return Address(text=words, locality=town, postal_code=post) if words or town or post else None
