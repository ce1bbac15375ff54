"""The journal of a SQLite ledger: every message under its place in its stream, until it is forgotten."""

from bridge.ledger import Message
from bridge.ledger.rows import MESSAGE, message, stamps
from bridge.ledger.rules import AHEAD
from bridge.ledger.sqlite_picture import fade, show
from bridge.ledger.sqlite_step import LAST, Step
from bridge.records import Carrier, Envelope

BY_ID = f"select {MESSAGE} from journal j where message_id = ?"  # noqa: S608
UNHEARD = f"select {MESSAGE} from journal j where not heard and not accepted_at between ? and ? order by accepted_at, id limit ?"  # noqa: S608
REPLAY = f"select {MESSAGE} from journal j where stream = ? and epoch = ? and sequence between ? and ? order by sequence limit 500"  # noqa: S608
FIND = (
    "select message_id from journal where message_id >= ?1 and message_id < ?2"
    " union select message_id from said where subject = ?1 order by message_id limit ?3"
)
ENDED = (
    "select message_id from journal j where accepted_at < ?"
    " and not exists (select 1 from deliveries d where d.message_id = j.message_id and d.stage = 'waiting')"
    " and not exists (select 1 from asides a where a.message_id = j.message_id) order by id limit ?"
)


def following(step: Step, stream: str) -> int:
    """The next sequence of one of our streams."""
    sql = "insert into streams values (?, ?, 1) on conflict (stream) do update set last = last + 1 returning last"
    return int(step.one(sql, stream, step.epoch)[0])


def renew(step: Step, after: int) -> int:
    """See ``Ledger``."""
    step.epoch = max(step.now, after + 1, step.epoch + 1)
    step.do("update meta set value = ? where name = 'epoch'", step.epoch)
    step.do("delete from streams")
    return step.epoch


def enter(step: Step, topic: object, carrier: Carrier, envelope: Envelope, *, heard: bool) -> bool:
    """Whether it was not there before; then it may be the newest of its subject. What was superseded at once has no place."""
    place = (carrier.hub, carrier.stream, carrier.epoch, carrier.sequence, *stamps(carrier), carrier.envelope)
    sql = "insert or ignore into journal values (null,?,?,?,?,?,?,?,?,?,?,?)"
    cursor = step.do(sql, envelope.message_id, str(topic), *place, step.now, heard)
    if cursor.rowcount and carrier.sequence:
        show(step, int(cursor.lastrowid or 0), carrier, envelope)
    return bool(cursor.rowcount)


def by_id(step: Step, message_id: str) -> Message | None:
    """See ``Ledger.message``."""
    row = step.one(BY_ID, message_id)
    return message(row) if row else None


def unheard(step: Step, before: int, limit: int) -> list[Message]:
    """See ``Ledger``."""
    return [message(row) for row in step.rows(UNHEARD, before, step.now + AHEAD, limit)]


def replay(step: Step, *span: str | int) -> list[Message]:
    """The first page of what the journal holds of a stream, an epoch and a span of it."""
    return [message(row) for row in step.rows(REPLAY, *span)]


def find(step: Step, words: str, limit: int) -> list[str]:
    """See ``Ledger``."""
    return [message_id for (message_id,) in step.rows(FIND, words, f"{words}{LAST}", limit)]


def forget(step: Step, before: int, limit: int) -> int:
    """Forgets what has ended, and by what pieces and words are known again; says how many messages."""
    rows = step.rows(ENDED, before, limit)
    for table in ("deliveries", "past", "journal"):
        step.db.executemany(f"delete from {table} where message_id = ?", rows)  # noqa: S608
    if rows:
        fade(step)
    for table in ("taken", "said", "newest"):
        step.do(f"delete from {table} where at < ?", before)  # noqa: S608
    return len(rows)
