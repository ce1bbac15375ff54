"""What every benchmark starts: a broker, a ledger and bridge processes of their own, ended with it."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from servers import Mosquitto, Redis

HEAD = """\
hub = "cn-jiaxing"
process = "{number}"
bus = "{bus}"
ledger = "{ledger}"
side = "{folder}/side-{number}.db"
[[agency]]
id = "cn-jiaxing-weather"
division = "33/330400"
[[agency]]
id = "cn-jiaxing-fire"
division = "33/330400"
[[agency]]
id = "cn-shanghai-emergency"
division = "31/310000"
"""
CAP_IN = """\
[[inlet]]
agency = "cn-jiaxing-weather"
adapter = "cap"
mqtt = "{bus}"
topics = ["in/{number}/#"]
mode = "Actual"
"""
STATES_IN = """\
[[inlet]]
agency = "cn-jiaxing-fire"
adapter = "resource-csv"
mqtt = "{bus}"
topics = ["states/{number}"]
mode = "Actual"
"""


@contextmanager
def process(*command: str, log: Path | None = None) -> Iterator[int]:
    """A program at work; its process id."""
    with ExitStack() as stack:
        out = stack.enter_context(log.open("wb")) if log else subprocess.DEVNULL
        with subprocess.Popen([sys.executable, *command], stdout=out, stderr=out) as found:
            try:
                yield found.pid
            finally:
                found.terminate()
                found.wait(30)


class Scene(ExitStack):
    """A broker and a ledger, and the bridges on them."""

    def __init__(self, folder: Path, kind: str) -> None:
        """``kind`` is sqlite or redis."""
        super().__init__()
        self.folder = folder
        folder.mkdir(parents=True)
        self.broker = Mosquitto(folder / "broker").start()
        self.callback(self.broker.stop)
        self.ledger = f"sqlite:///{folder}/ledger.db"
        if kind == "redis":
            redis = Redis(folder / "redis").start()
            self.callback(redis.kill)
            self.ledger = f"{redis.url}/0"

    def bridge(self, number: int = 0, ways: str = CAP_IN) -> int:
        """A bridge process at work on ``ways``; its process id."""
        path = self.settings(number, ways)
        return self.enter_context(process("-m", "bridge.cli", "run", "-c", str(path), log=self.folder / f"log-{number}"))

    def settings(self, number: int = 0, ways: str = CAP_IN) -> Path:
        """Of a bridge that is not at work yet."""
        path = self.folder / f"regionbus-{number}.toml"
        path.write_text((HEAD + ways).format(bus=self.broker.url, ledger=self.ledger, number=number, folder=self.folder))
        return path

    def relay(self) -> int:
        """The bare relay at work."""
        return self.enter_context(process("-m", "tests.benchmarks.relay", str(self.broker.port)))


def most_memory(pid: int) -> float:
    """The most MiB that a process has ever held."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024
