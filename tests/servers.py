"""Private servers on free ports of loopback, ended with the test that started them."""

import getpass
import itertools
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from bridge.chaos.servers import MOSQUITTO

PORTS = itertools.count(os.getpid() * 37 % 12_000)


def free_port() -> int:
    """Below the ports that the system gives to clients: none of them takes it before the server does. Each test process counts from elsewhere."""
    while True:
        port = 10_000 + next(PORTS) % 22_000
        with closing(socket.socket()) as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def wait_for_port(port: int, seconds: float = 10) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with closing(socket.socket()) as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise TimeoutError(f"nothing listens on {port}")


class Redis:
    """A Redis that can be frozen and killed; or ``cluster``, a node that holds every slot and fails every step that touches two."""

    def __init__(self, folder: Path, *more: str, cluster: bool = False) -> None:
        self.folder, self.port, self.more, self.cluster = folder, free_port(), more, cluster
        folder.mkdir(parents=True, exist_ok=True)
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}"

    def start(self) -> "Redis":
        program = shutil.which("redis-server")
        assert program, "redis-server is not installed: run 'make servers'"
        place = ["--bind", "127.0.0.1", "--port", str(self.port), "--dir", str(self.folder), "--save", ""]
        kept = ["--appendonly", "yes", "--appendfsync", "everysec"]
        cluster = ["--cluster-enabled", "yes", "--cluster-port", str(free_port())] if self.cluster else []
        self.process = subprocess.Popen([program, *place, *kept, *cluster, *self.more], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_for_port(self.port)
        if self.cluster:
            self.ask("CLUSTER ADDSLOTSRANGE 0 16383")
        ready, end = ("CLUSTER INFO", "cluster_state:ok") if self.cluster else ("PING", "+PONG"), time.monotonic() + 10
        while ready[1] not in self.ask(ready[0]):
            assert time.monotonic() < end, "Redis does not come up"
            time.sleep(0.02)
        return self

    def ask(self, command: str) -> str:
        """The raw answer to one command."""
        with closing(socket.create_connection(("127.0.0.1", self.port), 5)) as line:
            line.sendall(f"{command}\r\nQUIT\r\n".encode())
            return b"".join(iter(lambda: line.recv(65536), b"")).decode()

    def freeze(self) -> None:
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self.process.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(10)


class Mosquitto:
    """A broker that can be stopped, killed and made to forget."""

    def __init__(self, folder: Path, *, persistence: bool = True, more: str = "") -> None:
        self.folder, self.port = folder, free_port()
        folder.mkdir(parents=True, exist_ok=True)
        self.config = folder / "mosquitto.conf"
        self.config.write_text(
            MOSQUITTO.format(
                user=getpass.getuser(), port=self.port, persistence=str(persistence).lower(), folder=folder, queued=100_000, inflight=100
            )
            + more
        )
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"mqtt://127.0.0.1:{self.port}"

    def start(self) -> "Mosquitto":
        program = shutil.which("mosquitto")
        assert program, "mosquitto is not installed: run 'make servers'"
        root = ["-c", str(self.config)]
        self.process = subprocess.Popen([program, *root], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_for_port(self.port)
        return self

    def stop(self) -> None:
        if self.process:
            self.process.terminate()
            self.process.wait(10)
            self.process = None

    def kill(self) -> None:
        if self.process:
            self.process.kill()
            self.process.wait(10)
            self.process = None

    def forget(self) -> None:
        (self.folder / "mosquitto.db").unlink(missing_ok=True)


@contextmanager
def mosquitto(folder: Path, **options) -> Iterator[Mosquitto]:
    broker = Mosquitto(folder, **options).start()
    try:
        yield broker
    finally:
        broker.stop()
