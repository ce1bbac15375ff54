"""OGC SensorThings API 1.0 and 1.1, both ways: entities, lists of them, data arrays, batches, and what its MQTT extension publishes.

An Observation is an Observation; a Thing, or a Datastream that stands alone, is a Resource (Equipment) with what it inserts deeply, and a
HistoricalLocation where the Thing then was. In what they insert, and in a Location that names its Things, the same is told. Entities that only
describe (Sensor, ObservedProperty, FeatureOfInterest, a Location without a Thing, references, tasking) say nothing to other agencies. Actuators are
not driven.

An interval of time is its end and its length. What is observed is the ObservedProperty where it stands in the message, by its definition or name, else
that of the option ``datastreams``, else the Datastream. An Observation of which the message does not name the Datastream (on MQTT the topic does) is of
the option ``datastream``, else of the link that it gives. A result that is no number, an array of a MultiDatastream too, is text. An Observation without
a time stays with its Datastream, one without an id is known by the digest of what it says. What a written entity has no word for stands in
``parameters`` or ``properties`` under ``regionbus``, and comes back: nothing is lost.
"""

import json
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from typing import Any

from pydantic import Field

from adapters import _carry
from adapters._sensorthings import OWN, Reading, Stream, entities, local
from bridge import (
    Adapter,
    Observation,
    Rejected,
    Resource,
    Said,
    Watching,
    native,
    text,
    times,
)

Tree = dict[str, Any]


class Sensorthings(Adapter, Watching):
    """SensorThings, both ways."""

    media_type = "application/json"
    records = (Observation, Resource)

    datastream: str | None = None
    """Id of the Datastream of Observations that name none, as on the topic ``Datastreams(7)/Observations``."""
    datastreams: dict[str, Stream] = Field(default_factory=dict)
    """By id, what is known of Datastreams: ``property``, ``name``, ``unit``."""
    zone: str | None = None
    """IANA zone of times that name none; the standard wants an offset."""

    def decode(self, data: bytes) -> Iterator[Said | Rejected]:
        """Entity by entity; a wrong one is refused alone."""
        document = text.read_json(data)
        found = list(entities(document))
        alone = len(found) == 1 and found[0][0] == ""
        return self.watched(self.all_said(found, alone), self.owner)

    def all_said(self, found: list[tuple[str, Any]], alone: bool) -> Iterator[Said | Rejected]:  # noqa: FBT001
        """What the entities say."""
        for place, node in found:
            try:
                yield from list(Reading(self, place).said(node))
            except Rejected as error:
                if alone:
                    raise
                yield error

    def encode(self, said: Said) -> bytes:
        """One entity."""
        record: Any = said.record
        tree = record.model_dump(mode="json", exclude_defaults=True)
        node = self.observation(record) if isinstance(record, Observation) else self.thing(record)
        home, mark = "parameters" if isinstance(record, Observation) else "properties", f"{self.name}:"
        kept: Tree = {}
        for key, words in record.extensions.items():
            where = native.steps(key.removeprefix(mark))
            if key.startswith(mark) and OWN not in where:
                with suppress(AttributeError, IndexError, TypeError, ValueError):
                    native.put(kept, where, native.unpack(words))
        node = merged(node, kept)
        shown = next((each.record for each in Reading(self, "").said(json.loads(text.write_json(node))) if type(each.record) is type(record)), None)
        back = shown.model_dump(mode="json", exclude_defaults=True) if shown else {}
        more = {field: tree.get(field) for field in {**back, **tree} if tree.get(field) != back.get(field)}
        if more:
            inner = node.setdefault(home, {})
            (inner if isinstance(inner, dict) else node)[OWN] = more
        return text.write_json(node)

    def observation(self, record: Observation) -> Tree:
        """An Observation as its service has it."""
        start = (
            record.at - timedelta(seconds=min(record.window_seconds or 0, 10**9)) if (record.window_seconds or 0) > 0 < record.at.year - 100 else None
        )
        result: Any = record.value if record.value is not None else record.text
        if isinstance(result, float) and result.is_integer() and abs(result) < 2**53:
            result = int(result)
        if record.value is None and record.text is not None and (type(found := native.unpack(record.text)) not in (int, float)):
            result = found
        node: Tree = {
            "@iot.id": local(record.observation_id),
            "phenomenonTime": f"{times.iso(start)}/{times.iso(record.at)}" if start else times.iso(record.at),
            "result": result,
        }
        if "/" in record.station_id:
            node["Datastream@iot.navigationLink"] = record.station_id
        else:
            node["Datastream"] = {"@iot.id": local(record.station_id)}
        if record.quality:
            node["resultQuality"] = native.unpack(record.quality.code)
        place = record.location
        if place and (shape := shape_of(place)):
            node["FeatureOfInterest"] = {"name": place.name or "", "description": "", "encodingType": "application/geo+json", "feature": shape}
        return node

    def thing(self, record: Resource) -> Tree:
        """A Thing as its service has it."""
        node: Tree = {"@iot.id": local(self.local_id("resource", record.resource_id)), "name": record.name or "", "description": ""}
        if f"{self.name}:Locations" not in record.extensions and record.home_base and (shape := shape_of(record.home_base)):
            base = {"name": record.home_base.name or "", "description": "", "encodingType": "application/geo+json", "location": shape}
            node["Locations"] = [base]
        return node


def merged(node: Any, kept: Any) -> Any:
    """What was kept, laid over what we write."""
    if not (isinstance(node, dict) and isinstance(kept, dict)):
        return kept
    return node | {name: merged(node[name], value) if name in node else value for name, value in kept.items()}


def shape_of(place: Any) -> Tree | None:
    """The geometry of a location."""
    if place.geometry is None and place.point is not None:
        spot = [place.point.lon, place.point.lat, place.point.alt]
        return {"type": "Point", "coordinates": spot if spot[2] is not None else spot[:2]}
    return _carry.drawn(place.geometry) if place.point is None else None
