"""Every message has an end, and its author hears of it."""

import asyncio
import json
from datetime import UTC, datetime

from hubs import alert, settings
from playing import Partner, playing, total, until
from servers import Mosquitto

from bridge.adapter import Said
from bridge.bus import Publication
from bridge.bus.mqtt import Connection, address
from bridge.envelope import Terms, seal
from bridge.records import Carrier, Incident, Location, Mission
from bridge.wire import encode

SHANGHAI = "cn-shanghai-emergency"


def run(folder, story, **options):
    path = settings(folder, **options)

    async def whole():
        async with playing(path) as hub:
            await story(hub)

    asyncio.run(whole())


def receipts(folder):
    return [receipt for path in (folder / "in" / "receipts").glob("*.json") for receipt in json.loads(path.read_text())]


def test_an_exercise_never_reaches_who_takes_actual_only_and_its_author_is_told(tmp_path):
    async def story(hub):
        (tmp_path / "in" / "a.xml").write_bytes(alert("drill").replace(b"Actual", b"Exercise"))
        await until(lambda: receipts(tmp_path))
        (receipt,) = receipts(tmp_path)
        assert (receipt["stage"], receipt["error_code"]) == ("Withheld", "withheld-mode")
        assert list((tmp_path / "out").glob("*.xml")) == []
        assert (await total(hub))[SHANGHAI, "withheld"] == 1

    run(tmp_path, story)


def test_what_expired_on_the_way_is_not_delivered_and_its_author_is_told(tmp_path):
    async def story(hub):
        (tmp_path / "in" / "a.xml").write_bytes(alert("old", expires="2026-01-01T00:00:00+08:00"))
        (tmp_path / "in" / "b.xml").write_bytes(alert("new", expires="2099-01-01T00:00:00+08:00"))
        await until(lambda: len(receipts(tmp_path)) == 2)
        assert sorted(receipt["stage"] for receipt in receipts(tmp_path)) == ["Delivered", "Expired"]
        assert len(list((tmp_path / "out").glob("*.xml"))) == 1
        assert (await total(hub))[SHANGHAI, "expired"] == 1

    run(tmp_path, story)


def test_what_a_format_cannot_say_is_refused_at_once_and_its_author_is_told(tmp_path):
    async def story(hub):
        mission = Mission(mission_id="m", issuer="cn-jiaxing-weather", assignee=SHANGHAI, title="foam", state="Issued")
        (sealed,) = seal(Said(mission), Terms(agency="cn-jiaxing-weather", mode="Actual"), datetime.now(UTC))
        await accept(hub, sealed)
        await until(lambda: receipts(tmp_path))
        (receipt,) = receipts(tmp_path)
        assert (receipt["stage"], receipt["error_code"]) == ("Refused", "record-kind")

    run(tmp_path, story)


async def accept(hub, sealed):
    from bridge.ledger import Taking  # noqa: PLC0415

    outcomes = await hub.ledger.accept([Taking(sealed.envelope.message_id, "test", sealed.envelope.agency, (sealed,))])
    for outcome in outcomes:
        hub.hub.feeds.push(outcome.tickets)


def test_a_forgery_on_the_bus_is_refused_with_its_bytes_and_the_next_goes_on(tmp_path):
    broker = Mosquitto(tmp_path / "broker").start()
    terms = Terms(agency="cn-jiaxing-weather", mode="Actual")
    mission = Mission(mission_id="m", issuer="x", assignee="y", title="t", state="Issued")
    (sealed,) = seal(Said(mission), terms, datetime.now(UTC))
    carrier = encode(Carrier(hub="cn-jiaxing", stream=sealed.stream, epoch=1, sequence=1, envelope=sealed.data))
    forged = str(sealed.topic).replace("cn-jiaxing-weather", "cn-shanghai-police")

    async def story(hub):
        writer = Connection(address(broker.url), "forger")
        hostile = [Publication(forged, carrier), Publication(str(sealed.topic), b"\x00" * 50), Publication("rb/1/data/x/y/z/mission/a/b", b"")]
        assert await writer.publish(hostile) == [None] * 3
        (tmp_path / "in" / "a.xml").write_bytes(alert("good"))
        await until(lambda: list((tmp_path / "out").glob("*.xml")))

        async def refused():
            return (await total(hub)).get(("none", "refused")) == 3

        await until(refused)
        asides = {aside.verdict.code: aside.data for aside in await hub.ledger.asides(5)}
        assert asides == {"disagrees": carrier, "not-avro": b"\x00" * 50, "topic": b""}
        await writer.close()

    run(tmp_path, story, bus=broker.url)
    broker.stop()


def test_nothing_is_shared_by_default(tmp_path):
    path = settings(tmp_path)
    path.write_text(path.read_text().replace('agencies = ["*"]\nkinds = ["*"]\n', ""))

    async def whole():
        async with playing(path) as hub:
            (tmp_path / "in" / "a.xml").write_bytes(alert("a"))

            async def published():
                return (await total(hub)).get(("bus", "delivered")) == 1

            await until(published)
            await asyncio.sleep(0.3)
            assert await total(hub) == {("bus", "owed"): 1, ("bus", "delivered"): 1}

    asyncio.run(whole())
    assert list((tmp_path / "out").glob("*")) == []


def test_the_urgent_lane_overtakes_what_waits_in_the_others(tmp_path):
    """The partner is away while 300 states and then one alert are said: the alert comes first."""
    away = [True]
    with Partner([lambda _: 503 if away else 200] * 1000) as partner:

        async def story(hub):
            terms = Terms(agency="cn-jiaxing-weather", mode="Actual")
            now = datetime.now(UTC)
            feature = {"type": "Point", "coordinates": [121.0, 30.9]}
            for number in range(300):
                place = Location(geometry=json.dumps(feature))
                incident = Incident(
                    incident_id=f"cn-jiaxing-weather.incident.{number}", owner="o", category="Accident", lifecycle="Reported", location=place
                )
                await accept(hub, *seal(Said(incident), terms, now))
            await until(lambda: partner.asked)
            (tmp_path / "in" / "a.xml").write_bytes(alert("urgent"))

            async def all_wait():
                return (await total(hub)).get((SHANGHAI, "waiting")) == 301

            await until(all_wait)
            away.clear()
            await until(lambda: len(partner.accepted) > 100)
            order = [b"urgent" in body for _, status, body in partner.asked if status == 200]
            assert order.index(True) <= 2 * 32

        run(tmp_path, story, way_out=f'http = "{partner.url}"', adapter_out="geojson")
