"""The picture of a hub: what its ledger shows, over HTTP and on the command line, and who may see it."""

import asyncio
import base64
import hashlib
import json
import os
import subprocess
import sys
import time
from contextlib import suppress
from datetime import timedelta
from itertools import count

import httpx
import pytest
from hubs import settings
from playing import playing, until
from servers import Redis, free_port

from bridge import app, wire
from bridge import settings as loading
from bridge.adapter import Said, Says
from bridge.cli import picture as command
from bridge.envelope import Terms, record_of, seal
from bridge.errors import ConfigError, Unavailable
from bridge.finding import Query
from bridge.ledger import Relayed, Taking
from bridge.ledger.sqlite import Sqlite
from bridge.links.picture import Reader
from bridge.records import Capability, Carrier, CodedValue, Envelope, GeoPoint, Incident, Location, Resource, ResourceState
from bridge.topics import parse

TOKEN, PEER = "let-me-see", "cn-suzhou-asks"
SHARED = f"""
[picture]
token = "{TOKEN}"
[[peer]]
hub = "cn-suzhou"
agencies = ["cn-jiaxing-fire"]
token = "{PEER}"
[[peer]]
hub = "cn-hangzhou"
agencies = ["*"]
"""
KEYS = count()
PUMP = Capability(code=CodedValue(scheme="urn:cn:gb:38565", code="pump"))


def sealed(record, agency="cn-jiaxing-fire", mode="Actual", now=None):
    return seal(Said(record, Says()), Terms(agency=agency, mode=mode), now or app.now())


def taking(*records, **options):
    return Taking(f"key{next(KEYS)}", "in", "cn-jiaxing-fire", tuple(each for record in records for each in sealed(record, **options)))


def fire(subject, lat=30.75, lon=120.75, **more):
    place = Location(point=GeoPoint(lat=lat, lon=lon))
    return Incident(incident_id=subject, owner="cn-jiaxing-fire", category="Accident", lifecycle="Reported", location=place, **more)


def unit(name, lat, lon):
    here = Location(point=GeoPoint(lat=lat, lon=lon))
    return Resource(resource_id=name, owner="cn-jiaxing-fire", kind="Vehicle", name=name, home_base=here, capabilities=(PUMP,))


def free(name):
    return ResourceState(resource_id=name, availability="Available")


class Asker:
    """Who asks a hub over HTTP."""

    def __init__(self, port, token=TOKEN):
        self.client = httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", headers={"Authorization": f"Bearer {token}"} if token else {})

    async def get(self, path="/picture.geojson", **options):
        return await self.client.get(path, **options)

    async def titles(self, **params):
        found = await self.get(params=params)
        return [each["properties"].get("title") for each in found.json()["features"]] if found.status_code == 200 else None

    async def __aenter__(self):
        return self

    async def __aexit__(self, *_):
        await self.client.aclose()


async def sees(asker, *titles, **params):
    async with asyncio.timeout(40):
        while await asker.titles(**params) != list(titles):
            await asyncio.sleep(0.05)


@pytest.fixture(params=["sqlite", "redis"])
def ledger(request, tmp_path):
    """The URL of one."""
    if request.param == "sqlite":
        yield "sqlite:///hub.db"
        return
    server = Redis(tmp_path / "redis").start()
    yield f"{server.url}/0"
    server.kill()


def placed(folder, port, more=SHARED, ledger="sqlite:///hub.db"):
    path = settings(folder, port=port, more=more)
    path.write_text(f'ledger = "{ledger}"\nside = "{folder}/side.db"\n' + path.read_text())
    return path


def test_the_newest_word_is_shown_and_is_there_again_after_a_restart(tmp_path, ledger):
    port = free_port()
    path = placed(tmp_path, port, ledger=ledger)

    async def story():
        async with playing(path) as hub, Asker(port) as asker:
            await hub.ledger.accept([taking(fire("i", name="first"))])
            await sees(asker, "first")
            found = await asker.get()
            assert found.headers["content-type"] == "application/geo+json"
            again = await asker.get(headers={"If-None-Match": f'"other", W/{found.headers["etag"]}'})
            assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", found.headers["etag"])
            await hub.ledger.accept([taking(fire("i", name="second")), taking(fire("i", name="drill"), mode="Exercise")])
            await sees(asker, "second")
            await sees(asker, "drill", mode="Exercise")
            changed = await asker.get(headers={"If-None-Match": found.headers["etag"]})
            assert changed.status_code == 200
            assert changed.json()["features"][0]["geometry"] == {"type": "Point", "coordinates": [120.75, 30.75]}
        async with playing(path), Asker(port) as asker:
            await sees(asker, "second")
            await sees(asker, "second", near="120.75,30.76", within="1200")
            await sees(asker, near="120.75,30.76", within="1000")

    asyncio.run(story())


def test_what_another_process_of_the_hub_takes_is_shown_too(tmp_path):
    port = free_port()
    path = placed(tmp_path, port)

    async def story():
        async with playing(path), Asker(port) as asker:
            other = Sqlite(tmp_path / "hub.db", "cn-jiaxing", app.now)
            theirs = taking(fire("i", name="theirs"))

            async def accepted():
                """The file may be locked: whoever brings a message brings it again."""
                with suppress(Unavailable):
                    return await other.accept([theirs])

            await until(accepted)
            await other.close()
            await sees(asker, "theirs")

    asyncio.run(story())


def test_who_has_no_token_sees_nothing_and_a_wrong_question_is_told(tmp_path):
    port = free_port()

    async def story():
        async with playing(placed(tmp_path, port)), Asker(port) as asker, Asker(port, None) as nobody, Asker(port, "guess") as stranger:
            await sees(asker)
            for path in ("/picture.geojson", "/snapshot"):
                assert [(await each.get(path)).status_code for each in (nobody, stranger)] == [401, 401]
            assert (await asker.get("/snapshot")).status_code == 401
            found = await asker.get(params={"near": "here"})
            assert (found.status_code, found.json()["at"]) == (400, "near")
            assert (await asker.get("/picture.geojson?" + "&".join("a=b" for _ in range(100)))).status_code == 400
            assert (await asker.client.post("/picture.geojson")).status_code == 405

    asyncio.run(story())


def test_without_the_settings_word_for_it_nothing_is_shown(tmp_path):
    port = free_port()

    async def story():
        async with playing(placed(tmp_path, port, more='[[peer]]\nhub = "cn-suzhou"\nagencies = ["*"]\n')), Asker(port) as asker:
            assert [(await asker.get(path)).status_code for path in ("/picture.geojson", "/snapshot")] == [404, 404]

    asyncio.run(story())


def test_without_a_token_the_picture_is_for_this_machine_only(tmp_path):
    port = free_port()
    path = placed(tmp_path, port, more="[picture]\n")

    async def story():
        async with playing(path), Asker(port, None) as asker:
            await sees(asker)

    asyncio.run(story())
    path.write_text(path.read_text().replace("[http]", '[http]\nhost = "0.0.0.0"'))
    with pytest.raises(ConfigError, match="a token is wanted"):
        loading.load(path)


@pytest.mark.parametrize(("words", "reason"), [('token_file = "none"', "none"), ('token_file = "empty"', "is empty"), ('token = ""', "at least 1")])
def test_a_token_that_is_none_stops_the_start(tmp_path, words, reason):
    (tmp_path / "empty").write_text("\n")
    with pytest.raises(ConfigError, match=reason):
        _ = loading.load(placed(tmp_path, 0, more=f"[picture]\n{words}\n")).picture.secret


def test_two_neighbours_cannot_have_one_token(tmp_path):
    twice = "".join(f'[[peer]]\nhub = "cn-{name}"\ntoken = "same"\n' for name in ("a", "b"))

    async def story():
        async with playing(placed(tmp_path, 0, more=twice)):
            pass

    with pytest.raises(ConfigError, match="cn-b"):
        asyncio.run(story())


def test_a_neighbour_that_joins_late_gets_the_newest_of_what_it_may_have(tmp_path, ledger):
    port = free_port()
    path = placed(tmp_path, port, ledger=ledger)

    async def story():
        async with playing(path) as hub, Asker(port, PEER) as asker:
            await hub.ledger.accept([taking(fire(f"i{n}", name="old"), fire(f"i{n}", name="new")) for n in range(120)])
            await hub.ledger.accept([taking(fire("theirs"), agency="cn-jiaxing-weather"), taking(fire("drill"), mode="Exercise")])
            found = await asker.get("/snapshot")
            *lines, end = map(json.loads, found.text.splitlines())
            assert found.headers["content-type"].startswith("application/x-ndjson")
            carriers = [wire.decode(base64.b64decode(each["carrier"]), Carrier) for each in lines]
            envelopes = [wire.decode(each.envelope, Envelope) for each in carriers]
            assert sorted(each.subject for each in envelopes) == sorted(f"i{n}" for n in range(120))
            assert {record_of(each).name for each in envelopes} == {"new"}
            assert all(parse(each["topic"]).stream == carrier.stream for each, carrier in zip(lines, carriers, strict=True))
            digest = hashlib.sha256("".join(each.message_id for each in envelopes).encode()).hexdigest()
            assert end == {"sent": 120, "digest": digest, "complete": True}

    asyncio.run(story())


def test_five_thousand_resources_are_searched_while_the_hub_works(tmp_path):
    port = free_port()

    async def story():
        async with playing(placed(tmp_path, port)) as hub, Asker(port) as asker:
            for first in range(0, 5000, 250):
                units = [(f"u{n}", 30 + n % 71 / 71, 120 + n % 67 / 67) for n in range(first, first + 250)]
                await hub.ledger.accept([taking(*(unit(*each) for each in units), *(free(name) for name, *_ in units if int(name[1:]) % 3))])

            async def all_there():
                found = await asker.get(params={"kind": "resource", "limit": "1000", "available": "true"})
                return found.status_code == 200 and len(found.json()["features"]) == 1000

            begun = time.perf_counter()
            async with asyncio.timeout(60):
                while not await all_there():
                    await asyncio.sleep(0.5)
            print(f"read after {time.perf_counter() - begun:.1f} s")
            for params in (
                {"near": "120.5,30.5", "capability": "pump", "limit": "10"},
                {"near": "120.5,30.5", "within": "5000"},
                {"bbox": "120.4,30.4,120.6,30.6", "kind": "resource"},
            ):
                begun = time.perf_counter()
                found = await asker.get(params=params)
                print(f"{(time.perf_counter() - begun) * 1000:.0f} ms for {len(found.json()['features'])} by {params}")
                assert found.json()["features"]

    asyncio.run(story())


# ---- the reader by itself


def test_what_the_ledger_forgets_leaves_the_picture_and_what_cannot_be_read_hides_nothing(tmp_path):
    hours = [0]

    def clock():
        return app.now() + timedelta(hours=hours[0])

    async def story():
        ledger = Sqlite(tmp_path / "hub.db", "cn-jiaxing", clock)
        reader = Reader(ledger)
        theirs = sealed(fire("theirs"), agency="cn-shanghai-fire")[0]
        broken = theirs.envelope.model_copy(update={"subject": "broken", "message_id": "0190-broken", "payload": b"\xc3\x01unknown!"})
        for number, envelope in enumerate((broken, theirs.envelope), 1):
            carrier = Carrier(hub="cn-shanghai", stream=theirs.stream, epoch=1, sequence=number, envelope=wire.encode(envelope))
            await ledger.accept([Relayed(str(theirs.topic), carrier, envelope)])
        await reader.read()
        assert [each.entry.envelope.subject for each in reader.picture.find(Query(), clock()).seen] == ["theirs"]
        await ledger.settle([])
        hours[0] = 24 * 8
        (outcome,) = await ledger.accept([taking(fire("ours"), now=clock())])
        await reader.follow()
        assert len(reader.known) == 2
        ledger.db.execute("delete from deliveries where message_id = ?", (theirs.envelope.message_id,))
        await ledger.prune(clock() - timedelta(days=7), 100)
        await reader.read()
        assert list(reader.known) == [outcome.states[0][0]]
        assert [each.entry.envelope.subject for each in reader.picture.find(Query(), clock()).seen] == ["ours"]
        await reader.read()
        await reader.follow()
        assert list(reader.known) == [outcome.states[0][0]]
        await ledger.close()

    asyncio.run(story())


# ---- on the command line


def told(path, *words, lang="en"):
    run = [sys.executable, "-m", "bridge.cli", "picture", "-c", str(path), *words]
    return subprocess.run(run, capture_output=True, text=True, env={**os.environ, "REGIONBUS_LANG": lang, "COLUMNS": "200"}, check=False)


def test_the_command_reads_the_ledger_while_the_hub_works(tmp_path, ledger):
    path = placed(tmp_path, free_port(), ledger=ledger)

    async def story():
        async with playing(path) as hub:
            await hub.ledger.accept(
                [taking(unit("near", 30.76, 120.75), free("near"), unit("far", 31.5, 121.5), free("far"), fire("i", name="fire"))]
            )
            found = await asyncio.to_thread(told, path, "--near", "120.75,30.75", "--capability", "pump", "--json")
            assert [each["title"] for each in json.loads(found.stdout)] == ["near", "far"]
            assert 1100 < json.loads(found.stdout)[0]["distance_m"] < 1120
            found = await asyncio.to_thread(told, path, "--geojson", "--kind", "incident")
            assert json.loads(found.stdout)["features"][0]["properties"]["title"] == "fire"
            found = await asyncio.to_thread(told, path, "--near", "120.75,30.75", "--within", "5000", lang="zh")
            assert found.returncode == 0, found.stderr
            assert "1,109 m 0°" in found.stdout
            assert "当前 Available" in found.stdout
            assert "far" not in found.stdout
            found = await asyncio.to_thread(told, path, "--near", "north", lang="zh")
            assert (found.returncode, "查询条件" in found.stderr, "Traceback" in found.stderr) == (2, True, False)

    asyncio.run(story())


def test_the_table_shows_what_a_terminal_may_show(tmp_path, capsys):
    path = placed(tmp_path, 0)

    async def story():
        async with playing(path) as hub:
            await hub.ledger.accept([taking(fire("i", name="\x1b[31mred\x1b[0m"), fire("j", name="[bold]x"))])

    asyncio.run(story())
    command.run(path, {"limit": ["1"]}, as_json=False, as_geojson=False)
    shown = capsys.readouterr()
    assert "\x1b" not in shown.out
    assert "--limit" in shown.err
