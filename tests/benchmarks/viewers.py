"""Many look on while messages pass: how soon each has what is new, how soon a page comes, and what it costs the messages.

``--viewers 200 --rate 50 --seconds 20``: the same messages a second without anybody looking, then with all of them. Every viewer follows a
page over server-sent events; the front page changes with every look, so all of them are written to once a second. The pages are in a
process of their own, as deployed; with ``--inside`` in the hub's. The viewers stand for as many other machines: they give way to all else.
"""

import argparse
import asyncio
import multiprocessing
import os
import tempfile
import time
from multiprocessing.connection import Connection as Pipe
from pathlib import Path
from statistics import median, quantiles

import httpx
from servers import free_port

from bridge.bus import Publication
from bridge.bus.mqtt import Connection, address
from tests.benchmarks.load import alert, cpu_seconds, ready
from tests.benchmarks.scene import CAP_IN, Scene
from tests.benchmarks.screen import monitor

OUT = """\
[[outlet]]
agency = "cn-shanghai-emergency"
adapter = "cap"
mqtt = "{{bus}}"
topic = "out"
agencies = ["*"]
kinds = ["alert"]
[http]
port = {http}
"""
INSIDE = """\
[monitor]
port = {port}
login = false
"""
PAGES = ("front", "flow", "lag", "letters", "agencies")


class Partner:
    """Says so many alerts a second, and notes how long each takes to come out again."""

    def __init__(self, url: str) -> None:
        """``url`` of the broker."""
        self.writer, self.reader = Connection(address(url), "partner-out"), Connection(address(url), "partner-in", ["out"])
        self.sent, self.took, self.number = {}, [], 0

    async def listen(self) -> None:
        """Works until it is cancelled."""
        while True:
            for delivery in (found := await self.reader.deliveries()):
                name = delivery.data.partition(b"<identifier>")[2].partition(b"<")[0]
                if begun := self.sent.pop(name, None):
                    self.took.append(time.perf_counter() - begun)
            self.reader.acknowledge(found)

    async def say(self, rate: float, seconds: float) -> list[float]:
        """Seconds that each alert of this stretch took."""
        self.took, begun = [], time.perf_counter()
        for place in range(int(rate * seconds)):
            await asyncio.sleep(max(0.0, begun + place / rate - time.perf_counter()))
            self.number += 1
            data = alert(self.number)
            self.sent[data.partition(b"<identifier>")[2].partition(b"<")[0]] = time.perf_counter()
            await self.writer.publish([Publication("in/0/cap", data)])
        await asyncio.sleep(1)
        return self.took


class Crowd:
    """Those who look on; an event's lateness is counted from when the first of all had it."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        """One session for all."""
        self.client, self.first, self.late, self.pages, self.open = client, {}, [], [], 0

    async def look(self, page: str) -> None:
        """Follows a page until it is cancelled."""
        async with self.client.stream("GET", f"/events/{page}") as answer:
            self.open += 1
            async for line in answer.aiter_lines():
                if line.startswith("id: "):
                    now = time.perf_counter()
                    self.late.append(now - self.first.setdefault((page, line), now))

    async def click(self) -> None:
        """Opens pages, five a second, until it is cancelled."""
        while True:
            for page in ("/", "/flow", "/letters", "/agencies", "/trace"):
                begun = time.perf_counter()
                (await self.client.get(page)).raise_for_status()
                self.pages.append(time.perf_counter() - begun)
                await asyncio.sleep(0.2)


def told(name: str, took: list[float]) -> float:
    """The 99th percentile, printed, in seconds."""
    high = quantiles(took, n=100)[98]
    print(f"{name}: {len(took)}, median {median(took) * 1000:.1f} ms, p99 {high * 1000:.1f} ms", flush=True)
    return high


async def looked(pages: str, viewers: int, pipe: Pipe) -> None:
    """A crowd that says when all are there, and what they have seen once it is asked."""
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=None)
    headers = {"Accept": "text/html"}
    async with httpx.AsyncClient(base_url=pages, limits=limits, timeout=None, headers=headers, trust_env=False) as client:
        crowd = Crowd(client)
        tasks = [asyncio.create_task(crowd.look(PAGES[number % len(PAGES)])) for number in range(viewers)]
        while crowd.open < viewers:
            await asyncio.sleep(0.05)
        crowd.late.clear()
        tasks.append(asyncio.create_task(crowd.click()))
        pipe.send("there")
        await asyncio.to_thread(pipe.recv)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    pipe.send((crowd.late, crowd.pages))


def crowded(pages: str, viewers: int, pipe: Pipe) -> None:
    """In a process of its own."""
    os.nice(10)
    asyncio.run(looked(pages, viewers, pipe))


async def run(url: str, pid: int, pages: str, viewers: int, rate: float, seconds: float) -> None:
    """Alone, watched, alone again."""
    await ready(url, 1)
    partner = Partner(url)
    listening = asyncio.create_task(partner.listen())
    await asyncio.gather(partner.writer.connected.wait(), partner.reader.connected.wait())
    await partner.say(rate, 3)
    begun = cpu_seconds(pid)
    alone = await partner.say(rate, seconds / 2)
    quiet = cpu_seconds(pid) - begun
    here, there = multiprocessing.Pipe()
    crowd = multiprocessing.get_context("spawn").Process(target=crowded, args=(pages, viewers, there))
    crowd.start()
    assert await asyncio.to_thread(here.recv) == "there"
    begun = cpu_seconds(pid)
    watched = await partner.say(rate, seconds)
    busy = cpu_seconds(pid) - begun
    here.send("enough")
    late, opened = await asyncio.to_thread(here.recv)
    crowd.join()
    alone += await partner.say(rate, seconds / 2)
    listening.cancel()
    told("messages, nobody looks", alone)
    told(f"messages, {viewers} look", watched)
    print(f"ratio of the medians {median(watched) / median(alone):.2f}, of the p99 {quantiles(watched, n=100)[98] / quantiles(alone, n=100)[98]:.2f}")
    print(f"processor time of the hub: {quiet / (seconds / 2 + 1):.0%} of a core, watched {busy / (seconds + 1):.0%}")
    told("events, behind the first viewer's", late)
    told("pages", opened)


def main(words: list[str]) -> None:
    """Prints the figures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--viewers", type=int, default=200)
    parser.add_argument("--rate", type=float, default=50)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--inside", action="store_true")
    asked, port = parser.parse_args(words), free_port()
    with tempfile.TemporaryDirectory() as folder, Scene(Path(folder) / "viewers", "sqlite") as scene:
        inside = INSIDE.format(port=port) if asked.inside else ""
        pid = scene.bridge(ways=CAP_IN + OUT.format(http=free_port()) + inside)
        pages = f"http://127.0.0.1:{port}" if asked.inside else scene.enter_context(monitor(scene))[1]
        asyncio.run(run(scene.broker.url, pid, pages, asked.viewers, asked.rate, asked.seconds))
