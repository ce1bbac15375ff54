"""What was set aside, seen by an operator: its words, what its inlet reads in them today, and giving it again, once."""

from collections.abc import AsyncIterator
from typing import Any, NamedTuple

from bridge import app, assembly, wire
from bridge.envelope import Sealed, record_of
from bridge.errors import Verdict
from bridge.ledger import NOBODY, Aside, Ledger, Retried, Taking
from bridge.links.inlet import read_and_sealed
from bridge.records import Envelope
from bridge.settings import Inlet, Settings
from bridge.texts import Lang, text

PAGE = 200
WIDTH = 16


class Told(NamedTuple):
    """What became of a retry."""

    good: bool
    sentence: str


def sentence(verdict: Verdict, lang: Lang) -> str:
    """In the operator's language."""
    return verdict.zh if lang == "zh" else verdict.en


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


def raw(data: bytes) -> str:
    """Text as text, anything else in hexadecimal."""
    try:
        return data.decode("utf-8").expandtabs()
    except UnicodeDecodeError:
        return "\n".join(f"{place:06x} {data[place : place + WIDTH].hex(' ', 2)}" for place in range(0, len(data), WIDTH))


def decoded(found: Settings, dead: Aside, lang: Lang) -> str:
    """What the bytes say: a dead letter its envelope and record; input what its inlet reads in them today."""
    if dead.message_id:
        envelope = wire.decode(dead.data, Envelope)
        return f"{envelope.model_dump_json(indent=2, exclude_defaults=True, exclude={'payload'})}\n{dump(record_of(envelope))}"
    way = inlet(found, dead)
    if way is None:
        return text("dlq-no-inlet", lang, link=dead.link)
    sealed, refused = read_again(found, way, dead)
    return "\n".join([*(dump(record_of(each.envelope)) for each in sealed), *(sentence(verdict, lang) for verdict in refused)])


def dump(record: Any) -> str:
    """As JSON."""
    return str(record.model_dump_json(indent=2, exclude_defaults=True))


def inlet(found: Settings, dead: Aside) -> Inlet | None:
    """The link that took it, if there still is one."""
    return next((way for way in found.inlet if way.title == dead.link), None)


def read_again(found: Settings, way: Inlet, dead: Aside, data: bytes | None = None) -> tuple[tuple[Sealed, ...], tuple[Verdict, ...]]:
    """What its inlet makes of it today, or of ``data`` in its place."""
    adapter = assembly.adapter_of(way, found.adapters)
    terms = assembly.terms_of(way, next(agency for agency in found.agency if agency.id == way.agency))
    return read_and_sealed(dead.data if data is None else data, key(dead), adapter, terms, app.now())


def key(dead: Aside) -> str:
    """Under which the piece is known again, however often it is retried."""
    return f"retry:{dead.number}"


async def retry(found: Settings, ledger: Ledger, number: int, lang: Lang, data: bytes | None = None) -> Told:
    """Gives it again, once; input as it stands, or as ``data`` says it now."""
    dead = await ledger.aside(number)
    again = None
    if dead and not dead.message_id and not dead.ended:
        way = inlet(found, dead)
        if way is None:
            return Told(False, text("dlq-retry-no-inlet", lang, number=number, link=dead.link))
        sealed, refused = read_again(found, way, dead, data)
        if still := next((verdict for verdict in refused if not sealed or verdict.at == dead.verdict.at), None):
            return Told(False, text("dlq-retry-still", lang, number=number, reason=sentence(still, lang)))
        again = Taking(key(dead), dead.link, way.agency, tuple(sealed))
    done = await ledger.retry(number, again)
    if dead is None or done is None:
        return Told(False, text("dlq-unknown", lang, number=number))
    return Told(done.stage != "dropped", outcome(dead, done, lang))


def outcome(dead: Aside, done: Retried, lang: Lang) -> str:
    """The sentence for what a retry has done, or found done."""
    details = {"number": dead.number, "where": where(dead), "stage": text(f"stage-{done.stage}", lang)}
    if done.stage == "dropped":
        return text("dlq-retry-dropped", lang, reason=dead.ended.reason if dead.ended else "", **details)
    if done.stage == "refused" and not done.now:
        return text("dlq-retry-read-before", lang, **details)
    if done.outcome:
        return text("dlq-retry-read", lang, messages=", ".join(f"{message} {state}" for message, state in done.outcome.states), **details)
    return text("dlq-retry-done" if done.now else "dlq-retry-before", lang, **details)
