"""What the bus does on every broker we start here (DESIGN section 7)."""

import asyncio
import contextlib

import pytest
from paho.mqtt.enums import MQTTProtocolVersion
from servers import Mosquitto

from bridge.bus import Publication
from bridge.bus.embedded import Embedded
from bridge.bus.mqtt import Connection, address
from bridge.errors import ConfigError, Unavailable

TOPIC = "rb/1/data/cn-a-b/full/actual/alert/none/00/000000"


@contextlib.asynccontextmanager
async def embedded(_):
    broker = Embedded()
    await broker.start()
    try:
        yield broker.url
    finally:
        await broker.stop()


@contextlib.asynccontextmanager
async def mosquitto(folder):
    broker = Mosquitto(folder).start()
    try:
        yield broker.url
    finally:
        broker.stop()


@pytest.fixture(params=[embedded, mosquitto], ids=["embedded", "mosquitto"])
def on_broker(request, tmp_path):
    """Runs a story with the URL of a broker."""

    def run(story):
        async def whole():
            async with request.param(tmp_path) as url, asyncio.timeout(30):
                await story(url)

        asyncio.run(whole())

    return run


@contextlib.asynccontextmanager
async def connected(url, name, filters=()):
    connection = Connection(address(url), name, filters)
    try:
        async with asyncio.timeout(10):
            await connection.connected.wait()
        yield connection
    finally:
        await connection.close()


async def gather(connection, count):
    found = []
    while len(found) < count:
        batch = await connection.deliveries()
        connection.acknowledge(batch)
        found += batch
    return found


def pieces(count):
    return [Publication(TOPIC, str(number).encode()) for number in range(count)]


def test_what_is_published_arrives_once_and_in_order(on_broker):
    async def story(url):
        async with connected(url, "r", ["rb/1/#"]) as reader, connected(url, "w") as writer:
            assert await writer.publish(pieces(500)) == [None] * 500
            assert [int(each.data) for each in await gather(reader, 500)] == list(range(500))

    on_broker(story)


def test_a_session_outlives_its_connection(tmp_path):
    async def story(url):
        async with connected(url, "r", ["rb/1/#"]):
            pass
        async with connected(url, "w") as writer:
            await writer.publish(pieces(5))
        async with connected(url, "r", ["rb/1/#"]) as reader:
            assert [int(each.data) for each in await gather(reader, 5)] == list(range(5))

    with_mosquitto(tmp_path, story)


def test_what_was_not_acknowledged_comes_again_marked_as_such(tmp_path):
    async def story(url):
        async with connected(url, "w") as writer:
            async with connected(url, "r", ["rb/1/#"]) as reader:
                await writer.publish(pieces(3))
                first = await reader.deliveries()
                while len(first) < 3:
                    first += await reader.deliveries()
                reader.acknowledge(first[:1])
            async with connected(url, "r", ["rb/1/#"]) as reader:
                again = await gather(reader, 2)
                assert [int(each.data) for each in again] == [1, 2]
                assert all(each.again for each in again)

    with_mosquitto(tmp_path, story)


def test_a_late_acknowledgement_never_meets_the_next_connection(tmp_path):
    async def story(url):
        async with connected(url, "w") as writer:
            async with connected(url, "r", ["rb/1/#"]) as reader:
                await writer.publish(pieces(1))
                stale = await reader.deliveries()
            async with connected(url, "r", ["rb/1/#"]) as reader:
                reader.number += 1  # as after a reconnect within one process
                await asyncio.sleep(0.2)
                reader.acknowledge(stale)
            async with connected(url, "r", ["rb/1/#"]) as reader:
                assert [each.data for each in await gather(reader, 1)] == [b"0"]

    with_mosquitto(tmp_path, story)


def test_both_sides_come_back_by_themselves_when_the_broker_does(tmp_path):
    async def story():
        broker = Mosquitto(tmp_path).start()
        async with connected(broker.url, "r", ["rb/1/#"]) as reader, connected(broker.url, "w") as writer:
            broker.kill()
            broker.start()
            async with asyncio.timeout(20):
                while not all(each.number == 2 and each.connected.is_set() for each in (reader, writer)):
                    await asyncio.sleep(0.05)
            assert await writer.publish(pieces(3)) == [None] * 3
            assert len(await gather(reader, 3)) == 3
        broker.stop()

    asyncio.run(story())


def test_a_publish_that_is_under_way_when_the_broker_dies_is_not_called_done(tmp_path):
    async def story():
        broker = Mosquitto(tmp_path).start()
        async with connected(broker.url, "w") as writer:
            broker.process.send_signal(19)  # stopped: it takes the bytes and answers nothing
            publishing = asyncio.create_task(writer.publish(pieces(3)))
            await asyncio.sleep(0.2)
            broker.kill()
            with pytest.raises(Unavailable):
                await publishing

    asyncio.run(story())


def test_a_refused_publish_is_told_apart_from_the_others(tmp_path):
    rules = tmp_path / "acl"
    rules.write_text("topic read #\ntopic write rb/1/data/#\n")
    more = f"acl_file {rules}\n"

    async def story(url):
        async with connected(url, "w") as writer:
            refused = Publication("rb/1/state/other/presence", b"forged")
            outcome = await writer.publish([pieces(1)[0], refused, pieces(1)[0]])
            assert outcome[0] is None
            assert outcome[2] is None
            assert outcome[1] == "Not authorized"

    with_mosquitto(tmp_path / "broker", story, more=more)


def test_mqtt_5_is_spoken_where_the_broker_does_and_3_1_1_where_not(on_broker):
    async def story(url):
        asked = url.partition("?")[0]
        async with connected(url, "w") as writer:
            wanted = MQTTProtocolVersion.MQTTv5 if asked == url else MQTTProtocolVersion.MQTTv311
            assert writer.protocol == wanted

    on_broker(story)


def test_a_broker_that_hangs_up_on_mqtt_5_is_met_with_3_1_1():
    seen = []

    async def old_broker(reader, writer):
        header = await reader.readexactly(2)
        packet = await reader.readexactly(header[1])
        seen.append(packet[6])
        if packet[6] == 4:
            writer.write(b"\x20\x02\x00\x00")
            await writer.drain()
            await asyncio.sleep(1)
        writer.close()

    async def story():
        server = await asyncio.start_server(old_broker, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        async with connected(f"mqtt://127.0.0.1:{port}", "w") as connection:
            assert connection.protocol == MQTTProtocolVersion.MQTTv311
        server.close()

    asyncio.run(story())
    assert seen[:2] == [5, 4]


def test_a_topic_that_is_no_text_does_not_stop_the_reader(tmp_path):
    async def story(url):
        async with connected(url, "r", ["#"]) as reader, connected(url, "w") as writer:
            await writer.publish([Publication("rb/1/ünïcode", b"1"), *pieces(1)])
            assert [each.data for each in await gather(reader, 2)] == [b"1", b"0"]

    with_mosquitto(tmp_path, story)


def test_more_messages_than_may_be_in_flight_are_handed_over_in_order(tmp_path):
    async def story(url):
        async with connected(url, "r", ["rb/1/#"]) as reader, connected(url, "w") as writer:
            assert writer.window <= 5
            assert await writer.publish(pieces(300)) == [None] * 300
            assert [int(each.data) for each in await gather(reader, 300)] == list(range(300))

    with_mosquitto(tmp_path, story, more="max_inflight_messages 5\n")


@pytest.mark.parametrize("url", ["http://host", "mqtt://", "broker:1883", ""])
def test_an_address_that_is_none_stops_the_start(url):
    with pytest.raises(ConfigError, match="broker address"):
        address(url)


def test_an_address_carries_account_and_port():
    found = address("mqtt://cn-jiaxing:p%40ss@broker")
    assert (found.host, found.port, found.username, found.password) == ("broker", 1883, "cn-jiaxing", "p@ss")


def with_mosquitto(folder, story, **options):
    async def whole():
        broker = Mosquitto(folder, **options).start()
        try:
            async with asyncio.timeout(30):
                await story(broker.url)
        finally:
            broker.stop()

    asyncio.run(whole())
