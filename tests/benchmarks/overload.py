"""A partner that is away while messages come for it, then back: what is lost, doubled, how fast it catches up, and the memory that it took.

``--kind redis --way http --rate 100 --seconds 600``. With ``--slow 1`` it is not away, but takes one message a second: a hundred times too
few. With ``--way mqtt`` its broker is away, and it hears what comes there.
"""

import argparse
import asyncio
import re
import tempfile
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path

from servers import Mosquitto, free_port

from bridge.bus import Publication
from bridge.bus.mqtt import Connection, address
from tests.benchmarks.load import alert, cpu_seconds, ready
from tests.benchmarks.scene import CAP_IN, Scene, most_memory

OUT = """\
[[outlet]]
agency = "cn-shanghai-emergency"
adapter = "cap"
{way}
agencies = ["*"]
kinds = ["alert"]
"""
WAYS = {"http": 'http = "http://127.0.0.1:{port}/in"', "mqtt": 'mqtt = "mqtt://127.0.0.1:{port}"\ntopic = "out"'}
KEY = re.compile(rb"idempotency-key: *(\S+)", re.IGNORECASE)
LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
NUMBER = re.compile(rb"_(\d+)</identifier>")
PROBES = 10**9
"""From this number on an alert only proved that the bridge works."""


class Partner:
    """An agency's own server: there or not, at its own pace; bare sockets, so that what is measured is the bridge."""

    def __init__(self, port: int) -> None:
        """Not there yet."""
        self.port, self.slow, self.came = port, 0.0, Counter[bytes]()
        self.first, self.last = 0.0, 0.0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Takes one message after the other, and counts how often it has had each."""
        with suppress(OSError, asyncio.IncompleteReadError):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                body = await reader.readexactly(int(LENGTH.search(head)[1]))
                await asyncio.sleep(self.slow)
                self.took(KEY.search(head)[1], body)
                writer.write(b"HTTP/1.1 204 Taken\r\n\r\n")
        writer.close()

    async def prepare(self) -> None:
        """Nobody need know of it."""

    async def start(self) -> None:
        """From now on it is there."""
        await asyncio.start_server(self.serve, "127.0.0.1", self.port)

    def took(self, key: bytes, body: bytes) -> None:
        """Counts how often it has had each."""
        if int(NUMBER.search(body)[1]) < PROBES:
            self.came[key] += 1
            self.last = time.perf_counter()
            self.first = self.first or self.last


class Listening(Partner):
    """An agency with a broker of its own."""

    def __init__(self, broker: Mosquitto) -> None:
        """``broker`` is not there yet."""
        super().__init__(broker.port)
        self.broker = broker

    async def prepare(self) -> None:
        """The broker knows who listens, and is away."""
        self.broker.start()
        self.reader = Connection(address(self.broker.url), "partner", ["out"])
        self.task = asyncio.create_task(self.hear())
        await self.reader.connected.wait()
        self.broker.stop()

    async def start(self) -> None:
        """From now on the broker is there."""
        self.broker.start()

    async def hear(self) -> None:
        """Works until it is cancelled."""
        while True:
            found = await self.reader.deliveries()
            for delivery in found:
                self.took(NUMBER.search(delivery.data)[1], delivery.data)
            self.reader.acknowledge(found)


async def run(url: str, partner: Partner, pid: int, rate: float, seconds: float, slow: float) -> None:
    """Sends at an even pace, then waits for the end."""
    writer = Connection(address(url), "agency")
    await partner.prepare()
    partner.slow = slow
    if slow:
        await partner.start()
    await writer.connected.wait()
    await ready(url, 1)
    begin, sent = time.perf_counter(), 0
    while (span := time.perf_counter() - begin) < seconds:
        due = int(span * rate) - sent
        await writer.publish([Publication("in/0/cap", alert(sent + number)) for number in range(due)])
        sent += due
        await asyncio.sleep(0.05)
    while_away = (
        f"{sent} messages in {seconds:.0f} s, the partner took {partner.came.total()} of them meanwhile; memory up to {most_memory(pid):.0f} MiB"
    )
    print(while_away, flush=True)
    used, back = cpu_seconds(pid), time.perf_counter()
    partner.slow = 0.0
    if not slow:
        await partner.start()
    left = sent - len(partner.came)
    while len(partner.came) < sent and time.perf_counter() - back < 120 + left / 50:
        await asyncio.sleep(0.2)
    used, span = cpu_seconds(pid) - used, partner.last - max(back, partner.first)
    print(f"{sent - len(partner.came)} lost, {partner.came.total() - len(partner.came)} given twice, memory up to {most_memory(pid):.0f} MiB")
    print(
        f"caught up with {left} in {span:.1f} s, {partner.last - span - back:.1f} s after it was back: {left / span:.0f}/s, {used / left * 1e6:.0f} µs of CPU each"
    )
    await writer.close()


def main(arguments: list[str]) -> None:
    """One run."""
    options = argparse.ArgumentParser("overload")
    options.add_argument("--kind", default="redis")
    options.add_argument("--way", choices=WAYS, default="http")
    options.add_argument("--rate", type=float, default=100)
    options.add_argument("--seconds", type=float, default=600)
    options.add_argument("--slow", type=float, default=0.0, help="seconds that the partner takes for each message")
    chosen = options.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder, Scene(Path(folder) / "overload", chosen.kind) as scene:
        partner = Partner(free_port()) if chosen.way == "http" else Listening(Mosquitto(Path(folder) / "partner"))
        way = WAYS[chosen.way].replace("{port}", str(partner.port))
        pid = scene.bridge(ways=CAP_IN + OUT.replace("{way}", way))
        asyncio.run(run(scene.broker.url, partner, pid, chosen.rate, chosen.seconds, chosen.slow))
        if isinstance(partner, Listening):
            partner.broker.kill()
