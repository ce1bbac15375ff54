"""``regionbus dlq``: what was set aside; listed by cause, shown, given again, dropped with a reason."""

import json
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from bridge import app, settings, wire
from bridge.cli.ledger import ask, shown
from bridge.envelope import Sealed, record_of
from bridge.errors import ConfigError, Verdict
from bridge.ledger import NOBODY, Aside, Ledger, Retried, Taking
from bridge.links.inlet import read_and_sealed
from bridge.records import Envelope
from bridge.settings import Inlet, Settings
from bridge.texts import language, text

PAGE = 200
MOST = 4000
"""Characters shown of each side."""
WIDTH = 16


def sentence(verdict: Verdict) -> str:
    """In the operator's language."""
    return verdict.zh if language() == "zh" else verdict.en


def where(dead: Aside) -> str:
    """Whom it concerns: the recipient that has not got it, or the link that took it."""
    return dead.link if dead.recipient == NOBODY else dead.recipient


async def each(ledger: Ledger, *, ended: bool = False) -> AsyncIterator[Aside]:
    """Everything set aside, newest first, page by page."""
    before = None
    while page := await ledger.asides(PAGE, before=before, ended=ended):
        for dead in page:
            yield dead
        before = page[-1].number


# ---- list


def listed(config: Path, *, ended: bool, as_json: bool) -> None:
    """By cause."""

    async def grouped(ledger: Ledger) -> list[dict[str, Any]]:
        causes: dict[tuple[str, str, str], dict[str, Any]] = {}
        async for dead in each(ledger, ended=ended):
            key = (dead.verdict.code, where(dead), dead.ended.how if dead.ended else "")
            row = dict(
                zip(("code", "where", "ended"), key, strict=True), turn=dead.verdict.turn, newest=dead.at, reason=sentence(dead.verdict), numbers=[]
            )
            causes.setdefault(key, row)["numbers"].append(dead.number)
        return list(causes.values())

    rows = ask(settings.load(config), grouped)
    if as_json:
        print(json.dumps([{**row, "newest": row["newest"].isoformat(), "count": len(row["numbers"])} for row in rows], ensure_ascii=False))
    elif rows:
        show_causes(rows)
    else:
        print(text("dlq-none"))


def show_causes(rows: list[dict[str, Any]]) -> None:
    """As a table; one example of each cause."""
    table = Table(*(text(f"dlq-{name}") for name in ("cause", "where", "count", "newest", "number", "turn", "reason")))
    for row in rows:
        state = f" ({text('dlq-was-' + row['ended'])})" if row["ended"] else ""
        cells = (row["code"] + state, row["where"], len(row["numbers"]), shown(row["newest"]), row["numbers"][0], text(f"turn-{row['turn']}"))
        table.add_row(*(Text(str(cell)) for cell in cells), Text(row["reason"]))
    Console().print(table)
    print(text("dlq-next"))


# ---- show


def show(config: Path, number: int) -> int:
    """One thing, its bytes beside what they say; 1 if there is none."""
    found = settings.load(config)
    dead = ask(found, lambda ledger: ledger.aside(number))
    if dead is None:
        print(text("dlq-unknown", None, number=number), file=sys.stderr)
        return 1
    for name, value in facts(dead).items():
        print(f"{text(f'dlq-{name}')}: {value}")
    table = Table(text("dlq-raw"), text("dlq-decoded"), expand=True)
    table.add_row(Text(cut(raw(dead.data)), overflow="fold"), Text(cut(decoded(found, dead)), overflow="fold"))
    Console().print(table)
    return 0


def facts(dead: Aside) -> dict[str, str]:
    """What is known of it besides its bytes."""
    ended = dead.ended
    end = {"ended": f"{shown(ended.at)} {text('dlq-was-' + ended.how)} {ended.reason}".rstrip()} if ended else {}
    message = {"message": dead.message_id} if dead.message_id else {}
    verdict = dead.verdict
    why = {"cause": verdict.code, "reason": sentence(verdict), "at": verdict.at or "-", "turn": text(f"turn-{verdict.turn}")}
    return {"number": str(dead.number), "since": shown(dead.at), "where": where(dead), **message, **why, **end}


def cut(words: str) -> str:
    """Fit for a terminal: printable, not endless."""
    plain = "".join(char if char.isprintable() or char == "\n" else "\N{REPLACEMENT CHARACTER}" for char in words[:MOST])
    return plain + "…" if len(words) > MOST else plain


def raw(data: bytes) -> str:
    """Text as text, anything else in hexadecimal."""
    try:
        return data.decode("utf-8").expandtabs()
    except UnicodeDecodeError:
        return "\n".join(f"{place:06x} {data[place : place + WIDTH].hex(' ', 2)}" for place in range(0, len(data), WIDTH))


def decoded(found: Settings, dead: Aside) -> str:
    """What the bytes say: a dead letter its envelope and record; input what its inlet reads in them today."""
    if dead.message_id:
        envelope = wire.decode(dead.data, Envelope)
        return f"{envelope.model_dump_json(indent=2, exclude_defaults=True, exclude={'payload'})}\n{dump(record_of(envelope))}"
    way = inlet(found, dead)
    if way is None:
        return text("dlq-no-inlet", None, link=dead.link)
    sealed, refused = read_again(found, way, dead)
    return "\n".join([*(dump(record_of(each.envelope)) for each in sealed), *map(sentence, refused)])


def dump(record: Any) -> str:
    """As JSON."""
    return str(record.model_dump_json(indent=2, exclude_defaults=True))


# ---- retry


def inlet(found: Settings, dead: Aside) -> Inlet | None:
    """The link that took it, if there still is one."""
    return next((way for way in found.inlet if way.title == dead.link), None)


def read_again(found: Settings, way: Inlet, dead: Aside) -> tuple[tuple[Sealed, ...], tuple[Verdict, ...]]:
    """What its inlet makes of it today."""
    adapter = app.adapter_of(way, found.adapters)
    terms = app.terms_of(way, next(agency for agency in found.agency if agency.id == way.agency))
    return read_and_sealed(dead.data, key(dead), adapter, terms, app.now())


def key(dead: Aside) -> str:
    """Under which the piece is known again, however often it is retried."""
    return f"retry:{dead.number}"


def retry(config: Path, numbers: list[int], code: str | None) -> int:
    """Each once; 1 if any could not be helped."""
    if bool(numbers) == bool(code):
        raise ConfigError(text("dlq-which"))
    found = settings.load(config)

    async def all_of(ledger: Ledger) -> list[tuple[bool, str]]:
        chosen = numbers or [dead.number async for dead in each(ledger) if dead.verdict.code == code]
        return [await one(found, ledger, number) for number in chosen]

    told = ask(found, all_of)
    for _, words in told:
        print(words)
    if not told:
        print(text("dlq-none"))
    return 0 if all(good for good, _ in told) else 1


async def one(found: Settings, ledger: Ledger, number: int) -> tuple[bool, str]:
    """What became of a retry, and how it is told."""
    dead = await ledger.aside(number)
    again = None
    if dead and not dead.message_id and not dead.ended:
        way = inlet(found, dead)
        if way is None:
            return False, text("dlq-retry-no-inlet", None, number=number, link=dead.link)
        sealed, refused = read_again(found, way, dead)
        if still := next((verdict for verdict in refused if not sealed or verdict.at == dead.verdict.at), None):
            return False, text("dlq-retry-still", None, number=number, reason=sentence(still))
        again = Taking(key(dead), dead.link, way.agency, tuple(sealed))
    done = await ledger.retry(number, again)
    if dead is None or done is None:
        return False, text("dlq-unknown", None, number=number)
    return done.stage != "dropped", outcome(dead, done)


def outcome(dead: Aside, done: Retried) -> str:
    """The sentence for what a retry has done, or found done."""
    details = {"number": dead.number, "where": where(dead), "stage": text(f"stage-{done.stage}")}
    if done.stage == "dropped":
        return text("dlq-retry-dropped", None, reason=dead.ended.reason if dead.ended else "", **details)
    if done.stage == "refused" and not done.now:
        return text("dlq-retry-read-before", None, **details)
    if done.outcome:
        return text("dlq-retry-read", None, messages=", ".join(f"{message} {state}" for message, state in done.outcome.states), **details)
    return text("dlq-retry-done" if done.now else "dlq-retry-before", None, **details)


# ---- drop


def drop(config: Path, numbers: list[int], reason: str) -> int:
    """Each with the reason; 1 if any is not dropped."""

    async def all_of(ledger: Ledger) -> list[tuple[int, Any]]:
        return [(number, await ledger.drop(number, reason)) for number in numbers]

    ends = ask(settings.load(config), all_of)
    for number, end in ends:
        if end is None:
            print(text("dlq-unknown", None, number=number))
        else:
            print(text(f"dlq-drop-{end.how}", None, number=number, at=shown(end.at), reason=end.reason))
    return 0 if all(end and end.how == "dropped" for _, end in ends) else 1
