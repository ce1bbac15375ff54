"""The shelf of a SQLite ledger, where dead letters lie until an operator has dealt with them, or they are as old as anything we remember."""

import sqlite3

from bridge.ledger import Aside

SELECT = "select a.*, e.at, e.how, e.reason from asides a left join ends e on e.number = a.number"


def put_back(db: sqlite3.Connection, number: int, stage: str, reason: str, now: int) -> None:
    """Moves a delivery that was set aside on; the step is remembered, and whoever works on its queue is told."""
    past = "insert into past select message_id, at, recipient, stage, reason from deliveries where number = ?"
    db.execute(past, [number])
    db.execute("update deliveries set stage = ?, reason = ?, at = ?, attempts = 0, due = 0 where number = ?", [stage, reason, now, number])
    db.execute("insert or ignore into stirred select queue from deliveries where number = ?", [number])


def close(db: sqlite3.Connection, dead: Aside, at: int, how: str, reason: str) -> None:
    """Notes how something set aside was dealt with, and in its message's life, too."""
    db.execute("insert into ends values (?, ?, ?, ?)", [dead.number, at, how, reason])
    if dead.message_id:
        db.execute("insert into past values (?, ?, ?, ?, ?)", [dead.message_id, at, dead.recipient, how, reason])


def prune(db: sqlite3.Connection, before: int, limit: int) -> int:
    """Forgets what was set aside before a time; says how many."""
    rows = db.execute("select number from asides where at < ? order by at limit ?", [before, limit]).fetchall()
    for table in ("ends", "asides"):
        db.executemany(f"delete from {table} where number = ?", rows)  # noqa: S608
    return len(rows)
