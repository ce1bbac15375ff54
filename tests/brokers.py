"""The brokers of the matrix (DESIGN section 10), private on free ports of loopback; deploy/brokers.md says what was seen on each."""

import os
import shutil
import signal
import subprocess
from pathlib import Path

from servers import Mosquitto, free_port, wait_for_port

RABBITMQ = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")
"""The program itself: the one on the path changes its user, and works only in folders of the system."""
RABBITMQ_CONF = """\
listeners.tcp = none
mqtt.listeners.tcp.1 = 127.0.0.1:{port}
mqtt.subscription_ttl = 604800000
mqtt.prefetch = 500
default_user = regionbus
default_pass = regionbus
log.file.level = info
"""
NATS_CONF = """\
host: 127.0.0.1
port: {inside}
server_name: {name}
max_payload: 8MB
jetstream {{ store_dir: "{folder}", max_mem: 64MB, max_file: 1GB }}
mqtt {{ host: 127.0.0.1, port: {port}, ack_wait: "2s", max_ack_pending: 500 }}
"""


class Broker:
    """A broker that can be stopped, killed and made to forget."""

    credentials = ""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port, self.inside = folder, free_port(), free_port()
        self.kept = folder / "kept"
        folder.mkdir(parents=True, exist_ok=True)
        self.processes: list[subprocess.Popen[bytes]] = []

    @property
    def url(self) -> str:
        return f"mqtt://{self.credentials}127.0.0.1:{self.port}?protocol=3.1.1"

    def commands(self) -> list[tuple[int, list[str]]]:
        """What is started, one after the other, and where each then listens."""
        raise NotImplementedError

    def words(self) -> dict[str, str]:
        """Its environment, beside ours."""
        return {}

    def start(self) -> "Broker":
        for port, command in self.commands():
            program = shutil.which(command[0])
            assert program, f"{command[0]} is not installed: run 'make servers'"
            with (self.folder / "log").open("ab") as log:
                self.processes.append(
                    subprocess.Popen(
                        [program, *command[1:]],
                        stdin=subprocess.DEVNULL,
                        stdout=log,
                        stderr=log,
                        env=os.environ | self.words(),
                        start_new_session=True,
                    )
                )
            try:
                wait_for_port(port, 150)
            except TimeoutError:
                self.kill()
                raise
        return self

    def kill(self) -> None:
        while self.processes:
            process = self.processes.pop()
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(10)

    def stop(self) -> None:
        """Its memory is in a folder of the test: nothing is owed to it."""
        self.kill()

    def forget(self) -> None:
        shutil.rmtree(self.kept, ignore_errors=True)


class RabbitMQ(Broker):
    """With the MQTT plugin; its node has a name register (epmd) of its own."""

    credentials = "regionbus:regionbus@"

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.register = free_port()
        (folder / "rabbitmq.conf").write_text(RABBITMQ_CONF.format(port=self.port))
        (folder / "plugins").write_text("[rabbitmq_mqtt].\n")

    def commands(self):
        return [(self.register, ["epmd", "-address", "127.0.0.1", "-port", str(self.register)]), (self.port, [str(RABBITMQ)])]

    def words(self):
        return {
            "HOME": str(self.folder),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "ERL_EPMD_PORT": str(self.register),
            "RABBITMQ_NODENAME": f"regionbus-{self.port}@localhost",
            "RABBITMQ_DIST_PORT": str(self.inside),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "+sbwt none +S 2:2 -kernel inet_dist_use_interface {127,0,0,1}",
            "RABBITMQ_CONF_ENV_FILE": str(self.folder / "none"),
            "RABBITMQ_CONFIG_FILE": str(self.folder / "rabbitmq.conf"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self.folder / "plugins"),
            "RABBITMQ_MNESIA_BASE": str(self.kept),
            "RABBITMQ_LOG_BASE": str(self.folder),
            "RABBITMQ_PID_FILE": str(self.folder / "pid"),
            "RABBITMQ_GENERATED_CONFIG_DIR": str(self.folder),
        }


class Nats(Broker):
    """With JetStream, without which it has no MQTT."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        config = NATS_CONF.format(port=self.port, inside=self.inside, folder=self.kept, name=f"regionbus-{self.port}")
        (folder / "nats.conf").write_text(config)

    def commands(self):
        return [(self.port, ["nats-server", "-c", str(self.folder / "nats.conf")])]


LASTING = {"mosquitto": Mosquitto, "rabbitmq": RabbitMQ, "nats": Nats}
"""Those that keep what they have acknowledged; the embedded one does not."""
