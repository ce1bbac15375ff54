"""The shelf of a Redis ledger, where dead letters lie until an operator has dealt with them, or they are as old as anything we remember."""

import json
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from redis.asyncio import Redis as Client

from bridge.errors import Verdict
from bridge.ledger import Aside, End, Retried, Taking
from bridge.ledger.line import Line
from bridge.ledger.packed import Dropping, Retrial
from bridge.ledger.rows import moment


class RedisShelf:
    """The answers of a ``Redis``."""

    client: Client
    prefix: str
    line: Line
    _ask: Callable[[Callable[[], Awaitable[Any]]], Awaitable[Any]]
    _command: Callable[..., Awaitable[Any]]

    async def asides(self, limit: int, *, before: int | None = None, ended: bool = False) -> list[Aside]:
        """See ``Ledger``."""
        found: list[Aside] = []
        last = f"({before}-0" if before is not None else "+"
        while len(found) < limit:
            rows = await self._ask(partial(self._asides, last, "-", limit))
            found += [each for each in rows if ended or not each.ended]
            if len(rows) < limit:
                break
            last = f"({rows[-1].number}-0"
        return found[:limit]

    async def _asides(self, last: str, first: str, limit: int) -> list[Aside]:
        rows = await self._command("XREVRANGE", "asides", last, first, "COUNT", limit)
        numbers = [number.partition(b"-")[0] for number, _ in rows]
        ends = await self._command("HMGET", "ends", *numbers) if numbers else []
        return [aside(int(number), fields, end) for number, (_, fields), end in zip(numbers, rows, ends, strict=True)]

    async def shelved(self) -> int:
        """See ``Ledger``."""

        async def read() -> list[int]:
            pipeline = self.client.pipeline(transaction=True)
            pipeline.xlen(f"{self.prefix}asides")
            pipeline.hlen(f"{self.prefix}ends")
            return await pipeline.execute()

        every, ended = await self._ask(read)
        return int(every) - int(ended)

    async def aside(self, number: int) -> Aside | None:
        """See ``Ledger``."""
        found = await self._ask(lambda: self._asides(f"{number}-0", f"{number}-0", 1))
        return found[0] if found else None

    async def retry(self, number: int, again: Taking | None = None) -> Retried | None:
        """See ``Ledger``."""
        dead = await self.aside(number)
        if dead is None:
            return None
        found: list[Retried | None] = await self.line.write([Retrial(dead, again)])
        return found[0]

    async def drop(self, number: int, reason: str) -> End | None:
        """See ``Ledger``."""
        found: list[End | None] = await self.line.write([Dropping(number, reason)])
        return found[0]


def aside(number: int, fields: dict[bytes, bytes], end: bytes | None) -> Aside:
    """An entry of what was set aside, and its end."""
    at, link, recipient, message_id, verdict = (fields[name].decode() for name in (b"at", b"link", b"recipient", b"id", b"verdict"))
    ended = json.loads(end) if end else None
    closed = ended and End(moment(ended[0]), *ended[1:])
    return Aside(number, moment(int(at)), link, recipient, message_id or None, Verdict.model_validate_json(verdict), fields[b"data"], closed)
