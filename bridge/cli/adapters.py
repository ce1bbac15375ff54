"""``regionbus adapters``: which formats are spoken here; also the table of the documentation."""

import json
from pathlib import Path
from typing import Any

from bridge import registry
from bridge.adapter import Adapter
from bridge.kinds import KINDS


def row(name: str, cls: type[Adapter]) -> dict[str, Any]:
    """What is to be known of an adapter."""
    options = sorted(set(cls.model_fields) - {"agency"})
    return {
        "name": name,
        "what": (cls.__doc__ or "").strip().splitlines()[0].rstrip("."),
        "media_type": cls.media_type,
        "records": [KINDS[record] for record in cls.records],
        "writes": cls.writes,
        "options": options,
        "loses": sorted(cls.loses),
    }


def rows(folders: list[Path]) -> list[dict[str, Any]]:
    """All adapters, by name."""
    return [row(name, entry.load()) for name, entry in sorted(registry.entries(folders).items())]


def page(found: list[dict[str, Any]]) -> str:
    """The text of docs/adapters.md."""
    lines = ["# Formats", "", "Generated from the adapters by `make generate`.", ""]
    lines += ["| format | what | media type | kinds | out | options |", "|---|---|---|---|---|---|"]
    for each in found:
        cells = (
            f"[{each['name']}](#{each['name']})",
            each["what"],
            f"`{each['media_type']}`",
            ", ".join(each["records"]),
            "yes" if each["writes"] else "reads only",
            ", ".join(f"`{option}`" for option in each["options"]),
        )
        lines.append("| " + " | ".join(cells) + " |")
    lines += ["", "What each format cannot carry; a path covers all below it. Everything else arrives unchanged."]
    for each in found:
        lines += ["", f"## {each['name']}", "", ", ".join(f"`{path}`" for path in each["loses"]) or "nothing is lost"]
    return "\n".join(lines) + "\n"


def run(folders: list[Path], *, as_json: bool, markdown: bool) -> None:
    """Prints them."""
    found = rows(folders)
    if as_json:
        print(json.dumps(found, ensure_ascii=False))
    elif markdown:
        print(page(found), end="")
    else:
        show(found)


def show(found: list[dict[str, Any]]) -> None:
    """As a table."""
    from rich.console import Console
    from rich.table import Table

    table = Table("format", "what", "kinds", "out")
    for each in found:
        table.add_row(each["name"], each["what"], ", ".join(each["records"]), "✓" if each["writes"] else "")
    Console().print(table)
