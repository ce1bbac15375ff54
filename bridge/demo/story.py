"""The story of a plant fire at a city border, step by step: two hubs, a link that is cut, and everybody's files."""

import asyncio
import re
import time
import tomllib
from datetime import datetime, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any

from bridge import times
from bridge.app import now
from bridge.demo import region, sums
from bridge.demo.region import Region
from bridge.demo.screen import Screen, console, show, show_crossed
from bridge.text import encode
from bridge.texts import language, text

STORY = files("bridge").joinpath("demo")
MOMENT = re.compile(r"\{now([+-]\d+)(?:\|([^}]*))?\}")
HOME = "Asia/Shanghai"
PAUSE = 3.0
"""Seconds between two steps for who reads along."""
HASTE = 0.2
"""The same for who wants the end only."""


def filled(template: str, moment: datetime) -> str:
    """A sample with its times made now: the story plays today."""

    def written(found: re.Match[str]) -> str:
        there = (moment + timedelta(minutes=int(found[1]))).replace(microsecond=0)
        return there.astimezone(times.zone(HOME)).strftime(found[2]) if found[2] else times.iso(there, home=HOME)

    return MOMENT.sub(written, template)


class Story:
    """Told once."""

    def __init__(self, folder: Path, *, once: bool) -> None:
        """``folder`` is where everything lies; ``once``: it ends by itself."""
        self.folder, self.once = folder, once
        self.told: dict[str, Any] = tomllib.loads(STORY.joinpath("story.toml").read_text("utf-8"))
        self.names = {each["id"]: each[language()] for each in (*self.told["hub"], *self.told["agency"])}
        self.encodings = {each["id"]: each.get("encoding", "utf-8") for each in self.told["agency"]}
        self.begun = now()

    async def play(self) -> int:
        """0 if every sum adds up, nothing waits, and each hub has what the other said for it."""
        Screen(self.names).on()
        console.print(text("demo-begins", None, count=len(self.told["agency"]), place=self.folder))
        async with region.running(self.told, self.folder) as cities:
            console.print(text("demo-monitor", None, pages=" ".join(cities.pages), name=region.USER, password=cities.password))
            for number, step in enumerate(self.told["step"], 1):
                await self._step(cities, number, step)
                await asyncio.sleep(HASTE if self.once else PAUSE)
            good = await self._summed_up(cities)
            if not self.once:
                console.print(text("demo-goes-on", None, place=self.folder))
                await asyncio.Event().wait()
        return 0 if good else 1

    async def _step(self, cities: Region, number: int, step: dict[str, Any]) -> None:
        heading = f"\n[bold]{number}. {step[language()]}[/]"
        match step.get("link"):
            case "cut":
                await sums.settled(cities.hubs, cities.inboxes)
                cities.cut()
                console.print(heading)
            case "mended":
                await sums.settled(cities.hubs, cities.inboxes, joined=False)
                await self._told_behind(cities)
                console.print(heading)
                await self._mended(cities)
            case _:
                console.print(heading)
                self._say(number, step)

    def _say(self, number: int, step: dict[str, Any]) -> None:
        """An agency leaves a file."""
        sample = filled(STORY.joinpath(step["file"]).read_text("utf-8"), self.begun)
        (self.folder / step["agency"] / "in" / f"{number}-{step['file']}").write_bytes(encode(sample, self.encodings[step["agency"]]))

    async def _told_behind(self, cities: Region) -> None:
        for way in await sums.exchanged(cities.hubs):
            console.print(f"  [yellow]✂[/] {text('demo-behind', None, by=self.names[way.by], at=self.names[way.at], count=way.said - way.there)}")

    async def _mended(self, cities: Region) -> None:
        cities.mend()
        start = time.monotonic()
        if await sums.settled(cities.hubs, cities.inboxes):
            console.print(f"  [green]✓[/] {text('demo-caught-up', None, seconds=f'{time.monotonic() - start:.1f}')}")

    async def _summed_up(self, cities: Region) -> bool:
        quiet = await sums.settled(cities.hubs, cities.inboxes)
        console.print()
        whole = show([(hub.settings.hub, await sums.summed(hub)) for hub in cities.hubs], self.names)
        same = show_crossed(await sums.exchanged(cities.hubs), self.names)
        formats = self._formats()
        console.print(text("demo-formats", None, count=len(formats), formats=", ".join(formats), place=self.folder))
        return quiet and whole and same

    def _formats(self) -> list[str]:
        return sorted({file.parent.name for file in self.folder.glob("*/out/*/*") if file.is_file()})
