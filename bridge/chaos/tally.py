"""What was said and accepted, and what came where and when: all that the checker needs to know.

A *word* is a piece of content that is said once, such as ``a-17``, and no two have the same number; of a *series* such as ``s-3``
one version after another is said. Some 60 bytes for each word are all that is kept, so that half an hour fits into memory.
"""

import time
from array import array
from collections import Counter
from dataclasses import dataclass, field
from typing import Any


class Column:
    """A number for each word, by the word's own; 0 until it is set."""

    def __init__(self, kind: str) -> None:
        """``kind`` as ``array`` has it."""
        self.cells: array[Any] = array(kind)

    def __getitem__(self, number: int) -> Any:
        """What was set, else 0."""
        return self.cells[number] if number < len(self.cells) else 0

    def __setitem__(self, number: int, value: float) -> None:
        """Makes room for it."""
        missing = number + 1 - len(self.cells)
        if missing > 0:
            self.cells.frombytes(bytes(missing * self.cells.itemsize))
        self.cells[number] = value


def number(word: str) -> int:
    """The number of a word."""
    return int(word[2:])


@dataclass
class Partner:
    """What one recipient has."""

    kinds: str
    """First letters of the words that it may have."""
    came: Column = field(default_factory=lambda: Column("d"))
    """When each word came first."""
    marks: Column = field(default_factory=lambda: Column("q"))
    """The hash of the message id under which it came."""
    words: int = 0
    """How many words have come."""
    newest: dict[str, int] = field(default_factory=dict)
    """The version of each series that came last."""
    ids: set[str] = field(default_factory=set)
    """Message ids of versions, and of words that had come already."""
    doubled: list[str] = field(default_factory=list)
    """Words that came under two message ids."""
    backwards: list[str] = field(default_factory=list)
    """Series of which an older version came for the first time after a newer one."""
    absorbed: int = 0
    """The same message id again: it overwrites itself."""

    @property
    def messages(self) -> int:
        """How many message ids have come."""
        return self.words + len(self.ids)

    def take(self, word: str, version: int | None, message_id: str) -> None:
        """One message."""
        place, mark = number(word), hash(message_id)
        if message_id in self.ids or (version is None and self.marks[place] == mark):
            self.absorbed += 1
        elif version is None and not self.came[place]:
            self.came[place], self.marks[place] = time.monotonic(), mark
            self.words += 1
        else:
            self.ids.add(message_id)
            if version is None:
                self.doubled.append(word)
            else:
                if version < self.newest.get(word, version):
                    self.backwards.append(word)
                self.newest[word] = version


@dataclass
class Tally:
    """The whole."""

    accepted: Column = field(default_factory=lambda: Column("d"))
    """When the author had its receipt, by word."""
    initials: Column = field(default_factory=lambda: Column("B"))
    """The first letter of each accepted word."""
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

    @property
    def total(self) -> int:
        """How many words and versions were accepted."""
        return self.letters.total() + self.versions

    def accept(self, *words: str) -> None:
        """The author has the receipt."""
        now = time.monotonic()
        for word in words:
            self.accepted[number(word)], self.initials[number(word)] = now, ord(word[0])
        self.letters.update(word[0] for word in words)

    def missing(self, partner: Partner) -> list[str]:
        """Words that were accepted, and that this partner may have and has not."""
        wanted = set(map(ord, partner.kinds))
        return [f"{chr(letter)}-{place}" for place, letter in enumerate(self.initials.cells) if letter in wanted and not partner.came[place]]

    def complete(self) -> bool:
        """Whether all that was accepted is everywhere."""
        return not any(map(self.missing, self.partners.values())) and self.newest.items() <= self.partners["region"].newest.items()

    def behind(self, name: str) -> int:
        """How many accepted words have not come to a partner that may have them."""
        partner = self.partners[name]
        return sum(self.letters[letter] for letter in partner.kinds) - partner.words

    def first_after(self, moments: list[float], name: str) -> list[float]:
        """For each of the ascending moments: when something that was accepted after it had come to this partner."""
        came = self.partners[name].came
        pairs = sorted((at, max(at, came[place])) for place, at in enumerate(self.accepted.cells) if at and came[place])
        found: list[float] = []
        first = float("inf")
        for moment in reversed(moments):
            while pairs and pairs[-1][0] >= moment:
                first = min(first, pairs.pop()[1])
            found.append(first)
        return found[::-1]
