"""Schemas on the bus: what is written with an unknown one waits, is fetched and delivered; hubs of three versions understand each other."""

import asyncio
import io
import json
import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import ExitStack, asynccontextmanager, closing
from datetime import UTC, datetime
from itertools import pairwise

import fastavro
import pytest
from hubs import alert, settings, wait_for
from playing import playing, total, until
from servers import mosquitto
from structlog.testing import capture_logs

from bridge import topics, wire
from bridge.adapter import read
from bridge.bus import Publication
from bridge.bus.mqtt import Connection, address
from bridge.envelope import Terms, seal
from bridge.links.foreign import listed
from bridge.records import Carrier
from bridge.registry import load

NEIGHBOUR = "cn-shanghai"


@pytest.fixture
def broker(tmp_path):
    with mosquitto(tmp_path / "broker") as found:
        yield found


@pytest.fixture
def forget(monkeypatch):
    """Makes this process one that knows its own schemas only."""

    def fresh():
        language = wire.language()
        today = wire.Language(language.today, own=language.own)
        for version in (*language.today.values(), *language.own.values()):
            today.learn(version)
        monkeypatch.setattr(wire, "language", lambda: today)

    fresh()
    return fresh


def later(name):
    """A record's schema in the next version."""
    definition = json.loads(wire.language().today[name].text)
    definition["fields"].append({"name": "mood", "type": ["null", "string"], "default": None, "doc": "d", "source": "s"})
    return wire.schema(definition)


def written(version, record):
    out = io.BytesIO()
    fastavro.schemaless_writer(out, version.parsed, record.model_dump() | {"mood": "calm"})
    return version.mark + out.getvalue()


def message(name, *, record=None, envelope=None, sequence=1):
    """A neighbour's alert, its record or envelope written with other schemas."""
    [said] = read(load("cap")(), alert(name))
    [sealed] = seal(said, Terms(agency="cn-shanghai-weather", mode="Actual"), datetime.now(UTC))
    inner = sealed.envelope.model_copy(update={"payload": written(record, said.record)} if record else {})
    data = written(envelope, inner) if envelope else wire.encode(inner)
    carrier = Carrier(hub=NEIGHBOUR, stream=sealed.stream, epoch=1, sequence=sequence, envelope=data)
    return Publication(str(sealed.topic), wire.encode(carrier))


def told(*versions):
    """What the neighbour's hub retains for them."""
    schemas = [Publication(topics.schema(version.sha256), version.text.encode(), retain=True) for version in versions]
    return [*schemas, Publication(topics.schemas(NEIGHBOUR), listed(versions), retain=True)]


def out(folder):
    return sorted(path.read_text("utf-8").split("<identifier>")[1].split("<")[0] for path in (folder / "out").glob("*.xml"))


@asynccontextmanager
async def neighbour(broker):
    found = Connection(address(broker.url), "neighbour")
    try:
        await found.connected.wait()
        yield found
    finally:
        await found.close()


async def heard(hub):
    await until(lambda: all(each.bus.connected.is_set() for each in hub.listeners.values()))


def test_a_record_of_an_unknown_schema_waits_holds_up_nobody_and_goes_out_once_it_is_fetched(tmp_path, broker, forget):
    version = later("Alert")

    async def story():
        async with playing(settings(tmp_path, broker.url)) as hub, neighbour(broker) as origin:
            await heard(hub)
            await origin.publish([message("odd", record=version), message("even", sequence=2)])
            await until(lambda: out(tmp_path) == ["even"])

            async def one_waits():
                found = await total(hub)
                return [found.get(("cn-shanghai-emergency", stage)) for stage in ("waiting", "delivered")] == [1, 1]

            await until(one_waits)  # the file is there before the ledger knows
            await origin.publish(told(version))
            await until(lambda: out(tmp_path) == ["even", "odd"])
            await origin.publish([message("odder", record=version, sequence=3)])
            await until(lambda: out(tmp_path) == ["even", "odd", "odder"])
            assert (await hub.ledger.asides(10)) == []

        forget()
        await story_of_a_restart()

    async def story_of_a_restart():
        async with playing(settings(tmp_path, broker.url)) as hub, neighbour(broker) as origin:
            await origin.publish([each._replace(data=b"") for each in told(version)])  # nobody tells any more
            await heard(hub)
            await origin.publish([message("oddest", record=version, sequence=4)])
            await until(lambda: "oddest" in out(tmp_path))

    asyncio.run(story())


def test_a_delivery_whose_envelope_cannot_be_read_is_parked_and_taken_up_once_its_schema_is_fetched(tmp_path, broker, forget):
    version = later("Envelope")

    async def story():
        async with playing(settings(tmp_path, broker.url)) as hub, neighbour(broker) as origin:
            await heard(hub)
            await origin.publish([message(f"odd{number}", envelope=version, sequence=number) for number in range(1, 4)])
            await origin.publish([message("even", sequence=4)])
            await until(lambda: out(tmp_path) == ["even"])
            found = await hub.ledger.asides(10)
            assert [aside.verdict.code for aside in found] == ["unknown-schema"] * 3
            await origin.publish(told(version))
            await until(lambda: len(out(tmp_path)) == 4, 8)

        assert out(tmp_path) == ["even", "odd1", "odd2", "odd3"]
        async with playing(settings(tmp_path, broker.url)) as hub:
            assert await hub.ledger.asides(10) == []

    asyncio.run(story())


def test_what_was_parked_before_a_restart_is_taken_up_after_it(tmp_path, broker, forget):
    version = later("Envelope")

    async def story():
        async with playing(settings(tmp_path, broker.url)) as hub, neighbour(broker) as origin:
            await heard(hub)
            await origin.publish([message("odd", envelope=version)])

            async def is_parked():
                return len(await hub.ledger.asides(10)) == 1

            await until(is_parked)
        async with playing(settings(tmp_path, broker.url)) as hub, neighbour(broker) as origin:
            await origin.publish(told(version))
            await until(lambda: out(tmp_path) == ["odd"], 8)

    asyncio.run(story())


def test_a_changed_schema_is_refused_with_an_alarm_and_the_right_one_is_still_taken(tmp_path, broker, forget):
    version = later("Alert")
    forged = version._replace(text=version.text.replace('"doc":"d"', '"doc":"D"'))
    ours = wire.language().today["Incident"]
    changed = ours._replace(text=ours.text.replace('"default":"Unknown"', '"default":"Minor"', 1))
    assert changed.sha256 != ours.sha256

    async def story():
        async with playing(settings(tmp_path, broker.url)) as hub, neighbour(broker) as origin:
            await heard(hub)
            lies = [Publication(topics.schema(version.sha256), forged.text.encode(), retain=True), *told(version, changed)[1:]]
            await origin.publish(lies)
            await origin.publish([message("odd", record=version)])

            def events():
                return {each["event"]: each for each in logs}

            await until(lambda: {"schema-refused", "schema-changed"} <= events().keys(), 8)
            assert events()["schema-changed"]["hub"] == NEIGHBOUR
            assert {events()[name]["log_level"] for name in ("schema-refused", "schema-changed")} == {"error"}
            assert wire.language().known[ours.mark] is ours
            assert version.mark not in wire.language().known
            assert out(tmp_path) == []
            await origin.publish(told(version))
            await until(lambda: out(tmp_path) == ["odd"], 8)

    with capture_logs() as logs:
        asyncio.run(story())


def test_a_hub_tells_what_it_writes_with(tmp_path, broker):
    async def story():
        async with playing(settings(tmp_path, broker.url)):
            wanted = [topics.schemas("cn-jiaxing"), *(topics.schema(version.sha256) for version in wire.language().own.values())]
            found = {}
            reader = Connection(address(broker.url), "reader", wanted)
            try:
                async with asyncio.timeout(10):
                    while len(found) < len(wanted):
                        found |= {each.topic: each.data for each in await reader.deliveries()}
            finally:
                await reader.close()
            rows = json.loads(found[wanted[0]])
            assert {row["name"] for row in rows} == wire.language().today.keys()
            assert all(wire.schema(json.loads(found[topics.schema(row["sha256"])])).mark[2:].hex() == row["fingerprint"] for row in rows)

    asyncio.run(story())


# ---- hubs of three versions in one chain

ADAPTER = """\
import json
from bridge import Adapter, Record, Said
from bridge.kinds import CLASSES, KINDS


class Plain(Adapter):
    media_type = "application/json"
    records = tuple(CLASSES.values())

    def decode(self, data):
        found = json.loads(data)
        yield Said(CLASSES[found["kind"]].model_validate_json(json.dumps(found["record"])))

    def encode(self, said):
        record = json.loads(said.record.model_dump_json())
        return json.dumps({"kind": KINDS[type(said.record)], "record": record}, ensure_ascii=False, sort_keys=True).encode()
"""
SAMPLES = """\
import json
from bridge.filled import full
from bridge.kinds import CLASSES
for kind, cls in CLASSES.items():
    if kind != "receipt":
        print(json.dumps({"kind": kind, "record": json.loads(full(cls, 3, "@hub-desk").model_dump_json())}, ensure_ascii=False))
"""
RELAY = """\
import asyncio, sys
from datetime import UTC, datetime
from bridge import wire
from bridge.bus import Publication
from bridge.bus.mqtt import Connection, address
from bridge.envelope import opened
from bridge.records import Carrier, Hop

async def relay(peer, there, own, here):
    ears, out = Connection(address(there), f"{own}-from-{peer}", ["rb/1/data/#", "rb/1/meta/#"]), Connection(address(here), f"{own}-of-{peer}")
    while True:
        for each in await ears.deliveries():
            if each.topic.startswith("rb/1/meta/"):
                if f"/{own}/" not in each.topic:
                    await out.publish([Publication(each.topic, each.data, retain=True)])
            else:
                _, carrier, _ = opened(each.topic, each.data)
                if own not in (carrier.hub, *(hop.hub for hop in carrier.hops)):
                    hops = (*carrier.hops, Hop(hub=peer, at=datetime.now(UTC)))
                    await out.publish([Publication(each.topic, wire.encode(carrier.model_copy(update={"hops": hops})))])
            ears.acknowledge([each])

asyncio.run(relay(*sys.argv[1:]))
"""
CHAIN = """\
hub = "{hub}"
bus = "{bus}"
[[agency]]
id = "{hub}-desk"
division = "33/330400"
[[inlet]]
name = "{hub}-way-in"
agency = "{hub}-desk"
adapter = "plain"
folder = "in"
mode = "Actual"
ack = "NotRequested"
[[outlet]]
agency = "{hub}-desk"
adapter = "plain"
folder = "out"
agencies = ["*"]
kinds = ["*"]
"""


def earlier(name, definition):
    """One version back: what today's has added was not there yet."""
    gone = {"Incident": "trend", "Alert": "incidents", "Resource": "name", "Mission": "priority"}.get(name)
    definition["fields"] = [each for each in definition["fields"] if each["name"] != gone or "default" not in each]


def next_one(name, definition):
    """One version on: every record says more."""
    definition["fields"].append({"name": "mood", "type": ["null", "regionbus.Severity"], "default": None, "doc": "d", "source": "s"})


def installed(root, folder, change, symbols):
    """An installation of another version: its schemas changed, its classes and writers generated from them."""
    for package in ("adapters", "bridge", "schemas"):
        shutil.copytree(root / package, folder / package, ignore=shutil.ignore_patterns("__pycache__"))
    for path in (folder / "schemas/past").glob("*.avsc"):
        path.unlink()
    for path in (folder / "schemas").glob("*.avsc"):
        definition = json.loads(path.read_text("utf-8"))
        if path.stem == "enums":
            symbols(next(each for each in definition if each["name"] == "Severity")["symbols"])
        elif path.stem not in {"types", "carrier", "envelope", "heads", "ask", "answer", "presence", "receipt"}:
            change(definition["name"], definition)
        path.write_text(json.dumps(definition, ensure_ascii=False), "utf-8")
    (folder / "docs").mkdir()
    (folder / "adapters/plain.py").write_text(ADAPTER)
    subprocess.run([sys.executable, "-m", "schemas.generate"], cwd=folder, env=environment(folder), check=True)


def environment(folder):
    return {**os.environ, "PYTHONPATH": str(folder), "PYTHONSAFEPATH": "1"}


class Chain:
    """Hubs of several versions, each in a process of its own with its own broker, and a relay each way between neighbours."""

    def __init__(self, root, folder, versions, stack):
        self.folder, self.hubs, self.stack = folder, list(versions), stack
        self.buses = {hub: stack.enter_context(mosquitto(folder / f"{hub}-broker")).url for hub in versions}
        for hub, (change, symbols) in versions.items():
            (folder / hub).mkdir()
            (folder / f"{hub}-hub").mkdir()
            (folder / f"{hub}-hub/regionbus.toml").write_text(CHAIN.format(hub=hub, bus=self.buses[hub]))
            installed(root, folder / hub, change, symbols)

    def start(self):
        for hub in self.hubs:
            self.run(hub, "-m", "bridge.cli", "run")
        for one, other in pairwise(self.hubs):
            self.run(one, "-c", RELAY, other, self.buses[other], one, self.buses[one])
            self.run(other, "-c", RELAY, one, self.buses[one], other, self.buses[other])
        wait_for(lambda: all('"started"' in (self.folder / f"{hub}.log").read_text() for hub in self.hubs), 30)

    def run(self, hub, *words):
        log = self.stack.enter_context((self.folder / f"{hub}.log").open("a"))
        where = {"cwd": self.folder / f"{hub}-hub", "env": environment(self.folder / hub)}
        process = subprocess.Popen([sys.executable, *words], stdout=log, stderr=log, **where)
        self.stack.callback(process.wait)
        self.stack.callback(process.terminate)

    def samples(self, hub):
        """A record of every kind with every field said, as the hub's version knows it."""
        words = [sys.executable, "-c", SAMPLES.replace("@hub", hub)]
        found = subprocess.run(words, env=environment(self.folder / hub), capture_output=True, check=True).stdout
        return {content["kind"]: content["record"] for content in map(json.loads, found.splitlines())}

    def given(self, hub):
        """What a hub's outlet has written, by the hub that said it and its kind."""
        paths = list((self.folder / f"{hub}-hub/out").glob("*.json"))
        found, topics_of = {}, self.journal(hub, "topic") if paths else {}
        for path in paths:
            content = json.loads(path.read_text("utf-8"))
            agency = topics_of[path.stem].split("/")[3]
            found[agency.removesuffix("-desk"), content["kind"]] = content["record"]
        return found

    def journal(self, hub, column):
        """A column of a hub's journal, by message id."""
        with closing(sqlite3.connect(self.folder / f"{hub}-hub/regionbus.db")) as db:
            return dict(db.execute(f"select message_id, {column} from journal where topic like 'rb/1/data/%'"))


def test_hubs_of_three_versions_in_one_chain_exchange_every_record(tmp_path, root):
    versions = {
        "cn-next": (next_one, lambda symbols: symbols.append("Apocalyptic")),
        "cn-past": (earlier, lambda symbols: symbols.remove("Minor")),
        "cn-today": (lambda name, definition: None, lambda symbols: None),
    }
    with ExitStack() as stack:
        chain = Chain(root, tmp_path, versions, stack)
        said = {(hub, kind): record for hub in versions for kind, record in chain.samples(hub).items()}
        said["cn-next", "incident"]["severity"] = "Apocalyptic"
        said["cn-today", "incident"]["severity"] = "Minor"
        chain.start()
        for (hub, kind), record in said.items():
            drop(tmp_path / f"{hub}-hub/in", kind, {"kind": kind, "record": record})
        wait_for(lambda: all(len(chain.given(hub)) == len(said) for hub in versions), 60)
        for hub in versions:
            for key, found in chain.given(hub).items():
                assert agree(said[key], found), (hub, key)
        assert chain.given("cn-next")["cn-next", "incident"] == said["cn-next", "incident"]
        assert chain.given("cn-today")["cn-next", "incident"]["severity"] == "Unknown"
        assert chain.given("cn-next")["cn-today", "incident"]["severity"] == "Minor"
        kept = [chain.journal(hub, "envelope") for hub in versions]
        assert len(kept[0]) == len(said)
        assert kept[0] == kept[1] == kept[2]


# ---- a kind of record that only newer versions know

FORECAST = {
    "type": "record",
    "name": "Forecast",
    "namespace": "regionbus",
    "doc": "d",
    "fields": [{"name": "forecast_id", "type": "string", "doc": "d", "source": "s"}, {"name": "text", "type": "string", "doc": "d", "source": "s"}],
}
PULLS = '[[relay]]\nhub = "{peer}"\nbus = "{bus}"\nagencies = ["*"]\ntransit = true\n[[peer]]\nhub = "{peer}"\nagencies = ["*"]\ninboxes = ["*"]\n'


def invented(folder):
    """An installation that knows forecasts, in the bulk lane."""
    (folder / "schemas/forecast.avsc").write_text(json.dumps(FORECAST))
    path = folder / "bridge/kinds.py"
    words = path.read_text("utf-8")
    for old, new in {
        "    Alert,\n": "    Alert,\n    Forecast,\n",
        '    "alert": Alert,\n': '    "alert": Alert,\n    "forecast": Forecast,\n',
        'BULK: Final = frozenset({"observation"': 'BULK: Final = frozenset({"forecast", "observation"',
        "    Incident: lambda": "    Forecast: lambda forecast: forecast.forecast_id,\n    Incident: lambda",
    }.items():
        assert words.count(old) == 1, old
        words = words.replace(old, new)
    path.write_text(words)
    subprocess.run([sys.executable, "-m", "schemas.generate"], cwd=folder, env=environment(folder), check=True)


def test_a_hub_between_two_newer_ones_forwards_unread_what_only_they_know(tmp_path, root):
    hubs = ["cn-next", "cn-today", "cn-beyond"]

    def same(*_):
        pass

    def forecast(name):
        return {"kind": "forecast", "record": {"forecast_id": name, "text": "暴雨"}}

    def say(name, content):
        drop(tmp_path / "cn-next-hub/in", name, content)

    def given():
        return sorted(
            json.loads(path.read_text("utf-8"))["record"].get("forecast_id", "-") for path in (tmp_path / "cn-beyond-hub/out").glob("*.json")
        )

    def log():
        return [json.loads(line) for line in (tmp_path / "cn-today.log").read_text("utf-8").splitlines()]

    with ExitStack() as stack:
        chain = Chain(root, tmp_path, dict.fromkeys(hubs, (same, same)), stack)
        for hub in ("cn-next", "cn-beyond"):
            invented(tmp_path / hub)
        for hub in hubs:
            path = tmp_path / f"{hub}-hub/regionbus.toml"
            beside = [peer for pair in pairwise(hubs) if hub in pair for peer in pair if peer != hub]
            path.write_text("heads_seconds = 1\n" + path.read_text() + "".join(PULLS.format(peer=peer, bus=chain.buses[peer]) for peer in beside))
        for hub in hubs:
            chain.run(hub, "-m", "bridge.cli", "run")
        wait_for(lambda: all('"started"' in (tmp_path / f"{hub}.log").read_text() for hub in hubs), 30)
        say("plan", {"kind": "plan", "record": chain.samples("cn-next")["plan"]})
        say("first", forecast("first"))
        wait_for(lambda: given() == ["-", "first"], 30)
        wait_for(lambda: any(each["event"] == "newer-kind" and each["kind"] == "forecast" for each in log()), 30)
        asked = sum(each["event"] == "replayed" for each in log())
        say("second", forecast("second"))
        wait_for(lambda: given() == ["-", "first", "second"], 30)
        assert sum(each["event"] == "replayed" for each in log()) == asked
        kept = [chain.journal(hub, "envelope") for hub in hubs]
        assert len(kept[0]) == 3
        assert kept[0] == kept[1] == kept[2]
        assert len(list((tmp_path / "cn-today-hub/out").glob("*"))) == 1
        wait_for(lambda: withheld(tmp_path / "cn-next-hub/in") == ["forecast", "forecast"], 30)


def withheld(folder):
    """Of what kinds an author was told that a recipient did not get them."""
    told = [each for path in (folder / "receipts").glob("*.json") for each in json.loads(path.read_text("utf-8"))]
    return [word for each in told for word in each["reason"].split() if each["stage"] == "Withheld" and word == "forecast"]


def drop(folder, name, content):
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.tmp").write_text(json.dumps(content, ensure_ascii=False), "utf-8")
    (folder / f"{name}.tmp").rename(folder / f"{name}.json")


def agree(said, found):
    """Whether what both versions know is equal; only a symbol that one of them does not know is Unknown."""
    if isinstance(said, dict):
        return all(agree(said[name], found[name]) for name in said.keys() & found.keys())
    if isinstance(said, list):
        return len(said) == len(found) and all(map(agree, said, found))
    return found == said or (found == "Unknown" and said in {"Apocalyptic", "Minor"})
