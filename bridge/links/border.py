"""Who saw a subject that has left its area, or lost the keyword, is told once more where it went: else it would show it there for ever.

Of an incident, a resource and the like the newest word counts. So for each outlet that has only what concerns it we remember whether the last
word did; the first that does not is still owed to it, and what follows is not. An older one that comes late is not given after it. At the start
all is known again from the journal. What cannot be known is given: a message too many is a nuisance, a message too few a catastrophe.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from datetime import datetime
from functools import partial
from typing import NamedTuple

from bridge import topics, wire
from bridge.agreements import Grant, owed
from bridge.errors import Rejected, Unavailable
from bridge.kinds import NEWEST_WINS, Lane, lane
from bridge.ledger import Message
from bridge.records import Carrier, Envelope

MOST = 200_000
"""Subjects remembered, each for each outlet; of more the oldest are forgotten."""
GO = 64
"""Messages opened in one go."""


class Word(NamedTuple):
    """The newest of a subject, as an outlet stands to it."""

    place: tuple[int, int]
    """Epoch and sequence at its origin."""
    concerned: bool
    owed: bool
    """Whether it was given; of what an earlier life has heard: it is if it is heard again."""


class Border:
    """What is on this side of it, for every outlet."""

    def __init__(self) -> None:
        """Nothing is known before it is recalled."""
        self.words: dict[tuple[str, ...], Word] = {}
        self.recalled: set[Lane] = set()

    def still(self, carrier: Carrier, envelope: Envelope, grant: Grant, concerned: bool) -> bool:  # noqa: FBT001  the answer of one question to the next
        """Whether a message is owed, by whether it concerns the recipient, and whether the one before it did."""
        if envelope.kind not in NEWEST_WINS:
            return concerned
        key, place = name(grant, envelope), (carrier.epoch, carrier.sequence)
        last = self.words.get(key)
        if last and place <= last.place:
            return last.owed if place == last.place else concerned and last.concerned
        before = last.concerned if last else lane(envelope.kind) not in self.recalled
        return self._keep(key, Word(place, concerned, concerned or before))

    def _keep(self, key: tuple[str, ...], word: Word) -> bool:
        self.words.pop(key, None)
        self.words[key] = word
        if len(self.words) > MOST:
            del self.words[next(iter(self.words))]
        return word.owed

    async def recall(self, of: Lane, journal: AsyncIterator[Message], grants: Sequence[Grant], now: datetime) -> None:
        """One lane, from the newest of every subject in the journal. ``Unavailable`` if it cannot be read now."""
        number = 0
        async for message in journal:
            with suppress(Rejected, Unavailable):  # of a schema that is not known here
                envelope = wire.decode(message.carrier.envelope, Envelope)
                owed(topics.parse(message.topic), envelope, grants, now, partial(self._recalled, message.carrier, envelope))
            number += 1
            if number % GO == 0:
                await asyncio.sleep(0)
        self.recalled.add(of)

    def _recalled(self, carrier: Carrier, envelope: Envelope, grant: Grant, concerned: bool) -> bool:  # noqa: FBT001  as above
        key, place = name(grant, envelope), (carrier.epoch, carrier.sequence)
        if key not in self.words:  # else something was heard meanwhile
            self._keep(key, Word(place, concerned, owed=True))
        return concerned


def name(grant: Grant, envelope: Envelope) -> tuple[str, ...]:
    """What an outlet last had something of."""
    return grant.name, envelope.agency, envelope.mode, envelope.kind, envelope.subject
