"""An alert behind queued resource states: how long it takes to its recipient, beside how long it takes on an idle bridge.

``--kind redis --pieces 200 --rows 100``: 200 lists of 100 states each; ``--pieces 1 --rows 20000`` is one list of all.
"""

import argparse
import asyncio
import tempfile
import time
from pathlib import Path
from statistics import median

from bridge.bus import Publication
from bridge.bus.mqtt import Connection, address
from tests.benchmarks.load import alert, ready
from tests.benchmarks.scene import CAP_IN, STATES_IN, Scene

OUT = """\
[[outlet]]
agency = "cn-shanghai-emergency"
adapter = "geojson"
mqtt = "{bus}"
topic = "out"
agencies = ["*"]
kinds = ["alert", "resource-state"]
"""
EVERY = 0.5
"""Seconds between two alerts."""


def states(first: int, rows: int) -> bytes:
    """A list of resource states, each of another resource."""
    lines = (f"V{number},出动,2026-07-01 08:00:{number % 60:02d}\n" for number in range(first, first + rows))
    return ("编号,状态,更新时间\n" + "".join(lines)).encode()


class Partner:
    """Who hears it all: counts states, and notes when each alert comes."""

    def __init__(self, url: str) -> None:
        """``url`` of its broker."""
        self.writer, self.reader = Connection(address(url), "partner-out"), Connection(address(url), "partner-in", ["out"])
        self.states, self.alerts, self.number = 0, asyncio.Queue[float](), 0

    async def listen(self) -> None:
        """Works until it is cancelled."""
        while True:
            found = await self.reader.deliveries()
            for delivery in found:
                if "暴雨".encode() in delivery.data:
                    self.alerts.put_nowait(time.perf_counter())
                else:
                    self.states += 1
            self.reader.acknowledge(found)

    async def alert(self) -> float:
        """Seconds that one alert takes."""
        self.number += 1
        sent = time.perf_counter()
        await self.writer.publish([Publication("in/0/cap", alert(self.number))])
        async with asyncio.timeout(120):
            return await self.alerts.get() - sent


async def run(url: str, pieces: int, rows: int) -> None:
    """Idle, then behind the states, until all have come."""
    await ready(url, 1)
    partner = Partner(url)
    listening = asyncio.create_task(partner.listen())
    await asyncio.gather(partner.writer.connected.wait(), partner.reader.connected.wait())
    idle = [await partner.alert() for _ in range(20)]
    begin = time.perf_counter()
    await partner.writer.publish([Publication("states/0", states(piece * rows, rows)) for piece in range(pieces)])
    behind = []
    while partner.states < pieces * rows:
        waiting = pieces * rows - partner.states
        behind.append((await partner.alert(), waiting))
        print(f"{time.perf_counter() - begin:6.1f} s  {waiting:6} states wait  the alert took {behind[-1][0] * 1000:.0f} ms", flush=True)
        await asyncio.sleep(EVERY)
    took, span = [each[0] for each in behind], time.perf_counter() - begin
    print(
        f"behind up to {behind[0][1]} states: median {median(took) * 1000:.0f} ms, longest {max(took) * 1000:.0f} ms; idle median {median(idle) * 1000:.0f} ms"
    )
    print(f"{pieces * rows} states in {span:.1f} s, {pieces * rows / span:.0f}/s")
    listening.cancel()
    await asyncio.gather(partner.writer.close(), partner.reader.close())


def main(arguments: list[str]) -> None:
    """One run."""
    options = argparse.ArgumentParser("urgent")
    options.add_argument("--kind", default="redis")
    options.add_argument("--pieces", type=int, default=200)
    options.add_argument("--rows", type=int, default=100)
    chosen = options.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder, Scene(Path(folder) / "urgent", chosen.kind) as scene:
        scene.bridge(ways=CAP_IN + STATES_IN + OUT)
        asyncio.run(run(scene.broker.url, chosen.pieces, chosen.rows))
