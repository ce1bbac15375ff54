"""Adapters written in TOML: one file reads *and* writes a format of JSON, CSV or XML.

    media_type = "application/json"
    format = "json"                      # or "csv", or "xml" with root = "…"
    each = "items"                       # where the entries are; left out: the document is one entry, or a list of them
    zone = "Asia/Shanghai"               # defaults of options that settings may change: zone, datum, encoding, delimiter

    [[record]]
    type = "Resource"
    when = "name"                        # an entry says this record only if it has this place
    [record.fields]                      # shared place = native place, or a table of what the place needs more (``Spec``)
    resource_id = { at = "id", id = "resource" }
    name = "name"

Which verb carries a field follows from the type of the shared field. Unclaimed native values ride in ``extensions``.
"""

from collections.abc import Iterator
from typing import Any, ClassVar

from pydantic import Field, field_validator

from bridge import geo, times
from bridge.adapter import FILLED, NOTHING_SAID, Adapter, Said, Says
from bridge.errors import Malformed, Rejected, Unsupported
from bridge.mapping import Field as Carried
from bridge.mapping import Part, build, demand, leftovers, shred
from bridge.native import SILENT, find, get, pack, pointer, put, steps, unpack
from bridge.sources import Source
from bridge.text import encode as check_encoding


class Mapped(Adapter):
    """What every adapter written in TOML is."""

    source: ClassVar[Source]
    parts: ClassVar[tuple[Part, ...]]
    envelope: ClassVar[tuple[Carried, ...]]

    zone: str | None = None
    """IANA zone of times that name none."""
    datum: geo.Datum = "wgs84"
    """Datum of positions; nothing in the data says which."""
    encoding: str = "utf-8"
    """Encoding of bytes that are not UTF-8, and of what is written."""
    delimiter: str = Field(default=",", min_length=1, max_length=1)
    """Between the fields of a CSV row."""

    @field_validator("zone")
    @classmethod
    def _known_zone(cls, name: str | None) -> str | None:
        return name if name is None else times.zone(name).key

    @field_validator("encoding")
    @classmethod
    def _known_encoding(cls, name: str) -> str:
        try:
            check_encoding("", name)
        except LookupError:
            raise ValueError(f"'{name}' is not an encoding such as utf-8 or gb18030") from None
        return name

    def decode(self, data: bytes) -> Iterator[Said | Rejected]:
        """Entry by entry; in a list a wrong one is refused alone."""
        for place, entry in self.source.read(data, self):
            if isinstance(entry, Rejected):
                yield entry
                continue
            try:
                found = list(self._said(entry))
            except Rejected as error:
                if not place:
                    raise
                yield type(error)(error.code, f"{place}: {error.at}", **error.details)
            else:
                yield from found

    def _said(self, entry: Any) -> Iterator[Said]:
        if not isinstance(entry, dict):
            raise Malformed("wrong-shape", "entry", found="something else", wanted="an object")
        parts = [part for part in self.parts if part.applies(entry)]
        if not parts:
            raise Malformed("nothing-said")
        says = build(Says, self.envelope, entry, self) if self.envelope else NOTHING_SAID
        fields = (*self.envelope, *(field for part in parts for field in part.fields))
        kept = {f"{self.name}:{pointer(path)}": pack(value) for path, value in leftovers(fields, entry, self)}
        for part in parts:
            filled = dict.fromkeys(FILLED & part.cls.model_fields.keys(), self.owner)
            yield Said(build(part.cls, part.fields, entry, self, {**filled, "extensions": kept}), says)
            kept = {}

    def encode(self, said: Said) -> bytes:
        """One entry in a document of its own."""
        part = next(part for part in self.parts if part.cls is type(said.record))
        node = shred(said.record, part.fields, self) | shred(said.says, self.envelope, self)
        for key, words in getattr(said.record, "extensions", {}).items():
            name, _, place = key.partition(":")
            if name == self.name:
                self._restore(node, place, words)
        demand((*part.fields, *self.envelope), node, self)
        if part.when and get(node, part.when) in SILENT:
            raise Unsupported("cannot-say", pointer(part.when), format=self.name, reason="it must be there")
        return self.source.write(node, self)

    def _restore(self, node: dict[str, Any], place: str, words: str) -> None:
        """Puts an extension back where it was found, unless the record itself says something there."""
        try:
            if find(node, steps(place)) in SILENT:
                put(node, steps(place), unpack(words))
        except (AttributeError, IndexError, Malformed, TypeError, ValueError):
            raise Unsupported("cannot-say", f"extensions.{self.name}:{place}", format=self.name, reason="its place is taken") from None
