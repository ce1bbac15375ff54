"""The ledger: whether it can be written, is whole, is ours alone, and keeps what is written."""

import errno
import os
import shutil
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path
from time import monotonic
from typing import Any
from urllib.parse import urlsplit

from redis.exceptions import RedisError, ResponseError

from bridge.app import now
from bridge.doctor.check import Check, Details, is_open, judged
from bridge.ledger.redis import Redis, script
from bridge.settings import Settings

JOURNAL = 1 << 30
"""Bytes of a write-ahead log that should have been taken over long ago."""
LOOK = 5.0
"""Seconds to read a file through: a larger one is read as far as that."""
OLDEST = (7, 0)
"""Of Redis: it knows the flags of our scripts."""
FULL = 0.8
SLOW = 0.1
APART = 2.0
"""Seconds between two clocks that still order what is said."""
LOOKED = 1000
"""Keys looked at for others."""


def file(path: Path) -> Iterator[Check]:
    """The checks of a SQLite ledger; one that is not there yet is left for the hub to make, under its own account."""
    if not path.exists():
        denied = [] if os.access(path.parent, os.W_OK) else [{"path": path, "reason": os.strerror(errno.EACCES)}]
        yield from judged("ledger", denied)
        return
    log = Path(f"{path}-wal")
    size = log.stat().st_size if log.exists() else 0
    yield from judged("ledger-journal", [{"path": log, "size": size >> 20}] if size > min(JOURNAL, shutil.disk_usage(path).free) else [])
    yield from judged("ledger-private", [{"path": path}] if is_open(path, 0o004) else [], note=True)
    yield from judged("ledger", unwritable(path))
    yield from judged("ledger-whole", broken(path))


def unwritable(path: Path) -> Iterator[Details]:
    """Whether it can be written."""
    try:
        with closing(sqlite3.connect(path, timeout=0.5)) as db:
            db.execute("begin immediate")
            db.rollback()
    except sqlite3.Error as error:
        yield {"path": path, "reason": error}


def broken(path: Path) -> Iterator[Details]:
    """Whether all its pages can be read."""
    end = monotonic() + LOOK
    try:
        with closing(sqlite3.connect(path, timeout=0.5)) as db:
            db.set_progress_handler(lambda: monotonic() > end, 10_000)
            (found,) = db.execute("pragma quick_check(1)").fetchone()
    except sqlite3.OperationalError:  # not to be opened, which `unwritable` says; or too large to be read through
        return
    except sqlite3.DatabaseError as error:
        found = str(error)
    if found != "ok":
        yield {"path": path, "reason": found}


async def server(found: Settings, clock: datetime | None = None) -> AsyncIterator[Check]:
    """The checks of a Redis ledger; ``clock``: what our clock shows, if it is not the machine's."""
    url, ledger = urlsplit(found.ledger), Redis(found.ledger, found.hub, now, process="doctor")
    where = url.netloc.rpartition("@")[2]
    try:
        await ledger.client.set(f"{ledger.prefix}doctor", 1, px=1)
        yield Check("ledger")
        for each in [*await persistence(ledger), *await rights(ledger), *await load(ledger)]:
            yield each
        before, (seconds, micros), after = clock or now(), await ledger.client.time(), clock or now()
        shown = seconds + micros / 1e6
        apart = max(before.timestamp() - shown, shown - after.timestamp())
        for each in judged("redis-clock", [{"where": where, "seconds": round(apart)}] if apart > APART else []):
            yield each
    except (RedisError, OSError) as error:
        yield Check("ledger", "fix-redis", {"where": where, "reason": error})
    finally:
        await ledger.close()
    side = (found.side or Path("side")).absolute().parent
    for each in judged("side", [] if os.access(side, os.W_OK) else [{"folder": side}]):
        yield each


async def persistence(ledger: Redis) -> list[Check]:
    """What a restart or a full memory would take away."""
    try:
        weak = await ledger.weaknesses()
    except RedisError:  # not even that may be asked
        return []
    flaws = [("redis-persistence", "not-persistent"), ("redis-eviction", "evicts")]
    return [Check(name, f"log-{event}" if event in weak else "", dict(weak.get(event, {})), note=True) for name, event in flaws]


async def rights(ledger: Redis) -> list[Check]:
    """Whether our scripts may run, and whether the keys are ours alone."""
    try:
        await ledger.client.script_load(script("step").text)
        refused: list[Details] = []
    except ResponseError as error:
        refused = [{"reason": error}]
    _, keys = await ledger.client.scan(0, count=LOOKED)
    others = sorted(str(key, "utf-8", "replace") for key in keys if isinstance(key, bytes) and not key.startswith(ledger.prefix.encode()))
    return [*judged("redis-scripts", refused), *judged("redis-shared", [{"key": others[0], "count": len(others)}] if others else [], note=True)]


async def load(ledger: Redis) -> list[Check]:
    """Version, memory, disk and distance."""
    told: dict[str, Any] = await ledger.client.info()
    version = tuple(int(word) for word in str(told["redis_version"]).split(".")[:2])
    most, used = int(told.get("maxmemory", 0)), int(told.get("used_memory", 0))
    kept = {name: told[name] for name in ("aof_last_write_status", "aof_last_bgrewrite_status", "rdb_last_bgsave_status") if name in told}
    failed: list[Details] = [{"reason": name} for name, state in kept.items() if state != "ok"]
    took = []
    for _ in range(5):
        began = monotonic()
        await ledger.client.ping()
        took.append(monotonic() - began)
    return [
        *judged("redis-version", [{"version": told["redis_version"]}] if version < OLDEST else []),
        *judged("redis-memory", [{"used": used >> 10, "most": most >> 10}] if most and used > FULL * most else []),
        *judged("redis-saves", failed),
        *judged("redis-distance", [{"milliseconds": round(min(took) * 1000)}] if min(took) > SLOW else [], note=True),
    ]
