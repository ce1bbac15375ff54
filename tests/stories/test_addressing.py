"""An exercise and a forged agency at every door: nothing is received, and the sender is told."""

import asyncio
import json
from datetime import UTC, datetime

import pytest
from hubs import alert, settings
from playing import playing, total, until
from servers import Mosquitto

from bridge.adapter import Said, Says
from bridge.bus import Publication
from bridge.bus.mqtt import Connection, address
from bridge.envelope import Terms, seal
from bridge.ledger import Taking
from bridge.records import Carrier, Incident, Location
from bridge.wire import encode

AUTHOR, SHANGHAI = "cn-jiaxing-weather", "cn-shanghai-emergency"
DRILL = alert("drill").replace(b"<status>Actual", b"<status>Exercise")
ACTUAL_ONLY = 'modes = ["Actual"]\n'


@pytest.fixture
def broker(tmp_path):
    broker = Mosquitto(tmp_path / "broker").start()
    yield broker
    broker.stop()


def run(folder, story, **options):
    path = settings(folder, **options)

    async def whole():
        async with playing(path) as hub:
            await story(hub)
            await asyncio.sleep(0.3)
            assert list((folder / "out").glob("*.*")) == []
            assert (await total(hub)).get((SHANGHAI, "delivered"), 0) == 0

    asyncio.run(whole())


def incident(mode="Exercise", agency=AUTHOR, **says):
    record = Incident(incident_id="i", owner=agency, category="Unknown", lifecycle="Reported", location=Location())
    (sealed,) = seal(Said(record, Says(**says)), Terms(agency=agency, mode=mode), datetime.now(UTC))
    return sealed


def carried(sealed, hub="cn-jiaxing"):
    return encode(Carrier(hub=hub, stream=sealed.stream, epoch=1, sequence=1, envelope=sealed.data))


def receipts(folder):
    return [(each["stage"], each["error_code"]) for path in (folder / "in" / "receipts").glob("*.json") for each in json.loads(path.read_text())]


async def published(url, *publications):
    writer = Connection(address(url), "forger")
    assert await writer.publish([Publication(*each) for each in publications]) == [None] * len(publications)
    await writer.close()


async def codes(hub):
    return sorted(f"{aside.verdict.code} {aside.verdict.at}" for aside in await hub.ledger.asides(10))


# ---- an exercise to who takes actual only


def test_an_exercise_is_refused_by_a_folder_that_takes_actual_only_and_its_sender_told(tmp_path):
    async def story(hub):
        (tmp_path / "in" / "a.xml").write_bytes(DRILL)
        await until(lambda: list((tmp_path / "in").rglob("*.reason.json")))
        (told,) = (tmp_path / "in").rglob("*.reason.json")
        assert "Exercise" in told.read_text()

    run(tmp_path, story, way_in=f'folder = "in"\n{ACTUAL_ONLY}')


def test_an_exercise_is_withheld_by_an_outlet_that_takes_actual_only_and_its_sender_told(tmp_path):
    async def story(hub):
        (tmp_path / "in" / "a.xml").write_bytes(DRILL)
        await until(lambda: receipts(tmp_path))
        assert receipts(tmp_path) == [("Withheld", "withheld-mode")]

    run(tmp_path, story)


def test_an_exercise_in_the_topic_of_what_is_actual_is_refused_on_the_bus(tmp_path, broker):
    async def story(hub):
        drill = incident()
        await published(broker.url, (str(drill.topic).replace("/exercise/", "/actual/"), carried(drill)))

        async def refused():
            return (await total(hub)).get(("none", "refused")) == 1

        await until(refused)
        assert await codes(hub) == ["disagrees mode"]

    run(tmp_path, story, bus=broker.url)


@pytest.mark.parametrize("name", [SHANGHAI, "cn-delta"])
def test_an_exercise_to_an_inbox_is_withheld_and_its_sender_told(tmp_path, name):
    async def story(hub):
        sealed = incident(recipients=(name,))
        assert str(sealed.topic) == f"rb/1/to/{name}/{AUTHOR}/exercise/incident"
        for outcome in await hub.ledger.accept([Taking("k", "test", AUTHOR, (sealed,))]):
            hub.hub.feeds.push(outcome.tickets)
        await until(lambda: receipts(tmp_path))
        assert receipts(tmp_path) == [("Withheld", "withheld-mode")]

    group = tmp_path / "regionbus.toml"
    settings(tmp_path)
    whole = group.read_text().replace('division = "31/310000"\n', 'division = "31/310000"\ngroups = ["cn-delta"]\n')

    async def played():
        group.write_text(whole)
        async with playing(group) as hub:
            await story(hub)
            assert list((tmp_path / "out").glob("*.*")) == []

    asyncio.run(played())


# ---- an agency that is another one


@pytest.mark.parametrize("place", ["topic", "envelope"])
@pytest.mark.parametrize("way", ["data", "to"])
def test_another_agency_in_topic_or_envelope_is_refused_with_its_bytes(tmp_path, broker, place, way):
    async def story(hub):
        says = {"recipients": (SHANGHAI,)} if way == "to" else {}
        own, foreign = (incident("Actual", agency, **says) for agency in (AUTHOR, "cn-foreign"))
        topic, inside = (foreign, own) if place == "topic" else (own, foreign)
        await until(lambda: hub.canary.seconds is not None)  # it hears its bus
        await published(broker.url, (str(topic.topic), carried(inside)))

        async def refused():
            return (await total(hub)).get(("none", "refused")) == 1

        await until(refused)
        assert await codes(hub) == ["disagrees agency"]
        assert [aside.data for aside in await hub.ledger.asides(10)] == [carried(inside)]

    run(tmp_path, story, bus=broker.url)
