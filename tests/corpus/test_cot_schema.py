"""What Cursor on Target writes, checked against the published schema of the base event."""

import os
from contextlib import suppress
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest
from lxml import etree
from records import full

from bridge import registry
from bridge.adapter import Said, Says, read, write
from bridge.errors import Rejected

CORPUS = Path(os.environ.get("REGIONBUS_CORPUS", Path(__file__).parents[3] / "shared/corpus"))
EVENTS = sorted((CORPUS / "cot").iterdir()) if CORPUS.exists() else []
COT = registry.load("cot")
SAYS = Says(mode="Exercise", sent=datetime(2026, 7, 1, 4, tzinfo=UTC))


@cache
def schema():
    return etree.XMLSchema(etree.parse(CORPUS / "_schemas/cot/takcot/mitre/CoT Base-Event Schema  (PUBLIC RELEASE).xsd"))


def said(path):
    with suppress(Rejected):
        yield from (each for each in read(COT(agency="cn-jiaxing-rescue"), path.read_bytes()) if isinstance(each, Said))


@pytest.mark.parametrize("path", EVENTS, ids=lambda path: path.name)
def test_what_was_read_is_written_as_a_valid_event(path):
    for each in said(path):
        schema().assertValid(etree.fromstring(write(COT(agency="cn-jiaxing-rescue"), each).data))


def test_every_real_event_says_something_but_those_between_programs():
    silent = [path.name for path in EVENTS if not any(said(path))]
    assert all("README" in name for name in silent)


@pytest.mark.parametrize("cls", COT.records, ids=lambda cls: cls.__name__)
def test_any_record_is_written_as_a_valid_event(cls):
    for seed in range(12):
        schema().assertValid(etree.fromstring(write(COT(agency="cn-jiaxing-rescue"), Said(full(cls, seed), SAYS)).data))
