"""What every ledger judges by, the same on each."""

from bridge.envelope import Sealed
from bridge.ledger.rows import millis

SKEW = 5 * 60 * 1000
"""Milliseconds by which an ``updated_at`` may lie in this hub's future and still decide what is newest."""
AHEAD = 2 * 60 * 1000
"""Milliseconds by which what we wrote may lie in our future; what lies farther ahead was written before our clock was set back."""
COALESCED = frozenset({"resource-state"})
"""Kinds of which only the newest of a subject waits."""


def changed_at(sealed: Sealed, now: int) -> int | None:
    """When what is said was last changed, if its source says so and that may decide what is newest; all in milliseconds."""
    updated = millis(sealed.updated_at) if sealed.updated_at else None
    return None if updated is None or updated > now + SKEW else updated
