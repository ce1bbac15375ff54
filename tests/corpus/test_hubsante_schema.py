"""What hubsante writes is valid against the hub's published, closed schema of RC-EDA."""

import json
from functools import cache

import pytest
from corpus.test_corpus import CORPUS, adapter_of, files, said
from jsonschema import Draft7Validator
from records import full

from bridge.adapter import Said, Says, write
from bridge.records import Incident


@cache
def schema():
    """The schema of a case."""
    return Draft7Validator(json.loads((CORPUS / "_schemas/hubsante/RC-EDA.schema.json").read_text("utf-8")))


def is_of_today(name):
    """Whether the source keeps today's schema itself: older use cases do not."""
    document = json.loads((CORPUS / name).read_bytes())
    return schema().is_valid(document.get("createCase"))


CASES = [name for name in files("hubsante") if "RC-EDA" in name and name.endswith(".json")]


@pytest.mark.parametrize("name", CASES)
def test_a_case_is_written_as_a_valid_one_and_as_it_was(name):
    adapter, data = adapter_of(name), (CORPUS / name).read_bytes()
    (found,) = said(adapter, data)
    written = write(adapter, found)
    if is_of_today(name):
        schema().validate(json.loads(written.data)["createCase"])
        assert written.losses == ()


def test_there_are_cases_of_today():
    assert sum(map(is_of_today, CASES)) >= 4


def test_any_incident_is_written_as_a_valid_case():
    adapter = adapter_of("hubsante/any")
    for seed in range(12):
        schema().validate(json.loads(write(adapter, Said(full(Incident, seed), Says())).data)["createCase"])
