"""``regionbus new``: from samples to a format that reads, in one command."""

import json
import tomllib

import pytest
from typer.testing import CliRunner

from bridge import cli
from bridge.errors import ConfigError

ROWS = [
    {"编号": "W-1", "名称": "排涝泵", "类别": "设备", "数量": 2, "更新时间": "2026-07-01 14:00:00"},
    {"编号": "W-2", "名称": "冲锋舟", "类别": "船艇", "数量": 3, "更新时间": "2026-07-01 15:00:00"},
]


def call(*words, code=0):
    found = CliRunner().invoke(cli.app, list(map(str, words)))
    assert found.exit_code == code, (found.output, found.exception)
    return found.output


def refusal(*words):
    found = CliRunner().invoke(cli.app, list(map(str, words)))
    assert isinstance(found.exception, ConfigError), found.output
    return str(found.exception)


@pytest.fixture
def samples(tmp_path):
    files = []
    for index, row in enumerate(ROWS):
        files.append(tmp_path / f"stock-{index}.json")
        files[-1].write_text(json.dumps({"data": [row]}, ensure_ascii=False), "utf-8")
    return files


def test_a_draft_reads_its_samples_at_once_and_the_next_step_works(tmp_path, samples):
    home = tmp_path / "formats"
    home.mkdir()
    told = call("new", "city-stock", *samples, "--folder", home)
    assert "resource_id = 编号: called '编号'; differs in each of 2 entries" in told
    assert f"regionbus test {home}/city-stock.toml {home}/golden/city-stock --bless" in told
    table = tomllib.loads((home / "city-stock.toml").read_text("utf-8"))
    assert (table["each"], table["record"][0]["type"]) == ("data", "Resource")
    expected = json.loads((home / "golden/city-stock/stock-0/expected.json").read_text("utf-8"))
    assert expected["said"][0]["Resource"]["resource_id"] == "cn-place-agency.resource.W-1"
    rows = json.loads(call("test", home / "city-stock.toml", home / "golden/city-stock", "--json"))
    assert [(row["verdict"], row["records"]) for row in rows] == [("ok", 1), ("ok", 1)]
    assert (home / "golden/city-stock/stock-0/in.json").read_bytes() == samples[0].read_bytes()


def test_a_folder_that_is_not_there_yet_is_made(tmp_path, samples):
    call("new", "city-stock", *samples, "--folder", tmp_path / "a/b")
    assert (tmp_path / "a/b/city-stock.toml").is_file()


def test_the_record_may_be_named(tmp_path, samples):
    call("new", "city-stock", *samples, "--folder", tmp_path / "own", "--type", "Incident")
    assert tomllib.loads((tmp_path / "own/city-stock.toml").read_text("utf-8"))["record"][0]["type"] == "Incident"


def test_two_samples_of_one_name_are_two_cases(tmp_path, samples):
    (tmp_path / "other").mkdir()
    other = (tmp_path / "other" / samples[0].name).write_bytes(samples[1].read_bytes())
    assert other
    call("new", "city-stock", samples[0], tmp_path / "other" / samples[0].name, "--folder", tmp_path / "own")
    assert sorted(case.name for case in (tmp_path / "own/golden/city-stock").iterdir()) == ["stock-0", "stock-0-1"]


@pytest.mark.parametrize("taken", ["city-stock.toml", "golden/city-stock"])
def test_nothing_is_written_over(tmp_path, samples, taken):
    place = tmp_path / "own" / taken
    place.mkdir(parents=True) if "." not in taken else (place.parent.mkdir(), place.write_text("mine"))
    assert "exists" in refusal("new", "city-stock", *samples, "--folder", tmp_path / "own")
    assert [path for path in (tmp_path / "own").rglob("*") if path not in (place, place.parent)] == []


def test_a_name_that_is_none_or_is_taken_is_refused(tmp_path, samples):
    assert "use [a-z0-9-]" in refusal("new", "City Stock", *samples, "--folder", tmp_path)
    assert "already" in refusal("new", "cap", *samples, "--folder", tmp_path)


def test_what_cannot_be_drafted_leaves_nothing_behind(tmp_path):
    (tmp_path / "in.json").write_text("[1, 2]")
    refusal("new", "city-stock", tmp_path / "in.json", "--folder", tmp_path / "own")
    assert not (tmp_path / "own").exists()


def test_a_sample_with_a_broken_row_is_told_and_fails(tmp_path):
    (tmp_path / "in.csv").write_text("编号,名称,数量\nW-1,泵,2\nW-2,舟\n", "utf-8")
    told = call("new", "city-stock", tmp_path / "in.csv", "--folder", tmp_path / "own", "--type", "Resource", code=1)
    assert "line 3 has 2 fields, the header 3" in told


def test_the_reasons_are_in_the_operators_language(tmp_path, samples, monkeypatch):
    monkeypatch.setenv("REGIONBUS_LANG", "zh")
    assert "名称为“编号”；在 2 个条目中各不相同" in call("new", "city-stock", *samples, "--folder", tmp_path / "own").replace("; ", "；")
