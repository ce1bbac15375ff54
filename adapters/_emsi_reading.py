"""EMSI read: any dialect as one tree under the hub's names; what is strange is kept aside."""

from typing import Any

from adapters._emsi_codes import utc
from adapters._emsi_forms import tidy
from adapters._emsi_grammar import DIALECTS, FREE, HUB, NOTHING, RIGHT, WRONG, Dialect, Place, Tree, trimmed
from bridge import Lenient, Malformed, native, text, times, verbs, xml


class Reading(Lenient):
    """One part of a message being read."""

    def __init__(self, zone: str | None, dialect: Dialect, known: Tree, prefix: str = "", home: str = "") -> None:
        """``known`` are the positions met before, by their LOC_ID; ``home`` is where the part stands in our tree."""
        super().__init__("emsi", prefix, zone)
        self.dialect, self.known, self.home = dialect, known, home

    def aside(self, at: str, value: Any) -> None:
        """Keeps what the tree has no place for."""
        if value not in native.SILENT:
            self.keep(self.home + at, native.pack(value))

    def part(self, part: str, found: Any, at: str = "") -> Tree:
        """An object, its elements under the hub's names."""
        if found in native.SILENT:
            return {}
        if not isinstance(found, dict):
            raise Malformed("wrong-shape", f"{self.prefix}{at}".rstrip("/"), found=native.shape(found), wanted="an object")
        tree: Tree = {}
        names, ours = self.dialect.names[part], self.dialect.places[part]
        for name, value in found.items():
            place = names.get(name)
            here = at + name if place else at + native.pointer((name,))
            if name not in ours:
                self.odd(here, "not in this dialect")
            if place is None or place.canon in tree:
                self.aside(here, value)
            elif (clean := self.value(place, value, here)) not in native.SILENT:
                tree[place.canon] = clean
        tidy(part, tree, self, at)
        return {name: value for name, value in tree.items() if value not in native.SILENT}

    def value(self, place: Place, found: Any, at: str) -> Any:
        """What an element holds; a list if it may repeat in some dialect."""
        if not isinstance(found, list):
            if place.many and found is not None and not self.dialect.space:
                self.odd(at, "not a list")
            item = self.one(place, found, at)
            return item if not place.listed else [item] if item else []
        if len(found) > 1 and not place.many:
            self.odd(at, "a list")
        items = [self.one(place, item, f"{at}/{index}") for index, item in enumerate(found)]
        if place.listed:
            return trimmed([item for item in items if item is not None])
        for index, extra in enumerate(items[1:], 1):
            self.aside(f"{at}/{index}", extra)
        return items[0] if items else None

    def one(self, place: Place, found: Any, at: str) -> Any:
        """One value in the tree's own form."""
        if place.kind == "o":
            return self.part(place.canon, found, f"{at}/")
        if found in native.SILENT:
            return None
        if isinstance(found, str) and found.strip() in NOTHING:
            self.odd(at, f"'{found}' for nothing")
            return None
        if place.kind:
            return self.instant(found, at) if place.kind == "time" else self.number(place, found, at)
        return self.words(place, found, at)

    def instant(self, found: Any, at: str) -> str:
        """A time in UTC; DRIVER counts milliseconds."""
        if not isinstance(found, str):
            return utc(times.epoch(verbs.number(found, self.prefix + at), 0.001, self.prefix + at))
        moment, zoned = times.instant(found, self.prefix + at, self.zone)
        if not zoned:
            self.odd(at, f"no offset, {self.zone} assumed")
        return utc(moment)

    def number(self, place: Place, found: Any, at: str) -> float | None:
        """A number; all but measures are whole."""
        if isinstance(found, str) and self.dialect is DIALECTS["hub-json"]:
            self.odd(at, "text for a number")
        value = verbs.number("a comma" if isinstance(found, str) and "," in found else found, self.prefix + at)
        if abs(value) > 1e300 or (place.kind != "num" and (value % 1 or not -(2**31) <= value < 2**31)):
            raise Malformed("not-a-number", self.prefix + at, value=found)
        if place.kind == "percent" and not 0 <= value <= 100:
            self.odd(at, f"{value} is not in 0 to 100")
            self.aside(at, found)
            return None
        return float(value) if place.kind == "num" else int(value)

    def words(self, place: Place, found: Any, at: str) -> str:
        """Text, or a code of a list."""
        plain = verbs.words(found, self.prefix + at)
        if not isinstance(found, str):
            self.odd(at, "a number for text")
        if place.canon not in FREE:
            plain = plain.strip()
        if plain and not self.dialect.allows(place, plain):
            self.odd(at, f"'{plain}' is not in the list")
        return RIGHT if plain == WRONG and place.codes == "risk" else plain


def opened(data: bytes) -> tuple[Dialect, Tree, str]:
    """The dialect, the message, and what is odd about its namespace."""
    if data.lstrip(b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n")[:1] == b"<":
        root = xml.parse(data)
        if xml.name(root) not in ("emsi", "TSO_2_0"):
            raise Malformed("root", found=xml.name(root), wanted="emsi, TSO_2_0")
        dialect, message, space = DIALECTS["hub-xml" if xml.name(root) == "emsi" else "tso"], xml.tree(root), xml.namespace(root)
    else:
        dialect, message, space = DIALECTS["hub-json"], text.read_json(data), ""
        if isinstance(message, dict) and isinstance(message.get("emsi"), dict):
            message = message | message.pop("emsi")
        elif isinstance(message, dict) and isinstance(context := message.get("CONTEXT"), dict) and not isinstance(context.get("CREATION", ""), str):
            dialect = DIALECTS["driver"]
    if not isinstance(message, dict) or not message.keys() & HUB["MESSAGE"].keys():
        raise Malformed("nothing-said")
    known = space == dialect.space or (dialect.hub and space.startswith("urn:emergency:"))
    return dialect, message, "" if known else f"namespace '{space}'"
