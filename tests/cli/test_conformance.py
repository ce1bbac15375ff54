"""Every check passes on what is right and fails on what is wrong in just that way."""

import asyncio
import json
import ssl
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Lock, Thread

import pytest
import trustme
from hubs import alert, settings
from servers import free_port
from stories.playing import playing
from typer.testing import CliRunner

from bridge import cli, testing
from bridge.cli import conformance as command
from bridge.conformance import adapters, endpoints, inlets, reading, taking
from bridge.conformance.report import run
from bridge.conformance.subject import Subject, loaded
from bridge.conformance.wire import Endpoint
from bridge.errors import ConfigError
from bridge.texts import catalogue

GOOD = '''\
import time
from datetime import datetime
from bridge import Adapter, Incident, Malformed, Said, text
from bridge.records import Heads

KEPT = {"incident_id", "name", "description"}
SEEN = []

class Calls(Adapter):
    """Calls of a city."""
    media_type = "application/json"
    records = (Incident,)
    loses = frozenset(f"Incident.{name}" for name in Incident.model_fields if name not in KEPT)

    def decode(self, data):
        found = text.read_json(data)
        if not isinstance(found, dict):
            raise Malformed("wrong-shape", "", found="a list", wanted="an object")
        number = found["id"]
        if not isinstance(number, str) or not number.strip():
            raise Malformed("missing", "id")
        name = found.get("name")
        record = Incident(
            incident_id=self.shared_id("incident", number), owner=self.owner, category="Unknown", lifecycle="Unknown", location={},
            name=name, description=found.get("text"),
        )
        yield Said(record)

    def encode(self, said):
        record = said.record
        found = {"id": self.local_id("incident", record.incident_id), "name": record.name, "text": record.description}
        return text.write_json({name: value for name, value in found.items() if value is not None})
'''
BODY = "        found = text.read_json(data)\n"
ENCODE = "        return text.write_json("
TELL = "        yield Said(record)\n"
NAME = '        name = found.get("name")\n'
WRONG = {
    1: (GOOD, "class ("),
    2: ('    """Calls of a city."""\n', ""),
    3: ('"application/json"', '"json"'),
    4: ("records = (Incident,)", "records = (Heads,)"),
    5: ("    records =", "    station: str\n    records ="),
    6: ("for name in Incident.model_fields", 'for name in (*Incident.model_fields, "colour")'),
    8: (BODY, BODY + '        if "x" in found:\n            raise RuntimeError("x")\n'),
    9: (BODY, BODY + '        raise Malformed("missing", "x")\n'),
    10: (NAME, '        SEEN.append(1)\n        name = f"call {len(SEEN)}"\n'),
    11: (NAME, '        name = str(SEEN[-1:])\n        SEEN.append(found["id"])\n'),
    12: (NAME, "        name = str(datetime.now().date())\n"),
    13: ('Malformed("wrong-shape"', 'Malformed("no-such-code"'),
    14: ('self.shared_id("incident", number)', '" "'),
    15: (TELL, '        yield Said(Heads(hub="h", at=datetime.fromisoformat("2026-07-01T12:00:00Z")))\n'),
    16: (TELL, '        yield Said(record.model_copy(update={"extensions": {"colour": "red"}}))\n'),
    17: (TELL, '        yield Said(record.model_copy(update={"revision": 2**70}))\n'),
    18: (BODY, BODY + "        end = time.process_time() + 0.05\n        while time.process_time() < end:\n            pass\n"),
    19: (BODY, "        if not data.strip():\n            return\n" + BODY),
    20: (BODY, '        found = {"id": "x"} if 0 in data else text.read_json(data)\n'),
    21: (BODY, '        if not data.endswith(b"}"):\n            raise RuntimeError("short")\n' + BODY),
    22: (BODY, '        if data[:3] == bytes([239, 187, 191]):\n            raise Malformed("not-json", line=1, column=1, reason="mark")\n' + BODY),
    23: (BODY, '        found = {"id": "x"} if data[:2] == b"[[" else text.read_json(data)\n'),
    25: (NAME, '        name = found["name"] if "name" in found else 1 / 0\n'),
    26: ('"name": record.name,', '"name": record.name and record.name + "!",'),
    27: (', "text": record.description', ""),
    28: (ENCODE, "        SEEN.append(1)\n        found['n'] = len(SEEN)\n" + ENCODE),
    29: (BODY, '        found = text.read_json(data.removeprefix(b"<x/>"))\n'),
    30: ('KEPT = {"incident_id",', 'KEPT = {"incident_id", "casualties",'),
    31: ('"name": record.name,', '"name": record.name and record.name.replace("\\n", " "),'),
}
SAMPLES = {"a": {"id": "1", "name": "厂房起火", "text": "三楼"}, "b": {"id": "2", "name": "溺水", "x": 1}, "c": [1]}


def subject(folder, source=GOOD, samples=SAMPLES):
    file = folder / "city_calls.py"
    file.write_text(source, "utf-8")
    for name, document in samples.items():
        case = folder / "golden" / name
        case.mkdir(parents=True)
        (case / "in.json").write_text(json.dumps(document, ensure_ascii=False), "utf-8")
        (case / "options.json").write_text('{"agency": "cn-jiaxing-fire"}')
    return Subject(str(file), folder / "golden")


def blessed(about):
    for case in testing.cases(about.folder):
        testing.bless(about.cls, case)
    return about


def failed(checks, about):
    return [outcome.number for outcome in run(checks, about) if outcome.state == "failed"]


def test_an_adapter_that_keeps_its_word_passes_every_check_but_those_on_other_formats(tmp_path):
    outcomes = list(run(adapters.CHECKS, blessed(subject(tmp_path))))
    assert [(each.number, each.reason) for each in outcomes if each.state == "failed"] == []
    assert [each.number for each in outcomes if each.state == "not-applicable"] == [24]


@pytest.mark.parametrize("number", WRONG)
def test_an_adapter_that_is_wrong_in_one_way_fails_the_check_on_it(tmp_path, monkeypatch, number):
    monkeypatch.setattr(reading, "SLOW", 0.01 if number == 18 else 2.0)
    source = GOOD.replace(*WRONG[number])
    assert source != GOOD
    if number == 29:
        source = source.replace(ENCODE, '        return b"<x/>" + text.write_json(')
    about = subject(tmp_path, source)
    (outcome,) = run({number: adapters.CHECKS[number]}, about)
    assert outcome.state == "failed"
    assert outcome.reason
    assert outcome.remedy
    assert failed({number: adapters.CHECKS[number]}, Subject(write(tmp_path, GOOD), about.folder)) == []


def write(folder, source, name="good_calls.py"):
    (folder / name).write_text(source, "utf-8")
    return str(folder / name)


def test_without_samples_the_seventh_check_fails_and_those_on_samples_have_nothing_to_look_at(tmp_path):
    outcomes = {each.number: each.state for each in run(adapters.CHECKS, Subject(write(tmp_path, GOOD)))}
    assert [number for number, state in outcomes.items() if state == "failed"] == [7]
    assert {outcomes[number] for number in (*range(8, 19), 21, 22, 24, 25, *range(26, 30), 32, 33)} == {"not-applicable"}


UNSAFE = '''\
from lxml import etree
from bridge import Adapter, Incident, Malformed, Said, xml

class Calls(Adapter):
    """Calls of a city in XML."""
    media_type = "application/xml"
    records = (Incident,)
    writes = False

    def decode(self, data):
        root = xml.parse(data)
        yield Said(Incident(incident_id=root.findtext("id"), owner=self.owner, category="Unknown", lifecycle="Unknown", location={}))
'''


def test_a_parser_that_resolves_entities_fails(tmp_path):
    about = subject(tmp_path, UNSAFE, {})
    (tmp_path / "golden/a").mkdir(parents=True)
    (tmp_path / "golden/a/in.xml").write_text("<?xml version='1.0'?><call><id>1</id></call>")
    assert failed({24: adapters.CHECKS[24]}, about) == []
    careless = UNSAFE.replace("xml.parse(data)", "etree.fromstring(data, etree.XMLParser(resolve_entities=True))")
    assert failed({24: adapters.CHECKS[24]}, Subject(write(tmp_path, careless), about.folder)) == [24]


def test_a_golden_case_that_no_longer_holds_fails(tmp_path):
    about = blessed(subject(tmp_path))
    expected = tmp_path / "golden/a/expected.json"
    expected.write_text(expected.read_text("utf-8").replace("厂房起火", "库房起火"), "utf-8")
    assert failed(adapters.CHECKS, about) == [32]


def test_golden_cases_that_are_all_good_fail(tmp_path):
    about = blessed(subject(tmp_path, samples={"a": SAMPLES["a"], "b": SAMPLES["b"]}))
    assert failed(adapters.CHECKS, about) == [33]


def test_a_name_that_cannot_stand_in_settings_fails(tmp_path):
    assert failed({1: adapters.CHECKS[1]}, Subject(write(tmp_path, GOOD, "City Calls.py"))) == [1]


def test_an_adapter_of_this_installation_is_known_by_its_name(root):
    outcomes = list(run(adapters.CHECKS, Subject("weather-station", root / "tests/golden/weather-station")))
    assert [(each.number, each.reason) for each in outcomes if each.state == "failed"] == []


# ---- endpoints


class Agency:
    """An agency's own endpoint; ``wrong`` is the one thing that it does wrong, by the number of the check."""

    def __init__(self, wrong=0, context=None):
        self.wrong, self.held, self.seen = wrong, {}, set()
        self.poisoned, self.current, self.lock = False, 0, Lock()
        agency = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if len(body) < int(self.headers["Content-Length"]):
                    agency.poisoned = agency.wrong == 66
                    self.close_connection = True
                    return
                self.answer(*agency.judge(self.headers, body))

            def do_GET(self):
                self.answer(500 if {"HEAD": 60, "GET": 61}[self.command] == agency.wrong else 405, b"")

            do_HEAD = do_GET  # noqa: N815  the library asks for this name

            def answer(self, status, body, media_type="text/plain"):
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.send_header("Content-Type", media_type)
                if agency.wrong == 63:
                    self.send_header("Connection", "close")
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.server.handle_error = lambda *_: None
        if context:
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.thread = Thread(target=self.server.serve_forever, daemon=True)

    def judge(self, headers, body):
        wrong, key = self.wrong, headers["Idempotency-Key"]
        bearer = headers["Authorization"]
        if bearer != "Bearer s3cret" and not (wrong == 51 and bearer) and not (wrong == 52 and not bearer):
            return 401, b"no"
        first, self.held[key] = key not in self.held, body
        blind = {
            44: (500, b"ill"),
            62: (308, b"over there"),
            46: None if first else (409, b"known"),
            47: None if first else (201, b"known"),
            48: (409, b"known") if body in self.seen and first else None,
            49: (415, b"type") if ";" in headers["Content-Type"] else None,
            50: (400, b"letters") if not body.isascii() and body[:1] == b"{" else None,
            57: None if body else (200, b"nothing"),
            58: (413, b"large") if len(body) > 500_000 else None,
            59: (500, b"large") if len(body) > 10_000_000 else None,
            64: self.crowded(),
            65: (500, b"sulking") if self.poisoned else None,
            66: (500, b"ill") if self.poisoned else None,
            67: (400, b"header") if headers["X-Unknown"] else None,
        }
        if answer := blind.get(wrong):
            return answer
        if len(body) > 10_000_000:
            return 413, b"too large"
        self.seen.add(body)
        try:
            json.loads(body)
        except ValueError as error:
            self.poisoned = wrong == 65
            return {53: (200, b"fine"), 54: (429, b"later"), 55: (400, b""), 56: (400, b"{oops", "application/json")}.get(
                wrong, (400, str(error).encode())
            )
        return 200, b"held"

    def crowded(self):
        if self.wrong != 64:
            return None
        with self.lock:
            self.current += 1
        time.sleep(0.1)
        found = (503, b"busy") if self.current > 1 else None
        with self.lock:
            self.current -= 1
        return found

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server.server_port}/in"

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()


MESSAGES = (json.dumps({"id": "1"}).encode(), json.dumps({"id": "厂房"}, ensure_ascii=False).encode())


def endpoint(url, **more):
    return Endpoint(url, MESSAGES, "application/json", "s3cret", **more)


def test_an_endpoint_that_does_all_right_passes(tmp_path):
    with Agency() as agency:
        outcomes = list(run(endpoints.CHECKS, endpoint(agency.url)))
    assert [(each.number, each.reason) for each in outcomes if each.state == "failed"] == []
    assert [each.number for each in outcomes if each.state == "not-applicable"] == [42, 43]


@pytest.mark.parametrize("number", [44, *range(46, 68)])
def test_an_endpoint_that_is_wrong_in_one_way_fails_the_check_on_it(number):
    with Agency(number) as agency:
        (outcome,) = run({number: endpoints.CHECKS[number]}, endpoint(agency.url))
    assert outcome.state == "failed"
    assert outcome.reason


def test_an_answer_that_is_late_fails(monkeypatch):
    monkeypatch.setattr(taking, "BRISK", 0.0)
    with Agency() as agency:
        assert failed({45: endpoints.CHECKS[45]}, endpoint(agency.url)) == [45]


def test_where_nothing_listens_every_check_that_asks_fails():
    outcomes = {each.number: each.state for each in run(endpoints.CHECKS, endpoint(f"http://127.0.0.1:{free_port()}/in"))}
    assert {number for number, state in outcomes.items() if state == "passed"} == set()
    assert outcomes[41] == "failed"


def test_plain_http_over_a_network_fails():
    to = endpoint("http://agency.example/in")
    assert failed({42: endpoints.CHECKS[42]}, to) == [42]


def test_a_certificate_counts_only_if_its_authority_is_trusted(tmp_path):
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    checks = {number: endpoints.CHECKS[number] for number in (42, 43, 44)}
    with Agency(context=context) as agency:
        url = agency.url.replace("http:", "https:")
        assert failed(checks, endpoint(url)) == [42, 44]
        assert failed(checks, endpoint(url, ca=str(tmp_path / "ca.pem"))) == []
    with Agency() as agency:
        assert failed({43: endpoints.CHECKS[43]}, endpoint(agency.url.replace("http:", "https:"))) == [43]


# ---- the hub's own way in


def test_a_hub_passes_every_check_on_its_way_in(tmp_path):
    port = free_port()
    path = settings(tmp_path, way_in='http = "/in/weather"\ntoken = "s3cret"', port=port)
    to = Endpoint(f"http://127.0.0.1:{port}/in/weather", (alert("a"), alert("b")), "application/xml", "s3cret")

    async def whole():
        async with playing(path):
            return await asyncio.to_thread(lambda: list(run(inlets.CHECKS, to)))

    outcomes = asyncio.run(whole())
    assert [(each.number, each.reason) for each in outcomes if each.state == "failed"] == []
    assert [each.number for each in outcomes if each.state == "not-applicable"] == [72]


def test_what_is_no_hub_fails_every_check_on_a_way_in():
    class Stranger(Agency):
        def judge(self, headers, body):
            del headers, body
            return 200, b"hello"

    with Stranger(61) as stranger:
        assert failed(inlets.CHECKS, endpoint(stranger.url)) == [73, 74, 75, 76, 77, 78, 79, 80, 81]
        assert failed({72: inlets.CHECKS[72]}, endpoint("http://hub.example/in")) == [72]
    assert failed({71: inlets.CHECKS[71]}, endpoint(f"http://127.0.0.1:{free_port()}/in")) == [71]


# ---- the command


def call(*words, code=0):
    found = CliRunner().invoke(cli.app, ["conformance", *words])
    assert found.exit_code == code, (found.output, found.exception)
    return found.output


def test_the_report_has_a_number_a_title_an_outcome_a_reason_and_what_to_do(tmp_path):
    about = subject(tmp_path, GOOD.replace(*WRONG[3]))
    rows = json.loads(call(about.target, "--samples", str(about.folder), "--json", code=1))
    assert [row["number"] for row in rows] == list(adapters.CHECKS)
    (row,) = [row for row in rows if row["state"] == "failed"]
    assert (row["number"], row["reason"], row["what_to_do"]) == (3, "'json' is no media type", "set media_type, such as application/json")
    assert all(row["reason"] for row in rows if row["state"] == "not-applicable")


def test_the_report_is_in_the_operators_language(tmp_path, monkeypatch):
    monkeypatch.setenv("REGIONBUS_LANG", "zh")
    about = blessed(subject(tmp_path))
    found = call(about.target, "--samples", str(about.folder))
    assert "全字段记录只丢失已声明的内容 – 通过" in found
    assert "通过 32，失败 0，不适用 1" in found


def test_an_adapter_and_an_endpoint_are_looked_at_together(tmp_path):
    about = blessed(subject(tmp_path))
    with Agency() as agency:
        found = call(about.target, "--samples", str(about.folder), "--http", agency.url, "--secret", "s3cret")
        assert any("厂房起火" in body.decode("utf-8", "replace") for body in agency.held.values())
    assert agency.url in found
    assert "57 passed, 0 failed, 3 not applicable" in found


def test_messages_alone_are_enough_for_an_endpoint(tmp_path):
    (tmp_path / "a.json").write_bytes(MESSAGES[0])
    with Agency(53) as agency:
        assert "✗ 53" in call("--samples", str(tmp_path), "--http", agency.url, "--secret", "s3cret", code=1)


def test_a_folder_is_all_adapters_in_it(tmp_path):
    own = tmp_path / "own"
    own.mkdir()
    write(own, GOOD, "one.py")
    write(own, GOOD, "two.py")
    write(own, GOOD, "_shared.py")
    rows = json.loads(call(str(own), "--json", code=1))
    assert {Path(row["subject"]).name for row in rows} == {"one.py", "two.py"}


@pytest.mark.parametrize("words", [(), ("--http", "http://127.0.0.1:1/in")])
def test_what_cannot_be_looked_at_is_said(words):
    found = CliRunner().invoke(cli.app, ["conformance", *words])
    assert isinstance(found.exception, ConfigError)


def test_a_file_without_an_adapter_is_said(tmp_path):
    with pytest.raises(ConfigError, match="holds 0 adapters"):
        loaded(write(tmp_path, "x = 1\n"))


def test_there_are_forty_checks_and_more_and_each_has_its_texts():
    numbers = [*adapters.CHECKS, *endpoints.CHECKS, *inlets.CHECKS]
    assert len(numbers) == len(set(numbers)) == 71
    for number in numbers:
        assert {f"conform-{number}", f"conform-{number}-do"} <= catalogue().keys()
    assert command.MARKS.keys() == {"passed", "failed", "not-applicable"}
