"""What hubsante writes is valid against the hub's published, closed schemas."""

import json
from contextlib import suppress
from functools import cache

import pytest
from corpus.test_corpus import CORPUS, adapter_of, files, said
from jsonschema import Draft7Validator
from records import full

from bridge.adapter import Said, Says, write
from bridge.errors import Unsupported
from bridge.records import Incident, ResourceRequest, ResourceState


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


MESSAGES = {"resourcesRequest": "RS-DR", "resourcesResponse": "RS-RR", "resourcesStatus": "RS-SR", "geoPositionsUpdate": "GEO-POS"}


@cache
def closed(message):
    """The schema of another message."""
    return Draft7Validator(json.loads((CORPUS / f"_schemas/hubsante/{MESSAGES[message]}.schema.json").read_text("utf-8")))


def valid(data):
    """The name of a written message, which is valid."""
    ((message, node),) = json.loads(data).items()
    closed(message).validate(node)
    return message


def test_requests_states_and_positions_are_written_as_valid_ones():
    written = []
    for name in files("hubsante"):
        adapter = adapter_of(name)
        for each in said(adapter, (CORPUS / name).read_bytes()):
            if isinstance(each.record, (ResourceRequest, ResourceState)):
                with suppress(Unsupported):  # a resource that is engaged without a name, a question for positions, a state out of another list
                    written.append(valid(write(adapter, each).data))
    assert min(map(written.count, ("resourcesRequest", "resourcesStatus", "geoPositionsUpdate"))) >= 3


@pytest.mark.parametrize(("cls", "message"), [(ResourceRequest, "resourcesResponse"), (ResourceState, "geoPositionsUpdate")])
def test_any_answer_and_any_position_is_written_as_a_valid_one(cls, message):
    adapter, written = adapter_of("hubsante/any"), set()
    for seed in range(12):
        with suppress(Unsupported):  # a step that the hub has no answer for
            written.add(valid(write(adapter, Said(full(cls, seed), Says())).data))
    assert written == {message}
