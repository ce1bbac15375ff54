"""How a SQLite ledger accepts and settles: what is new, said before or late, its place, and to whom it is owed (DESIGN section 5)."""

import json
from collections.abc import Sequence

from bridge import crash
from bridge.envelope import Sealed
from bridge.kinds import NEWEST_WINS, lane
from bridge.ledger import BUS, NOBODY, Heard, Message, Note, Outcome, Owed, Refused, Relayed, Settlement, State, Taking, Ticket, bus_queue
from bridge.ledger.rules import COALESCED, changed_at
from bridge.ledger.sqlite_journal import enter, following
from bridge.ledger.sqlite_queues import count, end, owe
from bridge.ledger.sqlite_shelf import put
from bridge.ledger.sqlite_step import Step
from bridge.records import Carrier, Envelope


def accept(step: Step, batch: Sequence[Taking | Heard | Relayed]) -> list[Outcome]:
    """See ``Ledger``."""
    crash.point("accept-begun")
    outcomes = [outcome(step, each) for each in batch]
    crash.point("accept-written")
    return outcomes


def outcome(step: Step, item: Taking | Heard | Relayed) -> Outcome:
    """What becomes of one."""
    match item:
        case Taking():
            return take(step, item)
        case Heard():
            return hear(step, item)
        case Relayed():
            return relay(step, item)


def take(step: Step, taking: Taking) -> Outcome:
    """A piece, whole; known again by its key."""
    if not taking.fresh and (known := step.one("select outcome from taken where key = ?", taking.key)):
        return Outcome(tuple((message_id, state) for message_id, state in json.loads(known[0])), again=True)
    states, tickets = [], []
    for sealed in taking.sealed:
        message_id, state, ticket = say(step, sealed)
        states.append((message_id, state))
        tickets += [ticket] if ticket else []
    for refused in taking.refused:
        put(step, taking.link, NOBODY, None, refused)
        count(step, NOBODY, taking.agency, "owed", "refused")
    step.do("insert or replace into taken values (?, ?, ?)", taking.key, step.now, json.dumps(states))
    if taking.note:
        note(step, taking.note)
    return Outcome(tuple(states), tuple(tickets))


def say(step: Step, sealed: Sealed) -> tuple[str, State, Ticket | None]:
    """New, said before, or older than what was said: in this order (Once, and Newest wins)."""
    envelope, stream = sealed.envelope, sealed.stream
    key = (stream, envelope.kind, envelope.subject)
    last = step.one("select digest, message_id, revision, updated_at from said where stream = ? and kind = ? and subject = ?", *key)
    if last and last[0] == sealed.digest:
        step.do("update said set at = ? where stream = ? and kind = ? and subject = ?", step.now, *key)
        count(step, BUS, stream, "repeated")
        return last[1], "repeated", None
    if last and step.one("select 1 from journal where message_id = ?", envelope.message_id):
        count(step, BUS, stream, "repeated")
        return envelope.message_id, "repeated", None
    updated = changed_at(sealed, step.now)
    if last and envelope.kind in NEWEST_WINS and older(sealed.revision, updated, last[2], last[3]):
        enter(step, sealed.topic, carried(step, sealed, 0), envelope, heard=True)
        owe(step, Owed(f"{BUS}/late", BUS, "superseded", "a newer one was said before it"), envelope, stream)
        return envelope.message_id, "superseded", None
    step.do("insert or replace into said values (?,?,?,?,?,?,?,?)", *key, sealed.digest, envelope.message_id, sealed.revision, updated, step.now)
    carrier = carried(step, sealed, following(step, stream))
    crash.point("numbered")
    enter(step, sealed.topic, carrier, envelope, heard=False)
    return envelope.message_id, "accepted", for_bus(step, Message(str(sealed.topic), envelope.message_id, carrier), envelope)


def carried(step: Step, sealed: Sealed, sequence: int) -> Carrier:
    """An edition under its place."""
    return Carrier(hub=step.hub, stream=sealed.stream, epoch=step.epoch, sequence=sequence, envelope=sealed.data)


def for_bus(step: Step, message: Message, envelope: Envelope) -> Ticket:
    """Owes a message to our own bus."""
    queue = bus_queue(lane(envelope.kind))
    return Ticket(owe(step, Owed(queue, BUS), envelope, message.carrier.stream), queue, BUS, 0, message)


def hear(step: Step, heard: Heard) -> Outcome:
    """Fans a delivery out into the queues of those it is owed to; knows it again by its message id."""
    envelope, carrier = heard.envelope, heard.carrier
    if step.do("update journal set heard = 1 where message_id = ?", envelope.message_id).rowcount == 0:
        enter(step, heard.topic, carrier, envelope, heard=True)
    message = Message(heard.topic, envelope.message_id, carrier)
    tickets = []
    for owed in heard.owed:
        late = owed.stage == "waiting" and envelope.kind in NEWEST_WINS and is_late(step, owed.queue, carrier, envelope)
        chosen = owed._replace(stage="superseded", reason="a newer one came before it") if late else owed
        number = owe(step, chosen, envelope, carrier.stream)
        if number and chosen.stage == "waiting":
            coalesce(step, owed.queue, envelope, number)
            tickets.append(Ticket(number, owed.queue, owed.recipient, 0, message))
        elif number and chosen.receipt:
            _, _, ticket = say(step, chosen.receipt)
            tickets += [ticket] if ticket else []
    return Outcome(((envelope.message_id, "accepted" if tickets else "repeated"),), tuple(tickets))


def relay(step: Step, relayed: Relayed) -> Outcome:
    """Known again by its message id, whoever brought it first."""
    envelope, carrier = relayed.envelope, relayed.carrier
    if not enter(step, relayed.topic, carrier, envelope, heard=False):
        count(step, BUS, carrier.stream, "repeated")
        return Outcome(((envelope.message_id, "repeated"),))
    ticket = for_bus(step, Message(relayed.topic, envelope.message_id, carrier), envelope)
    return Outcome(((envelope.message_id, "accepted"),), (ticket,))


def is_late(step: Step, queue: str, carrier: Carrier, envelope: Envelope) -> bool:
    """Whether the queue has had a newer one of the same subject; by the origin's place only."""
    key = (queue, envelope.agency, envelope.mode, envelope.kind, envelope.subject)
    place = (carrier.epoch, carrier.sequence)
    last = step.one("select epoch, sequence from newest where queue = ? and agency = ? and mode = ? and kind = ? and subject = ?", *key)
    if last and tuple(last) > place:
        return True
    step.do("insert or replace into newest values (?,?,?,?,?,?,?,?)", *key, *place, step.now)
    return False


def coalesce(step: Step, queue: str, envelope: Envelope, number: int) -> None:
    """Only the newest state of a resource waits."""
    if envelope.kind not in COALESCED:
        return
    where = "queue = ? and subject = ? and stage = 'waiting' and kind = ? and number < ? and message_id in"
    own = "(select message_id from journal where stream = (select stream from journal where message_id = ?))"
    sql = f"select number, recipient, stream from deliveries where {where} {own}"  # noqa: S608
    for old, recipient, stream in step.rows(sql, queue, envelope.subject, envelope.kind, number, envelope.message_id):
        end(step, old, recipient, stream, "superseded", "a newer state waits")


def settle(step: Step, batch: Sequence[Settlement]) -> list[Outcome]:
    """See ``Ledger``."""
    crash.point("settle-begun")
    outcomes = []
    for each in batch:
        ticket = each.ticket
        ended = end(step, ticket.number, ticket.recipient, ticket.message.carrier.stream, each.stage, each.verdict.en if each.verdict else "")
        if ended and each.stage == "set aside" and each.verdict:
            put(step, ticket.queue, ticket.recipient, ticket.message.message_id, Refused(each.verdict, each.data))
        if ended and each.receipt:
            _, _, waiting = say(step, each.receipt)
            outcomes.append(Outcome((), (waiting,) if waiting else ()))
    crash.point("settle-written")
    return outcomes


def note(step: Step, note: Note) -> None:
    """See ``Ledger``."""
    step.do("insert or replace into notes values (?, ?)", *note)


def older(revision: int | None, updated: int | None, last_revision: int | None, last_updated: int | None) -> bool:
    """Whether a record is older than the last one of its subject: by revision, else by ``updated_at``, else never."""
    if revision is not None and last_revision is not None:
        return revision < last_revision
    return updated is not None and last_updated is not None and updated < last_updated
