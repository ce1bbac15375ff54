"""What one message costs as the links of a hub grow in number, as ratios to one: outlets that are owed nothing, beside one that is.

``--kind sqlite --count 3000 --numbers 1,10,50,200``
"""

import argparse
import asyncio
import tempfile
from pathlib import Path

from tests.benchmarks.load import measure, ready
from tests.benchmarks.scene import CAP_IN, Scene, most_memory

OUT = """\
[[outlet]]
name = "out-{each}"
agency = "cn-shanghai-emergency"
adapter = "cap"
folder = "{folder}/out-{each}"
agencies = ["{whom}"]
kinds = ["alert"]
"""


def main(arguments: list[str]) -> None:
    """One run for each number."""
    options = argparse.ArgumentParser("links")
    options.add_argument("--kind", default="sqlite")
    options.add_argument("--count", type=int, default=3000)
    options.add_argument("--numbers", default="1,10,50,200")
    chosen = options.parse_args(arguments)
    bare = 0.0
    with tempfile.TemporaryDirectory() as folder:
        for number in map(int, chosen.numbers.split(",")):
            with Scene(Path(folder) / f"links-{number}", chosen.kind) as scene:
                whom = {0: "cn-jiaxing-weather"}
                outs = [OUT.replace("{each}", str(each)).replace("{whom}", whom.get(each, "cn-jiaxing-fire")) for each in range(number)]
                pid = scene.bridge(ways=CAP_IN + "".join(outs))
                asyncio.run(ready(scene.broker.url, 1))
                figures = asyncio.run(measure(scene.broker.url, [pid], chosen.count))
                bare = bare or figures.cpu
                memory = most_memory(pid)
                print(f"{number:4} outlets: {figures.cpu:6.0f} µs of CPU each, {figures.cpu / bare:.2f} × one; {memory:.0f} MiB", flush=True)
