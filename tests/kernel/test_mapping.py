import csv
import io
import json
from datetime import UTC, datetime

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from records import WORD, any_of

from bridge import spec, xml
from bridge.adapter import Said, Says, read, undeclared, write
from bridge.errors import Malformed, Rejected, Unsupported
from bridge.records import Capability, CodedValue, Contact, GeoPoint, Incident, Location, Note, Resource, ResourceState

NOON = datetime(2026, 7, 1, 4, 0, tzinfo=UTC)
RESOURCE = """
[[record]]
type = "Resource"
[record.fields]
resource_id = { at = "id", id = "resource" }
kind = { at = "k", table = { V = "Vehicle", v = "Vehicle", T = "Team" } }
"""
INCIDENT = """
[[record]]
type = "Incident"
[record.fields]
incident_id = { at = "id", id = "incident" }
category = { fixed = "Accident" }
lifecycle = "l"
"""
BASE = {RESOURCE: {"id": "1", "k": "V"}, INCIDENT: {"id": "1", "l": "Reported"}}
SHANGHAI = {"zone": "Asia/Shanghai"}


@pytest.fixture
def speaking(tmp_path):
    """An adapter out of a record's table, more fields of it, and words for the head of the file."""

    def load(record, fields="", *, form="json", head="", **options):
        path = tmp_path / "pumps.toml"
        path.write_text(f'media_type = "application/{form}"\nformat = "{form}"\n{head}\n{record}{fields}\n', "utf-8")
        return spec.load(path)(agency="a", **options)

    return load


def said_by(adapter, native):
    [said] = read(adapter, json.dumps(native).encode())
    return said


def written(adapter, record):
    return json.loads(write(adapter, Said(record)).data)


def refusal(call, *args):
    with pytest.raises(Rejected) as caught:
        call(*args)
    return caught.value


def resource(**fields):
    return Resource(**dict(resource_id="a.resource.1", owner="a", kind="Vehicle") | fields)


def incident(**fields):
    return Incident(**dict(incident_id="a.incident.1", owner="a", category="Accident", lifecycle="Reported", location=Location()) | fields)


# ---- every verb, both ways

VERBS = [
    (RESOURCE, 'name = "n"', {}, {"n": "泵车"}, {"name": "泵车"}),
    (RESOURCE, 'name = "a.b.c"', {}, {"a": {"b": {"c": "泵车"}}}, {"name": "泵车"}),
    (RESOURCE, 'name = { at = "n", as_text = false }', {}, {"n": 119}, {"name": "119"}),
    (RESOURCE, 'quantity = "q"', {}, {"q": 1.5}, {"quantity": 1.5}),
    (RESOURCE, 'quantity = { at = "q", as_text = true }', {}, {"q": "1.5"}, {"quantity": 1.5}),
    (RESOURCE, 'quantity = { at = "litres", factor = 0.001 }', {}, {"litres": 1500}, {"quantity": 1.5}),
    (RESOURCE, 'personnel = "p"', {}, {"p": 6}, {"personnel": 6}),
    (RESOURCE, 'mobilisation_minutes = { at = "hours", factor = 60.0 }', {}, {"hours": 1.5}, {"mobilisation_minutes": 90}),
    (RESOURCE, 'available_from = "t"', {}, {"t": "2026-07-01T04:00:00Z"}, {"available_from": NOON}),
    (RESOURCE, 'available_from = "t"', SHANGHAI, {"t": "2026-07-01T12:00:00+08:00"}, {"available_from": NOON}),
    (RESOURCE, 'available_from = { at = "t", time = "epoch" }', {}, {"t": 1782878400}, {"available_from": NOON}),
    (RESOURCE, 'available_from = { at = "t", time = "epoch-ms" }', {}, {"t": 1782878400123}, {"available_from": NOON.replace(microsecond=123_000)}),
    (RESOURCE, 'available_from = { at = "t", time = "%d.%m.%Y %H:%M" }', SHANGHAI, {"t": "01.07.2026 12:00"}, {"available_from": NOON}),
    (RESOURCE, 'sharing = "s"', {}, {"s": "FreeToUse"}, {"sharing": "FreeToUse"}),
    (RESOURCE, 'sharing = { at = "s", table = { no = "NotShared" } }', {}, {"s": "no"}, {"sharing": "NotShared"}),
    (INCIDENT, 'severity = { at = "s", codes = "warning-severity" }', {}, {"s": "orange"}, {"severity": "Severe"}),
    (RESOURCE, '"types.0" = { at = "t", scheme = "urn:x" }', {}, {"t": "PUMP"}, {"types": (CodedValue(scheme="urn:x", code="PUMP"),)}),
    (
        RESOURCE,
        '"types.0" = { at = "t.code", scheme = "urn:x", label = "t.name" }\n"types.1" = { at = "u", scheme = "urn:y" }',
        {},
        {"t": {"code": "PUMP", "name": "泵车"}, "u": "7"},
        {"types": (CodedValue(scheme="urn:x", code="PUMP", label="泵车"), CodedValue(scheme="urn:y", code="7"))},
    ),
    (INCIDENT, 'involved_agencies = "i"', {}, {"i": ["a", "b"]}, {"involved_agencies": ("a", "b")}),
    (INCIDENT, 'involved_agencies = { at = "i", split = "、,;" }', {}, {"i": "a、b"}, {"involved_agencies": ("a", "b")}),
    (
        INCIDENT,
        '"location.point" = { lat = "y", lon = "x" }',
        {},
        {"y": 30.5, "x": 121.0},
        {"location": Location(point=GeoPoint(lat=30.5, lon=121.0))},
    ),
    (
        INCIDENT,
        '"location.point" = { lat = "p.y", lon = "p.x", alt = "p.z", as_text = true }\n"location.name" = "p.n"',
        {},
        {"p": {"y": "0.0", "x": "-0.5", "z": "12.5", "n": "x"}},
        {"location": Location(point=GeoPoint(lat=0.0, lon=-0.5, alt=12.5), name="x")},
    ),
    (INCIDENT, 'trend = { fixed = "Stable" }', {}, {}, {"trend": "Stable"}),
    (INCIDENT, 'trend = { at = "t", default = "Stable" }', {}, {}, {"trend": "Stable"}),
    (INCIDENT, 'trend = { at = "t", default = "Stable" }', {}, {"t": "Worsening"}, {"trend": "Worsening"}),
    (INCIDENT, 'trend = { at = "t", default = "Stable", required = true }', {}, {"t": "Stable"}, {"trend": "Stable"}),
    (
        RESOURCE,
        'contacts = { each = "c", fields = { name = "n", role = { at = "r", table = { o = "Owner" } } } }',
        {},
        {"c": [{"n": "x", "r": "o"}, {"n": "y"}]},
        {"contacts": (Contact(name="x", role="Owner"), Contact(name="y"))},
    ),
]


@pytest.mark.parametrize("case", VERBS, ids=[fields for _, fields, *_ in VERBS])
def test_a_verb_reads_what_it_writes(speaking, case):
    record, fields, options, native, shared = case
    adapter = speaking(record, fields, **options)
    found = said_by(adapter, BASE[record] | native).record
    assert {name: getattr(found, name) for name in shared} == shared
    assert found.extensions == {}
    assert written(adapter, found) == BASE[record] | native


def test_a_local_id_is_shared_under_its_agency(speaking):
    adapter = speaking(RESOURCE)
    assert said_by(adapter, {"id": 7, "k": "V"}).record.resource_id == "a.resource.7"
    assert written(adapter, resource(resource_id="b.resource.7"))["id"] == "b.resource.7"


def test_the_first_code_of_a_meaning_is_the_one_written(speaking):
    adapter = speaking(RESOURCE)
    read = said_by(adapter, {"id": "1", "k": "v"}).record
    assert written(adapter, read)["k"] == "v", "the source's own word comes back"
    assert written(adapter, read.model_copy(update={"extensions": {}}))["k"] == "V"


@pytest.mark.parametrize("native", ["a, b", " a ;b", "a,,b;", "a、b"])
def test_any_of_the_separators_splits_a_list(speaking, native):
    adapter = speaking(INCIDENT, 'involved_agencies = { at = "i", split = "、,;" }')
    assert said_by(adapter, BASE[INCIDENT] | {"i": native}).record.involved_agencies == ("a", "b")


@pytest.mark.parametrize("datum", ["gcj02", "bd09"])
def test_a_point_is_converted_from_and_to_the_datum_that_is_set(speaking, datum):
    adapter = speaking(INCIDENT, '"location.point" = { lat = "y", lon = "x" }', datum=datum)
    native = BASE[INCIDENT] | {"y": 30.75, "x": 120.75}
    found = said_by(adapter, native).record
    assert 0.001 < abs(found.location.point.lon - 120.75) < 0.02
    assert written(adapter, found) == native


def test_an_option_of_the_file_may_be_set_for_a_link(speaking):
    fields = 'available_from = "t"'
    native = BASE[RESOURCE] | {"t": "2026-07-01 12:00"}
    assert said_by(speaking(RESOURCE, fields, head='zone = "Asia/Shanghai"'), native).record.available_from == NOON
    assert said_by(speaking(RESOURCE, fields, head='zone = "Asia/Shanghai"', zone="UTC"), native).record.available_from == NOON.replace(hour=12)


# ---- silence


@pytest.mark.parametrize("native", [{}, {"n": None}, {"n": ""}, {"n": []}, {"n": {}}])
def test_silence_of_the_source_says_nothing(speaking, native):
    found = said_by(speaking(RESOURCE, 'name = "n"\nquantity = { at = "n" }'), BASE[RESOURCE] | native).record
    assert (found.name, found.quantity) == (None, None)


@pytest.mark.parametrize(
    "field",
    [
        'name = { at = "n", silent = ["9999", "-"] }',
        'quantity = { at = "n", silent = ["9999", "-"] }',
        'sharing = { at = "n", silent = ["9999", "-"] }',
    ],
)
@pytest.mark.parametrize("native", ["9999", " 9999 ", 9999, "-"])
def test_a_word_that_means_silence_says_nothing(speaking, field, native):
    found = said_by(speaking(RESOURCE, field), BASE[RESOURCE] | {"n": native}).record
    assert (found.name, found.quantity, found.sharing) == (None, None, "OnRequest")


@pytest.mark.parametrize(
    ("field", "shared"),
    [
        ('name = { at = "n", silent = ["none"] }', {"name": "none"}),
        ('quantity = { at = "n", silent = ["9999"] }', {"quantity": 9999.0}),
        ('personnel = { at = "n", silent = ["9999"] }', {"personnel": 9999}),
        ('sharing = { at = "n", silent = ["x"], table = { x = "NotShared" } }', {"sharing": "NotShared"}),
    ],
)
def test_what_would_be_taken_for_silence_cannot_be_said(speaking, field, shared):
    assert isinstance(refusal(written, speaking(RESOURCE, field), resource(**shared)), Unsupported)


def test_an_owner_that_the_source_does_not_name_is_the_links_agency(speaking):
    assert said_by(speaking(RESOURCE), BASE[RESOURCE]).record.owner == "a"
    assert said_by(speaking(RESOURCE, 'owner = "o"'), BASE[RESOURCE] | {"o": "b"}).record.owner == "b"


def test_what_a_record_cannot_do_without_is_missing_by_its_native_place(speaking):
    error = refusal(said_by, speaking(RESOURCE), {"k": "V"})
    assert (type(error), error.code, error.at) == (Malformed, "missing", "id")


def test_a_required_symbol_that_the_source_does_not_name_is_unknown(speaking):
    assert said_by(speaking(RESOURCE), {"id": "1"}).record.kind == "Unknown"


def test_what_the_format_cannot_do_without_must_be_said(speaking):
    adapter = speaking(RESOURCE, 'name = { at = "n", required = true }')
    error = refusal(written, adapter, resource())
    assert (type(error), error.at) == (Unsupported, "name")


def test_an_unknown_code_where_one_is_required_comes_back_too(speaking):
    adapter = speaking(RESOURCE, 'sharing = { at = "s", table = { no = "NotShared" }, required = true }')
    native = BASE[RESOURCE] | {"s": "maybe"}
    record = said_by(adapter, native).record.model_copy(update={"sharing": "Unknown"})
    assert written(adapter, record) == native


# ---- what cannot be read


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ('name = "n"', {"x": 1}, "wrong-shape"),
        ('name = "n"', ["a", "b"], "wrong-shape"),
        ('name = "n.m"', "text", "wrong-shape"),
        ('quantity = "n"', "many", "not-a-number"),
        ('quantity = "n"', "1_0", "not-a-number"),
        ('quantity = "n"', True, "not-a-number"),
        ('quantity = "n"', {"x": 1}, "not-a-number"),
        ('quantity = "n"', "1e999", "not-finite"),
        ('quantity = "n"', "NaN", "not-finite"),
        ('personnel = "n"', 1.5, "not-a-number"),
        ('personnel = "n"', 2**40, "field"),
        ('available_from = "n"', "soon", "not-a-time"),
        ('available_from = "n"', "2026-07-01 12:00", "no-zone"),
        ('available_from = { at = "n", time = "epoch" }', 5, "not-a-time"),
        ('available_from = { at = "n", time = "epoch" }', "x", "not-a-number"),
        ('available_from = { at = "n", time = "%Y" }', "x", "not-a-time"),
        ('"home_base.point" = { lat = "n", lon = "m" }', 5, "not-a-number"),
        ('"home_base.point" = { lat = "n", lon = "n" }', 91, "not-a-position"),
        ('contacts = { each = "n", fields = { name = "x" } }', [5], "wrong-shape"),
    ],
)
def test_a_value_that_cannot_be_is_the_senders_turn(speaking, field, value, code):
    error = refusal(said_by, speaking(RESOURCE, field), BASE[RESOURCE] | {"n": value})
    assert (error.code, error.turn) == (code, "sender")


@pytest.mark.parametrize(
    "field", ['quantity = "n"', 'personnel = "n"', 'personnel = { at = "n", factor = 60.0 }', '"home_base.point" = { lat = "n", lon = "n" }']
)
@pytest.mark.parametrize("value", ["1" + "0" * 400, "1e308", "-1e308"])
def test_a_number_out_of_all_bounds_is_the_senders_turn(speaking, field, value):
    adapter = speaking(RESOURCE, field)
    try:
        [said] = read(adapter, json.dumps(BASE[RESOURCE]).encode()[:-1] + f', "n": {value}}}'.encode())
    except Rejected as error:
        assert error.turn == "sender"  # noqa: PT017  it may be read as well
    else:
        assert said.record.quantity == float(value)


@pytest.mark.parametrize(
    ("native", "at"),
    [
        ({"t": "x", "lat": "north", "lon": 2}, "lat"),  # the point comes first in the mapping
        ({"t": "x", "p": 7}, "t"),
        ({"n": "?", "p": 7}, "p/a"),
        ({"p": 7}, "p/a"),
    ],
)
def test_of_wrong_values_the_first_of_the_mapping_is_refused(speaking, native, at):
    fields = '"home_base.point" = { lat = "lat", lon = "lon" }\navailable_from = "t"\nname = "p.a"\nquantity = "n"'
    adapter = speaking(RESOURCE, fields, **SHANGHAI)
    document = json.dumps(native | {"id": "1", "k": "V"})
    assert refusal(read, adapter, document.encode()).at == at


def test_an_object_alone_in_a_list_is_read_and_the_list_comes_back(speaking):
    adapter = speaking(RESOURCE, 'name = "p.a"')
    found = said_by(adapter, {"id": "1", "k": "V", "p": [{"a": "N", "b": 1}]}).record
    assert (found.name, found.extensions) == ("N", {"pumps:p": '[{"a":"N","b":1}]'})


@pytest.mark.parametrize(("native", "number"), [("1,500", 1500.0), (" 7 ", 7.0), ("-0.5", -0.5), (10**30, 1e30)])
def test_a_number_is_read_however_it_is_written(speaking, native, number):
    assert said_by(speaking(RESOURCE, 'quantity = "q"'), BASE[RESOURCE] | {"q": native}).record.quantity == number


def test_a_whole_number_may_have_any_unit(speaking):
    adapter = speaking(RESOURCE, 'personnel = { at = "hundreds", factor = 100.0 }')
    assert said_by(adapter, BASE[RESOURCE] | {"hundreds": 0.29}).record.personnel == 29


def test_an_epoch_is_written_as_a_whole_number(speaking):
    adapter = speaking(RESOURCE, 'available_from = { at = "t", time = "epoch-ms" }')
    for millis in range(0, 1000, 7):
        data = write(adapter, Said(resource(available_from=NOON.replace(microsecond=millis * 1000)))).data
        assert f'"t":{1782878400000 + millis}}}'.encode() in data


# ---- what cannot be written


@pytest.mark.parametrize(
    ("record", "field", "shared"),
    [
        (RESOURCE, 'name = { at = "n", as_text = false }', {"name": "seven"}),
        (RESOURCE, 'name = { at = "n", as_text = false }', {"name": "007"}),
        (RESOURCE, 'name = { at = "n", as_text = false }', {"name": "1,000"}),
        (INCIDENT, 'involved_agencies = { at = "i", split = ",;" }', {"involved_agencies": ("a;b",)}),
        (INCIDENT, 'involved_agencies = { at = "i", split = "," }', {"involved_agencies": (" a",)}),
        (INCIDENT, 'involved_agencies = { at = "i", split = "," }', {"involved_agencies": ("a", "")}),
        (INCIDENT, 'trend = { fixed = "Stable" }', {"trend": "Worsening"}),
    ],
)
def test_what_a_verb_cannot_write_to_the_letter_is_the_formats_turn(speaking, record, field, shared):
    said = resource(**shared) if record is RESOURCE else incident(**shared)
    assert isinstance(refusal(written, speaking(record, field), said), Unsupported)


@pytest.mark.parametrize(
    ("record", "field", "shared", "losses"),
    [
        (INCIDENT, 'severity = { at = "s", table = { red = "Extreme" } }', {"severity": "Severe"}, ("severity",)),
        (RESOURCE, "", {"sharing": "FreeToUse"}, ("sharing",)),
        (
            RESOURCE,
            '"home_base.point" = { lat = "y", lon = "x" }',
            {"home_base": Location(point=GeoPoint(lat=1.0, lon=2.0, alt=3.0))},
            ("home_base.point.alt",),
        ),
        (
            RESOURCE,
            '"home_base.point" = { lat = "y", lon = "x", alt = "z" }',
            {"home_base": Location(point=GeoPoint(lat=1.0, lon=2.0, alt=3.0, heading_deg=4.0))},
            ("home_base.point.heading_deg",),
        ),
        (RESOURCE, "", {"extensions": {"cap:note": "x"}}, ("extensions.cap:note",)),
        (RESOURCE, '"types.0" = { at = "t", scheme = "urn:x" }', {"types": (CodedValue(scheme="urn:y", code="1"),)}, ("types.code", "types.scheme")),
        (RESOURCE, '"types.0" = { at = "t", scheme = "urn:x" }', {"types": (CodedValue(scheme="urn:x", code="1", label="l"),)}, ("types.label",)),
        (RESOURCE, 'available_from = { at = "t", time = "%Y-%m-%d %H:%M %z" }', {"available_from": NOON.replace(second=7)}, ("available_from",)),
        (RESOURCE, "", {"name": "x", "contacts": (Contact(name="y"),)}, ("contacts.name", "name")),
    ],
)
def test_what_the_format_has_no_word_for_is_a_declared_loss(speaking, record, field, shared, losses):
    adapter, said = speaking(record, field), resource(**shared) if record is RESOURCE else incident(**shared)
    found = write(adapter, Said(said)).losses
    assert found == losses
    assert undeclared(adapter, said, found) == []


@pytest.mark.parametrize("identifier", ["7", ""])
def test_an_id_that_is_not_shared_cannot_be_said_by_an_agency(speaking, identifier):
    assert isinstance(refusal(written, speaking(RESOURCE), resource(resource_id=identifier)), Unsupported)


def test_silence_cannot_be_said_where_the_format_takes_it_for_something(speaking):
    adapter = speaking(RESOURCE, 'sector = { at = "o", default = "Government", table = { g = "Government" } }')
    assert isinstance(refusal(written, adapter, resource()), Unsupported)


def test_an_empty_text_can_be_said_only_where_silence_means_it(speaking):
    notes = 'notes = {{ each = "n", fields = {{ text = {{ at = "t"{} }} }} }}'
    said = incident(notes=(Note(text=""),))
    assert isinstance(refusal(written, speaking(INCIDENT, notes.format("")), said), Unsupported)
    assert written(speaking(INCIDENT, notes.format(', default = ""')), said)["n"] == [{}]


def test_a_word_for_unknown_is_written_only_where_silence_means_something_else(speaking):
    for default, wanted in (("", None), (', default = "Government"', "u")):
        adapter = speaking(RESOURCE, f'sector = {{ at = "o", table = {{ g = "Government", u = "Unknown" }}{default} }}')
        assert written(adapter, resource()).get("o") == wanted


def test_a_part_that_lost_what_it_cannot_do_without_is_not_the_adapters_fault(speaking):
    adapter = speaking(RESOURCE, 'capabilities = { each = "c", fields = { code = { at = "k", scheme = "urn:x" }, amount = "n" } }')
    said = resource(capabilities=(Capability(code=CodedValue(scheme="urn:y", code="1"), amount=2.0),))
    try:
        lost = write(adapter, Said(said)).losses
    except Rejected as error:
        assert isinstance(error, Unsupported)  # noqa: PT017  leaving the part out is as good
    else:
        assert undeclared(adapter, said, lost) == []


# ---- what nobody foresaw


@pytest.mark.parametrize(
    "native",
    [
        {"u": "x", "v": 1, "w": {"a": [1, {"b": True}]}},
        {"dotted.name": 1, "a/b": 2, "~": 3, "": 4, "名": 5},
        {"looks": "1", "like": "null", "json": '{"a":1}'},
        {"n": {"x": "name", "more": 5}},
        {"k": "strange"},
        {"c": [{"n": "x", "more": 1}, {"r": "strange", "n": "y"}]},
        {"c": [{"n": "x", "p": {"q": 5}, "deep": [{"m": "z", "more": [1]}]}]},
    ],
    ids=lambda native: json.dumps(native, ensure_ascii=False)[:40],
)
def test_what_nobody_foresaw_rides_along_and_comes_back(speaking, native):
    fields = """name = "n.x"
contacts = { each = "c", fields = { name = "n", role = { at = "r", table = { o = "Owner" } } } }"""
    adapter = speaking(RESOURCE, fields)
    found = said_by(adapter, BASE[RESOURCE] | native).record
    assert found.extensions
    assert all(key.startswith("pumps:") for key in found.extensions)
    assert written(adapter, found) == BASE[RESOURCE] | native


def test_an_unknown_code_is_kept_and_not_guessed(speaking):
    found = said_by(speaking(RESOURCE), {"id": "1", "k": "strange"}).record
    assert (found.kind, found.extensions) == ("Unknown", {"pumps:k": "strange"})


def test_an_unknown_value_in_a_list_is_kept_under_its_position(speaking):
    adapter = speaking(RESOURCE, 'contacts = { each = "c", fields = { name = "n" } }')
    assert said_by(adapter, BASE[RESOURCE] | {"c": [{"n": "x"}, {"n": "y", "age": 5}]}).record.extensions == {"pumps:c/1/age": "5"}


@pytest.mark.parametrize(
    ("field", "native"),
    [('"types.0" = { at = "t", scheme = "s", label = "l" }', {"l": "泵车"}), ('"home_base.point" = { lat = "y", lon = "x", alt = "z" }', {"z": 5.5})],
    ids=["a label without its code", "a height without its place"],
)
def test_half_a_value_is_kept_too(speaking, field, native):
    adapter = speaking(RESOURCE, field)
    found = said_by(adapter, BASE[RESOURCE] | native).record
    assert written(adapter, found) == BASE[RESOURCE] | native


def test_an_extension_of_another_format_is_not_written(speaking):
    assert written(speaking(RESOURCE), resource(extensions={"cap:note": "x"})) == BASE[RESOURCE]


@pytest.mark.parametrize("key", ["pumps:id/x", "pumps:contacts/7/x"])
def test_an_extension_whose_place_is_taken_is_a_loss(speaking, key):
    adapter = speaking(RESOURCE, 'contacts = { each = "contacts", fields = { name = "n" } }')
    found = write(adapter, Said(resource(contacts=(Contact(name="x"),), extensions={key: "y"})))
    assert found.losses == (f"extensions.{key}",)


@pytest.mark.parametrize(
    ("key", "value"),
    [("pumps:n", "x"), ("pumps:s", "no"), ("pumps:c/0/v", "110"), ("pumps:h", '{"name":"y"}'), ("pumps:q", "many")],
    ids=["a text", "a code", "inside a list", "a part from above", "no number"],
)
def test_an_extension_that_would_mean_more_than_is_said_leaves_no_trace(speaking, key, value):
    fields = """name = "n"
quantity = "q"
sharing = { at = "s", default = "Unknown", table = { no = "NotShared" } }
"home_base.name" = "h.name"
contacts = { each = "c", fields = { name = "n", value = "v" } }"""
    found = resource(sharing="Unknown", contacts=(Contact(name="z"),), extensions={key: value})
    assert written(speaking(RESOURCE, fields), found) == BASE[RESOURCE] | {"c": [{"n": "z"}]}


# ---- several records in one entry

TWO = (
    RESOURCE.replace("[record.fields]", 'when = "name"\n[record.fields]')
    + """name = "name"
[[record]]
type = "ResourceState"
when = "status"
[record.fields]
resource_id = { at = "id", id = "resource" }
availability = { at = "status", table = { free = "Available" } }
position = { lat = "y", lon = "x" }
"""
)


def kinds(adapter, native):
    return [type(said.record) for said in read(adapter, json.dumps(native).encode())]


@pytest.mark.parametrize(
    ("native", "said"),
    [({"name": "x"}, [Resource]), ({"status": "free"}, [ResourceState]), ({"name": "x", "status": "free"}, [Resource, ResourceState])],
)
def test_an_entry_says_the_records_whose_places_it_has(speaking, native, said):
    assert kinds(speaking(TWO), {"id": "1"} | native) == said


def test_an_entry_that_says_no_record_is_refused(speaking):
    assert refusal(kinds, speaking(TWO), {"id": "1"}).code == "nothing-said"


def test_what_belongs_to_nobody_rides_with_the_first_record(speaking):
    first, second = read(speaking(TWO), json.dumps({"id": "1", "name": "x", "status": "free", "u": "v"}).encode())
    assert (first.record.extensions, second.record.extensions) == ({"pumps:u": "v"}, {})


def test_what_belongs_to_a_record_that_is_not_said_is_kept(speaking):
    adapter = speaking(TWO)
    native = {"id": "1", "k": "V", "name": "x", "y": 30.5, "x": 121.0}
    assert written(adapter, said_by(adapter, native).record) == native


def test_a_record_is_written_as_what_it_is(speaking):
    adapter = speaking(TWO)
    assert written(adapter, ResourceState(resource_id="a.resource.1", availability="Available")) == {"id": "1", "status": "free"}


def test_a_record_without_the_place_that_makes_it_one_cannot_be_said(speaking):
    assert refusal(written, speaking(TWO), resource()).at == "name"


# ---- what the source says of its message


def test_the_source_may_speak_about_its_message(speaking):
    envelope = """
[says]
mode = { at = "test", table = { "true" = "Test", "false" = "Actual" } }
recipients = { at = "to", split = "," }
expires_at = "until"
"""
    adapter = speaking(RESOURCE, envelope)
    native = BASE[RESOURCE] | {"test": "true", "to": "b,c", "until": "2026-07-01T04:00:00Z"}
    said = said_by(adapter, native)
    assert said.says == Says(mode="Test", recipients=("b", "c"), expires_at=NOON)
    assert said.record.extensions == {}
    assert json.loads(write(adapter, said).data) == native


# ---- documents


def ids(adapter, data):
    return [each.record.resource_id if isinstance(each, Said) else (each.code, each.at) for each in read(adapter, data)]


def test_a_document_is_one_entry_or_a_list_of_them(speaking):
    adapter = speaking(RESOURCE)
    assert ids(adapter, b'{"id": 1}') == ["a.resource.1"]
    assert ids(adapter, b'[{"id": 1}, {"id": 2}]') == ["a.resource.1", "a.resource.2"]


@pytest.mark.parametrize(
    ("data", "found"), [(b'{"r": {"items": [{"id": 1}, {"id": 2}]}}', 2), (b'{"r": {"items": {"id": 1}}}', 1), (b'{"r": {}}', 0)]
)
def test_entries_are_found_where_the_file_says(speaking, data, found):
    assert len(ids(speaking(RESOURCE, head='each = "r.items"'), data)) == found


def test_an_entry_is_written_where_the_file_says(speaking):
    assert written(speaking(RESOURCE, head='each = "r.items"'), resource()) == {"r": {"items": [BASE[RESOURCE]]}}


def test_a_wrong_entry_of_a_list_is_refused_alone(speaking):
    assert ids(speaking(RESOURCE), b'[{"id": 1}, {"k": "V"}, 5, {"id": 2}]') == [
        "a.resource.1",
        ("missing", "1/id"),
        ("wrong-shape", "2"),
        "a.resource.2",
    ]
    assert ids(speaking(RESOURCE, head='each = "items"'), b'{"items": [{}, {"id": 2}]}') == [("missing", "items/0/id"), "a.resource.2"]


@pytest.mark.parametrize("data", [b"5", b'"x"', b"null", b"true"])
def test_a_document_that_is_no_entry_is_refused(speaking, data):
    assert refusal(ids, speaking(RESOURCE), data).code == "wrong-shape"


def test_json_is_read_and_written_in_the_encoding_that_is_set(speaking):
    adapter = speaking(RESOURCE, 'name = "n"', head='encoding = "gbk"')
    data = '{"id":"1","k":"V","n":"泵车"}'.encode("gb18030")
    [said] = read(adapter, data)
    assert said.record.name == "泵车"
    assert write(adapter, said).data == data


# ---- CSV

TABLE = """name = "名称"
"home_base.point" = { lat = "lat", lon = "lon" }
quantity = "q"
"""


def table(data):
    return list(csv.DictReader(io.StringIO(data.decode(), newline="")))


def test_a_row_of_a_table_is_an_entry(speaking):
    adapter = speaking(RESOURCE, TABLE, form="csv")
    [said] = read(adapter, 'id,k,名称,lat,lon,q,备注\r\n7,V,=cmd(),30.5,121,2,"a\nb"\r\n'.encode())
    assert (said.record.name, said.record.quantity, said.record.home_base.point) == ("=cmd()", 2.0, GeoPoint(lat=30.5, lon=121.0))
    assert said.record.extensions == {"pumps:备注": "a\nb"}
    assert table(write(adapter, said).data) == [{"id": "7", "k": "V", "名称": "'=cmd()", "lat": "30.5", "lon": "121.0", "q": "2", "备注": "a\nb"}]


def test_a_wrong_row_is_refused_alone(speaking):
    adapter = speaking(RESOURCE, TABLE, form="csv")
    data = "id,k,名称,lat,lon,q\n1,V,x,,,\n2,V\n3,V,x,95,0,\n4,V,x,,,many\n5,V,x,,,\n".encode()
    assert ids(adapter, data) == [
        "a.resource.1",
        ("columns", "line 3"),
        ("not-a-position", "line 4: lat"),
        ("not-a-number", "line 5: q"),
        "a.resource.5",
    ]


def test_a_table_without_header_has_the_columns_of_the_file(speaking):
    adapter = speaking(RESOURCE, 'name = "n"', form="csv", head='columns = ["id", "k", "n"]\nheadless = true\ndelimiter = ";"')
    [said] = read(adapter, b"1;V;x\n")
    assert said.record.name == "x"
    assert write(adapter, said).data == b"1;V;x\r\n"


def test_a_name_with_dots_is_one_column(speaking):
    [said] = read(speaking(RESOURCE, 'name = "a.b"', form="csv"), b"id,k,a.b\n1,V,x\n")
    assert said.record.name == "x"


# ---- XML

SPACED = 'root = "list"\nspace = "urn:x"'


def test_an_element_is_an_entry(speaking):
    fields = """name = "name.#text"
cost = "name.@lang"
contacts = { each = "contact", fields = { name = "n" } }
"""
    adapter = speaking(RESOURCE, fields, form="xml", head=SPACED)
    native = '<list xmlns="urn:x"><id>1</id><k>V</k><name lang="zh">泵车</name><contact><n>x</n></contact><contact><n>y</n><p>2</p></contact><more a="1"/></list>'
    [said] = read(adapter, native.encode())
    assert (said.record.name, said.record.cost) == ("泵车", "zh")
    assert said.record.contacts == (Contact(name="x"), Contact(name="y"))
    assert xml.tree(xml.parse(write(adapter, said).data)) == xml.tree(xml.parse(native.encode()))
    assert b'<list xmlns="urn:x">' in write(adapter, said).data


def test_every_element_of_a_list_is_an_entry(speaking):
    adapter = speaking(RESOURCE, form="xml", head='root = "list"\neach = "item"')
    assert ids(adapter, b"<list><item><id>1</id></item><item><k>V</k></item><item><id>3</id></item></list>") == [
        "a.resource.1",
        ("missing", "item/1/id"),
        "a.resource.3",
    ]
    assert ids(adapter, b"<list><item><id>1</id></item></list>") == ["a.resource.1"]


def test_another_document_is_refused_by_its_root(speaking):
    error = refusal(ids, speaking(RESOURCE, form="xml", head=SPACED), b"<alert/>")
    assert (error.code, str(error)) == ("root", "the document is a 'alert', expected: list")


def test_undeclared_xml_is_read_in_the_encoding_that_is_set(speaking):
    adapter = speaking(RESOURCE, 'name = "n"', form="xml", head='root = "r"\nencoding = "gb18030"')
    [said] = read(adapter, "<r><id>1</id><n>泵车</n></r>".encode("gb18030"))
    assert said.record.name == "泵车"


# ---- laws

QUICK = settings(max_examples=60, phases=(Phase.explicit, Phase.generate))

WHOLE = """name = "n"
quantity = { at = "q", factor = 0.5 }
personnel = "p"
available_from = "t"
available_to = { at = "u", time = "%Y-%m-%d %H:%M:%S %z" }
"types.0" = { at = "c", scheme = "s", label = "cl" }
sharing = { at = "s", table = { no = "NotShared", ask = "OnRequest" } }
sector = { at = "o", default = "Government" }
conditions = { at = "x", silent = ["-"] }
"home_base.point" = { lat = "y", lon = "z", alt = "h" }
"home_base.name" = "hn"
"""
NESTED = """contacts = { each = "contacts", fields = { name = "n", role = "r", value = "v" } }
capabilities = { each = "cap", fields = { code = { at = "c", scheme = "s" }, amount = "a", valid_until = "u" } }
attachments = { each = "att", fields = { uri = "u", size_bytes = "s" } }
"""
WAYS = [
    ("json", "", NESTED),
    ("xml", 'root = "r"', NESTED),
    ("csv", "", ""),
    ("json", 'datum = "gcj02"\nencoding = "gb18030"\nzone = "Asia/Shanghai"', NESTED),
]


@pytest.mark.parametrize(("form", "head", "more"), WAYS)
def test_any_record_is_written_and_read_back_or_refused(speaking, form, head, more):
    adapter = speaking(RESOURCE, WHOLE + more, form=form, head=head)

    @settings(QUICK)
    @given(any_of(Resource), WORD)
    def law(some, local):
        record = some.model_copy(update={"resource_id": f"a.resource.{local}"})
        try:
            lost = write(adapter, Said(record)).losses
        except Unsupported:
            return
        assert undeclared(adapter, record, lost) == []

    law()


NATIVE = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**6), 10**6) | st.floats(allow_nan=False, allow_infinity=False) | st.text("aV0.-, 中", max_size=6),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("abncrsuv"), inner, max_size=3),
    max_leaves=5,
)
PLACES = "n q p t u c cl s o x y z h hn k contacts cap att other".split()


def test_any_entry_is_read_and_comes_back_or_asks_the_sender(speaking):
    adapter = speaking(RESOURCE, WHOLE + NESTED)

    @settings(QUICK)
    @given(st.dictionaries(st.sampled_from(PLACES), NATIVE, max_size=4))
    def law(native):
        try:
            [said] = read(adapter, json.dumps({"id": "1"} | native).encode())
        except Rejected as error:
            assert error.turn == "sender"  # noqa: PT017  being read is as good
            return
        try:
            again = write(adapter, said)
        except Unsupported:
            return
        assert undeclared(adapter, said.record, again.losses) == []

    law()


@pytest.mark.parametrize("seconds", [4, 7, 59, 3601])
def test_a_number_in_another_unit_comes_back_as_it_was(speaking, seconds):
    adapter = speaking(RESOURCE, 'personnel = { at = "minutes", factor = 60.0 }')
    record = Resource(resource_id="a.resource.1", owner="a", kind="Vehicle", personnel=seconds)
    assert said_by(adapter, written(adapter, record)).record.personnel == seconds


def test_a_symbol_without_a_word_is_refused_where_silence_means_another(speaking):
    adapter = speaking(RESOURCE, 'sharing = { at = "s", table = { free = "FreeToUse" }, default = "NotShared" }')
    record = Resource(resource_id="a.resource.1", owner="a", kind="Vehicle", sharing="OnRequest")
    error = refusal(write, adapter, Said(record))
    assert (type(error), error.code, error.at) == (Unsupported, "cannot-say", "sharing")
