"""A link between two cities that is cut: what comes when it is whole again, how fast, and whether an alert waits behind it.

``--seconds 600 --rate 200``: cut for ten minutes at 200 messages a second. Some of what waits the neighbour's broker still has, the rest
is asked back from its journal (``--forget``: the broker forgets everything, so all is asked back).
"""

import argparse
import asyncio
import json
import tempfile
import time
from pathlib import Path
from statistics import median

from servers import Mosquitto, free_port

from bridge.bus import Publication
from bridge.bus.mqtt import Connection, address
from bridge.chaos.proxy import Proxy
from tests.benchmarks.load import alert, ready
from tests.benchmarks.scene import CAP_IN, STATES_IN, Scene, process
from tests.benchmarks.urgent import states

GIVES = '[[peer]]\nhub = "cn-shanghai"\nagencies = ["*"]\n'
TAKES = """\
hub = "cn-shanghai"
bus = "{bus}"
ledger = "sqlite:///{folder}/shanghai.db"
heads_seconds = 5
[[agency]]
id = "cn-shanghai-desk"
[[relay]]
hub = "cn-jiaxing"
bus = "mqtt://127.0.0.1:{port}"
agencies = ["*"]
"""
ROWS = 20
"""States in one list."""


class Desk:
    """Hears all that comes to the second city's bus, each message id once."""

    def __init__(self, url: str) -> None:
        """``url`` of that broker."""
        self.reader = Connection(address(url), "desk", ["rb/1/data/#"])
        self.known: set[bytes] = set()
        self.alerts: asyncio.Queue[float] = asyncio.Queue()
        self.states = self.doubled = 0

    async def listen(self) -> None:
        """Works until it is cancelled."""
        while True:
            found = await self.reader.deliveries()
            for delivery in found:
                if "/alert/" in delivery.topic:
                    self.alerts.put_nowait(time.perf_counter())
                    continue
                self.doubled += delivery.data in self.known
                self.known.add(delivery.data)
                self.states = len(self.known)
            self.reader.acknowledge(found)


async def run(here: Mosquitto, there: Mosquitto, proxy: Proxy, options: argparse.Namespace) -> None:
    """Whole, cut, whole again."""
    await proxy.start()
    await ready(here.url, 1)
    desk, writer = Desk(there.url), Connection(address(here.url), "writer")
    listening = asyncio.create_task(desk.listen())
    await asyncio.gather(desk.reader.connected.wait(), writer.connected.wait())
    numbers = iter(range(1, 10**6))

    async def urgent() -> float:
        while not desk.alerts.empty():
            desk.alerts.get_nowait()
        sent = time.perf_counter()
        await writer.publish([Publication("in/0/cap", alert(next(numbers)))])
        async with asyncio.timeout(60):
            return await desk.alerts.get() - sent

    await asyncio.sleep(3)
    whole = [await urgent() for _ in range(10)]
    proxy.cuts += 1
    proxy.reset()
    lists, begin = int(options.seconds * options.rate / ROWS), time.perf_counter()
    for number in range(lists):
        await asyncio.sleep(max(0.0, begin + number * ROWS / options.rate - time.perf_counter()))
        await writer.publish([Publication("states/0", states(number * ROWS, ROWS))])
    total, spent = lists * ROWS, time.perf_counter() - begin
    await asyncio.sleep(5)
    if options.forget:
        here.kill()
        here.forget()
        here.start()
        await asyncio.sleep(3)
    print(f"cut for {spent:.0f} s: {total} messages said, {desk.states} of them there")
    proxy.cuts -= 1
    begin, late = time.perf_counter(), []
    while not desk.states and time.perf_counter() < begin + options.patience:
        await asyncio.sleep(0.02)
    print(f"the link is back after {time.perf_counter() - begin:.1f} s")
    while desk.states < total and time.perf_counter() < begin + options.patience:
        late.append(await urgent())
        await asyncio.sleep(0.5)
    span = time.perf_counter() - begin
    print(f"{desk.states} of {total} there after {span:.1f} s: {desk.states / span:.0f}/s, {total - desk.states} lost, {desk.doubled} doubled")
    print(
        f"alerts meanwhile: median {median(late) * 1000:.0f} ms, longest {max(late) * 1000:.0f} ms; with a whole link {median(whole) * 1000:.0f} ms"
    )
    listening.cancel()
    await asyncio.gather(desk.reader.close(), writer.close(), proxy.stop())


def main(arguments: list[str]) -> None:
    """One run."""
    parser = argparse.ArgumentParser("cut")
    parser.add_argument("--kind", default="sqlite")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--rate", type=float, default=200)
    parser.add_argument("--patience", type=float, default=600)
    parser.add_argument("--forget", action="store_true")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder, Scene(Path(folder) / "jiaxing", options.kind) as scene:
        scene.bridge(ways=CAP_IN + STATES_IN + GIVES)
        there = Mosquitto(Path(folder) / "shanghai").start()
        scene.callback(there.stop)
        proxy = Proxy(free_port(), scene.broker.port)
        path = Path(folder) / "shanghai.toml"
        path.write_text(TAKES.format(bus=there.url, folder=folder, port=proxy.port))
        scene.enter_context(process("-m", "bridge.cli", "run", "-c", str(path), log=Path(folder) / "log"))
        asyncio.run(run(scene.broker, there, proxy, options))
        events = [json.loads(line) for line in (Path(folder) / "log").read_text().splitlines() if line.startswith("{")]
        print(f"asked back from the journal: {sum(each['sent'] for each in events if each['event'] == 'replayed')}")
