"""From an agency to the ledger: take, read, seal, accept, and only then the receipt."""

import asyncio
from datetime import datetime

import structlog

from bridge import crash
from bridge.adapter import Adapter, Said, read
from bridge.envelope import Sealed, Terms, seal
from bridge.errors import Rejected, Unavailable, Verdict
from bridge.ledger import Outcome, Refused, Taking
from bridge.links.hub import Hub
from bridge.ports import Answer, Port, Taken

log = structlog.get_logger()
MOST = 64
"""Pieces read in one go: reading more would keep the loop from everything else for too long."""
PATIENCE = 1.0
"""Seconds before trying again when the ledger cannot hold anything."""


class Inlet:
    """A port and an adapter at work for one agency."""

    def __init__(self, name: str, port: Port, adapter: Adapter, terms: Terms, hub: Hub) -> None:
        """``terms`` are what the link's settings say for everything it takes."""
        self.name, self.port, self.adapter, self.terms, self.hub = name, port, adapter, terms, hub

    async def run(self) -> None:
        """Works until it is cancelled."""
        while True:
            batch = await self.port.take()
            for first in range(0, len(batch), MOST):
                await self.work(batch[first : first + MOST])

    async def work(self, batch: list[Taken]) -> None:
        """One batch, all the way to the receipts."""
        takings = [self.read(taken) for taken in batch]
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
        for outcome in outcomes:
            self.hub.feeds.push(outcome.tickets)
        for taken, taking, outcome in zip(batch, takings, outcomes, strict=True):
            await taken.done(answer(taking, outcome))
            self._note(taking, outcome)
        crash.point("receipted")

    def read(self, taken: Taken) -> Taking:
        """The piece, read to its end and sealed; what is refused of it keeps its bytes."""
        sealed, verdicts = read_and_sealed(taken.data, taken.key, self.adapter, self.terms, self.hub.clock())
        refused = tuple(Refused(verdict, taken.data) for verdict in verdicts)
        return Taking(f"{self.name}:{taken.key}", self.name, self.terms.agency, sealed, refused, taken.fresh)

    def _note(self, taking: Taking, outcome: Outcome) -> None:
        """One line for what was refused; what was accepted is counted, and logged only for who wants to look on."""
        if outcome.again:
            return
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
            log.warning("refused", link=self.name, agency=taking.agency, code=verdict.code, at=verdict.at, reason=verdict.en, turn=verdict.turn)


def read_and_sealed(data: bytes, key: str, adapter: Adapter, terms: Terms, now: datetime) -> tuple[tuple[Sealed, ...], tuple[Verdict, ...]]:
    """All that a piece says, sealed, and the verdicts on what is refused of it. ``key`` joins the records of one piece."""
    sealed: list[Sealed] = []
    verdicts: list[Verdict] = []
    try:
        found = read(adapter, data)
    except Rejected as error:
        found = [error]
    for each in found:
        try:
            if not isinstance(each, Said):
                raise each
            sealed += seal(each, terms, now, source=data, correlation=key if len(found) > 1 else None)
        except Rejected as error:
            verdicts.append(error.verdict)
    return tuple(sealed), tuple(verdicts)


def answer(taking: Taking, outcome: Outcome) -> Answer:
    """What the source is told."""
    return Answer(outcome.states, tuple(refused.verdict for refused in taking.refused))
