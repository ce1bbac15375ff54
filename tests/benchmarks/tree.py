"""The tree of topics stays open while much passes: what the tab holds, and how soon it answers.

``--rate 2000 --seconds 300``: ``--relayed`` of these a second come by the bridge, the others are published beside it, as other hubs of the
bus and their relays do. All are messages as they stand on a bus, on some hundreds of topics. Every second a hand clicks, scrolls and types.
"""

import argparse
import asyncio
import multiprocessing
import tempfile
import time
from datetime import UTC, datetime
from itertools import cycle, islice, product
from multiprocessing.connection import Connection as Pipe
from pathlib import Path
from statistics import median

from delta import delta
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion
from servers import free_port

from bridge.bus import Delivery
from bridge.bus.mqtt import Connection, address
from bridge.records import Carrier
from bridge.topics import Data
from bridge.wire import encode
from tests.benchmarks.load import alert, cpu_seconds, ready
from tests.benchmarks.scene import CAP_IN, Scene
from tests.benchmarks.screen import Tab, monitor, tab

HTTP = "[http]\nport = {port}\n"
STEP = 0.02
"""Seconds between two goes of the writer."""
DIVISIONS = ("330400", "310000", "320500", "330100", "320200", "330500")
RATE = "[...document.querySelectorAll('#live .depth1 + .number')].reduce((sum, each) => sum + Number(each.textContent), 0)"
SENT = "$SYS/broker/publish/messages/sent"


def passing() -> list[tuple[str, bytes]]:
    """Messages of many agencies, kinds and places, with their topics."""
    sealed = [each.data for each in delta(150, 150, datetime.now(UTC))]
    levels = product((f"cn-agency-{n}" for n in range(12)), ("incident", "resource", "resource-state", "alert"), ("none", "natural"), DIVISIONS)
    topics = [str(Data(agency, "full", "actual", kind, family, code[:2], code)) for agency, kind, family, code in levels]
    return [
        (topic, encode(Carrier(hub="cn-elsewhere", stream="elsewhere", epoch=1, sequence=n + 1, envelope=data)))
        for n, (data, topic) in enumerate(zip(cycle(sealed), topics, strict=False))
    ]


def writes(url: str, rate: float, relayed: float, seconds: float, pipe: Pipe) -> None:
    """In a process of its own, at an even pace; tells how many, and the most seconds that it was late. What the bridge is given is acknowledged."""
    where, client = address(url), Client(CallbackAPIVersion.VERSION2, "writer")
    client.connect(where.host, where.port)
    client.loop_start()
    messages, late, sent, given = cycle(passing()), 0.0, 0, 0
    pipe.send("there")
    begun = time.perf_counter()
    while (span := time.perf_counter() - begun) < seconds:
        for topic, data in islice(messages, int(span * (rate - relayed)) - sent):
            client.publish(topic, data)
            sent += 1
        for number in range(given, int(span * relayed)):
            client.publish("in/0/cap", alert(number), qos=1)
            given += 1
        took = time.perf_counter() - begun - span
        late = max(late, took)
        time.sleep(max(0.0, STEP - took))
    client.disconnect()
    client.loop_stop()
    pipe.send((sent, given, late))


async def passed(url: str) -> int:
    """Messages that the broker has given to anybody, by its own newest count: it counts every ten seconds."""
    reader = Connection(address(url), f"counts-{time.time_ns()}", [SENT])
    try:
        async with asyncio.timeout(30):
            found: list[Delivery] = []
            while len(found) < 2:  # the first is an old one
                found += await reader.deliveries()
            return int(found[-1].data)
    finally:
        await reader.close()


def hand(here: Tab, second: int) -> None:
    """What a person does in a second: a click, the wheel, a key; now and then the page is paused and goes on."""
    page = here.page
    for _ in range(2):
        page.click("h1")
        page.mouse.wheel(0, 400 if second % 2 else -400)
        page.keyboard.press("PageDown" if second % 2 else "PageUp")
        page.wait_for_timeout(100)
    if second % 10 == 5:
        for _ in range(2):
            page.click("#pause")
            page.wait_for_timeout(200)


def watched(url: str, seconds: float, writer: Pipe) -> Tab:
    """A tab at the tree until the writer has ended."""
    with tab(url) as here:
        here.page.goto("/topics")
        here.page.wait_for_selector(".tree")
        rates, rows, begun = [], 0, time.perf_counter()
        for second in range(int(seconds)):
            hand(here, second)
            here.look()
            rates.append(here.page.evaluate(RATE))
            rows = max(rows, here.page.locator(".tree tbody tr").count())
            time.sleep(max(0.0, begun + second + 1 - time.perf_counter()))
            if writer.poll():
                break
        sent, given, late = writer.recv()
        print(f"{sent} messages published beside the bridge, {given} by it, in {seconds:.0f} s; the writer was late by {late:.2f} s at most")
        print(
            f"{here.page.evaluate('contents')} new contents in the tab, up to {rows} branches; it said {median(rates):.0f} messages a second in the median"
        )
        here.told()
        return here


def main(arguments: list[str]) -> None:
    """One run."""
    options = argparse.ArgumentParser("tree")
    options.add_argument("--rate", type=float, default=2000)
    options.add_argument("--relayed", type=float, default=50, help="of these by the bridge")
    options.add_argument("--seconds", type=float, default=300)
    chosen = options.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder, Scene(Path(folder) / "tree", "sqlite") as scene:
        bridge = scene.bridge(ways=HTTP.format(port=free_port()) + CAP_IN)
        asyncio.run(ready(scene.broker.url, 1))
        pid, url = scene.enter_context(monitor(scene))
        here, there = multiprocessing.Pipe()
        before, used, begun = asyncio.run(passed(scene.broker.url)), [cpu_seconds(each) for each in (bridge, pid)], time.perf_counter()
        words = (scene.broker.url, chosen.rate, chosen.relayed, chosen.seconds, there)
        writer = multiprocessing.get_context("spawn").Process(target=writes, args=words)
        writer.start()
        assert here.recv() == "there"
        watched(url, chosen.seconds, here)
        writer.join()
        span, after = time.perf_counter() - begun, asyncio.run(passed(scene.broker.url))
        shares = [f"{(cpu_seconds(each) - before) / span:.0%}" for each, before in zip((bridge, pid), used, strict=True)]
        print(
            f"the broker gave {after - before} messages to anybody, {chosen.relayed * chosen.seconds:.0f} of them to the bridge: the others are the sample"
        )
        print(f"processor time: bridge {shares[0]} of a core, monitor {shares[1]}")
