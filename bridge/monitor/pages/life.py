"""The life of a message: by its id, the beginning of its id, or what it is about."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bridge.ledger import Ledger
from bridge.life import life

MOST = 20
"""Messages named when one was meant."""


@dataclass(frozen=True, slots=True)
class Life:
    """What was asked, and what was found."""

    words: str
    found: Sequence[str]
    told: Mapping[str, Any]
    """Empty unless just one was found."""


async def traced(ledger: Ledger, words: str) -> Life:
    """The message that is meant."""
    if not words:
        return Life(words, (), {})
    ids = [words] if await ledger.trace(words) else await ledger.find(words, MOST)
    return Life(words, ids, await life(ledger, ids[0]) if len(ids) == 1 else {})
