"""The queues of a SQLite ledger and its sum: one row for each message and recipient, from owed to its end, and how many are where."""

from collections.abc import Sequence

from bridge.ledger import Owed, Ticket, Trace
from bridge.ledger.rows import MESSAGE, message, moment
from bridge.ledger.rules import AHEAD
from bridge.ledger.sqlite_step import Step
from bridge.records import Envelope

WAITING = (
    f"select d.number, d.recipient, d.attempts, {MESSAGE} from deliveries d join journal j using (message_id)"  # noqa: S608
    " where d.queue = ?1 and d.stage = 'waiting' and (d.due <= ?2 or d.due > ?2 + ?4) and not exists ("
    "  select 1 from deliveries e where e.queue = ?1 and e.subject = d.subject and e.stage = 'waiting' and e.number < d.number and e.due between ?2 + 1 and ?2 + ?4"
    " ) order by d.number limit ?3"
)
RECEIPTS = (
    f"select {MESSAGE} from deliveries d join journal j using (message_id)"  # noqa: S608
    " where d.kind = 'receipt' and d.queue = ? and d.subject >= ? and d.subject < ? order by d.number"
)
TRACE = (
    "select at, recipient, stage, reason, 0, rowid from past where message_id = ?1 union all"
    " select at, recipient, stage, reason, 1, number from deliveries where message_id = ?1 order by 1, 5, 6"
)


def owe(step: Step, owed: Owed, envelope: Envelope, stream: str) -> int:
    """Adds a row; its number, or 0 if it is there already."""
    sql = "insert or ignore into deliveries (queue, recipient, message_id, stream, kind, subject, stage, at, reason) values (?,?,?,?,?,?,?,?,?)"
    row = (owed.queue, owed.recipient, envelope.message_id, stream, envelope.kind, envelope.subject, owed.stage, step.now, owed.reason)
    cursor = step.do(sql, *row)
    if cursor.rowcount == 0:
        return 0
    count(step, owed.recipient, stream, "owed", owed.stage)
    return int(cursor.lastrowid or 0)


def count(step: Step, recipient: str, stream: str, *stages: str, by: int = 1) -> None:
    """Adds to the sum."""
    sql = "insert into sums values (?,?,?,?) on conflict (recipient, stream, stage) do update set count = count + excluded.count"
    for stage in stages:
        step.do(sql, recipient, stream, stage, by)


def end(step: Step, number: int, recipient: str, stream: str, stage: str, reason: str) -> bool:  # noqa: PLR0913  a row of the sum
    """Moves a waiting row to its end, once; whether it was this time."""
    sql = "update deliveries set stage = ?, at = ?, reason = ? where number = ? and stage = 'waiting'"
    if step.do(sql, stage, step.now, reason, number).rowcount == 0:
        return False
    count(step, recipient, stream, "waiting", by=-1)
    count(step, recipient, stream, stage)
    return True


def waiting(step: Step, queue: str, limit: int) -> list[Ticket]:
    """See ``Ledger``."""
    rows = step.rows(WAITING, queue, step.now, limit, AHEAD)
    return [Ticket(number, queue, recipient, attempts, message(row)) for number, recipient, attempts, *row in rows]


def defer(step: Step, tickets: Sequence[Ticket], until: int, *, counted: bool) -> None:
    """See ``Ledger``."""
    rows = [(counted, until, ticket.number) for ticket in tickets]
    step.db.executemany("update deliveries set attempts = attempts + ?, due = ? where number = ?", rows)


def oldest(step: Step, queues: Sequence[str]) -> list[tuple[str, int]]:
    """Each queue that is not empty, and since when its oldest ticket waits."""
    sql = "select queue, at from deliveries where queue = ? and stage = 'waiting' order by number limit 1"
    return [row for queue in queues if (row := step.one(sql, queue))]


def trace(step: Step, message_id: str) -> list[Trace]:
    """See ``Ledger``."""
    return [Trace(moment(at), recipient, stage, reason) for at, recipient, stage, reason, *_ in step.rows(TRACE, message_id)]
