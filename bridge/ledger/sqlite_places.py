"""What a SQLite ledger tells of the places in its journal. Each question is a job of its own, so that none waits for all."""

from collections.abc import Sequence

from bridge.ledger.places import DIGESTED, PAGE, Held, Place, Places
from bridge.ledger.sqlite_step import Step
from bridge.ledger.worker import Worker

HELD = "from journal where stream = ? and epoch = ? and sequence > 0"
RANGE = "from journal where stream = ? and epoch = ? and sequence between ? and ?"


class SqlitePlaces(Places):
    """The answers of a ``Sqlite``."""

    worker: Worker

    async def _places(self) -> list[Place]:
        found: list[Place] = []
        last: tuple[str, int] = ("", 0)
        after = "select hub, stream, epoch from journal where (stream, epoch) > (?, ?) order by stream, epoch limit 1"
        while row := await self.worker.run(Step.one, after, *last):  # a leap along the index, not a walk
            found.append(Place(*row))
            last = found[-1].stream, found[-1].epoch
        return found

    async def _held(self, place: Place) -> Held | None:
        return await self.worker.run(held, place.stream, place.epoch)

    async def _many(self, stream: str, epoch: int, first: int, last: int) -> int:
        (many,) = await self.worker.run(Step.one, f"select count(*) {RANGE}", stream, epoch, first, last)
        return int(many)

    async def _sequences(self, stream: str, epoch: int, first: int, last: int) -> Sequence[int]:
        sql = f"select distinct sequence {RANGE} order by sequence limit ?"
        return [sequence for (sequence,) in await self.worker.run(Step.rows, sql, stream, epoch, first, last, PAGE)]


def held(step: Step, *place: str | int) -> Held | None:
    """What the journal holds of a stream in an epoch."""
    (many,) = step.one(f"select count(*) {HELD}", *place)
    if not many:
        return None
    (first,), (last,) = step.one(f"select min(sequence) {HELD}", *place), step.one(f"select max(sequence) {HELD}", *place)
    newest = step.do(f"select message_id {HELD} order by sequence desc, message_id desc limit ?", *place, DIGESTED)
    return Held(first, last, many, [message_id for (message_id,) in newest])
