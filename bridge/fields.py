"""The fields of a mapping: which shared place stands where in a native entry, and what follows from that for every entry."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from bridge.native import Path
from bridge.verbs import Scalar, Setting, Verb

Target = tuple[str | int, ...]
"""The way to a shared value: names of fields, and positions in lists."""


@dataclass(frozen=True)
class Field:
    """A shared place and the verb that carries it."""

    target: Target
    verb: Verb
    default: Any = None
    required: bool = False


class Fields(tuple[Field, ...]):  # noqa: SLOT001  what follows is kept
    """The fields of a record or a part, with what follows from them for every entry: found once, at the first."""

    @cached_property
    def objects(self) -> tuple[tuple[int, str], ...]:
        """The native objects in which single values stand: the number of the one around each, and its name there; the entry itself is number 0."""
        return tuple(self._objects[1])

    @cached_property
    def singles(self) -> tuple[tuple[int, Callable[[Any, Setting], Any], int, str], ...]:
        """The fields with one native place: what takes the value there, the number of the object in which it stands, its name there."""
        single = [(index, field.verb) for index, field in enumerate(self) if isinstance(field.verb, Scalar)]
        return tuple((index, verb.heard if verb.silent else verb.take, self._objects[0][verb.path[:-1]], verb.path[-1]) for index, verb in single)

    @cached_property
    def others(self) -> tuple[tuple[int, Verb], ...]:
        """The fields with several, or none."""
        return tuple((index, field.verb) for index, field in enumerate(self) if not isinstance(field.verb, Scalar))

    @cached_property
    def homes(self) -> tuple[tuple[Any, int, str | int], ...]:
        """Of each field its default, the number of the part of the record in which it stands, its name or position there."""
        return tuple((field.default, self._rooms[0][field.target[:-1]], field.target[-1]) for field in self)

    @cached_property
    def rooms(self) -> tuple[tuple[int, str | int, type], ...]:
        """The parts of the record: the number of the one around each, its name there, and whether it is a list; the record itself is number 0."""
        lists = {self._rooms[0][field.target[:end]] for field in self for end, step in enumerate(field.target) if isinstance(step, int)}
        return tuple((outer, step, list if number in lists else dict) for number, (outer, step) in enumerate(self._rooms[1], 1))

    @cached_property
    def claims(self) -> tuple[tuple[int, Verb | None, tuple[Path, ...]], ...]:
        """The places of each field, and its verb if that must be asked whether it claims them."""
        return tuple((index, field.verb if field.verb.doubts else None, tuple(field.verb.paths)) for index, field in enumerate(self))

    @cached_property
    def lists(self) -> tuple[tuple[int, Any], ...]:
        """The fields that are lists of parts: their verbs have fields of their own."""
        return tuple((index, field.verb) for index, field in enumerate(self) if hasattr(field.verb, "fields"))

    @cached_property
    def _objects(self) -> tuple[dict[Path, int], list[tuple[int, str]]]:
        return numbered(field.verb.path[:-1] for field in self if isinstance(field.verb, Scalar))

    @cached_property
    def _rooms(self) -> tuple[dict[Target, int], list[tuple[int, str | int]]]:
        return numbered(field.target[:-1] for field in self)


def numbered(places: Iterable[tuple[Any, ...]]) -> tuple[dict[Any, int], list[tuple[int, Any]]]:
    """Places and all around them by number, the outer before the inner, and for each but the outermost what it stands in and its step there."""
    numbers: dict[Any, int] = {(): 0}
    outer: list[tuple[int, Any]] = []
    for place in places:
        for end in range(1, len(place) + 1):
            if place[:end] not in numbers:
                numbers[place[:end]] = len(numbers)
                outer.append((numbers[place[: end - 1]], place[end - 1]))
    return numbers, outer
