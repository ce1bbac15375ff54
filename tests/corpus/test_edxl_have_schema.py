"""What edxl-have writes is valid against the published schema of HAVE 1.0."""

from contextlib import suppress
from functools import cache

from corpus.test_corpus import CORPUS, adapter_of
from hypothesis import given, settings
from lxml import etree
from records import any_of, full

from bridge import testing
from bridge.adapter import Said, Says, read, write
from bridge.errors import Unsupported
from bridge.records import Resource

CIQ = {
    b"urn:oasis:names:tc:emergency:edxl:ciq:1.0:xpil": b"urn:oasis:names:tc:ciq:xpil:3",
    b"../../schema/other-supporting-schema/EDXLCT_wd05/edxl_xPIL.xsd": b"../edxl-rm/1.0/xPIL.xsd",
    b"./geo-oasis.xsd": b"../edxl-rm/1.0/geo-oasis.xsd",
}
"""This copy names a later draft of CIQ and keeps what the standard cites in a comment; its GML lacks XLink."""


@cache
def schema():
    path = CORPUS / "_schemas/edxl-have/edxl-have.xsd"
    data = path.read_bytes()
    for later, cited in CIQ.items():
        data = data.replace(later, cited)
    return etree.XMLSchema(etree.fromstring(data, base_url=str(path)))


def facility(record):
    return record.model_copy(update={"kind": "Facility"})


def test_every_full_facility_is_written_as_a_valid_status():
    adapter = adapter_of("edxl-have/any")
    for seed in range(12):
        schema().assertValid(etree.fromstring(write(adapter, Said(facility(full(Resource, seed)), Says())).data))


def test_any_facility_that_is_written_is_valid():
    adapter = adapter_of("edxl-have/any")

    @settings(max_examples=150)
    @given(any_of(Resource))
    def law(record):
        with suppress(Unsupported):
            schema().assertValid(etree.fromstring(write(adapter, Said(facility(record), Says())).data))

    law()


def test_the_golden_cases_are_valid_and_written_as_valid_ones(root):
    written = 0
    for case in testing.cases(root / "tests/golden/edxl-have"):
        adapter = testing.configured(type(adapter_of("edxl-have/any")), case)
        for each in read(adapter, testing.sample(case)):
            if isinstance(each, Said) and isinstance(each.record, Resource):
                schema().assertValid(etree.fromstring(write(adapter, each).data))
                written += 1
    assert written >= 6
