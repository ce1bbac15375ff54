import re

import pytest

from bridge import spec
from bridge.adapter import undeclared
from bridge.errors import ConfigError
from bridge.mapped import Mapped
from bridge.model import Model
from bridge.records import Address, Incident, Location, Resource

HEAD = ['media_type = "application/json"', 'format = "json"']
TABLE = ["[[record]]", 'type = "Resource"', "[record.fields]", 'resource_id = "id"', 'kind = "k"']
LINE = len(HEAD) + len(TABLE) + 1


@pytest.fixture
def load(tmp_path):
    def load(*lines):
        path = tmp_path / "river-watch.toml"
        path.write_text("\n".join(lines), "utf-8")
        return spec.load(path)

    return load


def refused(load, *lines):
    with pytest.raises(ConfigError) as caught:
        load(*lines)
    return re.sub(r"^.*river-watch.toml", "", str(caught.value))


# ---- what a file makes


def test_a_file_is_an_adapter_called_after_it(load):
    cls = load("# Gauges of the river office.", *HEAD, *TABLE)
    assert issubclass(cls, Mapped)
    assert (cls.name, cls.media_type, cls.records, cls.__doc__) == ("river-watch", "application/json", (Resource,), "Gauges of the river office.")


def test_the_options_of_a_file_are_defaults(load):
    cls = load(*HEAD, 'zone = "Asia/Shanghai"', 'datum = "gcj02"', 'encoding = "gbk"', *TABLE)
    assert cls().model_dump() == dict(agency=None, zone="Asia/Shanghai", datum="gcj02", encoding="gbk", delimiter=",")
    assert cls(datum="bd09").datum == "bd09"


@pytest.mark.parametrize(
    "options", [{"datum": "gcj"}, {"zone": "Mars"}, {"encoding": "x"}, {"delimiter": ";;"}, {"delimiter": ""}, {"zone": ""}, {"colour": 1}]
)
def test_an_option_that_cannot_be_is_refused_for_a_link_too(load, options):
    cls = load(*HEAD, *TABLE)
    with pytest.raises(ValueError, match=next(iter(options))):
        cls(**options)


def test_two_files_make_two_adapters(load):
    one, other = load(*HEAD, *TABLE), load(*HEAD, 'zone = "UTC"', *TABLE, 'name = "n"')
    assert (one().zone, other().zone) == (None, "UTC")
    assert "Resource.name" in one.loses - other.loses


def test_a_record_may_be_said_in_two_ways(load):
    cls = load(*HEAD, *TABLE, *TABLE, 'name = "n"')
    assert cls.records == (Resource,)
    assert len(cls.parts) == 2


# ---- what a file says wrongly

WRONG = [
    ('nam = "n"', "nam: 'nam' is no field of the record; did you mean 'name'?"),
    ('"home_base.adress.text" = "n"', "home_base.adress.text: 'adress' is no field of the record; did you mean 'address'?"),
    ('"name.x" = "n"', "name.x: 'x' is no field of the record; "),
    ('"types.x" = "n"', "types.x: 'x' is no field of the record; "),
    ('name = { att = "n" }', "name.att: no such word; did you mean 'at'?"),
    ('contacts = { each = "c", fields = { nam = "n" } }', "contacts.fields.nam: 'nam' is no field of the record; did you mean 'name'?"),
    ('sharing = { at = "s", table = { x = "OnReqest" } }', "sharing: 'OnReqest' is no symbol of the field; did you mean 'OnRequest'?"),
    ('sharing = { fixed = "OnReqest" }', "sharing: 'OnReqest' is no symbol of the field; did you mean 'OnRequest'?"),
    ('sharing = { at = "s", default = "OnReqest" }', "sharing: 'OnReqest' is no symbol of the field; did you mean 'OnRequest'?"),
    ('personnel = { at = "p", default = "many" }', "personnel: "),
    ('personnel = { fixed = "many" }', "personnel: "),
    ('cost = { at = "s", codes = "cap-severty" }', "cost: .*'cap-severty'.*cap-severity"),
    ('sharing = { at = "s", codes = "cap-severity" }', "sharing: '.*' is no symbol of the field"),
    ('available_from = { at = "t", time = "epoc" }', "available_from.time: .*epoc"),
    ('available_from = { at = "t", time = "%Q" }', "available_from.time: .*%Q"),
    ("quantity = { at = 'q', factor = 'x' }", "quantity.factor: Input should be a valid number"),
    ("quantity = { at = 'q', factor = 0.0 }", "quantity"),
    ("name = {}", "name: it needs 'at', the native place"),
    ("name = 5", "name: "),
    ('"types.0" = "t"', "types.0: a coded value needs its 'scheme'"),
    ('types = "t"', "types: this shared field cannot stand alone"),
    ('home_base = "t"', "home_base: this shared field cannot stand alone"),
    ('extensions = "t"', "extensions: this shared field cannot stand alone"),
    ('"home_base.point" = { lat = "y" }', "home_base.point: a point needs 'lat' and 'lon'"),
    ('name = { each = "c", fields = {} }', "name: "),
    ('sharing = { each = "c", fields = {} }', "sharing: "),
    ('home_base = { each = "c", fields = {} }', "home_base: "),
    ('capabilities = { each = "c", fields = { level = "l" } }', "capabilities.*: .*code"),
    ('capabilities = { each = "c", fields = { "code.code" = "l" } }', "capabilities.*: .*scheme"),
]


@pytest.mark.parametrize(("line", "reason"), WRONG, ids=[line for line, _ in WRONG])
def test_a_wrong_line_is_named_with_what_was_probably_meant(load, line, reason):
    assert re.match(rf":{LINE}: record\.0\.fields\.{reason}", refused(load, *HEAD, *TABLE, line))


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ('zone = "Asia/Shangai"', "zone: .*'Asia/Shangai' is not an IANA time zone such as Asia/Shanghai"),
        ('zone = ""', "zone: "),
        ('datum = "gcj"', "datum: Input should be 'wgs84', 'gcj02' or 'bd09'"),
        ('encoding = "gb"', "encoding: .*'gb' is not an encoding"),
        ('delimiter = ";;"', "delimiter: "),
        ('colums = ["a"]', r"colums: no such word; did you mean 'columns'\?"),
        ("each = 5", "each: Input should be a valid string"),
    ],
)
def test_a_wrong_word_of_the_head_is_named_with_its_line(load, line, reason):
    assert re.match(f":3: {reason}", refused(load, *HEAD, line, *TABLE))


def test_a_wrong_format_is_named_with_those_there_are(load):
    assert refused(load, HEAD[0], 'format = "yaml"', *TABLE) == ":2: format: Input should be 'json', 'csv' or 'xml'"


def test_xml_needs_the_name_of_its_root(load):
    assert "root" in refused(load, HEAD[0], 'format = "xml"', *TABLE)


@pytest.mark.parametrize(("missing", "reason"), [(0, "media_type: Field required"), (1, "format: Field required")])
def test_what_a_file_cannot_do_without_is_named(load, missing, reason):
    assert refused(load, HEAD[1 - missing], *TABLE) == f":1: {reason}"


def test_a_file_without_a_record_is_refused(load):
    assert refused(load, *HEAD) == ":1: record: Field required"


def test_a_wrong_record_is_named_with_the_nearest(load):
    assert refused(load, *HEAD, "[[record]]", 'type = "Resorce"', "[record.fields]") == ":4: record.0.type: no such record; did you mean 'Resource'?"


def test_a_wrong_word_of_a_record_is_named_with_the_nearest(load):
    assert (
        refused(load, *HEAD, "[[record]]", 'type = "Resource"', 'wen = "x"', "[record.fields]")
        == ":5: record.0.wen: no such word; did you mean 'when'?"
    )


def test_a_fault_in_the_second_record_is_found_there(load):
    assert refused(load, *HEAD, *TABLE, *TABLE, 'nam = "n"').startswith(f":{LINE + len(TABLE)}: record.1.fields.nam:")


def test_a_record_that_lacks_what_it_cannot_do_without_is_refused(load):
    found = refused(load, *HEAD, "[[record]]", 'type = "Resource"', "[record.fields]", 'kind = "k"')
    assert found == ":5: record.0.fields: 'resource_id' is required and has no native place"


def test_a_wrong_word_about_the_message_is_named_with_the_nearest(load):
    assert refused(load, *HEAD, *TABLE, "[says]", 'mod = "m"') == f":{LINE + 1}: says.mod: 'mod' is no field of the record; did you mean 'mode'?"
    assert "did you mean 'Actual'?" in refused(load, *HEAD, *TABLE, "[says]", 'mode = { at = "m", table = { a = "Actul" } }')


def test_a_list_in_one_cell_needs_its_separators(load):
    table = [
        "[[record]]",
        'type = "Incident"',
        "[record.fields]",
        'incident_id = "id"',
        'category = "c"',
        'lifecycle = "l"',
        'involved_agencies = "i"',
    ]
    assert "split" in refused(load, HEAD[0], 'format = "csv"', *table)


# ---- what a file declares as lost


def test_what_no_field_names_is_lost(load):
    cls = load(*HEAD, *TABLE, 'name = "n"', '"home_base.name" = "h"')
    assert {"Resource.quantity", "Resource.home_base.note", "Resource.types.code", "Resource.contacts.name"} <= cls.loses
    assert not {"Resource.name", "Resource.home_base.name", "Resource.resource_id"} & cls.loses


@pytest.mark.parametrize(
    ("line", "lost"),
    [
        ('"types.0" = { at = "t", scheme = "s" }', "Resource.types"),
        ('sharing = { at = "s", table = { "no" = "NotShared" } }', "Resource.sharing"),
        ('available_from = { at = "t", time = "local" }', "Resource.available_from"),
        ('available_from = { at = "t", time = "%Y/%m/%d %H:%M" }', "Resource.available_from"),
        ('contacts = { each = "c", fields = { name = "n", role = { at = "r", table = { "o" = "Owner" } } } }', "Resource.contacts.role"),
        ('contacts = { each = "c", fields = { name = "n", role = "r" } }', "Resource.contacts.value"),
    ],
)
def test_what_a_verb_carries_in_part_is_lost_in_part(load, line, lost):
    assert lost in load(*HEAD, *TABLE, line).loses


@pytest.mark.parametrize("line", ['sharing = "s"', 'available_from = "t"', 'available_from = { at = "t", time = "epoch-ms" }'])
def test_what_a_verb_carries_whole_is_not_lost(load, line):
    assert f"Resource.{line.partition(' ')[0]}" not in load(*HEAD, *TABLE, line).loses


@pytest.mark.parametrize(("grades", "lost"), [("1234", False), ("123", True)])
def test_a_scale_is_lost_unless_every_grade_has_its_word(load, grades, lost):
    table = ", ".join(f'"grade {grade}" = "{grade}"' for grade in grades)
    incident = ["[[record]]", 'type = "Incident"', "[record.fields]", 'incident_id = "id"', 'category = "c"', 'lifecycle = "l"']
    cls = load(*HEAD, *incident, f'level = {{ at = "g", table = {{ {table} }} }}')
    assert ("Incident.level" in cls.loses) is lost


def test_a_list_that_is_carried_part_by_part_is_not_lost(load):
    assert "Resource.contacts.name" not in load(*HEAD, *TABLE, 'contacts = { each = "c", fields = { name = "n" } }').loses


def test_the_places_of_a_record_are_those_that_can_hold_a_value():
    places = list(spec.places(Incident))
    assert {"name", "location.point.lat", "location.address.text", "zones.area.polygons", "zones.kind.code", "extensions"} <= set(places)
    assert not {"location", "zones", "location.point"} & set(places)
    assert len(places) == len(set(places))


def test_every_declared_loss_covers_all_below_it(load):
    cls = load(*HEAD, *TABLE, '"types.0" = { at = "t", scheme = "s" }')
    assert undeclared(cls, Resource(resource_id="r", owner="o", kind="Team"), ("types.code", "types.label", "name")) == []
    assert undeclared(cls, Resource(resource_id="r", owner="o", kind="Team"), ("resource_id",)) == ["resource_id"]


def test_a_type_is_bared_of_its_options_and_bounds():
    assert spec.bare(Incident.model_fields["level"].annotation) is int
    assert spec.bare(Location.model_fields["address"].annotation) is Address
    assert issubclass(spec.bare(Incident.model_fields["location"].annotation), Model)
