"""``regionbus demo``, as who tries it for the first time sees it: with Mosquitto where it is on the path, and with the broker inside."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bridge import settings

PROGRAM = Path(sys.executable).with_name("regionbus")


def play(folder, *words, **environment):
    command = [PROGRAM, "demo", "--once", "--folder", folder, *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=200, check=False, env={**os.environ, **environment})


@pytest.fixture(scope="module", params=["embedded", "mosquitto"])
def played(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("demo")
    path = str(folder) if request.param == "embedded" else f"{os.environ['PATH']}:/usr/sbin"
    found = play(folder, PATH=path, REGIONBUS_LANG="en")
    assert "3.1.1" in settings.load(folder / "cn-jinshan.toml").bus or request.param == "mosquitto"
    return found, folder


def words(found):
    return " ".join(found.stdout.split())


def test_the_story_ends_by_itself_and_every_sum_adds_up(played):
    found, _ = played
    assert found.returncode == 0, found.stdout + found.stderr
    assert found.stderr == ""
    assert "The sum adds up" in found.stdout
    assert "6 formats came out: cap, dispatch-119, edxl-rm, emsi, geojson, resource-csv" in words(found)
    assert max(len(line) for line in found.stdout.splitlines()) <= 100


def test_what_waited_behind_the_cut_is_caught_up_with_and_both_hubs_have_the_same(played):
    found, _ = played
    told = words(found)
    cut, behind, mended = (told.index(each) for each in ("is cut", "that Jiaxing has not heard of", "caught up with"))
    assert cut < behind < mended
    assert "Jinshan holds 6 messages" in told
    assert "Jiaxing has said 22 messages for Jinshan: 22 are there" in told
    assert "Jinshan has said 13 messages for Jiaxing: 13 are there" in told


def test_every_partner_finds_the_story_in_its_own_format(played):
    _, folder = played

    def files(agency, adapter):
        return [path.read_bytes() for path in (folder / agency / "out" / adapter).iterdir() if path.is_file()]

    fires = [json.loads(data.decode("gb18030")) for data in files("cn-jinshan-fire", "dispatch-119")]
    assert sorted(fire["alarm"]["status"] for fire in fires if "alarm" in fire) == ["处置", "控制"]
    assert any("雷击引燃" in json.loads(data)["emsi"]["EVENT"].get("FREETEXT", "") for data in files("cn-jiaxing-hospital", "emsi"))
    assert any("封控枫泾方向边界道路".encode("gb18030") in data for data in files("cn-jiaxing-fire", "dispatch-119"))
    assert any("抗溶性泡沫灭火剂".encode("gb18030") in data for data in files("cn-jinshan-emergency", "resource-csv"))


def test_a_request_reaches_the_neighbour_that_it_names_and_its_answer_comes_back_past_the_cut(played):
    _, folder = played
    (request,) = (folder / "cn-jinshan-stores/out/edxl-rm").glob("*.xml")
    (answer,) = (folder / "cn-jiaxing-emergency/out/edxl-rm").glob("*.xml")
    assert "RequestResource" in request.read_text()
    assert ">20<" in request.read_text()
    assert "ResponseToRequestResource" in answer.read_text()
    assert ">12<" in answer.read_text()


def test_the_list_sent_again_is_no_message_and_the_broken_warning_is_refused_with_its_reason(played):
    found, folder = played
    assert len(list((folder / "cn-jinshan-emergency/out/resource-csv").glob("*.csv"))) == 6
    (reason,) = (folder / "cn-jiaxing-weather/in/refused").glob("*.reason.json")
    assert json.loads(reason.read_text())[0]["at"] == "identifier"
    assert found.stdout.count("✗") == 1


def test_who_said_something_urgent_or_lost_something_finds_its_receipts(played):
    _, folder = played
    for agency in ("cn-jiaxing-weather", "cn-jiaxing-fire", "cn-jiaxing-emergency", "cn-jinshan-emergency", "cn-jinshan-stores"):
        assert list((folder / agency / "in/receipts").glob("*.json")), agency


def test_files_of_ones_own_go_through_one_hub(tmp_path):
    samples = tmp_path / "samples"
    samples.mkdir()
    golden = Path(__file__).parents[1] / "golden" / "cap"
    for each in sorted(golden.glob("*/in.xml"))[:3]:
        (samples / f"{each.parent.name}.xml").write_bytes(each.read_bytes())
    found = play(tmp_path / "carried", "--samples", samples, "--adapter", "cap", REGIONBUS_LANG="zh")
    assert found.returncode == 0, found.stdout + found.stderr
    assert "账目平衡" in found.stdout
    assert list((tmp_path / "carried/partner/out").glob("*.xml"))
