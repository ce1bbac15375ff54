"""Many neighbours at once: ``--peers 200 --rate 5 --seconds 30 --readers 10`` is 30,000 messages from 200 hubs, each heard by ten readers."""

import argparse
import asyncio
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from servers import Mosquitto

from bridge import wire
from bridge.adapter import Said, Says
from bridge.bus import Publication
from bridge.bus.mqtt import Connection, address
from bridge.envelope import Terms, seal
from bridge.records import Carrier, GeoPoint, Incident, Location
from tests.benchmarks.scene import Scene, most_memory, process

HUB = 'hub = "cn-region"\nbus = "{bus}"\nledger = "{ledger}"\nheads_seconds = 15\n[[agency]]\nid = "cn-region-desk"\n'
RELAY = '[[relay]]\nhub = "cn-peer-{number}"\nbus = "{bus}"\nagencies = ["cn-peer-{number}-fire"]\n'


def carrier(number: int, sequence: int) -> Publication:
    """One incident of one neighbour, as that neighbour publishes it."""
    agency, now = f"cn-peer-{number}-fire", datetime.now(UTC)
    name, place = f"{agency}.incident.{sequence}", Location(point=GeoPoint(lat=30.75, lon=120.75))
    record = Incident(incident_id=name, owner=agency, category="Accident", lifecycle="Reported", name="化工厂火灾", location=place)
    (sealed,) = seal(Said(record, Says(mode="Actual")), Terms(agency=agency, mode="Actual", modes=("Actual",), division="33/330400", format="x"), now)
    found = Carrier(hub=f"cn-peer-{number}", stream=sealed.stream, epoch=1, sequence=sequence, envelope=sealed.data)
    return Publication(str(sealed.topic), wire.encode(found))


async def listen(reader: Connection, heard: list[int], known: set[bytes]) -> None:
    """Counts what comes to one reader, each once."""
    while True:
        for delivery in (found := await reader.deliveries()):
            heard[0] += delivery.data not in known
            known.add(delivery.data)
        reader.acknowledge(found)


async def run(there: str, here: str, options: argparse.Namespace) -> None:
    """Waits until every relay listens, speaks, and waits until everybody has everything."""
    readers = [Connection(address(here), f"reader-{number}", ["rb/1/data/#"]) for number in range(options.readers)]
    heard, known = [[0] for _ in readers], [set[bytes]() for _ in readers]
    listening = [asyncio.create_task(listen(*each)) for each in zip(readers, heard, known, strict=True)]
    writer = Connection(address(there), "peers")
    await asyncio.gather(writer.connected.wait(), *(reader.connected.wait() for reader in readers))
    await asyncio.sleep(options.settle)
    begin, total = time.perf_counter(), 0
    for turn in range(int(options.seconds * options.rate)):
        batch = [carrier(number, turn + 1) for number in range(options.peers)]
        await writer.publish(batch)
        total += len(batch)
        await asyncio.sleep(max(0.0, begin + (turn + 1) / options.rate - time.perf_counter()))
    spoken = time.perf_counter() - begin
    wanted = total * options.readers
    while sum(map(sum, heard)) < wanted and time.perf_counter() < begin + spoken + options.patience:
        await asyncio.sleep(0.2)
    span = time.perf_counter() - begin
    print(f"{options.peers} neighbours said {total} messages in {spoken:.1f} s; {sum(map(sum, heard))} of {wanted} were heard after {span:.1f} s")
    for task in listening:
        task.cancel()
    await asyncio.gather(writer.close(), *(reader.close() for reader in readers))


def main(arguments: list[str]) -> None:
    """One run."""
    parser = argparse.ArgumentParser("crowd")
    parser.add_argument("--kind", default="redis")
    parser.add_argument("--peers", type=int, default=200)
    parser.add_argument("--rate", type=float, default=5)
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--readers", type=int, default=10)
    parser.add_argument("--settle", type=float, default=20)
    parser.add_argument("--patience", type=float, default=300)
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder, Scene(Path(folder) / "region", options.kind) as scene:
        there = Mosquitto(Path(folder) / "there").start()
        scene.callback(there.stop)
        path = Path(folder) / "region" / "regionbus.toml"
        relays = "".join(RELAY.format(number=number, bus=there.url) for number in range(options.peers))
        path.write_text(HUB.format(bus=scene.broker.url, ledger=scene.ledger) + relays)
        pid = scene.enter_context(process("-m", "bridge.cli", "run", "-c", str(path), log=Path(folder) / "log"))
        asyncio.run(run(there.url, scene.broker.url, options))
        print(f"memory of the hub at most: {most_memory(pid):.0f} MiB")
