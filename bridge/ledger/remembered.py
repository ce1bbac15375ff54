"""What a side ledger holds, as Redis takes it over: its memory, and every message with what became of it."""

from bridge import wire
from bridge.ledger import BUS, NOBODY, Heard, Message, Owed
from bridge.ledger.packed import Adoption, words
from bridge.ledger.rows import MESSAGE, message
from bridge.ledger.sqlite_step import Step
from bridge.records import Envelope


def remembered(step: Step) -> tuple[Adoption, list[Heard]]:
    """All that a side ledger holds. What the bus has not brought back waits for the bus again."""
    said = step.rows("select stream, kind, subject, digest, message_id, revision, updated_at from said")
    past = Adoption(
        step.epoch,
        step.rows("select key, outcome from taken"),
        [(words(*row[:3]), [False if each is None else each for each in row[3:]]) for row in said],
        step.rows("select recipient, stream, stage, count from sums where recipient = ? or stage = 'repeated'", NOBODY),
        step.rows("select link, recipient, coalesce(message_id, ''), verdict, data from asides order by number"),
        step.rows("select name, data from notes"),
    )
    rows = step.rows(f"select heard, {MESSAGE} from journal j order by id")  # noqa: S608
    return past, [heard(step, message(row), on_bus=bool(on_bus)) for on_bus, *row in rows]


def heard(step: Step, found: Message, *, on_bus: bool) -> Heard:
    """A journalled message and what became of it, as the bus would bring it."""
    rows = step.rows("select queue, recipient, stage, reason from deliveries where message_id = ? order by number", found.message_id)
    owed = (Owed(*row) for row in rows)
    again = tuple(each if on_bus or each.recipient != BUS else each._replace(stage="waiting") for each in owed)
    return Heard(found.topic, found.carrier, wire.decode(found.carrier.envelope, Envelope), again)
