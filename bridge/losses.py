"""What written bytes, read back, no longer say: exact canonical paths, and never a changed value."""

import math
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from bridge.model import Model

TOLERANCE = 1e-7
"""Numbers closer than this are one: conversions of datum and unit round (1e-7 degrees are a centimetre)."""
COORDINATES = frozenset({"polygons", "circles", "holes", "geometry"})
SPACE = re.compile(r"\s+")
NUMBER = re.compile(r"[-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?")


class Difference(NamedTuple):
    """One place where the record read back is not the record written."""

    path: str
    said: Any
    found: Any
    lost: bool
    """True: left out or made coarser. False: says something else, which no adapter may do."""


def leaves(value: Any, path: str = "") -> Iterator[str]:
    """The canonical paths of everything that is said, without positions in lists: ``infos.areas.polygons``."""
    for leaf, _ in _leaves(value, path):
        yield leaf


def _leaves(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Model):
        for name, field in type(value).model_fields.items():
            inner = getattr(value, name)
            if field.is_required() or inner != field.default:
                yield from _leaves(inner, f"{path}.{name}" if path else name)
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield f"{path}.{key}", inner
    elif isinstance(value, tuple):
        for inner in value:
            yield from _leaves(inner, path)
    elif not silent(value):
        yield path, value


def silent(value: Any) -> bool:
    """Whether a value says nothing."""
    return value is None or value in ("Unknown", "", (), {})


def differences(said: Any, found: Any, path: str = "") -> Iterator[Difference]:
    """Every place where ``found`` is not ``said``."""
    if said == found and type(said) is type(found):
        return
    if isinstance(said, Model) and isinstance(found, Model):
        for name, field in type(said).model_fields.items():
            mine, theirs, place = getattr(said, name), getattr(found, name), f"{path}.{name}" if path else name
            if not field.is_required() and theirs == field.default:  # a field at its default says nothing
                yield from (Difference(leaf, value, None, lost=True) for leaf, value in _leaves(mine, place) if mine != theirs)
            else:
                yield from differences(mine, theirs, place)
    elif isinstance(said, Mapping) and isinstance(found, Mapping):
        for key in {**said, **found}:
            yield from differences(said.get(key), found.get(key), f"{path}.{key}")
    elif isinstance(said, tuple) and isinstance(found, tuple):
        yield from _listed(said, found, path)
    elif silent(found) and not silent(said):
        yield from (Difference(leaf, value, None, lost=True) for leaf, value in _leaves(said, path))
    elif not (silent(found) and silent(said)) and not same(said, found, path.rpartition(".")[2]):
        yield Difference(path, said, found, lost=coarser(said, found))


def _listed(said: tuple[Any, ...], found: tuple[Any, ...], path: str) -> Iterator[Difference]:
    if len(said) == len(found):
        for mine, theirs in zip(said, found, strict=True):
            yield from differences(mine, theirs, path)
        return
    rest = iter(found)
    ahead = next(rest, None)
    for mine in said:
        if ahead is not None and not any(not each.lost for each in differences(mine, ahead, path)):
            yield from differences(mine, ahead, path)
            ahead = next(rest, None)
        else:
            yield from (Difference(leaf, value, None, lost=True) for leaf, value in _leaves(mine, path))
    if ahead is not None:
        yield Difference(path, said, found, lost=False)


def same(said: Any, found: Any, name: str) -> bool:
    """Whether two values say the same but for rounding."""
    if isinstance(said, float) and isinstance(found, float):
        return math.isclose(said, found, rel_tol=1e-9, abs_tol=TOLERANCE)
    if isinstance(said, str) and isinstance(found, str) and name in COORDINATES:
        mine, theirs = NUMBER.findall(said), NUMBER.findall(found)
        alike = SPACE.sub("", NUMBER.sub("#", said)) == SPACE.sub("", NUMBER.sub("#", found)) and len(mine) == len(theirs)
        return alike and all(abs(float(a) - float(b)) <= TOLERANCE for a, b in zip(mine, theirs, strict=True))
    return bool(said == found)


def coarser(said: Any, found: Any) -> bool:
    """Whether ``found`` is the same time with fewer digits."""
    if not (isinstance(said, datetime) and isinstance(found, datetime)):
        return False
    return found in (said.replace(microsecond=0), said.replace(second=0, microsecond=0))


def covered(path: str, declared: frozenset[str]) -> bool:
    """Whether a declared loss names the path or a part that holds it."""
    while path:
        if path in declared:
            return True
        path = path.rpartition(".")[0]
    return False
