"""From the ledger to our own bus, one lane: published in order, settled when the broker has answered."""

import asyncio
from itertools import count

import structlog

from bridge import crash, wire
from bridge.bus import Bus, Publication
from bridge.errors import Unavailable
from bridge.kinds import Lane
from bridge.ledger import Settlement, Ticket, bus_queue
from bridge.links.hub import Hub
from bridge.records import Envelope
from bridge.tracing import spanned

log = structlog.get_logger()
BATCH = 100
PATIENCE = (0.2, 5.0)
"""Seconds before trying again, first and at most."""


class Publisher:
    """One lane of this hub's way to its bus."""

    def __init__(self, lane: Lane, bus: Bus, hub: Hub) -> None:
        """``bus`` is a connection of its own."""
        self.lane, self.bus, self.ledger, self.measures = lane, bus, hub.ledger, hub.measures
        self.bell = asyncio.Event()
        self.feed = hub.feeds.open(bus_queue(lane), self.bell)

    async def run(self) -> None:
        """Works until it is cancelled."""
        tries = count()
        while True:
            self.bell.clear()
            tickets: list[Ticket] = []
            try:
                tickets = await self.feed.take(BATCH)
                if tickets:
                    await self.publish(tickets)
                    tries = count()
                else:
                    await self.bell.wait()
            except Unavailable as error:
                log.warning("unavailable", link=f"publisher/{self.lane}", reason=str(error))
                self.feed.done(tickets)
                self.feed.again()
                await asyncio.sleep(min(PATIENCE[1], PATIENCE[0] * 2 ** next(tries)))

    @spanned("publish", lambda _, tickets: map(trace_of, tickets))
    async def publish(self, tickets: list[Ticket]) -> None:
        """Hands on; what the broker refuses stays queued and is tried again."""
        crash.point("publishing")
        refused = await self.bus.publish([publication(ticket) for ticket in tickets])
        crash.point("published")
        settled = [ticket for ticket, reason in zip(tickets, refused, strict=True) if reason is None]
        await self.ledger.settle([Settlement(ticket, "delivered") for ticket in settled])
        crash.point("publish-settled")
        self.feed.done(settled)
        self.measures.refused[self.lane] += len(tickets) - len(settled)
        if reasons := {reason for reason in refused if reason}:
            raise Unavailable(f"the broker refuses: {', '.join(sorted(reasons))}")


def publication(ticket: Ticket) -> Publication:
    """A journalled message as it goes on the bus."""
    message = ticket.message
    return Publication(message.topic, wire.encode(message.carrier), properties=(("message_id", message.message_id),))


def trace_of(ticket: Ticket) -> str | None:
    """The trace context that a journalled message came with."""
    return wire.decode(ticket.message.carrier.envelope, Envelope).traceparent
