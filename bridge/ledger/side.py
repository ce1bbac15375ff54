"""The urgent lane goes on while Redis is away: through a SQLite ledger beside it, with an epoch of its own.

When Redis is back it takes over what the side ledger holds, known by message id, and begins a new epoch: what is said from then on
is newer than what was said meanwhile. Tickets of the side ledger have negative numbers. A message that was at work at either change
may be given once more, with the same id.
"""

import asyncio
import random
from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import structlog

from bridge import crash
from bridge.errors import Unavailable
from bridge.kinds import lane
from bridge.ledger import Heard, Message, Outcome, Relayed, Settlement, Taking, Ticket
from bridge.ledger.redis import Redis
from bridge.ledger.remembered import remembered
from bridge.ledger.sqlite import Sqlite
from bridge.records import Head

log = structlog.get_logger()
PATIENCE = 1.0
"""Seconds between two looks whether Redis is back."""
SPREAD = 1000
"""Epochs among which two processes that lose Redis together choose theirs when the clock is behind."""
PIECE = 100
"""Messages taken over in one step."""


class Sided(Redis):
    """A Redis ledger with a side ledger for the urgent lane."""

    def __init__(self, path: Path, *main: Any, **options: Any) -> None:
        """``path``: the side ledger's file, there only while something in it has not been taken over. The rest as in ``Redis``."""
        super().__init__(*main, **options)
        self.path = path
        self.side = self._beside() if path.exists() else None
        self.lock = asyncio.Lock()
        self.watch: asyncio.Task[None] | None = None

    def _beside(self) -> Sqlite:
        return Sqlite(self.path, self.hub, self.clock, after=self.epoch + random.randrange(SPREAD))  # noqa: S311  no secret

    async def accept(self, batch: Sequence[Taking | Heard | Relayed]) -> list[Outcome]:
        """See ``Ledger``. While Redis is away only what is urgent is held.

        Of a mixed batch that is held and handed on, too, but the whole is ``Unavailable``: asked again, the urgent part is known.
        """
        urgent = [item for item in batch if is_urgent(item)]
        whole = len(urgent) == len(batch)
        if whole and (outcomes := await self._beside_it(urgent)):
            return outcomes
        try:
            await self._merge()
            return await super().accept(batch)
        except Unavailable:
            if not urgent:
                raise
        outcomes = await self._beside_it(urgent, begin=True)
        if not whole:
            self.stir({ticket.queue for outcome in outcomes for ticket in outcome.tickets})
            raise Unavailable(f"ledger {self.hub}: only what is urgent is held")
        return outcomes

    async def _beside_it(self, urgent: Sequence[Taking | Heard | Relayed], *, begin: bool = False) -> list[Outcome]:
        """Into the side ledger. Nothing if there is none any more once it is our turn, for Redis is back, unless we are to ``begin`` one."""
        async with self.lock:
            if self.side is None and not begin:
                return []
            if self.side is None:
                log.warning("side", path=str(self.path))
                self.side = self._beside()
            outcomes = [ours(outcome) for outcome in await self.side.accept(urgent)]
        self._watch()
        return outcomes

    async def waiting(self, queue: str, limit: int) -> list[Ticket]:
        """See ``Ledger``. From both."""
        self._watch()
        try:
            found = await super().waiting(queue, limit)
        except Unavailable:
            if not queue.endswith("/urgent") and self.side is None:
                raise
            found = []
        async with self.lock:
            beside = await self.side.waiting(queue, limit) if self.side else []
        return [*found, *map(turned, beside)][:limit]

    async def settle(self, batch: Sequence[Settlement]) -> list[Outcome]:
        """See ``Ledger``. What was taken over in the meantime is known to Redis by its message and queue."""
        rest, outcomes = list(batch), []
        async with self.lock:
            if self.side:
                beside = [each._replace(ticket=turned(each.ticket)) for each in batch if self._here(each.ticket)]
                rest = [each for each in batch if not self._here(each.ticket)]
                outcomes = [ours(outcome) for outcome in await self.side.settle(beside)]
        return outcomes + (await super().settle(rest) if rest else [])

    async def defer(self, tickets: Sequence[Ticket], until: datetime, *, counted: bool = True) -> None:
        """See ``Ledger``."""
        rest = list(tickets)
        async with self.lock:
            if self.side:
                await self.side.defer([turned(ticket) for ticket in tickets if self._here(ticket)], until, counted=counted)
                rest = [ticket for ticket in tickets if not self._here(ticket)]
        if rest:
            await super().defer(rest, until, counted=counted)

    def _here(self, ticket: Ticket) -> bool:
        """Whether a ticket is of the side ledger that is open now: numbers begin at its epoch, those of an earlier one are lower."""
        return self.side is not None and -ticket.number > self.side.epoch * 1000

    def _watch(self) -> None:
        if self.side and (self.watch is None or self.watch.done()):
            self.watch = asyncio.get_running_loop().create_task(self._return())

    async def _return(self) -> None:
        while self.side:
            await asyncio.sleep(PATIENCE)
            try:
                await self._merge()
            except Unavailable as error:
                log.debug("unavailable", link="side", reason=str(error))

    async def _merge(self) -> None:
        """Hands all that the side ledger holds over to Redis. Done twice, it changes nothing."""
        async with self.lock:
            side = self.side
            if side is None:
                return
            past, heard = await side.worker.run(remembered)
            await self.adopt(past)
            crash.point("adopted")
            for first in range(0, len(heard), PIECE):
                await super().accept(heard[first : first + PIECE])
                crash.point("handed-over")
            await side.close()
            crash.point("forgetting")
            self._forget()
            self.side = None
            self.stir(self.queues)
            log.warning("merged", count=len(heard))

    def _forget(self) -> None:
        for suffix in ("", "-wal", "-shm"):
            Path(f"{self.path}{suffix}").unlink(missing_ok=True)

    async def notes(self, prefix: str) -> dict[str, bytes]:
        """See ``Ledger``. Of what the side ledger holds Redis must know first."""
        await self._merge()
        return await super().notes(prefix)

    async def heads(self, hub: str | None = None) -> list[tuple[str, Head]]:
        """See ``Ledger``. What the side ledger holds belongs to them."""
        await self._merge()
        return await super().heads(hub)

    async def gaps(self, stream: str, epoch: int, first: int, last: int, limit: int = 100) -> list[tuple[int, int]]:
        """See ``Ledger``. What the side ledger holds is not missing."""
        await self._merge()
        return await super().gaps(stream, epoch, first, last, limit)

    async def renew(self, after: int) -> int:
        """See ``Ledger``. What the side ledger has numbered is older."""
        await self._merge()
        return await super().renew(after)

    async def picture(self, kinds: Sequence[str] = ()) -> AsyncIterator[Message]:
        """See ``Ledger``."""
        await self._merge()
        async for message in super().picture(kinds):
            yield message

    async def since(self, mark: int, limit: int) -> tuple[int, list[Message]]:
        """See ``Ledger``."""
        await self._merge()
        return await super().since(mark, limit)

    async def oldest(self, queues: Sequence[str]) -> dict[str, datetime]:
        """See ``Ledger``. From both."""
        async with self.lock:
            beside = await self.side.oldest(queues) if self.side else {}
        found = await super().oldest(queues)
        return {queue: min(ages) for queue in queues if (ages := [each[queue] for each in (found, beside) if queue in each])}

    async def close(self) -> None:
        """See ``Ledger``."""
        if self.watch is not None:
            self.watch.cancel()
        if self.side is not None:
            await self.side.close()
        await super().close()


def is_urgent(item: Taking | Heard | Relayed) -> bool:
    """Whether all of it is."""
    kinds = [item.envelope.kind] if isinstance(item, Heard | Relayed) else [sealed.envelope.kind for sealed in item.sealed]
    return bool(kinds) and all(lane(kind) == "urgent" for kind in kinds)


def turned(ticket: Ticket) -> Ticket:
    """A ticket of the side ledger, or the reverse."""
    return ticket._replace(number=-ticket.number)


def ours(outcome: Outcome) -> Outcome:
    """An outcome with tickets of the side ledger."""
    return outcome._replace(tickets=tuple(map(turned, outcome.tickets)))
