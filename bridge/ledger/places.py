"""Which places of every origin's streams a journal holds: how far each has come, and what is missing. The same on every ledger."""

import hashlib
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from typing import NamedTuple, Protocol

from bridge.records import Head

DIGESTED = 1000
"""Messages whose ids the digest of a head covers, so that it costs the same however long the journal is."""
PAGE = 5000
"""Places read in one piece."""


class Place(NamedTuple):
    """A stream of an origin, in one epoch."""

    hub: str
    stream: str
    epoch: int


class Held(NamedTuple):
    """What a journal holds of a stream: first and last sequence, how many, and the ids of the newest, the newest first."""

    first: int
    last: int
    many: int
    newest: Sequence[str]


class Places(Protocol):
    """The questions, answered by a few that each ledger answers in its own way. Sequences begin at 1: what has 0 was never sent."""

    async def _places(self) -> list[Place]:
        """All that the journal holds anything of, and perhaps more."""
        ...

    async def _held(self, place: Place) -> Held | None:
        """Nothing, if it holds nothing."""
        ...

    async def _many(self, stream: str, epoch: int, first: int, last: int) -> int:
        """How many between two."""
        ...

    async def _sequences(self, stream: str, epoch: int, first: int, last: int) -> Sequence[int]:
        """The lowest ``PAGE`` between two, in order."""
        ...

    async def heads(self, hub: str | None = None) -> list[tuple[str, Head]]:
        """See ``Ledger``."""
        found = [(place, await self._held(place)) for place in sorted(await self._places()) if hub in (None, place.hub)]
        return [(place.hub, head(place, held)) for place, held in found if held]

    async def gaps(self, stream: str, epoch: int, first: int, last: int, limit: int = 100) -> list[tuple[int, int]]:
        """See ``Ledger``. A count, if nothing is missing."""
        first = max(first, 1)
        if first > last or await self._many(stream, epoch, first, last) == last - first + 1:
            return []
        found: list[tuple[int, int]] = []
        async for piece in self._pieces(stream, epoch, first, last):
            found += missing(piece, first, piece[-1])
            first = piece[-1] + 1
            if len(found) >= limit:
                return found[:limit]
        return [*found, *missing((), first, last)][:limit]

    async def _pieces(self, stream: str, epoch: int, first: int, last: int) -> AsyncIterator[Sequence[int]]:
        while first <= last and (piece := await self._sequences(stream, epoch, first, last)):
            yield piece
            first = piece[-1] + 1


def head(place: Place, held: Held) -> Head:
    """What the journal holds of a stream, as it is told to other hubs."""
    digest = hashlib.sha256("".join(reversed(held.newest)).encode("utf-8", "surrogatepass")).digest()
    return Head(stream=place.stream, epoch=place.epoch, first=held.first, last=held.last, count=held.many, digest=digest)


def missing(found: Iterable[int], first: int, last: int) -> Iterator[tuple[int, int]]:
    """The stretches between two that are not among what was ``found``, in order."""
    for sequence in (*found, last + 1):
        if sequence > first:
            yield first, sequence - 1
        first = sequence + 1
