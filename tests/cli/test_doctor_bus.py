"""A good broker is clean; of each small thing that is made wrong in it, one check tells, and no other."""

import asyncio
import contextlib
import json
import re
import socket
import subprocess
import threading
from datetime import UTC, datetime, timedelta

import pytest
import test_doctor
import trustme
from servers import Mosquitto, free_port

from bridge import app
from bridge.bus.mqtt import address
from bridge.doctor import bus, links, tls
from bridge.doctor.check import names
from bridge.doctor.visit import visit
from bridge.settings import load
from bridge.wire import language

ACCOUNTS = ("cn-jiaxing-doctor", "cn-jiaxing-doctor-out", "cn-jiaxing")
RULES = """\
user cn-jiaxing-doctor
topic read rb/1/#
topic read $SYS/broker/version
user cn-jiaxing-doctor-out
topic write rb/1/#
user cn-jiaxing
topic readwrite rb/1/#
"""
NOW = datetime.now(UTC)


@pytest.fixture(scope="module")
def papers(tmp_path_factory):
    """An authority, a stranger's, accounts, and what was issued."""
    folder = tmp_path_factory.mktemp("papers")
    ours = trustme.CA()
    ours.cert_pem.write_to_path(folder / "ca.pem")
    trustme.CA().cert_pem.write_to_path(folder / "stranger.pem")
    soon, past = dict(not_after=NOW + timedelta(days=5)), dict(not_before=NOW - timedelta(days=3), not_after=NOW - timedelta(days=1))
    for name, host, days in (
        ("good", "127.0.0.1", {}),
        ("soon", "127.0.0.1", soon),
        ("expired", "127.0.0.1", past),
        ("other", "broker.example", {}),
        ("hub", "hub.example", {}),
        ("hub-soon", "hub.example", soon),
    ):
        ours.issue_cert(host, **days).private_key_and_cert_chain_pem.write_to_path(folder / f"{name}.pem")
        (folder / f"{name}.pem").chmod(0o600)
    (folder / "key.pem").write_bytes((folder / "hub-soon.pem").read_bytes())
    for number, account in enumerate(ACCOUNTS):
        subprocess.run(["mosquitto_passwd", "-b", *(["-c"] if number == 0 else []), str(folder / "passwd"), account, "secret"], check=True)
    (folder / "rules").write_text(RULES)
    return folder


class Site:
    """A hub's settings and its broker."""

    def __init__(self, folder, papers):
        self.folder, self.papers, self.broker = folder, papers, Mosquitto(folder / "broker")
        self.url = f"mqtt://{{client}}:secret@127.0.0.1:{self.broker.port}"
        self.tls = {"ca": "ca.pem"}
        self.closing = contextlib.ExitStack()
        kept = f"password_file {papers}/passwd\nacl_file {papers}/rules\nuse_username_as_clientid true\n"
        self.broker.config.write_text(self.broker.config.read_text().replace("allow_anonymous true", "allow_anonymous false") + kept)

    def put(self, good, bad):
        words = self.broker.config.read_text()
        assert good in words
        self.broker.config.write_text(words.replace(good, bad))

    def rule(self, good, bad):
        assert good in RULES
        (self.folder / "rules").write_text(RULES.replace(good, bad))
        self.put(f"{self.papers}/rules", f"{self.folder}/rules")

    def encrypt(self, paper="good"):
        self.put(
            "allow_anonymous", f"cafile {self.papers}/ca.pem\ncertfile {self.papers}/{paper}.pem\nkeyfile {self.papers}/{paper}.pem\nallow_anonymous"
        )
        self.url = self.url.replace("mqtt:", "mqtts:")

    def flaws(self):
        """Of the bus and of certificates: what else there is has no part in it."""
        words = "".join(f'{name} = "{self.papers}/{file}"\n' for name, file in self.tls.items())
        (self.folder / "regionbus.toml").write_text(f'hub = "cn-jiaxing"\nbus = "{self.url}"\n[tls]\n{words}')
        found = load(self.folder / "regionbus.toml")
        checks = [*tls.examine(found, app.now()), *links.examine(found, app.now()), *asyncio.run(bus.examine(found))]
        assert {check.name for check in checks} <= set(names())
        flaws = [check for check in checks if check.flaw]
        assert all(test_doctor.wanted(check.flaw, lang) <= set(check.details) for check in flaws for lang in ("en", "zh"))
        return {check.flaw.removeprefix("fix-") for check in flaws}


@pytest.fixture
def site(tmp_path, papers, monkeypatch):
    monkeypatch.setattr("bridge.doctor.bus.PATIENCE", 3)
    found = Site(tmp_path, papers)
    with found.closing:
        yield found
    found.broker.stop()


def put(good, bad):
    return lambda site: site.put(good, bad)


def relayed(altered):
    """A broker that greets otherwise: everything else passes."""

    def spoil(site):
        port = free_port()
        door = site.closing.enter_context(socket.create_server(("127.0.0.1", port)))
        threading.Thread(target=serve, args=(door, site.broker.port, altered), daemon=True).start()
        site.url = site.url.replace(str(site.broker.port), str(port))

    return spoil


def serve(door, port, altered):
    with contextlib.suppress(OSError):
        while True:
            line, _ = door.accept()
            broker = socket.create_connection(("127.0.0.1", port))
            threading.Thread(target=pump, args=(line, broker, bytes), daemon=True).start()
            threading.Thread(target=pump, args=(broker, line, altered), daemon=True).start()


def pump(source, target, altered):
    """Hands on, the first piece altered."""
    with contextlib.suppress(OSError), source:
        while piece := source.recv(65536):
            target.sendall(altered(piece))
            altered = bytes
        target.shutdown(socket.SHUT_RDWR)


def forgetful(greeting):
    """CONNACK (MQTT 5 section 3.2) without Session Present."""
    return greeting[:2] + bytes([greeting[2] & 0xFE]) + greeting[3:]


def hasty(greeting):
    """CONNACK with a Session Expiry Interval of an hour."""
    return bytes([greeting[0], greeting[1] + 5, *greeting[2:4], greeting[4] + 5, 0x11]) + (3600).to_bytes(4, "big") + greeting[5:]


def shared_account(site):
    site.url = site.url.replace("{client}", "cn-jiaxing")


def wrong_password(site):
    site.url = site.url.replace("secret", "public")


def in_clear(site):
    site.encrypt()
    site.url = site.url.replace("mqtts:", "mqtt:")


def papered(paper="good", **own):
    def spoil(site):
        site.encrypt(paper)
        site.tls |= own

    return spoil


def anyone(site):
    site.put("allow_anonymous false", "allow_anonymous true")
    site.put("use_username_as_clientid true\n", "")


SEEDS = [
    ("bus-window", put("max_inflight_messages 100", "max_inflight_messages 5")),
    ("bus-size", put("persistence", "max_packet_size 100000\npersistence")),
    ("bus-retained", put("persistence true", "retain_available false\npersistence true")),
    ("bus-quality", put("allow_anonymous", "max_qos 0\nallow_anonymous")),
    ("bus-queue", put("max_queued_messages 100000", "max_queued_messages 1000")),
    ("bus-evicts", shared_account),
    ("bus-identity", put("use_username_as_clientid true\n", "")),
    ("bus-identity bus-strangers", anyone),
    ("bus-session", relayed(forgetful)),
    ("bus-expiry", relayed(hasty)),
    ("bus-account", wrong_password),
    ("bus", lambda site: site.rule("topic read rb/1/#", "topic read rb/1/data/#")),
    ("bus-rules", lambda site: site.rule("topic write rb/1/#", "topic write #")),
    ("bus-hung-up", in_clear),
    ("", papered(certificate="hub.pem")),
    ("tls-broker", papered("soon")),
    ("bus-expired", papered("expired")),
    ("bus-name", papered("other")),
    ("bus-authority", papered(ca="stranger.pem")),
    ("tls-days", papered(certificate="hub-soon.pem")),
    ("tls-key", lambda site: (papered(certificate="hub.pem")(site), (site.papers / "hub.pem").chmod(0o644))),
    ("tls-files bus", papered(certificate="hub.pem", key="key.pem")),
]


def test_a_good_broker_is_clean_and_nothing_of_the_look_is_left_there(site):
    site.broker.start()
    assert site.flaws() == set()
    where = bus.own(address(site.url), ACCOUNTS[0])
    with visit(where, ACCOUNTS[0], clean=False) as found:
        assert not found.present
    assert site.flaws() == set()


@pytest.mark.parametrize(("flaws", "spoil"), SEEDS, ids=[flaws.replace(" ", "+") or "good" for flaws, _ in SEEDS])
def test_what_was_made_wrong_in_a_broker_is_named_and_nothing_else(site, flaws, spoil):
    spoil(site)
    site.broker.start()
    try:
        assert site.flaws() == set(flaws.split())
    finally:
        (site.papers / "hub.pem").chmod(0o600)


def test_a_good_broker_of_the_older_protocol_is_clean(site):
    site.url += "?protocol=3.1.1"
    site.broker.start()
    assert site.flaws() == set()


def test_an_old_broker_is_named(site, monkeypatch):
    site.broker.start()
    monkeypatch.setattr("bridge.doctor.broker.OLDEST", (99, 0))
    assert site.flaws() == {"bus-version"}


@pytest.mark.parametrize(("known", "flaws"), [(True, set()), (False, {"schemas-alike"})])
def test_a_hub_with_schemas_that_nobody_knows_here_is_named(site, known, flaws):
    site.broker.start()
    alert = language().today["Alert"]
    rows = [{"name": "Alert", "fingerprint": alert.mark[2:].hex(), "sha256": alert.sha256 if known else "0" * 64}]
    with visit(bus.own(address(site.url), ACCOUNTS[1]), ACCOUNTS[1]) as hub:
        hub.client.publish("rb/1/meta/cn-shanghai/schemas", json.dumps(rows), 1, retain=True)
        hub.answer()
        hub.client.publish("rb/1/meta/cn-jiaxing/schemas", json.dumps([{**rows[0], "sha256": "1"}]), 1, retain=True)
        hub.answer()
    assert site.flaws() == flaws


def test_every_check_is_provoked_somewhere(root):
    """But for the schemas of the installation, which the linter's own tests break."""
    words = "".join(
        (root / f"tests/cli/{file}.py").read_text("utf-8").split("def test_every_check")[0] for file in ("test_doctor", "test_doctor_bus")
    )
    assert [name for name in names() if not re.search(f'[" ]{name}[" ]', words)] == ["schemas"]
