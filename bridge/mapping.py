"""The two-way walk between a native entry and a shared model, field by field; pure, and the same for every format."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from copy import deepcopy
from dataclasses import dataclass
from functools import cached_property
from typing import Any, get_args

from bridge.adapter import FILLED
from bridge.built import build
from bridge.errors import Malformed, Rejected, Unsupported
from bridge.fields import Field, Fields, Target
from bridge.losses import silent
from bridge.model import Model, Record
from bridge.native import AROUND, SILENT, Claims, Path, claim, entries, get, left, pointer, put
from bridge.verbs import Setting, Table


class Parts(tuple[Model, ...]):  # noqa: SLOT001  it holds more than a tuple
    """The parts of a list, and what the fields of each said."""

    said: list[list[Any]]


@dataclass(frozen=True)
class Each:
    """A verb for a list of parts."""

    path: Path
    model: type[Model]
    fields: Fields
    doubts = True

    @cached_property
    def paths(self) -> tuple[Path, ...]:
        """The list claims all that is in it; ``leftovers`` looks inside."""
        return (self.path,)

    def read(self, node: Any, setting: Setting) -> Any:
        """The parts, nothing if there are none."""
        found, said = [], []
        for index, entry in enumerate(entries(node, self.path)):
            try:
                said.append(reading(self.fields, entry, setting))
                found.append(build(self.model, self.fields, said[-1]))
            except Rejected as error:
                raise within(error, pointer((*self.path, str(index)))) from None
        if not found:
            return None
        parts = Parts(found)
        parts.said = said
        return parts

    def claims(self, node: Any, value: Any) -> bool:
        """Always: what its parts leave is found inside."""
        del node, value
        return True

    def write(self, said: tuple[Model, ...], node: dict[str, Any], setting: Setting) -> None:
        """A list of objects."""
        put(node, self.path, [shred(part, self.fields, setting) for part in said])


@dataclass(frozen=True)
class Part:
    """One record that an entry may say, or that each part of a list in it may say."""

    cls: type[Record]
    fields: Fields
    when: Path | None = None
    """It is said only where this place says something."""
    each: Path | None = None
    """The list whose parts say it; what stands around a part is found under ``^``."""

    @cached_property
    def paths(self) -> frozenset[Path]:
        """The native places of its fields."""
        return frozenset(path for field in self.fields for path in field.verb.paths)

    @cached_property
    def filled(self) -> tuple[str, ...]:
        """Which of its fields the link's agency fills where the source is silent."""
        return tuple(FILLED & self.cls.model_fields.keys())

    @cached_property
    def outer(self) -> tuple[int, ...]:
        """Which of its fields stand around the list."""
        return tuple(index for index, field in enumerate(self.fields) if any(path[0] == AROUND for path in field.verb.paths))

    def entry(self, node: dict[str, Any]) -> dict[str, Any]:
        """The reverse of ``entries``: the entry in which a node says this record."""
        if self.each is None:
            return node
        entry: dict[str, Any] = deepcopy(node.get(AROUND, {}))
        put(entry, self.each, [{name: value for name, value in node.items() if name != AROUND}])
        return entry

    def entries(self, entry: Any) -> Iterator[tuple[Path, Any]]:
        """The entries that say this record, with their places."""
        if self.each is None:
            found: list[tuple[Path, Any]] = [((), entry)]
        else:
            parts = enumerate(entries(entry, self.each))
            found = [((*self.each, str(index)), {**part, AROUND: entry} if isinstance(part, dict) else part) for index, part in parts]
        for place, each in found:
            if not isinstance(each, dict):
                raise Malformed("wrong-shape", pointer(place), found="something else", wanted="an object")
            if self.when is None or get(each, self.when) not in SILENT:
                yield place, each


def within(error: Rejected, place: str) -> Rejected:
    """The same refusal, its place seen from further out."""
    between = ": " if " " in place else "/"
    return type(error)(error.code, f"{place}{between}{error.at}" if error.at and place else place or error.at, **error.details)


def reading(fields: Fields, node: Any, setting: Setting) -> list[Any]:
    """What each field says in a native entry; nothing where the source is silent."""
    objects = _objects(fields, node)
    if objects is not None:
        with suppress(Rejected):
            return _read(fields, objects, setting)
    return [field.verb.read(node, setting) for field in fields]  # of several that are wrong the first is refused


def _read(fields: Fields, objects: list[dict[str, Any]], setting: Setting) -> list[Any]:
    values: list[Any] = [None] * len(fields)
    for index, take, number, step in fields.singles:
        found = objects[number].get(step)
        if found is None:
            continue
        if type(found) is list and len(found) == 1:
            found = found[0]
        if found or found not in SILENT:
            values[index] = take(found, setting)
    for index, verb in fields.others:
        values[index] = verb.read(objects[0], setting)
    return values


def _objects(fields: Fields, node: Any) -> list[dict[str, Any]] | None:
    """The objects of ``Fields.objects``, empty where the source is silent; nothing if something else stands in the place of one."""
    if type(node) is not dict:
        return None
    objects = [node]
    for outer, step in fields.objects:
        found = objects[outer].get(step)
        if type(found) is list and len(found) == 1:
            found = found[0]
        if type(found) is not dict:
            if found not in SILENT:
                return None
            found = EMPTY
        objects.append(found)
    return objects


EMPTY: dict[str, Any] = {}


def shred(said: Model, fields: Fields, setting: Setting) -> dict[str, Any]:
    """The native entry for a shared model. What its verb has no word for is left out, if record and format can do without."""
    node: dict[str, Any] = {}
    for field in fields:
        values = [value for value in _candidates(said, field.target) if not _mute(value, field)]
        if not values:
            _check_silence(said, field, setting)
        elif values[0] != field.default or field.required:
            _write(said, field, values, node, setting)
    return node


def _mute(value: Any, field: Field) -> bool:
    """Whether there is nothing to write. Where silence will not do, a table may have a word for Unknown."""
    needed = field.required or not silent(field.default)
    return silent(value) and not (needed and value == "Unknown" and isinstance(field.verb, Table) and field.verb.codes.writes(value))


def _candidates(said: Any, target: Target) -> list[Any]:
    """The value at a place. Where the place is the first of a list of values, any of them will do."""
    for index, step in enumerate(target):
        if said is None:
            return []
        if isinstance(step, int):
            if index == len(target) - 1:
                return list(said[step:])
            said = said[step] if len(said) > step else None
        else:
            said = getattr(said, step)
    return [said]


def _write(said: Model, field: Field, values: list[Any], node: dict[str, Any], setting: Setting) -> None:
    for value in values:
        try:
            field.verb.write(value, node, setting)
        except LookupError:
            continue
        return
    _check_silence(said, field, setting)
    name = str(field.target[0])
    if type(said).model_fields[name].is_required() and "Unknown" not in get_args(type(said).model_fields[name].annotation):
        raise Unsupported("cannot-say", name, format=setting.name, reason=f"it has no word for {values[0]}")


def _check_silence(said: Model, field: Field, setting: Setting) -> None:
    """Refuses to say nothing where that would be taken for something."""
    name = str(field.target[0])
    if field.default is not None and not silent(field.default):
        raise Unsupported("cannot-say", name, format=setting.name, reason=f"silence means {field.default} there")
    if len(field.target) == 1 and getattr(said, name) == "" != field.default and type(said).model_fields[name].is_required():
        raise Unsupported("cannot-say", name, format=setting.name, reason="it is empty")


def demand(fields: Fields, node: dict[str, Any], setting: Setting) -> None:
    """Raises ``Unsupported`` if the format cannot do without something that is not there."""
    for field in fields:
        if field.required and any(get(node, path) in SILENT for path in list(field.verb.paths)[:1]):
            raise Unsupported("cannot-say", ".".join(map(str, field.target)), format=setting.name, reason="it must be there")
        if isinstance(field.verb, Each):
            for entry in entries(node, field.verb.path):
                demand(field.verb.fields, entry, setting)


def leftovers(fields: Fields, values: Sequence[Any], node: Any) -> list[tuple[Path, Any]]:
    """The native values that these fields leave: what none of them claims, codes that mean nothing here, half a value."""
    claimed: Claims = {AROUND: None}
    inside = claiming(fields, values, node, claimed)
    return inside + left(node, claimed)


def claiming(fields: Fields, values: Sequence[Any], node: Any, claimed: Claims) -> list[tuple[Path, Any]]:
    """Adds what these fields claim; what the parts of their lists leave."""
    inside: list[tuple[Path, Any]] = []
    for index, verb in fields.lists:
        if values[index] is not None:
            for position, (entry, said) in enumerate(zip(entries(node, verb.path), values[index].said, strict=True)):
                inside += [((*verb.path, str(position), *rest), kept) for rest, kept in leftovers(verb.fields, said, entry)]
    for index, doubtful, paths in fields.claims:
        value = values[index]
        if value is not None if doubtful is None else doubtful.claims(node, value):
            for path in paths:
                claim(claimed, path)
    return inside
