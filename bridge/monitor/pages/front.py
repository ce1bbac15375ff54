"""The front page: is it working, and if not, what, and whose turn is it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from bridge.ledger import BUS, STAGES
from bridge.monitor.state import Past, State, Trouble, calming, summed, troubles
from bridge.monitor.watch import Shelf
from bridge.texts import Lang, text

STOPS = frozenset({"hub", "ledger", "bus", "mute"})
"""What keeps everything from passing; all else concerns one link or neighbour."""
COLUMNS = ("owed", *STAGES, "repeated")
PLACES = {"letters": "/letters", "gap": "/agencies", "clock": "/agencies", "silent": "/agencies", "link": "/flow", "waits": "/lag", "slow": "/lag"}
"""Where more is told about a cause."""
SHOWN = 10
"""Alarms that are over and still shown."""


class Need(NamedTuple):
    """Something that somebody has to do."""

    sentence: str
    turn: str
    href: str
    since: str


class Row(NamedTuple):
    """The sum for one recipient."""

    recipient: str
    numbers: tuple[int, ...]
    whole: bool
    """Whether it adds up."""


@dataclass(frozen=True, slots=True)
class Front:
    """What the page shows."""

    working: Literal["yes", "partly", "no"]
    sentence: str
    needs: Sequence[Need]
    rows: Sequence[Row]
    whole: bool
    known: bool
    """Whether the ledger has told its sum."""
    calming: Sequence[tuple[str, str]]
    """Since when there is an alarm whose cause is gone for now, and what it was."""
    over: Sequence[tuple[str, str]]
    """When an alarm ended, and what it was."""


def front(state: State, past: Past, shelf: Shelf, lang: Lang) -> Front:
    """The page of one moment."""
    wrong = sorted(wrongs(state, past, shelf), key=lambda each: each.code not in STOPS)
    working: Literal["yes", "partly", "no"] = "yes" if not wrong else "no" if wrong[0].code in STOPS else "partly"
    rows = sums(state)
    unseen = calming(state, wrong) if working != "no" else ()  # while nothing passes much cannot be seen
    quiet = [(each["raised_at"], each[lang]) for each in unseen if each["code"] != "letters"]
    ended = [(each["cleared_at"], each[lang]) for each in state.over[:SHOWN]]
    known = state.vitals is None or state.vitals.oldest is not None
    return Front(working, headline(working, wrong, rows, lang), needs(wrong, state, lang), rows, all(row.whole for row in rows), known, quiet, ended)


def wrongs(state: State, past: Past, shelf: Shelf) -> list[Trouble]:
    """What is wrong now; of dead letters what still waits, not what came."""
    found = [each for each in troubles(state, past) if each.code != "letters"]
    if shelf.letters:
        count = f"{len(shelf.letters):,}{'+' if shelf.more else ''}"
        found.append(Trouble("letters", "", text("page-front-letters", "en", count=count), text("page-front-letters", "zh", count=count)))
    return found


def headline(working: str, wrong: Sequence[Trouble], rows: Sequence[Row], lang: Lang) -> str:
    """One sentence."""
    if not wrong:
        waiting, delivered = (sum(row.numbers[COLUMNS.index(stage)] for row in rows if row.recipient != BUS) for stage in ("waiting", "delivered"))
        return text("page-front-well", lang, delivered=f"{delivered:,}", waiting=f"{waiting:,}")
    first = wrong[0]
    code = "page-front-stopped" if working == "no" else "page-front-partly"
    what = first.sentence(lang)
    end = "" if what.endswith("?") else "。" if lang == "zh" else "."
    return text(code, lang, what="{what}", turn=text(f"page-turn-{first.code}", lang)).replace("{what}", what + end)


def needs(wrong: Sequence[Trouble], state: State, lang: Lang) -> list[Need]:
    """What somebody has to do, the worst first."""
    found = [Need(each.sentence(lang), text(f"page-turn-{each.code}", lang), PLACES.get(each.code, ""), each.since) for each in wrong]
    drifting = {link: many for link, many in state.drift.items() if many}
    if drifting:
        told = text("page-front-drift", lang, links=", ".join(sorted(drifting)), count=sum(drifting.values()))
        found.append(Need(told, text("page-turn-drift", lang), "/agencies", ""))
    return found


def sums(state: State) -> list[Row]:
    """*owed* and what became of it, by recipient."""
    found = summed(state.sums)
    rows = []
    for recipient in sorted({recipient for _, recipient, _ in found}):
        numbers = tuple(sum(many for (_, who, stage), many in found.items() if (who, stage) == (recipient, column)) for column in COLUMNS)
        rows.append(Row(recipient, numbers, numbers[0] == sum(numbers[1:-1])))
    return rows
