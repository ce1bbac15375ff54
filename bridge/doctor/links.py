"""The ways to agencies: folders that can be used and are looked after, partners that answer."""

import os
import socket
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import islice
from pathlib import Path
from urllib.parse import urlsplit

from paho.mqtt.client import topic_matches_sub

from bridge.doctor.check import Check, Details, is_here, judged
from bridge.doctor.settings import links
from bridge.settings import PLACES, Inlet, Outlet, Settings

MANY = 10_000
"""Files in done/ that nobody has cleared away."""
WAITED = 600
"""Seconds after which a file in an inlet's folder was overlooked: a hub takes it within seconds."""
PATIENCE = 3.0
PORTS = {"http": 80, "https": 443, "mqtt": 1883, "mqtts": 8883}


def examine(found: Settings, clock: datetime) -> Iterator[Check]:
    """Every check of links."""
    yield from judged("folders-apart", shared(found))
    yield from judged("loop", loops(found))
    yield from judged("folder", closed(found))
    folders = [(way.title, way.folder) for way in found.inlet if way.folder is not None and way.folder.is_dir()]
    yield from judged("folder-done", full(folders), note=True)
    yield from judged("folder-waiting", waiting(folders, clock))
    yield from judged("partner", silent(found), note=True)


def shared(found: Settings) -> Iterator[Details]:
    """Two inlets, or two outlets, in one folder."""
    for side in (found.inlet, found.outlet):
        first: dict[Path, str] = {}
        for link in side:
            if link.folder is not None:
                other = first.setdefault(link.folder.resolve(), link.title)
                if other != link.title:
                    yield {"link": link.title, "other": other, "path": link.folder}


def loops(found: Settings) -> Iterator[Details]:
    """What goes out comes in again."""
    for out in found.outlet:
        yield from ({"link": out.title, "other": way.title} for way in found.inlet if is_loop(found, out, way))


def is_loop(found: Settings, out: Outlet, way: Inlet) -> bool:
    """Whether an inlet takes what an outlet gives."""
    if out.folder and way.folder:
        return out.folder.resolve() == way.folder.resolve()
    if out.http and way.http:
        url = urlsplit(out.http)
        return is_here(url.hostname) and url.port == found.http.port and url.path.rstrip("/") == way.http.rstrip("/")
    if out.mqtt and way.mqtt:
        topic = out.topic.format_map(dict.fromkeys(PLACES, "x"))
        return broker(out.mqtt) == broker(way.mqtt) and any(topic_matches_sub(each, topic) for each in way.topics)
    return False


def broker(url: str) -> tuple[str | None, int]:
    """Where it is, whoever enters."""
    parts = urlsplit(url)
    return parts.hostname, parts.port or (8883 if parts.scheme == "mqtts" else 1883)


def closed(found: Settings) -> Iterator[Details]:
    """Folders that cannot be written."""
    for link in links(found):
        if link.folder is not None:
            nearest = next(place for place in (link.folder, *link.folder.absolute().parents) if place.exists())
            if not (nearest.is_dir() and os.access(nearest, os.W_OK)):
                yield {"link": link.title, "path": link.folder}


def full(folders: Iterable[tuple[str, Path]]) -> Iterator[Details]:
    """Where what is done gathers."""
    for link, folder in folders:
        done = folder / "done"
        if done.is_dir() and next(islice(done.iterdir(), MANY, None), None):
            yield {"link": link, "path": done, "many": MANY}


def waiting(folders: Iterable[tuple[str, Path]], clock: datetime) -> Iterator[Details]:
    """Files that no hub has taken."""
    for link, folder in folders:
        with os.scandir(folder) as found:
            old = [each.name for each in found if each.is_file() and not each.name.startswith(".") and age(each, clock) > WAITED]
        if old:
            yield {"link": link, "path": folder / min(old), "many": len(old)}


def age(file: os.DirEntry[str], clock: datetime) -> float:
    """Seconds since it was written."""
    return clock.timestamp() - file.stat().st_mtime


def silent(found: Settings) -> Iterator[Details]:
    """Partners and neighbours where nothing listens."""
    urls = [(out.title, url) for out in found.outlet for url in (out.http, out.mqtt) if url]
    urls += [(way.title, url) for way in found.inlet for url in (way.feed, way.mqtt) if url]
    urls += [(relay.hub, relay.bus) for relay in found.relay]
    for link, url in urls:
        parts = urlsplit(url)
        place = (parts.hostname or "", parts.port or PORTS.get(parts.scheme, 0))
        try:
            socket.create_connection(place, PATIENCE).close()
        except OSError as error:
            yield {"link": link, "where": f"{place[0]}:{place[1]}", "reason": error}
