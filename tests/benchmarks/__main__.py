"""``make bench``: figures as ratios to a bare paho relay in the same run, medians of interleaved runs. ``ARGS="--count 5000 --runs 5"``."""

import argparse
import asyncio
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).parent.parent))

from servers import Mosquitto

from tests.benchmarks.load import Figures, measure

SETTINGS = """\
hub = "cn-jiaxing"
bus = "{bus}"
[[agency]]
id = "cn-jiaxing-weather"
division = "33/330400"
[[inlet]]
agency = "cn-jiaxing-weather"
adapter = "cap"
mqtt = "{bus}"
topics = ["in/#"]
mode = "Actual"
"""


@contextmanager
def process(*command: str) -> Iterator[int]:
    """A program at work; its process id."""
    with subprocess.Popen([sys.executable, *command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as found:
        time.sleep(2.5)
        try:
            yield found.pid
        finally:
            found.terminate()
            found.wait(15)


def one(kind: str, broker: Mosquitto, folder: Path, count: int, start: int) -> Figures:
    """One run of a relay or a bridge."""
    command = ["-m", "tests.benchmarks.relay", str(broker.port)]
    if kind == "bridge":
        path = folder / f"{start}" / "regionbus.toml"
        path.parent.mkdir()
        path.write_text(SETTINGS.format(bus=broker.url))
        command = ["-m", "bridge.cli", "run", "-c", str(path)]
    with process(*command) as pid:
        asyncio.run(measure(broker.url, pid, 200, start=start))
        return asyncio.run(measure(broker.url, pid, count, start=start + 200))


def main() -> None:
    """Interleaved runs, medians, ratios."""
    options = argparse.ArgumentParser()
    options.add_argument("--count", type=int, default=5000)
    options.add_argument("--runs", type=int, default=3)
    chosen = options.parse_args()
    found: dict[str, list[Figures]] = {"relay": [], "bridge": []}
    with tempfile.TemporaryDirectory() as folder:
        broker = Mosquitto(Path(folder) / "broker").start()
        try:
            for run in range(chosen.runs):
                for kind, figures in found.items():
                    figures.append(one(kind, broker, Path(folder), chosen.count, (run + 1) * 1_000_000 + (500_000 if kind == "bridge" else 0)))
                    print(f"{kind:8} {figures[-1].rate:7.0f}/s {figures[-1].cpu:6.0f} µs of CPU per message", flush=True)
        finally:
            broker.stop()
    rate = {kind: median(each.rate for each in figures) for kind, figures in found.items()}
    cpu = {kind: median(each.cpu for each in figures) for kind, figures in found.items()}
    print(f"bridge / relay: {rate['bridge'] / rate['relay']:.2f} × messages per second, {cpu['bridge'] / cpu['relay']:.2f} × CPU per message")
    print("CAP 2.6 KB by MQTT → Avro → SQLite (synchronous=FULL) → MQTT, QoS 1, acknowledged after; medians of", chosen.runs, "interleaved runs")


if __name__ == "__main__":
    main()
