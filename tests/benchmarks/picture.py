"""What the picture costs: a bridge that keeps it beside one that does not, and how long its questions take.

``--count 1000 --pairs 3``: processor time of a bridge for each alert, in pairs of runs. Then the nearest and other questions to a picture
of 2,000 incidents and 5,000 resources with their states, and whole answers as they are sent.
"""

import argparse
import asyncio
import tempfile
import time
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from statistics import median

from delta import delta
from servers import free_port

from bridge.entries import Entry
from bridge.finding import Query
from bridge.links.served import answered
from bridge.picture import Picture
from bridge.records import Carrier
from tests.benchmarks.load import measure, ready
from tests.benchmarks.scene import CAP_IN, Scene

HTTP = "[http]\nport = {port}\n"
JIAXING = 120.75, 30.75
QUERIES = {
    "the nearest": Query(near=JIAXING),
    "the nearest, as many as may be": Query(near=JIAXING, limit=1000),
    "the nearest that are to be had": Query(near=JIAXING, available=True),
    "within 5 km": Query(near=JIAXING, within=5000),
    "in a box of half a degree": Query(bbox=(120.5, 30.5, 121.0, 31.0)),
    "in a box around all": Query(bbox=(110.0, 20.0, 130.0, 40.0)),
    "the first by name": Query(),
}
TIMES = 9


def cost(folder: Path, ways: str, count: int) -> float:
    """Microseconds of processor time for an alert."""
    with Scene(folder, "sqlite") as scene:
        pid = scene.bridge(ways=HTTP.format(port=free_port()) + CAP_IN + ways)
        asyncio.run(ready(scene.broker.url, 1))
        return asyncio.run(measure(scene.broker.url, [pid], count)).cpu


def kept(now: datetime) -> Picture:
    """The delta's."""
    picture = Picture()
    for number, each in enumerate(delta(2000, 5000, now)):
        picture.put(Entry.of(Carrier(hub="cn-jiaxing", stream=each.stream, epoch=1, sequence=number + 1, envelope=each.data)))
    return picture


def asked() -> None:
    """Each question some times; what the loop waits for is the still alone."""
    now = datetime.now(UTC)
    picture = kept(now)
    for name, query in QUERIES.items():
        spans = []
        for _ in range(TIMES):
            marks = [time.process_time()]
            still = picture.still(query.mode)
            marks.append(time.process_time())
            still.find(query, now)
            marks.append(time.process_time())
            answered(still, query, now)
            marks.append(time.process_time())
            spans.append([(end - begin) * 1000 for begin, end in pairwise(marks)])
        stilled, found, whole = map(median, zip(*spans, strict=True))
        print(f"{name}: {found:.1f} ms, {whole:.1f} ms with the answer's bytes, in a thread; on the loop {stilled:.1f} ms", flush=True)


def main(words: list[str]) -> None:
    """Prints the figures."""
    options = argparse.ArgumentParser("picture")
    options.add_argument("--count", type=int, default=1000)
    options.add_argument("--pairs", type=int, default=3)
    chosen = options.parse_args(words)
    asked()
    with tempfile.TemporaryDirectory() as folder:
        pairs = [
            (cost(Path(folder) / f"without-{n}", "", chosen.count), cost(Path(folder) / f"with-{n}", "[picture]\n", chosen.count))
            for n in range(chosen.pairs)
        ]
    print(f"an alert without the picture {median(one for one, _ in pairs):.0f} µs, with it {median(two for _, two in pairs):.0f} µs")
    print(f"ratio {median(two / one for one, two in pairs):.3f}, of {chosen.pairs} pairs")
