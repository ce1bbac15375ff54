"""Two cities on one machine: a broker and a ledger for each, a relay each way, and links between them that can be cut."""

import asyncio
import secrets
import shutil
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bridge import settings
from bridge.app import App
from bridge.bus.embedded import HOST, Embedded, free_port
from bridge.chaos.proxy import Proxy
from bridge.chaos.servers import Mosquitto
from bridge.monitor.login import hashed
from bridge.monitor.serving import beside

HUB = """\
hub = "{hub}"
bus = "mqtt://{bus}"
ledger = "sqlite:///{hub}.db"
heads_seconds = 1
"""
RELAY = """\
[[relay]]
hub = "{peer}"
bus = "mqtt://{bus}"
agencies = ["*"]
"""
PEER = """\
[[peer]]
hub = "{peer}"
agencies = ["*"]
inboxes = {inboxes}
"""
AGENCY = """\
[[agency]]
id = "{id}"
name = "{zh}"
division = "{division}"
[[inlet]]
agency = "{id}"
adapter = "{speaks}"
folder = "{id}/in"
mode = "Actual"
"""
OUTLET = """\
[[outlet]]
name = "{agency}-hears-{adapter}"
agency = "{agency}"
adapter = "{adapter}"
folder = "{agency}/out/{adapter}"
agencies = {agencies}
kinds = {kinds}
"""
MONITOR = """\
[monitor]
port = 0
[[monitor.user]]
name = "{name}"
role = "admin"
password = "{hash}"
"""
USER = "demo"


@dataclass
class Region:
    """The hubs at work, and what lies between them."""

    folder: Path
    hubs: list[App] = field(default_factory=list)
    links: list[Proxy] = field(default_factory=list)
    pages: list[str] = field(default_factory=list)
    """Where each hub's monitor is."""
    password: str = field(default_factory=lambda: secrets.token_urlsafe(9))
    """Of ``USER`` there."""

    @property
    def inboxes(self) -> list[Path]:
        """Where agencies leave their files."""
        return [inlet.folder for hub in self.hubs for inlet in hub.settings.inlet if inlet.folder]

    def cut(self) -> None:
        """Nothing passes between the cities any more, in either direction."""
        for link in self.links:
            link.cuts += 1
            link.reset()

    def mend(self) -> None:
        """It does again."""
        for link in self.links:
            link.cuts -= 1


@asynccontextmanager
async def running(story: dict[str, Any], folder: Path) -> AsyncIterator[Region]:
    """The region of a story, at work; its settings lie in ``folder``."""
    region = Region(folder)
    async with AsyncExitStack() as stack:
        buses, links = dict[str, str](), dict[str, str]()
        for hub in (each["id"] for each in story["hub"]):
            port, query = await _broker(stack, folder / f"{hub}-broker")
            link = Proxy(free_port(), port)
            await link.start()
            stack.push_async_callback(link.stop)
            region.links.append(link)
            buses[hub], links[hub] = f"{HOST}:{port}{query}", f"{HOST}:{link.port}{query}"
        pages = MONITOR.format(name=USER, hash=hashed(region.password))
        found = [_written(folder / f"{hub}.toml", told(story, hub, bus, links) + pages) for hub, bus in buses.items()]
        region.hubs = [App(each) for each in found]
        await asyncio.gather(*(stack.enter_async_context(hub.running()) for hub in region.hubs))
        region.pages = [url for hub in region.hubs if (url := await stack.enter_async_context(beside(hub)))]
        yield region


async def _broker(stack: AsyncExitStack, folder: Path) -> tuple[int, str]:
    """A broker of its own: its port, and what else its address says. Mosquitto where it is installed."""
    if shutil.which("mosquitto"):
        server = Mosquitto(folder)
        stack.push_async_callback(server.kill)
        await server.start()
        return server.port, ""
    broker = Embedded()
    await broker.start()
    stack.push_async_callback(broker.stop)
    return broker.port, "?protocol=3.1.1"


def _written(path: Path, words: str) -> settings.Settings:
    path.write_text(words, "utf-8")
    return settings.load(path)


def told(story: dict[str, Any], hub: str, bus: str, links: dict[str, str]) -> str:
    """The settings of one hub; ``links`` say where it reaches the brokers of all."""
    of = {agency["id"]: agency["hub"] for agency in story["agency"]}
    lines = [HUB.format(hub=hub, bus=bus)]
    for peer in links.keys() - {hub}:
        inboxes = [agency for agency, where in of.items() if where == peer]
        lines += [RELAY.format(peer=peer, bus=links[peer]), PEER.format(peer=peer, inboxes=inboxes)]
    lines += [AGENCY.format(**agency) for agency in story["agency"] if agency["hub"] == hub]
    lines += [OUTLET.format(**hears) for hears in story["hears"] if of[hears["agency"]] == hub]
    return "".join(lines)
