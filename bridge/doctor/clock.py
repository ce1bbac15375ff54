"""Clocks: what is newest is decided by them."""

import ctypes
from collections.abc import Iterator
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path

import httpx

from bridge.doctor.check import Check, Details, judged
from bridge.settings import Settings

UNSYNCHRONISED = 5
"""What adjtimex(2) answers of a clock that nothing disciplines: TIME_ERROR."""
APART = timedelta(minutes=1)
ROOM = 512
"""More than the bytes of a struct timex; all zero asks and changes nothing."""
PATIENCE = 3.0


def examine(found: Settings, clock: datetime) -> Iterator[Check]:
    """Every check of clocks; ``clock`` is what ours shows."""
    state = ctypes.CDLL(None).adjtimex(ctypes.create_string_buffer(ROOM))
    yield from judged("clock-synchronised", [{}] if state == UNSYNCHRONISED else [], note=True)
    yield from judged("clock-back", ahead(found, clock))
    yield from judged("clock-partner", partners(found, clock), note=True)


def ahead(found: Settings, clock: datetime) -> Iterator[Details]:
    """A ledger that was written in what is now the future."""
    kind, _, path = found.ledger.partition(":///")
    if kind == "sqlite" and Path(path).exists():
        written = datetime.fromtimestamp(Path(path).stat().st_mtime, clock.tzinfo)
        if written - clock > APART:
            yield {"path": path, "written": written.isoformat(timespec="seconds")}


def partners(found: Settings, clock: datetime) -> Iterator[Details]:
    """Pages that are polled, and whose server has another time."""
    for way in found.inlet:
        if way.feed is not None:
            try:
                stated = httpx.head(way.feed, timeout=PATIENCE, trust_env=False).headers.get("date", "")
                apart = abs(parsedate_to_datetime(stated) - clock)
            except (httpx.HTTPError, ValueError, TypeError):  # away, or telling no time, or one without a zone
                continue
            if apart > APART:
                yield {"link": way.title, "seconds": round(apart.total_seconds())}
