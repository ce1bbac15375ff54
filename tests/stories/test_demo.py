"""``regionbus demo``, as who tries it for the first time sees it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def played(tmp_path_factory):
    folder = tmp_path_factory.mktemp("demo")
    program = Path(sys.executable).with_name("regionbus")
    found = subprocess.run([program, "demo", "--once", "--folder", folder], capture_output=True, text=True, timeout=60, check=False)
    return found, folder


def test_the_story_ends_by_itself_and_its_sum_adds_up(played):
    found, _ = played
    assert found.returncode == 0, found.stdout + found.stderr
    assert "The sum adds up" in found.stdout
    assert "5 formats came out: cap, dispatch-119, emsi, geojson, resource-csv" in " ".join(found.stdout.split())


def test_every_partner_finds_the_story_in_its_own_format(played):
    _, folder = played

    def files(agency, adapter):
        return [path.read_bytes() for path in (folder / agency / "out" / adapter).iterdir() if path.is_file()]

    fires = [json.loads(data.decode("gb18030")) for data in files("cn-jinshan-fire", "dispatch-119")]
    assert sorted(fire["alarm"]["status"] for fire in fires if "alarm" in fire) == ["处置", "控制"]
    assert any("雷击引燃" in json.loads(data)["emsi"]["EVENT"].get("FREETEXT", "") for data in files("cn-jiaxing-hospital", "emsi"))
    assert any("封控枫泾方向边界道路".encode("gb18030") in data for data in files("cn-jiaxing-fire", "dispatch-119"))
    assert any("抗溶性泡沫灭火剂".encode("gb18030") in data for data in files("cn-jinshan-emergency", "resource-csv"))


def test_the_list_sent_again_is_no_message_and_the_broken_warning_is_refused_with_its_reason(played):
    found, folder = played
    assert len(list((folder / "cn-jinshan-emergency/out/resource-csv").glob("*.csv"))) == 6
    (reason,) = (folder / "cn-jiaxing-weather/in/refused").glob("*.reason.json")
    assert json.loads(reason.read_text())[0]["at"] == "identifier"
    assert "✗" in found.stdout


def test_who_said_something_urgent_or_lost_something_finds_its_receipts(played):
    _, folder = played
    for agency in ("cn-jiaxing-weather", "cn-jiaxing-fire", "cn-jinshan-emergency"):
        assert list((folder / agency / "in/receipts").glob("*.json")), agency
