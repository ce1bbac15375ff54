"""EMSI, the tactical situation object of ISO/TR 22351: incidents, resources and their states, missions.

Four dialects, told apart by their bytes: ``hub-json`` and ``hub-xml`` (EMSI of the French health hub, cisu 2.0), ``tso`` (TSO 2.0 of
CEN/WS ISDEM) and ``driver`` (plain JSON of the DRIVER+ Avro record). A message may say many records; each is written alone. What the
shared model has no place for rides in ``extensions`` under ``emsi:<path>`` and goes back there, if the message then still says the same.
Lost on the way out: fractions of a second, all of an address but its text, holes, heights and codes of areas, a geometry beside a point,
links to other incidents, notes, and codes that the target's lists do not have. A zone or mission of a kind, or a state, that the target
has no code for is noted at the end of its free text, beside the nearest code. No dialect can say a message whose mode nobody knows.
"""

from collections.abc import Iterator
from contextlib import suppress
from functools import lru_cache
from typing import Any, ClassVar, Literal, cast
from uuid import NAMESPACE_URL, uuid5

from pydantic import field_validator

from adapters._emsi_codes import spoken
from adapters._emsi_grammar import DIALECTS, Dialect, Tree, fields
from adapters._emsi_kept import left, planted
from adapters._emsi_losses import LOSES, TSO_LOSES, ByDialect
from adapters._emsi_reading import Reading, opened
from adapters._emsi_rows import OURS, REQUIRED, ROWS, SAYS, SILENCE
from adapters._emsi_tree import nested, spoken_tree, taken
from adapters._emsi_writing import Writing
from bridge import (
    Adapter,
    Incident,
    Malformed,
    Mission,
    Mode,
    Record,
    Rejected,
    Resource,
    ResourceState,
    Said,
    Says,
    Unsupported,
    geo,
    losses,
    native,
    text,
    times,
    xml,
)

Heard = tuple[type[Record], Tree, Says, Reading]
"""One record as a tree, with what its message says of itself, and how it was read."""


class Emsi(Adapter):
    """EMSI and TSO in, one dialect of them out."""

    media_type: ClassVar[str] = cast("Any", ByDialect("application/json", hub_xml="application/xml", tso="application/xml"))
    records = tuple(ROWS)
    loses: ClassVar[frozenset[str]] = cast("Any", ByDialect(LOSES, tso=TSO_LOSES))

    dialect: Literal["hub-json", "hub-xml", "tso", "driver"] = "hub-json"
    """What is written; what is read is known by its bytes."""
    mode: Mode = "Unknown"
    """What is written where nobody says the mode; Unknown refuses."""
    zone: str | None = None
    """IANA zone of times that name none, and of those written."""
    datum: geo.Datum = "wgs84"
    """Datum of positions; nothing in the data says which."""

    @field_validator("zone")
    @classmethod
    def _known_zone(cls, name: str | None) -> str | None:
        return name and times.zone(name).key

    @property
    def claimed(self) -> frozenset[str]:
        """See ``Adapter``: all that any dialect's grammar knows."""
        return frozenset(field for dialect in DIALECTS.values() for field in fields(dialect.places))

    @property
    def speaks(self) -> Dialect:
        """The dialect that is written."""
        return DIALECTS[self.dialect]

    def decode(self, data: bytes) -> Iterator[Said | Rejected]:
        """The event, unless only its id is told; then resources with their states, and missions."""
        for each in self._heard(data):
            yield each if isinstance(each, Rejected) else self._said(*each)

    def _heard(self, data: bytes) -> Iterator[Heard | Rejected]:
        dialect, message, odd = opened(data)
        parts = [(part, index, each) for part in ("RESOURCE", "MISSION") for index, each in enumerate(native.entries(message, (part,)))]
        head = Reading(self.zone, dialect, {})
        tree = head.part("MESSAGE", {name: value for name, value in message.items() if name not in ("RESOURCE", "MISSION")})
        if odd:
            head.odd("emsi", odd)
        context, event = tree.get("CONTEXT", {}), tree.get("EVENT", {})
        for name in sorted({"ID", "MODE", "MSGTYPE"} - context.keys()):
            head.odd(f"CONTEXT/{name}", "missing")
        told = {"CONTEXT": {name: context[name] for name in ("LINK", "MODE", "SECLASS") if name in context}, "EVENT": spoken(ID=event.get("ID"))}
        says = Says.model_validate(taken(self, SAYS, tree))
        if event.keys() - {"ID"} or not parts:
            if "ID" not in event:
                raise Malformed("missing", "EVENT/ID")
            yield Incident, tree, says, head
            tree, head = told, Reading(self.zone, dialect, head.known)
        for part, index, each in parts:
            own = Reading(self.zone, dialect, head.known, f"{part}/{index}/", f"{part}/")
            try:
                whole = own.part(part, each)
                if "ID" not in whole:
                    raise Malformed("missing", f"{part}/{index}/ID")
            except Rejected as error:
                yield error
                continue
            own.deviations[:0] = head.deviations
            own.extensions |= head.extensions
            yield from self._parts(part, whole, (tree, told), says, own)
            tree, head = told, Reading(self.zone, dialect, head.known)

    def _parts(self, part: str, whole: Tree, heads: tuple[Tree, Tree], says: Says, own: Reading) -> Iterator[Heard]:
        """A mission; or a resource, its state, or both: each keeps of the other what a RESOURCE cannot do without."""
        (tree, told), stated = heads, whole.keys() & {"STATUS", "RGEO"}
        if part == "MISSION":
            yield Mission, {**tree, part: whole}, says, own
            return
        if whole.keys() - {"ID", "STATUS", "RGEO"} or not stated:
            yield Resource, {**tree, part: {name: value for name, value in whole.items() if name != "RGEO"}}, says, own
            tree, own = told, Reading(self.zone, own.dialect, {})
        if stated:
            state = {name: value for name, value in whole.items() if name in ("ID", "NAME", "STATUS", "RGEO")}
            state |= spoken(RTYPE=spoken(RCLASS=whole.get("RTYPE", {}).get("RCLASS")))
            yield ResourceState, {**tree, part: state}, says, own

    def _said(self, cls: type[Record], tree: Tree, says: Says, own: Reading) -> Said:
        """A record, and in its extensions all that it would not give back."""
        silence = {name: SILENCE.get(name, self.owner) for name in REQUIRED[cls]} | {"extensions": {}}
        record = cls.model_validate(silence | nested(taken(self, ROWS[cls], tree)))
        try:
            carried = spoken_tree(record, says, speaking_freely(self))
        except Rejected:
            carried = {}
        for path, value in left(tree, carried):
            own.keep(native.pointer(path), native.pack(value))
        return Said(record.model_copy(update={"extensions": own.extensions}), says, tuple(own.deviations))

    def encode(self, said: Said) -> bytes:
        """One record; its extensions where they were, as long as the message then reads the same."""
        says = said.says if said.says.mode not in (None, "Unknown") else said.says.model_copy(update={"mode": self.mode})
        if says.mode == "Unknown":
            raise Unsupported("mode-unknown")
        tree = spoken_tree(said.record, says, self)
        tree["CONTEXT"].setdefault("ID", str(uuid5(NAMESPACE_URL, said.record.model_dump_json())))
        return self._restored(said.record, tree) or self._bytes(tree)

    def _bytes(self, tree: Tree) -> bytes:
        document, root = Writing(self.speaks, self.zone).part("MESSAGE", tree) or {}, "emsi" if self.speaks.hub else "TSO_2_0"
        if self.speaks.space:
            return xml.write(xml.grown(root, document, self.speaks.space))
        return text.write_json({root: document} if root == "emsi" else document)

    def _restored(self, record: Record, tree: Tree) -> bytes | None:
        """The bytes with extensions where they were: all, or those that change nothing; then without any that come back as others."""
        event = "EVENT/" if isinstance(record, Incident) else "EVENT/ID"  # one of more than its id would be an incident of its own
        mine = tuple(f"emsi:{part}" for part in (event, *(f"{part}/" for part in tree if part != "EVENT")))
        kept = {key: words for key, words in getattr(record, "extensions", {}).items() if key.startswith(mine)}
        for wary in (False, False, True, True) if kept else ():
            with suppress(*ODD):
                data, changed = self._tried(record, tree, kept, wary=wary)
                if not changed:
                    return data
                kept = {key: words for key, words in kept.items() if f"extensions.{key}" not in changed}
        return None

    def _tried(self, record: Record, tree: Tree, kept: dict[str, str], *, wary: bool) -> tuple[bytes, set[str]]:
        """The bytes with extensions, and where they then say something else than the record."""
        table = SAYS + ROWS[type(record)]
        read, whole = taken(self, table, tree), tree
        places = [(native.steps(key.removeprefix("emsi:")), words) for key, words in kept.items()]
        for path, words in sorted(places, key=lambda each: [step.zfill(9) for step in each[0]]):
            with suppress(*ODD):
                trial = planted(whole, path, native.unpack(words))
                if not wary or (self._bytes(trial) and not any(losses.differences(read, taken(self, table, trial)))):
                    whole = trial
        data = self._bytes(whole)
        back = next((each.record for each in self.decode(data) if isinstance(each, Said) and isinstance(each.record, type(record))), None)
        changed = {each.path for each in losses.differences(record, back) if not each.lost} - OURS
        return data, changed | {each.path for each in losses.differences(read, taken(self, table, whole))}


ODD = (Rejected, ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
"""What may happen when extensions are put back: they may hold anything."""


@lru_cache(maxsize=64)
def speaking_freely(my: Emsi) -> Emsi:
    """The same adapter in the dialect in which any code can be said."""
    return my.model_copy(update={"dialect": "driver"})
