"""An agency's own broker and topics, as its systems meet them."""

import asyncio

import pytest
from hubs import alert, settings
from playing import playing, total, until
from servers import mosquitto

from bridge.bus import Publication
from bridge.bus.mqtt import Connection, address


@pytest.fixture
def broker(tmp_path):
    with mosquitto(tmp_path / "broker") as found:
        yield found


def run(folder, broker, story):
    ways = {"way_in": f'mqtt = "{broker.url}"\ntopics = ["weather/#"]', "way_out": f'mqtt = "{broker.url}"\ntopic = "partner/cap"'}
    path = settings(folder, broker.url, **ways)

    async def whole():
        agency = Connection(address(broker.url), "agency", ["partner/#"])
        try:
            async with playing(path) as hub:
                await agency.connected.wait()
                await until(lambda: all(inlet.port.connection.connected.is_set() for inlet in hub.inlets.values()))
                await story(hub, agency)
        finally:
            await agency.close()

    asyncio.run(whole())


async def heard(agency, count):
    found = []
    async with asyncio.timeout(15):
        while len(found) < count:
            batch = await agency.deliveries()
            agency.acknowledge(batch)
            found += batch
    return found


def test_what_an_agency_publishes_comes_out_on_the_partners_topic(tmp_path, broker):
    async def story(hub, agency):
        await agency.publish([Publication("weather/warnings", alert(f"a{number}")) for number in range(5)])
        found = await heard(agency, 5)
        assert {each.topic for each in found} == {"partner/cap"}
        assert [number for number in range(5) if any(f"<identifier>a{number}<".encode() in each.data for each in found)] == [0, 1, 2, 3, 4]

    run(tmp_path, broker, story)


def test_a_bad_message_is_set_aside_and_the_next_goes_on(tmp_path, broker):
    async def story(hub, agency):
        await agency.publish([Publication("weather/warnings", data) for data in (b"\xff\x00", alert("good"))])
        (found,) = await heard(agency, 1)
        assert b"<identifier>good<" in found.data
        assert (await total(hub))["none", "refused"] == 1
        assert (await hub.ledger.asides(10))[0].data == b"\xff\x00"

    run(tmp_path, broker, story)


def test_the_same_bytes_published_anew_are_said_before_and_cost_nothing(tmp_path, broker):
    async def story(hub, agency):
        await agency.publish([Publication("weather/warnings", alert("same"))] * 3)

        async def repeated():
            return (await total(hub)).get(("bus", "repeated")) == 2

        await until(repeated)
        await heard(agency, 1)
        assert (await total(hub))["cn-shanghai-emergency", "owed"] == 1

    run(tmp_path, broker, story)
