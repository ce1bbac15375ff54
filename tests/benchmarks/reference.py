"""The reference work, a CAP alert by MQTT → Avro → durable accept → MQTT, against the bare relay: interleaved runs, medians, ratios.

``--count 5000 --runs 5 --kinds sqlite,redis,redis-2 --pace 200``; ``redis-2`` is two bridge processes on one ledger.
"""

import argparse
import asyncio
import tempfile
from pathlib import Path
from statistics import median

from tests.benchmarks.load import Figures, measure, ready
from tests.benchmarks.scene import Scene

RELAY = "relay"


def one(kind: str, folder: Path, count: int, pace: float) -> Figures:
    """One run of a relay or a bridge, on a broker of its own; ``redis-2`` is two processes."""
    ledger, _, many = kind.partition("-")
    with Scene(folder, ledger) as scene:
        pids = [scene.relay()] if kind == RELAY else [scene.bridge(number) for number in range(int(many or 1))]
        asyncio.run(ready(scene.broker.url, len(pids)))
        asyncio.run(measure(scene.broker.url, pids, 200))
        return asyncio.run(measure(scene.broker.url, pids, count, start=200, pace=pace))


def told(kind: str, figures: Figures) -> str:
    """One run in words."""
    paced = f"  p50 {figures.p50:.1f} ms  p99 {figures.p99:.1f} ms" if figures.latencies else ""
    return f"{kind:8} {figures.rate:7.0f}/s {figures.cpu:6.0f} µs of CPU per message{paced}"


def compared(found: dict[str, list[Figures]], *, paced: bool) -> list[str]:
    """The medians of each kind as ratios to those of the relay."""
    names = ("rate", "cpu", *(("p50", "p99") if paced else ()))
    middle = {kind: {name: median(getattr(each, name) for each in figures) for name in names} for kind, figures in found.items()}
    bare = middle.pop(RELAY)
    return [f"{kind} / bare relay: " + ", ".join(f"{name} {each[name] / bare[name]:.2f} ×" for name in names) for kind, each in middle.items()]


def main(arguments: list[str]) -> None:
    """Interleaved runs, medians, ratios."""
    options = argparse.ArgumentParser("reference")
    options.add_argument("--count", type=int, default=5000)
    options.add_argument("--runs", type=int, default=3)
    options.add_argument("--kinds", default="sqlite,redis")
    options.add_argument("--pace", type=float, default=0.0, help="messages per second; 0: as fast as the broker takes them")
    chosen = options.parse_args(arguments)
    found: dict[str, list[Figures]] = {kind: [] for kind in (RELAY, *chosen.kinds.split(","))}
    with tempfile.TemporaryDirectory() as folder:
        for run in range(chosen.runs):
            for kind, figures in found.items():
                figures.append(one(kind, Path(folder) / f"{run}-{kind}", chosen.count, chosen.pace))
                print(told(kind, figures[-1]), flush=True)
    print(*compared(found, paced=bool(chosen.pace)), sep="\n")
    print("CAP 2.9 KB by MQTT → Avro → durable accept → MQTT, QoS 1, acknowledged after; medians of", chosen.runs, "interleaved runs")
