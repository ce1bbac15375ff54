"""From an agency to the ledger: take, read, seal, accept, and only then the receipt."""

import asyncio
import time
from datetime import datetime
from typing import NamedTuple

import structlog

from bridge import crash
from bridge.adapter import Adapter, Said, read
from bridge.drift import Sentinel
from bridge.envelope import Sealed, Terms, seal
from bridge.errors import Rejected, Unavailable, Verdict
from bridge.kinds import KINDS, ONCE
from bridge.ledger import Outcome, Refused, Taking
from bridge.links.hub import Hub
from bridge.ports import Answer, Port, Taken
from bridge.tracing import current, spanned

log = structlog.get_logger()
GO = 0.01
"""Seconds of reading in one go: more would keep the loop from everything else for too long."""
LARGE = 16 * 1024
"""Bytes from which on a piece is read in a thread: a list of many rows would be a long go by itself."""
PATIENCE = 1.0
"""Seconds before trying again when the ledger cannot hold anything."""


class Place(NamedTuple):
    """Where a piece came from: what it says has the same message ids whichever process takes it, and however often."""

    name: str
    fresh: bool
    """The source says that this is no repetition."""

    def of(self, number: int, said: Said) -> str | None:
        """The place of one of its records. Nothing for one that may well be said anew in the same words, such as a state that comes back.

        A broker does not say that it delivers again when the delivery before never left it; an alert is the same one all the same.
        """
        return None if self.fresh and KINDS[type(said.record)] not in ONCE else f"{self.name}/{number}"


class Inlet:
    """A port and an adapter at work for one agency."""

    def __init__(self, name: str, port: Port, adapter: Adapter, terms: Terms, hub: Hub) -> None:
        """``terms`` are what the link's settings say for everything it takes."""
        self.name, self.port, self.adapter, self.terms, self.hub = name, port, adapter, terms, hub
        self.sentinel = Sentinel(terms.agency, adapter)
        self.last: datetime | None = None
        """When something was last taken."""

    async def run(self) -> None:
        """Works until it is cancelled."""
        while True:
            batch = await self.port.take()
            while batch:
                batch = batch[await self.work(batch) :]

    @spanned("take")
    async def work(self, batch: list[Taken]) -> int:
        """As many of the batch as can be read in one go, all the way to the receipts; says how many."""
        takings = await self.go(batch)
        await self.accept(batch[: len(takings)], takings)
        return len(takings)

    async def go(self, batch: list[Taken]) -> list[Taking]:
        """What can be read without keeping others waiting; at least one."""
        found: list[Taking] = []
        end = time.monotonic() + GO
        for taken in batch:
            large, begun = len(taken.data) > LARGE, time.perf_counter()
            found.append(await asyncio.to_thread(self.read, taken) if large else self.read(taken))
            self.hub.measures.reads[self.adapter.name].since(begun)
            if large or time.monotonic() > end:
                break
        return found

    @spanned("accept", lambda _, batch, __: (taken.traceparent for taken in batch))
    async def accept(self, batch: list[Taken], takings: list[Taking]) -> None:
        """What was read, into the ledger; then the receipts."""
        crash.point("sealed")
        try:
            outcomes = await self.hub.ledger.accept(takings)
        except Unavailable as error:
            log.warning("unavailable", link=self.name, reason=str(error))
            for taken in batch:
                await taken.done(Answer(later=str(error)))
            await asyncio.sleep(PATIENCE)
            return
        crash.point("accepted")
        self.last = self.hub.clock()
        self.hub.measures.last[self.name] = self.hub.clock()
        for outcome in outcomes:
            self.hub.feeds.push(outcome.tickets)
        for taken, taking, outcome in zip(batch, takings, outcomes, strict=True):
            await taken.done(answer(taking, outcome))
            self._note(taking, outcome)
        crash.point("receipted")

    @spanned("read", lambda _, taken: [taken.traceparent])
    def read(self, taken: Taken) -> Taking:
        """The piece, read to its end and sealed; what is refused of it keeps its bytes."""
        name = f"{self.name}:{taken.key}"
        place = Place(f"{self.terms.agency}/{name}", taken.fresh)
        trace = taken.traceparent or current()
        sealed, verdicts = read_and_sealed(taken.data, taken.key, self.adapter, self.terms, self.hub.clock(), self.sentinel, place, trace)
        judged = [(each, self.hub.presences.cannot_take(each)) for each in sealed]
        sent = tuple(each for each, withheld in judged if withheld is None)
        refused = tuple(Refused(verdict, taken.data) for verdict in (*verdicts, *(withheld for _, withheld in judged if withheld)))
        return Taking(name, self.name, self.terms.agency, sent, refused, taken.fresh)

    def _note(self, taking: Taking, outcome: Outcome) -> None:
        """One line for what was refused; what was accepted is counted, and logged only for who wants to look on."""
        if outcome.again:
            return
        if not (taking.sealed or taking.refused):
            log.info("said-nothing", link=self.name, agency=taking.agency)
        for sealed, (_, state) in zip(taking.sealed, outcome.states, strict=True):
            envelope = sealed.envelope
            log.debug(
                "said",
                agency=envelope.agency,
                kind=envelope.kind,
                subject=envelope.subject,
                mode=envelope.mode,
                format=envelope.source_format,
                state=state,
            )
        for refused in taking.refused:
            verdict = refused.verdict
            self.hub.measures.refuse(self.name, verdict.code, shelved=True)
            log.warning("refused", link=self.name, agency=taking.agency, code=verdict.code, at=verdict.at, reason=verdict.en, turn=verdict.turn)


def read_and_sealed(  # noqa: PLR0913  what a piece meets on its way
    data: bytes,
    key: str,
    adapter: Adapter,
    terms: Terms,
    now: datetime,
    sentinel: Sentinel | None = None,
    place: Place | None = None,
    trace: str | None = None,
) -> tuple[tuple[Sealed, ...], tuple[Verdict, ...]]:
    """All that a piece says, sealed, and the verdicts on what is refused of it. ``key`` joins the records of one piece, ``place`` and ``trace`` as in ``seal``."""
    sealed: list[Sealed] = []
    verdicts: list[Verdict] = []
    try:
        found = read(adapter, data)
    except Rejected as error:
        found = [error]
    if sentinel:
        sentinel.see(data, found, now)
    for number, each in enumerate(found):
        try:
            if not isinstance(each, Said):
                raise each
            named = place and place.of(number, each)
            sealed += seal(each, terms, now, source=data, correlation=key if len(found) > 1 else None, place=named, trace=trace)
        except Rejected as error:
            verdicts.append(error.verdict)
    return tuple(sealed), tuple(verdicts)


def answer(taking: Taking, outcome: Outcome) -> Answer:
    """What the source is told."""
    return Answer(outcome.states, tuple(refused.verdict for refused in taking.refused))
