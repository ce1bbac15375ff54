"""The two-way walk between a native entry and a shared model, field by field; pure, and the same for every format."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, get_args

from bridge.errors import Malformed, Unsupported
from bridge.losses import silent
from bridge.model import Model, Record
from bridge.native import SILENT, Path, entries, get, pointer, put, unclaimed
from bridge.verbs import Setting, Verb

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

    @property
    def paths(self) -> tuple[Path, ...]:
        """The list claims all that is in it; ``leftovers`` looks inside."""
        return (self.path,)

    def read(self, node: Any, setting: Setting) -> Any:
        """The parts, nothing if there are none."""
        return tuple(build(self.model, self.fields, entry, setting) for entry in entries(node, self.path)) or None

    def claims(self, node: Any, setting: Setting) -> bool:
        """Always: what its parts leave is found inside."""
        del node, setting
        return True

    def write(self, said: tuple[Model, ...], node: dict[str, Any], setting: Setting) -> None:
        """A list of objects."""
        put(node, self.path, [shred(part, self.fields, setting) for part in said])


@dataclass(frozen=True)
class Part:
    """One record that an entry may say."""

    cls: type[Record]
    fields: tuple[Field, ...]
    when: Path | None = None

    def applies(self, entry: Any) -> bool:
        """Whether the entry says this record."""
        return self.when is None or get(entry, self.when) not in SILENT


def build(cls: type[Model], fields: tuple[Field, ...], node: Any, setting: Setting, more: Mapping[str, Any] | None = None) -> Any:
    """A shared model out of a native entry."""
    found: dict[str, Any] = dict(more or {})
    for field in fields:
        value = field.verb.read(node, setting)
        if value is None:
            value = field.default
        if value is not None:
            _place(found, field.target, value)
    for name, info in cls.model_fields.items():
        if info.is_required() and name not in found:
            found[name] = _silence(info.annotation, name, fields)
    return cls.model_validate(found)


def _silence(annotation: Any, name: str, fields: tuple[Field, ...]) -> Any:
    """What a required field holds where the source is silent: Unknown, an empty part; else the native place is missing."""
    if isinstance(annotation, type) and issubclass(annotation, Model):
        return {}
    if "Unknown" in get_args(annotation):
        return "Unknown"
    places = [pointer(path) for field in fields if field.target[0] == name for path in field.verb.paths]
    raise Malformed("missing", places[0] if places else name)


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
        value, name = _pick(said, field.target), str(field.target[0])
        if silent(value):
            if field.default is not None and not silent(field.default):
                raise Unsupported("cannot-say", name, format=setting.name, reason=f"silence means {field.default} there")
            if value == "" and type(said).model_fields[name].is_required():
                raise Unsupported("cannot-say", name, format=setting.name, reason="it is empty")
        elif value != field.default or field.required:
            try:
                field.verb.write(value, node, setting)
            except LookupError:
                if type(said).model_fields[name].is_required() and _irreplaceable(type(said), name):
                    raise Unsupported("cannot-say", name, format=setting.name, reason=f"it has no word for {value}") from None
    return node


def _irreplaceable(cls: type[Model], name: str) -> bool:
    """Whether a required field cannot be silent: only enumerations can."""
    return "Unknown" not in get_args(cls.model_fields[name].annotation)


def demand(fields: tuple[Field, ...], node: dict[str, Any], setting: Setting) -> None:
    """Raises ``Unsupported`` if the format cannot do without something that is not there."""
    for field in fields:
        if field.required and any(get(node, path) in SILENT for path in list(field.verb.paths)[:1]):
            raise Unsupported("cannot-say", ".".join(map(str, field.target)), format=setting.name, reason="it must be there")
        if isinstance(field.verb, Each):
            for entry in entries(node, field.verb.path):
                demand(field.verb.fields, entry, setting)


def _pick(said: Any, target: Target) -> Any:
    for step in target:
        if said is None or (isinstance(step, int) and len(said) <= step):
            return None
        said = said[step] if isinstance(step, int) else getattr(said, step)
    return said


def leftovers(fields: tuple[Field, ...], node: Any, setting: Setting, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """The native values that these fields leave: what none of them claims, codes that mean nothing here, half a value."""
    claimed: set[Path] = set()
    for field in fields:
        verb = field.verb
        if isinstance(verb, Each):
            for index, entry in enumerate(entries(node, verb.path)):
                yield from leftovers(verb.fields, entry, setting, (*path, *verb.path, str(index)))
        if verb.claims(node, setting):
            claimed.update(verb.paths)
    for rest, value in unclaimed(node, claimed):
        yield (*path, *rest), value
