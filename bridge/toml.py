"""TOML files that people write: an error names file and line, and the nearest right word."""

import re
import tomllib
from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from bridge.errors import ConfigError

HEADER = re.compile(r"^\s*(\[\[?)\s*([^\]]+?)\s*\]\]?\s*(?:#.*)?$")
KEY = re.compile(r"""^\s*((?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*'))*)\s*=""")
MULTI = re.compile(r"\"{3}|'{3}")
PART = re.compile(r"""[A-Za-z0-9_-]+|"[^"]*"|'[^']*'""")

Place = tuple[str | int, ...]


class Toml:
    """A file's content, and where in the file each part of it stands."""

    def __init__(self, path: Path) -> None:
        """Reads the file; ``ConfigError`` if it is none or not TOML."""
        self.path = path
        try:
            text = path.read_text("utf-8")
            self.content: dict[str, Any] = tomllib.loads(text)
            _check_numbers(self.content)
        except OSError as error:
            raise ConfigError(f"{path}: cannot be read: {error.strerror}") from None
        except (RecursionError, ValueError) as error:  # a number without end, tables without end, or no TOML at all
            raise ConfigError(f"{path}: not TOML: {error}") from None
        self.lines = dict(_places(text.splitlines()))

    def line(self, place: Place) -> int:
        """The line of a part, or of the nearest part that holds it."""
        while place and place not in self.lines:
            place = place[:-1]
        return self.lines.get(place, 1)

    def wrong(self, place: Place, reason: str) -> ConfigError:
        """The error to raise for a part."""
        return ConfigError(f"{self.path}:{self.line(place)}: {'.'.join(map(str, place))}: {reason}")


def _check_numbers(content: Any) -> None:
    """TOML 1.0 knows whole numbers of 64 bits; Python's have no end, and could not even be shown in an error."""
    for each in content.values() if isinstance(content, dict) else content if isinstance(content, list) else ():
        if isinstance(each, int) and each.bit_length() > 63:
            raise ValueError("a whole number of more than 64 bits")
        _check_numbers(each)


def _places(lines: Iterable[str]) -> Iterable[tuple[Place, int]]:
    table: Place = ()
    counts: dict[Place, int] = {}
    within = ""
    for number, line in enumerate(lines, 1):
        within, before = _text(line, within), within
        if before:
            continue
        if header := HEADER.match(line):
            table = _resolved(tuple(_parts(header[2])), counts)
            if header[1] == "[[":
                counts[table] = counts.get(table, -1) + 1
                table = (*table, counts[table])
            yield table, number
        elif key := KEY.match(line):
            yield (*table, *_parts(key[1])), number


def _text(line: str, within: str) -> str:
    """The quotes of the text over several lines that goes on behind this line, if one does."""
    for mark in MULTI.findall(line):
        within = "" if within == mark else within or mark
    return within


def _parts(dotted: str) -> list[str]:
    return [part.strip("\"'") for part in PART.findall(dotted)]


def _resolved(parts: tuple[str, ...], counts: dict[Place, int]) -> Place:
    """Puts the position of the current entry behind every name of an array of tables, but the last."""
    place: Place = ()
    for index, part in enumerate(parts):
        place = (*place, part)
        if index < len(parts) - 1 and place in counts:
            place = (*place, counts[place])
    return place


def nearest(word: str, right: Iterable[str]) -> str:
    """A hint: the nearest right word, or all of them."""
    words = sorted(right)
    close = get_close_matches(word, words, 1)
    return f"did you mean '{close[0]}'?" if close else f"possible are: {', '.join(words)}"
