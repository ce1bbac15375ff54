"""A row of a 911 table: its columns by their plain names, its times, its place."""

import csv
import hashlib
import re
from collections.abc import Collection, Iterable
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from adapters._entry import Entry
from bridge import Address, GeoPoint, Malformed, times

AMERICAN = re.compile(r"\d{1,2}/\d{1,2}/\d{2,4}\b")
FORMS = ("%m/%d/%Y %I:%M:%S %p", "%m/%d/%Y %I:%M %p", "%m/%d/%Y %H:%M:%S", "%m/%d/%Y %H:%M", "%m/%d/%y %H:%M")
USUAL = re.compile(r"(\d\d?)/(\d\d?)/(\d{4}) (\d\d?):(\d\d)(?::(\d\d))?(?: ([AP])M)?", re.ASCII | re.IGNORECASE)
PAIR = re.compile(r"\(\s*(-?[\d.]+)\s*,\s*(-?[\d.]+)\s*\)|POINT\s*\(\s*(-?[\d.]+)\s+(-?[\d.]+)\s*\)", re.IGNORECASE)
PLAIN = re.compile("[^a-z0-9]")
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


def plain(column: str) -> str:
    """A column's name, however the export wrote it."""
    return PLAIN.sub("", column.lower())


class Columns(dict[tuple[str, ...], list[str]]):
    """The columns of a table by lists of plain names: those that there are, found once for all of its rows."""

    def __init__(self, header: Iterable[str]) -> None:
        """``header`` has the names as the export wrote them."""
        super().__init__()
        self.named = {plain(column): column for column in header}

    def __missing__(self, names: tuple[str, ...]) -> list[str]:
        """A list of names is looked for at its first use."""
        self[names] = [self.named[name] for name in names if name in self.named]
        return self[names]


class Table:
    """The columns of a table, and whose they are."""

    def __init__(self, header: Collection[str], home: str | None) -> None:
        """``home`` is the zone of its times if it is not the publisher's."""
        self.columns = Columns(header)
        units = {column for name, column in self.columns.named.items() if name in OF_UNITS}
        self.of_units = [column for column in header if column in units]
        self.of_calls = [column for column in header if column not in units]
        self.zone = home or ("America/New_York" if "twp" in self.columns.named else "America/Los_Angeles")
        self.steps = [(names, symbol) for names, symbol in STEPS.items() if self.columns[names]]

    def split(self, found: dict[str, str], at: str) -> tuple["Row", "Row"]:
        """What a row says of its call, and of its unit."""
        call, unit = ({column: cell for column in columns if (cell := found[column])} for columns in (self.of_calls, self.of_units))
        return Row(call, at, self), Row(unit, at, self)


class Row(Entry):
    """What a row says of its call, or of its unit; its columns are known by their plain names."""

    def __init__(self, node: dict[str, str], at: str, table: Table) -> None:
        """``at`` is its line."""
        super().__init__("csv-911", node, at, table.zone)
        self.columns, self.steps = table.columns, table.steps

    def column(self, names: tuple[str, ...]) -> tuple[str, ...]:
        """The first of these columns that says something."""
        for column in self.columns[names]:
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
            moment = american(value, zone)  # type: ignore[assignment]
            if moment is None:
                raise Malformed("not-a-time", at, value=value)
            self.deviations.append(f"{at}: no offset, {zone} assumed")
        there = times.local(moment, at, zone)
        if there.utcoffset() != there.replace(fold=1 - there.fold).utcoffset():
            self.deviations.append(f"{at}: the clock showed it twice, the first is taken")
        return moment


@lru_cache(maxsize=4096)
def american(value: str, zone: str) -> datetime | None:
    """The time, if it has an American form. The usual ones are turned to ISO 8601: ``strptime`` costs ten times that."""
    words = " ".join(value.split())
    found = USUAL.fullmatch(words)
    try:
        if found is None:
            return next(filter(None, (patterned(words, form, zone) for form in FORMS)), None)
        month, day, year, digits, minute, second, half = found.groups()
        hour = int(digits) if half is None else int(digits) % 12 + (12 if half in "Pp" else 0)
        if hour > 23 or (half and not 1 <= int(digits) <= 12):
            return None
        return times.instant(f"{year}-{month:0>2}-{day:0>2} {hour:02}:{minute}:{second or '00'}", "", zone)[0]
    except Malformed:
        return None


def patterned(words: str, form: str, zone: str) -> datetime | None:
    """The time, if it has this form."""
    try:
        return times.patterned(words, form, "", zone)
    except Malformed:
        return None


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


def split(line: str, separator: str) -> list[str]:
    """The cells of a line."""
    try:
        return next(csv.reader([line], delimiter=separator), [])
    except csv.Error:
        return line.split(separator)


def digest(row: dict[str, str]) -> str:
    """An id out of what a row says."""
    return hashlib.sha256("\x1f".join(row.values()).encode()).hexdigest()[:16]
