"""What mappings promise beside the laws of all adapters: nothing twice, and no mapping that could not say anything."""

import json

import pytest

from bridge import spec
from bridge.adapter import Said, Says, read, write
from bridge.errors import ConfigError, Unsupported
from bridge.records import Area, CodedValue

UNITS = """
[[record]]
type = "Resource"
each = "body.units"
[record.fields]
resource_id = { at = "id", id = "resource" }
kind = { at = "k", table = { V = "Vehicle" } }
name = "^.station.name"
sharing = { at = "^.s", table = { f = "FreeToUse" } }
"""
THING = """
[[record]]
type = "Resource"
[record.fields]
resource_id = { at = "id", id = "resource" }
kind = { at = "k", table = { V = "Vehicle" } }
[[record]]
type = "ResourceState"
when = "st"
[record.fields]
resource_id = { at = "id", id = "resource" }
availability = { at = "st", table = { a = "Available" } }
"""
ADDRESSED = """
[says]
recipients = "to"
recipient_roles = { at = "roles", split = "、," }
keywords = "about"
"area.description" = "where"
"area.geocodes.0" = { at = "code", scheme = "urn:cn:gb:2260" }
[[record]]
type = "Resource"
[record.fields]
resource_id = { at = "id", id = "resource" }
"""
ALERT = """
[[record]]
type = "Alert"
[record.fields]
identifier = "id"
sender = "s"
sent = "t"
"infos.0.event" = "e"
"infos.0.headline" = "h"
"""


@pytest.fixture
def mapped(tmp_path):
    def load(records):
        path = tmp_path / "pumps.toml"
        path.write_text(f'media_type = "application/json"\nformat = "json"\n{records}', "utf-8")
        return spec.load(path)(agency="a")

    return load


def said(adapter, document):
    return read(adapter, json.dumps(document).encode())


def test_what_stands_around_a_list_and_is_taken_in_part_comes_back_once(mapped):
    document = {"station": {"name": "N", "x": 2}, "s": "?", "body": {"t": 1, "units": [{"id": "1", "k": "V"}]}}
    [found] = said(mapped(UNITS), document)
    assert found.record.extensions == {"pumps:^/station/x": "2", "pumps:^/s": "?", "pumps:^/body/t": "1"}
    assert json.loads(write(mapped(UNITS), found).data) == document


def test_what_stands_around_two_lists_comes_back_where_it_was(mapped):
    document = {"v": 1, "bodies": [{"s": "f", "t": 2, "body": {"units": [{"id": "1", "k": "V"}]}}]}
    adapter = mapped(f'each = "bodies"\n{UNITS}')
    [found] = said(adapter, document)
    assert json.loads(write(adapter, found).data) == document


@pytest.mark.parametrize("place", ["^", "^/body", "^/body/units", "^/body/units/1", "^/station", "body", "id"])
@pytest.mark.parametrize("value", ['"t"', "[]", "[1]", '{"a":1}', '{"units":[{"id":"9"}]}', '{"body":{"a":1}}', '{"name":"Z"}'])
def test_no_extension_makes_an_entry_say_more(mapped, place, value):
    [found] = said(mapped(UNITS), {"body": {"units": [{"id": "1", "k": "V"}]}})
    strange = Said(found.record.model_copy(update={"extensions": {f"pumps:{place}": value}}))
    assert [each.record.name for each in read(mapped(UNITS), write(mapped(UNITS), strange).data)] == [None]


def test_a_record_is_not_written_where_the_entry_would_say_another_too(mapped):
    resource, state = said(mapped(THING), {"id": "1", "k": "V", "st": "a"})
    assert json.loads(write(mapped(THING), resource).data) == {"id": "1", "k": "V"}
    with pytest.raises(Unsupported):
        write(mapped(THING), state)
    strange = Said(resource.record.model_copy(update={"extensions": {"pumps:st": "a", "pumps:more": "b"}}))
    assert json.loads(write(mapped(THING), strange).data) == {"id": "1", "k": "V", "more": "b"}


def test_a_part_without_what_it_cannot_do_without_is_named_with_its_line(mapped):
    with pytest.raises(ConfigError, match=r"pumps.toml:10: record.0.fields.infos.0.event: 'infos.urgency' is required"):
        mapped(ALERT)


def test_a_mapping_says_roles_keywords_and_area_of_address(mapped):
    document = {"id": "1", "to": ["cn-shanghai-fire"], "roles": "fire、police", "about": ["chlorine"], "where": "平湖市", "code": "330482"}
    [found] = said(mapped(ADDRESSED), document)
    area = Area(description="平湖市", geocodes=(CodedValue(scheme="urn:cn:gb:2260", code="330482"),))
    assert found.says == Says(recipients=("cn-shanghai-fire",), recipient_roles=("fire", "police"), keywords=("chlorine",), area=area)
    assert found.record.extensions == {}
    assert json.loads(write(mapped(ADDRESSED), found).data) == document
