"""The settings that we ship for Mosquitto and Redis keep what we promise."""

import asyncio
import getpass
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
import trustme
from servers import Mosquitto, Redis, wait_for_port

from bridge.bus import Publication
from bridge.bus.mqtt import Connection, address
from bridge.ledger.redis import Redis as Ledger

DEPLOY = Path(__file__).parents[2] / "deploy"
DATA = "rb/1/data/cn-jiaxing-weather/full/actual/incident/accident/33/330421"
OTHERS = DATA.replace("weather", "fire")
ASK = "rb/1/ask/cn-jiaxing/cn-shanghai/replay"
HUB = "{client}"
ACCESS = DEPLOY / "mosquitto/acl/cn-jiaxing.acl"


@pytest.fixture
def broker(tmp_path):
    """Mosquitto as it ships, but for where its files lie."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    paper = authority.issue_cert("127.0.0.1", "localhost")
    paper.cert_chain_pems[0].write_to_path(tmp_path / "broker.pem")
    paper.private_key_pem.write_to_path(tmp_path / "broker.key")
    lines = [line.split()[1] for line in ACCESS.read_text().splitlines() if line.startswith("user ")]
    for number, account in enumerate(lines):
        new = ["-c"] if number == 0 else []
        subprocess.run(["mosquitto_passwd", "-b", *new, str(tmp_path / "passwd"), account, "secret"], check=True)
    (tmp_path / "acl").write_text(ACCESS.read_text())
    found = Mosquitto(tmp_path / "broker")
    words = (DEPLOY / "mosquitto/mosquitto.conf").read_text()
    for shipped, here in (
        ("user mosquitto", f"user {getpass.getuser()}"),
        ("listener 8883", f"listener {found.port} 127.0.0.1"),
        ("/etc/mosquitto/tls/", f"{tmp_path}/"),
        ("/etc/mosquitto/", f"{tmp_path}/"),
        ("/var/lib/mosquitto/", f"{tmp_path}/broker/"),
    ):
        assert shipped in words
        words = words.replace(shipped, here)
    found.config.write_text(words)
    found.start()
    yield found
    found.stop()


def enter(broker, account, client, filters=()):
    url = f"mqtts://{account}:secret@127.0.0.1:{broker.port}"
    return Connection(address(url, ca=str(broker.folder.parent / "ca.pem")), client, filters)


def test_a_hub_speaks_and_hears_on_connections_that_do_not_evict_each_other(broker):
    async def story():
        ears = enter(broker, HUB, "cn-jiaxing-1-normal", ["rb/1/data/#"])
        others = [enter(broker, HUB, f"cn-jiaxing-1-{lane}-out") for lane in ("urgent", "normal", "bulk")]
        await asyncio.gather(*(each.connected.wait() for each in (ears, *others)))
        assert await others[1].publish([Publication(DATA, b"x")]) == [None]
        (delivery,) = await ears.deliveries()
        assert (delivery.topic, delivery.data) == (DATA, b"x")
        assert [each.number for each in (ears, *others)] == [1, 1, 1, 1]
        await asyncio.gather(*(each.close() for each in (ears, *others)))

    asyncio.run(asyncio.wait_for(story(), 20))


def test_a_neighbour_reads_and_asks_and_writes_nothing_else(broker):
    async def story():
        lane = enter(broker, HUB, "cn-shanghai-1-from-cn-jiaxing-normal", ["rb/1/data/+/full/actual/#"])
        state = enter(broker, HUB, "cn-shanghai-1-from-cn-jiaxing-state")
        ears, answers = enter(broker, HUB, "cn-jiaxing-1-normal", ["rb/1/#"]), enter(broker, HUB, "cn-jiaxing-1-answers", ["rb/1/ask/#"])
        voice = enter(broker, HUB, "cn-jiaxing-1-normal-out")
        every = (lane, state, ears, answers, voice)
        await asyncio.gather(*(each.connected.wait() for each in every))
        assert await lane.publish([Publication(DATA, b"forged"), Publication(ASK, b"please")]) == ["Not authorized"] * 2
        assert await state.publish([Publication(DATA, b"forged"), Publication(ASK, b"please")]) == ["Not authorized", None]
        await voice.publish([Publication(OTHERS, b"not granted"), Publication(DATA, b"true")])
        assert [each.data for each in await lane.deliveries()] == [b"true"]
        assert [each.data for each in await answers.deliveries()] == [b"please"]
        came = []
        while len(came) < 2:
            came += [each.data for each in await ears.deliveries()]
        assert came == [b"not granted", b"true"]
        await asyncio.gather(*(each.close() for each in every))

    asyncio.run(asyncio.wait_for(story(), 20))


def test_the_broker_keeps_what_it_has_acknowledged_over_a_kill(broker):
    async def story():
        ears, voice = enter(broker, HUB, "cn-jiaxing-1-normal", ["rb/1/data/#"]), enter(broker, HUB, "cn-jiaxing-1-normal-out")
        await asyncio.gather(ears.connected.wait(), voice.connected.wait())
        await ears.close()
        await voice.publish([Publication(DATA, b"kept")])
        await asyncio.sleep(2.5)  # autosave_interval
        broker.kill()
        broker.start()
        back = enter(broker, HUB, "cn-jiaxing-1-normal", ["rb/1/data/#"])
        (delivery,) = await back.deliveries()
        assert delivery.data == b"kept"
        await asyncio.gather(back.close(), voice.close())

    asyncio.run(asyncio.wait_for(story(), 30))


def test_redis_as_it_ships_has_no_weakness(tmp_path):
    server = Redis(tmp_path)
    words = (DEPLOY / "redis/redis.conf").read_text().replace("port 6379", f"port {server.port}").replace("bind 127.0.0.1", f"dir {tmp_path}")
    (tmp_path / "redis.conf").write_text(words)

    async def story():
        ledger = Ledger(f"{server.url}/0", "cn-jiaxing", lambda: datetime.now(UTC))
        try:
            assert await ledger.weaknesses() == {}
        finally:
            await ledger.close()

    server.process = subprocess.Popen(["redis-server", str(tmp_path / "redis.conf")], stdout=subprocess.DEVNULL)
    try:
        wait_for_port(server.port)
        asyncio.run(story())
    finally:
        server.kill()
