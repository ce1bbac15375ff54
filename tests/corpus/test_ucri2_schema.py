"""What ucri2 writes is valid against the published, closed schemas of its applications."""

import json
import uuid
from functools import cache

import pytest
from corpus.test_corpus import CORPUS, adapter_of, files, said
from jsonschema import Draft202012Validator
from records import full
from referencing import Registry, Resource

from bridge.adapter import Said, Says, write
from bridge.records import Incident


@cache
def schemas():
    """The schemas of incident_transfer by their file's name."""
    folder = CORPUS / "_schemas/ucri2/apps/incident_transfer/1.0"
    known = {file.name.partition(".")[0]: json.loads(file.read_text("utf-8")) for file in folder.glob("*.json")}
    registry = Registry().with_resources((content["$id"], Resource.from_contents(content)) for content in known.values())
    return {name: Draft202012Validator(content, registry=registry) for name, content in known.items()}


def test_what_is_written_is_valid():
    written = 0
    for name in files("ucri2"):
        adapter = adapter_of(name)
        for each in said(adapter, (CORPUS / name).read_bytes()):
            document = json.loads(write(adapter, each).data) if isinstance(each.record, Incident) else {"patient": None}
            if "patient" not in document:  # patient_transfer closes its schema around its own fields
                schemas()["completion" if "completedAt" in document else "incident"].validate(document)
                written += 1
    assert written


@pytest.mark.parametrize("lifecycle", ["InProgress", "Closed", "Cancelled"])
def test_any_incident_is_written_as_a_valid_one_or_as_its_completion(lifecycle):
    adapter = adapter_of("ucri2/any")
    for seed in range(12):
        for local in (str(seed), str(uuid.UUID(int=seed))):
            record = full(Incident, seed).model_copy(update={"incident_id": f"cn-jiaxing-fire.incident.{local}", "lifecycle": lifecycle})
            document = json.loads(write(adapter, Said(record, Says())).data)
            schemas()["completion" if "completedAt" in document else "incident"].validate(document)
            assert str(uuid.UUID(document["sharedIncidentId"])) == document["sharedIncidentId"]
            assert ("completedAt" in document) == (lifecycle != "InProgress" and local != str(seed))
