"""Formats drift: nothing stops for it, and the operator sees which field of whom, since when and how often."""

import asyncio
import json
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hubs import alert, settings
from playing import playing, until
from typer.testing import CliRunner

from bridge import drift, registry
from bridge.adapter import read
from bridge.cli import app as cli
from bridge.drift import ALWAYS, FIELDS, LARGEST, LONGEST, Found, Key, Sentinel, fields_in
from bridge.errors import Rejected

GOLDEN = Path(__file__).parents[1] / "golden"
NOON = datetime(2026, 7, 1, 4, 0, tzinfo=UTC)


def sentinel(name="irwin", kept=None, **options):
    found = Sentinel("cn-jiaxing-fire", registry.load(name, []).model_validate({"agency": "cn-jiaxing-fire", **options}))
    found.purse = 1e12
    if kept:
        found.adopt(kept)
    return found


def look(watch, document, now=NOON, said=()):
    data = document if isinstance(document, bytes) else json.dumps(document).encode()
    watch.purse = float(LARGEST)
    watch.see(data, said, now)


def of(watch, what):
    return {(key.field, key.types) if key.types else key.field: found.many for key, found in watch.found.items() if key.what == what}


# ---- missing


def test_a_field_that_was_always_there_is_missed_at_once_and_counted_until_it_comes_back():
    watch = sentinel()
    for _ in range(ALWAYS):
        look(watch, {"a": 1, "b": 2})
    look(watch, {"a": 1})
    assert of(watch, "missing") == {"b": 1}
    look(watch, {"a": 1})
    look(watch, {"a": 1, "b": 2})
    assert of(watch, "missing") == {"b": 2}


def test_a_field_that_was_not_always_there_is_not_missed():
    watch = sentinel()
    for number in range(3 * ALWAYS):
        look(watch, {"a": 1} if number % (ALWAYS - 1) == 0 else {"a": 1, "b": 2})
    assert of(watch, "missing") == {}


@pytest.mark.parametrize("silent", [{}, {"b": None}, {"b": ""}])
def test_what_says_nothing_is_missing(silent):
    watch = sentinel()
    for _ in range(ALWAYS):
        look(watch, {"a": 1, "b": 2})
    look(watch, {"a": 1, **silent})
    assert of(watch, "missing") == {"b": 1}


def test_of_an_object_that_is_missing_only_the_object_is_missed_and_an_empty_list_is_a_list():
    watch = sentinel()
    for _ in range(ALWAYS):
        look(watch, {"place": {"x": 1, "y": {"z": 2}}, "units": [{"id": 1}]})
    look(watch, {"units": []})
    assert of(watch, "missing") == {"place": 1}


def test_a_message_that_is_refused_is_looked_at_all_the_same():
    watch = sentinel()
    for _ in range(ALWAYS):
        look(watch, {"a": 1, "b": 2})
    look(watch, {"a": 1}, said=[Rejected("missing", "b")])
    assert of(watch, "missing") == {"b": 1}


# ---- another type


def test_a_field_of_another_type_is_named_with_both_types():
    watch = sentinel()
    for value in (1, 2.5, "3", "4", None, [5], True):
        look(watch, {"a": {"b": value}})
    assert of(watch, "retyped") == {
        ("a/b", "a number → text"): 2,
        ("a/b", "a number → a list"): 1,
        ("a/b", "a number → a truth value"): 1,
    }


def test_an_element_that_becomes_text_is_another_type():
    watch = sentinel("cap")
    look(watch, b'<alert xmlns="urn:x"><info lang="zh"><area><d>x</d></area></info></alert>')
    look(watch, b'<alert xmlns="urn:x"><info lang="zh"><area>x</area></info></alert>')
    assert of(watch, "retyped") == {("alert/info/area", "an object → text"): 1}


@pytest.mark.parametrize(
    ("name", "data", "fields"),
    [
        ("irwin", b'\xef\xbb\xbf {"a": [{"b": 1}, {"c": null}, {"b": "x"}]}', {"a": "a list", "a/*": "an object", "a/*/b": "a number"}),
        ("cap", b'<a xmlns:p="u"><b p:c="1"/><b>x</b><d> </d></a>', {"a": "an object", "a/b": "text", "a/b/@c": "text"}),
        ("resource-csv", "编号,名称\n1,泵\n".encode("gbk"), {"编号": "text", "名称": "text"}),
    ],
)
def test_fields_are_named_by_their_native_path(name, data, fields):
    options = {"encoding": "gbk"} if name == "resource-csv" else {}
    assert dict(fields_in(data, sentinel(name, **options).adapter)) == fields


# ---- without a home


@pytest.mark.parametrize(
    ("name", "case", "news"),
    [
        ("emsi", "tso-plant-fire", set()),
        ("emsi", "hub-json-unknown-fields-are-kept", {"messageId", "EVENT/GRADE", "EVENT/WIND", "MISSION/COMMANDER"}),
        ("edxl-rm", "an-updated-offer-with-its-price", set()),
        ("edxl-rm", "a-report-of-deployment-says-what-resources-do", set()),
    ],
)
def test_what_a_standard_knows_is_no_news_even_where_no_record_has_a_home_for_it(name, case, news):
    (message,) = (GOLDEN / name / case).glob("in.*")
    watch = sentinel(name)
    said = list(watch.adapter.decode(message.read_bytes()))
    assert any(each.record.extensions for each in said)
    look(watch, message.read_bytes(), said=said)
    assert of(watch, "unknown").keys() == news


def unknown(**more):
    fields = "".join(f"<{name}>{value}</{name}>" for name, value in more.items())
    return alert("a").replace(b"</info>", fields.encode() + b"</info>")


def test_a_field_without_a_home_goes_on_in_extensions_and_is_counted_in_every_record():
    watch = sentinel("cap")
    for number in range(3):
        data = unknown(newField=number)
        said = read(watch.adapter, data)
        assert any("newField" in key for key in said[0].record.extensions)
        look(watch, data, NOON + timedelta(minutes=number), said)
    watch.packed(NOON + timedelta(minutes=9))
    ((key, found),) = [(key, found) for key, found in watch.found.items() if key.what == "unknown"]
    assert "newField" in key.field
    assert (found.many, found.first) == (3, int(NOON.timestamp() * 1000))


def test_places_in_lists_are_one_field():
    assert drift.field_of("geojson:features/12/properties/x") == "features/*/properties/x"
    assert drift.field_of("cap:alert/info/x9") == "alert/info/x9"


# ---- bounds


def test_what_is_found_and_what_is_known_is_bounded():
    watch = sentinel()
    look(watch, {"x" * 100_000: 1})
    watch._count(["irwin:" + "x" * 100_000], 0)
    for number in range(0, 4 * FIELDS, 50):
        look(watch, {f"key-{each}": each for each in range(number, number + 50)})
        watch._count([f"irwin:key-{each}" for each in range(number, number + 50)], 0)
    assert len(watch.fields) == len(watch.found) == FIELDS
    assert len(watch.hits) <= 2 * FIELDS
    assert max(map(len, [*watch.fields, *watch.hits, *(key.field for key in watch.found)])) <= LONGEST


def test_only_so_many_bytes_a_second_are_looked_at():
    watch = Sentinel("cn-jiaxing-fire", registry.load("irwin", [])())
    for _ in range(400):
        watch.see(json.dumps({"a": "x" * 10_000}).encode(), (), NOON)
    assert LARGEST / 10_000 - 2 < watch.number < LARGEST / 10_000 + 60


@pytest.mark.parametrize("data", [b"", b"{", b"\xff\xfe", b"<!DOCTYPE a><a/>", b"[" * 5000, b'{"deep":' * 90 + b"1" + b"}" * 90, b"plain"], ids=repr)
def test_whatever_the_bytes_are_nothing_stops(data):
    watch = sentinel()
    look(watch, data)
    look(watch, {"a": 1})
    assert watch.fields["a"][0] == "a number"


def test_a_fault_of_the_sentinel_stops_nothing(monkeypatch):
    monkeypatch.setattr("bridge.drift.fields_in", lambda *_: 1 / 0)
    look(sentinel(), {"a": 1})


# ---- kept


def test_what_was_found_and_how_long_a_field_was_there_is_known_in_the_next_life():
    first = sentinel()
    for _ in range(ALWAYS - 1):
        look(first, {"a": 1, "b": 1})
    look(first, {"a": "1", "b": 1})
    second = sentinel(kept=first.packed(NOON))
    look(second, {"a": "1"}, NOON + timedelta(days=1))
    assert second.found[Key("retyped", "a", "a number → text")] == Found(
        int(NOON.timestamp() * 1000), int((NOON + timedelta(days=1)).timestamp() * 1000), 2
    )
    assert of(second, "missing") == {"b": 1}


# ---- a whole hub


def test_a_hub_goes_on_and_its_operator_sees_the_drift(tmp_path, monkeypatch):
    monkeypatch.setattr("bridge.links.upkeep.DRIFT", 0.1)
    monkeypatch.setenv("COLUMNS", "250")
    path = settings(tmp_path)

    async def life(count, *files):
        async with playing(path):
            for name, data in files:
                (tmp_path / "in" / f"{name}.xml").write_bytes(data)
            await until(lambda: len(list((tmp_path / "out").glob("*.xml"))) == count)

    def shown(*more):
        found = CliRunner().invoke(cli, ["drift", "-c", str(path), *more])
        assert found.exit_code == 0
        return found.stdout

    asyncio.run(life(2, ("1", alert("a")), ("2", unknown(newField=1))))
    (row,) = json.loads(shown("--json"))
    assert (row["agency"], row["format"], row["what"], row["many"]) == ("cn-jiaxing-weather", "cap", "unknown", 1)
    assert "newField" in row["field"]
    assert "newField" in shown()
    assert "newField" in shown("--since", "1h")
    assert "newField" not in shown("--since", "2099-01-01")
    asyncio.run(life(3, ("3", unknown(newField=2).replace(b">a<", b">b<"))))
    (later,) = json.loads(shown("--json"))
    assert (later["first"], later["many"]) == (row["first"], 2)
    assert later["last"] > row["last"]


def test_what_several_processes_have_found_is_shown_as_one():
    from bridge.cli.drift import merged  # noqa: PLC0415

    one, two = sentinel(), sentinel()
    for watch, moments in ((one, (5, 1)), (two, (3,))):
        for minutes in moments:
            look(watch, {"a": 1})
            watch._count(["irwin:x"], int((NOON + timedelta(minutes=minutes)).timestamp() * 1000))
    (row,) = merged([one.packed(NOON), two.packed(NOON)])
    assert (row["field"], row["many"]) == ("x", 3)


def test_a_time_that_is_none_is_one_sentence(tmp_path):
    found = CliRunner().invoke(cli, ["drift", "-c", str(settings(tmp_path)), "--since", "soon"])
    assert "soon" in str(found.exception)


def test_looking_on_costs_next_to_nothing():
    watch = sentinel("cap")
    data = unknown(newField=1)
    said = read(watch.adapter, data)
    watch.purse, fastest = 0, []
    for _ in range(20):
        begun = time.perf_counter()
        for _ in range(100):
            watch.see(data, said, NOON)
        fastest.append((time.perf_counter() - begun) / 100)
    assert min(fastest) < 20e-6
