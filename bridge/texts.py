"""Every sentence an operator or a partner may read, in English and Chinese, from one catalogue."""

import os
import tomllib
from functools import cache
from importlib.resources import files
from typing import Literal

Lang = Literal["en", "zh"]
SHOWN = 120
"""Characters of a foreign value shown in a sentence."""


@cache
def catalogue() -> dict[str, dict[Lang, str]]:
    """All sentences by their code."""
    entries: dict[str, dict[Lang, str]] = tomllib.loads(files("bridge").joinpath("texts.toml").read_text("utf-8"))
    return entries


def language() -> Lang:
    """The operator's language: ``REGIONBUS_LANG``, else the locale's."""
    chosen = os.environ.get("REGIONBUS_LANG") or os.environ.get("LC_ALL") or os.environ.get("LANG") or "en"
    return "zh" if chosen.lower().startswith("zh") else "en"


def harmless(value: object) -> str:
    """A foreign value fit for a sentence, a log line and a terminal: short, printable, one line."""
    plain = str(value)
    clean = "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in plain[:SHOWN])
    return clean + "…" if len(plain) > SHOWN else clean


def text(code: str, lang: Lang | None = None, /, **details: object) -> str:
    """The sentence for a code. A code outside the catalogue is itself the sentence."""
    entry = catalogue().get(code)
    if entry is None:
        return harmless(code)
    return entry[lang or language()].format_map(Known({name: harmless(value) for name, value in details.items()}))


class Known(dict[str, str]):
    """The details of a sentence; one that nobody gave is a question mark: a sentence must never be the next error."""

    def __missing__(self, name: str) -> str:
        """What nobody gave."""
        return "?"
