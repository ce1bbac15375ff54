"""Schemas from elsewhere: learnt if they are what was asked for and can do no harm; what waits for one meanwhile."""

import asyncio
import copy
import io
import json

import fastavro
import pytest
from records import NOON, full

from bridge import wire
from bridge.adapter import Said
from bridge.envelope import Terms, seal
from bridge.errors import Malformed
from bridge.ledger import Message, Ticket
from bridge.links import foreign
from bridge.links.foreign import entries, learnable, listed
from bridge.links.wanted import LOOK, MOST, UNKNOWN, Waiting, Wanted, parked
from bridge.records import Carrier, Hop, Incident

TODAY = wire.language().today
INCIDENT = json.loads(TODAY["Incident"].text)
ODD = wire.MARK + bytes(range(8))


@pytest.fixture
def language(monkeypatch):
    """A language that may learn without the other tests knowing."""
    found = wire.Language(TODAY, dict(wire.language().known), wire.language().own)
    monkeypatch.setattr(wire, "language", lambda: found)
    return found


def field(name, kind, **more):
    return {"name": name, "type": kind, "doc": "d", "source": "s"} | more


def newer(*fields, change=lambda definition: None):
    """The Incident of a later version."""
    definition = copy.deepcopy(INCIDENT)
    definition["fields"] += fields or [field("mood", ["null", "string"], default=None)]
    change(definition)
    return wire.schema(definition)


def part(definition, name):
    return next(each for each in definition["fields"] if each["name"] == name)


def said(schema, **more):
    """A record as its version writes it."""
    out = io.BytesIO()
    fastavro.schemaless_writer(out, schema.parsed, full(Incident).model_dump() | more)
    return schema.mark + out.getvalue()


def refused(text, mark=ODD, sha256=None):
    with pytest.raises(Malformed) as found:
        learnable(text if isinstance(text, bytes) else json.dumps(text, separators=(",", ":")).encode(), mark, sha256)
    return found.value.verdict


# ---- what is learnt


@pytest.mark.parametrize("name", sorted(TODAY))
def test_every_schema_of_ours_can_be_learnt_elsewhere(name):
    version = TODAY[name]
    assert learnable(version.text.encode(), version.mark, version.sha256).sha256 == version.sha256


def test_a_record_of_a_later_version_is_read_once_its_schema_is_learnt(language):
    version = newer(change=lambda each: part(each, "trend")["type"]["symbols"].append("Exploding"))
    data = said(version, mood="calm", trend="Exploding")
    with pytest.raises(wire.UnknownSchema):
        wire.decode(data, Incident)
    language.learn(learnable(version.text.encode(), version.mark, version.sha256))
    assert wire.decode(data, Incident) == full(Incident).model_copy(update={"trend": "Unknown"})


def test_a_record_of_an_earlier_version_is_read_once_its_schema_is_learnt(language):
    definition = copy.deepcopy(INCIDENT)
    definition["fields"].remove(part(definition, "trend"))
    version = wire.schema(definition)
    language.learn(learnable(version.text.encode(), version.mark))
    assert wire.decode(said(version), Incident) == full(Incident).model_copy(update={"trend": Incident.model_fields["trend"].default})


def test_who_may_see_a_new_field_is_its_authors_matter():
    version = newer(field("mood", ["null", "string"], default=None, group="feelings"))
    assert learnable(version.text.encode(), version.mark)


def test_another_text_under_a_known_mark_changes_nothing(language):
    changed = newer(change=lambda each: each["fields"].pop() and part(each, "trend")["type"].update(default="Worsening"))
    assert changed.mark == TODAY["Incident"].mark
    assert changed.sha256 != TODAY["Incident"].sha256
    language.learn(changed)
    assert language.known[changed.mark].sha256 == TODAY["Incident"].sha256


# ---- what is refused


def test_a_text_that_was_not_announced_is_refused():
    version = newer()
    assert refused(version.text.encode(), version.mark, "0" * 64).code == "schema-digest"


def test_the_schema_of_another_mark_is_refused():
    assert refused(newer().text.encode()).code == "schema-other"


def test_a_text_that_we_would_not_write_so_is_refused():
    version = newer()
    assert refused(version.text.replace(",", ", ", 1).encode(), version.mark).code == "schema-other"


def test_a_record_that_is_not_spoken_here_is_refused():
    version = newer(change=lambda each: each.update(name="Poem"))
    assert refused(version.text.encode(), version.mark).code == "schema-other"


def test_what_is_too_large_is_refused_before_it_is_read():
    assert refused(b" " * (foreign.LIMIT + 1)).code == "too-large"


def folded(depth):
    """A schema of a few kilobytes that unfolds to 2 ** depth types."""
    inner = field("a", "string")["type"]
    for level in range(depth):
        name = f"L{level}"
        first = {
            "type": "record",
            "name": name,
            "namespace": "r",
            "fields": [field("a", inner), field("b", inner if level == 0 else f"r.L{level - 1}")],
        }
        inner = first
    return inner


HOSTILE = {
    "an array of null": newer(field("x", {"type": "array", "items": "null"}, default=[])).text.encode(),
    "an array of maybe nothing": newer(field("x", {"type": "array", "items": ["null", "string"]}, default=[])).text.encode(),
    "an array of empty records": newer(
        field("x", {"type": "array", "items": {"type": "record", "name": "E", "namespace": "r", "fields": []}}, default=[])
    ).text.encode(),
    "a record in itself": {**INCIDENT, "fields": [*INCIDENT["fields"], field("x", ["null", "regionbus.Incident"], default=None)]},
    "a record in its part": {
        **INCIDENT,
        "fields": [
            field("x", {"type": "record", "name": "P", "namespace": "r", "fields": [field("y", ["null", "regionbus.Incident"], default=None)]})
        ],
    },
    "a name that is nowhere": {**INCIDENT, "fields": [field("x", "r.Nowhere")]},
    "a type defined twice": {**INCIDENT, "fields": [field("x", {**INCIDENT, "fields": [field("y", "string")]})]},
    "a large union": newer(field("x", ["null", "string", "int"], default=None)).text.encode(),
    "an enumeration without Unknown": newer(
        field("x", {"type": "enum", "name": "E", "namespace": "r", "symbols": ["A"], "default": "A"})
    ).text.encode(),
    "one that unfolds without end": folded(40),
    "brackets": b"[" * 100_000,
    "text": b"no schema",
    "other text": b"\xff\xfe",
    "a list": b"[]",
    "a word": b'"string"',
    "nothing": b"{}",
    "fields that are none": {"type": "record", "name": "X", "namespace": "r", "fields": 7},
    "half a character": b'{"type":"record","name":"\\ud800","namespace":"r","fields":[{"name":"a","type":"string"}]}',
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_schema_that_could_do_harm_is_refused(name):
    assert refused(HOSTILE[name]).code == "schema-unfit"


# ---- lists


def test_a_list_names_what_records_are_written_with():
    version = TODAY["Alert"]
    assert entries(listed([version])) == {version.mark: version.sha256}


@pytest.mark.parametrize(
    "data", [b"", b"{}", b"7", b"[7]", b'[{"fingerprint":"zz","sha256":"00"}]', b'[{"fingerprint":7,"sha256":"00"}]', b"[" * 100_000]
)
def test_what_is_no_list_names_nothing(data):
    assert entries(data) == {}


def test_a_list_cannot_name_another_topic():
    assert entries(json.dumps([{"fingerprint": "00" * 8, "sha256": "../#"}]).encode()) == {}


# ---- what waits


def ticket(number, subject="s"):
    [sealed] = seal(Said(full(Incident).model_copy(update={"incident_id": subject})), Terms(agency="cn-a", mode="Actual"), NOON)
    carrier = Carrier(hub="cn-h", stream=sealed.stream, epoch=1, sequence=number, hops=(Hop(hub="cn-t", at=NOON),), envelope=sealed.data)
    return Ticket(number, "outlet/o/normal", "cn-b", 0, Message(str(sealed.topic), sealed.envelope.message_id, carrier)), sealed.envelope


def test_what_waits_has_its_schema_looked_for_with_all_who_may_know_it():
    wanted = Wanted()
    waiting = Waiting(wanted, asyncio.Event())
    one, envelope = ticket(1)
    waiting.ask([waiting.add(one, envelope, ODD, NOON)])
    assert wanted.marks == {ODD: {"cn-h", "cn-t"}}
    assert wanted.bell.is_set()


def test_what_is_said_later_of_the_same_subject_waits_as_well_and_nothing_else():
    waiting = Waiting(Wanted(), asyncio.Event())
    waiting.add(*ticket(1, "fire"), ODD, NOON)
    with pytest.raises(wire.UnknownSchema):
        waiting.check(ticket(2, "fire")[1], NOON)
    waiting.check(ticket(3, "flood")[1], NOON)
    waiting.check(ticket(2, "fire")[1], NOON + LOOK)


def test_what_waited_is_called_as_soon_as_its_schema_is_learnt():
    wanted, bell = Wanted(), asyncio.Event()
    waiting = Waiting(wanted, bell)
    one, envelope = ticket(1)
    waiting.add(one, envelope, ODD, NOON)
    other, _ = ticket(2, "flood")
    waiting.add(other, None, wire.MARK + bytes(8), NOON)
    for tell in wanted.told:
        tell(ODD)
    assert bell.is_set()
    assert waiting.known == [one]
    waiting.check(envelope, NOON)
    waiting.called([one])
    assert waiting.known == []


def test_what_has_ended_is_forgotten():
    waiting = Waiting(Wanted(), asyncio.Event())
    one, envelope = ticket(1)
    waiting.add(one, envelope, ODD, NOON)
    waiting.ended([one])
    assert waiting.unread == {}


def test_a_flood_of_false_marks_is_bounded():
    wanted = Wanted()
    for number in range(MOST + 5):
        wanted.add(wire.MARK + number.to_bytes(8, "big"))
    assert len(wanted.marks) == MOST
    assert wire.MARK + (MOST + 4).to_bytes(8, "big") in wanted.marks


def test_a_name_that_is_no_hubs_is_not_asked():
    wanted = Wanted()
    wanted.add(ODD, ["cn-a", "#", "a/b", "+"])
    assert wanted.marks == {ODD: {"cn-a"}}


def test_a_delivery_is_parked_with_its_topic_and_all_its_bytes():
    found = parked("bus/normal", "bus", "rb/1/data/x", ODD + b"rest", wire.UnknownSchema(ODD))
    [refusal] = found.refused
    assert (refusal.verdict.code, refusal.verdict.at, refusal.data) == (UNKNOWN, "rb/1/data/x", ODD + b"rest")
    assert ODD[2:].hex() in refusal.verdict.en
