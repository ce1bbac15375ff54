"""Several hubs, each with a broker and a ledger of its own, related by relays."""

import asyncio
from contextlib import AsyncExitStack, asynccontextmanager
from functools import wraps
from pathlib import Path

from hubs import alert
from playing import playing, until
from servers import Mosquitto

HUB = """\
hub = "{hub}"
bus = "{bus}"
ledger = "{ledger}"
heads_seconds = 1
[[agency]]
id = "{hub}-weather"
division = "33/330400"
[[agency]]
id = "{hub}-desk"
[[inlet]]
agency = "{hub}-weather"
adapter = "cap"
folder = "in"
mode = "Actual"
ack = "NotRequested"
[[outlet]]
agency = "{hub}-desk"
adapter = "cap"
folder = "out"
agencies = ["*"]
kinds = ["*"]
"""
RELAY = '[[relay]]\nhub = "{peer}"\nbus = "{bus}"\nagencies = ["*"]\ntransit = {transit}\njoin = "{join}"\n'
PEER = '[[peer]]\nhub = "{peer}"\nagencies = ["*"]\ninboxes = ["*"]\n'


class Region:
    """Brokers and settings; ``pulls`` says who reads whose bus."""

    def __init__(self, folder: Path, pulls: dict[str, list[str]], *, transit=False, join="replay", ledgers=None, more="", buses=None, brokers=None):
        self.folder, self.pulls = folder, pulls
        self.brokers = {hub: (brokers or {}).get(hub) or Mosquitto(folder / f"{hub}-broker") for hub in pulls}
        self.paths = {hub: folder / hub / "regionbus.toml" for hub in pulls}
        self.names: dict[Path, str] = {}
        """Of what has come, by its file: nobody writes it otherwise again."""
        buses = buses or {}
        for hub, peers in pulls.items():
            words = HUB.format(hub=hub, bus=self.brokers[hub].url, ledger=(ledgers or {}).get(hub, "sqlite:///hub.db"))
            for peer in peers:
                words += RELAY.format(peer=peer, bus=buses.get((hub, peer), self.brokers[peer].url), transit=str(transit).lower(), join=join)
            words += "".join(PEER.format(peer=asker) for asker, asked in pulls.items() if hub in asked)
            self.paths[hub].parent.mkdir(parents=True)
            self.paths[hub].write_text(words + more, "utf-8")

    def say(self, hub, *names):
        folder = self.folder / hub / "in"
        folder.mkdir(exist_ok=True)
        for name in names:
            (folder / f"{name}.tmp").write_bytes(alert(name))
            (folder / f"{name}.tmp").rename(folder / f"{name}.xml")

    def heard(self, hub):
        """How often each name has come to the hub's desk."""
        found = {}
        for path in (self.folder / hub / "out").glob("*.xml"):
            if path not in self.names:  # thousands of files, asked for again and again
                self.names[path] = path.read_text().split("<identifier>")[1].split("<")[0]
            name = self.names[path]
            found[name] = found.get(name, 0) + 1
        return found

    def has(self, hub, names):
        return set(names) <= self.heard(hub).keys()

    async def told(self, hub, names, *, by):
        """Says something here, and waits until it is heard there."""
        self.say(hub, *names)
        await until(lambda: self.has(by, names))

    def wipe(self, hub):
        """Its broker dies and forgets, and is there again."""
        self.brokers[hub].kill()
        self.brokers[hub].forget()
        self.brokers[hub].start()

    @asynccontextmanager
    async def brokers_up(self):
        for broker in self.brokers.values():
            broker.start()
        try:
            yield
        finally:
            for broker in self.brokers.values():
                broker.kill()

    @asynccontextmanager
    async def playing(self, *hubs, **options):
        async with AsyncExitStack() as stack:
            yield [await stack.enter_async_context(playing(self.paths[hub], **options)) for hub in hubs or self.pulls]


def story(told):
    """A test that is told in one event loop."""

    @wraps(told)
    def test(*args, **words):
        asyncio.run(told(*args, **words))

    return test
