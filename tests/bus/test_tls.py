"""A broker that shows a certificate and wants to see ours: who comes in, and what an operator reads when nobody does."""

import asyncio
import subprocess
from datetime import UTC, datetime, timedelta

import pytest
import trustme
from paho.mqtt.enums import MQTTProtocolVersion
from servers import Mosquitto
from structlog.testing import capture_logs

from bridge.bus import Publication
from bridge.bus.mqtt import Connection, address
from bridge.errors import ConfigError

WORDS = """\
cafile {folder}/ca.pem
certfile {folder}/{broker}.pem
keyfile {folder}/{broker}.pem
require_certificate {wanted}
"""
ACCOUNT = "cn-jiaxing-1-normal"
YESTERDAY = datetime.now(UTC) - timedelta(days=1)


@pytest.fixture(scope="module")
def papers(tmp_path_factory):
    """A private authority, what it has issued, and a stranger's."""
    folder = tmp_path_factory.mktemp("papers")
    ours, theirs = trustme.CA(), trustme.CA()
    ours.cert_pem.write_to_path(folder / "ca.pem")
    theirs.cert_pem.write_to_path(folder / "stranger-ca.pem")
    issued = {
        "broker": ours.issue_cert("127.0.0.1", "localhost"),
        "broker-elsewhere": ours.issue_cert("broker.example"),
        "broker-expired": ours.issue_cert("127.0.0.1", not_before=YESTERDAY - timedelta(days=1), not_after=YESTERDAY),
        "hub": ours.issue_cert("hub@cn-jiaxing", common_name=ACCOUNT),
        "hub-expired": ours.issue_cert("hub@cn-jiaxing", common_name=ACCOUNT, not_before=YESTERDAY - timedelta(days=1), not_after=YESTERDAY),
        "hub-stranger": theirs.issue_cert("hub@cn-jiaxing", common_name=ACCOUNT),
    }
    for name, paper in issued.items():
        paper.private_key_and_cert_chain_pem.write_to_path(folder / f"{name}.pem")
    return folder


@pytest.fixture
def broker(papers, tmp_path):
    """Starts a broker with TLS; by default its accounts are the names in the certificates."""
    running = []

    def start(certificate="broker", *, passwords=False):
        wanted = "allow_anonymous false\n" + ("" if passwords else "use_identity_as_username true\n")
        more = WORDS.format(folder=papers, broker=certificate, wanted=str(not passwords).lower())
        if passwords:
            wanted += f"password_file {tmp_path}/accounts\n"
            subprocess.run(["mosquitto_passwd", "-b", "-c", str(tmp_path / "accounts"), ACCOUNT, "right"], check=True)
        (tmp_path / "rules").write_text(f"user {ACCOUNT}\ntopic readwrite rb/1/#\n")
        found = Mosquitto(tmp_path / "broker", more=f"{more}acl_file {tmp_path}/rules\n")
        found.config.write_text(found.config.read_text().replace("allow_anonymous true\n", wanted))
        running.append(found.start())
        return found.url.replace("mqtt://", "mqtts://")

    yield start
    for each in running:
        each.stop()


def papers_of(folder, hub="hub", ca="ca"):
    return {"ca": str(folder / f"{ca}.pem"), **({"certificate": str(folder / f"{hub}.pem")} if hub else {})}


async def connected(where):
    """A connection that stands, or what is in its way."""
    connection = Connection(where, "cn-jiaxing-1-normal", ["rb/1/#"])
    async with asyncio.timeout(15):
        while not connection.connected.is_set() and not connection.trouble:
            await asyncio.sleep(0.02)
    return connection


def trouble(where):
    """What the operator reads, in the log and nowhere but once."""

    async def story():
        connection = await connected(where)
        told = connection.trouble.sentence
        await asyncio.sleep(1)
        await connection.close()
        return told

    with capture_logs() as logs:
        told = asyncio.run(story())
    assert [entry["reason"] for entry in logs if entry["event"] == "unavailable"] == [told]
    return told


@pytest.mark.parametrize(("query", "protocol"), [("", MQTTProtocolVersion.MQTTv5), ("?protocol=3.1.1", MQTTProtocolVersion.MQTTv311)])
def test_who_shows_a_certificate_is_the_account_that_it_names(broker, papers, query, protocol):
    url = broker()

    async def story():
        connection = await connected(address(url + query, **papers_of(papers)))
        assert (connection.trouble, connection.protocol) == (None, protocol)
        assert await connection.publish([Publication("rb/1/data/x", b"said")]) == [None]
        (delivery,) = await connection.deliveries()
        assert delivery.data == b"said"
        await connection.close()

    asyncio.run(story())


@pytest.mark.parametrize("query", ["", "?protocol=3.1.1"])
@pytest.mark.parametrize("hub", [None, "hub-stranger", "hub-expired"])
def test_who_shows_none_or_a_wrong_or_an_old_one_is_told_to_look_at_it(broker, papers, hub, query):
    told = trouble(address(broker() + query, **papers_of(papers, hub)))
    assert "hung up" in told
    assert "tls.certificate" in told


def test_a_broker_of_a_strange_authority_is_not_trusted(broker, papers):
    told = trouble(address(broker(), **papers_of(papers, ca="stranger-ca")))
    assert "authority that is not trusted" in told
    assert "tls.ca" in told


def test_a_broker_whose_certificate_has_expired_is_not_trusted(broker, papers):
    told = trouble(address(broker("broker-expired"), **papers_of(papers)))
    assert "has expired" in told
    assert "administrator renews it" in told


def test_a_broker_whose_certificate_is_for_another_name_is_not_trusted(broker, papers):
    told = trouble(address(broker("broker-elsewhere"), **papers_of(papers)))
    assert "for another name" in told
    assert "127.0.0.1" in told


@pytest.mark.parametrize("query", ["", "?protocol=3.1.1"])
def test_a_wrong_password_is_told_and_the_right_one_lets_in(broker, papers, query):
    url = broker(passwords=True) + query
    ours = {"ca": str(papers / "ca.pem")}

    async def story():
        connection = await connected(address(url.replace("//", f"//{ACCOUNT}:right@"), **ours))
        assert connection.trouble is None
        await connection.close()

    asyncio.run(story())
    told = trouble(address(url.replace("//", f"//{ACCOUNT}:wrong@"), **ours))
    assert "Not authorized" in told
    assert "check user and password" in told
    assert "wrong@" not in told


def test_who_speaks_plainly_to_a_broker_with_tls_is_asked_whether_it_wants_mqtts(broker):
    assert "mqtts://" in trouble(address(broker().replace("mqtts://", "mqtt://")))


def test_a_broker_that_is_not_there_or_has_no_name_is_told_apart():
    assert "is it running" in trouble(address("mqtt://127.0.0.1:9"))
    assert "DNS" in trouble(address("mqtt://no-such-broker.invalid"))


@pytest.mark.parametrize("wrong", ["ca", "certificate"])
def test_a_file_that_is_not_there_or_no_certificate_stops_the_start(papers, tmp_path, wrong):
    (tmp_path / "words.pem").write_text("no certificate")
    for path in (tmp_path / "none.pem", tmp_path / "words.pem"):
        with pytest.raises(ConfigError, match=str(path)):
            address("mqtts://127.0.0.1", **papers_of(papers) | {wrong: str(path)})
