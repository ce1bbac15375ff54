"""What edxl-de writes is valid against the published schema of its edition, whatever is inside."""

import json
from contextlib import suppress
from functools import cache

import pytest
from corpus.test_corpus import CORPUS, adapter_of, files, said, xsd
from jsonschema import Draft7Validator
from lxml import etree
from records import full

from bridge import registry
from bridge.adapter import Said, Says, write
from bridge.errors import Unsupported
from bridge.records import Alert, Area, CodedValue, Incident, Mission, Resource, ResourceRequest, SituationReport

SAYS = Says(
    mode="Exercise",
    action="Request",
    message_id="m-1",
    recipients=("cn-shanghai-fire",),
    recipient_roles=("fire", "police"),
    keywords=("内涝",),
    confidentiality="Restricted",
    lang="zh-CN",
)
AREAS = {
    "1.0": Area(circles=("30.68,121.02 20",), polygons=("31,120 31,121 32,121 31,120",)),
    "2.0": Area(
        circles=("30.68,121.02 20",), polygons=("31,120 31,121 32,121 31,120",) * 2, geocodes=(CodedValue(scheme="urn:cn:gb:2260", code="330400"),)
    ),
}


@cache
def second():
    """The schema of 2.0, which wants schemas of all that may be inside: the standard says any XML."""
    path = CORPUS / "_schemas/edxl-de/edxl-de-v2.0-wd11.xsd"
    return etree.XMLSchema(etree.fromstring(path.read_bytes().replace(b'"strict"', b'"lax"'), base_url=str(path)))


def check(data, edition):
    if edition == "json":
        schema = json.loads((CORPUS / "_schemas/hubsante/EDXL-DE-full.schema.json").read_text("utf-8"))
        schema["definitions"]["EmbeddedJsonContent"] = {}  # it wants schemas of other files
        Draft7Validator(schema).validate(json.loads(data))
    else:
        document = etree.fromstring(data)
        for each in document.iter("{*}report"):  # of a kind that a schema knows which is not here
            each.attrib.pop("{http://www.w3.org/2001/XMLSchema-instance}type", None)
        (xsd("edxl-de/edxlde-1_0.xsd") if edition == "1.0" else second()).assertValid(document)


@pytest.mark.parametrize("edition", ["1.0", "2.0"])
@pytest.mark.parametrize("name", files("edxl-de"))
def test_real_distributions_are_written_as_valid_ones(name, edition):
    adapter = adapter_of(name).model_copy(update={"edition": edition})
    for each in said(adapter, (CORPUS / name).read_bytes()):
        with suppress(Unsupported):  # a document that no format here knows
            check(write(adapter, each).data, edition)


@pytest.mark.parametrize("edition", ["1.0", "2.0"])
@pytest.mark.parametrize("cls", [Alert, ResourceRequest, SituationReport, Incident, Mission, Resource], ids=lambda cls: cls.__name__)
def test_any_record_is_written_in_a_valid_envelope(cls, edition):
    adapter, written = registry.load("edxl-de")(agency="cn-jiaxing-fire", edition=edition), 0
    for seed in range(12):
        with suppress(Unsupported):
            check(write(adapter, Said(full(cls, seed), SAYS.model_copy(update={"area": AREAS[edition]}))).data, edition)
            written += 1
    assert written


def test_the_hubs_json_holds_all_its_fields():
    adapter = registry.load("edxl-de")(agency="fr.health.jx", edition="json", inside={"hubsante": {}})
    for seed in range(4):
        check(write(adapter, Said(full(Incident, seed), SAYS)).data, "json")
