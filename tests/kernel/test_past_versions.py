"""Every version ever published against today's: each reads what the other writes."""

import copy
import hashlib
import io
import json
from datetime import UTC, datetime, timedelta

import fastavro
import pytest
from fastavro.read import SchemaResolutionError

from bridge import wire
from bridge.cli.schemas import freeze
from schemas import ROOT

NOON = datetime(2026, 7, 1, 4, 0, tzinfo=UTC)
TODAY = {name: json.loads(version.text) for name, version in wire.language().today.items()}
PAST = list(wire.past()) or list(TODAY.values())
VARIANTS = 24
"""As many as the longest enumeration has symbols: every symbol is written once."""
PLAIN = {"bytes": b"\x00\xff", "int": -(2**31), "long": 2**63 - 1, "double": -0.5, "boolean": True}


def named(schema, found=None):
    """Every named type inside a self-contained schema."""
    found = {} if found is None else found
    match schema:
        case {"type": "record" | "enum"}:
            found[f"{schema['namespace']}.{schema['name']}"] = schema
            for each in schema.get("fields", ()):
                named(each["type"], found)
        case {"items": inner} | [_, inner]:
            named(inner, found)
    return found


def value(schema, names, variant):
    """A value of this schema; over all variants every symbol and both branches of every union come up."""
    found = None
    match names.get(schema, schema) if isinstance(schema, str) else schema:
        case "string":
            found = f"中{variant}"
        case str(plain):
            found = PLAIN[plain]
        case [_, inner]:
            found = None if variant % 2 else value(inner, names, variant)
        case {"type": "record", "fields": fields}:
            found = {each["name"]: bounded(each, value(each["type"], names, variant + index % 2)) for index, each in enumerate(fields)}
        case {"type": "enum", "symbols": symbols}:
            found = symbols[variant % len(symbols)]
        case {"type": "array", "items": items}:
            found = [value(items, names, variant + each) for each in range(variant % 3)]
        case {"type": "map"}:
            found = {"cap:note": "x"} if variant % 2 else {}
        case {"type": "long"}:
            found = NOON + timedelta(milliseconds=variant)
    return found


def bounded(field, found):
    low, high = field.get("range", (None, None))
    return found if low is None or found is None else max(low, min(high, found))


def written(schema, variant):
    data = io.BytesIO()
    said = value(schema, named(schema), variant)
    fastavro.schemaless_writer(data, fastavro.parse_schema(schema), said, strict=True)
    return said, data.getvalue()


def check_reads(writer, reader):
    """Fails where the reader's version cannot read what the writer's version writes, or reads something else."""
    for variant in range(VARIANTS):
        said, data = written(writer, variant)
        source = io.BytesIO(data)
        agree(said, fastavro.schemaless_reader(source, fastavro.parse_schema(writer), fastavro.parse_schema(reader)))
        assert source.read() == b""


def agree(said, found):
    """What both versions know has the same value; a symbol that the reader does not know is Unknown to it."""
    if isinstance(said, dict) and isinstance(found, dict):
        for name in said.keys() & found.keys():
            agree(said[name], found[name])
    elif isinstance(said, list) and isinstance(found, list):
        assert len(said) == len(found)
        for one, other in zip(said, found, strict=True):
            agree(one, other)
    else:
        assert found in (said, "Unknown")


def check(past):
    """Both ways between a version and today's."""
    check_reads(past, TODAY[past["name"]])
    check_reads(TODAY[past["name"]], past)


def misnamed(folder):
    """Published versions whose name is not the record and the digest of their content."""
    for entry in folder.iterdir():
        if entry.name.endswith(".avsc"):
            text = entry.read_text("utf-8").removesuffix("\n")
            if entry.name != f"{json.loads(text)['name']}-{hashlib.sha256(text.encode()).hexdigest()[:16]}.avsc":
                yield entry.name


# ---- every published version


def test_the_name_of_a_published_version_is_its_digest():
    assert list(misnamed(ROOT.joinpath("past"))) == []


@pytest.mark.parametrize("past", PAST, ids=lambda past: past["name"])
def test_a_published_version_and_todays_read_each_other(past):
    check(past)


@pytest.mark.parametrize("past", PAST, ids=lambda past: past["name"])
def test_a_record_of_a_published_version_is_opened_today(past):
    cls = next(cls for cls in wire.Record.__subclasses__() if cls.__name__ == past["name"])
    for variant in range(VARIANTS):
        assert isinstance(wire.decode(wire.schema(past).mark + written(past, variant)[1], cls), cls)


def test_a_record_that_was_published_is_still_spoken():
    assert {past["name"] for past in PAST} <= TODAY.keys()


# ---- publishing


def test_what_is_published_is_named_by_its_digest(tmp_path):
    freeze(tmp_path)
    assert list(misnamed(tmp_path)) == []
    assert {path.name.partition("-")[0] for path in tmp_path.iterdir()} == TODAY.keys()
    assert sorted(each["name"] for each in wire.past(tmp_path)) == sorted(TODAY)


def test_publishing_again_changes_nothing(tmp_path):
    freeze(tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    freeze(tmp_path)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_published_version_that_was_touched_is_found(tmp_path):
    freeze(tmp_path)
    touched = next(tmp_path.glob("Incident-*"))
    touched.write_text(touched.read_text("utf-8").replace('"default":"Unknown"', '"default":"Worsening"', 1), "utf-8")
    assert list(misnamed(tmp_path)) == [touched.name]


# ---- the check would find what breaks a reader


def part(definition, name):
    return next(each for each in definition["fields"] if each["name"] == name)


def altered(change):
    past = copy.deepcopy(TODAY["Incident"])
    change(past)
    assert past != TODAY["Incident"]
    return past


def without_default(past):
    part(past, "trend")["type"]["symbols"].remove("Stable")
    del part(past, "trend")["type"]["default"]


@pytest.mark.parametrize(
    "change",
    [
        lambda past: past["fields"].append({"name": "new", "type": ["null", "string"], "default": None}),
        lambda past: past["fields"].remove(part(past, "trend")),
        lambda past: past["fields"].insert(0, past["fields"].pop(2)),
        lambda past: part(past, "trend")["type"]["symbols"].append("Exploding"),
        lambda past: part(past, "trend")["type"]["symbols"].remove("Stable"),
    ],
    ids=["a field added", "a field taken away", "fields in another order", "a symbol added", "a symbol taken away"],
)
def test_a_change_with_a_default_breaks_nobody(change):
    check(altered(change))


@pytest.mark.parametrize(
    "change",
    [
        lambda past: past["fields"].append({"name": "new", "type": "string"}),
        lambda past: past["fields"].remove(part(past, "owner")),
        lambda past: part(past, "owner").update(name="keeper"),
        lambda past: part(past, "owner").update(type="long"),
        lambda past: part(past, "name").update(type=["null", "int"]),
        lambda past: part(past, "name").update(type="string", default=""),
        lambda past: part(past, "involved_agencies").update(type="string", default=""),
        without_default,
    ],
    ids=[
        "a required field added",
        "a required field taken away",
        "a required field renamed",
        "a type changed",
        "a type in a union changed",
        "a field made required",
        "a list made one",
        "a symbol taken away without a default",
    ],
)
def test_a_change_that_breaks_a_reader_is_found(change):
    with pytest.raises(SchemaResolutionError):
        check(altered(change))


@pytest.mark.parametrize(
    ("said", "found"), [({"name": "x"}, {"name": "y"}), ({"notes": [{"text": "x"}]}, {"notes": []}), ("Red", "Blue"), (None, ""), (1, 2)]
)
def test_a_value_that_is_read_otherwise_is_found(said, found):
    with pytest.raises(AssertionError):
        agree(said, found)
