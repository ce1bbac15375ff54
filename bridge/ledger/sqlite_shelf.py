"""The shelf of a SQLite ledger, where dead letters lie until an operator has dealt with them, or they are as old as anything we remember."""

from collections.abc import Iterable
from typing import Any, Literal

from bridge.errors import Verdict
from bridge.ledger import Aside, End, Refused
from bridge.ledger.rows import moment
from bridge.ledger.sqlite_step import Step

SELECT = "select a.*, e.at, e.how, e.reason from asides a left join ends e on e.number = a.number"


def put(step: Step, link: str, recipient: str, message_id: str | None, refused: Refused) -> None:
    """Sets aside."""
    row = (step.now, link, recipient, message_id, refused.verdict.model_dump_json(), refused.data)
    step.do("insert into asides values (null,?,?,?,?,?,?)", *row)


def page(step: Step, limit: int, before: int | None, *, ended: bool) -> list[Aside]:
    """See ``Ledger.asides``."""
    sql = f"{SELECT} where (?1 or e.number is null) and a.number < coalesce(?2, a.number + 1) order by a.number desc limit ?3"
    return [aside(row) for row in step.rows(sql, ended, before, limit)]


def shelved(step: Step) -> int:
    """See ``Ledger``."""
    return int(step.one("select (select count(*) from asides) - (select count(*) from ends)")[0])


def find(step: Step, number: int) -> Aside | None:
    """See ``Ledger.aside``."""
    row = step.one(f"{SELECT} where a.number = ?", number)
    return aside(row) if row else None


def drop(step: Step, number: int, reason: str) -> End | None:
    """See ``Ledger``."""
    dead = find(step, number)
    return dead and (dead.ended or close(step, dead, "dropped", reason))


def close(step: Step, dead: Aside, how: Literal["retried", "dropped"], reason: str = "") -> End:
    """Notes how something set aside was dealt with, and in its message's life, too."""
    step.do("insert into ends values (?, ?, ?, ?)", dead.number, step.now, how, reason)
    if dead.message_id:
        step.do("insert into past values (?, ?, ?, ?, ?)", dead.message_id, step.now, dead.recipient, how, reason)
    return End(moment(step.now), how, reason)


def prune(step: Step, before: int, limit: int) -> int:
    """Forgets what was set aside before a time; says how many."""
    rows = step.rows("select number from asides where at < ? order by at limit ?", before, limit)
    for table in ("ends", "asides"):
        step.db.executemany(f"delete from {table} where number = ?", rows)  # noqa: S608
    return len(rows)


def aside(row: Iterable[Any]) -> Aside:
    """A row of what was set aside, and its end."""
    number, at, link, recipient, message_id, verdict, data, ended_at, how, reason = row
    end = End(moment(ended_at), how, reason) if how else None
    return Aside(number, moment(at), link, recipient, message_id, Verdict.model_validate_json(verdict), data, end)
