"""An agency's own broker: nothing that it has acknowledged to its systems is lost or doubled, and topics say what they carry."""

import asyncio
from collections import Counter

import pytest
from hubs import Hub, alert, settings, wait_for
from playing import playing, total, until
from servers import Mosquitto, mosquitto

from bridge import settings as loading
from bridge.bus import Publication
from bridge.bus.mqtt import Connection, address
from bridge.errors import ConfigError, Unavailable
from bridge.ports import Taken


@pytest.fixture
def broker(tmp_path):
    with mosquitto(tmp_path / "broker") as found:
        yield found


def ways(folder, broker, topic="region/{mode}/{agency}/{kind}", **more):
    way_in = f'mqtt = "{broker.url}"\ntopics = ["weather/#", "alarms/+/cap"]'
    return settings(folder, way_in=way_in, way_out=f'mqtt = "{broker.url}"\ntopic = "{topic}"', **more)


async def publish(broker, *messages):
    systems = Connection(address(broker.url), "systems")
    try:
        assert await systems.publish([Publication(topic, data) for topic, data in messages]) == [None] * len(messages)
    finally:
        await systems.close()


async def awake(broker, came):
    """Until what is published comes out: the hub has subscribed, and its session is there for good."""
    async with asyncio.timeout(15):
        while not came():
            await publish(broker, ("weather/x", alert("hello")))
            await asyncio.sleep(0.1)


def identifier(words):
    return words.split("<identifier>")[1].split("<")[0]


class Ear:
    """A partner's system that has subscribed."""

    def __init__(self, broker):
        self.connection, self.heard = Connection(address(broker.url), "partner", ["region/#"]), []
        self.task = asyncio.create_task(self._listen())

    async def _listen(self):
        while True:
            batch = await self.connection.deliveries()
            self.heard += batch
            self.connection.acknowledge(batch)

    def names(self):
        return Counter(identifier(each.data.decode()) for each in self.heard)

    async def __aenter__(self):
        await self.connection.connected.wait()
        return self

    async def __aexit__(self, *_):
        self.task.cancel()
        await self.connection.close()


def test_the_topic_names_mode_agency_and_kind_of_what_it_carries(tmp_path, broker):
    async def story():
        async with Ear(broker) as ear, playing(ways(tmp_path, broker, more='modes = ["Actual", "Exercise"]\n')):
            await awake(broker, lambda: ear.heard)
            exercise = alert("drill").replace(b"Actual</status>", b"Exercise</status>")
            await publish(broker, ("weather/x", alert("a")), ("alarms/east/cap", exercise), ("elsewhere", alert("nobody's")))
            await until(lambda: len(ear.heard) == 3)
            assert {each.topic for each in ear.heard} == {"region/actual/cn-jiaxing-weather/alert", "region/exercise/cn-jiaxing-weather/alert"}

    asyncio.run(story())


@pytest.mark.parametrize("topic", ["", "region/#", "region/+/x", "region/{place}", "region/{mode", "region/{}", "region/{data}", "a/{kind}/\\u0000"])
def test_a_topic_that_cannot_be_published_to_stops_the_start(tmp_path, broker, topic):
    with pytest.raises(ConfigError, match="topic"):
        loading.load(ways(tmp_path, broker, topic))


def test_a_way_in_without_topics_stops_the_start(tmp_path):
    with pytest.raises(ConfigError, match="topics"):
        loading.load(settings(tmp_path, way_in='mqtt = "mqtt://127.0.0.1"'))


def test_what_is_published_while_the_hub_is_away_is_taken_when_it_is_back(tmp_path, broker):
    async def story():
        path = ways(tmp_path, broker)
        async with Ear(broker) as ear:
            async with playing(path) as hub:
                await awake(broker, lambda: ear.heard)

                async def known():
                    return (await total(hub)).get(("cn-shanghai-emergency", "delivered"))

                await until(known)  # who stops before gives it once more, under the same id
            await publish(broker, ("weather/x", alert("meanwhile")))
            async with playing(path):
                await until(lambda: len(ear.heard) == 2)
            assert ear.names() == {"hello": 1, "meanwhile": 1}

    asyncio.run(story())


def test_nothing_is_acknowledged_before_the_ledger_holds_it(tmp_path, broker, monkeypatch):
    monkeypatch.setattr("bridge.links.inlet.PATIENCE", 0.05)

    async def story():
        path = ways(tmp_path, broker)
        async with Ear(broker) as ear:
            async with playing(path) as hub:
                await awake(broker, lambda: ear.heard)
                repeated = (await total(hub)).get(("bus", "repeated"), 0)
                asked = []

                async def full(batch):
                    asked.append(batch)
                    raise Unavailable("disk full")

                hub.ledger.accept = full
                await publish(broker, ("weather/x", alert("a")))
                await until(lambda: len(asked) > 3)
            async with playing(path) as hub:
                await until(lambda: len(ear.heard) == 2)
                assert ear.names() == {"hello": 1, "a": 1}
                assert (await total(hub)).get(("bus", "repeated"), 0) == repeated

    asyncio.run(story())


def test_an_agencys_broker_that_restarts_costs_nothing(tmp_path):
    broker = Mosquitto(tmp_path / "broker").start()

    async def story():
        async with Ear(broker) as ear, playing(ways(tmp_path, broker)):
            await awake(broker, lambda: ear.heard)
            broker.stop()
            broker.start()
            await publish(broker, ("weather/x", alert("after")))
            await until(lambda: ear.names()["after"], 30)
            assert ear.names() == {"hello": 1, "after": 1}

    try:
        asyncio.run(story())
    finally:
        broker.stop()


@pytest.mark.parametrize("point", ["sealed", "accept-written", "accepted", "receipted"])
def test_whoever_dies_here_takes_it_again_and_says_it_once(tmp_path, broker, point):
    path = settings(tmp_path, broker.url, way_in=f'mqtt = "{broker.url}"\ntopics = ["weather/#"]')
    hub = Hub(path)
    asyncio.run(awake(broker, lambda: came(tmp_path)))
    assert hub.stop() == 0
    hub = Hub(path, crash_at=point)
    asyncio.run(publish(broker, *(("weather/x", alert(f"a{number}")) for number in range(4))))
    wait_for(lambda: not hub.alive)
    hub = Hub(path)
    wait_for(lambda: len(came(tmp_path)) >= 5)
    asyncio.run(publish(broker, ("weather/x", alert("last"))))
    wait_for(lambda: "last" in came(tmp_path))
    assert hub.stop() == 0
    assert came(tmp_path) == dict.fromkeys(("hello", "a0", "a1", "a2", "a3", "last"), 1)


def test_who_dies_between_the_ledger_and_the_acknowledgement_says_no_older_word_again(tmp_path, broker):
    path = settings(tmp_path, broker.url, way_in=f'mqtt = "{broker.url}"\ntopics = ["weather/#"]')
    hub = Hub(path)
    asyncio.run(awake(broker, lambda: came(tmp_path)))
    assert hub.stop() == 0
    asyncio.run(publish(broker, *(("weather/x", alert("same").replace("暴雨橙色".encode(), words)) for words in (b"one", b"two"))))
    hub = Hub(path, crash_at="accepted")
    wait_for(lambda: not hub.alive)
    hub = Hub(path)
    wait_for(lambda: came(tmp_path)["same"] >= 2)
    asyncio.run(publish(broker, ("weather/x", alert("last"))))
    wait_for(lambda: "last" in came(tmp_path))
    assert hub.stop() == 0
    assert came(tmp_path) == {"hello": 1, "same": 2, "last": 1}


def came(folder):
    return Counter(identifier(file.read_text()) for file in (folder / "out").glob("*.xml"))


def test_an_alert_is_the_same_message_though_its_broker_never_said_that_it_delivers_again(tmp_path, broker):
    async def whole():
        async with playing(ways(tmp_path / "hub", broker)) as hub:
            (inlet,) = hub.inlets.values()
            lives = [inlet.read(Taken(alert("a"), "mqtt:a", None, fresh=fresh)) for fresh in (True, False, True)]
            assert len({taking.sealed[0].envelope.message_id for taking in lives}) == 1

    asyncio.run(whole())
