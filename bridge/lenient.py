"""XML read leniently: what is odd is named, what has no home is kept, what a message cannot do without is demanded."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from bridge import times, xml
from bridge.errors import Invalid

INLINE = 16 * 1024
"""Characters of one kept value; what is larger is named with its SHA-256 and left out."""

Parts = dict[str, list[xml.Element]]
"""The children of an element by their local name."""


class Lenient:
    """One message being read: its deviations, and what is kept for ``extensions`` under its native path."""

    def __init__(self, name: str, prefix: str = "", zone: str | None = None) -> None:
        """``name`` of the format, ``prefix`` of places in a document of several messages, ``zone`` of times that name none."""
        self.name, self.prefix, self.zone = name, prefix, zone
        self.deviations: list[str] = []
        self.extensions: dict[str, str] = {}

    def odd(self, at: str, what: str) -> None:
        """Names a deviation from the standard."""
        self.deviations.append(f"{self.prefix}{at}: {what}")

    def keep(self, at: str, words: str) -> None:
        """Keeps what has no home in the shared model."""
        if len(words) > INLINE:
            self.odd(at, f"{len(words)} characters left out, SHA-256 {hashlib.sha256(words.encode()).hexdigest()}")
        else:
            self.extensions[f"{self.name}:{at}"] = words

    def parts(self, element: xml.Element, at: str, order: tuple[str, ...]) -> Parts:
        """The children by name. What the standard does not know here is kept, disorder is named."""
        found: Parts = {}
        places, last = ranks(order, xml.space(element)), 0
        for child in element:
            place = places.get(child.tag)
            if place is None:
                self.stray(child, element, at)
                continue
            rank, name = place
            if rank < last:
                self.odd(f"{at}{name}", "out of order")
            last = rank
            if name in found:
                found[name].append(child)
            else:
                found[name] = [child]
        return found

    def stray(self, child: xml.Element, parent: xml.Element, at: str) -> None:
        """Keeps an element that does not belong; one of another namespace is an extension, not a fault."""
        place = f"{at}{xml.name(child)}"
        if xml.namespace(child) == xml.namespace(parent):
            self.odd(place, "not in the standard here")
        self.keep(self.free(place), xml.outer(child) if len(child) else child.text or "")

    def free(self, place: str) -> str:
        """The place, numbered if something was kept there already."""
        key = f"{self.name}:{place}"
        count = sum(other == key or other.startswith(f"{key}/") for other in self.extensions)
        return f"{place}/{count}" if count else place

    def text(self, parts: Parts, name: str, at: str) -> str | None:
        """The text of an optional element; blank says nothing."""
        elements = parts.get(name)
        if elements is None:
            return None
        if len(elements) > 1 or len(elements[0]):
            self.crowded(elements, f"{at}{name}")
        words = elements[0].text
        return words if words and not words.isspace() else None

    def crowded(self, elements: list[xml.Element], at: str) -> None:
        """Keeps what stands beside or inside the one text that is wanted."""
        for index, extra in enumerate(elements[1:], 1):
            self.odd(at, "given more than once")
            self.keep(f"{at}/{index}", extra.text or "")
        if len(elements[0]):
            self.odd(at, "elements inside")
            self.keep(at, xml.outer(elements[0]))

    def word(self, parts: Parts, name: str, at: str) -> str | None:
        """The same for a word: blanks around it do not belong to it."""
        words = self.text(parts, name, at)
        if words is None:
            return None
        if words != (clean := words.strip()):
            self.odd(f"{at}{name}", "blanks around it")
        return clean

    def must(self, parts: Parts, name: str, at: str) -> str:
        """A word without which the message cannot be acted on."""
        found = self.word(parts, name, at)
        if found is None:
            raise Invalid("empty" if name in parts else "missing", f"{self.prefix}{at}{name}")
        return found

    def symbol(self, parts: Parts, name: str, at: str, allowed: Sequence[str]) -> str:
        """A word of a list the message can do without: silent or strange is Unknown, but present and empty is refused."""
        found = self.word(parts, name, at)
        if found is None:
            if name in parts:
                raise Invalid("empty", f"{self.prefix}{at}{name}")
            self.odd(f"{at}{name}", "missing")
            return "Unknown"
        if found in allowed:
            return found
        self.odd(f"{at}{name}", f"'{found}' is not in the list")
        alike = like(found, allowed)
        if alike is None:
            self.keep(f"{at}{name}", found)
        return alike or "Unknown"

    def symbols(self, parts: Parts, name: str, at: str, allowed: Sequence[str]) -> tuple[str, ...]:
        """A repeated word of a list; strange ones are kept aside, the format could not write them."""
        found = []
        for index, element in enumerate(parts.get(name, ())):
            words = (element.text or "").strip()
            alike = like(words, allowed)
            if alike != words:
                self.odd(f"{at}{name}/{index}", f"'{words}' is not in the list")
            if alike:
                found.append(alike)
            elif words:
                self.keep(f"{at}{name}/{index}", words)
        return tuple(found)

    def listed(self, parts: Parts, name: str, at: str, allowed: Sequence[str]) -> str:
        """A word of a list without which nobody knows how to take the message."""
        found = self.must(parts, name, at)
        alike = like(found, allowed)
        if alike is None:
            raise Invalid("not-in-list", f"{self.prefix}{at}{name}", value=found, allowed=", ".join(allowed))
        if alike != found:
            self.odd(f"{at}{name}", f"'{found}' is not in the list")
        return alike

    def time(self, parts: Parts, name: str, at: str) -> datetime | None:
        """A time; without an offset it is in the zone of the source."""
        words = self.word(parts, name, at)
        if words is None:
            return None
        moment, zoned = times.instant(words, f"{self.prefix}{at}{name}", self.zone)
        if not zoned:
            self.odd(f"{at}{name}", f"no offset, {self.zone} assumed")
        return moment


@lru_cache(maxsize=256)
def ranks(order: tuple[str, ...], space: str) -> dict[Any, tuple[int, str]]:
    """The names of a sequence in a namespace, as tags, with their rank."""
    return {space + name: (rank, name) for rank, name in enumerate(order)}


def like(found: str, allowed: Sequence[str]) -> str | None:
    """The word of the list that is meant, whatever its case."""
    if found in allowed:
        return found
    return next((word for word in allowed if word.lower() == found.lower()), None)
