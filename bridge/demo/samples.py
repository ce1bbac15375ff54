"""Real files through a whole hub and out again in the same format."""

import shutil
from pathlib import Path

from bridge import settings
from bridge.app import App
from bridge.demo import sums
from bridge.demo.screen import Screen, console, show
from bridge.texts import text

SETTINGS = """\
hub = "cn-demo"
heads_seconds = 2
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
"""One who says them, one who hears them."""


async def carry(samples: Path, adapter: str, folder: Path) -> int:
    """0 if the sum adds up and nothing waits."""
    Screen({}).on()
    console.print(text("demo-samples", None, samples=samples, place=folder))
    async with App(_settings(adapter, folder), expires=False).running() as hub:
        said, heard = folder / "samples" / "in", folder / "partner" / "out"
        _copied(samples, said)
        quiet = await sums.settled([hub], [said])
        whole = show([(hub.settings.hub, await sums.summed(hub))], {})
    console.print(text("demo-carried", None, count=len(_files(heard)), place=heard))
    return 0 if quiet and whole else 1


def _settings(adapter: str, folder: Path) -> settings.Settings:
    path = folder / "regionbus.toml"
    path.write_text(SETTINGS.format(adapter=adapter), "utf-8")
    return settings.load(path)


def _files(folder: Path) -> list[Path]:
    return sorted(file for file in folder.iterdir() if file.is_file())


def _copied(samples: Path, to: Path) -> None:
    for file in _files(samples):
        shutil.copyfile(file, to / file.name)
