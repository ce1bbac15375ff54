"""EMSI written: the tree under the hub's names as the bytes of a dialect."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from adapters._emsi_forms import ALL_CLASSES, NOTE, dressed
from adapters._emsi_grammar import FREE, NOTHING, RIGHT, WRONG, Dialect, Place, Tree
from bridge import Unsupported, times, verbs

FILL = {("CONTEXT", "MSGTYPE"): "ALERT", ("EVENT", "ID"): "None", ("RTYPE", "RCLASS"): ALL_CLASSES}
"""What stands where something must be and nothing is known; elsewhere that is empty text."""


class Writing:
    """One message being written."""

    def __init__(self, dialect: Dialect, zone: str | None) -> None:
        """``zone`` is the one of the hub's times."""
        self.dialect, self.zone, self.full = dialect, zone, dialect.full

    def part(self, part: str, tree: Tree, at: str = "") -> Tree | None:
        """An object in the order of its schema; nothing if it cannot stand without something that is missing."""
        tree, found = dressed(part, tree, self.dialect), {}
        for place in self.dialect.places[part].values():
            said = self.value(place, tree[place.canon], f"{at}{place.name}") if place.canon in tree else None
            if said is None and "~" in place.flags and not self.full:
                return None
            if said is None and (set("!~") & set(place.flags) or ("^" in place.flags and self.dialect.space)):
                said = self.filler(part, place, f"{at}{place.name}")
            if said is not None or self.full:
                found[place.name] = [] if said is None and "*" in place.flags else said
        return found

    def value(self, place: Place, value: Any, at: str) -> Any:
        """One or many; nothing if none of them can be said."""
        found = [self.one(place, item, at) for item in (value if isinstance(value, list) else [] if value in (None, {}) else [value])]
        items = [item for item in found if item is not None]
        if not items or items == [{}]:
            return None
        return items if "*" in place.flags else items[0]

    def filler(self, part: str, place: Place, at: str) -> Any:
        """What says nothing, and is read back as nothing."""
        if place.kind == "o":
            return self.part(place.canon, {}, f"{at}/")
        fill = FILL.get((part, place.name), "")
        if not fill and (place.kind or (place.codes and not self.full)):
            raise Unsupported("cannot-say", at, format="emsi", reason="it must be there, from its list")
        if "*" in place.flags and isinstance(fill, str):
            return [] if self.full else [fill]
        return fill

    def one(self, place: Place, value: Any, at: str) -> Any:
        """One value; nothing if its list does not have it or it is too long."""
        if place.kind == "o":
            return self.part(place.canon, value, f"{at}/")
        if place.kind == "time":
            return self.moment(datetime.fromisoformat(value), at)
        if place.kind:  # XML has no exponents, DRIVER has counts as text
            exact = value if verbs.number(value, at) % 1 else int(value)
            return f"{Decimal(repr(exact)):f}" if self.dialect.space or (self.full and place.kind != "num") else exact
        plain = verbs.words(value, at)
        if plain.strip() in NOTHING or (place.canon not in FREE and plain != plain.strip()):
            raise Unsupported("wrong-value", at, value=plain, wanted="text that is read as it is written")
        plain = WRONG if plain == RIGHT and self.dialect.hub and place.codes == "risk" else plain
        if not self.dialect.allows(place, plain):
            return None
        if not place.limit or len(plain) <= place.limit or self.full:
            return plain
        if {"!", "#"} & set(place.flags) or NOTE.fullmatch(plain):
            raise Unsupported("cannot-say", at, format="emsi", reason=f"it has more than {place.limit} characters")
        return None

    def moment(self, moment: datetime, at: str) -> Any:
        """The hub writes whole seconds with an offset, DRIVER milliseconds."""
        if not self.full:
            home = self.zone or "UTC" if 1970 <= moment.year < 9999 else "UTC"  # before, local offsets had seconds
            return times.iso(moment, zulu="+00:00", home=home, digits="seconds" if self.dialect.hub else "auto")
        millis = round(moment.timestamp() * 1000)
        times.epoch(millis, 0.001, at)
        return millis
