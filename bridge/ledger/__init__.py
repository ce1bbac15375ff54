"""The durable memory of a hub: what was accepted, what still waits, what was said before (DESIGN sections 4 and 5).

A ledger decides in one atomic step what is new, gives it its place in its stream and queues it; what it has accepted it
holds until the other side holds it. One contract, several ledgers: ``sqlite`` and ``redis``.
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple, Protocol

from bridge.envelope import Sealed
from bridge.errors import Verdict
from bridge.kinds import Lane
from bridge.records import Carrier, Envelope, Head

Stage = Literal["waiting", "delivered", "refused", "expired", "withheld", "superseded", "set aside"]
STAGES: tuple[Stage, ...] = ("delivered", "refused", "expired", "withheld", "superseded", "set aside", "waiting")
State = Literal["accepted", "repeated", "superseded"]
BUS = "bus"
"""The recipient under which handing on to our own bus is counted."""
NOBODY = "none"
"""The recipient under which input that never became a message is counted."""


def bus_queue(lane: Lane) -> str:
    """The queue of what waits to be published in a lane."""
    return f"{BUS}/{lane}"


def outlet_queue(name: str, lane: Lane) -> str:
    """The queue of what waits for an outlet in a lane."""
    return f"outlet/{name}/{lane}"


def receipt_queue(agency: str) -> str:
    """The queue of receipts that wait for an agency."""
    return f"receipts/{agency}"


class Refused(NamedTuple):
    """Input that never became a message: why, and its bytes."""

    verdict: Verdict
    data: bytes


class Note(NamedTuple):
    """What a link remembers under a name; the last one counts, and none is forgotten."""

    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Taking:
    """What an inlet took in one piece, read and sealed: accepted whole or not at all."""

    key: str
    """Under which the port knows the piece again."""
    link: str
    agency: str
    sealed: tuple[Sealed, ...] = ()
    refused: tuple[Refused, ...] = ()
    fresh: bool = False
    """The source says that this is no repetition, whatever it looks like."""
    note: Note | None = None
    """Remembered with it, in the same step."""


class Owed(NamedTuple):
    """That a message is owed to a recipient, by which queue, and whether it may have it."""

    queue: str
    recipient: str
    stage: Stage = "waiting"
    reason: str = ""
    receipt: Sealed | None = None
    """For the author, if it ends here."""


@dataclass(frozen=True, slots=True)
class Heard:
    """A message that came from a bus, and to whom this hub owes it."""

    topic: str
    carrier: Carrier
    envelope: Envelope
    owed: tuple[Owed, ...] = ()


@dataclass(frozen=True, slots=True)
class Relayed:
    """A message that a relay brought from another hub, with its hops: owed to our own bus, unless it is known."""

    topic: str
    carrier: Carrier
    envelope: Envelope


class Message(NamedTuple):
    """A message in the journal."""

    topic: str
    message_id: str
    carrier: Carrier


class Ticket(NamedTuple):
    """That one message still waits in one queue."""

    number: int
    queue: str
    recipient: str
    attempts: int
    message: Message


class Outcome(NamedTuple):
    """What became of a ``Taking``, a ``Heard`` or a ``Relayed``."""

    states: tuple[tuple[str, State], ...]
    """Message id and state of each edition; of repeated ones the id of the message that said it first."""
    tickets: tuple[Ticket, ...] = ()
    again: bool = False
    """The piece was taken before: this is what became of it then."""


class Settlement(NamedTuple):
    """That a ticket has come to its end, and the receipt that its author gets."""

    ticket: Ticket
    stage: Stage
    verdict: Verdict | None = None
    data: bytes = b""
    """What is set aside with it: the envelope's bytes."""
    receipt: Sealed | None = None


class Fate(NamedTuple):
    """One line of the sum: how many of an agency's messages are where, for one recipient."""

    recipient: str
    stream: str
    stage: str
    many: int


class End(NamedTuple):
    """How an operator has dealt with something set aside."""

    at: datetime
    how: Literal["retried", "dropped"]
    reason: str = ""


class Aside(NamedTuple):
    """Something set aside: a dead letter, or input that never became a message."""

    number: int
    at: datetime
    link: str
    """The inlet; of a dead letter its queue."""
    recipient: str
    message_id: str | None
    verdict: Verdict
    data: bytes
    ended: End | None = None


class Retried(NamedTuple):
    """Where something set aside stands after a retry."""

    stage: str
    """Of the delivery, or of the input; ``dropped`` if it was."""
    now: bool = False
    """This retry has moved it; if not, an earlier one, or nothing could."""
    outcome: Outcome | None = None
    """Of the piece that was read again."""


class Trace(NamedTuple):
    """One step in a message's life."""

    at: datetime
    recipient: str
    stage: str
    reason: str


class Ledger(Protocol):
    """What every ledger can do. Raises ``Unavailable`` when it cannot hold anything now; then nothing of the call happened."""

    async def accept(self, batch: Sequence[Taking | Heard | Relayed]) -> list[Outcome]:
        """Decides what is new, numbers it, journals it and queues it, in one step for the whole batch.

        What was relayed keeps its origin's place; what the journal knows already is ``repeated``, and counted as such.
        """
        ...

    async def waiting(self, queue: str, limit: int) -> list[Ticket]:
        """The oldest tickets of a queue that are due; none whose subject has an earlier one that is not."""
        ...

    async def stirred(self) -> list[str]:
        """Waits until queues may hold what this process was not handed in an ``Outcome``, another process's or a lost answer's; names them."""
        ...

    async def settle(self, batch: Sequence[Settlement]) -> list[Outcome]:
        """Ends tickets and accepts the receipts that this causes. Settling twice changes nothing."""
        ...

    async def defer(self, tickets: Sequence[Ticket], until: datetime, *, counted: bool = True) -> None:
        """Has them wait until a time; ``counted`` as an attempt, if they were given in vain."""
        ...

    async def unheard(self, before: datetime, limit: int) -> list[Message]:
        """Messages in the journal that have not come back from our own bus, accepted before a time."""
        ...

    def replay(self, stream: str, epoch: int, first: int, last: int) -> AsyncIterator[Message]:
        """A part of a stream, in order."""
        ...

    async def heads(self, hub: str | None = None) -> list[tuple[str, Head]]:
        """The origin and how far it has come, for each stream and epoch in the journal; of one ``hub``, or of all.

        The digest is the SHA-256 of the newest ``bridge.ledger.places.DIGESTED`` message ids, in order; equal journals have equal heads.
        """
        ...

    async def gaps(self, stream: str, epoch: int, first: int, last: int, limit: int = 100) -> list[tuple[int, int]]:
        """The first and last sequence of each stretch that the journal lacks between two, both included; the lowest first."""
        ...

    async def renew(self, after: int) -> int:
        """Begins an epoch that is newer than ``after`` and than its own; says which."""
        ...

    def picture(self, kinds: Sequence[str] = ()) -> AsyncIterator[Message]:
        """The newest message of every agency, mode, kind and subject in the journal, of some ``kinds`` or of all, in no order.

        The newest is the one with the latest place at its origin where the newest wins, else the one that was journalled last.
        Receipts are in no picture.
        """
        ...

    async def since(self, mark: int, limit: int) -> tuple[int, list[Message]]:
        """The next mark, and what was journalled after ``mark``, in order: at least what is the newest of its subject.

        Without messages the mark is how far the ledger has come, if that is less: one that was emptied counts anew.
        """
        ...

    async def receipts(self, author: str, message_id: str) -> list[Message]:
        """The receipts that an author has had for one of its messages, oldest first."""
        ...

    async def sum(self) -> list[Fate]:
        """*owed* and every stage, for each recipient and stream; what adds up in DESIGN section 5."""
        ...

    async def asides(self, limit: int, *, before: int | None = None, ended: bool = False) -> list[Aside]:
        """What was set aside and not dealt with, newest first, with numbers below ``before``; with ``ended`` what was dealt with, too."""
        ...

    async def shelved(self) -> int:
        """How many things were set aside and not dealt with."""
        ...

    async def aside(self, number: int) -> Aside | None:
        """One thing set aside, dealt with or not."""
        ...

    async def retry(self, number: int, again: Taking | None = None) -> Retried | None:
        """Puts a dead letter back into its queue, or accepts ``again``, the input as it is read today; once. Nothing if there is none.

        What the recipient has had a newer one of meanwhile ends superseded.
        """
        ...

    async def drop(self, number: int, reason: str) -> End | None:
        """Notes that nothing more is to be done; says how it ended, first. The sum stays. Nothing if there is none."""
        ...

    async def trace(self, message_id: str) -> list[Trace]:
        """A message's life, oldest first."""
        ...

    async def message(self, message_id: str) -> Message | None:
        """A message in the journal; nothing if it was never there, or is forgotten."""
        ...

    async def find(self, words: str, limit: int) -> list[str]:
        """The ids of messages that begin so, and of what was last said in this hub of a subject of just this name."""
        ...

    async def prune(self, before: datetime, limit: int) -> int:
        """Forgets what has ended before a time, and what was set aside before it; the sum stays. At ``limit`` there may be more."""
        ...

    async def note(self, note: Note) -> None:
        """Remembers by itself."""
        ...

    async def notes(self, prefix: str) -> dict[str, bytes]:
        """What is remembered under the names that begin so."""
        ...

    async def oldest(self, queues: Sequence[str]) -> dict[str, datetime]:
        """Since when the oldest ticket of each queue waits; not of those that are empty."""
        ...

    async def close(self) -> None:
        """Lets go."""
        ...
