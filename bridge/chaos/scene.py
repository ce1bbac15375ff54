"""Builds all that a run needs: private servers, the disk, the proxy, the partner, the bridges and their settings."""

from contextlib import AsyncExitStack
from pathlib import Path
from typing import TypeVar

from bridge.chaos.bridges import Bridge
from bridge.chaos.faults import Scene
from bridge.chaos.partners import Region
from bridge.chaos.proxy import Proxy
from bridge.chaos.schedule import is_long
from bridge.chaos.servers import Disk, Mosquitto, Redis, Server, free_port
from bridge.chaos.tally import Partner

SETTINGS = """\
hub = "cn-chaos"
process = "{process}"
bus = "mqtt://127.0.0.1:{bus}"
ledger = "{ledger}"
{side}remember_days = {days}
heads_seconds = 1
[http]
port = {port}
"""
AGENCY = '[[agency]]\nid = "cn-chaos-{0}"\n'
INLET = '[[inlet]]\nname = "{0}"\nagency = "cn-chaos-{1}"\nadapter = "{2}"\n{3}\nmode = "Actual"\nack = "{4}"\n'
OUTLET = '[[outlet]]\nname = "{0}"\nagency = "cn-chaos-{0}"\nadapter = "{1}"\n{2}\nagencies = {3}\nkinds = ["*"]\n'
MEGABYTES = 256
"""Of the ledger's disk, and half as many again for every minute."""
REMEMBERED, BRIEFLY = 7, 150 / 86400
"""Days that the hub remembers, in a short and in a long run."""
S = TypeVar("S", bound=Server)


async def build(stack: AsyncExitStack, folder: Path, ledger: str, minutes: float, region: Partner, bug: str) -> Scene:
    """Everything but the bridges is at work; ``stack`` takes it down again."""
    for name in ("in", "archive"):
        (folder / name).mkdir(parents=True)
    broker, agency = await started(stack, Mosquitto(folder / "broker")), await started(stack, Mosquitto(folder / "agency"))
    redis = await started(stack, Redis(folder / "redis")) if ledger == "redis" else None
    proxy, partner = Proxy(free_port(), broker.port), Region(free_port(), region)
    await proxy.start()
    stack.push_async_callback(proxy.stop)
    await partner.start()
    stack.push_async_callback(partner.stop)
    disk = Disk(folder / "disk", int(MEGABYTES * (1 + minutes / 2)))
    stack.callback(disk.close)
    url = f"redis://127.0.0.1:{redis.port}/0" if redis else "sqlite:///disk/ledger.db"
    bridges = [Bridge(folder / f"bridge-{number}.toml", free_port(), bug) for number in range(1, 3 if redis else 2)]
    for number, bridge in enumerate(bridges, 1):
        bridge.path.write_text(
            settings(number, proxy.port, url, bridge.port, agency.port, partner.port, BRIEFLY if is_long(minutes) else REMEMBERED), "utf-8"
        )
        stack.callback(bridge.kill)
    return Scene(bridges, broker, proxy, partner, disk, agency, redis)


async def started(stack: AsyncExitStack, server: S) -> S:
    """A server at work."""
    stack.push_async_callback(server.kill)
    await server.start()
    return server


def settings(number: int, bus: int, ledger: str, port: int, agency: int, partner: int, days: float) -> str:
    """The settings of one bridge; files and the agency's broker are the first one's, for each has one reader."""
    side = f'side = "disk/side-{number}.db"\n' if ledger.startswith("redis") else ""
    folder = INLET.format("weather-folder", "weather", "cap", 'folder = "in"', "Delivered")
    mqtt = INLET.format("weather-mqtt", "weather", "cap", f'mqtt = "mqtt://127.0.0.1:{agency}"\ntopics = ["in/cap"]', "NotRequested")
    return "".join(
        (
            SETTINGS.format(process=number, bus=bus, ledger=ledger, port=port, side=side, days=days),
            *(AGENCY.format(name) for name in ("weather", "fire", "stock", "teams", "region", "map", "archive")),
            *(
                INLET.format(name, agency, adapter, f'http = "/{name}"', "NotRequested")
                for name, agency, adapter in (
                    ("weather", "weather", "cap"),
                    ("fire", "fire", "geojson"),
                    ("stock", "stock", "geojson"),
                    ("teams", "teams", "geojson"),
                    ("sheets", "teams", "resource-csv"),
                )
            ),
            *((folder, mqtt) if number == 1 else ()),
            OUTLET.format("region", "geojson", f'http = "http://127.0.0.1:{partner}/"', '["cn-chaos-weather", "cn-chaos-fire", "cn-chaos-teams"]'),
            OUTLET.format("map", "geojson", f'mqtt = "mqtt://127.0.0.1:{agency}"\ntopic = "out/map"', '["cn-chaos-stock"]'),
            OUTLET.format("archive", "cap", 'folder = "archive"', '["cn-chaos-weather"]'),
        )
    )
