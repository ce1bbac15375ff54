"""Receipts to the author: everything known of one message, told anew whenever more is known."""

import asyncio

import structlog

from bridge import crash, wire
from bridge.envelope import record_of
from bridge.errors import Rejected, Unavailable
from bridge.ledger import Settlement, Ticket, receipt_queue
from bridge.links.hub import Hub
from bridge.ports import Port
from bridge.records import Envelope, Receipt

log = structlog.get_logger()
BATCH = 100
PATIENCE = 5.0


class Courier:
    """The way of receipts to one agency."""

    def __init__(self, agency: str, ports: list[Port], hub: Hub) -> None:
        """``ports`` are those of the agency's inlets."""
        self.agency, self.ports, self.ledger = agency, ports, hub.ledger
        self.bell = asyncio.Event()
        self.feed = hub.feeds.open(receipt_queue(agency), self.bell)

    async def run(self) -> None:
        """Works until it is cancelled."""
        while True:
            self.bell.clear()
            tickets: list[Ticket] = []
            try:
                tickets = await self.feed.take(BATCH)
                if not tickets:
                    await self.bell.wait()
                    continue
                crash.point("telling")
                for message_id in dict.fromkeys(filter(None, map(spoken_of, tickets))):
                    await self.tell(message_id)
                crash.point("told")
                await self.ledger.settle([Settlement(ticket, "delivered") for ticket in tickets])
                crash.point("told-settled")
                self.feed.done(tickets)
            except (Rejected, Unavailable) as error:
                log.warning("unavailable", link=f"receipts/{self.agency}", reason=str(error))
                self.feed.done(tickets)
                self.feed.again()
                await asyncio.sleep(PATIENCE)

    async def tell(self, message_id: str) -> None:
        """All receipts there are for one message."""
        found = [document(receipt_of(message.carrier.envelope)) for message in await self.ledger.receipts(self.agency, message_id)]
        for port in self.ports:
            await port.tell(message_id, found)


def receipt_of(envelope: bytes) -> Receipt:
    """The receipt inside an envelope."""
    found = record_of(wire.decode(envelope, Envelope))
    assert isinstance(found, Receipt)
    return found


def spoken_of(ticket: Ticket) -> str | None:
    """The message that a ticket's receipt speaks of; nothing if it cannot be read."""
    try:
        return receipt_of(ticket.message.carrier.envelope).message_id
    except (AssertionError, Rejected, Unavailable):
        return None


def document(receipt: Receipt) -> dict[str, object]:
    """A receipt as its author reads it."""
    return receipt.model_dump(mode="json", exclude_defaults=True)
