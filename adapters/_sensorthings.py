"""SensorThings: one entity being read, and what a document holds of them."""

import json
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from pydantic import BaseModel, ConfigDict

from adapters import _carry
from adapters._entry import Entry
from bridge import (
    Malformed,
    Observation,
    Rejected,
    Resource,
    ResourceState,
    Said,
    geo,
    native,
    times,
    validated,
    verbs,
)

Tree = dict[str, Any]
DEFINITION, DATASTREAM, QUALITY = "urn:ogc:sensorthings:observed-property", "urn:ogc:sensorthings:datastream", "urn:ogc:sensorthings:result-quality"
UCUM = {"°C": "Cel", "degC": "Cel"}
NAMED = re.compile(r"atastreams\('?([^()']+)'?\)$")
OWN = "regionbus"
TOLD = {"name", "description", "encodingType", "location"}
"""What there is to say of a Location."""
DESCRIBING = ("metadata", "definition", "feature", "location", "taskingParameters")
"""What shows that an entity describes others and says nothing itself."""
KINDS = {"POINT": "Point", "POLYGON": "Polygon", "LINESTRING": "LineString", "MULTIPOINT": "MultiPoint", "MULTIPOLYGON": "MultiPolygon"}


class Stream(BaseModel):
    """What the settings know of a Datastream that messages only name."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    property: str | None = None
    """Code of what it observes."""
    name: str | None = None
    """Its name, for people."""
    unit: str | None = None
    """UCUM code of its unit."""


class Reading:
    """One entity being read."""

    def __init__(self, adapter: Any, at: str) -> None:
        """``at`` is its place in the document."""
        self.adapter, self.at = adapter, at

    def said(self, node: Any, around: Tree | None = None) -> Iterator[Said]:
        """What an entity says; ``around`` is the Datastream that it stands in."""
        entry = Entry(self.adapter.name, node, self.at, self.adapter.zone)
        if "result" in node:
            yield self.observation(entry, around or {})
        elif "time" in node and (thing := self.identity(entry, "Thing")):
            yield self.whereabouts(entry, thing)
        elif "location" in node and "Things" in node:
            for index, thing in enumerate(native.entries(node, ("Things",))):
                known = {"Locations": [{name: value for name, value in node.items() if name != "Things"}]}
                yield from Reading(self.adapter, entry.place("Things", str(index))).said({**known, **thing} if isinstance(thing, dict) else thing)
        elif any(name in node for name in ("time", *DESCRIBING)):
            yield from self.inside(node)
        elif any(name in node for name in ("name", "description", "Locations", "Datastreams", "MultiDatastreams", "unitOfMeasurement")):
            yield from self.thing(entry)
        elif not all(name.startswith("@iot.") or name.endswith(("@iot.navigationLink", "@iot.count")) for name in node):
            raise Malformed("nothing-said", self.at)

    def observation(self, entry: Entry, around: Tree) -> Said:
        """An Observation."""
        own = self.own(entry, "parameters")
        at, window = self.period(entry)
        station = self.station(entry, around)
        value, words = self.result(entry, around)
        tree: Tree = {
            "observation_id": self.identity(entry) or _carry.digest([station, entry.node]),
            "station_id": station,
            "property": self.observed(entry, around, station),
            "at": times.iso(at),
            "value": value,
            "text": words,
            "unit": self.unit(entry, around, station),
            "window_seconds": window,
            "quality": self.quality(entry),
            "location": self.place(entry, ("FeatureOfInterest",), "feature") or self.base(around.get("Thing")),
        }
        return self.made(Observation, tree, own, entry)

    def made(self, cls: type[Any], tree: Tree, own: Tree, entry: Entry) -> Said:
        """The record, with what is ours beside what the standard says."""
        if kept := entry.rest():
            tree["extensions"] = kept
        whole = {name: value for name, value in (tree | own).items() if value is not None}
        return Said(validated(cls, whole, self.at), deviations=tuple(entry.deviations))

    def own(self, entry: Entry, home: str) -> Tree:
        """What we wrote beside it."""
        outer = entry.node.get(home)
        found = outer.get(OWN) if isinstance(outer, dict) else None
        if not isinstance(found, dict):
            found = entry.node.get(OWN)
            home = ""
        if not isinstance(found, dict):
            return {}
        entry.claimed.add((home, OWN) if home else (OWN,))
        return found

    def period(self, entry: Entry) -> tuple[datetime, int | None]:
        """When it was so: the end, and the length in seconds. Without a time it is that of the result."""
        words = entry.text("phenomenonTime") or entry.text("resultTime")
        if words is None:
            raise Malformed("missing", entry.place("phenomenonTime"))
        start, _, end = words.partition("/")
        at = entry.instant(end or start, "phenomenonTime")
        if not end:
            return at, None
        length = at - entry.instant(start, "phenomenonTime")
        if length % timedelta(seconds=1) or length <= timedelta():
            entry.claimed.discard(("phenomenonTime",))
            return at, None
        return at, length // timedelta(seconds=1)

    def result(self, entry: Entry, around: Tree) -> tuple[float | None, str | None]:
        """The result as a number, else as text."""
        found, at = entry.node["result"], entry.place("result")
        entry.claimed.add(("result",))
        kind = str(around.get("observationType") or native.find(entry.node, ("Datastream", "observationType")) or "")
        if isinstance(found, str) and kind.endswith(("OM_Measurement", "OM_CountObservation")):
            try:
                number = verbs.number(found.strip(), at)
            except Rejected:
                return None, found
            entry.deviations.append(f"{at}: a number as text")
            return float(number), None
        if found is None:
            return None, None
        if isinstance(found, int | float) and not isinstance(found, bool) and abs(found) < 1e300 and (isinstance(found, float) or abs(found) < 2**53):
            return float(found), None
        return None, native.pack(found)

    def station(self, entry: Entry, around: Tree) -> str:
        """The Datastream: named here, around, in a link, or by the settings."""
        for name in ("Datastream", "MultiDatastream"):
            if (found := self.identity(entry, name)) is not None:
                return found
        if (known := identifier(around.get("@iot.id"))) is not None:
            return known
        if self.adapter.datastream:
            return str(self.adapter.datastream)
        for name in ("Datastream@iot.navigationLink", "MultiDatastream@iot.navigationLink"):
            if link := word(entry.node.get(name)):
                if named := NAMED.search(link):
                    return named[1]
                entry.claimed.add((name,))
                return link
        if around:
            return _carry.digest([around.get("name"), around.get("description"), around.get("ObservedProperty")])
        raise Malformed("missing", entry.place("Datastream"))

    def identity(self, entry: Entry, *path: str) -> str | None:
        """An id; a number is its JSON form, and text that could be taken for one is kept as well."""
        found = native.find(entry.node, (*path, "@iot.id"))
        words = identifier(found)
        if words is not None and not (isinstance(found, str) and not isinstance(local(found), str)):
            entry.claimed.add((*path, "@iot.id"))
        return words

    def observed(self, entry: Entry, around: Tree, station: str) -> Tree:
        """What is observed."""
        inline = native.find(entry.node, ("Datastream", "ObservedProperty")) or around.get("ObservedProperty")
        known = self.adapter.datastreams.get(station, Stream())
        if isinstance(inline, dict):
            name, definition = (word(inline.get(each)) for each in ("name", "definition"))
            if definition or name:
                return {"scheme": DEFINITION, "code": definition or name, "label": name if definition else None}
        if known.property:
            return {"scheme": DEFINITION, "code": known.property, "label": known.name}
        return {"scheme": DATASTREAM, "code": station, "label": known.name or word(around.get("name"))}

    def unit(self, entry: Entry, around: Tree, station: str) -> str | None:
        """The unit after UCUM, as far as its symbol or definition tells."""
        inline = native.find(entry.node, ("Datastream", "unitOfMeasurement")) or around.get("unitOfMeasurement")
        known: str | None = self.adapter.datastreams.get(station, Stream()).unit
        if known or not isinstance(inline, dict):
            return known
        definition, symbol = word(inline.get("definition")) or "", (word(inline.get("symbol")) or "").strip()
        return definition.removeprefix("ucum:") if definition.startswith("ucum:") else UCUM.get(symbol, symbol) or None

    def quality(self, entry: Entry) -> Tree | None:
        """The quality of the result."""
        found = entry.take("resultQuality")
        return None if found is None else {"scheme": QUALITY, "code": native.pack(found)}

    def place(self, entry: Entry, path: native.Path, name: str) -> Tree | None:
        """The place of an entity inside, with its geometry."""
        node = native.find(entry.node, path)
        if not isinstance(node, dict):
            return None
        found = self.located(node, name)
        if found:
            entry.claimed |= {(*path, each) for each in (name, "name", "encodingType")}
            if node.get("description") in (None, ""):
                entry.claimed.add((*path, "description"))
        return found

    def located(self, node: Tree, name: str) -> Tree | None:
        """A place as a shared location, if its geometry is one."""
        shape = node.get(name)
        if isinstance(shape, dict) and shape.get("type") == "Feature":
            shape = shape.get("geometry")
        if not isinstance(shape, dict) or not isinstance(shape.get("type"), str):
            return None
        shape = shape | {"type": KINDS.get(shape["type"].upper(), shape["type"])}
        try:
            geo.moved(shape, lambda lat, lon: (lat, lon))
        except (Rejected, RecursionError, TypeError, OverflowError):
            return None
        found: Tree = {"name": word(node.get("name"))}
        spot = shape.get("coordinates")
        if shape["type"] == "Point" and isinstance(spot, list) and all(isinstance(each, int | float) for each in spot) and spot:
            found["point"] = dict(zip(("lon", "lat", "alt"), map(float, spot), strict=False))
        else:
            found["geometry"] = json.dumps(shape, separators=(",", ":"))
        return {key: value for key, value in found.items() if value}

    def base(self, thing: Any) -> Tree | None:
        """Where a Thing around an Observation stands."""
        for node in native.entries(thing, ("Locations",)) if isinstance(thing, dict) else ():
            if isinstance(node, dict) and (found := self.located(node, "location")):
                return found
        return None

    def thing(self, entry: Entry) -> Iterator[Said]:
        """A Thing or a Datastream: what it is, and the Observations in it."""
        node, own = entry.node, self.own(entry, "properties")
        stream = "unitOfMeasurement" in node or "observationType" in node or "multiObservationDataTypes" in node
        known = identifier(node.get("@iot.id")) if stream else self.identity(entry)
        if known is None:
            known = _carry.digest([node.get("name"), node.get("description")])
        observed = native.find(node, ("ObservedProperty", "definition")) or native.find(node, ("ObservedProperty", "name"))
        tree: Tree = {
            "resource_id": self.adapter.shared_id("resource", f"Datastream({known})" if stream else known),
            "owner": self.adapter.owner,
            "kind": "Equipment",
            "types": [{"scheme": DEFINITION, "code": observed}] if isinstance(observed, str) and stream else None,
            "name": entry.text("name"),
            "home_base": self.place(entry, ("Locations", "0"), "location"),
        }
        if node.get("description") in (None, ""):
            entry.claimed.add(("description",))
        if tree["home_base"] and len(places := node["Locations"]) == 1 and not {*places[0]} - TOLD and not places[0].get("description"):
            entry.claimed.add(("Locations",))
        inner = list(self.inside(node))
        entry.node = without(node)
        yield self.made(Resource, tree, own, entry)
        yield from inner

    def inside(self, node: Tree) -> Iterator[Said]:
        """The Observations in a Thing, in a Datastream, or in one that its Sensor inserts."""
        streams: list[tuple[native.Path, Any]] = [((), node)] if timed(node) else []
        streams += [((name, str(index)), each) for name in ("Datastreams", "MultiDatastreams") for index, each in enumerate(listed(node, name))]
        for path, stream in streams:
            if isinstance(stream, dict):
                for index, each in enumerate(listed(stream, "Observations")):
                    if spoken(each):
                        place = native.pointer((*path, "Observations", str(index)))
                        around = {"Thing": node, **stream} if path and "Thing" not in stream else stream
                        yield from Reading(self.adapter, "/".join(filter(None, (self.at, place)))).said(each, around)

    def whereabouts(self, entry: Entry, thing: str) -> Said:
        """Where a Thing was."""
        at = times.iso(entry.instant(entry.must("time"), "time"))
        place = self.place(entry, ("Locations", "0"), "location") or {}
        state = {"resource_id": self.adapter.shared_id("resource", thing), "at": at, "availability": "Unknown", "position": place.get("point")}
        return self.made(ResourceState, state, {}, entry)


def entities(document: Any, at: str = "") -> Iterator[tuple[str, Any]]:
    """The entities of a document with their places: one, a list, a page of results, data arrays, the bodies of a batch."""
    if isinstance(document, list):
        for index, each in enumerate(document):
            yield from entities(each, f"{at}/{index}".strip("/"))
    elif not isinstance(document, dict):
        yield at, document
    elif isinstance(document.get("value"), list) and "name" not in document:
        yield from entities(document["value"], f"{at}/value".strip("/"))
    elif isinstance(document.get("requests"), list):
        bodies = [each["body"] for each in document["requests"] if isinstance(each, dict) and isinstance(each.get("body"), dict)]
        yield from entities(bodies, f"{at}/requests".strip("/"))
    elif isinstance(document.get("dataArray"), list):
        yield from rows(document, f"{at}/dataArray".strip("/"))
    else:
        yield at, document


def rows(document: Tree, at: str) -> Iterator[tuple[str, Any]]:
    """The rows of a data array as Observations."""
    names = document.get("components")
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise Malformed("missing", at.removesuffix("dataArray") + "components")
    stream = {name: value for name, value in document.items() if name.removeprefix("Multi").startswith("Datastream")}
    for index, row in enumerate(document["dataArray"]):
        node: Any = None
        if isinstance(row, list) and len(row) == len(names):
            node = json.loads(json.dumps(stream))
            for name, value in zip(names, row, strict=True):
                inner, _, last = name.rpartition("/")
                native.put(node, (*filter(None, (inner,)), "@iot.id" if last in ("id", "@iot.id") else last), value)
        yield f"{at}/{index}", node


def timed(node: Tree) -> bool:
    """Whether an entity holds Observations itself."""
    return any(spoken(each) for each in listed(node, "Observations"))


def spoken(each: Any) -> bool:
    """Whether an Observation in another entity says when it was."""
    return isinstance(each, dict) and "result" in each and any(each.get(name) for name in ("phenomenonTime", "resultTime"))


def without(node: Tree) -> Tree:
    """An entity without the Observations that are told by themselves."""
    found = {name: value for name, value in node.items() if name != "Observations"}
    if left := [each for each in listed(node, "Observations") if not spoken(each)]:
        found["Observations"] = left
    for name in ("Datastreams", "MultiDatastreams"):
        if name in node:
            found[name] = [without(each) if isinstance(each, dict) else each for each in listed(node, name)]
    return found


def listed(node: Tree, name: str) -> list[Any]:
    """A list inside, also where there is none."""
    found = node.get(name)
    return found if isinstance(found, list) else []


def identifier(found: Any) -> str | None:
    """An id as text."""
    if isinstance(found, str):
        return found if found.strip() else None
    return json.dumps(found) if isinstance(found, int) and not isinstance(found, bool) else None


def local(words: str) -> Any:
    """An id as its service has it: a number where it is one to the letter."""
    found = native.unpack(words)
    return found if isinstance(found, int) and not isinstance(found, bool) and json.dumps(found) == words else words


def word(found: Any) -> str | None:
    """Text that says something."""
    return found if isinstance(found, str) and found.strip() else None
