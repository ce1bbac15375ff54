"""Private servers on free ports of loopback, and the small disk of the ledger: started, killed, made to forget, filled."""

import asyncio
import getpass
import os
import random
import re
import shutil
import socket
import subprocess
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

from bridge.errors import ConfigError

MOSQUITTO = """\
user {user}
listener {port} 127.0.0.1
allow_anonymous true
persistence {persistence}
persistence_location {folder}/
autosave_interval 1
max_queued_messages {queued}
max_inflight_messages {inflight}
"""
REDIS = (
    "--port {port} --bind 127.0.0.1 --dir {folder} --appendonly yes --appendfsync always"
    " --auto-aof-rewrite-percentage 25 --auto-aof-rewrite-min-size 16mb --save"
)
"""Rewritten often: who is killed every half minute never doubles his log, the default, and would load all that he ever wrote."""
MEGABYTE = 1 << 20


def free_port() -> int:
    """A port that nobody listens on, below those that connections get: a server that is down must find its own port free."""
    while True:
        port = random.randint(20_000, 32_000)  # noqa: S311  any will do
        with closing(socket.socket()) as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port


def version(name: str) -> str:
    """What a server's program says of itself."""
    words = [program(name), "-h" if name == "mosquitto" else "--version"]
    found = re.search(r"\d+\.\d+\.\d+", subprocess.run(words, check=False, capture_output=True, text=True, timeout=10).stdout)  # noqa: S603
    return f"{name} {found[0] if found else '?'}"


def program(name: str) -> str:
    """Where a server's program is."""
    found = shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
    if not found:
        raise ConfigError(f"'{name}' is not installed: regionbus chaos starts a private one")
    return found


class Server:
    """A server that can be killed and comes again; several faults may hold it down at once."""

    name = ""

    def __init__(self, folder: Path) -> None:
        """Keeps what it keeps in ``folder``."""
        self.folder, self.port = folder, free_port()
        folder.mkdir(parents=True, exist_ok=True)
        self.process: subprocess.Popen[bytes] | None = None
        self.held = 0
        self.lock = asyncio.Lock()

    def command(self) -> list[str]:
        """How it is started now."""
        raise NotImplementedError

    @asynccontextmanager
    async def down(self) -> AsyncIterator[None]:
        """Killed with -9, and started again at the end unless another fault holds it down."""
        self.held += 1
        await self.kill()
        yield
        self.held -= 1
        await self.start()

    async def start(self) -> None:
        """Starts, unless a fault holds it down or it is there already; returns when it listens."""
        async with self.lock:
            if self.held or self.process:
                return
            self.process = subprocess.Popen(self.command(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # noqa: ASYNC220, S603
            end = time.monotonic() + 10
            while not listens(self.port):
                if time.monotonic() > end or self.process.poll() is not None:
                    raise ConfigError(f"{self.name} does not start on port {self.port}")
                await asyncio.sleep(0.01)

    async def kill(self) -> None:
        """Without a last word."""
        async with self.lock:
            if self.process:
                self.process.kill()
                await asyncio.to_thread(self.process.wait, 10)
                self.process = None

    def signal(self, number: int) -> subprocess.Popen[bytes] | None:
        """Sends a signal to the process that runs now, and says which it was."""
        if self.process:
            self.process.send_signal(number)
        return self.process


class Mosquitto(Server):
    """The broker."""

    name = "mosquitto"
    tiny = 0
    """How many faults want small queues and no memory."""

    def command(self) -> list[str]:
        """See ``Server``."""
        small = self.tiny > 0
        config = self.folder / "mosquitto.conf"
        words = dict(persistence="false" if small else "true", queued=1 if small else 1_000_000, inflight=10 if small else 100)
        config.write_text(MOSQUITTO.format(user=getpass.getuser(), port=self.port, folder=self.folder, **words))
        return [program("mosquitto"), "-c", str(config)]

    def forget(self) -> None:
        """Its database is gone."""
        (self.folder / "mosquitto.db").unlink(missing_ok=True)


class Redis(Server):
    """The ledger's server."""

    name = "redis-server"

    def command(self) -> list[str]:
        """See ``Server``."""
        return [program("redis-server"), *REDIS.format(port=self.port, folder=self.folder).split(), ""]


class Disk:
    """A small file system of its own, if we may mount one; filled by making it no larger than what it holds."""

    def __init__(self, folder: Path, megabytes: int) -> None:
        """Mounts it at ``folder``; ``real`` says whether that was allowed."""
        self.folder, self.size, self.full = folder, megabytes * MEGABYTE, 0
        folder.mkdir(parents=True, exist_ok=True)
        self.real = mount("-t", "tmpfs", "-o", f"size={self.size}", "tmpfs", str(folder))

    def fill(self) -> None:
        """No byte more."""
        self.full += 1
        found = os.statvfs(self.folder)
        mount("-o", f"remount,size={max(4096, (found.f_blocks - found.f_bfree) * found.f_frsize)}", str(self.folder))

    def heal(self) -> None:
        """Room again, when nobody else fills it."""
        self.full -= 1
        if not self.full:
            mount("-o", f"remount,size={self.size}", str(self.folder))

    def close(self) -> None:
        """Unmounts; what it held lies beside it then, for those who want to look (``--keep``)."""
        if self.real:
            shutil.copytree(self.folder, self.folder.with_name("ledger"), dirs_exist_ok=True)
            subprocess.run(["umount", "-l", str(self.folder)], check=False, capture_output=True)  # noqa: S603, S607


def mount(*words: str) -> bool:
    """Whether it could be mounted."""
    try:
        return subprocess.run(["mount", *words], check=False, capture_output=True, timeout=10).returncode == 0  # noqa: S603, S607
    except OSError:
        return False


def listens(port: int) -> bool:
    """Whether somebody does."""
    with closing(socket.socket()) as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
