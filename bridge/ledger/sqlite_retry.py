"""Giving again what lies on the shelf of a SQLite ledger: a dead letter to its recipient, input as it is read today; once."""

from bridge import wire
from bridge.kinds import NEWEST_WINS
from bridge.ledger import Aside, Retried, Taking
from bridge.ledger.sqlite_accept import is_late, take
from bridge.ledger.sqlite_journal import by_id
from bridge.ledger.sqlite_queues import count
from bridge.ledger.sqlite_shelf import close, find
from bridge.ledger.sqlite_step import Step
from bridge.records import Carrier, Envelope


def retry(step: Step, number: int, again: Taking | None) -> Retried | None:
    """See ``Ledger``."""
    dead = find(step, number)
    if dead is None or (dead.ended and dead.ended.how == "dropped"):
        return dead and Retried("dropped")
    if dead.message_id is not None:
        return put_back(step, dead, dead.message_id)
    outcome = take(step, again) if again and not dead.ended else None
    if outcome is None or outcome.again:
        return Retried("refused", outcome=outcome)
    for ticket in outcome.tickets:
        step.do("insert or ignore into stirred values (?)", ticket.queue)
    close(step, dead, "retried")
    return Retried("refused", now=True, outcome=outcome)


def put_back(step: Step, dead: Aside, message_id: str) -> Retried | None:
    """One delivery, to its place in its queue; or to its end, if the queue has had a newer one of the same subject."""
    found = step.one("select number, stage from deliveries where queue = ? and message_id = ?", dead.link, message_id)
    if found is None or dead.ended or found[1] != "set aside":
        return Retried(found[1]) if found else None
    journalled = by_id(step, message_id)
    assert journalled is not None, "what is set aside keeps its message"
    late = came_late(step, dead.link, journalled.carrier)
    stage, reason = ("superseded", "a newer one came before it was given again") if late else ("waiting", "")
    move(step, found[0], stage, reason)
    count(step, dead.recipient, journalled.carrier.stream, "set aside", by=-1)
    count(step, dead.recipient, journalled.carrier.stream, stage)
    close(step, dead, "retried")
    return Retried(stage, now=True)


def came_late(step: Step, queue: str, carrier: Carrier) -> bool:
    """Whether the queue has had a newer one meanwhile, if the newest wins."""
    envelope = wire.decode(carrier.envelope, Envelope)
    return envelope.kind in NEWEST_WINS and is_late(step, queue, carrier, envelope)


def move(step: Step, number: int, stage: str, reason: str) -> None:
    """Moves a delivery that was set aside on; the step is remembered, and whoever works on its queue is told."""
    step.do("insert into past select message_id, at, recipient, stage, reason from deliveries where number = ?", number)
    step.do("update deliveries set stage = ?, reason = ?, at = ?, attempts = 0, due = 0 where number = ?", stage, reason, step.now, number)
    step.do("insert or ignore into stirred select queue from deliveries where number = ?", number)
