"""What wzdx writes is valid against the published schemas of WZDx 4.2."""

import json
from functools import cache

import pytest
from corpus.test_corpus import CORPUS, adapter_of, files, said
from jsonschema import Draft7Validator
from records import full
from referencing import Registry, Resource

from bridge.adapter import Said, Says, write
from bridge.records import Incident

POSITION = {"type": "array", "minItems": 2, "items": {"type": "number"}}


@cache
def schema():
    """The schemas, and the two of geojson.org that they name."""
    known = {}
    for file in (CORPUS / "_schemas/wzdx").glob("*.json"):
        content = json.loads(file.read_text("utf-8"))
        known[content["$id"]] = content
    for name, least in (("LineString", 2), ("MultiPoint", 1)):
        places = {"type": "array", "minItems": least, "items": POSITION}
        shape = {"type": "object", "required": ["type", "coordinates"], "properties": {"type": {"const": name}, "coordinates": places}}
        known[f"https://geojson.org/schema/{name}.json"] = {"$schema": "http://json-schema.org/draft-07/schema#", **shape}
    registry = Registry().with_resources((name, Resource.from_contents(content)) for name, content in known.items())
    (feed,) = (content for content in known.values() if content.get("title") == "WZDx v4.2 Work Zone Feed")
    return Draft7Validator(feed, registry=registry)


@pytest.mark.parametrize("name", files("wzdx"))
def test_what_is_written_is_a_valid_feed(name):
    adapter = adapter_of(name)
    events = [each for each in said(adapter, (CORPUS / name).read_bytes()) if isinstance(each.record, Incident)]
    assert events or "board" in name or "camera" in name
    for each in events:
        schema().validate(json.loads(write(adapter, each).data))


def test_any_incident_with_a_place_is_written_as_a_valid_feed():
    adapter = adapter_of("wzdx/any")
    for seed in range(12):
        schema().validate(json.loads(write(adapter, Said(full(Incident, seed), Says(mode="Exercise"))).data))
