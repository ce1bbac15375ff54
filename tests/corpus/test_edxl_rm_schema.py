"""What edxl-rm writes is valid against the published schema of its message."""

from contextlib import suppress
from typing import get_args

import pytest
from corpus.test_corpus import CORPUS, adapter_of, files, said, xsd
from hypothesis import given, settings
from lxml import etree
from records import any_of, full

from bridge import testing
from bridge.adapter import Said, Says, read, write
from bridge.errors import Rejected, Unsupported
from bridge.records import RequestStep, ResourceRequest

STEPS = sorted(set(get_args(RequestStep)) - {"Unknown"})


def check(data):
    root = etree.fromstring(data)
    xsd(f"edxl-rm/1.0/EDXL-RM{etree.QName(root).localname}.xsd").assertValid(root)
    return etree.QName(root).localname


@pytest.mark.parametrize("name", files("edxl-rm"))
def test_real_messages_are_written_as_valid_ones(name):
    adapter = adapter_of(name)
    for each in said(adapter, (CORPUS / name).read_bytes()):
        check(write(adapter, each).data)


@pytest.mark.parametrize("step", STEPS)
def test_every_step_is_written_as_a_valid_message(step):
    adapter, written = adapter_of("edxl-rm/any"), 0
    for seed in range(8):
        record = full(ResourceRequest, seed).model_copy(update={"step": step})
        declined = [line.model_copy(update={"decline_reason": None}) for line in record.lines]
        for lines in ((), tuple(declined), record.lines):
            with suppress(Unsupported):  # an Accept whose lines are all declined
                check(write(adapter, Said(record.model_copy(update={"lines": lines}), Says(message_id="m-1"))).data)
                written += 1
    assert written >= 8


def test_all_sixteen_messages_are_written():
    adapter, record = adapter_of("edxl-rm/any"), full(ResourceRequest, 1)
    lines = tuple(line.model_copy(update={"decline_reason": None}) for line in record.lines)
    found = {check(write(adapter, Said(record.model_copy(update={"step": step, "lines": lines}), Says())).data) for step in STEPS}
    assert len(found) == 16


def test_any_request_that_is_written_is_valid():
    adapter = adapter_of("edxl-rm/any")

    @settings(max_examples=150)
    @given(any_of(ResourceRequest))
    def law(record):
        with suppress(Unsupported):
            check(write(adapter, Said(record, Says())).data)

    law()


def test_what_the_golden_cases_say_is_written_as_valid_messages(root):
    written = 0
    for case in testing.cases(root / "tests/golden/edxl-rm"):
        adapter = testing.configured(type(adapter_of("edxl-rm/any")), case)
        with suppress(Rejected):
            for each in read(adapter, testing.sample(case)):
                if isinstance(each, Said) and isinstance(each.record, ResourceRequest):
                    check(write(adapter, each).data)
                    written += 1
    assert written >= 8
