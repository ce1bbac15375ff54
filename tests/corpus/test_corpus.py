"""Real messages of real systems, in place: what is valid is translated, what is invalid refused, what is written is valid."""

import csv
import json
import os
from contextlib import suppress
from functools import cache
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from lxml import etree

from bridge import registry, testing
from bridge.adapter import Said, read, write
from bridge.errors import Rejected, Unsupported

CORPUS = Path(os.environ.get("REGIONBUS_CORPUS", Path(__file__).parents[3] / "shared/corpus"))
READERS = {"resource-csv": "sahana-csv"}
"""Which adapter reads a folder that is not of its name: the lists of resources are those of another system."""
FORMATS = sorted({*registry.entries(), *READERS} - {*READERS.values()})
"""Folders of the corpus, as far as there are any."""


@cache
def index():
    with (CORPUS / "INDEX.tsv").open(encoding="utf-8") as file:
        return {row["file"]: row["validity"] for row in csv.DictReader(file, delimiter="\t")}


def files(*formats):
    return [name for name in index() if name.partition("/")[0] in formats] if CORPUS.exists() else []


def adapter_of(name):
    folder = name.partition("/")[0]
    return registry.load(READERS.get(folder, folder))(agency="cn-jiaxing-fire")


def said(adapter, data):
    try:
        return [each for each in read(adapter, data) if isinstance(each, Said)]
    except Rejected:
        return []


def test_the_corpus_is_there():
    assert len(index()) >= 600


NO_MESSAGES = {
    "exxamalte-python-aio-georss-client__xml_parser_simple_3.xml",  # another feed's root
    "michaelsparks13-etl-nws-alerts__zone-coz220.json",  # a zone, no warning
    "michaelsparks13-etl-nws-alerts__zone-coz222.json",
    "qwd-dev-site__getStormForecast.json",  # a track that names no storm
    "qwd-dev-site__getStormTrack.json",
    "xchangecore-connector-rm__RequestParameters.xml",  # the settings of a program
}
"""Valid of their kind, but no message of this format: refused with that reason."""


@pytest.mark.parametrize("name", FORMATS)
def test_real_messages_say_something(name):
    valid = [file for file in files(name) if index()[file] == "valid"]
    assert not valid or any(said(adapter_of(file), (CORPUS / file).read_bytes()) for file in valid)


@pytest.mark.parametrize("name", files(*FORMATS))
def test_what_is_valid_is_translated_and_what_is_invalid_refused(name):
    data, adapter = (CORPUS / name).read_bytes(), adapter_of(name)
    if index()[name] == "valid" and name.partition("/")[2] not in NO_MESSAGES:
        assert all(isinstance(each, Said) for each in read(adapter, data))
    elif index()[name] == "invalid":
        assert said(adapter, data) == []
    assert list(testing.broken_laws(adapter, data)) == []


@cache
def xsd(name):
    return etree.XMLSchema(etree.parse(CORPUS / "_schemas" / name))


@pytest.mark.parametrize("name", files("cap"))
def test_what_cap_writes_is_valid_cap(name):
    adapter = adapter_of(name)
    for each in said(adapter, (CORPUS / name).read_bytes()):
        xsd("cap/cap12.xsd").assertValid(etree.fromstring(write(adapter, each).data))


DIALECTS = {"hub-json": "EMSI.hubsante.schema.json", "hub-xml": "EMSI.hubsante.xsd", "tso": "tso.xsd"}


def emsi_schema(name):
    schema = (CORPUS / "_schemas/emsi" / name).read_text("utf-8")
    if name.endswith(".json"):
        return lambda document: Draft202012Validator(json.loads(schema)).validate(json.loads(document)["emsi"])
    # the hub's XSD, as published, names a type that nobody defines: no validator loads it
    compiled = etree.XMLSchema(etree.fromstring(schema.replace('type="enum"', 'type="string"').encode()))
    return lambda document: compiled.assertValid(etree.fromstring(document))


@pytest.mark.parametrize("dialect", DIALECTS if CORPUS.exists() else [])
def test_what_emsi_writes_is_valid_in_every_dialect(dialect):
    cls, validate, valid = registry.load("emsi"), emsi_schema(DIALECTS[dialect]), 0
    for name in files("emsi"):
        for each in said(cls(agency="cn-jiaxing-fire"), (CORPUS / name).read_bytes()):
            with suppress(Unsupported):  # it has no home in this dialect
                validate(write(cls(agency="cn-jiaxing-fire", dialect=dialect), each).data)
                valid += 1
    assert valid
