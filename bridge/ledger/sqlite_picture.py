"""The newest message of every subject in a SQLite ledger."""

import json
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

from bridge.kinds import NEWEST_WINS
from bridge.ledger import Message
from bridge.ledger.rows import MESSAGE, message
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
    """The answers of a ``Sqlite``, and what it keeps for them."""

    _do: Callable[..., Any]
    _rows: Callable[..., Any]

    def _show(self, number: int, carrier: Carrier, envelope: Envelope) -> None:
        """Unless a newer one is there already."""
        words = (envelope.kind, envelope.agency, envelope.mode, envelope.subject)
        self._do(SHOW, *words, number, carrier.epoch, carrier.sequence, envelope.kind not in NEWEST_WINS)

    def _fade(self) -> None:
        """Forgets what the journal has forgotten."""
        self._do("delete from picture where not exists (select 1 from journal j where j.id = picture.id)")

    async def picture(self, kinds: Sequence[str] = ()) -> AsyncIterator[Message]:
        """See ``Ledger``."""
        wanted, last = json.dumps(list(kinds)), ["", "", "", ""]
        while rows := await self._rows(NEXT, *last, wanted, PAGE):
            for row in rows:
                yield message(row[4:])
            last = rows[-1][:4]
