"""A breaker for a link that storms: much comes, hardly anything of it is news. Then the link rests, and its broker holds what comes."""

from collections import deque

WINDOW = 5.0
"""Seconds looked back."""
MANY = 2000
"""Deliveries within the window from which on a link may storm."""
NEWS = 0.05
"""The share of news below which so many deliveries are a storm."""
REST = 30.0
"""Seconds that a storming link rests."""


class Breaker:
    """Counts what one link brings."""

    def __init__(self) -> None:
        """Nothing has come yet."""
        self.seen: deque[tuple[float, int, int]] = deque()
        self.storms = 0
        """How often it has broken."""

    def count(self, came: int, news: int, now: float) -> float:
        """Notes a batch; the seconds that the link has to rest, 0 if all is well. ``now`` in seconds of any clock that only grows."""
        self.seen.append((now, came, news))
        while self.seen[0][0] < now - WINDOW:
            self.seen.popleft()
        total = sum(each for _, each, _ in self.seen)
        if total < MANY or sum(each for _, _, each in self.seen) >= NEWS * total:
            return 0.0
        self.seen.clear()
        self.storms += 1
        return REST
