"""The authors: they post with an Idempotency-Key and repeat until a 202, publish to their own broker, put files into a folder."""

import asyncio
import json
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import count
from pathlib import Path

from bridge.bus import Publication
from bridge.bus.mqtt import Connection
from bridge.chaos.tally import Tally
from bridge.errors import Unavailable

ALERT = """\
<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2"><identifier>{word}</identifier><sender>cn-chaos-weather</sender>\
<sent>2026-07-01T12:00:00+08:00</sent><status>Actual</status><msgType>Alert</msgType><scope>Public</scope><info><language>zh-CN</language>\
<category>Met</category><event>暴雨</event><urgency>Immediate</urgency><severity>Severe</severity><certainty>Observed</certainty>\
<headline>暴雨橙色预警信号 {word}</headline><area><areaDesc>嘉善县</areaDesc></area></info></alert>"""
ANSWER = 3.0
"""Seconds that an author waits for an answer."""
AGAIN = 0.1
"""Seconds until it asks again."""
LIST = 20
"""States in one list."""
SINGLE = 10.0
"""Messages per second at most that one author posts one by one."""
SERIES = 10
"""Resources of which version after version is said."""


def alert(word: str) -> bytes:
    """A warning in CAP."""
    return ALERT.format(word=word).encode()


def incident(word: str) -> bytes:
    """An incident in GeoJSON."""
    properties = {"record": "Incident", "owner": "cn-chaos-fire", "category": "Accident", "lifecycle": "Reported", "name": word}
    return json.dumps({"type": "Feature", "id": word, "geometry": {"type": "Point", "coordinates": [121.0, 30.9]}, "properties": properties}).encode()


def states(words: list[str], left: int = 1) -> bytes:
    """A list of what resources do now, in GeoJSON."""
    properties = {"record": "ResourceState", "at": "2026-07-01T04:00:00Z", "availability": "Available", "quantity_left": left}
    features = [{"type": "Feature", "id": word, "geometry": None, "properties": properties} for word in words]
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()


def rows(words: list[str]) -> bytes:
    """The same as a spreadsheet."""
    return "\n".join(["编号,状态,可用数量,更新时间", *(f"{word},可用,1,2026-07-01 12:00:00" for word in words)]).encode("gb18030")


class Pace:
    """So many a second; what was missed is not made up for beyond a second's worth, and too much on the way slows everybody down."""

    def __init__(self, rate: float, crowded: Callable[[], bool] = lambda: False) -> None:
        """``rate`` per second, for all who share it."""
        self.step, self.next, self.crowded = 1 / rate, time.monotonic(), crowded

    async def turn(self) -> None:
        """Waits until it is somebody's turn."""
        while self.crowded():
            await asyncio.sleep(AGAIN)
        now = time.monotonic()
        self.next = max(self.next + self.step, now - 1.0)
        await asyncio.sleep(max(0.0, self.next - now))


class Door:
    """HTTP to a bridge: one connection, kept as long as it lasts; several addresses are tried in turn."""

    def __init__(self, ports: list[int], tally: Tally) -> None:
        """``ports`` of the bridges."""
        self.ports, self.tally, self.turn = ports, tally, count()
        self.streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def say(self, path: str, key: str, data: bytes) -> int:
        """Asks until it is told for good: 202, or a refusal."""
        while True:
            try:
                async with asyncio.timeout(ANSWER):
                    status = await self._post(path, key, data)
            except (OSError, EOFError, TimeoutError, ValueError, asyncio.LimitOverrunError):
                self.close()
                status = 0
            self.tally.asked[str(status or "no answer")] += 1
            if status == 202 or 400 <= status < 500:
                return status
            await asyncio.sleep(AGAIN)

    async def _post(self, path: str, key: str, data: bytes) -> int:
        if self.streams is None:
            self.streams = await asyncio.open_connection("127.0.0.1", self.ports[next(self.turn) % len(self.ports)])
        reader, writer = self.streams
        head = f"POST {path} HTTP/1.1\r\nHost: hub\r\nIdempotency-Key: {key}\r\nContent-Length: {len(data)}\r\n\r\n"
        writer.write(head.encode() + data)
        answer = await reader.readuntil(b"\r\n\r\n")
        length = next((int(line[15:]) for line in answer.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0)
        await reader.readexactly(length)
        return int(answer.split()[1])

    def close(self) -> None:
        """Lets go."""
        if self.streams:
            self.streams[1].close()
            self.streams = None


class Authors:
    """All who speak, until they are told to be silent; then each finishes its sentence."""

    def __init__(self, tally: Tally, ports: list[int], broker: Connection, folder: Path, rate: float, crowd: int) -> None:
        """``rate``: messages per second in all; ``crowd``: how many may be on the way before all but the alerts wait."""
        self.tally, self.ports, self.broker, self.folder, self.rate, self.crowd = tally, ports, broker, folder, rate, crowd
        self.silent = False
        self.numbers = count(1)

    def _crowded(self, partner: str) -> Callable[[], bool]:
        """Whether too much is on the way to a partner."""
        return lambda: self.tally.behind(partner) > self.crowd and not self.silent

    def words(self, letter: str, many: int = 1) -> list[str]:
        """Words that nobody has said."""
        return [f"{letter}-{next(self.numbers)}" for _ in range(many)]

    async def speak(self) -> None:
        """All at once."""
        single = min(self.rate / 20, SINGLE)  # 1 alert, 2 incidents, 1 alert by the author's broker; the rest comes in lists, a twentieth as sheets
        lists = (self.rate - 4 * single) / LIST
        region, whole_map = self._crowded("region"), self._crowded("map")
        alerts, incidents = Pace(single), Pace(2 * single, region)
        whole, sheets = Pace(0.95 * lists, whole_map), Pace(0.05 * lists, region)
        async with asyncio.TaskGroup() as group:
            for _ in range(4):
                group.create_task(self._post("/weather", "a", 1, alerts))
                group.create_task(self._post("/fire", "i", 1, incidents))
                group.create_task(self._post("/stock", "r", LIST, whole))
            group.create_task(self._post("/sheets", "t", LIST, sheets))
            group.create_task(self._versions(Pace(1)))
            group.create_task(self._publish(Pace(single, region)))
            group.create_task(self._drop(Pace(1)))

    async def _post(self, path: str, letter: str, many: int, pace: Pace) -> None:
        door = Door(self.ports, self.tally)
        while not self.silent:
            await pace.turn()
            words = self.words(letter, many)
            data = {"/weather": lambda w: alert(w[0]), "/fire": lambda w: incident(w[0]), "/stock": states, "/sheets": rows}[path](words)
            if await door.say(path, words[0], data) == 202:
                self.tally.accept(*words)
            else:
                self.tally.refused += words
        door.close()

    async def _versions(self, pace: Pace) -> None:
        """One version after another of the same resources."""
        door = Door(self.ports, self.tally)
        series = [f"s-{number}" for number in range(SERIES)]
        for version in self._until_silent():
            await pace.turn()
            if await door.say("/teams", f"version-{version}", states(series, version)) == 202:
                self.tally.newest.update(dict.fromkeys(series, version))
                self.tally.versions += len(series)
            else:
                self.tally.refused += series
        door.close()

    def _until_silent(self) -> Iterator[int]:
        for number in count(1):
            if self.silent:
                return
            yield number

    async def _publish(self, pace: Pace) -> None:
        """Its own broker never fails: what it has acknowledged is accepted."""
        while not self.silent:
            await pace.turn()
            words = self.words("m")
            with suppress(Unavailable):
                if await self.broker.publish([Publication("in/cap", alert(words[0]))]) == [None]:
                    self.tally.accept(*words)

    async def _drop(self, pace: Pace) -> None:
        """A file in ``done/`` is accepted."""
        waiting: set[str] = set()
        while not self.silent or waiting:
            await pace.turn()
            if not self.silent:
                words = self.words("f")
                (self.folder / f"{words[0]}.tmp").write_bytes(alert(words[0]))
                (self.folder / f"{words[0]}.tmp").rename(self.folder / f"{words[0]}.xml")
                waiting.update(words)
            done = {word for word in waiting if (self.folder / "done" / f"{word}.xml").exists()}
            self.tally.accept(*done)
            waiting -= done
