"""Records on the wire: Avro single-object encoding (Avro 1.11), with guards against hostile bytes.

fastavro accepts trailing bytes, negative union indexes and NaN; the schema lint keeps out what would make it hang or
recurse, and ``decode`` refuses what an honest writer would not have written.
"""

import hashlib
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from importlib.resources.abc import Traversable
from typing import Any, NamedTuple, TypeVar

import fastavro
from fastavro.schema import fingerprint, to_parsing_canonical_form
from pydantic import ValidationError

from bridge.errors import Malformed, Unavailable
from bridge.model import Record
from bridge.texts import text
from bridge.writers import WRITERS
from schemas import ROOT

MARK = b"\xc3\x01"
HEAD = len(MARK) + 8
LIMIT = 8 * 1024 * 1024
"""Bytes of one message on the bus."""
LARGE = 64 * 1024
"""Bytes from which on the pieces of a message are counted."""
PIECES = 500_000
"""Of one message: a text is two or three of them, whatever its length."""

R = TypeVar("R", bound=Record)


class UnknownSchema(Unavailable):
    """Written by a schema that is not known here: the message waits until the schema is fetched from its origin."""

    def __init__(self, mark: bytes) -> None:
        """``mark`` stands in front of the message."""
        super().__init__(text("unknown-schema", fingerprint=mark[2:].hex()))
        self.mark = mark


class Schema(NamedTuple):
    """One version of one record's schema."""

    name: str
    parsed: Any
    text: str
    """The whole schema, self-contained; its SHA-256 is what is verified, as the fingerprint ignores defaults."""
    mark: bytes
    """What stands in front of every message written with it."""

    @property
    def sha256(self) -> str:
        """Hex digest of the text."""
        return hashlib.sha256(self.text.encode()).hexdigest()


def whole(definition: Any, named: dict[str, Any], seen: set[str]) -> Any:
    """The definition with every named type written out where it is first used, in the order a reader meets them."""
    match definition:
        case str() if definition in named:
            return definition if definition in seen else whole(named[definition], named, seen)
        case [*branches]:
            return [whole(branch, named, seen) for branch in branches]
        case {"type": "record", "fields": fields}:
            seen.add(f"{definition['namespace']}.{definition['name']}")
            return {**definition, "fields": [{**item, "type": whole(item["type"], named, seen)} for item in fields]}
        case {"type": "enum"}:
            seen.add(f"{definition['namespace']}.{definition['name']}")
        case {"type": "array", "items": items}:
            return {**definition, "items": whole(items, named, seen)}
    return definition


def schema(definition: Any) -> Schema:
    """A self-contained definition, made ready for use."""
    written = json.dumps(definition, ensure_ascii=False, separators=(",", ":"))
    rabin = bytes.fromhex(fingerprint(to_parsing_canonical_form(definition), "CRC-64-AVRO"))
    return Schema(definition["name"], fastavro.parse_schema(definition), written, MARK + rabin)


def sources() -> Iterator[Any]:
    """Every definition of today's language."""
    for entry in ROOT.iterdir():
        if entry.name.endswith(".avsc"):
            found = json.loads(entry.read_text("utf-8"))
            yield from found if isinstance(found, list) else [found]


def past(folder: Traversable | None = None) -> Iterator[Any]:
    """Every definition ever published."""
    for entry in (folder or ROOT.joinpath("past")).iterdir():
        if entry.name.endswith(".avsc"):
            yield json.loads(entry.read_text("utf-8"))


@dataclass(frozen=True)
class Language:
    """The schemas known here: today's by record name, and all by their mark."""

    today: dict[str, Schema]
    known: dict[bytes, Schema] = field(default_factory=dict)
    own: dict[str, Schema] = field(default_factory=dict)
    """Every version that came with this installation, by its SHA-256."""

    def learn(self, version: Schema) -> None:
        """Takes in a version written elsewhere or earlier; what is known keeps its schema."""
        self.known.setdefault(version.mark, version)


@cache
def language() -> Language:
    """The language of this installation."""
    named = {f"regionbus.{item['name']}": item for item in sources()}
    import bridge.records  # noqa: F401, PLC0415  the classes must exist before their schemas are counted

    today = {cls.__name__: schema(whole(named[f"regionbus.{cls.__name__}"], named, set())) for cls in Record.__subclasses__()}
    found = Language(today)
    for version in (*today.values(), *map(schema, past())):
        found.learn(version)
        found.own[version.sha256] = version
    return found


def encode(record: Record) -> bytes:
    """The record in single-object encoding."""
    name = type(record).__name__
    parts = [language().today[name].mark]
    try:
        WRITERS[name](record, parts.append)
    except UnicodeEncodeError:
        raise Malformed("surrogate") from None
    return b"".join(parts)


def decode(data: bytes, cls: type[R], limit: int = LIMIT) -> R:
    """The record, if the bytes are the ones an honest writer of a known schema would have written.

    Raises ``Malformed``, or ``UnknownSchema`` when only the schema is missing.
    """
    if len(data) > limit:
        raise Malformed("too-large", size=len(data), limit=limit)
    if not data.startswith(MARK) or len(data) < HEAD:
        raise Malformed("not-avro", reason="no single-object mark C3 01")
    version = language().known.get(bytes(data[:HEAD]))
    if version is None:
        raise UnknownSchema(bytes(data[:HEAD]))
    if version.name != cls.__name__:
        raise Malformed("wrong-record", found=version.name, wanted=cls.__name__)
    today = language().today[version.name]
    try:
        record = cls.model_validate(_read(data, version, today))
    except ValidationError as error:
        flaw = error.errors(include_url=False)[0]
        raise Malformed("field", ".".join(map(str, flaw["loc"])), reason=flaw["msg"]) from None
    if version is today and encode(record) != data:
        raise Malformed("not-canonical")
    return record


class Rationed(io.BytesIO):
    """A message read piece by piece, and no more than ``PIECES``: millions of empty texts are few bytes and much memory."""

    pieces = 0

    def read(self, size: int | None = -1, /) -> bytes:
        """The next piece."""
        self.pieces += 1
        if self.pieces > PIECES:
            raise Malformed("too-many", "document", limit=PIECES)
        return super().read(size)


def _read(data: bytes, version: Schema, today: Schema) -> Any:
    source = io.BytesIO(data) if len(data) < LARGE else Rationed(data)
    source.seek(HEAD)
    try:
        found = fastavro.schemaless_reader(source, version.parsed, None if version is today else today.parsed)
    except Malformed:
        raise
    except Exception as error:  # noqa: BLE001  hostile bytes make fastavro raise whatever lies nearest
        raise Malformed("not-avro", reason=f"{type(error).__name__} {error}") from None
    if source.tell() != len(data):
        raise Malformed("not-canonical")
    return found
