"""Cursor on Target 2.0 (MITRE base event, with the details of TAK), as XML, both ways. What we write reads back without loss.

A piece may be a stream: events one after another, each with its own prolog, are cut at their ends, and one that is cut off is refused by itself.
What is somebody's own (types ``a-f``, ``a-a``, ``a-n``, ``a-o``) is a Resource, with the kind that its MIL-STD-2525 function stands for (option
``kinds`` for types of one's own), and a ResourceState; its ``stale`` ends the delivery of the state, its ``time`` in milliseconds is the revision:
of one uid the latest counts. The Resource says nothing of the time, so that a moving unit is told once. Chat and file transfers (``b-t-f``,
``b-f-t``) are a SituationReport, tasking (``t-``) is a Mission, all else is an Incident: markers, drawings, sightings, and ``b-a`` emergencies,
which ``b-a-o-can`` or ``cancel`` ends. ``t-x-d-d`` withdraws what its link names: the action is Cancel, an Incident is Cancelled, of a resource
nothing more is known. Other ``t-x`` events (pings, negotiation of the protocol) are talk between programs and say nothing.

9999999 is what is not known, and so is the position 0, 0. ``opex`` is the mode: ``o`` Actual, ``e`` Exercise, ``s`` (simulation) Test.
Elements of the detail and attributes without a home ride in ``extensions`` as XML. Other records are written as what shows them on a map, Alerts
too; what this picture does not say stands beside it in a detail ``_regionbus_``, as JSON, and comes back: of the picture itself, only
what the record says.
"""

import json
from collections.abc import Iterator
from typing import Any

from pydantic import Field

from adapters import _cot
from adapters._cot_picture import Picture
from adapters._cot_said import CLASSES, OWN, Reading
from bridge import Adapter, Rejected, ResourceKind, Said, mapping, xml


class Cot(Adapter):
    """Cursor on Target, both ways."""

    media_type = "application/xml"
    records = tuple(CLASSES.values())

    kinds: dict[str, ResourceKind] = Field(default_factory=dict)
    """Kinds of MIL-STD-2525 functions or extensions of one's own, such as ``G-E-V-r`` = ``Robot``; the longest beginning counts."""
    zone: str = "UTC"
    """IANA zone of times that name none; the standard wants Z."""

    def decode(self, data: bytes) -> Iterator[Said | Rejected]:
        """Event by event; a wrong one is refused alone."""
        pieces = _cot.cut(data)
        for index, piece in enumerate(pieces):
            try:
                yield from Reading(self, xml.parse(piece)).said()
            except Rejected as error:
                if len(pieces) == 1:
                    raise
                yield mapping.within(error, f"event/{index}")

    def encode(self, said: Said) -> bytes:
        """One event."""
        record, name = said.record, type(said.record).__name__
        tree, event = dump(record), Picture(self, said).event
        shown = next((each.record for each in Reading(self, xml.parse(xml.write(event))).said() if type(each.record) is type(record)), None)
        native = dump(shown) if shown else {}
        more = {field: tree.get(field) for field in {**native, **tree} if tree.get(field) != native.get(field)}
        if more or name in ("Resource", "ResourceState"):
            words = json.dumps(more, ensure_ascii=False, separators=(",", ":")) if more else None
            own = xml.add(event[-1], OWN, words and words.replace("\ufffe", r"\ufffe").replace("\uffff", r"\uffff"))
            own.set("record", name)
        return xml.write(event)


def dump(record: Any) -> dict[str, Any]:
    """A record as JSON."""
    tree: dict[str, Any] = record.model_dump(mode="json", exclude_defaults=True)
    return tree
