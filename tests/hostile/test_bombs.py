"""Every named bomb is refused with its code; what hangs, fails."""

import faulthandler
import io

import fastavro
import pytest
from bombs import CSV, JSON, PACKED, TOPICS, XML
from records import full

from bridge import registry, text, topics, wire, xml
from bridge.adapter import Said, read
from bridge.avro import zigzag
from bridge.bus import Delivery
from bridge.envelope import opened
from bridge.errors import ConfigError, Malformed, Rejected
from bridge.lint import lint
from bridge.records import Alert, Carrier, Envelope, GeoPoint, Incident, Location, ResourceState
from bridge.spec import load

PATIENCE = 10
"""Seconds; on a quiet machine each takes less than 0.05."""


@pytest.fixture(autouse=True)
def hang_is_failure():
    faulthandler.dump_traceback_later(PATIENCE, exit=True)
    yield
    faulthandler.cancel_dump_traceback_later()


def refused(read, *bomb, **options):
    with pytest.raises(Rejected) as caught:
        read(*bomb, **options)
    assert caught.value.verdict.en
    return caught.value.code


def rows(data, **options):
    return list(text.read_csv(data, **options))


def adapter(name):
    return registry.load(name)(agency="cn-jiaxing-fire")


@pytest.mark.parametrize("name", XML)
def test_xml(name):
    data, code = XML[name]
    assert refused(xml.parse, data) == code


@pytest.mark.parametrize("name", JSON)
def test_json(name):
    data, code = JSON[name]
    assert refused(text.read_json, data) == code


@pytest.mark.parametrize("name", CSV)
def test_csv(name):
    data, code = CSV[name]
    assert refused(rows, data) == code


@pytest.mark.parametrize("kind", PACKED)
@pytest.mark.parametrize("reader", [xml.parse, text.read_json, rows])
def test_compressed(kind, reader):
    assert refused(reader, PACKED[kind]) == "compressed"


@pytest.mark.parametrize("kind", PACKED)
def test_compressed_is_no_text_in_any_encoding(kind):
    assert refused(rows, PACKED[kind], encoding="latin-1") == "compressed"
    assert refused(text.read_json, PACKED[kind], encoding="gb18030") == "compressed"


@pytest.mark.parametrize("name", TOPICS)
def test_topics(name):
    assert refused(topics.parse, TOPICS[name]) == "topic"


@pytest.mark.parametrize("name", TOPICS)
def test_a_good_message_on_a_bad_topic_is_refused(name):
    assert refused(opened, TOPICS[name], wire.encode(full(Carrier))) == "topic"


SPEAKERS = [
    *(("cap", name, *XML[name]) for name in XML),
    *((adapter, name, *JSON[name]) for adapter in ("dispatch-119", "emsi", "geojson") for name in JSON),
    *(("resource-csv", name, *CSV[name]) for name in CSV),
]


@pytest.mark.parametrize(("speaker", "name", "data", "code"), SPEAKERS, ids=lambda each: each if isinstance(each, str) else "")
def test_an_adapter_refuses_the_bombs_of_its_format(speaker, name, data, code):
    assert refused(read, adapter(speaker), data) == code


def test_numbers_that_are_just_not_too_long_are_read_at_once():
    found = text.read_json(b"[" + b",".join([b"1" * 199] * 40_000) + b"]")
    assert len(found) == 40_000


def test_an_inclusion_is_never_followed():
    root = xml.parse(b'<a xmlns:xi="http://www.w3.org/2001/XInclude"><xi:include href="file:///etc/passwd" parse="text"/></a>')
    assert xml.tree(root) == {"include": {"@href": "file:///etc/passwd", "@parse": "text"}}


def test_a_schema_location_is_never_fetched():
    root = xml.parse(b'<a xmlns:s="http://www.w3.org/2001/XMLSchema-instance" s:schemaLocation="a http://127.0.0.1:9/a.xsd"/>')
    assert xml.tree(root) == {"@schemaLocation": "a http://127.0.0.1:9/a.xsd"}


def test_a_formula_in_a_cell_is_data_and_guarded_when_it_is_written():
    ((_, row),) = rows(b"note\n=cmd|' /C calc'!A0\n")
    assert text.write_csv([row], ("note",)).splitlines()[1] == b"'=cmd|' /C calc'!A0"


@pytest.mark.parametrize("cell", ["NaN", "inf", "1e999", "-Infinity", "9" * 400])
def test_a_cell_that_is_no_finite_number_is_refused_alone(cell):
    table = f"resource_id,name,lat,lon\nu1,云梯车,{cell},121\n".encode()
    assert [type(each) for each in read(adapter("resource-csv"), table) if isinstance(each, Said)] == []


@pytest.mark.parametrize("when", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_a_time_that_utc_does_not_have_is_refused(when):
    feature = {"type": "Feature", "geometry": None, "properties": {"record": "Incident", "incident_id": "a", "updated_at": when}}
    feature["properties"] |= {"owner": "cn-jiaxing-fire", "category": "Accident", "lifecycle": "Reported", "location": {}}
    (found,) = read(adapter("geojson"), text.write_json({"type": "FeatureCollection", "features": [feature]}))
    assert isinstance(found, Rejected)
    assert (found.code, found.turn) == ("field", "sender")


# ---- Avro


def union_index(data, value):
    at = data.index(b"a") + 1
    return data[:at] + value + data[at + 1 :]


STATE = wire.encode(ResourceState(resource_id="a", availability="Unknown"))
PLACE = wire.encode(
    Incident(incident_id="a", owner="b", category="Accident", lifecycle="Reported", location=Location(point=GeoPoint(lat=1.0, lon=2.0)))
)
LETTER = wire.encode(full(Envelope).model_copy(update={"references": ("XYZZY",)}))
HEAD, TAIL = LETTER.split(b"\x02\x0aXYZZY\x00")
AVRO = {
    "nothing": (b"", Alert, "not-avro"),
    "seven bytes": (wire.MARK + b"\0" * 5, Alert, "not-avro"),
    "only a head": (wire.language().today["Alert"].mark, Alert, "not-avro"),
    "a negative index of a union": (union_index(STATE, b"\x03"), ResourceState, "not-canonical"),
    "an index of a union beyond its end": (union_index(STATE, b"\x08"), ResourceState, "not-avro"),
    "bytes behind the end": (STATE + b"\0", ResourceState, "not-canonical"),
    "nan": (PLACE.replace(bytes(6) + b"\xf0\x3f", bytes(6) + b"\xf8\x7f"), Incident, "field"),
    "infinity": (PLACE.replace(bytes(6) + b"\xf0\x3f", bytes(6) + b"\xf0\x7f"), Incident, "field"),
    "a count that no message can hold": (HEAD + b"\xfe" + b"\xff" * 8 + b"\x01" + TAIL, Envelope, "not-avro"),
    "a negative count": (HEAD + b"\xff" * 9 + b"\x01" + TAIL, Envelope, "not-avro"),
    "a number without end": (HEAD + b"\x80" * 1000 + TAIL, Envelope, "not-avro"),
    "seven million empty texts": (HEAD + zigzag(7_000_000) + bytes(7_000_000) + b"\0" + TAIL, Envelope, "too-many"),
    "oversize": (STATE + bytes(wire.LIMIT), ResourceState, "too-large"),
    "another record": (STATE, Alert, "wrong-record"),
    "half a character": (LETTER.replace(b"XYZZY", b"\xed\xa0\x80ZY"), Envelope, "not-avro"),
    "compressed": (PACKED["gzip"], Alert, "not-avro"),
}


@pytest.mark.parametrize("name", AVRO)
def test_avro(name):
    data, cls, code = AVRO[name]
    assert refused(wire.decode, data, cls) == code


NOTHING = {"type": "record", "namespace": "regionbus", "name": "Nothing", "fields": []}


def holds(schema):
    return {"type": "record", "namespace": "regionbus", "name": "Bomb", "fields": [{"name": "a", "type": schema}]}


@pytest.mark.parametrize(
    ("schemas", "why"),
    [
        ([holds({"type": "array", "items": "null"})], "never ends"),
        ([NOTHING, holds({"type": "array", "items": "regionbus.Nothing"})], "never ends"),
        ([holds(["null", "regionbus.Bomb"])], "recurse"),
        ([holds(["null", "string", "int"])], "only union"),
    ],
    ids=["an array of nothing", "an array of empty records", "recursion", "a union of three"],
)
def test_a_schema_by_which_bytes_could_hurt_is_none_of_ours(schemas, why):
    assert any(why in flaw for flaw in lint(schemas))


def test_the_seven_bytes_that_make_an_array_of_nothing_hang_hurt_only_without_the_lint():
    parsed = fastavro.parse_schema(holds({"type": "array", "items": "null"}))
    found = fastavro.schemaless_reader(io.BytesIO(zigzag(10_000) + b"\0"), parsed, None)
    assert len(found["a"]) == 10_000  # three bytes; the count is the sender's to choose
    assert not list(lint(list(wire.sources())))


# ---- what people write


@pytest.mark.parametrize(
    "words",
    [b"a = " + b"9" * 5000, b"a = " + b"[" * 5000, b"a = " + b"{a=" * 5000, b"\xff", b"[[[[", b"a = nan\nb = inf"],
    ids=["a number without end", "deep lists", "deep tables", "no text", "no table", "no mapping"],
)
def test_toml(tmp_path, words):
    path = tmp_path / "bomb.toml"
    path.write_bytes(words)
    with pytest.raises(ConfigError):
        load(path)


def test_a_verdict_about_hostile_words_is_short_and_printable():
    error = Malformed("topic", topic="\x1b[2J" + "x" * 100_000, reason="a\nb")
    assert len(error.verdict.en) < 400
    assert error.verdict.en.isprintable()


def test_a_delivery_whose_topic_is_no_text_is_refused():
    assert refused(opened, Delivery("", b"", False, 1, 1).topic, b"") == "topic"
