"""Who is there: births, wills and planned ends on a real broker, and what becomes of letters that nobody there could take."""

import asyncio
import contextlib
import json
import signal
from datetime import UTC, datetime, timedelta

import pytest
from hubs import Hub, settings, wait_for
from playing import playing, total, until
from servers import free_port, mosquitto

from bridge import app, liveness, presence, wire
from bridge import settings as loading
from bridge.adapter import Said, Says, write
from bridge.bus import Publication
from bridge.bus.mqtt import Connection, address
from bridge.cli import hubs as command
from bridge.errors import Unavailable
from bridge.links import presence as links
from bridge.presence import Peer
from bridge.records import Alert, Presence, Speaks
from bridge.registry import load
from bridge.topics import state as topic_of

OWN, OTHER = "cn-jiaxing", "cn-shanghai"
FIVE, THREE = "", "?protocol=3.1.1"


class Ear:
    """Everything that is said about a hub, in order, and what a new reader would find."""

    def __init__(self, url, hub=OWN, name="ear"):
        self.url, self.topic = url, topic_of(hub, "presence")
        self.said: list[Presence] = []
        self.bus = Connection(address(url), name, [self.topic])
        self.task = asyncio.create_task(self.listen())

    async def listen(self):
        while True:
            batch = await self.bus.deliveries()
            self.said += [wire.decode(each.data, Presence) for each in batch]
            self.bus.acknowledge(batch)

    async def say(self, word):
        assert await self.bus.publish([Publication(self.topic, wire.encode(word), retain=True)]) == [None]

    def last(self):
        return (self.said[-1].state, self.said[-1].planned) if self.said else None

    async def close(self):
        self.task.cancel()
        await self.bus.close()


@contextlib.asynccontextmanager
async def ear(url, hub=OWN, name="ear"):
    found = Ear(url, hub, name)
    try:
        async with asyncio.timeout(10):
            await found.bus.connected.wait()
        yield found
    finally:
        await found.close()


def other(state="Online", generation=1, seconds=0.0, **more):
    return Presence(
        hub=OTHER,
        generation=generation,
        agency=OTHER,
        system_name="regionbus",
        state=state,
        at=datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=seconds),
        **more,
    )


def neighbourly(path):
    """A hub that knows of a neighbour, its relay left out: the test says what the relay would copy."""
    hub = app.App(loading.load(path))
    hub.hub.presences.peers[OTHER] = Peer()
    return hub


def seen(hub, name=OTHER):
    return next(view.state for view in hub.presences() if view.hub == name)


@pytest.fixture
def quick(monkeypatch):
    """Seconds become tenths."""
    monkeypatch.setattr(links, "TICK", 0.1)
    monkeypatch.setattr(links, "EVERY", 0.3)
    monkeypatch.setattr(presence, "EVERY", 0.5)
    monkeypatch.setattr(liveness, "FLIGHT", 0.2)
    monkeypatch.setattr(liveness, "LATE", 1.0)


@pytest.mark.parametrize("protocol", [FIVE, THREE], ids=["5", "3.1.1"])
def test_a_hub_is_born_dies_by_its_will_is_born_again_and_leaves_as_planned(tmp_path, protocol):
    async def story(broker):
        path = settings(tmp_path, broker.url + protocol)
        async with ear(broker.url) as heard:
            hub = await asyncio.to_thread(lambda: Hub(path).wait_until_started())
            await until(lambda: heard.last() == ("Online", False))
            first = heard.said[-1]
            assert first.agencies == ("cn-jiaxing-weather", "cn-shanghai-emergency")
            assert {(row.agency, row.payload_type) for row in first.consumes} == {("cn-shanghai-emergency", "regionbus.Alert")}
            await asyncio.to_thread(hub.kill)
            await until(lambda: heard.last() == ("Offline", False))
            assert heard.said[-1].generation == first.generation
            hub = await asyncio.to_thread(lambda: Hub(path).wait_until_started())
            await until(lambda: heard.last() == ("Online", False))
            assert heard.said[-1].generation > first.generation
            assert await asyncio.to_thread(hub.stop) == 0
            await until(lambda: heard.last() == ("Offline", True))
            await asyncio.sleep(0.5)
            assert heard.last() == ("Offline", True)  # no will comes behind it
        async with ear(broker.url, name="late") as late:
            await until(lambda: late.last() == ("Offline", True))  # and it is kept

    with mosquitto(tmp_path / "broker") as broker:
        asyncio.run(story(broker))


def test_a_hub_that_fails_does_not_say_that_it_was_planned(tmp_path, quick):
    async def story(broker):
        async def failing():
            async with playing(settings(tmp_path, broker.url)):
                await until(lambda: heard.last() == ("Online", False))
                raise ZeroDivisionError

        async with ear(broker.url) as heard:
            with pytest.raises(ExceptionGroup):
                await failing()
            await until(lambda: heard.last() == ("Offline", False))

    with mosquitto(tmp_path / "broker") as broker:
        asyncio.run(story(broker))


def test_a_generation_is_newer_than_the_last_though_the_clock_was_set_back(tmp_path, quick):
    async def story(broker):
        path = settings(tmp_path, broker.url)
        async with ear(broker.url) as heard:
            async with playing(path):
                await until(lambda: heard.last() == ("Online", False))
            first = heard.said[-1].generation
            async with playing(path, clock=lambda: datetime.now(UTC) - timedelta(days=3)):
                await until(lambda: heard.last() == ("Online", False))
            assert heard.said[-1].generation == first + 1

    with mosquitto(tmp_path / "broker") as broker:
        asyncio.run(story(broker))


@pytest.mark.parametrize("earlier", [1_000, 0], ids=["an older life", "this life"])
def test_a_will_that_comes_late_is_answered_with_the_birth(tmp_path, quick, monkeypatch, earlier):
    monkeypatch.setattr(links, "EVERY", 1000)

    async def story(broker):
        async with ear(broker.url) as heard, playing(settings(tmp_path, broker.url)):
            await until(lambda: heard.last() == ("Online", False))
            birth = heard.said[-1]
            await asyncio.sleep(0.5)
            assert heard.said == [birth]
            await heard.say(birth.model_copy(update={"state": "Offline", "generation": birth.generation - earlier}))
            await until(lambda: len(heard.said) == 3)
            assert heard.last() == ("Online", False)
            assert heard.said[-1].generation == birth.generation
            await asyncio.sleep(0.5)
            assert len(heard.said) == 3  # said once

    with mosquitto(tmp_path / "broker") as broker:
        asyncio.run(story(broker))


def test_of_two_processes_the_younger_speaks_and_the_older_takes_over(tmp_path, quick, monkeypatch):
    monkeypatch.setattr(presence, "EVERY", 15.0)  # the younger one is a process of its own, which nothing hurries

    async def story(broker):
        second = settings(tmp_path / "2", broker.url)
        second.write_text('process = "2"\n' + second.read_text())
        async with ear(broker.url) as heard, playing(settings(tmp_path / "1", broker.url)):
            await until(lambda: heard.last() == ("Online", False))
            first = heard.said[-1].generation
            younger = await asyncio.to_thread(lambda: Hub(second).wait_until_started())
            await until(lambda: heard.said[-1].generation > first)
            middle = heard.said[-1].generation
            await asyncio.sleep(0.5)
            mark = len(heard.said)
            await asyncio.sleep(1.0)
            assert {word.generation for word in heard.said[mark:]} <= {middle}
            await asyncio.to_thread(younger.kill)
            await until(lambda: heard.said[-1].generation > middle and heard.last() == ("Online", False))
            third = heard.said[-1].generation
            await asyncio.sleep(1.0)
            assert heard.said[-1].generation == third
            assert heard.last() == ("Online", False)

    with mosquitto(tmp_path / "broker") as broker:
        asyncio.run(story(broker))


def test_a_neighbour_is_online_silent_offline_and_back_as_its_words_tell(tmp_path, quick):
    async def story(broker):
        hub = neighbourly(settings(tmp_path, broker.url))
        async with ear(broker.url, OTHER) as relay, hub.running():
            await until(lambda: seen(hub, OWN) == "online")
            assert seen(hub) == "unknown"
            await relay.say(other(generation=7, seconds=90))
            await until(lambda: seen(hub) == "online")
            assert 85 < hub.presences()[1].clock_offset_seconds < 91
            await until(lambda: seen(hub) == "silent")
            await relay.say(other("Offline", generation=6))
            await asyncio.sleep(0.3)
            assert seen(hub) == "silent"  # an older will
            await relay.say(other("Offline", generation=7))
            await until(lambda: seen(hub) == "offline")
            await relay.say(other("Degraded", generation=8))
            await until(lambda: seen(hub) == "degraded")
            await relay.say(other("Offline", generation=8, planned=True))
            await until(lambda: seen(hub) == "planned")

    with mosquitto(tmp_path / "broker") as broker:
        asyncio.run(story(broker))


def test_while_our_own_broker_brings_nothing_back_nobody_is_called_offline(tmp_path, quick):
    async def story(broker):
        hub = neighbourly(settings(tmp_path, broker.url))
        async with ear(broker.url, OTHER) as relay, hub.running():
            await relay.say(other())
            await until(lambda: seen(hub) == "online")
            words = []
            broker.process.send_signal(signal.SIGSTOP)
            try:
                await until(lambda: words.append(seen(hub)) or words[-1] == "unknown")
                await asyncio.sleep(1.5)
                words.append(seen(hub))
            finally:
                broker.process.send_signal(signal.SIGCONT)
            assert "offline" not in words
            assert words[-1] == "unknown"
            await until(lambda: seen(hub) == "silent")  # it says nothing, and now we would hear it

    with mosquitto(tmp_path / "broker") as broker:
        asyncio.run(story(broker))


def letter(name, to, mode="Actual"):
    moment = datetime.now(UTC).replace(microsecond=0)
    alert = Alert(identifier=name, sender="x", sent=moment, status=mode, msg_type="Alert", scope="Private")
    says = Says(mode=mode, action="Report", sent=moment, message_id=name, recipients=(to,))
    return write(load("edxl-de")(agency="cn-jiaxing-weather"), Said(alert, says)).data


def refused(folder):
    return [path.read_text() for path in (folder / "in").rglob("*") if path.is_file() and "withheld" in path.read_text(errors="replace")]


def test_a_letter_that_its_recipient_does_not_take_is_refused_at_the_door(tmp_path, quick):
    async def story(broker):
        path = settings(tmp_path, broker.url)
        path.write_text(path.read_text().replace('adapter = "cap"', 'adapter = "edxl-de"', 1))
        hub = neighbourly(path)
        agencies = ("cn-shanghai-fire", "cn-shanghai-med")
        rows = (
            Speaks(payload_type="regionbus.Alert", versions=(), agency="cn-shanghai-fire", modes=("Actual",)),
            Speaks(payload_type="regionbus.Mission", versions=(), agency="cn-shanghai-med", modes=("Actual",)),
        )
        async with ear(broker.url, OTHER) as relay, hub.running():
            await relay.say(other(agencies=agencies, consumes=rows))
            await until(lambda: seen(hub) == "online")
            for name, to, mode in (
                ("taken", "cn-shanghai-fire", "Actual"),
                ("drill", "cn-shanghai-fire", "Exercise"),
                ("kind", "cn-shanghai-med", "Actual"),
                ("stranger", "cn-suzhou-fire", "Exercise"),
            ):
                (tmp_path / "in" / f"{name}.xml").write_bytes(letter(name, to, mode))
            await until(lambda: len(list((tmp_path / "in").glob("*.xml"))) == 0)
            asides = await hub.ledger.asides(10)
            assert sorted((aside.verdict.code, aside.verdict.turn) for aside in asides) == [("withheld-kind", "format"), ("withheld-mode", "format")]
            assert {b"<distributionID>drill<" in aside.data or b"<distributionID>kind<" in aside.data for aside in asides} == {True}
            assert (await total(hub))["none", "refused"] == 2
            assert len(refused(tmp_path)) == 2  # the author finds the reason beside the file

    with mosquitto(tmp_path / "broker") as broker:
        asyncio.run(story(broker))


def test_the_command_shows_in_both_languages_who_is_there(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("COLUMNS", "200")
    port = free_port()
    with mosquitto(tmp_path / "broker") as broker:
        path = settings(tmp_path, broker.url, port=port)
        path.write_text(path.read_text() + f'[[relay]]\nhub = "{OTHER}"\nbus = "{broker.url}"\n')
        with pytest.raises(Unavailable, match=r"\[http\]"):
            command.run(path, as_json=True)
        hub = Hub(path).wait_until_started()
        try:
            wait_for(lambda: command.asked("127.0.0.1", port)[0]["state"] == "online")
            for language, words in (("en", ("online", "unknown", "agencies and what they take")), ("zh", ("在线", "未知", "机构及其接收内容"))):
                monkeypatch.setenv("REGIONBUS_LANG", language)
                command.run(path, as_json=False)
                told = capsys.readouterr().out
                assert all(word in told for word in (*words, OWN, OTHER, "cn-shanghai-emergency: Alert (Actual)")), told
            command.run(path, as_json=True)
            own, neighbour = json.loads(capsys.readouterr().out)
            assert (own["hub"], own["state"], own["agencies"]) == (OWN, "online", ["cn-jiaxing-weather", "cn-shanghai-emergency"])
            assert (neighbour["hub"], neighbour["state"], neighbour["generation"]) == (OTHER, "unknown", None)
            assert {row["way"] for row in own["capabilities"]} == {"sends", "takes"}
        finally:
            hub.stop()


def test_a_hub_on_the_embedded_broker_says_that_it_is_there(tmp_path, quick):
    async def story():
        async with playing(settings(tmp_path)) as hub:
            await until(lambda: seen(hub, OWN) == "online")

    asyncio.run(story())
