"""Adapters written in TOML: one file reads *and* writes a format of JSON, CSV or XML.

    media_type = "application/json"
    format = "json"                      # or "csv", or "xml" with root = "…"
    each = "items"                       # where the entries are; left out: the document is one entry, or a list of them
    zone = "Asia/Shanghai"               # defaults of options that settings may change: zone, datum, encoding, delimiter

    [[record]]
    type = "Resource"
    each = "units"                       # every part of this list says one; what stands around it is "^.place"
    when = "name"                        # only if this place says something
    [record.fields]                      # shared place = native place, or a table of what the place needs more (``Spec``)
    resource_id = { at = "id", id = "resource" }
    name = "name"

Which verb carries a field follows from the type of the shared field. Unclaimed native values ride in ``extensions``.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from copy import deepcopy
from typing import Any, ClassVar, NamedTuple

from pydantic import Field, field_validator

from bridge import geo, times
from bridge.adapter import NOTHING_SAID, Adapter, Said, Says
from bridge.built import build
from bridge.errors import Malformed, Rejected, Unsupported
from bridge.fields import Fields
from bridge.mapping import Part, claiming, demand, leftovers, reading, shred, within
from bridge.native import AROUND, SILENT, Claims, Path, claim, find, flat, get, left, pack, pointer, put, shape, steps, unpack
from bridge.sources import Source
from bridge.text import encode as check_encoding
from bridge.thresholds import Watching
from bridge.verbs import Table


class Saying(NamedTuple):
    """A record that an entry says: its part of the mapping, where in the entry, in what, and what each of its fields says."""

    part: Part
    place: Path
    node: dict[str, Any]
    values: list[Any]


class Mapped(Adapter):
    """What every adapter written in TOML is."""

    source: ClassVar[Source]
    parts: ClassVar[tuple[Part, ...]]
    envelope: ClassVar[Fields]
    others: ClassVar[Mapping[Any, Callable[[Any, Any], Iterable[Said]]]] = {}
    """What entries of another kind say, which no mapping reads: the class in which the source yields them, and their reader."""

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
                yield within(error, place)
            else:
                yield from found

    @property
    def claimed(self) -> frozenset[str]:
        """See ``Adapter``."""
        fields = (*(field for part in self.parts for field in part.fields), *self.envelope)
        return frozenset(pointer(path) for field in fields for path in field.verb.paths)

    def _said(self, entry: Any) -> Iterator[Said]:
        if other := self.others.get(type(entry)):
            yield from other(entry, self)
            return
        if not isinstance(entry, dict):
            raise Malformed("wrong-shape", "", found=shape(entry), wanted="an object")
        around = entry.get(AROUND)
        if AROUND in entry:
            entry = {name: value for name, value in entry.items() if name != AROUND}
        saying = [self._saying(part, place, node) for part in self.parts for place, node in part.entries(entry)]
        if not saying:
            raise Malformed("nothing-said")
        about = reading(self.envelope, entry, self)
        says = build(Says, self.envelope, about) if self.envelope else NOTHING_SAID
        left: list[tuple[Path, Any]] = [((AROUND,), around)] if around else []
        left += self._around(entry, saying, about)
        homes = [_home(path, saying) for path, _ in left] if len(saying) > 1 else [0] * len(left)
        for index, (part, place, node, values) in enumerate(saying):
            kept = [each for home, each in zip(homes, left, strict=True) if index == home]
            if part.each:
                kept = [((AROUND, *path), value) for path, value in kept] + leftovers(part.fields, values, node)
            more: dict[str, Any] = dict.fromkeys(part.filled, self.owner)
            more["extensions"] = {f"{self.name}:{pointer(path)}": pack(value) for path, value in kept}
            try:
                yield Said(build(part.cls, part.fields, values, more), says)
            except Rejected as error:
                raise within(error, pointer(place)) from None

    def _saying(self, part: Part, place: Path, node: dict[str, Any]) -> Saying:
        try:
            return Saying(part, place, node, reading(part.fields, node, self))
        except Rejected as error:
            raise within(error, pointer(place)) from None

    def _around(self, entry: dict[str, Any], saying: list[Saying], about: list[Any]) -> list[tuple[Path, Any]]:
        """What the entry says beside its lists and what no record takes of it."""
        claimed: Claims = {AROUND: None}
        found = claiming(self.envelope, about, entry, claimed)
        for part in self.parts:
            if part.each is not None:
                claim(claimed, part.each)
        for part, _, node, values in saying:
            if part.each is None:
                found += claiming(part.fields, values, entry, claimed)
                continue
            for index in part.outer:
                verb = part.fields[index].verb
                if verb.claims(node, values[index]):
                    for path in verb.paths:
                        if path[0] == AROUND and path[1:]:
                            claim(claimed, path[1:])
        return found + left(entry, claimed)

    def encode(self, said: Said) -> bytes:
        """One entry in a document of its own."""
        part = next(part for part in self.parts if part.cls is type(said.record))
        node = shred(said.record, part.fields, self)
        about = shred(said.says, self.envelope, self)
        for place, value in flat(about):
            put(node, (AROUND, *place) if part.each else place, value)
        for key, words in getattr(said.record, "extensions", {}).items():
            name, _, place = key.partition(":")
            if name == self.name:
                self._restore(node, steps(place), words, part)
        demand(part.fields, node, self)
        if part.when and get(node, part.when) in SILENT:
            raise Unsupported("cannot-say", pointer(part.when), format=self.name, reason="it must be there")
        entry = part.entry(node)
        if other := self._another(part, entry):
            raise Unsupported("cannot-say", format=self.name, reason=f"it would say a {other.cls.__name__} too")
        return self.source.write(entry, self)

    def _another(self, part: Part, entry: dict[str, Any]) -> Part | None:
        """The part that speaks in the entry of another, if one does."""
        return next((other for other in self.parts if other is not part and any(True for _ in other.entries(entry))), None)

    def _restore(self, node: dict[str, Any], place: Path, words: str, part: Part) -> None:
        """Puts an extension back where it was found: if the place is free, if it comes back as it is, and if it means no more than is said."""
        value = unpack(words)
        if value in SILENT or pack(value) != words or (place[-1] == AROUND and not isinstance(value, dict)):
            return
        if part.each and (AROUND, *part.each)[: len(place)] == place:  # it holds the list itself
            return
        verbs = [field.verb for field in (*part.fields, *self.envelope) if any(path[: len(place)] == place[: len(path)] for path in field.verb.paths)]
        if find(node, place) not in SILENT and not any(isinstance(verb, Table) and verb.path == place for verb in verbs):
            return
        try:
            if verbs or len(self.parts) > 1 or place[0] == AROUND:
                put(tried := deepcopy(node), place, value)
                if any((verb.read(tried, self) or "Unknown") != (verb.read(node, self) or "Unknown") for verb in verbs):
                    return
                if self._another(part, part.entry(tried)):
                    return
            put(node, place, value)
        except (AttributeError, IndexError, Rejected, TypeError, ValueError):
            return


class Observing(Mapped, Watching):
    """What a mapping is that says observations."""

    def decode(self, data: bytes) -> Iterator[Said | Rejected]:
        """Entry by entry, and the alerts that observations give cause to."""
        return self.watched(super().decode(data), self.owner)


def _home(path: Path, saying: list[Saying]) -> int:
    """Which record carries what was left at a path: the one with a field there, else the first."""
    return next((index for index, (part, *_) in enumerate(saying) if not part.each and path in part.paths), 0)
