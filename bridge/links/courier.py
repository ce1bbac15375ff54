"""Receipts to the author: everything known of one message, told anew whenever more is known."""

import asyncio
from collections.abc import Iterable, Sequence

import structlog

from bridge import crash, wire
from bridge.envelope import record_of
from bridge.errors import Rejected, Unavailable
from bridge.ledger import Message, Settlement, Ticket, receipt_queue
from bridge.links.hub import Hub
from bridge.ports import Port
from bridge.records import Envelope, Receipt

log = structlog.get_logger()
BATCH = 100
PATIENCE = 5.0


class Courier:
    """The way of receipts to one agency."""

    def __init__(self, agency: str, ports: list[Port], hub: Hub) -> None:
        """``ports`` are those of the agency's inlets; where none tells, the agency asks."""
        self.agency, self.ports, self.ledger = agency, [port for port in ports if port.tells], hub.ledger
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
                if self.ports:
                    await self.tell(list(dict.fromkeys(filter(None, map(spoken_of, tickets)))))
                crash.point("told")
                await self.ledger.settle([Settlement(ticket, "delivered") for ticket in tickets])
                crash.point("told-settled")
                self.feed.done(tickets)
            except (Rejected, Unavailable) as error:
                log.warning("unavailable", link=f"receipts/{self.agency}", reason=str(error))
                self.feed.done(tickets)
                self.feed.again()
                await asyncio.sleep(PATIENCE)

    async def tell(self, message_ids: Sequence[str]) -> None:
        """All receipts there are for each of these messages, as many at once as a port takes."""
        found = await asyncio.gather(*(self.ledger.receipts(self.agency, message_id) for message_id in message_ids))
        told = [(message_id, documents(receipts)) for message_id, receipts in zip(message_ids, found, strict=True)]
        for port in self.ports:
            for first in range(0, len(told), port.width):
                outcomes = await asyncio.gather(*(port.tell(*each) for each in told[first : first + port.width]), return_exceptions=True)
                for outcome in filter(None, outcomes):
                    raise outcome


def receipt_of(envelope: bytes) -> Receipt:
    """The receipt inside an envelope."""
    found = record_of(wire.decode(envelope, Envelope))
    assert isinstance(found, Receipt)
    return found


def readable(envelope: bytes) -> Receipt | None:
    """The same; nothing if it cannot be read: what one hub says wrongly must not hold up what others say."""
    try:
        return receipt_of(envelope)
    except (AssertionError, Rejected, Unavailable):
        return None


def spoken_of(ticket: Ticket) -> str | None:
    """The message that a ticket's receipt speaks of; nothing if it cannot be read."""
    found = readable(ticket.message.carrier.envelope)
    return found.message_id if found else None


def documents(receipts: Iterable[Message]) -> list[dict[str, object]]:
    """Receipts as their author reads them."""
    return [document(found) for message in receipts if (found := readable(message.carrier.envelope))]


def document(receipt: Receipt) -> dict[str, object]:
    """A receipt as its author reads it."""
    return receipt.model_dump(mode="json", exclude_defaults=True)
