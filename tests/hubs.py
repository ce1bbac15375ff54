"""Hubs in processes of their own: forked from a warm parent, so that a start costs little and a kill is real."""

import asyncio
import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

SETTINGS = """\
hub = "cn-jiaxing"
bus = "{bus}"
heads_seconds = 1
[http]
port = {port}
[[agency]]
id = "cn-jiaxing-weather"
division = "33/330400"
[[agency]]
id = "cn-shanghai-emergency"
division = "31/310000"
[[inlet]]
agency = "cn-jiaxing-weather"
adapter = "cap"
{way_in}
mode = "Actual"
[[outlet]]
agency = "cn-shanghai-emergency"
adapter = "{adapter_out}"
{way_out}
agencies = ["*"]
kinds = ["*"]
"""
ALERT = """\
<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2"><identifier>{name}</identifier><sender>cn-jiaxing-weather</sender>\
<sent>2026-07-01T12:00:00+08:00</sent><status>Actual</status><msgType>Alert</msgType><scope>Public</scope>{info}</alert>"""
INFO = """<info><language>zh-CN</language><category>Met</category><event>暴雨</event><urgency>Immediate</urgency><severity>Severe</severity>\
<certainty>Observed</certainty>{expires}<headline>暴雨橙色预警信号 {name}</headline><area><areaDesc>嘉善县</areaDesc></area></info>"""


def alert(name: str, expires: str = "") -> bytes:
    ends = f"<expires>{expires}</expires>" if expires else ""
    return ALERT.format(name=name, info=INFO.format(name=name, expires=ends)).encode()


def settings(folder: Path, bus: str = "embedded:", *, way_in='folder = "in"', way_out='folder = "out"', adapter_out="cap", port=0, more="") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "regionbus.toml"
    path.write_text(SETTINGS.format(bus=bus, way_in=way_in, way_out=way_out, adapter_out=adapter_out, port=port) + more, "utf-8")
    return path


def _serve(path: Path, crash_at: str, log: Path) -> None:
    out = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(out, 1)
    os.dup2(out, 2)
    from bridge import app, crash, telemetry  # noqa: PLC0415
    from bridge import settings as loading  # noqa: PLC0415

    crash.PLAN, _, nth = crash_at.partition(":")
    crash.NTH = nth
    telemetry.configure(plain=False)
    asyncio.run(app.serve(loading.load(path)))
    sys.stderr.flush()


class Hub:
    """One run of a hub."""

    def __init__(self, path: Path, crash_at: str = "") -> None:
        self.log = path.parent / "log"
        self.process = CONTEXT.Process(target=_serve, args=(path, crash_at, self.log))
        self.process.start()

    @property
    def alive(self) -> bool:
        return self.process.is_alive()

    def wait_until_started(self, seconds: float = 40) -> "Hub":
        before = self.log.read_text().count('"started"') if self.log.exists() else 0
        wait_for(lambda: not self.alive or (self.log.exists() and self.log.read_text().count('"started"') > before), seconds)
        return self

    def kill(self) -> None:
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.join(10)

    def stop(self) -> int:
        if self.alive:
            os.kill(self.process.pid, signal.SIGTERM)
        self.process.join(15)
        if self.alive:
            self.kill()
        return self.process.exitcode


def wait_for(done: Callable[[], bool], seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not done():
        if time.monotonic() > end:
            raise TimeoutError("what was waited for did not happen")
        time.sleep(0.02)


CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(["bridge.app", "bridge.telemetry", "bridge.registry", "bridge.bus.embedded"])
