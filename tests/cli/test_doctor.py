"""A good installation is clean; of each small thing that is made wrong, one check tells, and no other."""

import asyncio
import http.server
import json
import os
import resource
import shutil
import socket
import threading
import time
from datetime import timedelta
from pathlib import Path
from string import Formatter

import pytest
from hubs import Hub
from servers import Redis, free_port
from typer.testing import CliRunner

from bridge import app, cli
from bridge.doctor import examine
from bridge.doctor.check import names
from bridge.ledger.sqlite import Sqlite
from bridge.texts import catalogue

MACHINE = {"clock-synchronised", "root"}
"""What this machine is, and no installation."""
SETTINGS = """\
hub = "cn-jiaxing"
bus = "embedded:"
ledger = "sqlite:///regionbus.db"
remember_days = 7
[http]
host = "127.0.0.1"
port = {port}
[[agency]]
id = "cn-jiaxing-fire"
division = "33/330400"
[[agency]]
id = "cn-jiaxing-emergency"
division = "33/330400"
[[inlet]]
agency = "cn-jiaxing-fire"
adapter = "cap"
folder = "in"
mode = "Actual"
[[inlet]]
name = "posted"
agency = "cn-jiaxing-fire"
adapter = "geojson"
http = "/in/fire"
token_file = "fire.token"
[[inlet]]
name = "polled"
agency = "cn-jiaxing-fire"
adapter = "cap"
feed = "http://127.0.0.1:{page}/warnings"
[[outlet]]
agency = "cn-jiaxing-emergency"
adapter = "cap"
folder = "out"
agencies = ["*"]
kinds = ["alert"]
"""
OUTLET = """
[[outlet]]
name = "second"
agency = "cn-jiaxing-emergency"
adapter = "cap"
agencies = ["*"]
kinds = ["*"]
"""
INLET = """
[[inlet]]
name = "second"
agency = "cn-jiaxing-fire"
adapter = "cap"
"""


class Page(http.server.BaseHTTPRequestHandler):
    """A partner's page, whose clock may be wrong."""

    slow = 0.0

    def do_HEAD(self):
        self.send_response(200)
        self.end_headers()

    def date_time_string(self, timestamp=None):
        return super().date_time_string(time.time() - self.slow)

    def log_message(self, *_):
        return


@pytest.fixture(scope="module")
def page():
    with http.server.ThreadingHTTPServer(("127.0.0.1", free_port()), Page) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port
        server.shutdown()


def wanted(flaw, lang):
    """The details that a sentence names."""
    return {name for _, name, _, _ in Formatter().parse(catalogue()[flaw][lang]) if name}


class Place:
    """An installation."""

    def __init__(self, folder, page):
        self.folder, self.page, self.config = folder, page, folder / "regionbus.toml"
        self.now = None
        for name in ("in", "out"):
            (folder / name).mkdir()
        (folder / "fire.token").write_text("a secret")
        (folder / "fire.token").chmod(0o600)
        self.write(SETTINGS.format(port=free_port(), page=page))
        self.ledger = folder / "regionbus.db"

    def write(self, words):
        self.config.write_text(words, "utf-8")

    def put(self, good, bad):
        words = self.config.read_text("utf-8")
        assert good in words
        self.write(words.replace(good, bad, 1))

    def add(self, words):
        self.write(self.config.read_text("utf-8") + words)

    def begin(self):
        """The ledger that a hub would have made."""

        async def story():
            ledger = Sqlite(self.ledger, "cn-jiaxing", app.now)
            await ledger.sum()
            await ledger.close()

        asyncio.run(story())
        self.ledger.chmod(0o600)

    def flaws(self):
        """What is not good; every one says what to do, in both languages."""

        async def story():
            return [check async for check in examine(self.config, self.now)]

        found = asyncio.run(story())
        assert all(check.name in names() for check in found)
        flaws = [check for check in found if check.flaw and check.name not in MACHINE]
        assert all(wanted(check.flaw, lang) <= set(check.details) for check in flaws for lang in ("en", "zh"))
        return {check.name for check in flaws}


@pytest.fixture
def place(tmp_path, page, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return Place(tmp_path, page)


def put(good, bad):
    return lambda place: place.put(good, bad)


def add(words):
    return lambda place: place.add(words.replace("{page}", str(place.page)))


def open_token(place):
    (place.folder / "fire.token").chmod(0o644)


def empty_token(place):
    (place.folder / "fire.token").write_text("\n")


def readable_password(place):
    place.put('token_file = "fire.token"', 'token = "a secret"')
    place.config.chmod(0o644)


def loop_to_our_own_door(place):
    port = next(line for line in place.config.read_text().splitlines() if line.startswith("port")).split()[-1]
    place.add(OUTLET + f'http = "http://127.0.0.1:{port}/in/fire"\n')
    place.listener = socket.create_server(("127.0.0.1", int(port)))  # our hub at work, as far as partners can see
    place.listener.close()


def taken_port(place):
    port = next(line for line in place.config.read_text().splitlines() if line.startswith("port")).split()[-1]
    place.listener = socket.create_server(("127.0.0.1", int(port)))


def silent_partner(place):
    place.add(OUTLET + f'http = "http://127.0.0.1:{free_port()}/"\n')


def file_for_a_folder(place):
    shutil.rmtree(place.folder / "out")
    (place.folder / "out").write_text("")


def done_files(place):
    done = place.folder / "in/done"
    done.mkdir()
    for number in range(10_001):
        os.mknod(done / f"{number}.xml")


def old_file(place):
    file = place.folder / "in/alert.xml"
    file.write_text("<alert/>")
    os.utime(file, (time.time() - 3600,) * 2)


def volatile_ledger(place):
    place.put("sqlite:///regionbus.db", f"sqlite:////dev/shm/{place.folder.name}-{os.getpid()}.db")


def damaged_ledger(place):
    place.begin()
    with place.ledger.open("r+b") as file:
        file.seek(4096 + 100)
        file.write(b"\xff" * 3 * 4096)


def readable_ledger(place):
    place.begin()
    place.ledger.chmod(0o644)


def long_journal(place):
    place.begin()
    with Path(f"{place.ledger}-wal").open("wb") as file:
        file.truncate(2 << 30)


def no_ledger(place):
    place.ledger.mkdir()


def clock_back(place):
    place.begin()
    ahead = time.time() + 7200
    os.utime(place.ledger, (ahead, ahead))


SEEDS = [
    ("settings", put("hub =", "hubb =")),
    ("settings", put('"cap"', '"capp"')),
    ("folders-apart", add(INLET + 'folder = "in"\n')),
    ("folders-apart", add(OUTLET + 'folder = "./out"\n')),
    ("loop", put('folder = "out"', 'folder = "in"')),
    ("loop", add(INLET + 'mqtt = "mqtt://127.0.0.1:{page}"\ntopics = ["fire/#"]\n' + OUTLET.replace("second", "back") + 'mqtt = "mqtt://127.0.0.1:{page}"\ntopic = "fire/{kind}"\n')),
    ("outlet-passes", put('agencies = ["*"]', "agencies = []")),
    ("outlet-passes", put('kinds = ["alert"]', "")),
    ("outlet-writes", put('kinds = ["alert"]', 'kinds = ["resource-state"]')),
    ("inlet-modes", put('mode = "Actual"', 'mode = "Exercise"\nmodes = ["Actual"]')),
    ("inlet-paths", add(INLET + 'http = "/in/fire/"\ntoken_file = "fire.token"\n')),
    ("inlet-paths", put('http = "/in/fire"', 'http = "in/fire"')),
    ("agency-linked", add('[[agency]]\nid = "cn-jiaxing-police"\n')),
    ("agency-division", put('division = "33/330400"', "")),
    ("token", empty_token),
    ("token", put('"fire.token"', '"water.token"')),
    ("token-private", open_token),
    ("door", lambda place: (place.put('host = "127.0.0.1"', 'host = "0.0.0.0"'), place.put('token_file = "fire.token"', ""))),
    ("plain", put("http://127.0.0.1:", "http://0.0.0.0:")),
    ("settings-private", readable_password),
    ("retention", put("remember_days = 7", "remember_days = 1")),
    ("durable", volatile_ledger),
    ("port", taken_port),
    ("ledger", no_ledger),
    ("ledger-whole", damaged_ledger),
    ("ledger-private", readable_ledger),
    ("ledger-journal", long_journal),
    ("folder", file_for_a_folder),
    ("folder-done", done_files),
    ("folder-waiting", old_file),
    ("partner", silent_partner),
    ("clock-back", clock_back),
    ("tls-files", add('[tls]\nca = "nowhere.pem"\n')),
]  # fmt: skip
LIMITS = [
    ("disk", "machine.FREE", 1 << 60),
    ("inodes", "machine.INODES", 1 << 60),
    ("memory", "machine.MEMORY", 1 << 60),
]
"""Machines that want more than there is."""


def test_a_good_installation_is_clean_but_for_its_trial_broker(place):
    place.begin()
    assert place.flaws() == {"bus"}


@pytest.mark.parametrize(("check", "spoil"), SEEDS, ids=[f"{check}-{number}" for number, (check, _) in enumerate(SEEDS)])
def test_what_was_made_wrong_is_named_and_nothing_else(place, check, spoil):
    if check == "plain":
        place.put('token_file = "fire.token"\n', "")
        place.put('name = "polled"', 'name = "polled"\ntoken_file = "fire.token"')
    spoil(place)
    try:
        assert place.flaws() - {"bus"} == {check}
    finally:
        if hasattr(place, "listener"):
            place.listener.close()


def test_a_hub_at_work_is_not_taken_for_a_stranger_on_its_port(place):
    hub = Hub(place.config).wait_until_started()
    try:
        assert place.flaws() <= {"bus", "ledger-private"}
    finally:
        hub.stop()


def test_who_is_root_is_told(place, monkeypatch):
    monkeypatch.setattr("test_doctor.MACHINE", {"clock-synchronised"})
    assert ("root" in place.flaws()) == (os.geteuid() == 0)


@pytest.mark.parametrize(("check", "limit", "value"), LIMITS)
def test_a_machine_without_room_is_told(place, monkeypatch, check, limit, value):
    monkeypatch.setattr(f"bridge.doctor.{limit}", value)
    assert place.flaws() == {"bus", check}


def test_a_low_limit_of_open_files_is_told(place):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (512, hard))
    try:
        assert place.flaws() == {"bus", "files"}
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_a_partner_with_another_time_is_told(place, monkeypatch):
    monkeypatch.setattr(Page, "slow", 600)
    assert place.flaws() == {"bus", "clock-partner"}


@pytest.mark.parametrize("state", [5, 99])
def test_a_clock_that_nothing_keeps_right_is_told(place, monkeypatch, state):
    import ctypes  # noqa: PLC0415

    here = ctypes.CDLL(None).adjtimex(ctypes.create_string_buffer(512))
    monkeypatch.setattr("bridge.doctor.clock.UNSYNCHRONISED", here if state == 5 else state)
    monkeypatch.setattr("test_doctor.MACHINE", {"root"})
    assert place.flaws() == ({"bus", "clock-synchronised"} if state == 5 else {"bus"})


def foreign_key(redis):
    redis.ask("SET other:key 1")


def no_scripts(redis):
    redis.ask("ACL SETUSER default on nopass ~* &* +@all -@scripting")


def failed_save(redis):
    shutil.rmtree(redis.folder)
    redis.ask("BGSAVE")
    end = time.monotonic() + 10
    while "rdb_last_bgsave_status:err" not in redis.ask("INFO persistence"):
        assert time.monotonic() < end
        time.sleep(0.02)


def replica(redis):
    redis.ask("REPLICAOF 127.0.0.1 1")


@pytest.mark.parametrize(
    ("check", "options", "spoil"),
    [
        (None, (), None),
        ("redis-persistence", ("--appendonly", "no"), None),
        ("redis-persistence", ("--appendfsync", "no"), None),
        ("redis-eviction", ("--maxmemory", "100mb", "--maxmemory-policy", "allkeys-lru"), None),
        ("redis-memory", ("--maxmemory", "1200kb"), None),
        ("redis-scripts", (), no_scripts),
        ("redis-shared", (), foreign_key),
        ("redis-saves", (), failed_save),
        ("ledger", (), replica),
    ],
)
def test_a_redis_that_would_lose_something_is_named(place, check, options, spoil):
    redis = Redis(place.folder / "redis", *options).start()
    try:
        if spoil:
            spoil(redis)
        place.put("sqlite:///regionbus.db", f"redis://127.0.0.1:{redis.port}")
        assert place.flaws() == {"bus", *({check} if check else ())}
    finally:
        redis.kill()


def test_a_redis_that_is_old_far_or_of_another_time_is_named(place, monkeypatch):
    redis = Redis(place.folder / "redis").start()
    try:
        place.put("sqlite:///regionbus.db", f"redis://127.0.0.1:{redis.port}")
        with monkeypatch.context() as wanting:
            wanting.setattr("bridge.doctor.ledger.OLDEST", (99, 0))
            assert place.flaws() == {"bus", "redis-version"}
        with monkeypatch.context() as wanting:
            wanting.setattr("bridge.doctor.ledger.SLOW", 0.0)
            assert place.flaws() == {"bus", "redis-distance"}
        place.now = app.now() + timedelta(seconds=30)
        assert place.flaws() == {"bus", "redis-clock"}
        place.now = None
        place.put("remember_days", 'side = "nowhere/side.db"\nremember_days')
        assert "side" in place.flaws()
    finally:
        redis.kill()


def test_the_list_names_every_check_in_both_languages(monkeypatch):
    for language in ("en", "zh"):
        monkeypatch.setenv("REGIONBUS_LANG", language)
        found = json.loads(CliRunner().invoke(cli.app, ["doctor", "--list", "--json"]).output)
        assert [row["check"] for row in found] == names()
        assert len(found) >= 30
