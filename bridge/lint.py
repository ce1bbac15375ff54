"""The rules that every schema keeps, so that no bytes can make a decoder hang or recurse, and no reader is left without words."""

import keyword
from collections.abc import Iterator
from typing import Any

GROUPS = frozenset({"caller", "facility", "medical", "minor", "note", "place-exact", "responder"})
ALWAYS_SENSITIVE = {"attachments": "note", "extensions": "note", "external_ids": "note"}


def lint(definitions: list[dict[str, Any]]) -> Iterator[str]:
    """What is wrong with a language, in words."""
    named = {f"{each['namespace']}.{each['name']}": each for each in definitions}
    for each in definitions:
        yield from _definition(each, named)
        yield from _recursion(each, named, ())


def _definition(each: dict[str, Any], named: dict[str, Any]) -> Iterator[str]:
    name = each["name"]
    if not each.get("doc"):
        yield f"{name}: has no doc"
    if each["type"] == "enum":
        yield from _enum(each)
        return
    if not each["fields"]:
        yield f"{name}: a record without fields takes no bytes, so an array of them never ends"
    for field in each["fields"]:
        where = f"{name}.{field['name']}"
        yield from (f"{where}: has no {word}" for word in ("doc", "source") if not field.get(word))
        yield from _group(where, field)
        yield from _type(where, field["type"], named)
        yield from _default(where, field)


def _enum(each: dict[str, Any]) -> Iterator[str]:
    if each.get("default") != "Unknown" or each["symbols"][0] != "Unknown":
        yield f"{each['name']}: its first symbol and default must be Unknown, so that an older reader can take a newer symbol"
    if not each.get("source"):
        yield f"{each['name']}: has no source"
    yield from (f"{each['name']}: {symbol} is a Python keyword" for symbol in each["symbols"] if keyword.iskeyword(symbol))


def _group(where: str, field: dict[str, Any]) -> Iterator[str]:
    group, must = field.get("group"), ALWAYS_SENSITIVE.get(field["name"])
    if must and group != must:
        yield f"{where}: must carry the group {must}"
    if group is not None and group not in GROUPS:
        yield f"{where}: {group} is no group; there are {', '.join(sorted(GROUPS))}"


def _type(where: str, schema: Any, named: dict[str, Any]) -> Iterator[str]:
    match schema:
        case list():
            if len(schema) != 2 or schema[0] != "null" or isinstance(schema[1], list):
                yield f'{where}: the only union is ["null", T]'
            else:
                yield from _type(where, schema[1], named)
        case {"type": "array", "items": items}:
            if items == "null" or isinstance(items, list):
                yield f"{where}: an array of nothing, or of maybe nothing, never ends"
            yield from _type(where, items, named)
        case {"type": "map", "values": values}:
            if values != "string":
                yield f"{where}: a map holds text"
        case {"type": "long", "logicalType": "timestamp-millis"} | "boolean" | "bytes" | "double" | "int" | "long" | "string":
            return
        case str() if schema in named:
            return
        case _:
            yield f"{where}: {schema} is no type that may be used"


def _default(where: str, field: dict[str, Any]) -> Iterator[str]:
    """What may be absent says so: else a new reader could not read an old writer."""
    if isinstance(field["type"], list) and ("default" not in field or field["default"] is not None):
        yield f"{where}: the default of a union is null"


def _recursion(each: Any, named: dict[str, Any], path: tuple[str, ...]) -> Iterator[str]:
    match each:
        case {"type": "record", "name": name, "fields": fields}:
            if name in path:
                yield f"{path[0]}: holds itself by way of {' → '.join((*path, name))}: bytes could make a decoder recurse"
                return
            for field in fields:
                yield from _recursion(field["type"], named, (*path, name))
        case list():
            for branch in each:
                yield from _recursion(branch, named, path)
        case {"type": "array", "items": inner} | {"type": "map", "values": inner}:
            yield from _recursion(inner, named, path)
        case str() if each in named:
            yield from _recursion(named[each], named, path)
