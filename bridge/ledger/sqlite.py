"""The SQLite ledger: the embedded default. WAL, synchronous=FULL, one thread, one transaction for all that has gathered."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import datetime
from importlib.resources import files
from pathlib import Path
from typing import Any

import structlog

from bridge.errors import Unavailable
from bridge.ledger import (
    Aside,
    End,
    Fate,
    Heard,
    Message,
    Note,
    Outcome,
    Relayed,
    Retried,
    Settlement,
    Taking,
    Ticket,
    Trace,
    receipt_queue,
    sqlite_accept,
    sqlite_journal,
    sqlite_queues,
    sqlite_retry,
    sqlite_shelf,
)
from bridge.ledger.rows import message, millis, moment
from bridge.ledger.sqlite_picture import SqlitePicture, draw, drawn
from bridge.ledger.sqlite_places import SqlitePlaces
from bridge.ledger.sqlite_step import LAST, Step
from bridge.ledger.worker import Job, Worker

log = structlog.get_logger()
TURN = 1.0
"""Seconds between two looks whether another process has stirred a queue."""


class Sqlite(SqlitePlaces, SqlitePicture):
    """A hub's ledger in one file."""

    def __init__(self, path: Path | str, hub: str, clock: Callable[[], datetime], *, after: int = 0) -> None:
        """Opens or makes the file. ``clock`` tells this hub's time; a new file's epoch is newer than ``after``."""
        self.path, self.hub, self.clock = str(path), hub, clock
        self.worker = Worker(self._commit)
        self.db: sqlite3.Connection | None = None
        self.epoch = after

    def _open(self) -> sqlite3.Connection:
        db = sqlite3.connect(self.path, isolation_level=None, check_same_thread=False, cached_statements=512, timeout=0.5)
        db.execute("pragma journal_mode=wal")
        db.execute("pragma synchronous=full")
        db.executescript(files("bridge.ledger").joinpath("sqlite.sql").read_text("utf-8"))
        db.execute("insert or ignore into meta values ('epoch', ?)", (max(millis(self.clock()), self.epoch + 1),))
        (self.epoch,) = db.execute("select value from meta where name = 'epoch'").fetchone()
        numbered = "select 1 from sqlite_sequence where name = 'deliveries'"
        db.execute(f"insert into sqlite_sequence select 'deliveries', ? where not exists ({numbered})", (self.epoch * 1000,))
        drawn(db)
        return db

    def _commit(self, jobs: list[Job]) -> list[Any]:
        """All jobs in one transaction: they happen together or not at all."""
        try:
            self.db = self.db or self._open()
            self.db.execute("begin immediate")
            try:
                results = self._done(self.db, jobs)
                self.db.execute("commit")
            except BaseException:
                if self.db.in_transaction:  # a full disk has ended it already
                    self.db.execute("rollback")
                raise
        except sqlite3.Error as error:
            raise Unavailable(f"ledger {self.path}: {error}") from error
        return results

    def _done(self, db: sqlite3.Connection, jobs: list[Job]) -> list[Any]:
        """What the jobs answer. Which epoch it is the file says: a renewal may have failed, or be another process's."""
        (epoch,) = db.execute("select value from meta where name = 'epoch'").fetchone()
        step = Step(db, self.hub, epoch, millis(self.clock()))
        results = [job(step) for job in jobs]
        draw(step)
        self.epoch = step.epoch
        return results

    # ---- accepting

    async def accept(self, batch: Sequence[Taking | Heard | Relayed]) -> list[Outcome]:
        """See ``Ledger``."""
        return await self.worker.run(sqlite_accept.accept, batch)

    async def renew(self, after: int) -> int:
        """See ``Ledger``."""
        return await self.worker.run(sqlite_journal.renew, after)

    async def note(self, note: Note) -> None:
        """See ``Ledger``."""
        await self.worker.run(sqlite_accept.note, note)

    async def notes(self, prefix: str) -> dict[str, bytes]:
        """See ``Ledger``."""
        return dict(await self._rows("select name, data from notes where name >= ? and name < ?", prefix, f"{prefix}{LAST}"))

    async def _rows(self, sql: str, *values: Any) -> list[Any]:
        return await self.worker.run(Step.rows, sql, *values)

    # ---- handing on

    async def waiting(self, queue: str, limit: int) -> list[Ticket]:
        """See ``Ledger``."""
        return await self.worker.run(sqlite_queues.waiting, queue, limit)

    async def stirred(self) -> list[str]:
        """See ``Ledger``. One process has it all in its own hands, but for what an operator's command puts back."""
        while True:
            await asyncio.sleep(TURN)
            try:
                if rows := await self._rows("delete from stirred returning queue"):
                    return sorted(queue for (queue,) in rows)
            except Unavailable as error:
                log.debug("unavailable", link="ledger", reason=str(error))

    async def settle(self, batch: Sequence[Settlement]) -> list[Outcome]:
        """See ``Ledger``."""
        return await self.worker.run(sqlite_accept.settle, batch)

    async def defer(self, tickets: Sequence[Ticket], until: datetime, *, counted: bool = True) -> None:
        """See ``Ledger``."""
        await self.worker.run(sqlite_queues.defer, tickets, millis(until), counted=counted)

    async def oldest(self, queues: Sequence[str]) -> dict[str, datetime]:
        """See ``Ledger``."""
        return {queue: moment(at) for queue, at in await self.worker.run(sqlite_queues.oldest, queues)}

    # ---- looking back

    async def unheard(self, before: datetime, limit: int) -> list[Message]:
        """See ``Ledger``."""
        return await self.worker.run(sqlite_journal.unheard, millis(before), limit)

    async def replay(self, stream: str, epoch: int, first: int, last: int) -> AsyncIterator[Message]:
        """See ``Ledger``."""
        while first <= last and (page := await self.worker.run(sqlite_journal.replay, stream, epoch, first, last)):
            for each in page:
                yield each
            first = page[-1].carrier.sequence + 1

    async def receipts(self, author: str, message_id: str) -> list[Message]:
        """See ``Ledger``."""
        rows = await self._rows(sqlite_queues.RECEIPTS, receipt_queue(author), f"{message_id}/", f"{message_id}0")
        return [message(row) for row in rows]

    async def sum(self) -> list[Fate]:
        """See ``Ledger``."""
        return [Fate(*row) for row in await self._rows("select recipient, stream, stage, count from sums where count order by 1, 2, 3")]

    async def trace(self, message_id: str) -> list[Trace]:
        """See ``Ledger``."""
        return await self.worker.run(sqlite_queues.trace, message_id)

    async def message(self, message_id: str) -> Message | None:
        """See ``Ledger``."""
        return await self.worker.run(sqlite_journal.by_id, message_id)

    async def find(self, words: str, limit: int) -> list[str]:
        """See ``Ledger``."""
        return await self.worker.run(sqlite_journal.find, words, limit)

    # ---- what was set aside, and what is forgotten

    async def asides(self, limit: int, *, before: int | None = None, ended: bool = False) -> list[Aside]:
        """See ``Ledger``."""
        return await self.worker.run(sqlite_shelf.page, limit, before, ended=ended)

    async def shelved(self) -> int:
        """See ``Ledger``."""
        return await self.worker.run(sqlite_shelf.shelved)

    async def aside(self, number: int) -> Aside | None:
        """See ``Ledger``."""
        return await self.worker.run(sqlite_shelf.find, number)

    async def retry(self, number: int, again: Taking | None = None) -> Retried | None:
        """See ``Ledger``."""
        return await self.worker.run(sqlite_retry.retry, number, again)

    async def drop(self, number: int, reason: str) -> End | None:
        """See ``Ledger``."""
        return await self.worker.run(sqlite_shelf.drop, number, reason)

    async def prune(self, before: datetime, limit: int) -> int:
        """See ``Ledger``."""
        return await self.worker.run(
            lambda step: max(sqlite_shelf.prune(step, millis(before), limit), sqlite_journal.forget(step, millis(before), limit))
        )

    async def close(self) -> None:
        """See ``Ledger``."""
        await self.worker.close()
        if self.db is not None:
            self.db.close()
