"""Much on the map at once: how soon all of it is drawn, what that takes, and how soon the tab answers.

``--incidents 2000 --resources 5000``: told to a ledger in batches as an inlet does, published by the bridge, read by the monitor from the
ledger and drawn by a browser. The table beside the map is there too, and grows new every second while something changes.
"""

import argparse
import asyncio
import json
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from delta import delta, told
from servers import free_port

from bridge import app, assembly, settings
from bridge.bus.mqtt import Connection, address
from bridge.envelope import Sealed
from tests.benchmarks.load import cpu_seconds
from tests.benchmarks.scene import CAP_IN, Scene
from tests.benchmarks.screen import Tab, monitor, tab

HTTP = "[http]\nport = {port}\n"
SHOWN = (
    "[...document.querySelectorAll('#map .mark')].reduce((sum, each) => sum + (each.classList.contains('many') ? Number(each.textContent) : 1), 0)"
)
"""How many things all signs on the map stand for."""
WATCH = """() => {
  window.drawn = 0; window.moved = 0; window.drawings = [];
  chart.on("movestart", () => { moved = moved || performance.now(); });
  new MutationObserver(() => { if (moved) drawings.push(performance.now() - moved); moved = 0; }).observe(canvas, { attributes: true, attributeFilter: ["data-drawn"] });
}"""
"""From the first step of a move until what is there has been drawn."""
ZOOMS = (7, 10, 14)


async def filled(path: Path, sealed: list[Sealed]) -> None:
    """All of it accepted, as by an inlet."""
    ledger = assembly.ledger_of(settings.load(path), app.now)
    await told(ledger, sealed)
    await ledger.close()


async def published(url: str, many: int) -> None:
    """Waits until so many have been on the bus."""
    reader, came = Connection(address(url), "counts", ["rb/1/data/#"]), set[str]()
    async with asyncio.timeout(300):
        while len(came) < many:
            found = await reader.deliveries()
            came.update(dict(each.told)["message_id"] for each in found)
            reader.acknowledge(found)
    await reader.close()


async def told_and_published(scene: Scene, ways: str, sealed: list[Sealed]) -> None:
    """By a bridge that finds it in its ledger."""
    await filled(scene.settings(ways=ways), sealed)
    reading = asyncio.create_task(published(scene.broker.url, len(sealed)))
    await asyncio.sleep(1)
    scene.bridge(ways=ways)
    await reading


def opens(here: Tab, wanted: int, words: str) -> None:
    """The page until everything is on it."""
    before, begun = here.bytes, time.perf_counter()
    here.page.goto("/map")
    here.page.wait_for_function(f"() => !following && {SHOWN} === {wanted}", timeout=120_000)
    span = time.perf_counter() - begun
    rows = here.page.locator("#live tbody tr").count()
    print(
        f"{words}: {wanted} things drawn after {span:.2f} s, {(here.bytes - before) / 1024:.0f} KiB came over the wire, {rows} lines beside it",
        flush=True,
    )


def moves(here: Tab, times: int) -> list[float]:
    """A hand pushes, zooms and clicks the map; milliseconds from a move's first step until all was drawn."""
    page = here.page
    page.evaluate(WATCH)
    for turn in range(times):
        box = page.locator("#map").bounding_box()
        assert box
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        page.mouse.move(x, y)
        page.mouse.down()
        page.mouse.move(x - (120 if turn % 2 else -120), y + (80 if turn % 2 else -80), steps=8)
        page.mouse.up()
        page.wait_for_timeout(700)
        page.mouse.wheel(0, 240 if turn // 4 % 2 else -240)  # four steps in, four steps out
        page.wait_for_timeout(900)
        here.look()
    return list(page.evaluate("drawings"))


def looked(url: str, wanted: int) -> None:
    """One after another looks."""
    with tab(url) as here:
        opens(here, wanted, "first look, the ledger is read for it")
        opens(here, wanted, "second look")
        for zoom in ZOOMS:
            answer = here.page.request.get(f"/map/features?modes=Actual,Exercise&zoom={zoom}&box=117,28,124,34")
            found, size = json.loads(answer.body()), len(answer.body())
            counted = len(found["marks"]) + sum(each["count"] for each in found["clusters"])
            print(f"zoom {zoom}: {counted} things as {len(found['marks'])} marks and {len(found['clusters'])} clusters, {size / 1024:.0f} KiB")
        drawings = moves(here, 24)
        print(
            f"{len(drawings)} moves until all is drawn: median {median(drawings):.0f} ms, longest {max(drawings):.0f} ms, the quarter second of a zoom's own motion in it"
        )
        here.told()


def main(arguments: list[str]) -> None:
    """One run."""
    options = argparse.ArgumentParser("map")
    options.add_argument("--incidents", type=int, default=2000)
    options.add_argument("--resources", type=int, default=5000)
    chosen = options.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder, Scene(Path(folder) / "map", "sqlite") as scene:
        sealed, begun = list(delta(chosen.incidents, chosen.resources, datetime.now(UTC))), time.perf_counter()
        asyncio.run(told_and_published(scene, HTTP.format(port=free_port()) + CAP_IN, sealed))
        print(f"{len(sealed)} messages accepted and published in {time.perf_counter() - begun:.1f} s", flush=True)
        pid, url = scene.enter_context(monitor(scene))
        looked(url, chosen.incidents + chosen.resources)
        print(f"processor time of the monitor: {cpu_seconds(pid):.1f} s in all")
