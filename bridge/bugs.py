"""Six defects as people make them, put into a bridge from outside, with either ledger: ``regionbus chaos`` must notice each of them.

Only a bridge that the harness itself has started, with ``REGIONBUS_BUG`` set, ever calls this; the code of the bridge knows nothing of it.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Any

import structlog

from bridge.errors import Unavailable
from bridge.ledger import BUS, Heard, Outcome, Settlement, Taking, sqlite_accept
from bridge.ledger.redis import Redis
from bridge.ledger.sqlite import Sqlite
from bridge.ledger.sqlite_step import Step
from bridge.ledger.worker import Job
from bridge.links import feed
from bridge.links.inlet import Inlet
from bridge.ports import Answer, Given, Taken
from bridge.ports.http import HttpOut

Accept = Callable[[Any, Sequence[Taking | Heard]], Awaitable[list[Outcome]]]

log = structlog.get_logger()
MOMENT = 0.05
"""Seconds between two steps that belong together: what a busy disk takes."""
LAZY = 2.0
"""Seconds that a write may lie in the page cache."""


def acknowledge_before_commit() -> None:
    """The source has its receipt before the ledger has the piece."""
    accept = Inlet.accept

    async def hasty(self: Inlet, batch: list[Taken], takings: list[Taking]) -> None:
        for taken, found in zip(batch, takings, strict=True):
            await taken.done(Answer(tuple((sealed.envelope.message_id, "accepted") for sealed in found.sealed)))
        await asyncio.sleep(MOMENT)
        await accept(self, batch, takings)

    Inlet.accept = hasty  # type: ignore[method-assign]


def remember_before_handing_over() -> None:
    """The key of a piece is remembered in one transaction, the piece is queued in the next."""

    def halved(accept: Accept) -> Accept:
        async def twice(self: Any, batch: Sequence[Taking | Heard]) -> list[Outcome]:
            takings = [each for each in batch if isinstance(each, Taking)]
            if len(takings) < len(batch):
                return await accept(self, batch)
            known = await accept(self, [replace(each, sealed=(), refused=()) for each in takings])
            await asyncio.sleep(MOMENT)
            fresh = [replace(each, fresh=True) for each, old in zip(takings, known, strict=True) if not old.again]
            new = iter(await accept(self, fresh) if fresh else [])
            return [old if old.again else next(new) for old in known]

        return twice

    for ledger in (Sqlite, Redis):
        ledger.accept = halved(ledger.accept)  # type: ignore[method-assign, assignment]


def puback_is_delivery() -> None:
    """What the broker has acknowledged counts as heard: the journal never offers it again."""
    settle, settle_redis = sqlite_accept.settle, Redis.settle

    def final(step: Step, batch: Sequence[Settlement]) -> list[Outcome]:
        for each in batch:
            if each.ticket.recipient == BUS:
                step.do("update journal set heard = 1 where message_id = ?", each.ticket.message.message_id)
        return settle(step, batch)

    async def final_redis(self: Redis, batch: Sequence[Settlement]) -> list[Outcome]:
        outcomes = await settle_redis(self, batch)
        if ids := [each.ticket.message.message_id for each in batch if each.ticket.recipient == BUS]:
            await self._ask(lambda: self._command("ZREM", "unheard", *ids))
        return outcomes

    sqlite_accept.settle, Redis.settle = final, final_redis  # type: ignore[method-assign]


def no_fsync() -> None:
    """A transaction counts as durable while it lies in the page cache.

    A kill -9 leaves the page cache alone, a power cut does not. So here what is not synced stays in an open transaction, seen by
    the process and by nobody else, and is written every two seconds: a kill then takes what a power cut would. A Redis appends no more.
    """
    written = {"at": time.monotonic()}

    def lazily(self: Sqlite, jobs: list[Job]) -> list[Any]:
        self.db = self.db or self._open()
        if not self.db.in_transaction:
            self.db.execute("begin immediate")
        results = self._done(self.db, jobs)
        if time.monotonic() > written["at"] + LAZY:
            self.db.execute("commit")
            written["at"] = time.monotonic()
        return results

    greet = Redis._greet  # noqa: SLF001

    async def carefree(self: Redis) -> None:
        await greet(self)
        await self.client.config_set("appendonly", "no")

    Sqlite._commit, Redis._greet = lazily, carefree  # type: ignore[method-assign]  # noqa: SLF001


def unbounded_queue() -> None:
    """Everything that waits for a recipient lies in memory."""
    feed.MEMORY = 1 << 40


def swallowed_exception() -> None:
    """What goes wrong while giving is logged, and the message counts as given."""
    give = HttpOut.give

    async def careless(self: HttpOut, given: Given) -> None:
        try:
            await give(self, given)
        except Unavailable:
            log.exception("unavailable", link=self.url, reason="swallowed")

    HttpOut.give = careless  # type: ignore[method-assign]


BUGS: dict[str, Callable[[], None]] = {
    "ack-before-commit": acknowledge_before_commit,
    "remember-before-hand-over": remember_before_handing_over,
    "puback-is-delivery": puback_is_delivery,
    "no-fsync": no_fsync,
    "unbounded-queue": unbounded_queue,
    "swallowed-exception": swallowed_exception,
}
