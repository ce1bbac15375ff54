"""The newest message of every subject in a SQLite ledger."""

import json
import sqlite3
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import suppress

from bridge import wire
from bridge.errors import Rejected, Unavailable
from bridge.kinds import NEWEST_WINS
from bridge.ledger import Message
from bridge.ledger.rows import MESSAGE, message
from bridge.ledger.sqlite_step import Shown, Step
from bridge.ledger.worker import Worker
from bridge.records import Carrier, Envelope

PAGE = 500
"""Messages read in one piece."""
SHOW = (
    "insert into picture values (?,?,?,?,?,?,?) on conflict do update set id = excluded.id, epoch = excluded.epoch, sequence = excluded.sequence"
    " where ? or (excluded.epoch, excluded.sequence) > (epoch, sequence)"
)
NEXT = (
    f"select p.kind, p.agency, p.mode, p.subject, {MESSAGE} from picture p join journal j using (id)"  # noqa: S608
    " where (p.kind, p.agency, p.mode, p.subject) > (?1, ?2, ?3, ?4) and (?5 = '[]' or p.kind in (select value from json_each(?5)))"
    " order by p.kind, p.agency, p.mode, p.subject limit ?6"
)


class SqlitePicture:
    """The answers of a ``Sqlite``."""

    worker: Worker

    async def picture(self, kinds: Sequence[str] = ()) -> AsyncIterator[Message]:
        """See ``Ledger``."""
        wanted, last = json.dumps(list(kinds)), ["", "", "", ""]
        while rows := await self.worker.run(Step.rows, NEXT, *last, wanted, PAGE):
            for row in rows:
                yield message(row[4:])
            last = rows[-1][:4]

    async def since(self, mark: int, limit: int) -> tuple[int, list[Message]]:
        """See ``Ledger``."""
        return await self.worker.run(since, mark, limit)


def since(step: Step, mark: int, limit: int) -> tuple[int, list[Message]]:
    """See ``Ledger``."""
    found = step.rows(f"select j.id, {MESSAGE} from journal j where id > ? order by id limit ?", mark, limit)  # noqa: S608
    if found:
        return found[-1][0], [message(row[1:]) for row in found]
    (last,) = step.one("select coalesce(max(id), 0) from journal")
    return min(mark, last), []


def show(step: Step, number: int, carrier: Carrier, envelope: Envelope) -> None:
    """Unless a newer one is there already."""
    step.shown += rows(number, carrier.epoch, carrier.sequence, envelope)


def draw(step: Step) -> None:
    """At the end of a transaction, in one go."""
    step.db.executemany(SHOW, step.shown)


def fade(step: Step) -> None:
    """Forgets what the journal has forgotten."""
    step.do("delete from picture where not exists (select 1 from journal j where j.id = picture.id)")


def rows(number: int, epoch: int, sequence: int, envelope: Envelope) -> Iterator[Shown]:
    """What a message shows: nothing if it is a receipt."""
    if envelope.kind != "receipt":
        key = (envelope.kind, envelope.agency, envelope.mode, envelope.subject)
        yield (*key, number, epoch, sequence, envelope.kind not in NEWEST_WINS)


def drawn(db: sqlite3.Connection) -> None:
    """Fills the picture of a file that an earlier version wrote from its journal, once."""
    done = "select 1 from meta where name = 'picture'"
    if db.execute(done).fetchone():
        return
    db.execute("begin immediate")
    if not db.execute(done).fetchone():  # another process may have been quicker
        db.execute("delete from picture where kind = 'receipt'")
        db.executemany(SHOW, _journalled(db))
        db.execute("insert into meta values ('picture', 1)")
    db.execute("commit")


def _journalled(db: sqlite3.Connection) -> Iterator[Shown]:
    for number, epoch, sequence, data in db.execute("select id, epoch, sequence, envelope from journal where sequence > 0 order by id"):
        with suppress(Rejected, Unavailable):  # of a schema that is not known here
            yield from rows(number, epoch, sequence, wire.decode(data, Envelope))
