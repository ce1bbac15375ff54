"""``make bench``: figures as ratios to a bare paho relay in the same run, medians of interleaved runs.

``ARGS="--count 5000 --runs 5 --kinds sqlite,redis,redis-2 --pace 200"``; ``redis-2`` is two bridge processes on one ledger.
"""

import argparse
import asyncio
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).parent.parent))

from servers import Mosquitto, Redis

from tests.benchmarks.load import Figures, measure, ready

SETTINGS = """\
hub = "cn-jiaxing"
process = "{number}"
bus = "{bus}"
ledger = "{ledger}"
side = "{folder}/side-{number}.db"
[[agency]]
id = "cn-jiaxing-weather"
division = "33/330400"
[[inlet]]
agency = "cn-jiaxing-weather"
adapter = "cap"
mqtt = "{bus}"
topics = ["in/{number}/#"]
mode = "Actual"
"""
RELAY = "relay"


@contextmanager
def process(*command: str) -> Iterator[int]:
    """A program at work; its process id."""
    with subprocess.Popen([sys.executable, *command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as found:
        try:
            yield found.pid
        finally:
            found.terminate()
            found.wait(15)


def bridges(kind: str, folder: Path, broker: Mosquitto, stack: ExitStack) -> list[int]:
    """The bridge processes of a kind such as ``sqlite`` or ``redis-2``."""
    ledger, _, many = kind.partition("-")
    folder.mkdir(parents=True)
    url = f"sqlite:///{folder}/ledger.db"
    if ledger == "redis":
        redis = Redis(folder / "redis").start()
        stack.callback(redis.kill)
        url = f"{redis.url}/0"
    found = []
    for number in range(int(many or 1)):
        path = folder / f"regionbus-{number}.toml"
        path.write_text(SETTINGS.format(bus=broker.url, ledger=url, number=number, folder=folder))
        found.append(stack.enter_context(process("-m", "bridge.cli", "run", "-c", str(path))))
    return found


def one(kind: str, folder: Path, count: int, pace: float) -> Figures:
    """One run of a relay or a bridge, on a broker of its own."""
    with ExitStack() as stack:
        broker = Mosquitto(folder / "broker").start()
        stack.callback(broker.stop)
        relay = kind == RELAY
        pids = (
            [stack.enter_context(process("-m", "tests.benchmarks.relay", str(broker.port)))] if relay else bridges(kind, folder / kind, broker, stack)
        )
        asyncio.run(ready(broker.url, len(pids)))
        asyncio.run(measure(broker.url, pids, 200))
        return asyncio.run(measure(broker.url, pids, count, start=200, pace=pace))


def told(kind: str, figures: Figures) -> str:
    """One run in words."""
    paced = f"  p50 {figures.p50:.1f} ms  p99 {figures.p99:.1f} ms" if figures.latencies else ""
    return f"{kind:8} {figures.rate:7.0f}/s {figures.cpu:6.0f} µs of CPU per message{paced}"


def main() -> None:
    """Interleaved runs, medians, ratios."""
    options = argparse.ArgumentParser()
    options.add_argument("--count", type=int, default=5000)
    options.add_argument("--runs", type=int, default=3)
    options.add_argument("--kinds", default="sqlite,redis")
    options.add_argument("--pace", type=float, default=0.0, help="messages per second; 0: as fast as the broker takes them")
    chosen = options.parse_args()
    found: dict[str, list[Figures]] = {kind: [] for kind in (RELAY, *chosen.kinds.split(","))}
    with tempfile.TemporaryDirectory() as folder:
        for run in range(chosen.runs):
            for kind, figures in found.items():
                figures.append(one(kind, Path(folder) / f"{run}-{kind}", chosen.count, chosen.pace))
                print(told(kind, figures[-1]), flush=True)
    bare = found.pop(RELAY)
    for kind, figures in found.items():
        names = ("rate", "cpu", *(("p50", "p99") if chosen.pace else ()))
        ratios = {name: median(getattr(each, name) for each in figures) / median(getattr(each, name) for each in bare) for name in names}
        print(f"{kind} / bare relay: " + ", ".join(f"{name} {ratio:.2f} ×" for name, ratio in ratios.items()))
    print("CAP 2.9 KB by MQTT → Avro → durable accept → MQTT, QoS 1, acknowledged after; medians of", chosen.runs, "interleaved runs")


if __name__ == "__main__":
    main()
