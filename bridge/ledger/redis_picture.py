"""The newest message of every subject in a Redis ledger."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import suppress
from functools import partial
from importlib.resources import files
from typing import Any

from redis.asyncio import Redis as Client

from bridge import wire
from bridge.errors import Rejected, Unavailable
from bridge.kinds import NEWEST_WINS
from bridge.ledger import Message
from bridge.ledger.packed import from_journal, subject
from bridge.records import Envelope

PAGE = 500
"""Messages read in one piece."""


class RedisPicture:
    """The answers of a ``Redis``."""

    client: Client
    prefix: str
    _ask: Callable[[Callable[[], Awaitable[Any]]], Awaitable[Any]]
    _command: Callable[..., Awaitable[Any]]
    _messages: Callable[..., Awaitable[Any]]

    async def picture(self, kinds: Sequence[str] = ()) -> AsyncIterator[Message]:
        """See ``Ledger``."""
        wanted, seen, cursor = {kind.encode() for kind in kinds}, set[bytes](), 0
        while True:
            cursor, found = await self._ask(partial(self._command, "HSCAN", "picture", cursor, "COUNT", PAGE))
            fresh = {words: row for words, row in found.items() if words not in seen and (not wanted or words.split(b"|", 3)[2] in wanted)}
            seen.update(fresh)  # the server may show one twice
            for row in await self._ask(partial(self._messages, [newest(row) for row in fresh.values()])):
                yield from_journal(*row)
            if int(cursor) == 0:
                return

    async def since(self, mark: int, limit: int) -> tuple[int, list[Message]]:
        """See ``Ledger``. Only what is the newest of its subject."""

        async def read() -> tuple[int, list[Any]]:
            found = await self._command("ZRANGEBYSCORE", "shown", f"({mark}", "+inf", "WITHSCORES", "LIMIT", 0, limit)
            if not found:
                return min(mark, int(await self.client.get(f"{self.prefix}number") or 0)), []
            rows = await self._command("HMGET", "picture", *found[::2])
            return int(float(found[-1])), await self._messages([newest(row) for row in rows if row])

        mark, rows = await self._ask(read)
        return mark, [from_journal(*row) for row in rows]

    async def _draw(self) -> None:
        """Fills the picture of what an earlier version wrote from its messages, once."""
        if await self.client.exists(f"{self.prefix}drawn"):
            return
        start, found, known = f"{self.prefix}m:", list[bytes](), list[tuple[int, bytes]]()
        async for key in self.client.scan_iter(f"{start}*", count=PAGE):
            found.append(key.removeprefix(start.encode()))
        for place in range(0, len(found), PAGE):
            known += [(json.loads(head)[-1], message_id) for message_id, head, _ in await self._messages(found[place : place + PAGE])]
        known.sort(reverse=True)  # of what is never superseded the first to come stays
        script = f"#!lua flags=allow-oom\n{files('bridge.ledger').joinpath('draw.lua').read_text('utf-8')}"
        for place in range(0, len(known), PAGE):
            rows = await self._messages([message_id for _, message_id in known[place : place + PAGE]])
            packed = json.dumps([shown for row in rows for shown in journalled(*row)])
            await self.client.execute_command("EVAL", script, 1, self.prefix, packed)  # type: ignore[no-untyped-call]
        await self.client.set(f"{self.prefix}drawn", 1)


def newest(row: bytes) -> bytes:
    """The id of what is shown."""
    return str(json.loads(row)[2]).encode()


def journalled(message_id: bytes, head: bytes, data: bytes) -> Iterator[list[Any]]:
    """What a message of the journal shows: nothing if it is a receipt, has no place, or is of a schema that is not known here."""
    _, _, _, epoch, sequence, *_ = json.loads(head)
    with suppress(Rejected, Unavailable):
        envelope = wire.decode(data, Envelope)
        if envelope.kind != "receipt" and sequence != "0":
            yield [subject(envelope), epoch, sequence, message_id.decode(), envelope.kind in NEWEST_WINS]
