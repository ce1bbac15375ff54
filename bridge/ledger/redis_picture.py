"""The newest message of every subject in a Redis ledger."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from functools import partial
from typing import Any

from bridge.ledger import Message
from bridge.ledger.packed import from_journal

PAGE = 500
"""Messages read in one piece."""


class RedisPicture:
    """The answers of a ``Redis``."""

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
            ids = [json.loads(row)[2].encode() for row in fresh.values()]
            for row in await self._ask(partial(self._messages, ids)):
                yield from_journal(*row)
            if int(cursor) == 0:
                return
