"""The two hubs of deploy/ on real servers, with the settings, access lists and secrets that ship: only addresses and folders are others."""

import getpass
import http.client
import json
import re
import shutil
import subprocess
import time
from pathlib import Path

import pytest
from hubs import Hub, alert, wait_for
from servers import free_port, wait_for_port

DEPLOY = Path(__file__).parents[2] / "deploy"
HUBS = ("cn-jiaxing", "cn-shanghai")


class City:
    """A hub of deploy/ with its broker and its ledger."""

    def __init__(self, name, folder):
        self.name, self.folder = name, folder / name
        self.secrets = folder / "secrets" / name
        self.bus, self.ledger, self.http = free_port(), free_port(), free_port()
        self.running = []

    def written(self, name, words, *pairs):
        for shipped, here in pairs:
            assert shipped in words, shipped
            words = words.replace(shipped, here)
        path = self.folder / name
        path.write_text(words, "utf-8")
        return path

    def broker(self):
        (self.folder / "bus").mkdir(parents=True)
        pairs = [
            ("user mosquitto", f"user {getpass.getuser()}"),
            ("listener 8883", f"listener {self.bus} 127.0.0.1"),
            ("/etc/mosquitto/tls/ca.pem", f"{self.secrets}/ca"),
            ("/etc/mosquitto/tls/broker.pem", f"{self.secrets}/bus.pem"),
            ("/etc/mosquitto/tls/broker.key", f"{self.secrets}/bus.key"),
            ("/etc/mosquitto/passwd", f"{self.secrets}/passwd"),
            ("/etc/mosquitto/acl", f"{DEPLOY}/mosquitto/acl/{self.name}.acl"),
            ("/var/lib/mosquitto/", f"{self.folder}/bus/"),
        ]
        path = self.written("mosquitto.conf", (DEPLOY / "mosquitto/mosquitto.conf").read_text() + "log_type all\n", *pairs)
        self.start(self.bus, "mosquitto", "-c", str(path))

    def redis(self):
        (self.folder / "ledger").mkdir()
        pairs = [
            ("/etc/redis/", f"{DEPLOY}/redis/"),
            ("tls-port 6379", f"tls-port {self.ledger}"),
            ("/run/secrets/", f"{self.secrets}/"),
            ("/data", f"{self.folder}/ledger"),
        ]
        self.start(self.ledger, "redis-server", str(self.written("redis.conf", (DEPLOY / "redis/tls.conf").read_text(), *pairs)))

    def start(self, port, *words):
        program = shutil.which(words[0])
        assert program, f"{words[0]} is not installed: run 'make servers'"
        with (self.folder / f"{words[0]}.log").open("wb") as log:
            self.running.append(subprocess.Popen([program, *words[1:]], stdout=log, stderr=log))
        wait_for_port(port)

    def hub(self, other):
        pairs = [
            (f"{self.name}-bus:8883", f"127.0.0.1:{self.bus}"),
            (f"{other.name}-bus:8883", f"127.0.0.1:{other.bus}"),
            (f"{self.name}-ledger:6379", f"127.0.0.1:{self.ledger}"),
            ("/run/secrets/", f"{self.secrets}/"),
            ("/var/lib/regionbus/", f"{self.folder}/"),
            ("0.0.0.0", "127.0.0.1"),
            ("port = 8080", f"port = {self.http}"),
            ("[tls]", "heads_seconds = 1\n[tls]"),
        ]
        self.settings = self.written("regionbus.toml", (DEPLOY / f"hubs/{self.name}.toml").read_text("utf-8"), *pairs)
        self.process = Hub(self.settings)
        return self.process

    def asked(self, path, method="GET", body=None, **headers):
        line = http.client.HTTPConnection("127.0.0.1", self.http, timeout=5)
        line.request(method, path, body, headers)
        answer = line.getresponse()
        return answer.status, json.loads(answer.read() or b"null")

    def ready(self):
        try:
            return self.asked("/health/ready")[0] == 200
        except OSError:
            return False

    def denied(self):
        """What the broker has refused."""
        return re.findall(r"Denied \w+.*", (self.folder / "mosquitto.log").read_text())

    def ports(self):
        """Where the broker listens."""
        return re.findall(r"listen socket on port (\d+)", (self.folder / "mosquitto.log").read_text())

    def stop(self):
        self.process.stop()
        for each in self.running:
            each.kill()
            each.wait(10)


@pytest.fixture
def cities(tmp_path):
    subprocess.run(["sh", str(DEPLOY / "secrets.sh"), str(tmp_path / "secrets")], check=True, capture_output=True)
    found = [City(name, tmp_path) for name in HUBS]
    for city in found:
        city.broker()
        city.redis()
    for city, other in (found, found[::-1]):
        city.hub(other)
    yield found
    for city in found:
        city.stop()


def test_the_two_hubs_that_ship_hear_each_other_and_neither_does_what_its_access_list_forbids(cities):
    jiaxing, shanghai = cities
    wait_for(lambda: jiaxing.ready() and shanghai.ready(), 30)
    token = (jiaxing.secrets / "weather").read_text().strip()
    assert jiaxing.asked("/in/weather", "POST", alert("nobody"))[0] == 401
    status, _ = jiaxing.asked("/in/weather", "POST", alert("storm"), Authorization=f"Bearer {token}")
    assert status == 202
    wait_for(lambda: list((shanghai.folder / "emergency").glob("*.xml")), 20)
    shanghai.process.kill()  # what is said meanwhile comes afterwards, by the session or by a replay
    jiaxing.asked("/in/weather", "POST", alert("flood"), Authorization=f"Bearer {token}")
    shanghai.hub(jiaxing)
    wait_for(lambda: len(list((shanghai.folder / "emergency").glob("*.xml"))) == 2, 30)
    wait_for(lambda: {each["hub"]: each["state"] for each in jiaxing.asked("/hubs")[1]} == dict.fromkeys(HUBS, "online"), 30)
    time.sleep(2.5)  # heads, canaries and presences of both have gone round
    assert [city.denied() for city in cities] == [[], []]
    assert [city.ports() for city in cities] == [[str(city.bus)] for city in cities]  # no plain one beside it
