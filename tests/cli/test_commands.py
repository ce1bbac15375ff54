"""The command line, as operators and programs use it."""

import json

import pytest
from servers import Redis
from typer.testing import CliRunner

from bridge import cli
from bridge.errors import ConfigError

GOOD = """<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2"><identifier>a</identifier><sender>s</sender><sent>2026-07-01T12:00:00+08:00</sent>\
<status>Actual</status><msgType>Alert</msgType><scope>Public</scope></alert>"""


def call(*words, code=0, stdin=None):
    found = CliRunner().invoke(cli.app, list(words), input=stdin)
    assert found.exit_code == code, (found.output, found.exception)
    return found.output


def refusal(*words):
    found = CliRunner().invoke(cli.app, list(words))
    assert isinstance(found.exception, ConfigError)
    return str(found.exception)


def test_help_names_every_command_in_both_languages(monkeypatch):
    assert {"demo", "init", "run", "convert", "test", "adapters", "schemas", "doctor"} <= {command.name for command in cli.app.registered_commands}
    assert "Usage" in call("--help")


def test_a_message_is_converted_from_standard_input():
    out = call("convert", "--from", "cap", "--to", "geojson", "--agency", "cn-jiaxing-weather", stdin=GOOD)
    assert json.loads(out)["features"][0]["geometry"] is None


def test_what_a_format_cannot_say_is_told_and_the_exit_code_says_so():
    out = call("convert", "--from", "cap", "--to", "resource-csv", "--agency", "cn-jiaxing-weather", code=1, stdin=GOOD)
    assert "alert" in out


def test_losses_are_listed_when_asked_for(tmp_path):
    (tmp_path / "a.xml").write_text(GOOD.replace("<scope>", "<source>观测</source><scope>"), "utf-8")
    plain = call("convert", "--from", "cap", "--to", "geojson", "--agency", "a", str(tmp_path / "a.xml"), "--json")
    lost = json.loads(plain)["written"][0]["losses"]
    told = call("convert", "--from", "cap", "--to", "geojson", "--agency", "a", str(tmp_path / "a.xml"), "--losses")
    assert all(path in told for path in lost)


def test_samples_are_judged_one_by_one(tmp_path):
    (tmp_path / "good.xml").write_text(GOOD)
    (tmp_path / "bad.xml").write_text("<alert")
    (tmp_path / "odd.xml").write_text(GOOD.replace("</alert>", "<colour>red</colour></alert>"))
    rows = json.loads(call("test", "cap", str(tmp_path), "--json"))
    assert {row["file"].rpartition("/")[2]: (row["verdict"], row["records"]) for row in rows} == {
        "bad.xml": ("refused", 0),
        "good.xml": ("ok", 1),
        "odd.xml": ("deviation", 1),
    }
    table = call("test", "cap", str(tmp_path))
    assert "3 files: 1 ok, 1 with deviations, 1 refused" in table


def test_the_records_are_listed_and_shown():
    assert {"Incident", "Envelope", "Carrier"} <= {row["record"] for row in json.loads(call("schemas", "--json"))}
    assert json.loads(call("schemas", "Incident"))["name"] == "Incident"
    assert "every rule is kept" in call("schemas", "--lint")
    assert "hub" in json.loads(call("schemas", "--settings"))["properties"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["schemas", "Incidnet"], "Incident"),
        (["convert", "--from", "capp", "--to", "cap"], "cap"),
        (["convert", "--from", "emsi", "--to", "cap", "--from-option", "dialekt=tso"], "dialect"),
        (["init", "Not A Hub"], "cn-jiaxing"),
    ],
)
def test_a_wrong_word_names_the_nearest_right_one(words, told):
    assert told in refusal(*words)


def test_a_hub_that_was_just_begun_is_healthy_and_its_trial_broker_is_noted(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    call("init", "cn-jiaxing")
    checks = json.loads(call("doctor", "--json"))
    assert {check["check"] for check in checks if check["state"] != "good"} <= {"bus", "clock-synchronised", "root"}
    assert "embedded" in next(check["what_to_do"] for check in checks if check["check"] == "bus")
    assert "regionbus.toml" in refusal("init", "cn-jiaxing")


@pytest.mark.parametrize(
    ("good", "bad", "check", "told"),
    [
        ('bus = "embedded:"', 'buss = "embedded:"', "settings", "bus"),
        ('adapter = "geojson"', 'adapter = "geojsn"', "settings", "geojson"),
        ('bus = "embedded:"', 'bus = "mqtt://127.0.0.1:1"', "bus", "127.0.0.1"),
        ('ledger = "sqlite:///regionbus.db"', 'ledger = "sqlite:////proc/nothing/x.db"', "settings", "/proc/nothing"),
        ('hub = "cn-jiaxing"', 'hub = "CN Jiaxing"', "settings", "hub"),
    ],
)
def test_doctor_names_what_is_wrong_and_what_to_do(tmp_path, monkeypatch, good, bad, check, told):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("bridge.doctor.bus.PATIENCE", 1)
    call("init", "cn-jiaxing")
    file = tmp_path / "regionbus.toml"
    assert good in file.read_text()
    file.write_text(file.read_text("utf-8").replace(good, bad), "utf-8")
    found = {each["check"]: each["what_to_do"] for each in json.loads(call("doctor", "--json", code=1))}
    assert told in found[check]


@pytest.mark.parametrize(("kept", "state"), [("yes", "good"), ("no", "note"), (None, "wrong")])
def test_doctor_looks_at_a_redis_ledger_and_never_shows_its_password(tmp_path, monkeypatch, kept, state):
    monkeypatch.chdir(tmp_path)
    call("init", "cn-jiaxing")
    server = Redis(tmp_path / "redis", "--appendonly", kept or "yes")
    monkeypatch.setenv("REGIONBUS_LEDGER", f"redis://:hush@127.0.0.1:{server.port}/0" if kept is None else server.url)
    if kept:
        server.start()
    try:
        out = call("doctor", "--json", code=0 if kept else 1)
    finally:
        if kept:
            server.kill()
    found = [check for check in json.loads(out) if check["check"] in {"ledger", "redis-persistence"}]
    assert found[-1]["state"] == state
    assert "hush" not in out
    assert {check["check"] for check in json.loads(out)} >= {"ledger", "files", "folder"}
