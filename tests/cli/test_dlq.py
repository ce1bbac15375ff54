"""Dead letters and the life of a message, as operators see them on the command line."""

import asyncio
import json
from datetime import UTC, datetime

import pytest
from typer.testing import CliRunner

from bridge import cli
from bridge.adapter import Said
from bridge.envelope import Terms, opened, seal
from bridge.errors import ConfigError, Malformed
from bridge.ledger import Heard, Owed, Refused, Settlement, Taking
from bridge.ledger.sqlite import Sqlite
from bridge.records import Alert
from bridge.wire import encode

SETTINGS = """\
hub = "cn-jiaxing"
[[agency]]
id = "cn-jiaxing-weather"
[[inlet]]
agency = "cn-jiaxing-weather"
adapter = "cap"
folder = "in"
mode = "Actual"
"""
CAP = """<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2"><identifier>a</identifier><sender>s</sender><sent>2026-07-01T12:00:00+08:00</sent>\
<status>Actual</status><msgType>Alert</msgType><scope>Public</scope></alert>"""
INLET = "cn-jiaxing-weather-cap"


def now():
    return datetime.now(UTC)


async def fill(path):
    """An alert that a hospital has not got, twice the same flaw at a way in, a flaw that is mended today, and a forgery on the bus."""
    ledger = Sqlite(path, "cn-jiaxing", now)
    record = Alert(identifier="a", sender="s", sent=now(), status="Actual", msg_type="Alert", scope="Public")
    sealed = seal(Said(record), Terms(agency="cn-jiaxing-weather", mode="Actual"), now())
    (outcome,) = await ledger.accept([Taking("a", INLET, "cn-jiaxing-weather", tuple(sealed))])
    (ticket,) = outcome.tickets
    _, carrier, envelope = opened(ticket.message.topic, encode(ticket.message.carrier))
    heard = Heard(ticket.message.topic, carrier, envelope, (Owed("outlet/h/urgent", "cn-hospital"),))
    (fanned,) = await ledger.accept([heard])
    verdict = Malformed("refused-by-partner", "", status=422, answer="no").verdict
    await ledger.settle([Settlement(ticket, "delivered"), Settlement(fanned.tickets[0], "set aside", verdict, carrier.envelope)])
    bad = [Refused(Malformed("empty", "").verdict, data) for data in (b"", b"\xff\xfe\x1b[2J")]
    mended = Refused(Malformed("missing", "status").verdict, CAP.replace(">a<", ">b<").encode())
    await ledger.accept([Taking("b", INLET, "cn-jiaxing-weather", (), (*bad, mended))])
    await ledger.accept([Taking("c", "bus/urgent", "bus", (), (Refused(Malformed("disagrees", "agency", found="x", wanted="y").verdict, b"x"),))])
    await ledger.close()
    return ticket.message.message_id


@pytest.fixture
def message_id(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    (tmp_path / "regionbus.toml").write_text(SETTINGS)
    return asyncio.run(fill(tmp_path / "regionbus.db"))


def call(*words, code=0):
    found = CliRunner().invoke(cli.app, list(words))
    assert found.exit_code == code, (found.output, found.exception)
    return found.output


def causes(*words):
    return {row["code"]: row for row in json.loads(call("dlq", "list", "--json", *words))}


def test_what_was_set_aside_is_listed_by_its_cause(message_id):
    found = causes()
    assert {code: (row["where"], row["count"]) for code, row in found.items()} == {
        "refused-by-partner": ("cn-hospital", 1),
        "empty": (INLET, 2),
        "missing": (INLET, 1),
        "disagrees": ("bus/urgent", 1),
    }
    table = call("dlq", "list")
    assert all(word in table for word in ("cn-hospital", INLET, "empty", "the sender's"))


def test_it_is_told_in_the_operators_language(message_id, monkeypatch):
    monkeypatch.setenv("REGIONBUS_LANG", "zh")
    number = causes()["missing"]["numbers"][0]
    assert "缺少 status" in call("dlq", "show", str(number))
    assert "发送方" in call("dlq", "list")


def test_a_dead_letter_is_shown_with_what_its_bytes_say(message_id):
    shown = call("dlq", "show", str(causes()["refused-by-partner"]["numbers"][0]))
    assert message_id in shown
    assert '"identifier": "a"' in shown


def test_refused_input_is_shown_beside_what_is_read_in_it_today(message_id):
    mended, bad = causes()["missing"]["numbers"][0], causes()["empty"]["numbers"][0]
    shown = call("dlq", "show", str(mended))
    assert "<identifier>" in shown
    assert '"identifier": "b"' in shown
    assert "\x1b" not in call("dlq", "show", str(bad))
    assert "bus/urgent" in call("dlq", "show", str(causes()["disagrees"]["numbers"][0]))


def test_a_retry_is_told_and_a_second_one_does_nothing(message_id):
    number = str(causes()["refused-by-partner"]["numbers"][0])
    assert "waiting" in call("dlq", "retry", number)
    assert "before" in call("dlq", "retry", number)
    assert "refused-by-partner" not in causes()
    assert causes("--all")["refused-by-partner"]["ended"] == "retried"


def test_input_that_can_be_read_today_is_accepted_and_the_rest_stays(message_id):
    told = call("dlq", "retry", str(causes()["missing"]["numbers"][0]))
    new = next(word for word in told.split() if word.count("-") == 4)
    assert json.loads(call("trace", new, "--json"))["subject"] == "s,b"
    assert "before" in call("dlq", "retry", str(causes("--all")["missing"]["numbers"][0]))
    assert call("dlq", "retry", "--code", "empty", code=1).count("still refused") == 2
    assert "bus/urgent" in call("dlq", "retry", "--code", "disagrees", code=1)
    assert set(causes()) == {"refused-by-partner", "empty", "disagrees"}


def test_what_is_dropped_is_kept_with_its_reason(message_id):
    numbers = [str(number) for number in causes()["empty"]["numbers"]]
    call("dlq", "drop", *numbers, "--reason", "a test of the sender")
    assert "empty" not in causes()
    assert causes("--all")["empty"]["ended"] == "dropped"
    assert "a test of the sender" in call("dlq", "show", numbers[0])
    assert "a test of the sender" in call("dlq", "drop", numbers[0], "--reason", "other")
    assert "a test of the sender" in call("dlq", "retry", numbers[0], code=1)


def test_what_was_retried_is_not_dropped(message_id):
    number = str(causes()["refused-by-partner"]["numbers"][0])
    call("dlq", "retry", number)
    assert "not dropped" in call("dlq", "drop", number, "--reason", "x", code=1)


def test_an_unknown_number_and_an_empty_shelf_are_told(message_id):
    for words in (["show", "99"], ["retry", "99"], ["drop", "99", "--reason", "x"]):
        assert "99" in call("dlq", *words, code=1)
    for row in causes().values():
        call("dlq", "drop", *map(str, row["numbers"]), "--reason", "x")
    assert "Nothing" in call("dlq", "list")
    assert "Nothing" in call("dlq", "retry", "--code", "empty")


@pytest.mark.parametrize("words", [["retry"], ["retry", "1", "--code", "x"]])
def test_a_retry_wants_numbers_or_a_cause(message_id, words):
    found = CliRunner().invoke(cli.app, ["dlq", *words])
    assert isinstance(found.exception, ConfigError)


@pytest.mark.parametrize("words", [["dlq", "list"], ["trace", "x"]])
def test_where_there_is_no_ledger_yet_none_is_made(tmp_path, monkeypatch, words):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "regionbus.toml").write_text(SETTINGS)
    found = CliRunner().invoke(cli.app, words)
    assert isinstance(found.exception, ConfigError)
    assert "regionbus.db" in str(found.exception)
    assert list(tmp_path.glob("*.db")) == []


def test_a_life_is_told_by_the_id_its_beginning_and_what_the_message_is_about(message_id):
    life = json.loads(call("trace", message_id, "--json"))
    assert [(step["recipient"], step["stage"]) for step in life["steps"]] == [
        ("cn-jiaxing", "sealed"),
        ("bus", "delivered"),
        ("cn-hospital", "set aside"),
    ]
    for words in (message_id[:20], "s,a"):
        assert json.loads(call("trace", words, "--json")) == life
    table = call("trace", message_id)
    assert all(word in table for word in ("cn-hospital", "set aside", "s,a"))


def test_what_is_unknown_or_not_unique_is_said_plainly(message_id):
    assert "no-such-message" in call("trace", "no-such-message", code=1)
    call("dlq", "retry", str(causes()["missing"]["numbers"][0]))
    several = call("trace", message_id[:4], code=1)
    assert message_id in several
    assert len(json.loads(call("trace", message_id[:4], "--json", code=1))["found"]) == 2


def test_of_two_wrong_rows_the_mended_one_is_accepted_and_the_other_stays(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "regionbus.toml").write_text(SETTINGS.replace('"cap"', '"resource-csv"'))
    rows = "编号,名称,机构编码,经度,纬度\n1,泵车,cn-a,121.0,30.0\n2,云梯,cn-a,x,30.0\n".encode()
    wrong = [Refused(Malformed("not-number", at).verdict, rows) for at in where_refused(rows)]
    mended = Refused(Malformed("missing", "1/机构编码").verdict, rows)

    async def story():
        ledger = Sqlite(tmp_path / "regionbus.db", "cn-jiaxing", now)
        await ledger.accept([Taking("a", "cn-jiaxing-weather-resource-csv", "cn-jiaxing-weather", (), (*wrong, mended))])
        await ledger.close()

    asyncio.run(story())
    found = causes()
    assert "still refused" in call("dlq", "retry", *map(str, found["not-number"]["numbers"]), code=1)
    assert call("dlq", "retry", *map(str, found["missing"]["numbers"])).count("accepted") == 1
    assert set(causes()) == {"not-number"}


def where_refused(rows):
    from bridge import registry  # noqa: PLC0415
    from bridge.adapter import read  # noqa: PLC0415

    return [part.at for part in read(registry.load("resource-csv", [])(agency="cn-a"), rows) if not isinstance(part, Said)]
