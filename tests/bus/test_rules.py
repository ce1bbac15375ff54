"""The rules of DESIGN section 7 that only the wire can show: against a broker of our own that speaks bytes and does what real ones do at their worst."""

import asyncio
import contextlib
import struct
from pathlib import Path
from typing import NamedTuple

import pytest
from hubs import settings
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from servers import Mosquitto
from structlog.testing import capture_logs

from bridge import app, liveness
from bridge import settings as loading
from bridge.bus import Publication, mqtt
from bridge.bus.mqtt import INFLIGHT, MOST_INFLIGHT, SESSION, UNACKNOWLEDGED, Connection, address
from bridge.errors import Unavailable
from bridge.ledger import Outcome
from bridge.links.feed import MEMORY, Feed
from bridge.links.hub import Hub
from bridge.links.listener import Listener

CONNECT, PUBLISH, PUBACK, SUBSCRIBE = 1, 3, 4, 8
TOPIC = "rb/1/data/cn-a-b/full/actual/alert/none/00/000000"


class Packet(NamedTuple):
    connection: int
    kind: int
    flags: int
    body: bytes


class Bytes:
    """A broker that writes down every packet; it acknowledges what is published only if it ``answers``."""

    def __init__(self, *, receive_maximum=None, answers=True, lives=True):
        self.greeting = b"" if receive_maximum is None else b"\x21" + struct.pack("!H", receive_maximum)
        self.answers, self.lives, self.packets, self.connections = answers, lives, [], 0

    async def meet(self, reader, writer):
        self.connections += 1
        number, self.writer = self.connections, writer
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                packet = await self.read(reader, number)
                self.packets.append(packet)
                if not self.lives:
                    break
                self.answer(packet)
        writer.close()

    async def read(self, reader, number):
        (first,) = await reader.readexactly(1)
        size, shift, byte = 0, 0, 0x80
        while byte & 0x80:
            (byte,) = await reader.readexactly(1)
            size, shift = size | (byte & 0x7F) << shift, shift + 7
        return Packet(number, first >> 4, first & 15, await reader.readexactly(size))

    def answer(self, packet):
        match packet.kind:
            case 1:
                self.send(0x20, b"\0\0" + bytes([len(self.greeting)]) + self.greeting)
            case 8:
                self.send(0x90, packet.body[:2] + b"\0\1")
            case 3 if self.answers:
                self.send(0x40, number_of(packet))

    def send(self, first, body):
        self.writer.write(bytes([first, len(body)]) + body)

    def say(self, number, data, *, again=False, topic=TOPIC):
        self.send(0x32 | 8 * again, struct.pack("!H", len(topic)) + topic.encode() + struct.pack("!H", number) + b"\0" + data)

    def of(self, kind):
        return [packet for packet in self.packets if packet.kind == kind]

    def hang_up(self):
        self.writer.transport.abort()


def number_of(packet):
    """The packet identifier of a PUBLISH, behind its topic."""
    (length,) = struct.unpack_from("!H", packet.body)
    return packet.body[2 + length : 4 + length]


def acknowledged(broker):
    return [(packet.connection, *struct.unpack("!H", packet.body[:2])) for packet in broker.of(PUBACK)]


def on(broker, story, filters=("rb/1/#",)):
    """Runs a story with a connection to a broker of bytes."""

    async def whole():
        server = await asyncio.start_server(broker.meet, "127.0.0.1", 0)
        connection = Connection(address(f"mqtt://127.0.0.1:{server.sockets[0].getsockname()[1]}"), "cn-jiaxing-1-normal", filters)
        async with asyncio.timeout(20):
            if broker.lives:
                await connection.connected.wait()
            try:
                await story(connection)
            finally:
                await connection.close()
                server.close()

    asyncio.run(whole())


async def until(done):
    while not done():
        await asyncio.sleep(0.01)


async def anew(connection):
    """Waits for the next connection."""
    number = connection.number
    await until(lambda: connection.number > number and connection.connected.is_set())


async def heard(connection, count):
    found = []
    while len(found) < count:
        found += await connection.deliveries()
    return found


def test_the_session_is_kept_for_a_week_under_one_name_and_never_begun_clean():
    broker = Bytes()

    async def story(connection):
        broker.hang_up()
        await anew(connection)
        for packet in broker.of(CONNECT):
            flags, session = packet.body[7], packet.body[10:]
            assert not flags & 2, "clean start"
            assert b"\x11" + struct.pack("!I", SESSION) in session
            assert b"\0\x13cn-jiaxing-1-normal" in session
        assert broker.connections == 2

    on(broker, story)


def test_callbacks_are_of_the_second_version():
    async def story(connection):
        assert connection.pump.client.callback_api_version == CallbackAPIVersion.VERSION2

    on(Bytes(), story)


def test_nothing_is_acknowledged_before_we_say_so_and_then_in_the_order_of_arrival():
    broker = Bytes()

    async def story(connection):
        for number in (5, 3, 9):
            broker.say(number, b"x")
        found = await heard(connection, 3)
        await asyncio.sleep(0.1)
        assert acknowledged(broker) == []
        connection.acknowledge(found[:1])
        await asyncio.sleep(0.1)
        assert acknowledged(broker) == [(1, 5)]
        connection.acknowledge(found[1:])
        await until(lambda: len(acknowledged(broker)) == 3)
        assert acknowledged(broker) == [(1, 5), (1, 3), (1, 9)]

    on(broker, story)


def test_a_late_acknowledgement_is_never_sent_on_the_next_connection():
    broker = Bytes()

    async def story(connection):
        broker.say(7, b"old")
        stale = await heard(connection, 1)
        broker.hang_up()
        await anew(connection)
        broker.say(7, b"another message under the same number")
        fresh = await heard(connection, 1)
        connection.acknowledge(stale)
        await asyncio.sleep(0.1)
        assert acknowledged(broker) == []
        connection.acknowledge(fresh)
        await until(lambda: acknowledged(broker))
        assert acknowledged(broker) == [(2, 7)]

    on(broker, story)


def test_what_fails_in_a_callback_ends_the_connection_and_not_the_reading():
    broker = Bytes()

    async def story(connection):
        def fails(_):
            raise RuntimeError("a fault of ours")

        connection.echoes["ping"] = fails
        broker.say(1, b"", topic="ping")
        await anew(connection)
        broker.say(2, b"after")
        (found,) = await heard(connection, 1)
        assert found.data == b"after"

    with capture_logs() as logs:
        on(broker, story)
    assert [entry["reason"] for entry in logs] == ["RuntimeError: a fault of ours"]


def test_a_packet_that_is_none_ends_the_connection_and_not_the_reading():
    broker = Bytes()

    async def story(connection):
        broker.send(0x32, b"\xff\xff")
        await anew(connection)
        broker.say(2, b"after")
        (found,) = await heard(connection, 1)
        assert found.data == b"after"

    on(broker, story)


def test_no_lock_of_ours_is_held_while_paho_publishes():
    modules = list(Path(mqtt.__file__).parent.glob("*.py"))
    assert len(modules) > 3
    assert not [path.name for path in modules if "Lock" in path.read_text("utf-8")]


def test_what_was_under_way_when_the_connection_was_lost_is_not_sent_behind_our_back():
    broker = Bytes(answers=False)

    async def story(connection):
        publishing = asyncio.create_task(connection.publish([Publication(TOPIC, b"once")]))
        await until(lambda: broker.of(PUBLISH))
        broker.hang_up()
        with pytest.raises(Unavailable):
            await publishing
        offline = asyncio.create_task(connection.publish([Publication(TOPIC, b"offline")]))
        await anew(connection)
        await until(lambda: len(broker.of(PUBLISH)) == 2)
        await asyncio.sleep(0.1)
        assert [(packet.connection, packet.body.rpartition(b"\0")[2]) for packet in broker.of(PUBLISH)] == [(1, b"once"), (2, b"offline")]
        offline.cancel()

    on(broker, story)


@pytest.mark.parametrize(("said", "sent"), [(None, INFLIGHT), (3, 3), (25, 25), (65535, MOST_INFLIGHT)])
def test_ten_are_in_flight_unless_the_broker_names_another_number(said, sent):
    broker = Bytes(receive_maximum=said, answers=False)

    async def story(connection):
        publishing = asyncio.create_task(connection.publish([Publication(TOPIC, b"x")] * 300))
        await until(lambda: len(broker.of(PUBLISH)) >= sent)
        await asyncio.sleep(0.1)
        assert len(broker.of(PUBLISH)) == sent
        publishing.cancel()

    on(broker, story)


def test_the_broker_is_told_how_many_deliveries_we_hold():
    broker = Bytes()

    async def story(_):
        assert b"\x21" + struct.pack("!H", UNACKNOWLEDGED) in broker.of(CONNECT)[0].body

    on(broker, story)


def test_a_feed_holds_no_more_in_memory_than_its_bound():
    async def story():
        feed = Feed(None, "outlet/x/normal", asyncio.Event())
        feed.behind = False
        for number in range(MEMORY + 500):
            feed.push(number)
        assert (len(feed.ready), feed.behind) == (MEMORY, True)

    asyncio.run(story())


def test_who_comes_again_waits_longer_each_time_and_never_as_long_as_the_others(monkeypatch):
    bounds = []

    def chance(least, most):
        bounds.append((least, most))
        return 0.001

    monkeypatch.setattr("bridge.bus.mqtt.connection.random.uniform", chance)
    broker = Bytes(lives=False)

    async def story(_):
        await until(lambda: len(bounds) >= 9)

    on(broker, story)
    least, most = mqtt.RETRY
    assert bounds == [(least, min(most, least * 2**attempt)) for attempt in range(1, len(bounds) + 1)]
    assert bounds[-1] == mqtt.RETRY


def test_nothing_is_asked_for_in_which_brokers_differ():
    """No QoS 2, no shared subscription, no topic alias, nothing retained that was not meant to be."""
    broker = Bytes()

    async def story(connection):
        await connection.publish([Publication(TOPIC, b"x", properties=(("message_id", "1"),))])
        connection.whisper(TOPIC, b"canary")
        await until(lambda: len(broker.of(PUBLISH)) == 2)
        assert [packet.flags for packet in broker.of(PUBLISH)] == [2, 0]
        (subscribed,) = broker.of(SUBSCRIBE)
        assert subscribed.body.endswith(b"rb/1/#\1"), "QoS 1, by the plain filter"
        said = broker.of(PUBLISH)[0].body[2 + len(TOPIC) + 2 :]
        assert said[:2] == bytes([said[0], 0x26]), "user properties alone"
        assert b"\x22" not in broker.of(CONNECT)[0].body[10 : 11 + broker.of(CONNECT)[0].body[10]], "Topic Alias Maximum"

    on(broker, story)


def test_a_broker_that_delivers_again_on_a_live_connection_is_heard_and_answered_each_time():
    broker = Bytes()

    async def story(connection):
        broker.say(4, b"x")
        broker.say(4, b"x", again=True)
        found = await heard(connection, 2)
        assert [each.again for each in found] == [False, True]
        connection.acknowledge(found)
        await until(lambda: len(acknowledged(broker)) == 2)

    on(broker, story)


def test_a_refused_subscription_is_no_connection():
    class Refusing(Bytes):
        def answer(self, packet):
            if packet.kind == SUBSCRIBE:
                self.send(0x90, packet.body[:2] + b"\0\x87")
            else:
                super().answer(packet)

    async def story():
        broker = Refusing()
        server = await asyncio.start_server(broker.meet, "127.0.0.1", 0)
        connection = Connection(address(f"mqtt://127.0.0.1:{server.sockets[0].getsockname()[1]}"), "x", ["rb/1/#"])
        async with asyncio.timeout(10):
            await until(lambda: connection.trouble)
        assert "rb/1/#" in connection.trouble.sentence
        assert not connection.connected.is_set()
        await connection.close()
        server.close()

    asyncio.run(story())


@pytest.mark.parametrize("allowed", [True, False])
def test_a_granted_subscription_and_an_acknowledged_publish_prove_nothing_and_the_canary_does(tmp_path, monkeypatch, allowed):
    monkeypatch.setattr("bridge.liveness.FLIGHT", 0.1)
    (tmp_path / "rules").write_text("topic readwrite rb/1/data/#\n" + ("topic readwrite rb/1/ask/#\n" if allowed else ""))
    broker = Mosquitto(tmp_path / "broker", more=f"acl_file {tmp_path}/rules\n").start()

    async def story():
        where = address(f"{broker.url}?protocol=3.1.1")
        topic = liveness.ping("cn-jiaxing")
        out, ears = Connection(where, "out"), Connection(where, "ears", [topic])
        async with asyncio.timeout(10):
            await out.connected.wait()
            await ears.connected.wait()
            assert (ears.protocol, await out.publish([Publication(topic, b"x")])) == (MQTTProtocolVersion.MQTTv311, [None])
            canary = liveness.Canary("cn-jiaxing", out, ears)
            flying = asyncio.create_task(canary.run())
            await asyncio.sleep(0.6)
            assert (canary.seconds is not None) is allowed
            flying.cancel()
            await out.close()
            await ears.close()

    try:
        asyncio.run(story())
    finally:
        broker.stop()


def test_the_embedded_broker_is_on_loopback_only_and_the_start_says_that_it_is_for_trials(tmp_path):
    async def story():
        async with app.App(loading.load(settings(tmp_path))).running() as hub:
            (where,) = {connection.where.host for connection in (hub.canary.out, hub.canary.ears)}
            assert where == "127.0.0.1"

    with capture_logs() as logs:
        asyncio.run(story())
    assert [entry["event"] for entry in logs].count("trial") == 1


def test_nothing_is_acknowledged_while_the_ledger_is_away(monkeypatch):
    """The ledger here is one that is away, and then is not."""
    monkeypatch.setattr("bridge.links.listener.PATIENCE", 0.05)
    broker, away = Bytes(), [True]

    class Ledger:
        async def accept(self, batch):
            if away[0]:
                raise Unavailable("away")
            return [Outcome(()) for _ in batch]

    async def story(connection):
        hub = Hub(Ledger(), type("Feeds", (), {"push": lambda *_: None})(), app.now, None)
        listening = asyncio.create_task(Listener("urgent", connection, [], hub, ()).run())
        broker.say(6, b"x")
        await asyncio.sleep(0.3)
        assert acknowledged(broker) == []
        away[0] = False
        await until(lambda: acknowledged(broker))
        assert acknowledged(broker) == [(1, 6)]
        listening.cancel()

    on(broker, story)
