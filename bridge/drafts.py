"""A draft of a mapping, and its text in TOML: behind every line why it was guessed."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple, get_args, get_origin

from bridge.adapter import Says
from bridge.model import Model
from bridge.shapes import Shape
from bridge.spec import RECORDS, Compiler, Words, bare
from bridge.texts import harmless, text


class Guess(NamedTuple):
    """A line of the mapping."""

    target: str
    content: dict[str, Any]
    why: str


@dataclass
class Part:
    """A record of the mapping."""

    type: str
    guesses: list[Guess]
    when: str = ""


@dataclass
class Draft:
    """The mapping; ``toml`` is its text."""

    name: str
    shape: Shape
    zone: str | None = None
    says: list[Guess] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)
    left: list[tuple[str, str]] = field(default_factory=list)
    """Native places that no field claims, each with a value."""

    @property
    def toml(self) -> str:
        """The file."""
        return "\n".join(_lines(self)) + "\n"


def spec_of(guess: Guess) -> Any:
    """The line as the loader takes it: without words that are to be filled in."""
    content = dict(guess.content)
    if "table" in content:
        content["table"] = {word: symbol for word, symbol in content["table"].items() if symbol}
    return content


def _lines(made: Draft) -> Iterator[str]:
    yield f"# {made.name}: {text('draft-head', None, many=len(made.shape.entries))}"
    yield ""
    for name, value, why in _head(made):
        if value:
            yield f"{name} = {_value(value)}" + (f" # {why}" if why else "")
    if made.says:
        yield from ("", "[says]")
        yield from _fields(made.says, Says, "says")
    for part in made.parts:
        yield from ("", "[[record]]", f"type = {quoted(part.type)}")
        yield from [f"when = {quoted(part.when)}"] if part.when else []
        yield "[record.fields]"
        yield from _fields(part.guesses, RECORDS[part.type], "record.fields")
    if made.left:
        yield from ("", f"# {text('draft-left')}")
        yield from (f"#   {harmless(place)}: {value}" for place, value in made.left)


def _head(made: Draft) -> Iterator[tuple[str, Any, str]]:
    """What stands above the records, and why; what is empty is left out."""
    found = made.shape
    placed = any("lat" in guess.content for part in made.parts for guess in part.guesses)
    yield "media_type", found.media_type, ""
    yield "format", found.format, ""
    yield "root", found.root, ""
    yield "space", found.space, ""
    yield "each", ".".join(found.each or ()), text("draft-why-each", None, many=len(found.entries))
    yield "encoding", found.encoding if found.encoding != "utf-8" else "", text("draft-why-encoding")
    yield "delimiter", found.delimiter if found.delimiter != "," else "", ""
    yield "zone", made.zone, text("draft-why-zone")
    yield "datum", "wgs84" if placed else "", text("draft-why-datum")
    yield "columns", list(found.columns), ""


def _fields(guesses: Sequence[Guess], cls: type[Model], within: str) -> Iterator[str]:
    """Lines first, then the tables, which are tables of their own."""
    for guess in (each for each in guesses if "table" not in each.content):
        yield f"{_key(guess.target)} = {_inline(guess.content)} # {guess.why}"
    for guess in (each for each in guesses if "table" in each.content):
        rest = {name: value for name, value in guess.content.items() if name != "table"}
        yield from ("", f"[{within}.{_key(guess.target)}] # {guess.why}")
        yield from (f"{name} = {_value(value)}" for name, value in rest.items())
        symbols = _choices(cls, guess.target)
        unknown = [word for word, symbol in guess.content["table"].items() if not symbol]
        yield from [f"# {text('draft-fill-in', None, symbols='…')} {', '.join(symbols)}"] if unknown else []
        yield f"[{within}.{_key(guess.target)}.table]"
        yield from (f"{'' if symbol else '# '}{quoted(word)} = {quoted(symbol)}" for word, symbol in guess.content["table"].items())


def _choices(cls: type[Model], target: str) -> tuple[str, ...]:
    steps = tuple(int(step) if step.isdigit() else step for step in target.split("."))
    kind = bare(Compiler(Words(), "json").annotation(cls, steps, ()))
    return tuple(get_args(kind)) if get_origin(kind) is Literal else ("1", "2", "3", "4")


def _inline(content: Mapping[str, Any]) -> str:
    if content.keys() == {"at"}:
        return quoted(content["at"])
    return "{ " + ", ".join(f"{name} = {_value(value)}" for name, value in content.items()) + " }"


def _value(value: Any) -> str:
    return quoted(value) if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _key(words: str) -> str:
    return words if re.fullmatch(r"[a-z_]+", words) else quoted(words)


def quoted(words: str) -> str:
    """A basic string of TOML."""
    return json.dumps(words, ensure_ascii=False).replace("\x7f", "\\u007f")
