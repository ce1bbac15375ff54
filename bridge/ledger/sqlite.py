"""The SQLite ledger: the embedded default. WAL, synchronous=FULL, one thread, one transaction for all that has gathered."""

import asyncio
import json
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from datetime import datetime
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

import structlog

from bridge import crash, wire
from bridge.envelope import Sealed
from bridge.errors import Unavailable, Verdict
from bridge.kinds import NEWEST_WINS, lane
from bridge.ledger import (
    BUS,
    NOBODY,
    Aside,
    End,
    Fate,
    Heard,
    Message,
    Note,
    Outcome,
    Owed,
    Refused,
    Relayed,
    Retried,
    Settlement,
    Taking,
    Ticket,
    Trace,
    bus_queue,
    receipt_queue,
    shelf,
)
from bridge.ledger.rows import MESSAGE, message, millis, moment
from bridge.ledger.sqlite_picture import Shown, SqlitePicture, drawn
from bridge.ledger.sqlite_places import SqlitePlaces
from bridge.ledger.worker import Job, Worker
from bridge.records import Carrier, Envelope

log = structlog.get_logger()
SKEW = 5 * 60 * 1000
"""Milliseconds by which an ``updated_at`` may lie in this hub's future and still decide what is newest."""
AHEAD = 2 * 60 * 1000
"""Milliseconds by which what we wrote may lie in our future; what lies farther ahead was written before our clock was set back."""
COALESCED = frozenset({"resource-state"})
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
        self.shown: list[Shown] = []

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
                (self.epoch,) = self._one("select value from meta where name = 'epoch'")  # a renewal may have failed, or be another process's
                results = [job() for job in jobs]
                self._draw()
                self.db.execute("commit")
            except BaseException:
                self.shown.clear()
                if self.db.in_transaction:  # a full disk has ended it already
                    self.db.execute("rollback")
                raise
        except sqlite3.Error as error:
            raise Unavailable(f"ledger {self.path}: {error}") from error
        return results

    def _one(self, sql: str, *values: Any) -> Any:
        assert self.db is not None
        return self.db.execute(sql, values).fetchone()

    def _do(self, sql: str, *values: Any) -> sqlite3.Cursor:
        assert self.db is not None
        return self.db.execute(sql, values)

    # ---- accepting

    async def accept(self, batch: Sequence[Taking | Heard | Relayed]) -> list[Outcome]:
        """See ``Ledger``."""
        return await self.worker.run(lambda: self._accept(batch))

    def _accept(self, batch: Sequence[Taking | Heard | Relayed]) -> list[Outcome]:
        crash.point("accept-begun")
        outcomes = [self._outcome(each) for each in batch]
        crash.point("accept-written")
        return outcomes

    def _outcome(self, item: Taking | Heard | Relayed) -> Outcome:
        match item:
            case Taking():
                return self._taking(item)
            case Heard():
                return self._heard(item)
            case Relayed():
                return self._relayed(item)

    def _taking(self, taking: Taking) -> Outcome:
        if not taking.fresh and (known := self._one("select outcome from taken where key = ?", taking.key)):
            return Outcome(tuple((message_id, state) for message_id, state in json.loads(known[0])), again=True)
        now = millis(self.clock())
        states, tickets = [], []
        for sealed in taking.sealed:
            message_id, state, ticket = self._say(sealed, now)
            states.append((message_id, state))
            tickets += [ticket] if ticket else []
        for refused in taking.refused:
            self._aside(taking.link, NOBODY, None, refused)
            self._count(NOBODY, taking.agency, "owed", "refused")
        self._do("insert or replace into taken values (?, ?, ?)", taking.key, now, json.dumps(states))
        if taking.note:
            self._note(taking.note)
        return Outcome(tuple(states), tuple(tickets))

    def _say(self, sealed: Sealed, now: int) -> tuple[str, Any, Ticket | None]:
        """New, said before, or older than what was said: in this order (DESIGN section 5, Once and Newest wins)."""
        envelope = sealed.envelope
        key = (sealed.stream, envelope.kind, envelope.subject)
        where = "where stream = ? and kind = ? and subject = ?"
        last = self._one(f"select digest, message_id, revision, updated_at from said {where}", *key)  # noqa: S608
        if last and last[0] == sealed.digest:
            self._do(f"update said set at = ? {where}", now, *key)  # noqa: S608
            self._count(BUS, sealed.stream, "repeated")
            return last[1], "repeated", None
        if last and self._one("select 1 from journal where message_id = ?", envelope.message_id):
            self._count(BUS, sealed.stream, "repeated")
            return envelope.message_id, "repeated", None
        updated = millis(sealed.updated_at) if sealed.updated_at else None
        if updated and updated > now + SKEW:
            updated = None
        if last and envelope.kind in NEWEST_WINS and older(sealed.revision, updated, last[2], last[3]):
            self._journal(sealed.topic, self._carrier(sealed, 0), envelope, now, heard=True)
            self._owe(Owed(f"{BUS}/late", BUS, "superseded", "a newer one was said before it"), envelope, sealed.stream, now)
            return envelope.message_id, "superseded", None
        row = (*key, sealed.digest, envelope.message_id, sealed.revision, updated, now)
        self._do("insert or replace into said values (?,?,?,?,?,?,?,?)", *row)
        carrier = self._carrier(sealed, self._next(sealed.stream))
        crash.point("numbered")
        self._journal(sealed.topic, carrier, envelope, now, heard=False)
        return envelope.message_id, "accepted", self._for_bus(Message(str(sealed.topic), envelope.message_id, carrier), envelope, now)

    def _for_bus(self, message: Message, envelope: Envelope, now: int) -> Ticket:
        queue = bus_queue(lane(envelope.kind))
        return Ticket(self._owe(Owed(queue, BUS), envelope, message.carrier.stream, now), queue, BUS, 0, message)

    def _carrier(self, sealed: Sealed, sequence: int) -> Carrier:
        return Carrier(hub=self.hub, stream=sealed.stream, epoch=self.epoch, sequence=sequence, envelope=sealed.data)

    def _next(self, stream: str) -> int:
        sql = "insert into streams values (?, ?, 1) on conflict (stream) do update set last = last + 1 returning last"
        return int(self._one(sql, stream, self.epoch)[0])

    def _journal(self, topic: object, carrier: Carrier, envelope: Envelope, now: int, *, heard: bool) -> bool:
        """Whether it was not there before; then it may be the newest of its subject. What was superseded at once has no place."""
        hops = json.dumps([[hop.hub, millis(hop.at)] for hop in carrier.hops]) if carrier.hops else ""
        signature = carrier.signature.model_dump_json() if carrier.signature else ""
        place = (carrier.hub, carrier.stream, carrier.epoch, carrier.sequence, hops, signature, carrier.envelope)
        sql = "insert or ignore into journal values (null,?,?,?,?,?,?,?,?,?,?,?)"
        cursor = self._do(sql, envelope.message_id, str(topic), *place, now, heard)
        if cursor.rowcount and carrier.sequence:
            self._show(int(cursor.lastrowid or 0), carrier, envelope)
        return bool(cursor.rowcount)

    def _owe(self, owed: Owed, envelope: Envelope, stream: str, now: int) -> int:
        """A row of the sum; 0 if it is there already."""
        sql = "insert or ignore into deliveries (queue, recipient, message_id, stream, kind, subject, stage, at, reason) values (?,?,?,?,?,?,?,?,?)"
        row = (owed.queue, owed.recipient, envelope.message_id, stream, envelope.kind, envelope.subject, owed.stage, now, owed.reason)
        cursor = self._do(sql, *row)
        if cursor.rowcount == 0:
            return 0
        self._count(owed.recipient, stream, "owed", owed.stage)
        return int(cursor.lastrowid or 0)

    def _count(self, recipient: str, stream: str, *stages: str, by: int = 1) -> None:
        sql = "insert into sums values (?,?,?,?) on conflict (recipient, stream, stage) do update set count = count + excluded.count"
        for stage in stages:
            self._do(sql, recipient, stream, stage, by)

    def _heard(self, heard: Heard) -> Outcome:
        """Fans a delivery out into the queues of those it is owed to; knows it again by its message id."""
        envelope, carrier, now = heard.envelope, heard.carrier, millis(self.clock())
        if self._do("update journal set heard = 1 where message_id = ?", envelope.message_id).rowcount == 0:
            self._journal(heard.topic, carrier, envelope, now, heard=True)
        message = Message(heard.topic, envelope.message_id, carrier)
        tickets = []
        for owed in heard.owed:
            late = owed.stage == "waiting" and envelope.kind in NEWEST_WINS and self._is_late(owed.queue, carrier, envelope)
            chosen = owed._replace(stage="superseded", reason="a newer one came before it") if late else owed
            number = self._owe(chosen, envelope, carrier.stream, now)
            if number and chosen.stage == "waiting":
                self._coalesce(owed.queue, envelope, number)
                tickets.append(Ticket(number, owed.queue, owed.recipient, 0, message))
            elif number and chosen.receipt:
                _, _, ticket = self._say(chosen.receipt, now)
                tickets += [ticket] if ticket else []
        return Outcome(((envelope.message_id, "accepted" if tickets else "repeated"),), tuple(tickets))

    def _relayed(self, relayed: Relayed) -> Outcome:
        """Known again by its message id, whoever brought it first."""
        envelope, carrier, now = relayed.envelope, relayed.carrier, millis(self.clock())
        if not self._journal(relayed.topic, carrier, envelope, now, heard=False):
            self._count(BUS, carrier.stream, "repeated")
            return Outcome(((envelope.message_id, "repeated"),))
        ticket = self._for_bus(Message(relayed.topic, envelope.message_id, carrier), envelope, now)
        return Outcome(((envelope.message_id, "accepted"),), (ticket,))

    async def renew(self, after: int) -> int:
        """See ``Ledger``."""
        return await self.worker.run(lambda: self._renew(after))

    def _renew(self, after: int) -> int:
        self.epoch = max(millis(self.clock()), after + 1, self.epoch + 1)
        self._do("update meta set value = ? where name = 'epoch'", self.epoch)
        self._do("delete from streams")
        return self.epoch

    def _is_late(self, queue: str, carrier: Carrier, envelope: Envelope) -> bool:
        """Whether the queue has had a newer one of the same subject; by the origin's place only."""
        key = (queue, envelope.agency, envelope.mode, envelope.kind, envelope.subject)
        place = (carrier.epoch, carrier.sequence)
        last = self._one("select epoch, sequence from newest where queue = ? and agency = ? and mode = ? and kind = ? and subject = ?", *key)
        if last and tuple(last) > place:
            return True
        self._do("insert or replace into newest values (?,?,?,?,?,?,?,?)", *key, *place, millis(self.clock()))
        return False

    def _coalesce(self, queue: str, envelope: Envelope, number: int) -> None:
        """Only the newest state of a resource waits."""
        if envelope.kind not in COALESCED:
            return
        where = "queue = ? and subject = ? and stage = 'waiting' and kind = ? and number < ? and message_id in"
        own = "(select message_id from journal where stream = (select stream from journal where message_id = ?))"
        sql = f"select number, recipient, stream from deliveries where {where} {own}"  # noqa: S608
        for old, recipient, stream in self._do(sql, queue, envelope.subject, envelope.kind, number, envelope.message_id).fetchall():
            self._end(old, recipient, stream, "superseded", "a newer state waits")

    # ---- handing on

    async def waiting(self, queue: str, limit: int) -> list[Ticket]:
        """See ``Ledger``."""
        return await self.worker.run(lambda: self._waiting(queue, limit))

    def _waiting(self, queue: str, limit: int) -> list[Ticket]:
        sql = (
            f"select d.number, d.recipient, d.attempts, {MESSAGE} from deliveries d join journal j using (message_id)"  # noqa: S608
            " where d.queue = ?1 and d.stage = 'waiting' and (d.due <= ?2 or d.due > ?2 + ?4) and not exists ("
            "  select 1 from deliveries e where e.queue = ?1 and e.subject = d.subject and e.stage = 'waiting' and e.number < d.number and e.due between ?2 + 1 and ?2 + ?4"
            " ) order by d.number limit ?3"
        )
        rows = self._do(sql, queue, millis(self.clock()), limit, AHEAD).fetchall()
        return [Ticket(number, queue, recipient, attempts, message(row)) for number, recipient, attempts, *row in rows]

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
        return await self.worker.run(lambda: self._settle(batch))

    def _settle(self, batch: Sequence[Settlement]) -> list[Outcome]:
        crash.point("settle-begun")
        now, outcomes = millis(self.clock()), []
        for each in batch:
            ticket = each.ticket
            ended = self._end(ticket.number, ticket.recipient, ticket.message.carrier.stream, each.stage, each.verdict.en if each.verdict else "")
            if ended and each.stage == "set aside" and each.verdict:
                self._aside(ticket.queue, ticket.recipient, ticket.message.message_id, Refused(each.verdict, each.data))
            if ended and each.receipt:
                _, _, waiting = self._say(each.receipt, now)
                outcomes.append(Outcome((), (waiting,) if waiting else ()))
        crash.point("settle-written")
        return outcomes

    def _end(self, number: int, recipient: str, stream: str, stage: str, reason: str) -> bool:
        """Moves a waiting row to its end, once."""
        sql = "update deliveries set stage = ?, at = ?, reason = ? where number = ? and stage = 'waiting'"
        if self._do(sql, stage, millis(self.clock()), reason, number).rowcount == 0:
            return False
        self._count(recipient, stream, "waiting", by=-1)
        self._count(recipient, stream, stage)
        return True

    def _aside(self, link: str, recipient: str, message_id: str | None, refused: Refused) -> None:
        row = (millis(self.clock()), link, recipient, message_id, refused.verdict.model_dump_json(), refused.data)
        self._do("insert into asides values (null,?,?,?,?,?,?)", *row)

    async def defer(self, tickets: Sequence[Ticket], until: datetime) -> None:
        """See ``Ledger``."""
        rows = [(millis(until), ticket.number) for ticket in tickets]
        await self.worker.run(
            lambda: self.db and self.db.executemany("update deliveries set attempts = attempts + 1, due = ? where number = ?", rows)
        )

    # ---- looking back

    async def unheard(self, before: datetime, limit: int) -> list[Message]:
        """See ``Ledger``."""
        sql = f"select {MESSAGE} from journal j where not heard and not accepted_at between ? and ? order by accepted_at, id limit ?"  # noqa: S608
        return await self.worker.run(lambda: [message(row) for row in self._do(sql, millis(before), millis(self.clock()) + AHEAD, limit)])

    async def replay(self, stream: str, epoch: int, first: int, last: int) -> AsyncIterator[Message]:
        """See ``Ledger``."""
        sql = f"select {MESSAGE} from journal j where stream = ? and epoch = ? and sequence between ? and ? order by sequence limit 500"  # noqa: S608
        while first <= last:
            rows = await self._rows(sql, stream, epoch, first, last)
            for row in rows:
                yield message(row)
            first = last + 1 if not rows else rows[-1][5] + 1

    async def _rows(self, sql: str, *values: Any) -> list[Any]:
        return await self.worker.run(lambda: self._do(sql, *values).fetchall())

    async def receipts(self, author: str, message_id: str) -> list[Message]:
        """See ``Ledger``."""
        sql = (
            f"select {MESSAGE} from deliveries d join journal j using (message_id)"  # noqa: S608
            " where d.kind = 'receipt' and d.queue = ? and d.subject >= ? and d.subject < ? order by d.number"
        )
        return [message(row) for row in await self._rows(sql, receipt_queue(author), f"{message_id}/", f"{message_id}0")]

    async def sum(self) -> list[Fate]:
        """See ``Ledger``."""
        return [Fate(*row) for row in await self._rows("select recipient, stream, stage, count from sums where count order by 1, 2, 3")]

    async def trace(self, message_id: str) -> list[Trace]:
        """See ``Ledger``."""
        past = "select at, recipient, stage, reason, 0, rowid from past where message_id = ?1"
        present = "select at, recipient, stage, reason, 1, number from deliveries where message_id = ?1"
        rows = await self._rows(f"{past} union all {present} order by 1, 5, 6", message_id)
        return [Trace(moment(at), recipient, stage, reason) for at, recipient, stage, reason, *_ in rows]

    async def message(self, message_id: str) -> Message | None:
        """See ``Ledger``."""
        rows = await self._rows(f"select {MESSAGE} from journal j where message_id = ?", message_id)  # noqa: S608
        return message(rows[0]) if rows else None

    async def find(self, words: str, limit: int) -> list[str]:
        """See ``Ledger``."""
        begun, said = "select message_id from journal where message_id >= ?1 and message_id < ?2", "select message_id from said where subject = ?1"
        rows = await self._rows(f"{begun} union {said} limit ?3", words, f"{words}{LAST}", limit)
        return [message_id for (message_id,) in rows]

    # ---- what was set aside

    async def asides(self, limit: int, *, before: int | None = None, ended: bool = False) -> list[Aside]:
        """See ``Ledger``."""
        sql = f"{shelf.SELECT} where (?1 or e.number is null) and a.number < coalesce(?2, a.number + 1) order by a.number desc limit ?3"
        return [aside(row) for row in await self._rows(sql, ended, before, limit)]

    async def aside(self, number: int) -> Aside | None:
        """See ``Ledger``."""
        return await self.worker.run(lambda: self._dead(number))

    def _dead(self, number: int) -> Aside | None:
        row = self._one(f"{shelf.SELECT} where a.number = ?", number)
        return aside(row) if row else None

    async def retry(self, number: int, again: Taking | None = None) -> Retried | None:
        """See ``Ledger``."""
        return await self.worker.run(lambda: self._retry(number, again))

    def _retry(self, number: int, again: Taking | None) -> Retried | None:
        dead = self._dead(number)
        if dead is None or (dead.ended and dead.ended.how == "dropped"):
            return dead and Retried("dropped")
        if dead.message_id is not None:
            return self._put_back(dead, dead.message_id)
        outcome = self._taking(again) if again and not dead.ended else None
        if outcome is None or outcome.again:
            return Retried("refused", outcome=outcome)
        for ticket in outcome.tickets:
            self._do("insert or ignore into stirred values (?)", ticket.queue)
        self._close(dead, "retried", "")
        return Retried("refused", now=True, outcome=outcome)

    def _put_back(self, dead: Aside, message_id: str) -> Retried | None:
        """One delivery, to its place in its queue; or to its end, if the queue has had a newer one of the same subject."""
        found = self._one("select number, stage from deliveries where queue = ? and message_id = ?", dead.link, message_id)
        if found is None or dead.ended or found[1] != "set aside":
            return Retried(found[1]) if found else None
        carrier = message(self._one(f"select {MESSAGE} from journal j where message_id = ?", message_id)).carrier  # noqa: S608
        envelope = wire.decode(carrier.envelope, Envelope)
        late = envelope.kind in NEWEST_WINS and self._is_late(dead.link, carrier, envelope)
        stage, reason = ("superseded", "a newer one came before it was given again") if late else ("waiting", "")
        assert self.db is not None
        shelf.put_back(self.db, found[0], stage, reason, millis(self.clock()))
        self._count(dead.recipient, carrier.stream, "set aside", by=-1)
        self._count(dead.recipient, carrier.stream, stage)
        self._close(dead, "retried", "")
        return Retried(stage, now=True)

    async def drop(self, number: int, reason: str) -> End | None:
        """See ``Ledger``."""
        return await self.worker.run(lambda: self._drop(number, reason))

    def _drop(self, number: int, reason: str) -> End | None:
        dead = self._dead(number)
        return dead and (dead.ended or self._close(dead, "dropped", reason))

    def _close(self, dead: Aside, how: Literal["retried", "dropped"], reason: str) -> End:
        assert self.db is not None
        end = End(self.clock(), how, reason)
        shelf.close(self.db, dead, millis(end.at), how, reason)
        return end

    async def prune(self, before: datetime, limit: int) -> int:
        """See ``Ledger``."""
        return await self.worker.run(lambda: self._prune(millis(before), limit))

    def _prune(self, before: int, limit: int) -> int:
        assert self.db is not None
        gone = shelf.prune(self.db, before, limit)
        old = "select message_id from journal j where accepted_at < ? and not exists (select 1 from deliveries d where d.message_id = j.message_id"
        kept = "and d.stage = 'waiting') and not exists (select 1 from asides a where a.message_id = j.message_id)"
        rows = self._do(f"{old} {kept} order by id limit ?", before, limit).fetchall()
        for table in ("deliveries", "past", "journal"):
            self.db.executemany(f"delete from {table} where message_id = ?", rows)  # noqa: S608
        if rows:
            self._fade()
        for table in ("taken", "said", "newest"):
            self._do(f"delete from {table} where at < ?", before)  # noqa: S608
        return max(len(rows), gone)

    def _note(self, note: Note) -> None:
        self._do("insert or replace into notes values (?, ?)", *note)

    async def note(self, note: Note) -> None:
        """See ``Ledger``."""
        await self.worker.run(lambda: self._note(note))

    async def notes(self, prefix: str) -> dict[str, bytes]:
        """See ``Ledger``."""
        return dict(await self._rows("select name, data from notes where name >= ? and name < ?", prefix, f"{prefix}{LAST}"))

    async def oldest(self, queues: Sequence[str]) -> dict[str, datetime]:
        """See ``Ledger``."""
        sql = "select at from deliveries where queue = ? and stage = 'waiting' order by number limit 1"
        rows = await self.worker.run(lambda: [self._one(sql, queue) for queue in queues])
        return {queue: moment(row[0]) for queue, row in zip(queues, rows, strict=True) if row}

    async def close(self) -> None:
        """See ``Ledger``."""
        await self.worker.close()
        if self.db is not None:
            self.db.close()


LAST = "\U0010ffff"
"""Sorts behind every word."""


def aside(row: Iterable[Any]) -> Aside:
    """A row of what was set aside, and its end."""
    number, at, link, recipient, message_id, verdict, data, ended_at, how, reason = row
    end = End(moment(ended_at), how, reason) if how else None
    return Aside(number, moment(at), link, recipient, message_id, Verdict.model_validate_json(verdict), data, end)


def older(revision: int | None, updated: int | None, last_revision: int | None, last_updated: int | None) -> bool:
    """Whether a record is older than the last one of its subject: by revision, else by ``updated_at``, else never."""
    if revision is not None and last_revision is not None:
        return revision < last_revision
    return updated is not None and last_updated is not None and updated < last_updated
