"""From the ledger to an agency: open, write in its format, give, settle, and the receipt to the author.

Away is not poison (DESIGN section 5): an agency that does not answer is asked again until the message expires; a message that the
agency does not want is set aside after five attempts, and the next goes on meanwhile.
"""

import asyncio
from collections.abc import Iterable, Iterator
from datetime import timedelta
from itertools import count
from time import perf_counter

import structlog

from bridge import crash, receipts, wire
from bridge.adapter import Adapter, Written, write
from bridge.envelope import said_of
from bridge.errors import AdapterFault, Malformed, Rejected, Unavailable, Unsupported
from bridge.kinds import LANES, lane
from bridge.ledger import Settlement, Stage, Ticket, outlet_queue
from bridge.links.feed import Feed
from bridge.links.hub import Hub
from bridge.links.wanted import LOOK, Waiting
from bridge.ports import Given, Port
from bridge.records import Envelope
from bridge.topics import MODES
from bridge.tracing import spanned

log = structlog.get_logger()
BATCH = 32
ATTEMPTS = 5
PATIENCE = (0.2, 5.0)
"""Seconds before asking a recipient again that is away, first and at most: who was away for a moment is not kept waiting, and who is back is soon known."""
LONGEST = 3600.0
"""Seconds that a recipient may put us off at most, whatever it says."""
AGAIN = 1.0
"""Seconds before a message that the recipient does not want is given again; then twice as long each time."""


class Outlet:
    """A port and an adapter at work for one recipient."""

    def __init__(self, name: str, agency: str, port: Port, adapter: Adapter, hub: Hub) -> None:
        """``agency`` is the recipient."""
        self.name, self.agency, self.port, self.adapter, self.hub = name, agency, port, adapter, hub
        self.bell = asyncio.Event()
        self.waiting = Waiting(hub.wanted, self.bell)
        self.lanes = [hub.feeds.open(outlet_queue(name, lane), self.bell) for lane in LANES]

    async def run(self) -> None:
        """Works until it is cancelled; the urgent lane always first."""
        tries = count()
        while True:
            self.bell.clear()
            try:
                await self._call()
                for feed in self.lanes:
                    if tickets := await feed.take(BATCH):
                        await self.work(feed, tickets)
                        tries = count()
                        break
                else:
                    await self.bell.wait()
            except Unavailable as error:
                patience = min(error.retry_after or 0.0, LONGEST) or min(PATIENCE[1], PATIENCE[0] * 2 ** next(tries))
                log.warning("unavailable", link=self.name, reason=str(error), again_in=patience)
                await asyncio.sleep(patience)

    async def work(self, feed: Feed, tickets: list[Ticket]) -> None:
        """One batch. If the recipient is away, what is settled is settled, and the rest waits."""
        settled: list[Settlement] = []
        put_off: list[Ticket] = []
        away: Unavailable | None = None
        unread: list[Ticket] = []
        letters = list(self._letters(tickets, unread))
        for group in abreast(letters, self.port.width):
            outcomes = await asyncio.gather(*(self.one(*letter, gone=away is not None) for letter in group), return_exceptions=True)
            for letter, outcome in zip(group, outcomes, strict=True):
                found: Settlement | BaseException | None = outcome
                if isinstance(outcome, wire.UnknownSchema):
                    unread.append(self.waiting.add(*letter, outcome.mark, self.hub.clock()))
                    found = None
                elif isinstance(outcome, Unavailable):
                    away, found = outcome, self._expired(*letter)
                elif isinstance(outcome, Rejected):
                    found = self._poison(*letter, outcome)
                    put_off += [] if found else [letter[0]]
                if isinstance(found, BaseException):
                    raise found
                settled += [found] if found else []
        try:
            await self._settle(settled)
            await self._defer(feed, put_off)
            await self._wait(feed, unread)
        except Unavailable:
            feed.again()
            raise
        finally:
            feed.done(tickets)
        if away:
            self.hub.measures.away.add(self.name)
            feed.again()
            raise away

    @spanned("give", lambda _, __, envelope, **___: [envelope.traceparent])
    async def one(self, ticket: Ticket, envelope: Envelope, *, gone: bool) -> Settlement | None:
        """One message to its end; nothing if it must wait because the recipient is ``gone``."""
        if (expired := self._expired(ticket, envelope)) or gone:
            return expired
        self.waiting.check(envelope, self.hub.clock())
        try:
            said = said_of(envelope)
            crash.point("opened")
            begun = perf_counter()
            written = write(self.adapter, said)
            self.hub.measures.writes[self.adapter.name].since(begun)
        except Unsupported as error:
            return self._end(ticket, envelope, "refused", error)
        except (AdapterFault, Malformed) as error:  # the same bytes would fail the same way again
            return self._end(ticket, envelope, "set aside", error)
        crash.point("written")
        mode = MODES[envelope.mode]
        told = (envelope.message_id, envelope.kind, self.adapter.media_type, envelope.agency, mode, envelope.traceparent)
        await self.port.give(Given(written.data, *told))
        crash.point("given")
        return self._delivered(ticket, envelope, written)

    def _expired(self, ticket: Ticket, envelope: Envelope) -> Settlement | None:
        if not self.hub.expires or envelope.expires_at is None or envelope.expires_at > self.hub.clock():
            return None
        return self._end(ticket, envelope, "expired", Unsupported("expired", envelope.expires_at.isoformat()))

    def _delivered(self, ticket: Ticket, envelope: Envelope, written: Written) -> Settlement:
        losses = written.losses
        self.hub.measures.given(self.name, lane(envelope.kind), self.hub.clock(), envelope.sent_at)
        log.debug("given", recipient=self.agency, agency=envelope.agency, kind=envelope.kind, format=self.adapter.name, losses=len(losses))
        told = receipts.due(envelope, "delivered", losses)
        made = receipts.receipt(envelope, self.agency, "delivered", self.hub.clock(), losses=losses, by=self.adapter.name) if told else None
        return Settlement(ticket, "delivered", receipt=made)

    def _end(self, ticket: Ticket, envelope: Envelope, stage: Stage, error: Rejected) -> Settlement:
        verdict = error.verdict
        self.hub.measures.refuse(self.name, verdict.code, shelved=stage == "set aside")
        log.warning(stage, link=self.name, message_id=envelope.message_id, code=verdict.code, at=verdict.at, reason=verdict.en, turn=verdict.turn)
        told = receipts.due(envelope, stage)
        made = receipts.receipt(envelope, self.agency, stage, self.hub.clock(), verdict=verdict, by=self.adapter.name) if told else None
        return Settlement(ticket, stage, verdict, ticket.message.carrier.envelope, made)

    def _poison(self, ticket: Ticket, envelope: Envelope, error: Rejected) -> Settlement | None:
        """The recipient does not want it: again later, and after the fifth time aside."""
        if ticket.attempts + 1 < ATTEMPTS:
            return None
        return self._end(ticket, envelope, "set aside", error)

    async def _settle(self, settled: list[Settlement]) -> None:
        if settled:
            for outcome in await self.hub.ledger.settle(settled):
                self.hub.feeds.push(outcome.tickets)
            self.waiting.ended(each.ticket for each in settled)
            crash.point("settled")

    def _letters(self, tickets: list[Ticket], unread: list[Ticket]) -> Iterator[tuple[Ticket, Envelope]]:
        """Opened; what cannot be opened yet waits."""
        for ticket in tickets:
            try:
                yield ticket, wire.decode(ticket.message.carrier.envelope, Envelope)
            except wire.UnknownSchema as error:
                unread.append(self.waiting.add(ticket, None, error.mark, self.hub.clock()))

    async def _wait(self, feed: Feed, unread: list[Ticket]) -> None:
        """Until a schema is learnt; and to be looked at now and then, as it may expire meanwhile."""
        if unread:
            await self.hub.ledger.defer(unread, self.hub.clock() + LOOK, counted=False)
            self.waiting.ask(unread)
            feed.again()
            feed.again(LOOK.total_seconds())

    async def _call(self) -> None:
        """Those whose schema has been learnt wait no more."""
        if known := list(self.waiting.known):
            await self.hub.ledger.defer(known, self.hub.clock(), counted=False)
            self.waiting.called(known)
            for feed in self.lanes:
                feed.again()

    async def _defer(self, feed: Feed, tickets: list[Ticket]) -> None:
        for ticket in tickets:
            wait = AGAIN * 2**ticket.attempts
            await self.hub.ledger.defer([ticket], self.hub.clock() + timedelta(seconds=wait))
            feed.again()
            feed.again(wait)


def abreast(letters: Iterable[tuple[Ticket, Envelope]], width: int) -> Iterator[list[tuple[Ticket, Envelope]]]:
    """Groups of at most ``width`` that may be under way at once: no two speak of one subject, whose order must hold."""
    group: list[tuple[Ticket, Envelope]] = []
    subjects: set[tuple[str, str, str]] = set()
    for ticket, envelope in letters:
        subject = (envelope.agency, envelope.kind, envelope.subject)
        if len(group) == width or subject in subjects:
            yield group
            group, subjects = [], set()
        group.append((ticket, envelope))
        subjects.add(subject)
    if group:
        yield group
