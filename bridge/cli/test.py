"""``regionbus test``: samples and golden cases through an adapter."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

from bridge import testing
from bridge.adapter import Adapter, Said, read
from bridge.cli.convert import sentence
from bridge.errors import Rejected
from bridge.texts import text


def run(adapter: Adapter, paths: list[Path], *, bless: bool, as_json: bool) -> int:
    """Every file; 1 if a law is broken or a golden case differs."""
    rows: list[dict[str, Any]] = []
    broken: list[str] = []
    for path in paths:
        if path.is_dir() and list(testing.cases(path)):
            broken += golden(type(adapter), path, rows, bless=bless)
            continue
        for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
            if file.is_file():
                data = file.read_bytes()
                rows.append({"file": str(file), **verdict(adapter, data)})
                broken += [f"{file}: {law}" for law in testing.broken_laws(adapter, data)]
    if as_json:
        print(json.dumps(rows, ensure_ascii=False))
    else:
        show(rows, broken)
    return 1 if broken else 0


def golden(cls: type[Adapter], folder: Path, rows: list[dict[str, Any]], *, bless: bool) -> list[str]:
    """The golden cases of a folder; says what differs."""
    flaws = []
    for case in testing.cases(folder):
        if bless:
            testing.bless(cls, case)
        configured = testing.configured(cls, case)
        rows.append({"file": str(case), **verdict(configured, testing.sample(case))})
        flaws += testing.check(cls, case) + list(testing.broken_laws(configured, testing.sample(case)))
    return flaws


def verdict(adapter: Adapter, data: bytes) -> dict[str, Any]:
    """What an adapter makes of a file."""
    try:
        found = read(adapter, data)
    except Rejected as error:
        return {"verdict": "refused", "reason": sentence(error), "records": 0}
    said = [each for each in found if isinstance(each, Said)]
    odd = [sentence(each) for each in found if isinstance(each, Rejected)]
    odd += [deviation for each in said for deviation in each.deviations]
    kind = "ok" if not odd else "deviation" if said else "refused"
    return {"verdict": kind, "reason": "; ".join(dict.fromkeys(odd)), "records": len(said)}


def show(rows: list[dict[str, Any]], broken: list[str]) -> None:
    """A table and a count."""
    from rich.console import Console
    from rich.table import Table

    console = Console()
    table = Table(*(text(f"test-{name}") for name in ("file", "verdict", "records", "reason")))
    for row in rows:
        table.add_row(Path(row["file"]).name, text(f"test-{row['verdict']}"), str(row["records"]), row["reason"][:200])
    console.print(table)
    for law in broken:
        console.print(law, markup=False)
    kinds = Counter(row["verdict"] for row in rows)
    records = sum(row["records"] for row in rows)
    counts = {kind: kinds[kind] for kind in ("ok", "deviation", "refused")}
    console.print(text("test-count", files=len(rows), records=records, broken=len(broken), **counts))
