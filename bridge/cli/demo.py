"""``regionbus demo``: a plant fire at a city border, played by a whole hub in this process."""

import asyncio
import logging
import re
import shutil
import sys
import tempfile
import time
import tomllib
from collections import Counter
from collections.abc import MutableMapping
from datetime import datetime, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any

import structlog
from rich.console import Console
from rich.table import Table

from bridge import codes, settings, times
from bridge.app import App, now
from bridge.ledger import STAGES
from bridge.text import encode
from bridge.texts import language, text

STORY = files("bridge").joinpath("demo")
MOMENT = re.compile(r"\{now([+-]\d+)(?:\|([^}]*))?\}")
HOME = "Asia/Shanghai"
PATIENCE = 45
"""Seconds until everything must have come to its end."""
console = Console(highlight=False, width=None if sys.stdout.isatty() else 120)


def run(*, once: bool, samples: Path | None, adapter: str | None, folder: Path | None) -> int:
    """Plays; 0 if the sum adds up and nothing waits."""
    place = folder or Path(tempfile.mkdtemp(prefix="regionbus-demo-"))
    place.mkdir(parents=True, exist_ok=True)
    story = tomllib.loads(STORY.joinpath("story.toml").read_text("utf-8"))
    structlog.configure(processors=[Screen(story)], wrapper_class=structlog.make_filtering_bound_logger(logging.DEBUG), logger_factory=Nowhere)
    path = place / "regionbus.toml"
    path.write_text(sampled(samples, adapter or samples.name) if samples else told(story), "utf-8")
    playing = carry(path, samples, place) if samples else play(path, story, place, once=once)
    try:
        return asyncio.run(playing)
    except KeyboardInterrupt:
        return 0


# ---- settings of the two demonstrations


def told(story: dict[str, Any]) -> str:
    """The settings of the story."""
    lines = ['hub = "cn-jiaxing"', "heads_seconds = 2", "[http]", "port = 0"]
    for agency in story["agency"]:
        lines += ["[[agency]]", f'id = "{agency["id"]}"', f'name = "{agency["zh"]}"', f'division = "{agency["division"]}"']
        lines += ["[[inlet]]", f'agency = "{agency["id"]}"', f'adapter = "{agency["speaks"]}"', f'folder = "{agency["id"]}/in"', 'mode = "Actual"']
    for hears in story["hears"]:
        lines += [
            "[[outlet]]",
            f'name = "{hears["agency"]}-hears-{hears["adapter"]}"',
            f'agency = "{hears["agency"]}"',
            f'adapter = "{hears["adapter"]}"',
        ]
        lines += [f'folder = "{hears["agency"]}/out/{hears["adapter"]}"', f"agencies = {hears['agencies']}", f"kinds = {hears['kinds']}"]
    return "\n".join(lines) + "\n"


SAMPLED = """\
hub = "cn-demo"
heads_seconds = 2
[http]
port = 0
[[agency]]
id = "cn-samples"
[[agency]]
id = "cn-partner"
[[inlet]]
agency = "cn-samples"
adapter = "{adapter}"
folder = "samples/in"
mode = "Actual"
[[outlet]]
agency = "cn-partner"
adapter = "{adapter}"
folder = "partner/out"
agencies = ["*"]
kinds = ["*"]
modes = ["Actual", "Exercise", "Test"]
"""


def sampled(samples: Path, adapter: str) -> str:
    """The settings for real files: one who says them, one who hears them in the same format."""
    del samples
    return SAMPLED.format(adapter=adapter)


# ---- what is shown


class Nowhere:
    """The logger behind ``Screen``: all has been shown already."""

    def __getattr__(self, _: str) -> Any:
        """Any level."""
        return lambda *_: None


class Screen:
    """Shows on the terminal who said what, and who has it in which format."""

    def __init__(self, story: dict[str, Any]) -> None:
        """With the names of the story."""
        self.names = {agency["id"]: agency[language()] for agency in story["agency"]}
        self.words = codes.load("regionbus")

    def __call__(self, _: Any, level: str, event: MutableMapping[str, Any]) -> tuple[tuple[()], dict[str, Any]]:
        """One line of the log."""
        kind = self.words.label(f"kind.{event.get('kind')}", language())
        name = self.names.get(event.get("recipient") or event.get("agency", ""), event.get("recipient") or event.get("agency"))
        match event["event"]:
            case "said" if event["state"] == "accepted" and kind:
                console.print(f"  [bold]{name}[/] ▶ {kind} [dim]{event['subject']} ({event['format']})[/]")
            case "given":
                console.print(f"      [green]✓[/] {name} ◀ {kind} [dim]{event['format']}[/]")
            case "refused":
                console.print(f"      [red]✗[/] {text('log-refused', None, **event)}", markup=True)
            case "trial" | "started" | "stopped" | "said" | "given":
                pass
            case _ if level != "debug":
                console.print(f"      [yellow]![/] {text('log-' + event['event'], None, **event)}")
        return (), {}


def show(counts: Counter[tuple[str, str]], names: dict[str, str]) -> bool:
    """The sum of DESIGN section 5 as a table; whether it adds up for everybody."""
    stages = ("owed", *STAGES, "repeated")
    table = Table("", *(text(f"stage-{stage}") for stage in stages))
    whole = True
    for recipient in sorted({who for who, _ in counts}):
        row = [counts[recipient, stage] for stage in stages]
        whole = whole and row[0] == sum(row[1:-1])
        table.add_row(names.get(recipient, recipient), *(str(number) if number else "·" for number in row))
    console.print(table)
    console.print(text("demo-adds-up" if whole else "demo-does-not-add-up"))
    return whole


async def summed(hub: App) -> Counter[tuple[str, str]]:
    """The sum by recipient and stage."""
    counts: Counter[tuple[str, str]] = Counter()
    for fate in await hub.ledger.sum():
        counts[fate.recipient, fate.stage] += fate.many
    return counts


async def settled(hub: App, folders: list[Path]) -> bool:
    """Waits until every file is taken and nothing waits any more."""
    end, last = time.monotonic() + PATIENCE, None
    while time.monotonic() < end:
        await asyncio.sleep(0.4)
        counts = await summed(hub)
        quiet = not any(file.is_file() for folder in folders for file in folder.iterdir()) and not any(
            number for (_, stage), number in counts.items() if stage == "waiting"
        )
        if quiet and counts == last:
            return True
        last = counts
    return False


# ---- the two demonstrations


def filled(template: str, moment: datetime) -> str:
    """A sample with its times made now: the story plays today."""

    def written(found: re.Match[str]) -> str:
        there = (moment + timedelta(minutes=int(found[1]))).replace(microsecond=0)
        return there.astimezone(times.zone(HOME)).strftime(found[2]) if found[2] else times.iso(there, home=HOME)

    return MOMENT.sub(written, template)


async def play(path: Path, story: dict[str, Any], place: Path, *, once: bool) -> int:
    """The story, step by step."""
    names = {agency["id"]: agency[language()] for agency in story["agency"]}
    encodings = {agency["id"]: agency.get("encoding", "utf-8") for agency in story["agency"]}
    begun = now()
    console.print(text("demo-begins", None, place=place))
    async with App(settings.load(path)).running() as hub:
        for number, step in enumerate(story["step"], 1):
            console.print(f"\n[bold]{number}. {step[language()]}[/]")
            sample = filled(STORY.joinpath(step["file"]).read_text("utf-8"), begun)
            (place / step["agency"] / "in" / f"{number}-{step['file']}").write_bytes(encode(sample, encodings[step["agency"]]))
            await asyncio.sleep(0.5 if once else 3)
        quiet = await settled(hub, [place / agency["id"] / "in" for agency in story["agency"]])
        console.print()
        whole = show(await summed(hub), names)
        formats = {file.parent.name for file in place.glob("*/out/*/*") if file.is_file()}
        console.print(text("demo-formats", None, count=len(formats), formats=", ".join(sorted(formats)), place=place))
        if not once:
            console.print(text("demo-goes-on", None, place=place))
            await asyncio.Event().wait()
    return 0 if quiet and whole else 1


async def carry(path: Path, samples: Path, place: Path) -> int:
    """Real files through the whole way and out again."""
    console.print(text("demo-samples", None, samples=samples, place=place))
    async with App(settings.load(path), expires=False).running() as hub:
        for file in sorted(samples.iterdir()):
            if file.is_file():
                shutil.copyfile(file, place / "samples" / "in" / file.name)
        quiet = await settled(hub, [place / "samples" / "in"])
        whole = show(await summed(hub), {})
    console.print(text("demo-carried", None, count=len(list((place / "partner" / "out").glob("*"))), place=place / "partner" / "out"))
    return 0 if quiet and whole else 1
