"""A new JSON format with ten fields: one TOML file and one golden folder, nothing registered."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

MAPPING = """\
media_type = "application/json"
format = "json"
each = "pumps"
zone = "Asia/Shanghai"

[[record]]
type = "Resource"
when = "title"
[record.fields]
resource_id = { at = "no", id = "resource" }
name = "title"
kind = { at = "class", table = { "pump" = "Equipment", "crew" = "Team" } }
quantity = "count"
"home_base.name" = "depot"
"home_base.point" = { lat = "y", lon = "x" }
conditions = "terms"

[[record]]
type = "ResourceState"
when = "status"
[record.fields]
resource_id = { at = "no", id = "resource" }
at = "seen"
availability = { at = "status", table = { "idle" = "Available", "out" = "Committed" } }
"""
SAMPLE = {
    "pumps": [
        {
            "no": "P-1",
            "title": "移动排涝泵",
            "class": "pump",
            "count": 2,
            "depot": "姚庄",
            "y": 30.9,
            "x": 120.9,
            "terms": "四小时内",
            "seen": "2026-07-01 14:00:00",
        }
        | {"status": "idle"},
    ]
}


@pytest.fixture
def regionbus(tmp_path):
    program = Path(sys.executable).with_name("regionbus")

    def call(*words, code=0):
        found = subprocess.run([program, *words], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
        assert found.returncode == code, found.stdout + found.stderr
        return found.stdout

    return call


def test_one_file_and_one_folder_make_a_format_that_reads_and_writes(tmp_path, regionbus):
    assert len(MAPPING.splitlines()) <= 30
    (tmp_path / "formats").mkdir()
    (tmp_path / "formats/pump-list.toml").write_text(MAPPING, "utf-8")
    case = tmp_path / "golden/two-pumps"
    case.mkdir(parents=True)
    (case / "in.json").write_text(json.dumps(SAMPLE, ensure_ascii=False), "utf-8")
    (case / "options.json").write_text('{"agency": "cn-jiashan-water"}')
    regionbus("test", "pump-list", "golden", "--bless", "--adapters", "formats")
    expected = json.loads((case / "expected.json").read_text("utf-8"))
    assert expected["said"][0]["Resource"]["resource_id"] == "cn-jiashan-water.resource.P-1"
    assert expected["said"][1]["ResourceState"]["at"] == "2026-07-01T06:00:00Z"
    assert json.loads((case / "out-0.json").read_text())["pumps"][0]["title"] == "移动排涝泵"
    rows = json.loads(regionbus("test", "pump-list", "golden", "--json", "--adapters", "formats"))
    assert [(row["verdict"], row["records"]) for row in rows] == [("ok", 2)]
    assert "pump-list" in regionbus("adapters", "--adapters", "formats")


def test_a_case_that_no_longer_holds_is_told(tmp_path, regionbus):
    test_one_file_and_one_folder_make_a_format_that_reads_and_writes(tmp_path, regionbus)
    file = tmp_path / "formats/pump-list.toml"
    file.write_text(file.read_text("utf-8").replace('"Equipment"', '"Vehicle"'), "utf-8")
    assert "expected.json has something else" in regionbus("test", "pump-list", "golden", "--adapters", "formats", code=1)


def test_what_is_new_converts_into_what_is_known(tmp_path, regionbus):
    (tmp_path / "formats").mkdir()
    (tmp_path / "formats/pump-list.toml").write_text(MAPPING, "utf-8")
    (tmp_path / "list.json").write_text(json.dumps(SAMPLE), "utf-8")
    words = ["convert", "--from", "pump-list", "--to", "geojson", "--agency", "cn-jiashan-water", "--adapters", "formats", "--json", "list.json"]
    found = json.loads(regionbus(*words))
    assert [each["kind"] for each in found["written"]] == ["resource", "resource-state"]
    assert json.loads(found["written"][0]["data"])["features"][0]["geometry"]["coordinates"] == [120.9, 30.9]
