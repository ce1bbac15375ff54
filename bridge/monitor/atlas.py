"""The map's marks: read while somebody looks at the map, drawn anew at most every other second, whoever asks.

Drawing is done in a thread: no message waits for the map.
"""

import asyncio
import time
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from bridge.app import now
from bridge.finding import Query, Still
from bridge.ledger import Ledger
from bridge.links.picture import Reader
from bridge.monitor.marks import Asked, around, told
from bridge.monitor.pages.clusters import Groups, grouped
from bridge.monitor.pages.map import KINDS, MODES, OVER, Mark, mark
from bridge.texts import Lang

EVERY, OLD = 2.0, 30.0
"""Seconds between two drawings of what has changed, and until one of what has not: time makes stale."""
IDLE = 120.0
"""Seconds without a look until the picture is put away."""
ANSWERS = 256
"""Answers kept of one drawing."""
Name = tuple[str, str, str]


class Atlas:
    """All marks."""

    def __init__(self, ledger: Ledger) -> None:
        """Nothing is read before somebody looks."""
        self.ledger, self.looked = ledger, 0.0
        self.task: asyncio.Task[None] | None = None
        self._clear()

    def _clear(self) -> None:
        self.marks: dict[Name, Mark] = {}
        self.number, self.ready = 0, False
        """Of the drawing; and whether all was read for it."""
        self.groups: dict[tuple[frozenset[str], int], Groups] = {}
        self.answers: dict[tuple[Asked, Lang], dict[str, Any]] = {}

    def look(self) -> list[Mark]:
        """The newest marks; keeps them new."""
        self.looked = time.monotonic()
        if self.task is None:
            self.task = asyncio.create_task(self._run(Reader(self.ledger)))
        return list(self.marks.values())

    async def answer(self, words: Mapping[str, str], lang: Lang) -> dict[str, Any]:
        """What a part of the map shows; ``ValueError`` if the question is none. Without a box: where everything is, as far as it is read."""
        asked, marks = Asked.of(words), self.look()
        if asked.box is None:
            return {"box": around(each for each in marks if each.mode in asked.modes), "ready": self.ready}
        if (asked, lang) not in self.answers:
            number, wanted = self.number, [each for each in marks if each.mode in asked.modes]
            groups = self.groups.get((asked.modes, asked.zoom))
            if groups is None:
                groups = await asyncio.to_thread(grouped, wanted, asked.zoom)
            found = told(groups.within(asked.box), lang)
            if number != self.number or len(self.answers) >= ANSWERS:
                return found
            self.groups[asked.modes, asked.zoom] = groups
            self.answers[asked, lang] = found
        return self.answers[asked, lang]

    async def _run(self, reader: Reader) -> None:
        reading = asyncio.create_task(reader.run())
        try:
            drawn, seen = -OLD, (-1, False)
            while True:
                state = (reader.mark, reader.ready.is_set())
                if state != seen or time.monotonic() - drawn >= OLD:
                    await self._draw(reader)
                    self.ready, seen, drawn = state[1], state, time.monotonic()
                await asyncio.sleep(EVERY if self.ready else EVERY / 10)
        finally:
            reading.cancel()

    async def _draw(self, reader: Reader) -> None:
        """Anew, but for what is as it was."""
        stills = [reader.picture.still(mode) for mode in MODES]
        found = await asyncio.to_thread(drawn, stills, self.marks, now())
        if found.keys() != self.marks.keys() or not self.number:
            self.marks, self.number = found, self.number + 1
            self.groups.clear()
            self.answers.clear()

    def rest(self) -> None:
        """Puts the picture away if nobody has looked for a while."""
        if self.task is not None and (time.monotonic() - self.looked > IDLE or self.task.done()):
            self.close()

    def close(self) -> None:
        """Puts the picture away."""
        if self.task is not None:
            self.task.cancel()
        self.task = None
        self._clear()


def drawn(stills: Iterable[Still], known: Mapping[Name, Mark], moment: datetime) -> dict[Name, Mark]:
    """The marks of these; those that are known already are not made again."""
    found: dict[Name, Mark] = {}
    for still in stills:
        for seen in still.all(Query(kinds=KINDS), moment):
            said = seen.entry.envelope
            if seen.status in OVER or (said.kind == "resource-state" and ("resource", said.subject) in still.shown):
                continue
            name = (seen.entry.message_id, seen.state.message_id if seen.state else "", seen.status)
            found[name] = known.get(name) or mark(seen)
    return found
