"""What eido writes is valid against NENA's published schema of EIDO 1.0."""

import json
from functools import cache

import yaml
from corpus.test_corpus import CORPUS, adapter_of
from jsonschema import Draft202012Validator
from records import full
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from bridge import testing
from bridge.adapter import Said, Says, read, write
from bridge.errors import Rejected
from bridge.records import Incident


@cache
def schema():
    """The schema of an EIDO inside the published description of its service."""
    content = yaml.safe_load((CORPUS / "_schemas/eido/openapi.yaml").read_text("utf-8"))
    known = Registry().with_resource("urn:eido", Resource.from_contents(content, default_specification=DRAFT202012))
    return Draft202012Validator({"$ref": "urn:eido#/components/schemas/EmergencyIncidentDataObjectType"}, registry=known)


def test_any_incident_with_a_time_is_written_as_a_valid_eido():
    adapter = adapter_of("eido/any")
    for seed in range(12):
        schema().validate(json.loads(write(adapter, Said(full(Incident, seed), Says(mode="Exercise"))).data))


def test_what_the_golden_cases_say_is_written_as_valid_ones(root):
    written = 0
    for case in testing.cases(root / "tests/golden/eido"):
        adapter = testing.configured(type(adapter_of("eido/any")), case)
        try:
            found = [each for each in read(adapter, testing.sample(case)) if isinstance(each, Said) and isinstance(each.record, Incident)]
        except Rejected:
            continue
        for each in (each for each in found if each.record.updated_at):
            schema().validate(json.loads(write(adapter, each).data))
            written += 1
    assert written
