"""The reference work through Node-RED, where npm is at hand: MQTT in → xml → function that keeps the alert in Redis → MQTT out, QoS 1.

``--count 5000 --runs 3 --folder ~/node-red``: Node-RED is installed there once. Interleaved with the bridge on Redis and the bare relay.
"""

import argparse
import asyncio
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from servers import Redis, free_port

from tests.benchmarks.load import Figures, measure, ready
from tests.benchmarks.reference import RELAY, compared, one, told
from tests.benchmarks.scene import Scene

NODE_RED = "node-red@4"
SETTINGS = """\
module.exports = {{ uiPort: {port}, uiHost: "127.0.0.1", flowFile: "flows.json", functionExternalModules: true, credentialSecret: false,
  logging: {{ console: {{ level: "warn" }} }}, editorTheme: {{ tours: false }} }}
"""
KEEP = """\
const store = context.get("store");
const alert = msg.payload.alert;
const id = alert.sender[0] + "," + alert.identifier[0];
const kept = await store.set("alert:" + id, JSON.stringify(alert), {NX: true});
if (kept === null) return null;
return {topic: "rb/1/data/node-red", payload: JSON.stringify({id: id, alert: alert}), qos: 1};
"""
BEGIN = 'const found = redis.createClient({url: "%s"}); await found.connect(); context.set("store", found);'


def flow(broker: int, redis: str) -> str:
    """The flow as Node-RED reads it."""
    return json.dumps(
        [
            {"id": "n0", "type": "tab", "label": "reference"},
            {
                "id": "n1",
                "type": "mqtt-broker",
                "broker": "127.0.0.1",
                "port": str(broker),
                "protocolVersion": "5",
                "keepalive": "60",
                "cleansession": True,
            },
            {"id": "n2", "type": "mqtt in", "z": "n0", "topic": "in/#", "qos": "1", "datatype": "utf8", "broker": "n1", "wires": [["n3"]]},
            {"id": "n3", "type": "xml", "z": "n0", "property": "payload", "attr": "", "chr": "", "wires": [["n4"]]},
            {
                "id": "n4",
                "type": "function",
                "z": "n0",
                "func": KEEP,
                "initialize": BEGIN % redis,
                "outputs": 1,
                "libs": [{"var": "redis", "module": "redis"}],
                "wires": [["n5"]],
            },
            {"id": "n5", "type": "mqtt out", "z": "n0", "topic": "", "qos": "1", "retain": "false", "broker": "n1", "wires": []},
        ]
    )


def installed(folder: Path) -> Path:
    """Node-RED's program, installed if it is not there yet."""
    program = folder / "node_modules" / "node-red" / "red.js"
    if not program.exists():
        npm = shutil.which("npm")
        if npm is None:
            sys.exit("npm is not installed: Node-RED cannot be measured here")
        folder.mkdir(parents=True, exist_ok=True)
        subprocess.run([npm, "install", "--no-audit", "--no-fund", "--prefix", str(folder), NODE_RED, "redis"], check=True)
    return program


def node_red(program: Path, folder: Path, count: int) -> Figures:
    """One run."""
    with Scene(folder, "sqlite") as scene:
        redis = Redis(folder / "redis").start()
        scene.callback(redis.kill)
        home = folder / "home"
        home.mkdir()
        (home / "settings.js").write_text(SETTINGS.format(port=free_port()))
        (home / "flows.json").write_text(flow(scene.broker.port, redis.url))
        (home / "package.json").write_text('{"name": "reference", "version": "1.0.0", "dependencies": {"redis": "*"}}')
        (home / "node_modules").symlink_to(program.parents[1])
        command = ["node", str(program), "--userDir", str(home), "--settings", str(home / "settings.js")]
        with (home / "log").open("wb") as log, subprocess.Popen(command, stdout=log, stderr=log) as found:
            try:
                asyncio.run(ready(scene.broker.url, 1))
                asyncio.run(measure(scene.broker.url, [found.pid], 200))
                return asyncio.run(measure(scene.broker.url, [found.pid], count, start=200))
            finally:
                found.terminate()
                found.wait(15)


def main(arguments: list[str]) -> None:
    """Interleaved runs, medians, ratios."""
    options = argparse.ArgumentParser("node-red")
    options.add_argument("--count", type=int, default=5000)
    options.add_argument("--runs", type=int, default=3)
    options.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "regionbus-node-red")
    chosen = options.parse_args(arguments)
    program = installed(chosen.folder)
    found: dict[str, list[Figures]] = {RELAY: [], "redis": [], "node-red": []}
    with tempfile.TemporaryDirectory() as folder:
        for run in range(chosen.runs):
            for kind, figures in found.items():
                place = Path(folder) / f"{run}-{kind}"
                figures.append(node_red(program, place, chosen.count) if kind == "node-red" else one(kind, place, chosen.count, 0.0))
                print(told(kind, figures[-1]), flush=True)
    print(*compared(found, paced=False), sep="\n")
