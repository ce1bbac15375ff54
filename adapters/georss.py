"""GeoRSS in RSS 2.0 or Atom, and GDACS, in only: each item an Incident.

``guid``, ``id`` or ``link`` identifies it, else the digest of its title and time, without a title of all it says; of GDACS type and number of the
event, and ``episodeid`` is the revision. Simple, GML and W3C geometries are read, latitude first, any number of them in one item: the first point
is the position, all of it, if there is more, the geometry. GDACS colours are the severity (Red Extreme, Orange Severe, Green Minor),
``iscurrent`` whether it goes on. HTML becomes text. Elsewhere the category is Unknown, and so is the lifecycle: a status that stands only in the
text stays there.

What has no home, and what cannot be read (a time, a shape), rides in ``extensions`` under its name, ``gdacs:population``; what stands around the
items describes the feed and goes. An item that is empty says nothing. Times without a zone are of ``zone``.
"""

import hashlib
import json
from collections.abc import Iterator
from typing import Any

from adapters._georss_shapes import SHAPES, geometry, ring
from adapters._html import plain
from bridge import Malformed, Mapped, Rejected, mapping, native, parts, times, xml

Tree = dict[str, Any]
MOMENTS = {"pubDate": "reported", "published": "reported", "updated": "updated", "gdacs:datemodified": "updated", "dc:date": "reported"}
MOMENTS |= {"gdacs:fromdate": "occurred", "gdacs:todate": "until"}
WORDS = {"title": "title", "description": "text", "summary": "text", "content": "text", "gdacs:country": "country"}
LEVELS = {"red": "Extreme", "orange": "Severe", "green": "Minor"}
FIELDS: Tree = {
    "incident_id": {"at": "item.id", "id": "incident"},
    "revision": "item.revision",
    "updated_at": "item.updated",
    "external_ids": {"each": "item.others", "fields": {"scheme": "scheme", "code": "code"}},
    "name": "item.title",
    "category": "item.category",
    "types": {"each": "item.types", "fields": {"scheme": "scheme", "code": "code"}},
    "lifecycle": "item.lifecycle",
    "severity": "item.severity",
    "occurred_at": "item.occurred",
    "reported_at": "item.reported",
    "closed_at": "item.closed",
    "location.name": "item.country",
    "location.point": {"lat": "item.lat", "lon": "item.lon"},
    "location.geometry": "item.geometry",
    "description": "item.text",
    "attachments.0.uri": "item.link",
}
PARTS, ENVELOPE, _ = parts([{"type": "Incident", "fields": FIELDS}], {})


class Items:
    """The items or entries of a feed."""

    def read(self, data: bytes, setting: Any) -> Iterator[tuple[str, Any]]:
        """Item by item; a wrong one is refused alone."""
        root = xml.parse(data, fallback=setting.encoding)
        if xml.name(root) not in ("rss", "feed", "RDF"):
            raise Malformed("root", found=xml.name(root), wanted="rss or feed")
        items = [element for element in root.iter("{*}item", "{*}entry") if isinstance(element.tag, str)]
        for index, element in enumerate(items):
            place = f"{xml.name(element)}/{index}"
            try:
                if (node := Item(element, setting.zone or "UTC").node()) is not None:
                    yield place, node
            except Rejected as error:
                yield place, mapping.within(error, place)

    def write(self, node: Tree, setting: Any) -> bytes:
        """Nobody writes these."""
        raise NotImplementedError


class Item:
    """One item being read."""

    def __init__(self, element: xml.Element, zone: str) -> None:
        """``zone`` of times that name none."""
        self.zone = zone
        self.found: Tree = {}
        self.rest: Tree = {}
        self.shapes: list[Tree] = []
        self.lat: str | None = None
        home = xml.namespace(element)
        for child in element:
            space, name, prefix = xml.namespace(child), xml.name(child), child.prefix
            self.take(child, space, f"{prefix}:{name}" if prefix and space != home else name)

    def take(self, child: xml.Element, space: str, name: str) -> None:
        """One child: a shape, a time, a text, or what has no home."""
        words = (child.text or "").strip()
        if space in SHAPES:
            self.shape(child, name)
        elif name in MOMENTS and words:
            self.moment(name, words)
        elif name in WORDS and (words or len(child)):
            self.found.setdefault(WORDS[name], plain("".join(str(part) for part in child.itertext())))
        elif name == "link":
            self.found.setdefault("link", child.get("href") or words)
        elif name == "category" and (code := child.get("term") or words):
            self.found.setdefault("types", []).append({"scheme": "urn:georss:category", "code": code})
        elif name in ("guid", "id") and words:
            self.found.setdefault("id", words)
        elif (value := xml.tree(child)) not in native.SILENT:
            self.rest[name] = (
                [*self.rest[name], value] if isinstance(self.rest.get(name), list) else [self.rest[name], value] if name in self.rest else value
            )

    def moment(self, name: str, words: str) -> None:
        """A time; one that is none is kept as it is."""
        try:
            self.found.setdefault(MOMENTS[name], times.iso(times.instant(words, name, self.zone)[0]))
        except Rejected:
            self.rest[name] = words

    def shape(self, child: xml.Element, name: str) -> None:
        """The shapes in an element; one that is none is kept as it is."""
        for part in child.iter():
            kind, words = xml.name(part), (part.text or "").strip()
            try:
                if kind == "lat":
                    self.lat = words
                elif kind == "long" and self.lat:
                    self.add(geometry("point", f"{self.lat} {words}"))
                    self.lat = None
                elif kind == "long":
                    self.add(geometry("point", f"{(part.getparent().findtext('{*}lat') or '').strip()} {words}"))  # type: ignore[union-attr]
                elif kind in ("point", "pos", "line", "polygon", "box", "posList") and words:
                    self.add(geometry("polygon" if ring(part) else "line" if kind == "posList" else "point" if kind == "pos" else kind, words))
            except Malformed:
                self.rest[name] = words

    def add(self, shape: Tree) -> None:
        """A shape that is not there yet."""
        if shape not in self.shapes:
            self.shapes.append(shape)

    def node(self) -> Tree | None:
        """The item as the mapping sees it; nothing if it is empty."""
        item = {name: value for name, value in self.found.items() if value not in native.SILENT}
        if not (item or self.shapes or self.rest):
            return None
        point = next((shape["coordinates"] for shape in self.shapes if shape["type"] == "Point"), None)
        if point:
            item |= {"lat": point[1], "lon": point[0]}
        if len(self.shapes) > 1 or (self.shapes and not point):
            whole = self.shapes[0] if len(self.shapes) == 1 else {"type": "GeometryCollection", "geometries": self.shapes}
            item["geometry"] = json.dumps(whole, separators=(",", ":"))
        item |= {"category": "Unknown"} | gdacs(item, self.rest)
        told = [item["title"], item.get("occurred") or item.get("reported")] if "title" in item else [item, self.rest]
        said = json.dumps(told, ensure_ascii=False, sort_keys=True)
        item.setdefault("id", item.get("link") or hashlib.sha256(said.encode()).hexdigest()[:16])
        item.pop("until", None)
        return {**self.rest, "item": item}


def gdacs(item: Tree, rest: Tree) -> Tree:
    """What GDACS says more; what is taken leaves the rest."""
    kind, number = rest.get("gdacs:eventtype"), rest.get("gdacs:eventid")
    if not any(name.startswith("gdacs:") and name != "gdacs:bbox" for name in rest):
        return {}
    found: Tree = {"category": "NaturalDisaster"}
    if isinstance(kind, str) and isinstance(number, str):
        found |= {"id": f"{kind}{number}", "types": [{"scheme": "urn:gdacs:event-type", "code": kind}, *item.get("types", [])]}
        del rest["gdacs:eventtype"], rest["gdacs:eventid"]
    current = str(rest.pop("gdacs:iscurrent", "")).lower()
    found |= {"lifecycle": {"true": "InProgress", "false": "Closed"}.get(current, "Unknown")}
    if current == "false" and "until" in item:
        found["closed"] = item["until"]
    level = rest.get("gdacs:alertlevel")
    if isinstance(level, str) and level.lower() in LEVELS:
        found["severity"] = LEVELS[rest.pop("gdacs:alertlevel").lower()]
    episode = rest.get("gdacs:episodeid")
    if isinstance(episode, str) and episode.isascii() and episode.isdigit() and len(episode) < 18:
        found["revision"] = rest.pop("gdacs:episodeid")
    if isinstance(glide := rest.get("glide:number") or rest.get("gdacs:glide"), str) and glide.strip():
        found["others"] = [{"scheme": "urn:glide", "code": glide}]
    return found


class Georss(Mapped):
    """GeoRSS and GDACS, in only."""

    media_type = "application/rss+xml"
    records = tuple(part.cls for part in PARTS)
    writes = False
    source = Items()
    parts = PARTS
    envelope = ENVELOPE
    zone: str | None = "UTC"
