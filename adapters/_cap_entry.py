"""An entry of a feed without an alert inside, read as the alert that its elements beside Atom's own would be."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from adapters import _cap_parts as cap_parts
from adapters._cap_read import INFO, Reading
from adapters._cap_words import SPACE, VERSIONS
from adapters._html import plain
from bridge import Malformed, Said, xml

SPACES = {space for space in VERSIONS if space}
NAMES = {"message_type": "msgType", "response_type": "responseType", "event_code": "eventCode"}
HEAD = ("identifier", "sender", "sent", "status", "msgType", "source", "scope", "code", "note", "references", "incidents")
TEXTS = tuple(name for name in INFO if name not in ("resource", "area"))
AREA = tuple(cap_parts.AREA)
PLACED = ("areaDesc", "polygon", "circle", "geocode")
"""What makes an area, where the entry has it beside its other elements."""
VALUE_NAME, VALUE = (f"{{{SPACE}}}{name}" for name in cap_parts.PAIR)
KNOWN = {f"{{{SPACE}}}{name}" for name in (*HEAD, *TEXTS, *AREA, *cap_parts.PAIR)}
Elements = dict[str, list[xml.Element]]


@dataclass(frozen=True, slots=True)
class Silent:
    """Stands for an element that the entry has not: an element as far as reading one goes."""

    tag: str
    text: str

    def __len__(self) -> int:
        """Nothing is inside."""
        return 0


class Told(Reading):
    """The alert being read. What has no home in it is kept in the namespace of CAP 1.2."""

    def stray(self, child: xml.Element, parent: xml.Element, at: str) -> None:
        """See ``Lenient``."""
        super().stray(bare(child), parent, at)

    def crowded(self, elements: list[xml.Element], at: str) -> None:
        """See ``Lenient``."""
        super().crowded([bare(element) for element in elements], at)


class Entry:
    """One entry; it is changed."""

    def __init__(self, entry: xml.Element, prefix: str, owner: str) -> None:
        """``prefix`` is where the entry stands in its feed, ``owner`` who speaks where no author is named."""
        self.prefix, self.owner = prefix, owner
        self.told: Elements = {}
        self.around: Elements = {}
        for child in entry:
            space, _, name = str(child.tag).rpartition("}")
            if space[1:] in SPACES:
                self.told.setdefault(NAMES.get(name, name), []).append(child)
            else:
                self.around.setdefault(name, []).append(child)
        self.id, self.title, self.link = self.text("id", "guid", "link"), self.text("title"), self.address()

    def said(self, reading: Told) -> Said:
        """The alert, its elements in the order of CAP."""
        self.demand()
        sent = self.text("updated", "published", "pubDate", "date")
        given = {"identifier": self.id, "sender": self.author(), "sent": sent, "status": "Actual", "msgType": "Alert", "scope": "Public"}
        found = reading.fields(self.ordered(HEAD, given), "", reading.alerts)
        text = {"event": self.title, "headline": self.title, "description": self.text("summary", "description"), "web": self.link}
        info = reading.fields(self.ordered(TEXTS, text), "info/0/", reading.infos)
        areas = [renamed(area) for area in self.told.get("area", ())]
        if any(map(self.told.get, PLACED)):
            areas[:0] = [self.ordered(AREA, {"areaDesc": self.title})]
        info["areas"] = [reading.area(area, f"info/0/area/{index}") for index, area in enumerate(areas)]
        return reading.alert(found | {"infos": [reading.block(info, "info/0")]})

    def demand(self) -> None:
        """Refuses an entry that leads nowhere."""
        for name, found in (("id", self.id), ("title", self.title), ("link", self.told or self.link)):
            if not found:
                raise Malformed("missing", f"{self.prefix}{name}")

    def ordered(self, order: tuple[str, ...], silent: dict[str, str | None]) -> Any:
        """The elements that the entry has, and what stands for those it has not."""
        found: list[Any] = []
        for name in order:
            elements = [each for each in self.told[name] if len(each) or (each.text or "").strip()] if name in self.told else ()
            for element in elements:
                found += pairs(renamed(element)) if len(element) else (renamed(element),)
            if not elements and (words := silent.get(name)):
                found.append(Silent(f"{{{SPACE}}}{name}", xml.words(words, name)))
        return found

    def author(self) -> str:
        """Who speaks."""
        authors = (*self.around.get("author", ()), *self.told.get("author", ()))
        names = (each.text for author in authors for each in author if xml.name(each) == "name")
        return next(names, None) or self.text("author", "creator") or self.owner

    def text(self, *names: str) -> str | None:
        """The first of these elements that says something, HTML as text."""
        for name in names:
            for child in self.around.get(name, ()):
                if words := ("".join(map(str, child.itertext())) if len(child) else child.text or "").strip():
                    return plain(words) if name in ("summary", "description", "title") else words
        return None

    def address(self) -> str | None:
        """The address of the alert: what is marked as CAP first, then any."""
        found = self.around.get("link", ())
        links = sorted(found, key=lambda child: ("cap+xml" not in (child.get("type") or ""), child.get("rel", "alternate") != "alternate"))
        return next((words for child in links if (words := (child.get("href") or child.text or "").strip())), None)


def renamed(element: xml.Element) -> xml.Element:
    """The element and all in it, brought into the namespace of CAP 1.2."""
    for each in element.iter():
        if (tag := str(each.tag)) not in KNOWN:
            name = tag.rpartition("}")[2]
            each.tag = f"{{{SPACE}}}{NAMES.get(name, name)}"
    return element


def bare(element: xml.Element) -> xml.Element:
    """A copy of nothing but names and texts."""
    made = xml.root(xml.name(element), SPACE)
    made.text = element.text
    for child in element:
        made.append(bare(child))
    return made


def pairs(element: xml.Element) -> Iterator[xml.Element]:
    """Several pairs of name and value in one element are elements of their own."""
    names = [child for child in element if child.tag == VALUE_NAME]
    values = [child for child in element if child.tag == VALUE]
    if not names or len(names) != len(values):
        yield element
        return
    for name, value in zip(names, values, strict=True):
        if (words := (value.text or "").strip()) and (key := (name.text or "").strip()):
            pair = xml.root(xml.name(element), SPACE)
            xml.add(pair, "valueName", key, SPACE)
            xml.add(pair, "value", words, SPACE)
            yield pair
