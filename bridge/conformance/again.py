"""What samples say in a process of its own: ``python -m bridge.conformance.again TARGET`` reads them from standard input, prints a digest each."""

import base64
import datetime as dt
import hashlib
import json
import os
import sys
import time
from typing import Any

from bridge.adapter import Said, read
from bridge.conformance.subject import loaded
from bridge.errors import Rejected
from bridge.wire import encode

AHEAD = dt.timedelta(days=int(os.environ.get("DAYS_AHEAD", "0")))


class Clock(dt.datetime):
    """A clock that shows another day."""

    @classmethod
    def now(cls, tz: Any = None) -> Any:
        """The moment, so many days off."""
        return super().now(tz) + AHEAD


def digest(adapter: Any, data: bytes) -> str:
    """What reading says, in few characters."""
    try:
        found = read(adapter, data)
    except Rejected as error:
        found = [error]
    said = [encode(each.record) + repr((each.says, each.deviations)).encode() if isinstance(each, Said) else str(each).encode() for each in found]
    return hashlib.sha256(b"\n".join(said)).hexdigest()


def main(target: str, lines: list[str]) -> None:
    """Reads all of them."""
    real = time.time
    dt.datetime, time.time = Clock, lambda: real() + AHEAD.total_seconds()  # type: ignore[misc]
    cls = loaded(target)
    for line in lines:
        options, data = json.loads(line)
        print(digest(cls.model_validate(options), base64.b64decode(data)))  # noqa: T201  it is asked to


if __name__ == "__main__":
    main(sys.argv[1], sys.stdin.read().splitlines())
