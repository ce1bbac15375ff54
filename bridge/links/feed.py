"""What waits in one queue, as far as memory needs it: tickets come straight from the ledger's answer, or are fetched when behind."""

import asyncio
from collections import deque
from collections.abc import Iterable

from bridge.errors import Unavailable
from bridge.ledger import Ledger, Ticket

MEMORY = 1000
"""Tickets kept in memory; the rest waits in the ledger."""


class Feed:
    """One queue's tickets, in order, each at work at most once."""

    def __init__(self, ledger: Ledger, queue: str, bell: asyncio.Event) -> None:
        """Begins behind: what an earlier process left is fetched first. ``bell`` rings when there may be something to take."""
        self.ledger, self.queue, self.bell = ledger, queue, bell
        self.ready: deque[Ticket] = deque()
        self.busy: set[int] = set()
        self.behind = True
        bell.set()

    def push(self, ticket: Ticket) -> None:
        """A ticket fresh from the ledger."""
        if not self.behind and len(self.ready) < MEMORY:
            self.ready.append(ticket)
        else:
            self.behind = True
        self.bell.set()

    async def take(self, most: int) -> list[Ticket]:
        """Up to ``most`` tickets, empty if nothing waits now."""
        if self.behind and not self.ready:
            await self._fetch(most)
        found = [self.ready.popleft() for _ in range(min(most, len(self.ready)))]
        self.busy.update(ticket.number for ticket in found)
        return found

    async def _fetch(self, most: int) -> None:
        """Catches up. What is accepted meanwhile comes by ``push``, or leaves us behind again: nothing is passed over."""
        limit = most + len(self.busy)
        self.behind = False
        try:
            found = await self.ledger.waiting(self.queue, limit)
        except Unavailable:
            self.behind = True
            raise
        fresh = [ticket for ticket in found if ticket.number not in self.busy]
        self.behind = self.behind or len(found) >= limit
        known = {ticket.number for ticket in fresh}
        self.ready = deque(fresh if self.behind else [*fresh, *(ticket for ticket in self.ready if ticket.number not in known)])

    def done(self, tickets: Iterable[Ticket]) -> None:
        """These are settled or put off."""
        self.busy.difference_update(ticket.number for ticket in tickets)

    def again(self, seconds: float = 0.0) -> None:
        """Fetch anew, now or later: something was put off."""
        if seconds > 0:
            asyncio.get_running_loop().call_later(seconds, self.again)
            return
        self.ready.clear()
        self.behind = True
        self.bell.set()


class Feeds:
    """The queues that this process works on."""

    def __init__(self, ledger: Ledger) -> None:
        """None at first."""
        self.ledger = ledger
        self.all: dict[str, Feed] = {}

    def open(self, queue: str, bell: asyncio.Event) -> Feed:
        """Begins to work on a queue."""
        self.all[queue] = Feed(self.ledger, queue, bell)
        return self.all[queue]

    def push(self, tickets: Iterable[Ticket]) -> None:
        """Tickets fresh from the ledger, to where they belong; those of others wait in the ledger."""
        for ticket in tickets:
            if ticket.queue in self.all:
                self.all[ticket.queue].push(ticket)
