"""One contract, four brokers (DESIGN sections 7 and 10); where they differ, ``SEEN`` says how, and deploy/brokers.md what covers it."""

import asyncio
import contextlib
import socket
from dataclasses import dataclass

import pytest
from brokers import LASTING
from hubs import alert, settings
from paho.mqtt.enums import MQTTProtocolVersion
from playing import playing, total, until
from regions import Region

from bridge.bus import Publication
from bridge.bus.embedded import Embedded
from bridge.bus.mqtt import UNACKNOWLEDGED, Connection, address
from bridge.errors import Unavailable

OLD, NEW = MQTTProtocolVersion.MQTTv311, MQTTProtocolVersion.MQTTv5


@dataclass(frozen=True)
class Seen:
    """What tells one broker from another."""

    protocol: MQTTProtocolVersion = OLD
    keeps: bool = True
    """A session outlives its connection: what came meanwhile, and what was not acknowledged, comes with the next."""
    dotted: str | None = "rb/1/data/a.b"
    """What becomes of this topic; nothing: it is refused with the connection."""
    retained_by_wildcard: bool = True
    says_version: bool = False


SEEN = {
    "embedded": Seen(keeps=False),
    "mosquitto": Seen(protocol=NEW, says_version=True),
    "nats": Seen(dotted=None),
    "rabbitmq": Seen(dotted="rb/1/data/a/b", retained_by_wildcard=False),
}


@pytest.fixture(scope="module", params=SEEN)
def broker(request, tmp_path_factory):
    """Each started once; the embedded one, which keeps nothing, by each story for itself."""
    if request.param == "embedded":
        yield None
        return
    found = LASTING[request.param](tmp_path_factory.mktemp(request.param)).start()
    yield found
    found.kill()


@pytest.fixture
def seen(broker, request):
    return SEEN[request.node.callspec.params["broker"]]


@contextlib.asynccontextmanager
async def up(broker):
    """What can be killed and started: the broker that runs, or a new embedded one."""
    if broker is not None:
        yield Lasting(broker)
        return
    found = Fleeting()
    await found.start()
    try:
        yield found
    finally:
        await found.kill()


class Lasting:
    """A broker in a process of its own."""

    greets = True
    """It answers whoever speaks a newer MQTT."""

    def __init__(self, broker):
        self.broker = broker
        self.url = broker.url

    async def kill(self):
        self.broker.kill()

    async def start(self):
        await asyncio.to_thread(self.broker.start)


class Fleeting:
    """The embedded broker: what it held is gone with it. To MQTT 5 it says nothing at all."""

    greets = False

    def __init__(self):
        self.port = 0

    async def start(self):
        self.broker = Embedded(self.port)
        self.port, self.url = self.broker.port, self.broker.url
        await self.broker.start()

    async def kill(self):
        await self.broker.stop()


@pytest.fixture
def story(broker, request):
    """Runs a story with the running broker, and a word that is in no topic or client id of another story."""
    word = request.node.originalname.removeprefix("test_").replace("_", "-")[:40]

    def run(told, seconds=60):
        async def whole():
            async with up(broker) as found, asyncio.timeout(seconds):
                await told(found, word)

        asyncio.run(whole())

    return run


@contextlib.asynccontextmanager
async def connected(url, name, *filters, **options):
    connection = Connection(address(url), name, filters, **options)
    try:
        await connection.connected.wait()
        yield connection
    finally:
        await connection.close()


async def gather(connection, count):
    """So many different messages; who has waited long for an acknowledgement may have sent one twice."""
    found = {}
    while len(found) < count:
        for each in await connection.deliveries():
            found.setdefault(each.data, each)
    return list(found.values())


async def hears(connection):
    """Whether anything comes."""
    try:
        async with asyncio.timeout(0.5):
            return bool(await connection.deliveries())
    except TimeoutError:
        return False


def pieces(topic, count, size=0):
    return [Publication(topic, str(number).encode().ljust(size)) for number in range(count)]


def numbers(deliveries):
    return [int(each.data) for each in deliveries]


def test_what_it_speaks_is_found_out_and_what_is_published_is_answered(story, seen):
    async def told(broker, word):
        async with connected(broker.url.partition("?")[0] if broker.greets else broker.url, word) as writer:
            assert writer.protocol == seen.protocol
            assert await writer.publish(pieces(f"rb/1/data/{word}", 50)) == [None] * 50

    story(told)


def test_a_session_is_kept_while_its_client_is_away(story, seen):
    async def told(broker, word):
        topic = f"rb/1/data/{word}"
        async with connected(broker.url, f"{word}-r", topic):
            pass
        async with connected(broker.url, f"{word}-w") as writer:
            await writer.publish(pieces(topic, 20))
        async with connected(broker.url, f"{word}-r", topic) as reader:
            if not seen.keeps:
                assert not await hears(reader)
                return
            found = await gather(reader, 20)
            reader.acknowledge(found)
            assert numbers(found) == list(range(20))
            assert not any(each.retained for each in found)

    story(told)


def test_what_was_not_acknowledged_comes_again(story, seen):
    async def told(broker, word):
        topic = f"rb/1/data/{word}"
        async with connected(broker.url, f"{word}-w") as writer:
            async with connected(broker.url, f"{word}-r", topic) as reader:
                await writer.publish(pieces(topic, 5))
                reader.acknowledge((await gather(reader, 5))[:2])
                await asyncio.sleep(0.3)
            async with connected(broker.url, f"{word}-r", topic) as reader:
                await writer.publish([Publication(topic, b"9")])
                found = await gather(reader, 4 if seen.keeps else 1)
                reader.acknowledge(found)
                assert {int(each.data): each.again for each in found} == ({2: True, 3: True, 4: True} if seen.keeps else {}) | {9: False}

    story(told)


def test_what_is_retained_is_found_under_its_exact_topic_and_the_last_word_counts(story, seen):
    async def told(broker, word):
        topic = f"rb/1/state/{word}/heads"
        async with connected(broker.url, f"{word}-w") as writer:
            await writer.publish([Publication(topic, words, retain=True) for words in (b"old", b"new")])
            async with connected(broker.url, f"{word}-r", topic) as reader:
                assert [(each.data, each.retained) for each in await gather(reader, 1)] == [(b"new", True)]
            async with connected(broker.url, f"{word}-all", f"rb/1/state/{word}/+") as reader:
                assert await hears(reader) is seen.retained_by_wildcard

    story(told)


def test_who_goes_without_a_farewell_leaves_a_will_that_is_retained(story):
    async def told(broker, word):
        topic = f"rb/1/state/{word}/presence"
        last = Publication(topic, b"gone", retain=True)
        async with connected(broker.url, f"{word}-r", topic) as reader, connected(broker.url, f"{word}-w", will=lambda: last) as writer:
            writer.pump.socket.shutdown(socket.SHUT_RDWR)
            assert [each.data for each in await gather(reader, 1)] == [b"gone"]
        async with connected(broker.url, f"{word}-late", topic) as late:
            assert [(each.data, each.retained) for each in await gather(late, 1)] == [(b"gone", True)]

    story(told)


def test_a_lane_that_acknowledges_nothing_does_not_hold_up_the_other(story):
    async def told(broker, word):
        bulk, urgent = (f"rb/1/data/{word}/full/actual/{kind}" for kind in ("resource", "alert"))
        async with (
            connected(broker.url, f"{word}-bulk", f"{bulk}/#") as slow,
            connected(broker.url, f"{word}-urgent", f"{urgent}/#") as quick,
            connected(broker.url, f"{word}-w") as writer,
        ):
            await writer.publish(pieces(f"{bulk}/none/00/000000", 300, 2000))
            for each in pieces(f"{urgent}/none/00/000000", 20):
                await writer.publish([each])
                (found,) = await gather(quick, 1)
                quick.acknowledge([found])
            slow.acknowledge(await gather(slow, 300))
            await asyncio.sleep(0.2)

    story(told)


def test_a_second_client_of_the_same_id_takes_the_first_ones_place_and_session(story, seen):
    async def told(broker, word):
        topic = f"rb/1/data/{word}"
        async with connected(broker.url, f"{word}-w") as writer, connected(broker.url, f"{word}-r", topic) as first:
            second = Connection(address(broker.url), f"{word}-r", [topic])
            await first.lost.wait()
            await first.close()
            if seen.keeps:  # the embedded broker hangs up on both
                await second.connected.wait()
                await writer.publish(pieces(topic, 3))
                assert numbers(await gather(second, 3)) == [0, 1, 2]
            await second.close()

    story(told)


def test_a_message_of_a_megabyte_arrives_whole(story):
    async def told(broker, word):
        topic, data = f"rb/1/data/{word}", bytes(range(256)) * 4096
        async with connected(broker.url, f"{word}-r", topic) as reader, connected(broker.url, f"{word}-w") as writer:
            assert await writer.publish([Publication(topic, data)]) == [None]
            assert [each.data == data for each in await gather(reader, 1)] == [True]

    story(told)


def test_as_many_as_we_allow_come_unacknowledged_and_the_rest_when_they_are_acknowledged(story):
    async def told(broker, word):
        topic = f"rb/1/data/{word}"
        async with connected(broker.url, f"{word}-r", topic) as reader, connected(broker.url, f"{word}-w") as writer:
            await writer.publish(pieces(topic, UNACKNOWLEDGED + 20))
            held = await gather(reader, UNACKNOWLEDGED)
            reader.acknowledge(held)
            rest = await gather(reader, UNACKNOWLEDGED + 20 - len(held)) if len(held) < UNACKNOWLEDGED + 20 else []
            reader.acknowledge(rest)
            assert numbers([*held, *rest]) == list(range(UNACKNOWLEDGED + 20))
            await asyncio.sleep(0.2)

    story(told)


def test_a_dot_in_a_topic_is_why_ours_have_none(story, seen):
    async def told(broker, word):
        heard = ["rb/1/data/a/b", "rb/1/data/a.b"] if seen.dotted else []
        async with connected(broker.url, f"{word}-r", *heard) as reader, connected(broker.url, f"{word}-w") as writer:
            if seen.dotted is None:
                with pytest.raises(Unavailable):
                    await writer.publish(pieces("rb/1/data/a.b", 1))
                return
            await writer.publish(pieces("rb/1/data/a.b", 1))
            assert {each.topic for each in await gather(reader, 1)} == {seen.dotted}

    story(told)


def test_only_some_say_their_version(story, seen):
    async def told(broker, word):
        async with connected(broker.url, f"{word}-r", "$SYS/broker/version") as reader:
            assert await hears(reader) is seen.says_version

    story(told)


def give(folder, name):
    (folder / f"{name}.tmp").write_bytes(alert(name))
    (folder / f"{name}.tmp").rename(folder / f"{name}.xml")


def test_a_hub_hands_everything_on_once_though_the_broker_is_killed_meanwhile(story, tmp_path):
    async def told(broker, word):
        path = settings(tmp_path, broker.url)
        async with playing(path) as hub:
            inbox, out = tmp_path / "in", tmp_path / "out"
            give(inbox, "before")
            await until(lambda: len(list(out.glob("*.xml"))) == 1)
            await broker.kill()
            give(inbox, "meanwhile")
            await asyncio.sleep(0.5)
            await broker.start()
            give(inbox, "after")
            await until(lambda: len(list(out.glob("*.xml"))) == 3, 40)
            await asyncio.sleep(0.5)
            sums = await total(hub)
        assert sums["cn-shanghai-emergency", "delivered"] == 3
        assert sorted(path.read_text().split("<identifier>")[1].split("<")[0] for path in out.glob("*.xml")) == ["after", "before", "meanwhile"]

    story(told, 300)


def test_two_hubs_related_by_relays_heal_after_a_cut(story, tmp_path, broker):
    """One hub on this broker, the other on Mosquitto; each pulls from the other."""
    one, other = "cn-wuxi", "cn-changzhou"

    async def told(broker, word):
        region = Region(tmp_path, {one: [other], other: [one]}, brokers={one: broker})
        region.brokers[other].start()
        try:
            async with region.playing(one):
                async with region.playing(other):
                    region.say(one, "a")
                    region.say(other, "b")
                    await until(lambda: region.has(one, "ab") and region.has(other, "ab"))
                region.say(one, *"cde")
                await until(lambda: region.has(one, "cde"))
                await broker.kill()
                region.say(one, *"fgh")
                await broker.start()
                await until(lambda: region.has(one, "fgh"), 40)
                async with region.playing(other):
                    region.say(other, "i")
                    await until(lambda: all(region.has(hub, "abcdefghi") for hub in (one, other)), 40)
                    await asyncio.sleep(0.5)
        finally:
            region.brokers[other].stop()
        assert [region.heard(hub) for hub in (one, other)] == [dict.fromkeys("abcdefghi", 1)] * 2

    story(told, 300)
