"""The wire keeps every record, and refuses what no honest writer writes."""

import io

import fastavro
import pytest
from hypothesis import given
from hypothesis import strategies as st
from records import any_of, classes, full

from bridge import wire
from bridge.errors import Malformed
from bridge.model import Record
from bridge.records import Carrier, Envelope, GeoPoint, Incident, Location, ResourceState

EVERY = sorted(Record.__subclasses__(), key=lambda cls: cls.__name__)


@pytest.mark.parametrize("cls", EVERY, ids=lambda cls: cls.__name__)
def test_the_wire_keeps_every_record(cls):
    @given(any_of(cls))
    def law(record):
        assert wire.decode(wire.encode(record), cls) == record

    law()


@pytest.mark.parametrize("cls", EVERY, ids=lambda cls: cls.__name__)
def test_our_writers_write_what_fastavro_writes(cls):
    schema = wire.language().today[cls.__name__]

    @given(any_of(cls))
    def law(record):
        out = io.BytesIO()
        fastavro.schemaless_writer(out, schema.parsed, record.model_dump())
        assert wire.encode(record) == schema.mark + out.getvalue()

    law()


@pytest.mark.parametrize("cls", list(classes()), ids=lambda cls: cls.__name__)
def test_changed_bytes_are_refused_or_mean_what_they_say(cls):
    good = wire.encode(full(cls))

    @given(st.integers(0, len(good) - 1), st.integers(0, 255))
    def law(place, value):
        bytes_ = good[:place] + bytes([value]) + good[place + 1 :]
        try:
            record = wire.decode(bytes_, cls)
        except (Malformed, wire.UnknownSchema):
            return
        assert wire.encode(record) == bytes_

    law()


def test_a_message_that_goes_on_after_its_end_is_refused():
    good = wire.encode(full(Incident))
    with pytest.raises(Malformed, match="honest"):
        wire.decode(good + b"\x00", Incident)
    with pytest.raises(Malformed):
        wire.decode(good[:-1], Incident)


def test_a_negative_union_index_is_refused():
    state = wire.encode(ResourceState(resource_id="a", availability="Unknown"))
    at = state.index(b"a") + 1
    assert state[at] == 0
    with pytest.raises(Malformed):
        wire.decode(state[:at] + b"\x03" + state[at + 1 :], ResourceState)


def test_a_number_that_is_none_is_refused():
    place = Location(point=GeoPoint(lat=1.0, lon=2.0))
    good = wire.encode(Incident(incident_id="a", owner="b", category="Accident", lifecycle="Reported", location=place))
    bad = good.replace(bytes(6) + b"\xf0\x3f", bytes(6) + b"\xf8\x7f")
    assert bad != good
    with pytest.raises(Malformed):
        wire.decode(bad, Incident)


def test_a_count_that_no_message_can_hold_is_refused_at_once():
    mark = wire.language().today["Carrier"].mark
    with pytest.raises(Malformed):
        wire.decode(mark + b"\x02a\x02b\x02\x02" + b"\xfe\xff\xff\xff\xff\xff\xff\xff\x7f", Carrier)


def test_another_record_under_a_known_mark_is_refused():
    with pytest.raises(Malformed, match="Incident"):
        wire.decode(wire.encode(full(Incident)), Envelope)


def test_what_is_too_large_is_refused_before_it_is_read():
    with pytest.raises(Malformed, match="more than"):
        wire.decode(wire.encode(full(Incident)), Incident, limit=10)


def test_an_unknown_schema_is_not_the_senders_fault():
    with pytest.raises(wire.UnknownSchema):
        wire.decode(b"\xc3\x01" + b"\x07" * 8 + b"rest", Incident)


def test_the_mark_is_the_one_of_the_standard():
    # Avro 1.11, "Single-object encoding": C3 01, then the CRC-64-AVRO fingerprint, little-endian; of the schema "null" 63dd24e7cc258f8a.
    from fastavro.schema import fingerprint, to_parsing_canonical_form  # noqa: PLC0415

    assert bytes.fromhex(fingerprint(to_parsing_canonical_form("null"), "CRC-64-AVRO")) == bytes.fromhex("63dd24e7cc258f8a")[::-1]
    assert all(version.mark.startswith(b"\xc3\x01") for version in wire.language().today.values())
