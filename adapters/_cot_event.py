"""Cursor on Target: an event taken apart. What is taken is taken out of it; what is left is kept."""

from datetime import datetime
from typing import Any

from adapters import _cot
from adapters._cot import Tree
from bridge import Malformed, Rejected, Says, geo, times, xml

OPEX: dict[str, Any] = {"o": "Actual", "e": "Exercise", "s": "Test"}
TAKEN = {"contact", "fileshare", "remarks", "status", "track", "uid", "__chat"}
"""Elements of which nothing is left once their words are taken; others, such as ``archive``, speak by being there."""
UNKNOWN = 9999999.0
HEIGHTS = ("hae", "ce", "le")


class Event:
    """One event being read."""

    def __init__(self, adapter: Any, root: xml.Element) -> None:
        """``root`` is changed."""
        if xml.name(root) != "event":
            raise Malformed("root", found=xml.name(root), wanted="event")
        self.adapter, self.prefix = adapter, f"{adapter.name}:"
        self.root: dict[str, str] = dict(root.items())
        inside: dict[str, xml.Element] = {}
        for child in root:
            inside.setdefault(xml.name(child), child)
        self.place, detail = inside.get("point"), inside.get("detail")
        self.detail = xml.root("detail") if detail is None else detail
        self.left = [(xml.name(child), child) for child in self.detail]
        self.parts: dict[str, list[xml.Element]] = {}
        for name, child in self.left:
            self.parts.setdefault(name, []).append(child)
        self.odd: list[str] = []
        self.kept: dict[str, str] = {}
        self.type = self.must("type")
        self.stated: Tree = {}

    def must(self, name: str) -> str:
        """An attribute without which nobody knows what is spoken of."""
        if not self.root.get(name, "").strip():
            raise Malformed("missing", f"@{name}")
        return self.root.pop(name)

    def head(self) -> None:
        """Who, when, until when, and in what mode."""
        self.uid, self.time = self.must("uid"), self.instant(self.must("time"), "time")
        self.stale = self.moment("stale")
        if (start := self.moment("start")) and start != self.time:
            self.keep("@start", times.iso(start))
        opex = self.root.get("opex", "")
        self.stated = {"mode": OPEX.get(opex[:1]), "sent": self.time}
        if opex in OPEX:
            del self.root["opex"]

    def says(self, **more: Any) -> Says:
        """What the event says of itself as a message."""
        return Says.trusted(**self.stated, **more)

    def instant(self, words: str, name: str) -> datetime:
        """A time; the standard wants Z."""
        found, zoned = times.instant(words, f"@{name}", self.adapter.zone)
        if not zoned:
            self.odd.append(f"@{name}: no offset, {self.adapter.zone} assumed")
        return found

    def moment(self, name: str) -> datetime | None:
        """A time that the event can do without."""
        words = self.root.pop(name, None)
        try:
            return None if words is None else self.instant(words, name)
        except Rejected:
            self.odd.append(f"@{name}: '{words}' is no time")
            self.keep(f"@{name}", str(words))
            return None

    def keep(self, at: str, words: str) -> None:
        """Keeps what has no home."""
        key, again = self.prefix + at, 0
        while key in self.kept:
            again += 1
            key = f"{self.prefix}{at}/{again}"
        self.kept[key] = words

    def ends(self) -> None:
        """Keeps when it goes from the map: that does not end what is said."""
        if self.stale:
            self.keep("@stale", times.iso(self.stale))

    def attributes(self, how: str) -> None:
        """Keeps the attributes that nobody took; ``how`` is the usual origin."""
        for name, value in self.root.items():
            if (name, value) not in (("how", how), ("version", "2.0")):
                self.keep(f"@{name}", value)
        self.odd += [f"@{name}: missing" for name in ("how", "version") if name not in self.root]

    def elements(self, only: set[str] | None = None) -> None:
        """Keeps the elements of the detail that nobody took."""
        found, self.left = self.left, []
        for name, child in found:
            if only is not None and name not in only:
                self.left.append((name, child))
            elif name not in TAKEN or len(child) or child.attrib or (child.text or "").strip():
                self.detail.remove(child)  # it would be written with the names of spaces around it
                self.keep(f"detail/{name}", xml.outer(child))

    def value(self, element: str, name: str) -> str | None:
        """An attribute of an element of the detail."""
        found = self.parts.get(element)
        return (found and found[0].get(name)) or None

    def take(self, element: str, name: str) -> str | None:
        """The same, taken out."""
        found = self.parts.get(element)
        words = found[0].attrib.pop(name, "") if found else ""
        return str(words) if words.strip() else None

    def number(self, element: str, name: str) -> float | None:
        """A number of the detail; one that is none stays."""
        words = self.value(element, name)
        found = _cot.number(words)
        if found is not None:
            self.take(element, name)
        elif words:
            self.odd.append(f"detail/{element}/@{name}: '{words}' is no number")
        return found

    def callsign(self) -> str | None:
        """The name, which TAK says twice."""
        name = self.take("contact", "callsign")
        if name and self.value("uid", "Droid") == name:
            self.take("uid", "Droid")
        return name

    def remarks(self) -> str | None:
        """The text of the remarks; several, or one with more in it, stay."""
        found = self.parts.get("remarks", ())
        if len(found) != 1 or len(found[0]) or not (found[0].text or "").strip():
            return None
        words, found[0].text = found[0].text, None
        return words

    def point(self) -> Tree | None:
        """The position; what is unknown, and 0, 0, is none."""
        if self.place is None:
            self.odd.append("point: missing")
            return None
        found = dict(self.place.items())
        lat, lon = _cot.number(found.get("lat")), _cot.number(found.get("lon"))
        if lat is None or lon is None:
            raise Malformed("not-a-position", "point", value=f"{found.get('lat')},{found.get('lon')}")
        geo.checked(lat, lon, "point")
        heights = {name: _cot.number(found.get(name)) for name in HEIGHTS}
        known = {name: None if value is None or abs(value) >= UNKNOWN else value for name, value in heights.items()}
        nowhere = lat == lon == 0
        for name, value in found.items():
            if name not in ("lat", "lon") and (heights.get(name) is None or ((name == "le" or nowhere) and known[name])):
                self.keep(f"point/@{name}", value)
        return None if nowhere else {"lat": lat, "lon": lon, "alt": known["hae"], "accuracy_m": known["ce"]}

    def moved(self, place: Tree) -> Tree:
        """The position, and how it moves."""
        return place | {"heading_deg": self.number("track", "course"), "speed_mps": self.number("track", "speed")}

    def location(self) -> Tree:
        """The position and the shape."""
        links = [each for each in self.parts.get("link", ()) if "point" in each.attrib]
        drawn = _cot.geometry(links, self.type) if links else None
        if drawn:
            self.left = [(name, child) for name, child in self.left if name != "link" or child.keys() != ["point"]]
        place = self.point()
        return {name: value for name, value in (("point", place), ("geometry", drawn)) if value}
