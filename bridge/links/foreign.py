"""Schemas from elsewhere: what a hub lists, and whether a schema is the one that was asked for and can do no harm."""

import hashlib
import json
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from bridge import wire
from bridge.errors import Malformed, Rejected
from bridge.lint import ALWAYS_SENSITIVE, lint

LIMIT = 256 * 1024
"""Bytes of a schema, or of a list of them."""
UNFOLDED = 20_000
"""Types in a schema with every named one written out wherever it is used; the largest of ours has 300."""
ROWS = 1000
"""Of a list that are looked at."""


def listed(versions: Iterable[wire.Schema]) -> bytes:
    """The list of a hub's schemas."""
    rows = [{"name": version.name, "fingerprint": version.mark[2:].hex(), "sha256": version.sha256} for version in versions]
    return json.dumps(sorted(rows, key=lambda row: (row["name"], row["sha256"])), separators=(",", ":")).encode()


def entries(data: bytes) -> dict[bytes, str]:
    """The SHA-256 of each mark in a hub's list; nothing of what is no list."""
    with suppress(ValueError, TypeError, KeyError, RecursionError):
        rows = json.loads(data)[:ROWS]
        return {wire.MARK + bytes.fromhex(row["fingerprint"]): bytes.fromhex(row["sha256"]).hex() for row in rows}
    return {}


def learnable(data: bytes, mark: bytes, sha256: str | None = None) -> wire.Schema:
    """The schema in these bytes, if it is the one of this mark and can do no harm. Raises ``Malformed``."""
    if len(data) > LIMIT:
        raise Malformed("too-large", size=len(data), limit=LIMIT)
    if sha256 not in (None, hashlib.sha256(data).hexdigest()):
        raise Malformed("schema-digest", wanted=sha256)
    try:
        definition = json.loads(data)
        flaw = next(lint(flat(definition)), "")
        version = None if flaw else wire.schema(definition)
    except Rejected:
        raise
    except Exception as error:  # noqa: BLE001  a hostile schema makes json, lint and fastavro raise whatever lies nearest
        raise Malformed("schema-unfit", reason=f"{type(error).__name__} {error}") from None
    if version is None:
        raise Malformed("schema-unfit", reason=flaw)
    if version.mark != mark or version.text.encode("utf-8", "surrogatepass") != data or version.name not in wire.language().today:
        raise Malformed("schema-other", wanted=mark[2:].hex(), found=f"{version.name} {version.mark[2:].hex()}")
    return version


def flat(definition: Any) -> list[dict[str, Any]]:
    """Every named type of a self-contained schema by itself, as the lint takes them.

    Only what could do harm is left to be judged: what a field means and who may see it is its author's matter, and we read what we know.
    """
    if definition["type"] != "record":
        raise Malformed("schema-unfit", reason="a message is a record")
    flattened = Flat()
    flattened.named(definition)
    return list(flattened.types.values())


class Flat:
    """The named types met so far, with references in place of what they hold; how large each is when all is written out."""

    def __init__(self) -> None:
        """None at first."""
        self.types: dict[str, dict[str, Any]] = {}
        self.sizes: dict[str, int] = {}
        """Of those that are read to their end."""

    def named(self, schema: dict[str, Any]) -> tuple[str, int]:
        """A record or an enumeration, where it is defined."""
        name = f"{schema['namespace']}.{schema['name']}"
        if name in self.types:
            raise Malformed("schema-unfit", reason=f"{name} is defined twice")
        self.types[name] = {**schema, "doc": "-", "source": "-"}
        fields, size = [], 1
        for each in schema["fields"] if schema["type"] == "record" else ():
            kind, many = self.reference(each["type"])
            fields.append({**each, "type": kind, "doc": "-", "source": "-", "group": ALWAYS_SENSITIVE.get(each["name"])})
            size += many
        if size > UNFOLDED:
            raise Malformed("schema-unfit", reason=f"{name} unfolds to more than {UNFOLDED} types")
        self.types[name]["fields"], self.sizes[name] = fields, size
        return name, size

    def reference(self, schema: Any) -> tuple[Any, int]:
        """Any type, and its size."""
        match schema:
            case {"type": "record" | "enum"}:
                return self.named(schema)
            case str() if schema in self.types and schema not in self.sizes:
                raise Malformed("schema-unfit", reason=f"{schema} holds itself: bytes could make a decoder recurse")
            case str():
                return schema, self.sizes.get(schema, 1)
            case list():
                branches = [self.reference(branch) for branch in schema]
                return [kind for kind, _ in branches], 1 + sum(size for _, size in branches)
            case {"type": "array", "items": items}:
                kind, size = self.reference(items)
                return {**schema, "items": kind}, 1 + size
        return schema, 1
