"""The two-way walk between a native entry and a shared model, field by field; pure, and the same for every format."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any, get_args

from pydantic import ValidationError

from bridge.errors import Invalid, Malformed, Rejected, Unsupported
from bridge.losses import silent
from bridge.model import Model, Record
from bridge.native import AROUND, SILENT, Path, entries, get, pointer, put, unclaimed
from bridge.verbs import Setting, Table, Verb

Target = tuple[str | int, ...]
"""The way to a shared value: names of fields, and positions in lists."""


@dataclass(frozen=True)
class Field:
    """A shared place and the verb that carries it."""

    target: Target
    verb: Verb
    default: Any = None
    required: bool = False


@dataclass(frozen=True)
class Each:
    """A verb for a list of parts."""

    path: Path
    model: type[Model]
    fields: tuple[Field, ...]

    @cached_property
    def paths(self) -> tuple[Path, ...]:
        """The list claims all that is in it; ``leftovers`` looks inside."""
        return (self.path,)

    def read(self, node: Any, setting: Setting) -> Any:
        """The parts, nothing if there are none."""
        found = []
        for index, entry in enumerate(entries(node, self.path)):
            with_place = pointer((*self.path, str(index)))
            try:
                found.append(build(self.model, self.fields, reading(self.fields, entry, setting)))
            except Rejected as error:
                raise within(error, with_place) from None
        return tuple(found) or None

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
    fields: tuple[Field, ...]
    when: Path | None = None
    """It is said only where this place says something."""
    each: Path | None = None
    """The list whose parts say it; what stands around a part is found under ``^``."""

    @cached_property
    def paths(self) -> frozenset[Path]:
        """The native places of its fields."""
        return frozenset(path for field in self.fields for path in field.verb.paths)

    @cached_property
    def outer(self) -> tuple[bool, ...]:
        """Which of its fields stand around the list."""
        return tuple(any(path[0] == AROUND for path in field.verb.paths) for field in self.fields)

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


def reading(fields: Sequence[Field], node: Any, setting: Setting) -> list[Any]:
    """What each field says in a native entry; nothing where the source is silent."""
    return [field.verb.read(node, setting) for field in fields]


def build(cls: type[Model], fields: Sequence[Field], values: Sequence[Any], more: Mapping[str, Any] | None = None) -> Any:
    """A shared model out of what its fields say."""
    found: dict[str, Any] = dict(more or {})
    for field, said in zip(fields, values, strict=True):
        value = field.default if said is None else said
        if value is None:
            continue
        if len(field.target) == 1:
            found[field.target[0]] = value  # type: ignore[index]  # a field of the model
        else:
            _place(found, field.target, value)
    for name, annotation in _required(cls):
        if name not in found:
            found[name] = _silence(annotation, name, fields)
    try:
        return cls.model_validate(found)
    except ValidationError as error:
        flaw = error.errors(include_url=False)[0]
        raise Invalid("field", _native(str(flaw["loc"][0]), fields), reason=flaw["msg"]) from None


@cache
def _required(cls: type[Model]) -> tuple[tuple[str, Any], ...]:
    return tuple((name, info.annotation) for name, info in cls.model_fields.items() if info.is_required())


def _native(name: str, fields: Sequence[Field]) -> str:
    """Where the source says a shared field."""
    return next((pointer(path) for field in fields if field.target[0] == name for path in field.verb.paths), name)


def _silence(annotation: Any, name: str, fields: Sequence[Field]) -> Any:
    """What a required field holds where the source is silent: Unknown, an empty part; else the native place is missing."""
    if isinstance(annotation, type) and issubclass(annotation, Model):
        return {}
    if "Unknown" in get_args(annotation):
        return "Unknown"
    raise Malformed("missing", _native(name, fields))


def _place(found: dict[str, Any], target: Target, value: Any) -> None:
    node: Any = found
    for step, ahead in zip(target, (*target[1:], None), strict=True):
        fresh: Any = value if ahead is None else [] if isinstance(ahead, int) else {}
        if isinstance(step, int):
            while len(node) <= step:
                node.append({})
            node[step] = fresh if ahead is None else node[step] or fresh
        else:
            node[step] = fresh if ahead is None else node.get(step, fresh)
        node = node[step]


def shred(said: Model, fields: tuple[Field, ...], setting: Setting) -> dict[str, Any]:
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


def demand(fields: tuple[Field, ...], node: dict[str, Any], setting: Setting) -> None:
    """Raises ``Unsupported`` if the format cannot do without something that is not there."""
    for field in fields:
        if field.required and any(get(node, path) in SILENT for path in list(field.verb.paths)[:1]):
            raise Unsupported("cannot-say", ".".join(map(str, field.target)), format=setting.name, reason="it must be there")
        if isinstance(field.verb, Each):
            for entry in entries(node, field.verb.path):
                demand(field.verb.fields, entry, setting)


def leftovers(fields: Iterable[Field], values: Iterable[Any], node: Any, setting: Setting, taken: Iterable[Path] = ()) -> Iterator[tuple[Path, Any]]:
    """The native values that these fields leave: what none of them claims nor others have ``taken``, codes that mean nothing here, half a value."""
    claimed: set[Path] = {(AROUND,), *taken}
    for field, value in zip(fields, values, strict=True):
        verb = field.verb
        if value is not None and isinstance(verb, Each):
            for index, entry in enumerate(entries(node, verb.path)):
                inside = leftovers(verb.fields, reading(verb.fields, entry, setting), entry, setting)
                yield from (((*verb.path, str(index), *rest), left) for rest, left in inside)
        if verb.claims(node, value):
            claimed.update(verb.paths)
    if not isinstance(node, dict):
        yield from unclaimed(node, claimed)
        return
    for step, inner in node.items():
        if (step,) in claimed:
            continue
        if isinstance(inner, dict):
            yield from unclaimed(inner, claimed, (step,))
        elif inner or inner not in SILENT:
            yield (step,), inner
