"""What agencies call things: how well a native name fits a shared field, and what words of a list mean; pure."""

import json
import tomllib
import unicodedata
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Any, Literal, get_args, get_origin

from bridge import records
from bridge.model import Model
from bridge.native import Path
from bridge.spec import Compiler, Words, bare

EXACT, ENDING = 3, 1
SHORT = 4
"""Letters of a word that a longer name may end with; of Chinese two will do."""
SYMBOLS = {get_args(kind): name for name, kind in vars(records).items() if get_origin(kind) is Literal}


@cache
def lexicon() -> dict[str, Any]:
    """What agencies call things."""
    return tomllib.loads(files("bridge").joinpath("lexicon.toml").read_text("utf-8"))


def plain(name: str) -> str:
    """A name without case, blanks and signs."""
    return "".join(char for char in unicodedata.normalize("NFKC", name).casefold() if char.isalnum())


@cache
def words(line: str) -> tuple[str, ...]:
    """The words of a line of the lexicon."""
    return tuple(map(plain, line.split()))


def fit(path: Path, line: str) -> int:
    """How well a native place fits the words for a field."""
    own = plain(path[-1])
    names = {own, plain("".join(path[-2:]))}
    if not names.isdisjoint(words(line)):
        return EXACT
    return ENDING if any(own.endswith(word) and len(word) >= (SHORT if word.isascii() else 2) for word in words(line)) else 0


def rank(path: Path, line: str) -> int:
    """How early in the line the word for a place stands."""
    found = words(line)
    return min((found.index(name) for name in (plain(path[-1]), plain("".join(path[-2:]))) if name in found), default=len(found))


@cache
def annotation_of(cls: type[Model], target: str) -> Any:
    """The type of a shared field."""
    steps = tuple(int(step) if step.isdigit() else step for step in target.split("."))
    return bare(Compiler(Words(), "json").annotation(cls, steps, ()))


def symbols_of(annotation: Any) -> dict[str, str]:
    """Word to symbol, for the list of a field; a number is a grade."""
    listed = get_origin(annotation) is Literal
    named = SYMBOLS.get(get_args(annotation), "") if listed else "level"
    known = {word: symbol for symbol, line in lexicon()["symbols"].get(named, {}).items() for word in words(line)}
    return {plain(symbol): symbol for symbol in get_args(annotation) if listed and symbol != "Unknown"} | known


def known_words(annotation: Any, values: Sequence[Any]) -> int:
    """How many of the different values are known words."""
    symbols = symbols_of(annotation)
    return sum(plain(word) in symbols for word in set(map(word_of, values)))


def table_of(annotation: Any, values: Sequence[Any]) -> dict[str, str]:
    """Native word to symbol; a word that is not known has an empty one, to be filled in."""
    symbols = symbols_of(annotation)
    return {word: symbols.get(plain(word), "") for word in dict.fromkeys(map(word_of, values))}


def word_of(value: Any) -> str:
    """A native value as the code of a table."""
    return value.strip() if isinstance(value, str) else json.dumps(value)
