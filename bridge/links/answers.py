"""Answers neighbours who ask for what they have missed: from the journal, in order, QoS 1, and ended by what was sent."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress

import structlog

from bridge import topics, wire
from bridge.bus import Bus, Delivery, Publication
from bridge.errors import Rejected, Unavailable
from bridge.ledger import Message
from bridge.links.gaps import FORGOTTEN
from bridge.links.hub import Hub
from bridge.records import Answer, Ask
from bridge.streams import Scope

log = structlog.get_logger()
PIECE = 50
"""Messages between two answers of the broker: it is never flooded, and the other lanes get their turn."""
WAITING = 32
"""Requests that wait; more are told to come again."""
Sent = tuple[int, str]
"""Sequence and message id."""


class Answers:
    """Who answers."""

    def __init__(self, own: str, bus: Bus, peers: Mapping[str, Scope], hub: Hub) -> None:
        """``bus`` is a connection of its own to our own broker, ``peers`` say who may have what."""
        self.own, self.bus, self.peers, self.hub = own, bus, peers, hub
        self.requests: asyncio.Queue[tuple[str, str, Ask]] = asyncio.Queue(WAITING)

    @property
    def filters(self) -> list[str]:
        """What ``bus`` subscribes to."""
        return [topics.ask(self.own, peer, what) for peer in self.peers for what in ("replay", "snapshot")]

    async def hear(self) -> None:
        """Works until it is cancelled. Who gets no answer asks again: a request need not survive us."""
        while True:
            batch = await self.bus.deliveries()
            for delivery in batch:
                await self._note(delivery)
            self.bus.acknowledge(batch)

    async def _note(self, delivery: Delivery) -> None:
        *_, peer, what = delivery.topic.split("/")
        try:
            ask = wire.decode(delivery.data, Ask)
        except (Rejected, Unavailable) as error:
            log.warning("refused", link="answers", topic=delivery.topic, reason=str(error))
            return
        if not topics.is_level(ask.request):
            log.warning("refused", link="answers", topic=delivery.topic, reason="the request's id is no level of a topic")
        elif self.requests.full():
            with suppress(Unavailable):
                await self._end(peer, ask, [], "busy")
        else:
            self.requests.put_nowait((peer, what, ask))

    async def run(self) -> None:
        """Works until it is cancelled; one request after the other."""
        while True:
            peer, what, ask = await self.requests.get()
            try:
                await self._answer(peer, what, ask)
            except Unavailable as error:
                log.warning("unavailable", link="answers", reason=str(error))

    async def _answer(self, peer: str, what: str, ask: Ask) -> None:
        scope, sent = self.peers[peer], list[Sent]()
        if what == "replay" and not scope.covers(ask.stream):
            await self._end(peer, ask, [], "not granted")
            return
        found = self.hub.ledger.picture() if what == "snapshot" else self.hub.ledger.replay(ask.stream, ask.epoch, ask.first, ask.last)
        async for piece in pieces(found, scope):
            await self._send(peer, ask, piece)
            sent += [(message.carrier.sequence, message.message_id) for message in piece]
        complete = what == "snapshot" or len(sent) == ask.last - ask.first + 1
        await self._end(peer, ask, sent, None if complete else FORGOTTEN)

    async def _send(self, peer: str, ask: Ask, piece: list[Message]) -> None:
        place = topics.answer(self.own, peer, ask.request)
        batch = [Publication(place + message.topic.removeprefix(topics.ROOT), wire.encode(message.carrier)) for message in piece]
        if refused := {reason for reason in await self.bus.publish(batch) if reason}:
            raise Unavailable(f"the broker refuses: {', '.join(sorted(refused))}")

    async def _end(self, peer: str, ask: Ask, sent: list[Sent], reason: str | None) -> None:
        digest = hashlib.sha256("".join(message_id for _, message_id in sent).encode()).digest()
        first, last = (sent[0][0], sent[-1][0]) if sent else (None, None)
        end = Answer(request=ask.request, sent=len(sent), first=first, last=last, digest=digest, complete=reason is None, reason=reason)
        await self.bus.publish([Publication(topics.answer(self.own, peer, ask.request), wire.encode(end))])
        log.info("answered", peer=peer, stream=ask.stream, first=ask.first, last=ask.last, sent=len(sent), reason=reason or "")


async def pieces(messages: AsyncIterator[Message], scope: Scope) -> AsyncIterator[list[Message]]:
    """Some at a time, of those that the asker may have."""
    piece: list[Message] = []
    async for message in messages:
        if scope.covers(message.carrier.stream):
            piece.append(message)
        if len(piece) == PIECE:
            yield piece
            piece = []
    if piece:
        yield piece
