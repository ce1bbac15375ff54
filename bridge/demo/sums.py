"""Whether everything has come to its end: the sum of each hub, and what has crossed from one to the other."""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from bridge.app import App
from bridge.links.neighbours import scope

PATIENCE = 45
"""Seconds until everything must have come to its end."""
LOOK = 0.3
"""Seconds between two looks; what is the same at two of them has come to rest."""
Sum = Counter[tuple[str, str]]
"""Messages by recipient and stage."""


class Crossed(NamedTuple):
    """What one hub has said for another, and how much of it is there."""

    by: str
    at: str
    said: int
    there: int
    same: bool
    """Nothing is missing, doubled or changed: every stream has the same digest at both."""


async def summed(hub: App) -> Sum:
    """The sum of DESIGN section 5."""
    counts: Sum = Counter()
    for fate in await hub.ledger.sum():
        counts[fate.recipient, fate.stage] += fate.many
    return counts


async def crossed(by: App, at: App) -> Crossed:
    """From the heads of both journals."""
    own, peer = by.settings.hub, at.settings.hub
    granted = next(scope(each.agencies, each.modes, each.inboxes) for each in by.settings.peer if each.hub == peer)
    said, there = [
        {(head.stream, head.epoch): (head.count, head.digest) for _, head in await hub.ledger.heads(own) if granted.covers(head.stream)}
        for hub in (by, at)
    ]
    counts = [sum(count for count, _ in heads.values()) for heads in (said, there)]
    return Crossed(own, peer, counts[0], counts[1], said == there)


async def exchanged(hubs: Sequence[App]) -> list[Crossed]:
    """Every way between them."""
    return [await crossed(by, at) for by in hubs for at in hubs if by is not at]


async def settled(hubs: Sequence[App], folders: Sequence[Path], *, joined: bool = True) -> bool:
    """Waits until every file is taken, nothing waits any more and, with ``joined`` hubs, each has what the others said for it."""

    async def rest() -> list[Sum] | None:
        sums = [await summed(hub) for hub in hubs]
        quiet = not taken(folders) and not any(number for counts in sums for (_, stage), number in counts.items() if stage == "waiting")
        return sums if quiet and not (joined and any(not each.same for each in await exchanged(hubs))) else None

    return await unchanged(rest)


async def unchanged(look: Callable[[], Awaitable[list[Sum] | None]]) -> bool:
    """Whether two looks, one after the other, see the same before patience ends."""
    end, last = time.monotonic() + PATIENCE, None
    while time.monotonic() < end:
        found = await look()
        if found is not None and found == last:
            return True
        last = found
        await asyncio.sleep(LOOK)
    return False


def taken(folders: Sequence[Path]) -> list[Path]:
    """Files that nobody has taken yet."""
    return [file for folder in folders for file in folder.iterdir() if file.is_file()]
