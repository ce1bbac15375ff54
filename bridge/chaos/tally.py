"""What was said and accepted, and what came where and when: all that the checker needs to know.

A *word* is a piece of content that is said once, such as ``a-17``; of a *series* such as ``s-3`` one version after another is said.
"""

import time
from collections import Counter
from dataclasses import dataclass, field
from typing import NamedTuple


class Arrival(NamedTuple):
    """The first time that something came."""

    at: float
    message_id: str


@dataclass
class Partner:
    """What one recipient has."""

    kinds: str
    """First letters of the words that it may have."""
    came: dict[str, Arrival] = field(default_factory=dict)
    """By word."""
    newest: dict[str, int] = field(default_factory=dict)
    """The version of each series that came last."""
    ids: set[str] = field(default_factory=set)
    doubled: list[str] = field(default_factory=list)
    """Words that came under two message ids."""
    backwards: list[str] = field(default_factory=list)
    """Series of which an older version came for the first time after a newer one."""
    absorbed: int = 0
    """The same message id again: it overwrites itself."""

    def take(self, word: str, version: int | None, message_id: str) -> None:
        """One message."""
        if message_id in self.ids:
            self.absorbed += 1
            return
        self.ids.add(message_id)
        if version is not None:
            if version < self.newest.get(word, version):
                self.backwards.append(word)
            self.newest[word] = version
        elif word in self.came:
            self.doubled.append(word)
        else:
            self.came[word] = Arrival(time.monotonic(), message_id)


@dataclass
class Tally:
    """The whole."""

    accepted: dict[str, float] = field(default_factory=dict)
    """When the author had its receipt, by word."""
    letters: Counter[str] = field(default_factory=Counter)
    """How many words of each first letter were accepted."""
    newest: dict[str, int] = field(default_factory=dict)
    """The last accepted version of each series."""
    versions: int = 0
    """How many versions of series were accepted."""
    refused: list[str] = field(default_factory=list)
    """Words that were refused; there should be none."""
    asked: Counter[str] = field(default_factory=Counter)
    """How the authors' requests ended."""
    partners: dict[str, Partner] = field(default_factory=dict)

    def accept(self, *words: str) -> None:
        """The author has the receipt."""
        now = time.monotonic()
        self.accepted.update((word, now) for word in words)
        self.letters.update(word[0] for word in words)

    def missing(self, partner: Partner) -> list[str]:
        """Words that were accepted, and that this partner may have and has not."""
        return [word for word in self.accepted if word[0] in partner.kinds and word not in partner.came]

    def complete(self) -> bool:
        """Whether all that was accepted is everywhere."""
        return not any(map(self.missing, self.partners.values())) and self.newest.items() <= self.partners["region"].newest.items()

    def behind(self, name: str) -> int:
        """How many accepted words have not come to a partner that may have them."""
        partner = self.partners[name]
        return sum(self.letters[letter] for letter in partner.kinds) - len(partner.came)

    def recoveries(self, ends: list[float], *names: str) -> list[float]:
        """For each of the ascending moments: seconds until something that was accepted after it had come to one of these partners."""
        came: dict[str, Arrival] = {}
        for name in names:
            came = self.partners[name].came | came
        pairs = sorted((at, max(at, came[word].at)) for word, at in self.accepted.items() if word in came)
        found: list[float] = []
        first = float("inf")
        for end in reversed(ends):
            while pairs and pairs[-1][0] >= end:
                first = min(first, pairs.pop()[1])
            found.append(first - end)
        return found[::-1]
