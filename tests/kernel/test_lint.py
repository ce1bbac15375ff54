import copy

import pytest

from bridge import wire
from bridge.lint import ALWAYS_SENSITIVE, GROUPS, lint

REAL = list(wire.sources())
GOOD = [
    {"type": "enum", "name": "Colour", "namespace": "r", "doc": "d", "source": "s", "symbols": ["Unknown", "Red"], "default": "Unknown"},
    {"type": "record", "name": "Part", "namespace": "r", "doc": "d", "fields": [{"name": "text", "type": "string", "doc": "d", "source": "s"}]},
    {
        "type": "record",
        "name": "Whole",
        "namespace": "r",
        "doc": "d",
        "fields": [
            {"name": "colour", "type": "r.Colour", "default": "Unknown", "doc": "d", "source": "s"},
            {"name": "note", "type": ["null", "string"], "default": None, "doc": "d", "source": "s", "group": "note"},
            {"name": "at", "type": ["null", {"type": "long", "logicalType": "timestamp-millis"}], "default": None, "doc": "d", "source": "s"},
            {"name": "parts", "type": {"type": "array", "items": "r.Part"}, "default": [], "doc": "d", "source": "s"},
            {"name": "extensions", "type": {"type": "map", "values": "string"}, "default": {}, "doc": "d", "source": "s", "group": "note"},
        ],
    },
]


def field(**words):
    return {"name": "new", "type": "string", "doc": "d", "source": "s"} | words


def flaws(*, added=(), **changes):
    """What is wrong with the good language when one field of Whole is changed, or fields are added to it."""
    language = copy.deepcopy(GOOD)
    for each in language[2]["fields"]:
        each.update(changes.get(each["name"], {}))
    language[2]["fields"] += added
    return list(lint(language))


def test_the_real_language_keeps_every_rule():
    assert len(REAL) > 40
    assert list(lint(REAL)) == []


def test_a_good_language_keeps_every_rule():
    assert flaws() == []


@pytest.mark.parametrize(
    ("kind", "flaw"),
    [
        ("r.Whole", "Whole: holds itself by way of Whole → Whole: bytes could make a decoder recurse"),
        ({"type": "array", "items": "null"}, "Whole.new: an array of nothing, or of maybe nothing, never ends"),
        ({"type": "array", "items": ["null", "string"]}, "Whole.new: an array of nothing, or of maybe nothing, never ends"),
        ({"type": "array", "items": {"type": "array", "items": "null"}}, "Whole.new: an array of nothing, or of maybe nothing, never ends"),
        (["null", "string", "int"], 'Whole.new: the only union is ["null", T]'),
        (["string", "null"], 'Whole.new: the only union is ["null", T]'),
        (["string", "int"], 'Whole.new: the only union is ["null", T]'),
        (["null"], 'Whole.new: the only union is ["null", T]'),
        ({"type": "map", "values": "int"}, "Whole.new: a map holds text"),
        ("null", "Whole.new: null is no type that may be used"),
        ("float", "Whole.new: float is no type that may be used"),
        ("r.Missing", "Whole.new: r.Missing is no type that may be used"),
        ({"type": "fixed", "name": "F", "size": 4}, "is no type that may be used"),
        ({"type": "long", "logicalType": "timestamp-micros"}, "is no type that may be used"),
        ({"type": "record", "name": "Inner", "fields": []}, "is no type that may be used"),
    ],
    ids=str,
)
def test_a_type_that_could_harm_a_decoder_is_named(kind, flaw):
    assert any(flaw in each for each in flaws(added=[field(type=kind, default=None)]))


def test_a_circle_of_records_is_named():
    language = copy.deepcopy(GOOD)
    language[1]["fields"].append(field(type={"type": "array", "items": "r.Whole"}))
    assert any(each.startswith("Part: holds itself by way of Part → Whole → Part") for each in lint(language))


def test_two_fields_of_one_record_type_are_no_circle():
    assert flaws(added=[field(type="r.Part"), field(name="other", type="r.Part")]) == []


def test_a_record_without_fields_is_named():
    language = copy.deepcopy(GOOD)
    language[1]["fields"] = []
    assert list(lint(language)) == ["Part: a record without fields takes no bytes, so an array of them never ends"]


@pytest.mark.parametrize(
    ("changes", "flaw"),
    [
        ({"symbols": ["Red", "Blue"]}, "Colour: its first symbol and default must be Unknown"),
        ({"symbols": ["Red", "Unknown"]}, "Colour: its first symbol and default must be Unknown"),
        ({"default": "Red"}, "Colour: its first symbol and default must be Unknown"),
        ({"default": None}, "Colour: its first symbol and default must be Unknown"),
        ({"symbols": ["Unknown", "None"]}, "Colour: None is a Python keyword"),
        ({"source": ""}, "Colour: has no source"),
        ({"doc": ""}, "Colour: has no doc"),
    ],
    ids=str,
)
def test_a_wrong_enumeration_is_named(changes, flaw):
    language = copy.deepcopy(GOOD)
    language[0].update(changes)
    [found] = lint(language)
    assert found.startswith(flaw)


@pytest.mark.parametrize("word", ["doc", "source"])
@pytest.mark.parametrize("broken", ["", None])
def test_a_field_that_does_not_say_what_it_is_is_named(word, broken):
    assert flaws(colour={word: broken}) == [f"Whole.colour: has no {word}"]


def test_a_record_that_does_not_say_what_it_is_is_named():
    language = copy.deepcopy(GOOD)
    del language[1]["doc"]
    assert list(lint(language)) == ["Part: has no doc"]


@pytest.mark.parametrize("name", ["extensions", "attachments", "external_ids"])
def test_a_field_that_is_always_sensitive_must_carry_its_group(name):
    assert f"Whole.{name}: must carry the group note" in flaws(added=[field(name=name)])
    assert f"Whole.{name}: must carry the group note" in flaws(added=[field(name=name, group="caller")])
    assert flaws(added=[field(name=name, group="note")]) == []


def test_a_group_that_there_is_not_is_named():
    assert flaws(note={"group": "secret"}) == [f"Whole.note: secret is no group; there are {', '.join(sorted(GROUPS))}"]


@pytest.mark.parametrize("default", [{"default": ""}, {"default": "x"}])
def test_the_default_of_a_union_is_null(default):
    assert flaws(note=default) == ["Whole.note: the default of a union is null"]


def test_a_union_without_a_default_is_named():
    assert flaws(added=[field(type=["null", "string"])]) == ["Whole.new: the default of a union is null"]


# ---- the real language, broken once


def broken(name, change):
    language = copy.deepcopy(REAL)
    change(next(each for each in language if each["name"] == name))
    return list(lint(language))


@pytest.mark.parametrize(
    ("name", "change", "flaw"),
    [
        ("Incident", lambda each: each["fields"].append(field(type="regionbus.Incident")), "Incident: holds itself"),
        ("Incident", lambda each: each["fields"].append(field(type={"type": "array", "items": "null"})), "Incident.new: an array of nothing"),
        ("Note", lambda each: each["fields"].clear(), "Note: a record without fields"),
        ("Plan", lambda each: each["fields"].append(field(type=["null", "int", "string"])), 'Plan.new: the only union is ["null", T]'),
        ("Severity", lambda each: each["symbols"].remove("Unknown"), "Severity: its first symbol"),
        ("Severity", lambda each: each["symbols"].append("None"), "Severity: None is a Python keyword"),
        ("Alert", lambda each: each.pop("doc"), "Alert: has no doc"),
        ("Alert", lambda each: each["fields"][0].pop("source"), "Alert.identifier: has no source"),
        (
            "Alert",
            lambda each: next(one for one in each["fields"] if one["name"] == "extensions").pop("group"),
            "Alert.extensions: must carry the group note",
        ),
        (
            "Mission",
            lambda each: next(one for one in each["fields"] if isinstance(one["type"], list)).pop("default"),
            "the default of a union is null",
        ),
    ],
    ids=range(10),
)
def test_a_rule_that_the_real_language_breaks_is_named(name, change, flaw):
    assert any(flaw in each for each in broken(name, change))


def test_what_is_always_sensitive_occurs_in_the_real_language():
    names = {each["name"] for definition in REAL for each in definition.get("fields", ())}
    assert names >= ALWAYS_SENSITIVE.keys()
