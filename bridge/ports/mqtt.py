"""An agency's own broker and topics: what it publishes is taken, what it shall hear is published there, QoS 1.

What is taken is acknowledged when the ledger holds it, never before; the broker keeps our session, and with it what comes while we are away.
"""

import asyncio
import hashlib
from typing import Any

from bridge.bus import Delivery, Publication
from bridge.bus.mqtt import Address, Connection
from bridge.errors import Unavailable
from bridge.ports import Answer, Given, Taken
from bridge.tracing import stated


class Mqtt:
    """One connection to an agency's broker."""

    width = 32
    tells = False

    def __init__(self, where: Address, client_id: str, *, filters: list[str], topic: str = "") -> None:
        """Takes from ``filters``; gives to ``topic``, which may name ``{agency}``, ``{kind}``, ``{mode}`` and ``{message_id}``."""
        self.connection, self.topic = Connection(where, client_id, filters), topic
        self.again: list[Delivery] = []
        self.leaving: list[tuple[Publication, asyncio.Future[str | None]]] = []
        """What was given in this turn of the loop: it leaves together."""
        self.tasks: set[asyncio.Task[None]] = set()

    async def take(self) -> list[Taken]:
        """See ``Port``."""
        batch = self.again or await self.connection.deliveries()
        self.again = []
        return [self._piece(delivery) for delivery in batch if delivery.connection == self.connection.number]

    def _piece(self, delivery: Delivery) -> Taken:
        """Only a redelivery can be known again: the same bytes published anew are said anew."""

        async def done(answer: Answer) -> None:
            if answer.later:
                self.again.append(delivery)
            else:
                self.connection.acknowledge([delivery])

        digest = hashlib.sha256(delivery.topic.encode() + b"\0" + delivery.data).hexdigest()
        return Taken(delivery.data, f"mqtt:{digest}", done, fresh=not delivery.again, traceparent=stated(dict(delivery.told).get("traceparent")))

    async def give(self, given: Given) -> None:
        """See ``Port``."""
        trace = (("traceparent", given.traceparent),) if given.traceparent else ()
        told = (("message_id", given.message_id), ("content-type", given.media_type), *trace)
        topic = self.topic.format_map(given._asdict())
        if refused := await self._left(Publication(topic, given.data, properties=told)):
            raise Unavailable(f"{topic}: {refused}")

    def _left(self, publication: Publication) -> asyncio.Future[str | None]:
        """Why the broker refuses it, or nothing, when it has answered."""
        answer: asyncio.Future[str | None] = asyncio.get_running_loop().create_future()
        self.leaving.append((publication, answer))
        if len(self.leaving) == 1:
            self.tasks.add(task := asyncio.create_task(self._leave()))
            task.add_done_callback(self.tasks.discard)
        return answer

    async def _leave(self) -> None:
        batch, self.leaving = self.leaving, []
        try:
            outcomes: list[str | Unavailable | None] = list(await self.connection.publish([publication for publication, _ in batch]))
        except Unavailable as error:
            outcomes = [error] * len(batch)
        for (_, answer), outcome in zip(batch, outcomes, strict=True):
            if answer.done():
                continue
            if isinstance(outcome, Unavailable):
                answer.set_exception(outcome)
            else:
                answer.set_result(outcome)

    async def tell(self, message_id: str, receipts: list[dict[str, Any]]) -> None:
        """See ``Port``; a broker has no place for them."""

    async def close(self) -> None:
        """See ``Port``."""
        for task in self.tasks:
            task.cancel()
        await self.connection.close()
