"""The settings, table by table: ``python -m bridge.cli.reference`` prints docs/settings.md from the models, their types, defaults and docstrings."""

import ast
import inspect
import json
import textwrap
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel

from bridge.cli.init import SETTINGS
from bridge.settings import Settings

INTRODUCTION = """\
# Settings

Generated from the models by `make generate`. One TOML file, `regionbus.toml` or what `-c` or `REGIONBUS_CONFIG` names; `regionbus init` writes one to begin with,
`regionbus doctor` checks it, `regionbus schemas --settings` prints its JSON schema for editors. A word that is no setting stops the start and names its line and the
nearest right one. Paths are relative to the file.

The environment goes above the file: `REGIONBUS_` and the name in capitals, `__` between a table and its word (`REGIONBUS_HTTP__PORT=8081`), JSON for lists
(`REGIONBUS_ADAPTERS='["formats"]'`). In the address of a broker or of the ledger, `{file:secrets/bus}` is the password that stands in that file."""
SHIPPED = "deploy/hubs/cn-jiaxing.toml"
WORDS = {"boolean": "yes or no", "integer": "whole number", "number": "number", "string": "text", "object": "table"}


def sentences(cls: type[BaseModel]) -> dict[str, str]:
    """What stands below each field in the source, those of its parents first."""
    found: dict[str, str] = {}
    for each in reversed([each for each in cls.__mro__ if issubclass(each, BaseModel) and each.__module__.startswith("bridge.settings.")]):
        (tree,) = ast.parse(textwrap.dedent(inspect.getsource(each))).body
        assert isinstance(tree, ast.ClassDef)
        for field, words in pairwise(tree.body):
            match field, words:
                case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(sentence))):
                    found[name] = " ".join(sentence.split())
    return found


def models(cls: type[BaseModel], place: str = "") -> Iterator[tuple[str, type[BaseModel]]]:
    """Every table by its heading, those within a table behind it."""
    for name, info in cls.model_fields.items():
        inner = next((each for each in (info.annotation, *get_args(info.annotation)) if inspect.isclass(each) and issubclass(each, BaseModel)), None)
        if inner is not None:
            dotted = f"{place}{name}"
            yield f"[[{dotted}]]" if str(info.annotation).startswith("list") else f"[{dotted}]", inner
            yield from models(inner, f"{dotted}.")


def kind(of: dict[str, Any]) -> str:
    """What may be written, from a JSON schema."""
    match of:
        case {"anyOf": [*either]}:
            return " or ".join(kind(each) for each in either if each.get("type") != "null")
        case {"enum": [*values]}:
            return ", ".join(f"`{value}`" for value in values)
        case {"$ref": _} | {"allOf": _}:
            return "table"
        case {"type": "array", "items": items}:
            return "tables" if "$ref" in items else f"list of {kind(items)}"
        case {"format": "path"}:
            return "path"
    bounds = [f"{word} {of[name]}" for name, word in (("minimum", "from"), ("exclusiveMinimum", "above"), ("maximum", "to")) if name in of]
    return " ".join([WORDS[of["type"]], *bounds, *([f"`{of['pattern']}`"] if "pattern" in of else [])])


def rows(cls: type[BaseModel]) -> Iterator[str]:
    """One for each word of a table."""
    schema, said = cls.model_json_schema(), sentences(cls)
    for name, of in schema["properties"].items():
        left = "**required**" if name in schema.get("required", ()) else f"`{json.dumps(of.get('default'), ensure_ascii=False)}`"
        left = "" if left in {"`null`", '`""`'} or kind(of).startswith("table") else left
        cells = (f"`{name}`", kind(of), left, said.get(name, ""))
        yield f"| {' | '.join(cell.replace('``', '`').replace('|', chr(92) + '|') for cell in cells)} |"


def page(example: str) -> str:
    """The text of docs/settings.md; ``example`` is the file that ships for a hub in a container."""
    parts = [INTRODUCTION]
    tables: list[tuple[str, type[BaseModel]]] = [("", Settings), *models(Settings)]
    for heading, cls in tables:
        title = f"## {heading}" if heading else "## Above all tables"
        doc = (inspect.getdoc(cls) or "").replace("``", "`")
        parts += [title, doc, "\n".join(["| name | what | left out | meaning |", "|---|---|---|---|", *rows(cls)])]
    begun = SETTINGS.substitute(hub="cn-jiaxing", path="regionbus.toml")
    parts += [
        "## Example: a hub to begin with",
        f"```toml\n{begun}```",
        "## Example: a hub in a container, with a neighbour",
        f"```toml\n{example}```",
    ]
    return "\n\n".join(parts) + "\n"


if __name__ == "__main__":
    print(page(Path(SHIPPED).read_text("utf-8")), end="")
