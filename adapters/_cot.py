"""Cursor on Target: how a stream is cut into events, what a type stands for, and the shapes in a detail."""

import json
import math
import re
from collections.abc import Iterable, Iterator
from typing import Any

from bridge import Area, Malformed, geo, xml

Tree = dict[str, Any]
MARK = re.compile(
    rb"<(?:!\[CDATA\[.*?(?:\]\]>|\Z)|!--.*?(?:-->|\Z)|(?P<prolog>\?xml[^<>]{0,200}\?>)|(?P<start>event(?=[\s/>]))|(?P<end>/event\s*>))", re.DOTALL
)
WRAPPED = re.compile(rb"</?events[^<>]{0,200}>|\xbf\x00\xbf")
"""What some put around events: a root, or the header of TAK protocol version 0, which is XML."""
ALONE = re.compile(rb"(?:<\?xml[^<>]{0,200}\?>\s*)?<event[\s/>]")
"""How a piece begins that is one event, as nearly all are."""
PROTOBUF = b"\xbf"
BLANKS = b" \t\r\n\0"
EVENTS = 20_000
"""Events in one piece; more are a bomb."""

RESOURCE = {"f", "a", "n", "o"}
"""Affiliations of what somebody shows of his own, or of nobody's: friend, assumed friend, neutral, none specified. The others are sightings."""
KINDS = {
    "A": "Aircraft",
    "A-C-F-q": "Drone",
    "A-C-H-q": "Drone",
    "A-M-F-Q": "Drone",
    "A-M-H-Q": "Drone",
    "A-W": "Equipment",
    "F": "Team",
    "G-E": "Equipment",
    "G-E-V": "Vehicle",
    "G-I": "Facility",
    "G-U": "Team",
    "S": "Vessel",
    "S-C-M-M-D": "Robot",
    "U": "Vessel",
    "U-S-U": "Robot",
    "U-W": "Equipment",
}
"""What the MIL-STD-2525B function in a type of an atom stands for: the longest known beginning counts. After the public list of CoT types."""
SHOWN = {
    "Aircraft": "a-f-A",
    "Drone": "a-f-A-M-H-Q",
    "Equipment": "a-f-G-E",
    "Facility": "a-f-G-I",
    "Person": "a-f-G-U",
    "Robot": "a-f-G-E-V",
    "Shelter": "a-f-G-I",
    "Supply": "a-f-G-E",
    "Team": "a-f-G-U",
    "Unknown": "a-f-G",
    "Vehicle": "a-f-G-E-V",
    "Vessel": "a-f-S",
}
"""The type by which a kind is shown."""


def cut(data: bytes) -> list[bytes]:
    """The events of a stream, each with its prolog; what is cut off, or stands between them, is a piece of its own."""
    if data.startswith(PROTOBUF) and not data.startswith(b"\xbf\x00\xbf"):
        raise Malformed("not-xml", line=1, reason="this is TAK protocol version 1 (protobuf); only its XML is read")
    if b"<!DOCTYPE" in data:
        return [data]
    whole = data.strip(BLANKS)
    if alone(whole):
        return [whole]
    bounds, after = [0], -1
    for mark in MARK.finditer(data):
        match mark.lastgroup:
            case "end":
                bounds.append(mark.end())
            case "prolog":
                bounds.append(mark.start())
                after = mark.end()
            case "start" if after < 0 or data[after : mark.start()].strip():
                bounds.append(mark.start())
        if mark.lastgroup != "prolog":
            after = -1
    if len(bounds) > 2 * EVENTS:
        raise Malformed("too-many", "events", limit=EVENTS)
    pieces = (data[start:end].strip(BLANKS) for start, end in zip(bounds, [*bounds[1:], len(data)], strict=True))
    return [piece for piece in pieces if piece and not WRAPPED.fullmatch(piece)] or [data]


def alone(piece: bytes) -> bool:
    """Whether a piece is plainly one event."""
    marks = piece.count(b"<event"), piece.count(b"</event"), piece.count(b"<!"), piece.count(b"<?", 2)
    return marks == (1, 1, 0, 0) and piece.endswith(b"</event>") and ALONE.match(piece) is not None


def kind(words: str, more: dict[str, str]) -> str:
    """The kind of resource that a type of an atom stands for; ``more`` is asked first."""
    steps = words.partition(";")[0].split("-")[2:]
    while steps:
        function = "-".join(steps)
        if found := more.get(function) or KINDS.get(function):
            return found
        steps.pop()
    return "Unknown"


def number(words: str | None) -> float | None:
    """A decimal number, nothing if it is none."""
    if not words:
        return None
    try:
        found = geo.decimal(words)
    except ValueError:
        return None
    return found if math.isfinite(found) else None


def decimal(value: float) -> str:
    """A number as XML Schema writes decimals: without an exponent."""
    words = repr(value)
    return words if "e" not in words else f"{value:.20f}".rstrip("0")


def corners(links: list[xml.Element]) -> list[geo.Pair]:
    """The points of a drawing or a route; none if one of them is not a position."""
    found: list[geo.Pair] = []
    for link in links:
        numbers = [number(part) for part in str(link.get("point")).split(",")]
        lat, lon = (*numbers, None, None)[:2]
        if lat is None or lon is None or abs(lat) > 90 or abs(lon) > 180:
            return []
        found.append((lat, lon))
    return found


def geometry(links: list[xml.Element], words: str) -> str | None:
    """A drawing as GeoJSON: a closed ring, or a rectangle, is a polygon."""
    found = [[lon, lat] for lat, lon in corners(links)]
    if words.startswith("u-d-r") and len(found) > 2 and found[0] != found[-1]:
        found.append(found[0])
    closed = len(found) > 3 and found[0] == found[-1]
    shape: Tree = {"type": "Polygon", "coordinates": [found]} if closed else {"type": "LineString", "coordinates": found}
    return json.dumps(shape, separators=(",", ":")) if len(found) > 1 else None


def radius(shapes: Iterable[xml.Element]) -> float | None:
    """The radius in kilometres of a circle, nothing if there is none."""
    ellipses = [each for shape in shapes for each in shape if xml.name(each) == "ellipse"]
    major = number(ellipses[0].get("major")) if len(ellipses) == 1 else None
    return major / 1000 if major and major > 0 and number(ellipses[0].get("minor")) == major else None


def path(words: str | None) -> list[geo.Pair]:
    """The corners of a GeoJSON line, or of a polygon without holes, as a drawing shows them; none of anything else."""
    try:
        shape = json.loads(words or "null")
        line = {"LineString": shape["coordinates"], "Polygon": shape["coordinates"][0]}[shape["type"]]
        found = [geo.checked(float(lat), float(lon), "") for lon, lat in line]
    except (ArithmeticError, KeyError, IndexError, TypeError, ValueError, RecursionError, Malformed):
        return []
    return found if len(found) > 1 else []


def outline(areas: list[Area]) -> Iterator[tuple[list[geo.Pair], float | None]]:
    """Of areas, what a drawing can show: the corners of polygons, or the middle and the radius in kilometres of circles."""
    for area in areas:
        for words in area.polygons:
            if shown := _valid(geo.ring, words):
                yield shown, None
        for words in area.circles:
            if shown := _valid(geo.circle, words):
                yield [shown[0]], shown[1]


def _valid(read: Any, words: str) -> Any:
    try:
        return read(words, "")
    except Malformed:
        return None


def middle(found: list[geo.Pair]) -> geo.Pair:
    """Where a drawing's own point lies: between its corners."""
    ring = found[:-1] if len(found) > 1 and found[0] == found[-1] else found
    lats, lons = zip(*ring, strict=True)
    return round(sum(lats) / len(lats), 7), round(sum(lons) / len(lons), 7)
