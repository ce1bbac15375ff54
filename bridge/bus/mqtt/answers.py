"""What the broker has yet to answer."""

import asyncio
from typing import Any

from bridge.errors import Unavailable

CONNECT = 0
"""The number under which the answer to a CONNECT is awaited, which has none."""


class Answers:
    """By the number of the packet that is to be answered."""

    def __init__(self) -> None:
        """None at first."""
        self.waiting: dict[int, asyncio.Future[Any]] = {}

    def expect(self, number: int) -> asyncio.Future[Any]:
        """The answer that will come."""
        found = self.waiting[number] = asyncio.get_running_loop().create_future()
        return found

    def take(self, number: int) -> asyncio.Future[Any] | None:
        """Who waits for what has come, if somebody still does."""
        found = self.waiting.pop(number, None)
        return None if found is None or found.done() else found

    def fail(self, why: str) -> None:
        """None will come any more."""
        waiting, self.waiting = self.waiting, {}
        for answer in waiting.values():
            if not answer.done():
                answer.set_exception(Unavailable(why))
                answer.exception()  # nobody may be waiting for it
