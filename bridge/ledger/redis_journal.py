"""What a Redis ledger tells of its journal: messages, what became of them, and the sum."""

import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import datetime
from typing import Any

from redis.asyncio import Redis as Client

from bridge.kinds import CLASSES
from bridge.ledger import Fate, Message, Trace, receipt_queue
from bridge.ledger.packed import from_journal, words
from bridge.ledger.rows import millis, moment
from bridge.ledger.rules import AHEAD

PAGE = 500
"""Messages read in one piece."""
UUID = re.compile("[0-9a-f-]+")
"""What a message id consists of, and nothing that stands for something else in a pattern."""


class RedisJournal:
    """The answers of a ``Redis``."""

    client: Client
    prefix: str
    clock: Callable[[], datetime]
    _ask: Callable[[Callable[[], Awaitable[Any]]], Awaitable[Any]]
    _command: Callable[..., Awaitable[Any]]

    async def _messages(self, ids: Sequence[bytes], *fields: str) -> list[Any]:
        """Head, envelope and more fields of each; only of those whose bytes are still there."""
        pipeline = self.client.pipeline(transaction=False)
        for each in ids:
            pipeline.hmget(f"{self.prefix}m:{each.decode()}", ["head", "envelope", *fields])
        rows = await pipeline.execute() if ids else []
        return [(each, *row) for each, row in zip(ids, rows, strict=True) if row[1] is not None]

    async def unheard(self, before: datetime, limit: int) -> list[Message]:
        """See ``Ledger``."""

        async def read() -> list[Any]:
            return await self._messages(await self._command("ZRANGE", "unheard", 0, limit - 1))

        late = millis(self.clock()) + AHEAD
        return [from_journal(*row) for row in await self._ask(read) if not millis(before) <= json.loads(row[1])[-1] <= late]

    async def replay(self, stream: str, epoch: int, first: int, last: int) -> AsyncIterator[Message]:
        """See ``Ledger``."""

        async def read() -> list[Any]:
            return await self._messages(await self._command("ZRANGEBYSCORE", f"j:{stream}:{epoch}", first, last, "LIMIT", 0, PAGE))

        while first <= last:
            found = [from_journal(*row) for row in await self._ask(read)]
            for message in found:
                yield message
            first = found[-1].carrier.sequence + 1 if found else last + 1

    async def receipts(self, author: str, message_id: str) -> list[Message]:
        """See ``Ledger``."""
        queue = receipt_queue(author)

        async def read() -> list[Any]:
            found = await self._command("ZRANGEBYLEX", f"r:{queue}", f"[{message_id}/", f"({message_id}0")
            return await self._messages([each.rpartition(b"|")[2] for each in found], queue)

        rows = sorted(await self._ask(read), key=lambda row: json.loads(row[3])[0])
        return [from_journal(*row[:3]) for row in rows]

    async def sum(self) -> list[Fate]:
        """See ``Ledger``."""
        found = await self._ask(lambda: self._command("HGETALL", "sums"))
        return sorted(fate(field.decode(), int(many)) for field, many in found.items() if int(many))

    async def trace(self, message_id: str) -> list[Trace]:
        """See ``Ledger``."""
        found = await self._ask(lambda: self._command("HGETALL", f"m:{message_id}"))
        rows = sorted((json.loads(row) for field, row in found.items() if b"/" in field), key=lambda row: (row[3], row[0]))
        past = [Trace(moment(at), *rest) for at, *rest in json.loads(found.get(b"past", b"[]"))]
        steps = [*past, *(Trace(moment(at), recipient, stage, reason) for _, recipient, stage, at, reason, *_ in rows)]
        return sorted(steps, key=lambda step: step.at)

    async def message(self, message_id: str) -> Message | None:
        """See ``Ledger``. Of what a full server has let go of only the life is kept."""
        found = await self._ask(lambda: self._messages([message_id.encode()]))
        return from_journal(*found[0]) if found else None

    async def find(self, words: str, limit: int) -> list[str]:
        """See ``Ledger``."""
        return sorted({*await self._ask(lambda: self._said(words)), *await self._ask(lambda: self._begun(words, limit))})[:limit]

    async def _said(self, subject: str) -> list[str]:
        streams = {place.decode().rpartition("|")[0] for place in await self._command("HKEYS", "streams")}
        keys = [f"{self.prefix}s:{words(stream, kind, subject)}" for stream in streams for kind in CLASSES]
        return [json.loads(row)[1] for row in (await self.client.mget(keys) if keys else []) if row]

    async def _begun(self, start: str, limit: int) -> set[str]:
        """Looks through the journals piece by piece: a command's question, never one of the hub's."""
        known = [*await self._command("HKEYS", "streams"), *await self._command("HKEYS", "places")]
        places = [f"j:{place.decode().replace('|', ':')}" for place in known]
        found: set[str] = set()
        for key in ("ended", "hollow", *places) if UUID.fullmatch(start) else ():
            async for member, _ in self.client.zscan_iter(f"{self.prefix}{key}", match=f"{start}*", count=PAGE):
                found.add(member.decode())
            if len(found) >= limit:
                break
        return found

    async def oldest(self, queues: Sequence[str]) -> dict[str, datetime]:
        """See ``Ledger``."""

        async def read() -> list[Any]:
            first = [await self._command("ZRANGE", f"q:{queue}", 0, 0) for queue in queues]
            rows = [await self._command("HGET", f"m:{ids[0].decode()}", queue) if ids else None for queue, ids in zip(queues, first, strict=True)]
            return [(queue, json.loads(row)[3]) for queue, row in zip(queues, rows, strict=True) if row]

        return {queue: moment(at) for queue, at in await self._ask(read)}


def fate(field: str, many: int) -> Fate:
    """One line of the sum."""
    recipient, stream, stage = field.split("|")
    return Fate(recipient, stream, stage, many)
