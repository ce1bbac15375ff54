"""The reference work: CAP alerts of 2.6 KB by MQTT, each one new, and a reader that counts what comes out."""

import asyncio
import os
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import NamedTuple

from bridge.bus import Publication
from bridge.bus.mqtt import Connection, address

ALERT = """\
<?xml version="1.0" encoding="UTF-8"?>
<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2">
  <identifier>33040041600000_20260701120000_{number}</identifier>
  <sender>cn-jiaxing-weather</sender>
  <sent>2026-07-01T12:00:00+08:00</sent>
  <status>Actual</status>
  <msgType>Alert</msgType>
  <source>嘉兴市气象台</source>
  <scope>Public</scope>
  <code>urn:cn:gb:35965.1</code>
{infos}</alert>
"""
INFO = """\
  <info>
    <language>{lang}</language>
    <category>Met</category>
    <event>{event}</event>
    <responseType>Shelter</responseType>
    <urgency>Immediate</urgency>
    <severity>Severe</severity>
    <certainty>Observed</certainty>
    <eventCode><valueName>urn:cn:gb:35561</valueName><value>11B03</value></eventCode>
    <effective>2026-07-01T12:00:00+08:00</effective>
    <onset>2026-07-01T12:30:00+08:00</onset>
    <expires>2099-07-02T12:00:00+08:00</expires>
    <senderName>{sender}</senderName>
    <headline>{headline}</headline>
    <description>{text}</description>
    <instruction>{text}</instruction>
    <parameter><valueName>awareness_level</valueName><value>3; orange; Severe</value></parameter>
    <area>
      <areaDesc>{area}</areaDesc>
      <polygon>30.8301,120.8301 30.9302,120.8702 30.9803,121.0003 30.8904,121.0404 30.8005,120.9505 30.8301,120.8301</polygon>
      <geocode><valueName>urn:cn:gb:2260</valueName><value>330421</value></geocode>
    </area>
  </info>
"""


def alert(number: int) -> bytes:
    """One alert of the reference work, unlike any other."""
    chinese = INFO.format(
        lang="zh-CN", event="暴雨", sender="嘉兴市气象台", headline="暴雨橙色预警信号", text="过去两小时降水量已达五十毫米。" * 4, area="嘉善县"
    )
    english = INFO.format(
        lang="en-US",
        event="Rainstorm",
        sender="Jiaxing Weather",
        headline="Orange rainstorm warning",
        text="More than 50 mm of rain. " * 3,
        area="Jiashan",
    )
    return ALERT.format(number=number, infos=chinese + english).encode()


class Figures(NamedTuple):
    """What one run came to."""

    rate: float
    """Messages per second, from the first publish to the last arrival."""
    cpu: float
    """Microseconds of CPU per message in the process measured."""
    latencies: tuple[float, ...] = ()
    """Milliseconds from publish to arrival, paced runs only."""

    @property
    def p50(self) -> float:
        """Half of the latencies are below."""
        return median(self.latencies)

    @property
    def p99(self) -> float:
        """All but a hundredth are below."""
        return sorted(self.latencies)[int(len(self.latencies) * 0.99)]


def cpu_seconds(process: int) -> float:
    """CPU time of a process so far."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def ready(url: str, processes: int) -> None:
    """Until every process hands on what it is given."""
    writer, reader = Connection(address(url), "ready-out"), Connection(address(url), "ready-in", ["rb/1/data/#"])
    try:
        await asyncio.gather(writer.connected.wait(), reader.connected.wait())
        for number in range(processes):
            for attempt in range(60):
                await writer.publish([Publication(f"in/{number}/cap", alert(10**9 + number * 1000 + attempt))])
                try:
                    async with asyncio.timeout(1):
                        reader.acknowledge(await reader.deliveries())
                        break
                except TimeoutError:
                    continue
            else:
                raise TimeoutError("nothing comes out")
        await asyncio.sleep(1)
        reader.acknowledge(reader.inbox)
    finally:
        await writer.close()
        await reader.close()


async def measure(url: str, processes: Sequence[int], count: int, *, start: int = 0, pace: float = 0.0) -> Figures:
    """Publishes ``count`` alerts, at ``pace`` a second or as fast as the broker takes them, and waits until all have come out."""
    writer, reader = Connection(address(url), "load-out"), Connection(address(url), "load-in", ["rb/1/data/#"])
    try:
        await asyncio.gather(writer.connected.wait(), reader.connected.wait())
        batch = [Publication(f"in/{number % len(processes)}/cap", alert(start + number)) for number in range(count)]
        sent: list[float] = []
        came: list[float] = []

        async def read() -> None:
            while len(came) < count:
                deliveries = await reader.deliveries()
                now = time.perf_counter()
                reader.acknowledge(deliveries)
                came.extend([now] * len(deliveries))

        reading = asyncio.create_task(read())
        before, begin = sum(map(cpu_seconds, processes)), time.perf_counter()
        for place in range(0, count, 1 if pace else count):
            if pace:
                await asyncio.sleep(max(0.0, begin + place / pace - time.perf_counter()))
            sent.append(time.perf_counter())
            await writer.publish(batch[place : place + (1 if pace else count)])
        async with asyncio.timeout(120):
            await reading
        span, used = came[-1] - begin, sum(map(cpu_seconds, processes)) - before
        return Figures(count / span, used / count * 1e6, tuple((b - a) * 1000 for a, b in zip(sent, came, strict=True)) if pace else ())
    finally:
        await writer.close()
        await reader.close()
