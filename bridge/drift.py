"""How a format drifts away from what its adapter knows: fields without a home, fields that stay away, fields of another type.

Nothing here stops a message, or holds it up: fields without a home are counted in every record, for their names are there already. To see
what is missing and what has another type the bytes are read once more, of as many messages as costs next to nothing.
"""

import json
import time
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from functools import lru_cache
from threading import Lock
from typing import Any, Literal, NamedTuple

import structlog

from bridge import text, xml
from bridge.adapter import Adapter, Said
from bridge.errors import Rejected
from bridge.native import shape

log = structlog.get_logger()
ALWAYS = 50
"""Messages in a row that have a field until its absence is news."""
FIELDS = 500
"""Fields known of one source, and things found in it: what goes beyond is no format but a list of keys."""
LARGEST = 256 * 1024
"""Bytes of a message whose fields are looked at, and of those in a burst."""
RATE = 16 * 1024
"""Bytes a second whose fields are looked at."""
DEPTH = 12
LONGEST = 200
"""Characters of a path that are kept."""
What = Literal["unknown", "missing", "retyped"]


class Key(NamedTuple):
    """What was found of which field, and for ``retyped`` which type it had and has."""

    what: What
    field: str
    types: str = ""


class Found(NamedTuple):
    """Milliseconds since 1970 of the first and the last time, and how often: ``unknown`` in records, else in messages looked at."""

    first: int
    last: int
    many: int

    def also(self, other: "Found") -> "Found":
        """Both together."""
        return Found(min(self.first, other.first), max(self.last, other.last), self.many + other.many)


class Sentinel:
    """Watches what one agency sends in one format."""

    def __init__(self, agency: str, adapter: Adapter) -> None:
        """Knows nothing yet."""
        self.agency, self.adapter = agency, adapter
        self.claimed = frozenset(map(field_of, adapter.claimed))
        self.found: dict[Key, Found] = {}
        self.fields: dict[str, tuple[str, int | None]] = {}
        """The type that each field had first, and the number of the message since which it is always there."""
        self.hits: dict[str, int] = {}
        """How often each extension was seen since they were last folded into what was found."""
        self.number, self.purse, self.at = 0, float(LARGEST), time.monotonic()
        self.changed = False
        self.lock = Lock()
        """A large piece is read in a thread."""

    def see(self, data: bytes, said: Iterable[object], now: datetime) -> None:
        """One message: its bytes, and what was read in them. Whatever happens here, it goes on."""
        moment = int(now.timestamp() * 1000)
        with self.lock:
            for each in said:
                if isinstance(each, Said):
                    self._count(vars(each.record).get("extensions") or (), moment)
            if not self._affords(len(data)):
                return
            try:
                self._compare(dict(fields_in(data, self.adapter)), moment)
            except Rejected:  # who reads the message says it in better words
                return
            except Exception as error:  # noqa: BLE001  who looks on must not stop anything
                log.debug("unavailable", link="drift", reason=f"{type(error).__name__}: {error}")

    def _count(self, extensions: Iterable[str], moment: int) -> None:
        for key in (each[:LONGEST] for each in extensions):
            if key in self.hits:
                self.hits[key] += 1
            elif field_of(key) not in self.claimed and len(self.hits) < 2 * FIELDS:
                self.hits[key] = 0
                self._note(Key("unknown", field_of(key)), Found(moment, moment, 1))
            self.changed = True

    def _affords(self, size: int) -> bool:
        now = time.monotonic()
        self.purse, self.at = min(LARGEST, self.purse + (now - self.at) * RATE), now
        if size > self.purse:
            return False
        self.purse -= size
        return True

    def _compare(self, seen: Mapping[str, str], moment: int) -> None:
        """The fields of a message with those of the messages before it."""
        self.number += 1
        once = Found(moment, moment, 1)
        for field in self.fields.keys() - seen.keys():
            kind, since = self.fields[field]
            always = since is not None and self.number - since >= ALWAYS
            lost = always or Key("missing", field) in self.found
            if lost and not field.endswith("*") and not any(above in self.fields and above not in seen for above in parents(field)):
                self._note(Key("missing", field), once)
            self.fields[field] = (kind, None)
        for field, kind in seen.items():
            before, since = self.fields.get(field, (kind, None))
            if kind != before:
                self._note(Key("retyped", field, f"{before} → {kind}"), once)
            if since is None and (field in self.fields or len(self.fields) < FIELDS):
                self.fields[field] = (before, self.number)

    def _note(self, key: Key, found: Found) -> None:
        last = self.found.get(key)
        if last is None and len(self.found) >= FIELDS:
            return
        self.found[key] = last.also(found) if last else found
        self.changed = True
        if last is None:
            event = f"drift-{key.what}"
            log.info(event, agency=self.agency, format=self.adapter.name, field=key.field, types=key.types)

    def packed(self, now: datetime) -> bytes:
        """What is kept of it: all that was found, and for how long each field has always been there."""
        moment = int(now.timestamp() * 1000)
        with self.lock:
            for key, count in self.hits.items():
                if count:
                    self._note(Key("unknown", field_of(key)), Found(moment, moment, count))
            self.hits = dict.fromkeys(self.hits, 0) if len(self.hits) < 2 * FIELDS else {}
            fields = {field: [kind, None if since is None else self.number - since] for field, (kind, since) in self.fields.items()}
            found = [[*key, *each] for key, each in self.found.items()]
        return json.dumps({"agency": self.agency, "format": self.adapter.name, "found": found, "fields": fields}, ensure_ascii=False).encode()

    def adopt(self, kept: bytes) -> None:
        """What an earlier life has ``packed``, beside what this one has seen."""
        past = json.loads(kept)
        for row in past["found"]:
            key, each = Key(*row[:3]), Found(*row[3:])
            self.found[key] = self.found[key].also(each) if key in self.found else each
        for field, (kind, count) in past["fields"].items():
            self.fields.setdefault(field, (kind, None if count is None else -count))


def merged(kept: Iterable[bytes]) -> list[dict[str, Any]]:
    """What several processes and links have found of one agency's format, as one; the newest first."""
    found: dict[tuple[str, str, Key], Found] = {}
    for past in map(json.loads, kept):
        for what, field, types, *more in past["found"]:
            key, each = (past["agency"], past["format"], Key(what, field, types)), Found(*more)
            found[key] = found[key].also(each) if key in found else each
    rows = [{"agency": agency, "format": name, **key._asdict(), **each._asdict()} for (agency, name, key), each in found.items()]
    return sorted(rows, key=lambda row: (-row["first"], row["agency"], row["format"], row["field"]))


@lru_cache(maxsize=4096)
def field_of(extension: str) -> str:
    """The native path in the key of an extension; places in lists are all one."""
    path = extension.partition(":")[2] or extension
    return "/".join("*" if step.isdecimal() else step for step in path.split("/"))


def parents(field: str) -> Iterator[str]:
    """The fields in which a field stands."""
    while "/" in field:
        field = field.rpartition("/")[0]
        yield field


def fields_in(data: bytes, adapter: Adapter) -> Iterator[tuple[str, str]]:
    """Every field of a message that says something, with its type, last to first: of a list the first entry's type counts."""
    encoding = getattr(adapter, "encoding", None) or "utf-8"
    begins = data.removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
    if begins == b"<":
        found = list(_elements(xml.parse(data, fallback=encoding), "", DEPTH))
    elif adapter.media_type == "text/csv":
        rows = text.read_csv(data, encoding=encoding, delimiter=getattr(adapter, "delimiter", ","))
        found = [(column[:LONGEST], "text") for _, row in rows if isinstance(row, dict) for column in row]
    elif begins in {b"{", b"["}:
        found = list(_values(text.read_json(data, encoding=encoding), "", DEPTH))
    else:
        found = []
    return reversed(found)


def _values(node: Any, path: str, depth: int) -> Iterator[tuple[str, str]]:
    """Of JSON. Nothing, and an empty text, is absent; an empty list is a list."""
    if path and node is not None and node != "":
        yield path[:LONGEST], shape(node)
    inner = node.items() if isinstance(node, dict) else (("*", each) for each in node) if isinstance(node, list) else ()
    for step, value in inner if depth else ():
        yield from _values(value, f"{path}/{step}" if path else step, depth - 1)


def _elements(element: xml.Element, above: str, depth: int) -> Iterator[tuple[str, str]]:
    """Of XML."""
    path = f"{above}/{xml.name(element)}" if above else xml.name(element)
    if len(element) or (element.text or "").strip():
        yield path[:LONGEST], "an object" if len(element) else "text"
    for name in element.attrib:
        yield f"{path}/@{str(name).rpartition('}')[2]}"[:LONGEST], "text"
    for child in element if depth else ():
        yield from _elements(child, path, depth - 1)
