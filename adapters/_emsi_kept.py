"""What a message says beside its record, and how it goes back."""

from collections.abc import Iterator
from typing import Any

from bridge import losses, native


def planted(node: Any, path: native.Path, value: Any) -> Any:
    """A copy of the node with the value at a path, beside what an object there holds; ``LookupError`` if its list is too short."""
    if not path:
        return node | value if isinstance(node, dict) and isinstance(value, dict) else value
    step, rest = path[0], path[1:]
    if isinstance(node, dict) or not step.isdecimal():
        node = node or {}
        return {**node, step: planted(node.get(step), rest, value)}
    items, index = list(node or ()), int(step)
    items += [{}] * (index == len(items) + 1)
    if index > len(items):
        raise LookupError(step)
    items[index : index + 1] = [planted(items[index] if index < len(items) else None, rest, value)]
    return items


def left(found: Any, carried: Any, path: native.Path = ()) -> Iterator[tuple[native.Path, Any]]:
    """What of a tree is not in the one that its record gives back."""
    if found == carried or found in native.SILENT:
        return
    if isinstance(found, dict) and isinstance(carried, dict) and "LAT" not in found:  # half a position means nothing
        for name, value in found.items():
            yield from left(value, carried.get(name), (*path, name))
    elif isinstance(found, list) and isinstance(carried, list):
        for index, value in enumerate(found):
            yield from left(value, carried[index] if index < len(carried) else None, (*path, str(index)))
    elif not losses.same(found, carried, ""):
        yield path, found
