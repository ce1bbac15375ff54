"""XML read leniently: what is odd is named, what has no home is kept, what a message cannot do without is demanded."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from bridge import times, xml
from bridge.errors import Invalid

INLINE = 16 * 1024
"""Characters of one kept value; what is larger is named with its SHA-256 and left out."""

Parts = dict[str, list[xml.Element]]
"""The children of an element by their local name."""


class Field(NamedTuple):
    """How one element of a sequence is read, and under which name it is found."""

    to: str
    read: Callable[[Any, Any, str], Any] | None = None
    """Of a reader, the text and its place; without it the text as it stands. A blank text says nothing: ``None``."""
    many: bool = False
    """It may repeat: a list, of what ``read`` makes of each element."""


Order = Mapping[str, Field]
"""The elements of a sequence by their local names, in the order of the standard."""
Table = Mapping[Any, tuple[int, str, Field]]
"""The same by their tags in one namespace, with their rank."""


def table(order: Order, space: str) -> Table:
    """The table of a sequence in a namespace; ``space`` as in ``xml.space``."""
    return {space + name: (rank, name, field) for rank, (name, field) in enumerate(order.items())}


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

    def fields(self, element: xml.Element, at: str, table: Table) -> dict[str, Any]:
        """What the children say, in one go. What the standard does not know here is kept, disorder is named."""
        found: dict[str, Any] = {}
        last = 0
        for child in element:
            step = table.get(child.tag)
            if step is None:
                self.stray(child, element, at)
                continue
            rank, name, (to, read, many) = step
            if rank < last:
                self.odd(f"{at}{name}", "out of order")
            last = rank
            if many:
                values = found.setdefault(to, [])
                values.append(read(self, child, f"{at}{name}/{len(values)}"))  # type: ignore[misc]
            elif to in found:
                self.odd(f"{at}{name}", "given more than once")
                self.keep(f"{at}{name}/{[each for each in element if each.tag == child.tag].index(child)}", child.text or "")
            else:
                words = child.text
                if len(child):
                    self.crowded([child], f"{at}{name}")
                if words is None or words.isspace():
                    found[to] = None
                else:
                    found[to] = words if read is None else read(self, words, f"{at}{name}")
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
        return None if words is None else self.clean(words, f"{at}{name}")

    def clean(self, words: str, at: str) -> str:
        """A word: blanks around it do not belong to it."""
        if words != (clean := words.strip()):
            self.odd(at, "blanks around it")
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
        return self.choice(found, f"{at}{name}", allowed) or "Unknown"

    def choice(self, found: str, at: str, allowed: Sequence[str]) -> str | None:
        """The word of a list that is meant; a strange one is kept aside, the format could not write it."""
        if found in allowed:
            return found
        self.odd(at, f"'{found}' is not in the list")
        alike = like(found, allowed)
        if alike is None and found:
            self.keep(at, found)
        return alike

    def symbols(self, parts: Parts, name: str, at: str, allowed: Sequence[str]) -> tuple[str, ...]:
        """A repeated word of a list; strange ones are kept aside, the format could not write them."""
        words = (((element.text or "").strip(), f"{at}{name}/{index}") for index, element in enumerate(parts.get(name, ())))
        return tuple(filter(None, (self.choice(found, place, allowed) for found, place in words)))

    def listed(self, parts: Parts, name: str, at: str, allowed: Sequence[str]) -> str:
        """A word of a list without which nobody knows how to take the message."""
        return self.one_of(self.must(parts, name, at), f"{at}{name}", allowed)

    def one_of(self, found: str, at: str, allowed: Sequence[str]) -> str:
        """The word of a list that is meant; a strange one is refused."""
        alike = like(found, allowed)
        if alike is None:
            raise Invalid("not-in-list", f"{self.prefix}{at}", value=found, allowed=", ".join(allowed))
        if alike != found:
            self.odd(at, f"'{found}' is not in the list")
        return alike

    def time(self, parts: Parts, name: str, at: str) -> datetime | None:
        """A time; without an offset it is in the zone of the source."""
        words = self.word(parts, name, at)
        return None if words is None else self.when(words, f"{at}{name}")

    def when(self, words: str, at: str) -> datetime:
        """The time that a text names."""
        moment, zoned = times.instant(self.clean(words, at), f"{self.prefix}{at}", self.zone)
        if not zoned:
            self.odd(at, f"no offset, {self.zone} assumed")
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
