"""What waits for a schema: whole deliveries are set aside with their topic, tickets are put off in the ledger. Nobody waits behind them."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from bridge import topics, wire
from bridge.errors import Malformed
from bridge.ledger import Aside, Refused, Taking, Ticket
from bridge.records import Carrier, Envelope

MOST = 1000
"""Schemas that are looked for at most: a flood of false marks costs no more."""
MEMORY = 10_000
"""Tickets of an outlet that are called when their schema is learnt; older ones are looked at when their time comes."""
LOOK = timedelta(seconds=30)
"""Until a ticket is looked at again that nobody has called before."""
UNKNOWN = "unknown-schema"
"""Under which deliveries are set aside."""


class Wanted:
    """The schemas that messages wait for, and who takes the messages up again."""

    def __init__(self) -> None:
        """Nothing is wanted at first."""
        self.marks: dict[bytes, set[str]] = {}
        """With the hubs that may know it."""
        self.bell = asyncio.Event()
        self.told: list[Callable[[bytes], None]] = []
        """Who is told of every schema that is learnt."""
        self.takers: dict[str, Callable[[Sequence[Aside]], Awaitable[list[Aside]]]] = {}
        """By link: who takes up again what was set aside for a schema, and says of what nothing is left to do."""

    def add(self, mark: bytes, hubs: Iterable[str] = ()) -> None:
        """Asks for a schema; ``hubs`` have written or passed on what waits for it."""
        fresh = mark not in self.marks
        asked = self.marks.setdefault(mark, set())
        more = {hub for hub in hubs if topics.is_level(hub)} - asked
        asked |= more
        while len(self.marks) > MOST:
            del self.marks[next(iter(self.marks))]
        if fresh or more:
            self.bell.set()


def parked(link: str, sender: str, topic: str, data: bytes, error: wire.UnknownSchema) -> Taking:
    """A delivery that cannot be opened yet: set aside with its topic until its schema is learnt, so that nobody waits behind it."""
    verdict = Malformed(UNKNOWN, topic, fingerprint=error.mark[2:].hex()).verdict
    return Taking(f"{link}:{topic}", link, sender, (), (Refused(verdict, data),), fresh=True)


def passed_by(carrier: Carrier) -> list[str]:
    """The hubs that may know what is inside."""
    return [carrier.hub, *(hop.hub for hop in carrier.hops)]


def senders(data: bytes) -> list[str]:
    """The hubs that may know what a delivery is written with; none if not even its carrier can be read."""
    try:
        return passed_by(wire.decode(data, Carrier))
    except (Malformed, wire.UnknownSchema):
        return []


Subject = tuple[str, str, str]


class Unread(NamedTuple):
    """A ticket that waits for a schema."""

    ticket: Ticket
    mark: bytes


class Waiting:
    """The tickets of one outlet that wait for a schema."""

    def __init__(self, wanted: Wanted, bell: asyncio.Event) -> None:
        """``bell`` rings when some need not wait any more."""
        self.wanted, self.bell = wanted, bell
        self.unread: dict[int, Unread] = {}
        self.subjects: dict[Subject, tuple[bytes, datetime]] = {}
        self.known: list[Ticket] = []
        """Whose schema has been learnt; until they are called they wait in the ledger."""
        wanted.told.append(self._tell)

    def check(self, envelope: Envelope, now: datetime) -> None:
        """Raises ``UnknownSchema`` if an earlier message of the same subject waits: the order holds."""
        mark, until = self.subjects.get(subject(envelope), (b"", now))
        if until > now:
            raise wire.UnknownSchema(mark)

    def add(self, ticket: Ticket, envelope: Envelope | None, mark: bytes, now: datetime) -> Ticket:
        """It waits from now on; the caller has the ledger put it off, and then asks."""
        self.unread.pop(ticket.number, None)  # to the end: the oldest are forgotten first
        self.unread[ticket.number] = Unread(ticket, mark)
        if envelope is not None:
            self.subjects[subject(envelope)] = (mark, now + LOOK)
        bound(self.unread)
        bound(self.subjects)
        return ticket

    def ask(self, tickets: Iterable[Ticket]) -> None:
        """Has their schemas looked for."""
        for ticket in tickets:
            if found := self.unread.get(ticket.number):
                self.wanted.add(found.mark, passed_by(ticket.message.carrier))

    def called(self, tickets: Sequence[Ticket]) -> None:
        """These have been put off for the last time, until now."""
        del self.known[: len(tickets)]

    def ended(self, tickets: Iterable[Ticket]) -> None:
        """These wait no more."""
        if self.unread:
            for ticket in tickets:
                self.unread.pop(ticket.number, None)

    def _tell(self, mark: bytes) -> None:
        self.known += [each.ticket for each in self.unread.values() if each.mark == mark]
        self.subjects = {name: found for name, found in self.subjects.items() if found[0] != mark}
        self.bell.set()


def bound(memory: dict[Any, Any]) -> None:
    """Forgets the oldest of what is too much."""
    while len(memory) > MEMORY:
        del memory[next(iter(memory))]


def subject(envelope: Envelope) -> Subject:
    """What must stay in order."""
    return envelope.agency, envelope.kind, envelope.subject
