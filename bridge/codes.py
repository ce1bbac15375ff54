"""Code lists as data: what a native code means, how it is called, and how a meaning is written back."""

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import NamedTuple

from bridge.errors import ConfigError
from bridge.texts import Lang
from schemas import ROOT


class Code(NamedTuple):
    """One row of a list."""

    code: str
    label_en: str
    label_zh: str
    parent: str
    maps_to: str
    source: str

    def label(self, lang: Lang) -> str:
        """The human label."""
        return self.label_zh if lang == "zh" else self.label_en


@dataclass(frozen=True)
class Codes:
    """A two-way table. Where several codes mean the same, the first row is the one written."""

    name: str
    rows: Mapping[str, Code]
    written: Mapping[str, str] = field(init=False)

    def __post_init__(self) -> None:
        """Builds the way back."""
        back: dict[str, str] = {}
        for row in self.rows.values():
            if row.maps_to:
                back.setdefault(row.maps_to, row.code)
        object.__setattr__(self, "written", back)

    def __contains__(self, code: str) -> bool:
        """Whether the list has exactly this code."""
        return code in self.rows

    def row(self, code: str) -> Code | None:
        """The row of a code, or of the longest known prefix up to a ``/`` (hierarchical lists such as EMSI's)."""
        while code not in self.rows:
            if "/" not in code:
                return None
            code = code.rpartition("/")[0]
        return self.rows[code]

    def means(self, code: str) -> str | None:
        """What the code means in the shared model; nothing if unknown or without a home there."""
        row = self.row(code)
        while row and not row.maps_to and row.parent:
            row = self.rows.get(row.parent)
        return (row and row.maps_to) or None

    def writes(self, meaning: str) -> str | None:
        """The code to write for a meaning; nothing if the list has none."""
        return self.written.get(meaning)

    def label(self, code: str, lang: Lang = "en") -> str | None:
        """The human label of a code."""
        row = self.row(code)
        return row.label(lang) if row else None


def table(name: str, text: str) -> Codes:
    """A list read from its CSV text."""
    rows = csv.DictReader(io.StringIO(text))
    if rows.fieldnames != list(Code._fields):
        raise ConfigError(f"code list {name}: its header is not {','.join(Code._fields)}")
    return Codes(name, {row["code"]: Code(**row) for row in rows})


@cache
def load(name: str) -> Codes:
    """A list of this installation, by the name of its file."""
    entry = ROOT.joinpath("codes", f"{name}.csv")
    if not entry.is_file():
        raise ConfigError(f"there is no code list {name!r}; there are: {', '.join(names())}")
    return table(name, entry.read_text("utf-8"))


def names() -> list[str]:
    """All lists of this installation."""
    return sorted(entry.name.removesuffix(".csv") for entry in ROOT.joinpath("codes").iterdir() if entry.name.endswith(".csv"))


def simple(name: str, pairs: Mapping[str, str]) -> Codes:
    """A small table written out where it is used: native code to meaning."""
    return Codes(name, {code: Code(code, code, code, "", meaning, name) for code, meaning in pairs.items()})
