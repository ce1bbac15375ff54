"""Keeps the picture as the ledger has it: reads it once, then follows what is journalled. Never a step on a message's way.

It looks at the journal, not at the bus: so it sees what other processes of the hub take, and what a hub without outlets never hears.
"""

import asyncio
import time

import structlog

from bridge.entries import Entry
from bridge.errors import Rejected, Unavailable
from bridge.ledger import Ledger, Message
from bridge.picture import Picture

log = structlog.get_logger()
LOOK, PIECE = 0.5, 500
"""Seconds between two looks, and messages read in one: under a flood the picture lags, and no link waits for it."""
GO = 20
"""Messages opened in one go: more would keep the loop from everything else."""
ANEW = 600.0
"""Seconds after which all is compared with the ledger, which forgets what is old."""
END = 2**53
"""Later than any mark."""


class Reader:
    """One picture and what it follows."""

    def __init__(self, ledger: Ledger) -> None:
        """Nothing is read yet."""
        self.ledger, self.picture = ledger, Picture()
        self.known: dict[str, Entry] = {}
        """By message id: what the picture shows, or has shown."""
        self.mark = 0
        self.ready = asyncio.Event()
        """Set while it is at hand: all has been read once."""

    async def run(self) -> None:
        """Works until it is cancelled."""
        due = 0.0
        while True:
            try:
                if time.monotonic() >= due:
                    await self.read()
                    due = time.monotonic() + ANEW
                await self.follow()
            except Unavailable as error:
                log.warning("unavailable", link="picture", reason=str(error))
            await asyncio.sleep(LOOK)

    async def read(self) -> None:
        """All that the ledger shows, and no more than that."""
        self.mark, _ = await self.ledger.since(END, 1)
        before, shown, piece = set(self.known), set[str](), list[Message]()
        async for message in self.ledger.picture():
            shown.add(message.message_id)
            piece.append(message)
            if len(piece) == GO:
                await self._take(piece)
                piece = []
        await self._take(piece)
        for gone in before & self.known.keys() - shown:
            self.picture.drop(self.known.pop(gone))
        self.ready.set()

    async def follow(self) -> None:
        """What has come since."""
        self.mark, found = await self.ledger.since(self.mark, PIECE)
        for first in range(0, len(found), GO):
            await self._take(found[first : first + GO])

    async def _take(self, messages: list[Message]) -> None:
        for message in messages:
            if message.message_id not in self.known and message.carrier.sequence and not message.topic.endswith("/receipt"):
                self._open(message)
        await asyncio.sleep(0)

    def _open(self, message: Message) -> None:
        try:
            entry = Entry.of(message.carrier)
        except (Rejected, Unavailable) as error:
            log.debug("refused", link="picture", message_id=message.message_id, reason=str(error))
            return
        before = self.picture.word(entry)
        if self.picture.put(entry):
            self.known[message.message_id] = entry
            if before:
                self.known.pop(before.message_id, None)
