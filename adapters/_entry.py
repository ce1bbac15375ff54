"""A native entry read leniently, for formats that are only read: each place is taken once, what is left rides in ``extensions``.

What cannot be read is no reason to lose the rest: it is named in ``deviations`` and stays where it was, unless the record cannot do without it.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from bridge import GeoPoint, Malformed, Rejected, geo, native, times, verbs

Tree = dict[str, Any]


class Entry:
    """One entry of a format being read."""

    def __init__(self, name: str, node: Any, at: str = "", zone: str | None = None) -> None:
        """``name`` of the format, ``at`` the place of the entry in its document, ``zone`` of times that name none."""
        if not isinstance(node, dict):
            raise Malformed("wrong-shape", at, found=native.shape(node), wanted="an object")
        self.name, self.node, self.at, self.zone = name, node, at, zone
        self.claimed: set[native.Path] = set()
        self.deviations: list[str] = []

    def place(self, *path: str) -> str:
        """A native place, seen from the document."""
        return "/".join(filter(None, (self.at, native.pointer(path))))

    def odd(self, what: str, *path: str) -> None:
        """Names a deviation; what stands there stays."""
        self.claimed.discard(path)
        self.deviations.append(f"{self.place(*path)}: {what}")

    def unread(self, value: Any, wanted: str, *path: str) -> None:
        """Names what could not be read; it stays."""
        self.odd(f"{native.pack(value)} is no {wanted}", *path)

    def take(self, *path: str) -> Any:
        """The value at a place, nothing where the source is silent."""
        value = self.node.get(path[0]) if len(path) == 1 else native.find(self.node, path)
        if not value and value in native.SILENT:
            return None
        self.claimed.add(path)
        return value

    def text(self, *path: str) -> str | None:
        """A text, without the blanks around it; a number by its JSON form, an element of XML without its attributes."""
        value = self.take(*path)
        if isinstance(value, str):
            return value.strip() or None
        if isinstance(value, dict) and "#text" in value:
            self.claimed.discard(path)
            return self.text(*path, "#text")
        if isinstance(value, dict | list):
            self.odd(f"{native.shape(value)} instead of text", *path)
            return None
        return None if value is None else verbs.words(value, "").strip() or None

    def must(self, *path: str) -> str:
        """A text without which nobody knows what is spoken of."""
        found = self.text(*path)
        if found is None:
            raise Malformed("missing", self.place(*path))
        return found

    def number(self, *path: str) -> float | None:
        """A number, however it is written."""
        value = self.take(*path)
        try:
            return None if value is None else verbs.number(value.strip() if isinstance(value, str) else value, "")
        except Rejected:
            self.unread(value, "number", *path)
            return None

    def count(self, *path: str) -> int | None:
        """A whole number that the shared records can hold."""
        found = self.number(*path)
        if found is not None and (found != int(found) or abs(found) >= 2**31):
            self.odd(f"{found} is no count", *path)
            return None
        return None if found is None else int(found)

    def time(self, *path: str) -> datetime | None:
        """An instant; without an offset it is in the zone of the source. Epochs are milliseconds."""
        value = self.take(*path)
        if value is None:
            return None
        try:
            return self.instant(value, *path)
        except Rejected:
            self.unread(value, "time", *path)
            return None

    def instant(self, value: Any, *path: str) -> datetime:
        """The instant of a native value."""
        if isinstance(value, int | float):
            return times.epoch(value, 0.001, self.place(*path))
        moment, zoned = times.instant(verbs.words(value, self.place(*path)), self.place(*path), self.zone)
        if not zoned:
            self.deviations.append(f"{self.place(*path)}: no offset, {self.zone} assumed")
        return moment

    def code(self, table: Mapping[str, str], *path: str, default: str = "Unknown") -> str:
        """What a code means. The code itself stays, for the symbol says less."""
        found = self.text(*path)
        self.claimed.discard(path)
        return table.get(found or "", default)

    def point(self, lat: tuple[str, ...], lon: tuple[str, ...], datum: geo.Datum = "wgs84") -> GeoPoint | None:
        """A position; 0, 0 is where systems put what they could not find."""
        north, east = self.number(*lat), self.number(*lon)
        if north is None or east is None:
            self.claimed -= {lat, lon}
            return None
        try:
            geo.checked(north, east, "")
        except Rejected:
            self.claimed.discard(lon)
            self.unread([north, east], "position", *lat)
            return None
        if north == east == 0:
            self.claimed.discard(lon)
            self.odd("0, 0 is no position", *lat)
            return None
        north, east = geo.from_datum(datum, north, east)
        return GeoPoint(lat=north, lon=east)

    def rest(self) -> dict[str, str]:
        """What nobody took, as extensions."""
        return {f"{self.name}:{native.pointer(path)}": native.pack(value) for path, value in self.left()}

    def left(self) -> Iterator[tuple[native.Path, Any]]:
        """What nobody took, with its place."""
        for step, inner in self.node.items():
            if isinstance(inner, dict):
                yield from native.unclaimed(inner, self.claimed, (step,))
            elif (inner or inner not in native.SILENT) and (step,) not in self.claimed:
                yield (step,), inner
