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

from adapters import _cap_read as cap_read
from adapters import _cap_write as cap_write
from adapters import cap
from adapters._cap_entry import SPACES, Entry, Told
from bridge import Adapter, Alert, Invalid, Malformed, Rejected, Said, Unsupported, times, xml

ATOM = "http://www.w3.org/2005/Atom"
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
        inner = cap.Cap(agency=self.agency, zone=self.zone, scope="Public")
        for index, entry in enumerate(root.iter(f"{{*}}{kind}")):
            prefix = f"{kind}/{index}/"
            try:
                inside = [element for element in entry.iter("{*}alert") if xml.namespace(element) in SPACES]
                if inside:
                    yield from [whole(cap_read.Reading(inner, prefix, xml.namespace(alert)).said(alert), prefix) for alert in inside]
                else:
                    yield indexed(Entry(entry, prefix, self.owner), Told(inner, prefix))
            except Rejected as error:
                yield error

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


def whole(said: Said, prefix: str) -> Said:
    """An alert that others can refer to."""
    assert isinstance(said.record, Alert)
    if "," in said.record.identifier:
        raise Invalid("wrong-value", f"{prefix}identifier", value=said.record.identifier, wanted="no comma (CAP 1.2 section 3.2.1)")
    return said


def indexed(entry: Entry, reading: Told) -> Said:
    """What an entry says; of what an index does not say nothing is known."""
    said = whole(entry.said(reading), entry.prefix)
    unknown = {field: "Unknown" for field, name in (("status", "status"), ("msg_type", "msgType")) if name not in entry.told}
    silent = {field: None for field, name in (("mode", "status"), ("action", "msgType")) if name not in entry.told}
    index = set() if entry.told else {"category", "urgency", "severity", "certainty"}
    odd = tuple(each for each in said.deviations if each.partition(":")[0].rpartition("/")[2] not in index)
    return Said(said.record.model_copy(update=unknown), said.says.model_copy(update=silent), odd) if unknown else said
