"""Writes what follows from the schemas: the record models, their Avro writers and the data dictionary.

``python -m schemas.generate`` writes them below the current folder; a test fails when one is stale.
"""

import csv
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from schemas import ROOT

PLAIN = {
    "boolean": "bool",
    "bytes": "bytes",
    "double": "float",
    "int": "Int",
    "long": "Long",
    "string": "Str",
}

HEADER = '''"""The shared records. Generated from schemas/*.avsc by ``make generate``: change the schema, never this file."""

from typing import Annotated, Literal

from pydantic import Field

from bridge.model import Int, Long, Many, Map, Model, Record, Str, Timestamp
'''


def definitions() -> Iterator[dict[str, Any]]:
    """Every named type, each after those that it refers to."""
    for name in ("enums", "types"):
        yield from json.loads(ROOT.joinpath(f"{name}.avsc").read_text("utf-8"))
    for entry in sorted(ROOT.iterdir(), key=lambda entry: entry.name):
        if entry.name.endswith(".avsc") and entry.name not in {"enums.avsc", "types.avsc"}:
            yield json.loads(entry.read_text("utf-8"))


def annotation(schema: Any) -> str:
    """The Python type of an Avro type."""
    match schema:
        case ["null", inner]:
            return f"{annotation(inner)} | None"
        case {"type": "array", "items": items}:
            return f"Many[{annotation(items)}]"
        case {"type": "map"}:
            return "Map"
        case {"logicalType": "timestamp-millis"}:
            return "Timestamp"
    return PLAIN.get(schema) or schema.removeprefix("regionbus.")


def field_line(field: dict[str, Any]) -> str:
    """One field of a model."""
    kind, default = annotation(field["type"]), ""
    if "range" in field:
        low, high = field["range"]
        kind = f"Annotated[{kind}, Field(ge={low}, le={high})]"
    if "default" in field:
        value = field["default"]
        default = f" = {tuple(value) if isinstance(value, list) else value!r}"
    return f"    {field['name']}: {kind}{default}".replace("'", '"')


def model(record: dict[str, Any], *, top: bool) -> str:
    """The model of one record."""
    lines = [f"class {record['name']}({'Record' if top else 'Model'}):"]
    lines.append(f'    """{record["doc"].rstrip(".")}."""\n')
    lines += [field_line(field) for field in record["fields"]]
    return "\n".join(lines)


def records() -> str:
    """The text of bridge/records.py."""
    exported = ", ".join(f'"{definition["name"]}"' for definition in definitions())
    parts, nested = [HEADER, f"__all__ = [{exported}]\n"], {t["name"] for t in json.loads(ROOT.joinpath("types.avsc").read_text("utf-8"))}
    for definition in definitions():
        if definition["type"] == "enum":
            symbols = ", ".join(json.dumps(symbol) for symbol in definition["symbols"])
            parts.append(f"{definition['name']} = Literal[{symbols}]")
        else:
            parts.append("\n\n" + model(definition, top=definition["name"] not in nested))
    return "\n".join(parts) + "\n"


WRITERS = '''"""Writes every record in Avro binary, straight from the model. Generated from schemas/*.avsc: change the schema, never this file.

Four times as fast as a general encoder walking the schema; a law holds every byte against fastavro.
"""

from collections.abc import Callable
from typing import Any

from bridge import records as r
from bridge.avro import END, FALSE, NULL, SOME, TRUE, blob, double, long, millis, string, symbols

Out = Callable[[bytes], object]
'''
ATOMS = {"bytes": "blob", "double": "double", "int": "long", "long": "long", "string": "string"}


def written(schema: Any, value: str, enums: set[str]) -> str | None:
    """The expression that makes the bytes of a value, if one expression can."""
    match schema:
        case ["null", inner]:
            some = written(inner, value, enums)
            return some and f"NULL if {value} is None else SOME + {some}"
        case {"logicalType": "timestamp-millis"}:
            return f"millis({value})"
        case "boolean":
            return f"(TRUE if {value} else FALSE)"
        case str() if schema in ATOMS:
            return f"{ATOMS[schema]}({value})"
        case str() if (name := schema.removeprefix("regionbus.")) in enums:
            return f"{name}[{value}]"
    return None


def writing(schema: Any, value: str, enums: set[str], depth: int = 1) -> Iterator[str]:
    """The lines that write one value of an Avro type."""
    pad = "    " * depth
    if expression := written(schema, value, enums):
        yield f"{pad}out({expression})"
        return
    match schema:
        case ["null", inner]:
            yield f"{pad}if {value} is None:"
            yield f"{pad}    out(NULL)"
            yield f"{pad}else:"
            yield f"{pad}    out(SOME)"
            yield from writing(inner, value, enums, depth + 1)
        case {"type": "array", "items": items}:
            yield f"{pad}if {value}:"
            yield f"{pad}    out(long(len({value})))"
            yield f"{pad}    for {value[6:]}_item in {value}:"
            yield from writing(items, f"{value[6:]}_item", enums, depth + 2)
            yield f"{pad}out(END)"
        case {"type": "map"}:
            yield f"{pad}if {value}:"
            yield f"{pad}    out(long(len({value})))"
            yield f"{pad}    for key, item in {value}.items():"
            yield f"{pad}        out(string(key) + string(item))"
            yield f"{pad}out(END)"
        case _:
            yield f"{pad}{function(schema)}({value}, out)"


def function(name: str) -> str:
    """The name of the function that writes a record."""
    return "write_" + re.sub(r"(?<!^)(?=[A-Z])", "_", name.removeprefix("regionbus.")).lower()


def writers() -> str:
    """The text of bridge/writers.py."""
    lines, found = [WRITERS], list(definitions())
    enums = {definition["name"] for definition in found if definition["type"] == "enum"}
    for definition in found:
        if definition["type"] == "enum":
            listed = ", ".join(json.dumps(symbol) for symbol in definition["symbols"])
            lines.append(f"{definition['name']} = symbols({listed})")
            continue
        lines += ["", "", f"def {function(definition['name'])}(value: r.{definition['name']}, out: Out) -> None:"]
        lines.append(f'    """{definition["name"]}, field by field."""')
        for item in definition["fields"]:
            lines += writing(item["type"], f"value.{item['name']}", enums)
    lines += ["", "", "WRITERS: dict[str, Callable[[Any, Out], None]] = {"]
    lines += [f'    "{d["name"]}": {function(d["name"])},' for d in found if d["name"] not in enums]
    return "\n".join([*lines, "}"]) + "\n"


def shown(schema: Any) -> str:
    """An Avro type as the dictionary shows it."""
    match schema:
        case ["null", inner]:
            return f"{shown(inner)} or nothing"
        case {"type": "array", "items": items}:
            return f"list of {shown(items)}"
        case {"type": "map", "values": values}:
            return f"map of {shown(values)}"
        case {"logicalType": logical}:
            return str(logical)
    name = schema.removeprefix("regionbus.")
    return name if name == schema else f"[{name}](#{name.lower()})"


def row(field: dict[str, Any]) -> str:
    """A field as a line of the dictionary."""
    default = f"`{json.dumps(field['default'])}`" if "default" in field else "**required**"
    cells = (f"`{field['name']}`", shown(field["type"]), default, field["doc"], field["source"], field.get("group", ""))
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def dictionary() -> str:
    """The text of docs/data-dictionary.md."""
    lines = ["# Data dictionary", "", "Generated from `schemas/*.avsc` by `make generate`; change the schema, never this page."]
    for definition in sorted(definitions(), key=lambda definition: (definition["type"] == "enum", definition["name"])):
        lines += ["", f"## {definition['name']}", "", definition["doc"]]
        if definition["type"] == "enum":
            lines += ["", ", ".join(f"`{symbol}`" for symbol in definition["symbols"]), "", f"Source: {definition['source']}."]
            continue
        lines += ["", "| field | type | default | meaning | source | sensitive |", "|---|---|---|---|---|---|"]
        lines += [row(field) for field in definition["fields"]]
    lines += [
        "",
        "## Code lists",
        "",
        "With English and Chinese labels, and what each code maps to: `regionbus` holds the words of the enumerations above.",
        "",
    ]
    return "\n".join([*lines, "| list | codes | unverified | sources |", "|---|--:|--:|---|", *code_lists()]) + "\n"


def code_lists() -> Iterator[str]:
    """A row for each code list: its sources as far as the first clause, and how many of its codes say of themselves that nobody has verified them."""
    for entry in sorted(ROOT.joinpath("codes").iterdir(), key=lambda entry: entry.name):
        codes = list(csv.DictReader(entry.read_text("utf-8").splitlines()))
        sources = dict.fromkeys(re.split("[;,(]", code["source"])[0].strip() for code in codes)
        doubtful = sum("unverified" in code["source"] for code in codes)
        link = f"[`{entry.name.removesuffix('.csv')}`](../schemas/codes/{entry.name})"
        yield f"| {link} | {len(codes)} | {doubtful or ''} | {'; '.join(sources)} |"


def main() -> None:
    """Writes them all."""
    Path("docs").mkdir(exist_ok=True)
    Path("bridge/records.py").write_text(records(), "utf-8")
    Path("bridge/writers.py").write_text(writers(), "utf-8")
    Path("docs/data-dictionary.md").write_text(dictionary(), "utf-8")


if __name__ == "__main__":
    main()
