"""The bridge as a process of its own, forked from a warm parent: a kill is real, a restart costs no imports, a supervisor restarts at once."""

import asyncio
import ctypes
import mmap
import multiprocessing
import os
import signal
import struct
import sys
import time
from contextlib import suppress
from datetime import datetime, timedelta
from multiprocessing.context import ForkServerProcess
from pathlib import Path

CONTEXT = multiprocessing.get_context("forkserver")
PRELOADED = ["__main__", "bridge.chaos.warm"]
SKY = struct.Struct("dd")
"""What the harness and a bridge tell each other: the step of its clock in seconds, and the most tickets that one feed has held."""
DIE_WITH_PARENT = 1
WATCH = 0.05


class Sky:
    """The clock that a bridge sees, and what it shows of itself, in a file that both processes map."""

    def __init__(self, path: Path) -> None:
        """Makes the file if it is not there."""
        if not path.exists():
            path.write_bytes(SKY.pack(0.0, 0.0))
        with path.open("r+b") as file:
            self.memory = mmap.mmap(file.fileno(), SKY.size)

    @property
    def step(self) -> float:
        """Seconds by which the bridge's clock is wrong."""
        return float(SKY.unpack(self.memory[:])[0])

    @step.setter
    def step(self, seconds: float) -> None:
        self.memory[:8] = struct.pack("d", seconds)

    @property
    def held(self) -> float:
        """The most tickets that one feed has held in memory."""
        return float(SKY.unpack(self.memory[:])[1])

    @held.setter
    def held(self, tickets: float) -> None:
        self.memory[8:] = struct.pack("d", tickets)


def life(path: Path, sky: Path, log: Path, crash_at: str, bug: str) -> None:
    """One life of a bridge, in its own process."""
    ctypes.CDLL(None).prctl(DIE_WITH_PARENT, signal.SIGKILL)
    out = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(out, 1)
    os.dup2(out, 2)
    from bridge import bugs, crash, settings, telemetry  # noqa: PLC0415  the harness itself needs none of them

    crash.PLAN, _, crash.NTH = crash_at.partition(":")
    telemetry.configure(plain=False)
    if bug:
        bugs.BUGS[bug]()
    asyncio.run(serve(settings.load(path), Sky(sky)))
    sys.stderr.flush()


async def serve(chosen: object, sky: Sky) -> None:
    """A hub under that sky, until it is told to end."""
    from bridge.app import App, now  # noqa: PLC0415
    from bridge.settings import Settings  # noqa: PLC0415

    assert isinstance(chosen, Settings)

    def clock() -> datetime:
        return now() + timedelta(seconds=sky.step)

    ended = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
    hub = App(chosen, clock=clock)
    async with hub.running():
        while not ended.is_set():
            sky.held = max(sky.held, *(len(feed.ready) for feed in hub.hub.feeds.all.values()))
            with suppress(TimeoutError):
                await asyncio.wait_for(ended.wait(), WATCH)


class Bridge:
    """A bridge that is started again whenever it dies."""

    def __init__(self, path: Path, port: int, bug: str = "") -> None:
        """``path`` of its settings, ``port`` of its HTTP; ``bug`` one of ``bridge.bugs``, to see whether it is noticed."""
        self.path, self.port, self.bug = path, port, bug
        self.log, self.sky_path = path.with_suffix(".log"), path.with_suffix(".sky")
        self.sky = Sky(self.sky_path)
        self.process: ForkServerProcess | None = None
        self.crash_at = ""
        self.ended = False
        self.lives = 0
        self.strange: list[int] = []
        """How it ended when nobody had killed it."""
        self.memory = 0
        """The most bytes that it has held."""

    def start(self) -> ForkServerProcess:
        """A new life."""
        crash_at, self.crash_at = self.crash_at, ""
        self.process = CONTEXT.Process(target=life, args=(self.path, self.sky_path, self.log, crash_at, self.bug))
        self.process.start()
        self.lives += 1
        return self.process

    async def stay(self) -> None:
        """Starts it again at once, as systemd would; the harness ends if it cannot live at all."""
        while not self.ended:
            begun = time.monotonic()
            process = self.start()
            await gone(process)
            if process.exitcode != -signal.SIGKILL and not self.ended:
                self.strange.append(process.exitcode or 0)
            if process.exitcode != -signal.SIGKILL and time.monotonic() - begun < 1:
                await asyncio.sleep(1)

    def send(self, number: int) -> ForkServerProcess | None:
        """Sends a signal to the life that is now, and says which it was."""
        process = self.process
        if process is not None and process.is_alive() and process.pid:
            os.kill(process.pid, number)
        return process

    def watch(self) -> None:
        """Looks how much memory it holds."""
        if self.process is None:
            return
        try:
            pages = int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1])
        except (OSError, IndexError):
            return
        self.memory = max(self.memory, pages * mmap.PAGESIZE)

    async def stop(self, seconds: float = 20) -> bool:
        """Asks it to end; whether it did so in good order."""
        self.ended = True
        process = self.send(signal.SIGCONT)
        if process is None:
            return True
        self.send(signal.SIGTERM)
        try:
            async with asyncio.timeout(seconds):
                await gone(process)
        except TimeoutError:
            self.kill()
            await asyncio.to_thread(process.join, 5)
        return process.exitcode == 0

    def kill(self) -> None:
        """Without a last word."""
        self.send(signal.SIGKILL)


async def gone(process: ForkServerProcess) -> None:
    """Waits until a process has ended."""
    loop, ended = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(process.sentinel, ended.set)
    try:
        await ended.wait()
    finally:
        loop.remove_reader(process.sentinel)
    process.join(5)


def warm() -> None:
    """Starts the parent of all bridges, with what they import."""
    CONTEXT.set_forkserver_preload(PRELOADED)
    process = CONTEXT.Process(target=int)
    process.start()
    process.join(30)
