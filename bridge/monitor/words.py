"""Templates and the words in them, in the viewer's language."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache, partial

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.requests import Request

from bridge import codes
from bridge.texts import Lang, language, text

LANGS: Sequence[Lang] = ("en", "zh")


@cache
def templates() -> Environment:
    """All of them."""
    found = Environment(
        loader=PackageLoader("bridge.monitor"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, auto_reload=False
    )
    found.filters |= {"clock": clock, "lasting": lasting, "number": lambda number: f"{number:,}"}
    return found


def render(name: str, lang: Lang, /, **values: object) -> str:
    """A template filled; ``t`` gives a sentence of the catalogue, ``label`` the name of a code."""
    return templates().get_template(f"{name}.html").render(t=partial(said, lang), label=partial(label, lang), lang=lang, **values)


def said(lang: Lang, code: str, **details: object) -> str:
    """A sentence of the catalogue."""
    return text(code, lang, **details)


def label(lang: Lang, code: str) -> str:
    """What a code of ours is called; itself if it has no name."""
    return codes.load("regionbus").label(code, lang) or code.rpartition(".")[2]


def clock(at: datetime | str | None) -> str:
    """A time as it is here: the hour if it is today, else the day, too."""
    if not at:
        return "–"
    moment = (datetime.fromisoformat(at) if isinstance(at, str) else at).astimezone()
    return moment.strftime("%H:%M:%S" if moment.date() == datetime.now(moment.tzinfo).date() else "%Y-%m-%d %H:%M:%S")


def lasting(seconds: float) -> str:
    """A span of time, in the unit that fits."""
    for most, unit, size in ((100, "s", 1), (6000, "min", 60), (172_800, "h", 3600)):
        if seconds < most:
            return f"{seconds / size:.1f} {unit}" if seconds / size < 10 else f"{seconds / size:.0f} {unit}"
    return f"{seconds / 86_400:.0f} d"


def spoken(request: Request) -> Lang:
    """The viewer's language: what he has chosen, else what his browser prefers, else the operator's."""
    chosen = request.session.get("lang")
    if chosen in LANGS:
        return "zh" if chosen == "zh" else "en"
    return preferred(request.headers.get("accept-language", "")) or language()


def preferred(header: str) -> Lang | None:
    """The first of our languages by weight."""
    best: tuple[float, Lang] | None = None
    for part in header.split(","):
        name, _, weight = part.strip().partition(";q=")
        found: Lang | None = "zh" if name.lower().startswith("zh") else "en" if name.lower().startswith("en") else None
        try:
            heavy = float(weight or 1)
        except ValueError:
            continue
        if found and (best is None or heavy > best[0]):
            best = (heavy, found)
    return best[1] if best else None
