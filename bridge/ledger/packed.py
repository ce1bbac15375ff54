"""What goes into one step of the Redis ledger and what comes back, as the script ``step.lua`` reads and writes it."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from bridge import wire
from bridge.envelope import Sealed
from bridge.kinds import NEWEST_WINS, lane
from bridge.ledger import BUS, Aside, End, Heard, Message, Outcome, Owed, Relayed, Retried, Settlement, State, Taking, Ticket, bus_queue
from bridge.ledger.rows import message, millis, moment, stamps
from bridge.ledger.rules import COALESCED, changed_at
from bridge.records import Carrier, Envelope


class Deferral(NamedTuple):
    """That a ticket waits until a time."""

    ticket: Ticket
    until: datetime
    counted: bool


class Adoption(NamedTuple):
    """What another ledger remembered: see ``jobs.adopt``."""

    epoch: int
    taken: Sequence[tuple[str, str]]
    """Key and outcome."""
    said: Sequence[tuple[str, list[Any]]]
    """Words, and what was last said of them."""
    counts: Sequence[tuple[str, str, str, int]]
    asides: Sequence[tuple[str, str, str, str, bytes]]
    notes: Sequence[tuple[str, bytes]]


class Renewal(NamedTuple):
    """That a new epoch begins."""

    after: int


class Retrial(NamedTuple):
    """That something set aside is wanted once more, or as it is read today."""

    dead: Aside
    again: Taking | None


class Dropping(NamedTuple):
    """That nothing more is to be done about something set aside."""

    number: int
    reason: str


Item = Taking | Heard | Relayed | Settlement | Deferral | Adoption | Renewal | Retrial | Dropping


class Step:
    """One batch for one hub at one time: the jobs, and the bytes that they name by place."""

    def __init__(self, hub: str, now: int) -> None:
        """``now`` in milliseconds."""
        self.hub, self.now = hub, now
        self.bytes: list[bytes] = []

    def place(self, data: bytes) -> int:
        """Where the bytes stand."""
        self.bytes.append(data)
        return len(self.bytes)

    def job(self, item: Item) -> list[Any]:
        """An item as the script reads it."""
        match item:
            case Taking():
                job = self.taking(item)
            case Heard():
                job = ["heard", *self.came(item), item.envelope.kind in COALESCED, [self.owed(each) for each in item.owed]]
            case Relayed():
                job = ["relayed", *self.came(item), bus_queue(lane(item.envelope.kind))]
            case Settlement():
                job = self.settlement(item)
            case Deferral(ticket, until, counted):
                job = ["defer", ticket.message.message_id, ticket.queue, millis(until), int(counted)]
            case Adoption():
                asides = [[*each[:-1], self.place(each[-1])] for each in item.asides]
                notes = [[name, self.place(data)] for name, data in item.notes]
                job = ["adopt", item.epoch, item.taken, item.said, item.counts, asides, notes]
            case Renewal(after):
                job = ["renew", after]
            case Retrial(dead, again):
                job = ["retry", dead.number, newest(dead), self.taking(again)[1:] if again else False]
            case Dropping(number, reason):
                job = ["drop", number, reason]
        return job

    def taking(self, taking: Taking) -> list[Any]:
        """A piece."""
        refused = [[each.verdict.model_dump_json(), self.place(each.data)] for each in taking.refused]
        note = taking.note and [taking.note.name, self.place(taking.note.data)]
        said = [self.sealed(each) for each in taking.sealed]
        return ["taking", taking.key, taking.link, taking.agency, taking.fresh, said, refused, note or False]

    def sealed(self, sealed: Sealed) -> list[Any]:
        """One edition."""
        envelope, stream = sealed.envelope, sealed.stream
        updated = changed_at(sealed, self.now)
        return [
            str(sealed.topic),
            self.hub,
            stream,
            envelope.message_id,
            words(stream, envelope.kind, envelope.subject),
            subject(envelope),
            envelope.subject,
            sealed.digest,
            False if sealed.revision is None else sealed.revision,
            False if updated is None else updated,
            envelope.kind in NEWEST_WINS,
            bus_queue(lane(envelope.kind)),
            self.place(sealed.data),
        ]

    def came(self, item: Heard | Relayed) -> list[Any]:
        """A delivery. Epochs and sequences of other hubs are text: they may be longer than Lua's numbers."""
        envelope, carrier = item.envelope, item.carrier
        return [
            item.topic,
            carrier.hub,
            carrier.stream,
            str(carrier.epoch),
            str(carrier.sequence),
            *stamps(carrier),
            envelope.message_id,
            subject(envelope),
            envelope.subject,
            envelope.kind in NEWEST_WINS,
            self.place(carrier.envelope),
        ]

    def owed(self, owed: Owed) -> list[Any]:
        """A row of the sum."""
        return [owed.queue, owed.recipient, owed.stage, owed.reason, self.sealed(owed.receipt) if owed.receipt else False]

    def settlement(self, done: Settlement) -> list[Any]:
        """An end."""
        ticket, verdict = done.ticket, done.verdict
        aside: Any = False
        if done.stage == "set aside" and verdict:
            aside = [ticket.recipient, verdict.model_dump_json(), self.place(done.data)]
        stream, reason = ticket.message.carrier.stream, verdict.en if verdict else ""
        receipt = self.sealed(done.receipt) if done.receipt else False
        return ["settle", ticket.message.message_id, ticket.queue, stream, done.stage, reason, aside, receipt]

    def answer(self, item: Item, job: list[Any], found: Any, epoch: int) -> Any:  # noqa: PLR0911  one for each kind of item
        """What the script says became of an item; ``job`` is how it was told."""
        match item:
            case Taking():
                return self.taken(job[5], found, epoch)
            case Heard():
                return self.fanned(item, job[-1], found, epoch)
            case Relayed():
                return relayed(item, job[-1], *found)
            case Retrial() if found:
                stage, now, piece = found
                return Retried(stage, now, self.taken(job[3][4], piece, epoch) if piece else None)
            case Dropping() if found:
                at, how, reason = found
                return End(moment(at), how, reason)
            case Settlement() if found and item.receipt:
                return Outcome((), self.tickets(job[-1], found, epoch))
            case _:
                return None

    def fanned(self, heard: Heard, owed: list[Any], found: Any, epoch: int) -> Outcome:
        """What became of a delivery, to whom it was ``owed`` as told."""
        fresh, numbers = found
        message = carried(heard)
        tickets = (
            self.ticket(owed[place - 1][-1], epoch, number, *sequence)  # with a sequence it is the receipt's
            if sequence
            else Ticket(number, heard.owed[place - 1].queue, heard.owed[place - 1].recipient, 0, message)
            for place, number, *sequence in numbers
        )
        return Outcome(((message.message_id, "accepted" if fresh else "repeated"),), tuple(tickets))

    def taken(self, rows: list[Any], found: Any, epoch: int) -> Outcome:
        """What became of a piece, of whose editions ``rows`` tell."""
        known, states = found
        tickets = () if known else (ticket for row, said in zip(rows, states, strict=True) for ticket in self.tickets(row, said, epoch))
        return Outcome(tuple((message_id, state) for message_id, state, *_ in states), tuple(tickets), again=known)

    def tickets(self, row: list[Any], said: Any, epoch: int) -> tuple[Ticket, ...]:
        """The ticket of what was said, if it is ours now."""
        return (self.ticket(row, epoch, said[2], said[3]),) if len(said) == 4 and said[2] else ()

    def ticket(self, row: list[Any], epoch: int, number: int, sequence: int) -> Ticket:
        """A ticket for the bus; ``row`` is the edition as it was told."""
        topic, hub, stream, message_id, *_, queue, place = row
        carrier = Carrier(hub=hub, stream=stream, epoch=epoch, sequence=sequence, envelope=self.bytes[place - 1])
        return Ticket(number, queue, BUS, 0, Message(topic, message_id, carrier))


def carried(item: Heard | Relayed) -> Message:
    """What came, as a message."""
    return Message(item.topic, item.envelope.message_id, item.carrier)


def relayed(item: Relayed, queue: str, state: State, number: int) -> Outcome:
    """What became of it; without a number it is not ours to publish now."""
    tickets = (Ticket(number, queue, BUS, 0, carried(item)),) if number else ()
    return Outcome(((item.envelope.message_id, state),), tickets)


def words(stream: str, kind: str, subject: str) -> str:
    """Of what one stream last said something; each recipient of an addressed message has a stream of its own."""
    return f"{stream}|{kind}|{subject}"


def subject(envelope: Envelope) -> str:
    """What one queue, and the picture, last had something of."""
    return f"{envelope.agency}|{envelope.mode}|{envelope.kind}|{envelope.subject}"


def newest(dead: Aside) -> str | bool:
    """What one queue last had something of, if only the newest of it counts."""
    if not dead.message_id:
        return False
    envelope = wire.decode(dead.data, Envelope)
    return envelope.kind in NEWEST_WINS and subject(envelope)


def from_journal(message_id: bytes, head: bytes, envelope: bytes) -> Message:
    """A journalled message."""
    topic, hub, stream, epoch, sequence, hops, signature, _ = json.loads(head)
    return message((topic, message_id.decode(), hub, stream, int(epoch), int(sequence), hops, signature, envelope))
