"""The code lists of EMSI, and the shared symbols that they mean."""

from collections.abc import Iterable
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

from adapters._emsi_grammar import Tree
from bridge import CodedValue, Unsupported, codes, native, times

if TYPE_CHECKING:
    from adapters.emsi import Emsi


SCHEME = "urn:iso:tr:22351:"
OWN = {
    "certainty": {"100": "Observed", "75": "Likely", "25": "Possible", "0": "Unlikely"}
    | {str(number): "Likely" if number > 50 else "Possible" for number in range(1, 100)},
    "priority": {str(number): str(number) for number in range(6)},
    "scale": {"5": "1", "4": "2", "3": "3", "2": "4", "1": "4"},
}
"""Crosswalks; where several codes mean the same, the first is written. SCALE runs from 1 to 5, the gravest."""


@cache
def listing(name: str) -> codes.Codes:
    """A list of EMSI's, or a crosswalk of ours."""
    return codes.simple(name, OWN[name]) if name in OWN else codes.load(f"emsi-{name}")


utc = lru_cache(maxsize=1024)(times.iso)
"""A time as our tree has it; many parts of a message were seen at the same time."""


def meaning(name: str, found: Iterable[str]) -> str | None:
    """What the first code means that means anything."""
    return next(filter(None, map(listing(name).means, found)), None)


def family(etype: Tree) -> str | None:
    """The family of the first code that has one."""
    return meaning("category", etype.get("CATEGORY", ())) or meaning("env", etype.get("ENV", ()))


def spoken(**found: Any) -> Tree:
    """What of it is said."""
    return {name: value for name, value in found.items() if value not in native.SILENT}


def take_code(found: Any, name: str, _: "Emsi") -> Any:
    """The symbol or grade that a code means."""
    symbol = listing(name).means(str(found))
    return int(symbol) if symbol and symbol.isdigit() else symbol


def coded(found: Iterable[str], name: str) -> tuple[CodedValue, ...]:
    """Native codes."""
    return tuple(CodedValue(scheme=SCHEME + name, code=code) for code in found)


def uncoded(values: Iterable[CodedValue], name: str, my: "Emsi") -> list[str]:
    """The codes that the target knows."""
    return [value.code for value in values if value.scheme == SCHEME + name and my.speaks.knows(name, value.code)]


def take_class(found: list[str], name: str, _: "Emsi") -> Any:
    """The classes; one that says no more than the shared word is not repeated."""
    return None if found == [listing(name).writes(meaning(name, found) or "")] else coded(found, name)


def take_status(found: str, name: str, _: "Emsi") -> Any:
    """The status, if it says more than the shared word."""
    return None if "|" in found or found == listing(name).writes(listing(name).means(found) or "") else coded([found], name)[0]


def give_status(value: CodedValue, name: str, my: "Emsi") -> str | None:
    """A code that would be read as nothing at all is not written."""
    known = uncoded([value], name, my)
    return known[0] if known else value.code if value.scheme == SCHEME + name and listing(name).means(value.code) else None


def local(shared: str, kind: str, my: "Emsi") -> str:
    """The native id, if it is read back as the shared one."""
    found = my.local_id(kind, shared)
    if not found or my.shared_id(kind, found) != shared:
        raise Unsupported("cannot-say", kind, format="emsi", reason=f"'{shared}' is no id")
    return found
