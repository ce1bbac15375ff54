"""``regionbus doctor``: settings and surroundings, each check with what to do."""

import asyncio
import errno
import json
import os
import resource
import shutil
import socket
import sqlite3
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from redis.exceptions import RedisError

from bridge import app, settings, wire
from bridge.bus import Publication
from bridge.bus.mqtt import Connection, address
from bridge.errors import ConfigError, Unavailable
from bridge.ledger.redis import Redis
from bridge.lint import lint
from bridge.settings import Settings
from bridge.texts import text

PATIENCE = 10
FREE = 1 << 30
FILES = 1024
MARKS = {"good": "✓", "note": "·", "wrong": "✗"}


class Check(NamedTuple):
    """What was looked at; a flaw's code names its sentence in the catalogue."""

    name: str
    flaw: str = ""
    details: dict[str, object] = {}  # noqa: RUF012  a tuple's default is never changed
    note: bool = False
    """It works; but who runs it in earnest should change it."""

    @property
    def state(self) -> str:
        """``good``, ``note`` or ``wrong``."""
        return "good" if not self.flaw else "note" if self.note else "wrong"

    @property
    def sentence(self) -> str:
        """What is wrong and what to do."""
        return text(self.flaw, None, **self.details) if self.flaw else ""


def run(config: Path, *, as_json: bool) -> int:
    """Runs all checks; 1 if something must be done; a note is none."""
    checks = asyncio.run(examine(config))
    if as_json:
        print(json.dumps([{"check": each.name, "state": each.state, "what_to_do": each.sentence} for each in checks], ensure_ascii=False))
    else:
        for each in checks:
            print(f"{MARKS[each.state]} {text(f'check-{each.name}')}{': ' if each.flaw else ''}{each.sentence}")
    return 1 if any(each.state == "wrong" for each in checks) else 0


async def examine(config: Path) -> list[Check]:
    """Every check that can be made; without settings only the first."""
    try:
        found = settings.load(config)
        app.App(found)
    except ConfigError as error:
        return [Check("settings", "fix-settings", {"reason": error})]
    checks = [Check("settings"), *language(), *surroundings(found)]
    checks += [each async for each in ledger(found)]
    checks += [*folders(found), port(found)]
    return checks + [each async for each in bus(found)]


def language() -> Iterator[Check]:
    """The schemas of this installation."""
    flaws = list(lint(list(wire.sources())))
    yield Check("schemas", "fix-schemas" if flaws else "", {"reason": "; ".join(flaws)})


def surroundings(found: Settings) -> Iterator[Check]:
    """The machine."""
    kind, _, path = found.ledger.partition(":///")
    if kind == "sqlite":
        home = Path(path).parent
        free = shutil.disk_usage(home).free
        yield Check("disk", "fix-disk" if free < FREE else "", {"free": free // (1 << 20), "folder": home})
    files = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    yield Check("files", "fix-files" if files < FILES else "", {"limit": files})
    yield Check("root", "fix-root" if os.geteuid() == 0 else "", note=True)


async def ledger(found: Settings) -> AsyncIterator[Check]:
    """Whether the ledger can be written, and keeps what is written."""
    kind, _, path = found.ledger.partition(":///")
    if kind == "sqlite":
        yield file(Path(path))
        return
    url, server = urlsplit(found.ledger), Redis(found.ledger, found.hub, app.now, process="doctor")
    try:
        await server.client.set(f"{server.prefix}doctor", 1, px=1)
        weak = await server.weaknesses()
        yield Check("ledger")
        for event, details in weak.items():
            yield Check("ledger", f"log-{event}", dict(details), note=True)
    except (RedisError, OSError) as error:
        yield Check("ledger", "fix-redis", {"where": f"{url.hostname}:{url.port or 6379}", "reason": error})
    finally:
        await server.close()


def file(path: Path) -> Check:
    """Whether the file can be written; one that is not there yet is left for the hub to make, under its own account."""
    if not path.exists():
        denied = {"path": path, "reason": os.strerror(errno.EACCES)}
        return Check("ledger", "" if os.access(path.parent, os.W_OK) else "fix-ledger", denied)
    try:
        with sqlite3.connect(path, timeout=0.5) as db:
            db.execute("begin immediate")
            db.rollback()
    except sqlite3.Error as error:
        return Check("ledger", "fix-ledger", {"path": path, "reason": error})
    return Check("ledger")


def folders(found: Settings) -> Iterator[Check]:
    """Whether the agencies' folders can be used."""
    for link in (*found.inlet, *found.outlet):
        if link.folder is not None:
            usable = os.access(next(place for place in (link.folder, *link.folder.absolute().parents) if place.exists()), os.W_OK)
            yield Check("folder", "" if usable else "fix-folder", {"link": link.title, "path": link.folder})


def port(found: Settings) -> Check:
    """Whether we can listen."""
    if not any(link.http for link in found.inlet):
        return Check("port")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((found.http.host, found.http.port))
        except OSError as error:
            return Check("port", "fix-port", {"where": f"{found.http.host}:{found.http.port}", "reason": error.strerror})
    return Check("port")


async def bus(found: Settings) -> AsyncIterator[Check]:
    """Whether the broker answers and carries a message back: a granted subscription proves nothing."""
    if found.bus == "embedded:":
        yield Check("bus", "fix-embedded", note=True)
        return
    connection = Connection(
        address(found.bus, **found.tls.model_dump()), f"{found.hub}-doctor", [f"rb/1/ask/{found.hub}/{found.hub}/ping"], quiet=True
    )
    try:
        async with asyncio.timeout(PATIENCE):
            await connection.connected.wait()
            (refused,) = await connection.publish([Publication(f"rb/1/ask/{found.hub}/{found.hub}/ping", b"canary")])
            if refused:
                yield Check("bus", "fix-bus", {"reason": refused})
                return
            connection.acknowledge(await connection.deliveries())
        yield Check("bus")
    except (TimeoutError, Unavailable) as error:
        if connection.trouble:
            yield Check("bus", connection.trouble.code, {"where": connection.trouble.where, "reason": connection.trouble.reason})
            return
        yield Check("bus", "fix-bus", {"reason": str(error) or f"{connection.where.host}:{connection.where.port} did not answer in {PATIENCE} s"})
    finally:
        await connection.close()
