"""What was set aside: by cause, and one of it with its bytes beside what they say, the failing field marked."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from bridge import letters as shelf
from bridge.ledger import Aside
from bridge.settings import Settings
from bridge.texts import Lang

MOST = 20_000
"""Characters shown of each side."""
FEW = 20
"""Numbers shown of a cause."""
WORD = re.compile(r"[^\W\d][\w-]*")


@dataclass(frozen=True, slots=True)
class Cause:
    """Everything that was set aside for one reason at one place."""

    code: str
    where: str
    turn: str
    reason: str
    newest: datetime
    numbers: tuple[int, ...]

    @property
    def few(self) -> tuple[int, ...]:
        """Those that are shown."""
        return self.numbers[:FEW]


class Line(NamedTuple):
    """A line of one side."""

    words: str
    marked: bool


@dataclass(frozen=True, slots=True)
class Letter:
    """One thing set aside."""

    number: int
    at: datetime
    where: str
    message_id: str | None
    code: str
    place: str
    """Of the failing field."""
    reason: str
    turn: str
    raw: Sequence[Line]
    decoded: Sequence[Line]
    ended: str
    """``retried``, ``dropped`` or empty."""
    ended_at: datetime | None
    ended_reason: str
    words: str | None
    """What may be edited; nothing if it may not: a message is its author's, and bytes that are no text would be changed by a form."""


def causes(dead: Sequence[Aside], lang: Lang) -> list[Cause]:
    """The most frequent first."""
    found: dict[tuple[str, str], list[Aside]] = {}
    for each in dead:
        found.setdefault((each.verdict.code, shelf.where(each)), []).append(each)
    made = [
        Cause(code, where, all_of[0].verdict.turn, shelf.sentence(all_of[0].verdict, lang), all_of[0].at, tuple(each.number for each in all_of))
        for (code, where), all_of in found.items()
    ]
    return sorted(made, key=lambda cause: -len(cause.numbers))


def letter(dead: Aside, settings: Settings, lang: Lang) -> Letter:
    """One thing, both sides."""
    raw, end, verdict = shelf.raw(dead.data), dead.ended, dead.verdict
    return Letter(
        dead.number,
        dead.at,
        shelf.where(dead),
        dead.message_id,
        verdict.code,
        verdict.at,
        shelf.sentence(verdict, lang),
        verdict.turn,
        marked(raw, verdict.at),
        marked(shelf.decoded(settings, dead, lang), verdict.at),
        end.how if end else "",
        end.at if end else None,
        end.reason if end else "",
        None if end or dead.message_id or shelf.inlet(settings, dead) is None else editable(dead.data),
    )


def marked(words: str, place: str) -> list[Line]:
    """The lines; those that hold the innermost name of a place that stands there at all are marked."""
    lines = words[:MOST].splitlines() + (["…"] if len(words) > MOST else [])
    for name in reversed(WORD.findall(place)):
        stands = re.compile(rf"(?<![\w-]){re.escape(name)}(?![\w-])", re.IGNORECASE)
        hits = [stands.search(line) is not None for line in lines]
        if any(hits):
            return [Line(line, hit) for line, hit in zip(lines, hits, strict=True)]
    return [Line(line, False) for line in lines]


def editable(data: bytes) -> str | None:
    """The bytes as text, if writing it gives the same bytes again."""
    try:
        words = data.decode("utf-8")
    except UnicodeDecodeError:
        return None
    mixed = "\r" in words and words.replace("\r\n", "\n").count("\n") != words.count("\r\n")
    return None if mixed or "\r" in words.replace("\r\n", "") or "\0" in words else words


def edited(words: str, before: bytes) -> bytes:
    """What a form sends back, with the line ends that it had."""
    lines = words.replace("\r\n", "\n")
    return (lines.replace("\n", "\r\n") if b"\r\n" in before else lines).encode()
