"""One transaction of a SQLite ledger: all jobs that have gathered happen in it together, for one hub and at one time, or not at all."""

import sqlite3
from dataclasses import dataclass, field
from typing import Any

LAST = "\U0010ffff"
"""Sorts behind every word."""
Shown = tuple[str, str, str, str, int, int, int, bool]
"""For the picture: kind, agency, mode and subject; number in the journal, epoch and sequence; whether the last one wins."""


@dataclass(slots=True)
class Step:
    """What the parts of the ledger work with."""

    db: sqlite3.Connection
    hub: str
    epoch: int
    now: int
    """Milliseconds since 1970."""
    shown: list[Shown] = field(default_factory=list)
    """What it has journalled."""

    def do(self, sql: str, *values: Any) -> sqlite3.Cursor:
        """Executes."""
        return self.db.execute(sql, values)

    def one(self, sql: str, *values: Any) -> Any:
        """The first row, or nothing."""
        return self.db.execute(sql, values).fetchone()

    def rows(self, sql: str, *values: Any) -> list[Any]:
        """All rows."""
        return self.db.execute(sql, values).fetchall()
