"""A shared model out of what the fields of a mapping say."""

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any, get_args

from pydantic import ValidationError

from bridge.errors import Invalid, Malformed
from bridge.fields import Fields
from bridge.model import Model
from bridge.native import pointer


def build(cls: type[Model], fields: Fields, values: Iterable[Any], more: Mapping[str, Any] | None = None) -> Any:
    """A shared model out of what its fields say."""
    found: dict[str, Any] = dict(more or {})
    rooms: list[Any] = [found, *[None] * len(fields.rooms)]
    for (default, number, step), said in zip(fields.homes, values, strict=True):
        value = default if said is None else said
        if value is not None:
            room = rooms[number] if rooms[number] is not None else _opened(rooms, number, fields)
            if type(step) is int:
                _fill(room, step)
            room[step] = value
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


def _native(name: str, fields: Fields) -> str:
    """Where the source says a shared field."""
    return next((pointer(path) for field in fields if field.target[0] == name for path in field.verb.paths), name)


def _silence(annotation: Any, name: str, fields: Fields) -> Any:
    """What a required field holds where the source is silent: Unknown, an empty part; else the native place is missing."""
    if isinstance(annotation, type) and issubclass(annotation, Model):
        return {}
    if "Unknown" in get_args(annotation):
        return "Unknown"
    raise Malformed("missing", _native(name, fields))


def _opened(rooms: list[Any], number: int, fields: Fields) -> Any:
    """A part of the record that is not there yet."""
    outer, step, kind = fields.rooms[number - 1]
    around = rooms[outer] if rooms[outer] is not None else _opened(rooms, outer, fields)
    if isinstance(step, int):
        _fill(around, step)
        room = around[step] = around[step] or kind()
    else:
        room = around.setdefault(step, kind())
    rooms[number] = room
    return room


def _fill(listed: list[Any], position: int) -> None:
    """A list has nothing at a position before it has something there."""
    while len(listed) <= position:
        listed.append({})
