"""The tree of topics, as a sample of the bus shows it."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import NamedTuple, Protocol

MOST = 400
"""Branches shown."""


class Heard(Protocol):
    """What is known of one topic."""

    rate: float
    seen: float
    size: int


class Branch(NamedTuple):
    """One level of the tree, in the order of reading."""

    depth: int
    name: str
    topic: str
    rate: float
    """Messages a second, of all below."""
    seen: datetime
    size: int | None
    """Bytes of the last message; nothing if there is more below."""


class Tree(NamedTuple):
    """The page."""

    branches: Sequence[Branch]
    more: int
    """Branches that are not shown."""
    rate: float
    reachable: bool


def tree(heard: Mapping[str, Heard] | None) -> Tree:
    """The tree of what was heard; nothing heard of a bus that cannot be reached from here."""
    if heard is None:
        return Tree((), 0, 0.0, reachable=False)
    prefixes: dict[str, list[Heard]] = {}
    for topic, one in heard.items():
        levels = topic.split("/")
        for depth in range(3, len(levels) + 1):
            prefixes.setdefault("/".join(levels[:depth]), []).append(one)
    found = [
        Branch(
            topic.count("/") - 2,
            topic.rpartition("/")[2],
            topic,
            sum(one.rate for one in below),
            datetime.fromtimestamp(max(one.seen for one in below), UTC),
            heard[topic].size if topic in heard else None,
        )
        for topic, below in sorted(prefixes.items(), key=lambda each: each[0].split("/"))
    ]
    return Tree(found[:MOST], max(0, len(found) - MOST), sum(one.rate for one in heard.values()), reachable=True)
