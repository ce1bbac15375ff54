"""The native tree that mappings walk: dicts, lists, text and numbers, out of JSON, XML or a row of CSV."""

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from bridge.errors import Malformed

Path = tuple[str, ...]
"""The way to a native value. Steps are separated by dots in TOML; a CSV column is one step, whatever it holds."""

NAMES = {dict: "an object", list: "a list", str: "text", bool: "a truth value", int: "a number", float: "a number", type(None): "nothing"}
AROUND = "^"
"""The name under which a part of a list finds what stands around it."""
SILENT: tuple[Any, ...] = (None, "", [], {})
Claims = dict[str, Any]
"""Places that a mapping claims, by their steps: with all below it where ``None`` stands, else as far as the ``Claims`` that stand there say."""
ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
JSON = re.compile(r'[ \t\n\r]*(?:[\[{"]|(?:-?(?:\d+(?:\.\d+)?(?:[eE][-+]?\d+)?|Infinity)|NaN|true|false|null)[ \t\n\r]*\Z)')
"""What text looks like that may be JSON, as Python reads it; most does not, and need not be tried."""
BEGINNINGS = frozenset(' \t\n\r[{"-0123456789INtfn')


def shape(value: Any) -> str:
    """What a native value is, in words."""
    return NAMES.get(type(value), "something else")


def pointer(path: Path) -> str:
    """A path as one text, after JSON Pointer (RFC 6901) without its first slash."""
    words = "/".join(path)
    if "~" in words or words.count("/") >= len(path):
        words = "/".join([step.replace("~", "~0").replace("/", "~1") for step in path])
    return words


def steps(words: str) -> Path:
    """The reverse of ``pointer``."""
    return tuple(step.replace("~1", "/").replace("~0", "~") for step in words.split("/"))


def get(node: Any, path: Path) -> Any:
    """The value at a path, or nothing. A list of one stands for its element, as in XML turned to JSON."""
    for step in path:
        if type(node) is dict:
            node = node.get(step)
            continue
        if type(node) is list and len(node) == 1:
            node = node[0]
        if not isinstance(node, dict):
            if node in SILENT:
                return None
            raise Malformed("wrong-shape", pointer(path), found=shape(node), wanted="an object")
        node = node.get(step)
    return node


def put(node: Any, path: Path, value: Any) -> None:
    """Sets the value at a path, making the objects on the way; a step into a list that is there counts its entries."""
    for step in path[:-1]:
        node = node[int(step)] if isinstance(node, list) else node.setdefault(step, {})
    node[path[-1]] = value


def find(node: Any, path: Path) -> Any:
    """The value at a path whose steps into lists count their entries; nothing if there is none."""
    for step in path:
        if isinstance(node, dict):
            node = node.get(step)
        elif isinstance(node, list) and step.isdigit() and int(step) < len(node):
            node = node[int(step)]
        else:
            return None
    return node


def entries(node: Any, path: Path) -> list[Any]:
    """The list at a path; one alone stands for a list of one, nothing for an empty one."""
    found = get(node, path)
    if found in SILENT:
        return []
    return found if isinstance(found, list) else [found]


def claim(claimed: Claims, path: Path) -> None:
    """Adds a place."""
    for step in path[:-1]:
        inner = claimed.setdefault(step, {})
        if inner is None:
            return
        claimed = inner
    claimed[path[-1]] = None


def left(node: Any, claimed: Claims, path: Path = ()) -> list[tuple[Path, Any]]:
    """Every value that no mapping claims, with its path."""
    if not isinstance(node, dict):
        return [] if node in SILENT else [(path, node)]
    found: list[tuple[Path, Any]] = []
    for step, inner in node.items():
        if step not in claimed:
            if inner or inner not in SILENT:
                found.append(((*path, step), inner))
        elif (below := claimed[step]) is not None:
            found += left(inner, below, (*path, step))
    return found


def unclaimed(node: Any, claimed: Iterable[Path], path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """The same with the places as paths; ``path`` is where the node stands. One of which nothing is claimed is one value."""
    below: Claims = {}
    for other in claimed:
        if other == path:
            return
        if other[: len(path)] == path:
            claim(below, other[len(path) :])
    if below:
        yield from left(node, below, path)
    elif node not in SILENT:
        yield path, node


def flat(node: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Every value that is no object, with its path."""
    if isinstance(node, dict):
        for step, inner in node.items():
            yield from flat(inner, (*path, step))
    else:
        yield path, node


def pack(value: Any) -> str:
    """A native value as the text of an extension; text stays itself unless it could be taken for something else."""
    if isinstance(value, str) and (value[:1] not in BEGINNINGS or JSON.match(value) is None or unpack(value) == value):
        return value
    return repr(value) if type(value) is int else ENCODER.encode(value)


def unpack(words: str) -> Any:
    """The reverse of ``pack``."""
    try:
        return json.loads(words)
    except (ValueError, RecursionError):
        return words
