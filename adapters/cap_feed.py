"""Feeds of CAP alerts, Atom (RFC 4287) and RSS 2.0, both ways: an entry holds the alert, or its elements beside Atom's own, or a link to it.

In: an alert inside an entry is read as CAP is, and the entry around it, which repeats it, goes. Elements beside Atom's own (``cap:event`` …, as
the NWS and MeteoAlarm publish them) are read as the one info of an alert that has the entry's id, author and time where they are silent. An entry
that only links is an Alert of what the index says: its title, its summary, the address of the alert in ``web``; whether it is actual, and what it
does, no index says: Unknown, as the settings of the link say. Silence about the scope means Public. An entry without id, title or link, or with
an identifier that no reference could name, is refused.

Out: an Atom feed of one entry with the alert as CAP 1.2. A feed is public: an alert whose scope is not Public is refused. Losses are those of CAP.
"""

from collections.abc import Iterator
from urllib.parse import quote

from adapters import _cap_parts as cap_parts
from adapters import _cap_read as cap_read
from adapters import _cap_words as cap_words
from adapters import _cap_write as cap_write
from adapters import cap
from adapters._html import plain
from bridge import Adapter, Alert, Invalid, Malformed, Rejected, Said, Unsupported, times, xml

ATOM = "http://www.w3.org/2005/Atom"
SPACES = {space for space in cap_words.VERSIONS if space}
NAMES = {"message_type": "msgType", "response_type": "responseType", "event_code": "eventCode"}
HEAD, AREA = (
    ("identifier", "sender", "sent", "status", "msgType", "source", "scope", "code", "note", "references", "incidents"),
    tuple(cap_parts.AREA),
)
INFO = tuple(name for name in cap_read.INFO if name not in ("resource", "area"))
FEEDS = {"feed": "entry", "rss": "item", "RDF": "item"}


class CapFeed(Adapter):
    """Feeds of CAP, both ways."""

    media_type = "application/atom+xml"
    records = (Alert,)
    loses = cap.Cap.loses

    zone: str = "UTC"
    """Of times without an offset; they are named in the deviations."""
    encoding: str | None = None
    """To try when the text is neither declared nor UTF-8."""

    def decode(self, data: bytes) -> Iterator[Said | Rejected]:
        """Entry by entry; a wrong one is refused alone."""
        root = xml.parse(data, fallback=self.encoding)
        kind = FEEDS.get(xml.name(root))
        if kind is None:
            raise Malformed("root", found=xml.name(root), wanted="feed or rss")
        for index, entry in enumerate(root.iter(f"{{*}}{kind}")):
            prefix = f"{kind}/{index}/"
            try:
                inside = [element for element in entry.iter("{*}alert") if xml.namespace(element) in SPACES]
                yield from [self.whole(alert, prefix) for alert in inside] or [Entry(self, entry, prefix).said()]
            except Rejected as error:
                yield error

    def whole(self, alert: xml.Element, prefix: str) -> Said:
        """An alert inside an entry."""
        said = cap_read.Reading(cap.Cap(agency=self.agency, zone=self.zone, scope="Public"), alert, prefix).said()
        assert isinstance(said.record, Alert)
        if "," in said.record.identifier:
            raise Invalid("wrong-value", f"{prefix}identifier", value=said.record.identifier, wanted="no comma (CAP 1.2 section 3.2.1)")
        return said

    def encode(self, said: Said) -> bytes:
        """A feed of one entry."""
        alert = said.record
        assert isinstance(alert, Alert)
        if alert.scope != "Public":
            raise Unsupported("cannot-say", "scope", format=self.name, reason=f"a feed is public, and the alert is {alert.scope}")
        info = alert.infos[0] if alert.infos else None
        moment = times.iso(alert.sent)
        feed = xml.root("feed", ATOM)
        xml.add(feed, "id", f"urn:regionbus:feed:{quote(self.owner, safe='')}", ATOM)
        xml.add(feed, "title", "CAP", ATOM)
        xml.add(feed, "updated", moment, ATOM)
        entry = xml.add(feed, "entry", None, ATOM)
        xml.add(entry, "id", f"urn:regionbus:alert:{quote(alert.sender, safe='')}:{quote(alert.identifier, safe='')}", ATOM)
        xml.add(entry, "title", (info and (info.headline or info.event)) or alert.identifier, ATOM)
        xml.add(entry, "updated", moment, ATOM)
        xml.add(xml.add(entry, "author", None, ATOM), "name", (info and info.sender_name) or alert.sender, ATOM)
        content = xml.add(entry, "content", None, ATOM)
        content.set("type", "application/cap+xml")
        content.append(cap_write.Writing(alert).document())
        return xml.write(feed)


class Entry:
    """An entry without an alert inside: one is made of what it says."""

    def __init__(self, adapter: CapFeed, entry: xml.Element, prefix: str) -> None:
        """``prefix`` is where the entry stands in its feed."""
        self.adapter, self.entry, self.prefix = adapter, entry, prefix
        self.told: dict[str, list[xml.Element]] = {}
        self.around: dict[str, list[xml.Element]] = {}
        for child in entry:
            name = xml.name(child)
            if xml.namespace(child) in SPACES:
                self.told.setdefault(NAMES.get(name, name), []).append(child)
            else:
                self.around.setdefault(name, []).append(child)

    def said(self) -> Said:
        """What the entry says, read as the alert that it would be."""
        self.demand()
        said = self.adapter.whole(self.alert(), self.prefix)
        assert isinstance(said.record, Alert)
        unknown = {field: "Unknown" for field, name in (("status", "status"), ("msg_type", "msgType")) if name not in self.told}
        silent = {field: None for field, name in (("mode", "status"), ("action", "msgType")) if name not in self.told}
        index = set() if self.told else {"category", "urgency", "severity", "certainty"}
        odd = tuple(each for each in said.deviations if each.partition(":")[0].rpartition("/")[2] not in index)
        return Said(said.record.model_copy(update=unknown), said.says.model_copy(update=silent), odd)

    def demand(self) -> None:
        """Refuses an entry that leads nowhere."""
        for name, found in (("id", self.text("id", "guid", "link")), ("title", self.text("title")), ("link", self.told or self.link())):
            if not found:
                raise Malformed("missing", f"{self.prefix}{name}")

    def alert(self) -> xml.Element:
        """The alert, in the order of CAP."""
        alert = xml.root("alert", cap_words.SPACE)
        author = self.entry.findtext("{*}author/{*}name") or self.text("author", "creator")
        moment = self.text("updated", "published", "pubDate", "date")
        given = {"identifier": self.text("id", "guid", "link"), "sender": author or self.adapter.owner, "sent": moment}
        self.fill(alert, HEAD, {**given, "status": "Actual", "msgType": "Alert", "scope": "Public"})
        info = xml.add(alert, "info", None, cap_words.SPACE)
        title = self.text("title")
        self.fill(info, INFO, {"event": title, "headline": title, "description": self.text("summary", "description"), "web": self.link()})
        if self.told.get("areaDesc") or self.told.get("polygon") or self.told.get("circle") or self.told.get("geocode"):
            self.fill(xml.add(info, "area", None, cap_words.SPACE), AREA, {"areaDesc": title})
        for area in self.told.get("area", ()):
            info.append(renamed(area))
        return alert

    def fill(self, parent: xml.Element, order: tuple[str, ...], silent: dict[str, str | None]) -> None:
        """The elements that the entry has, and what stands for those it has not."""
        for name in order:
            elements = [element for element in self.told.get(name, ()) if len(element) or (element.text or "").strip()]
            for element in elements:
                for part in pairs(element):
                    parent.append(part)
            if not elements and (words := silent.get(name)):
                xml.add(parent, name, words, cap_words.SPACE)

    def text(self, *names: str) -> str | None:
        """The first of these elements that says something, HTML as text."""
        for name in names:
            for child in self.around.get(name, ()):
                if words := "".join(str(part) for part in child.itertext()).strip():
                    return plain(words) if name in ("summary", "description", "title") else words
        return None

    def link(self) -> str | None:
        """The address of the alert: what is marked as CAP first, then any."""
        found = self.around.get("link", ())
        links = sorted(found, key=lambda child: ("cap+xml" not in (child.get("type") or ""), child.get("rel", "alternate") != "alternate"))
        return next((words for child in links if (words := (child.get("href") or child.text or "").strip())), None)


def pairs(element: xml.Element) -> Iterator[xml.Element]:
    """The element in the namespace of CAP; several pairs of name and value in one are elements of their own."""
    names = [child for child in element if xml.name(child) == "valueName"]
    values = [child for child in element if xml.name(child) == "value"]
    if not names or len(names) != len(values):
        yield renamed(element)
        return
    for name, value in zip(names, values, strict=True):
        if (words := (value.text or "").strip()) and (key := (name.text or "").strip()):
            pair = xml.root(xml.name(element), cap_words.SPACE)
            xml.add(pair, "valueName", key, cap_words.SPACE)
            xml.add(pair, "value", words, cap_words.SPACE)
            yield pair


def renamed(element: xml.Element) -> xml.Element:
    """The same element and all in it, in the namespace of CAP 1.2."""
    name = NAMES.get(xml.name(element), xml.name(element))
    made = xml.root(name, cap_words.SPACE)
    made.text = element.text
    for child in element:
        made.append(renamed(child))
    return made
