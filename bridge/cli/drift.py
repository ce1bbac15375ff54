"""``regionbus drift``: fields without a home, missing or of another type; by agency and format, with first and last time and count."""

import json
import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from bridge import app, settings
from bridge.cli.ledger import ask, shown
from bridge.drift import merged
from bridge.errors import ConfigError
from bridge.ledger.rows import millis, moment
from bridge.texts import harmless, text

SPAN = re.compile(r"(\d{1,5})([hd])")
UNITS = {"h": "hours", "d": "days"}


def run(config: Path, since: str | None, *, as_json: bool) -> None:
    """Shows what sentinels have found, the newest first."""
    first = millis(time_of(since)) if since else 0
    kept = ask(settings.load(config), lambda ledger: ledger.notes("drift/"))
    rows = [row for row in merged(kept.values()) if row["first"] >= first]
    if as_json:
        print(json.dumps([{**row, **{name: moment(row[name]).isoformat() for name in ("first", "last")}} for row in rows], ensure_ascii=False))
    elif rows:
        show(rows)
    else:
        print(text("drift-none"))


def time_of(words: str) -> datetime:
    """A span before now, or a moment of local time."""
    if found := SPAN.fullmatch(words):
        return app.now() - timedelta(**{UNITS[found[2]]: int(found[1])})
    try:
        return datetime.fromisoformat(words).astimezone()
    except (ValueError, OverflowError):
        raise ConfigError(text("drift-when", None, words=words)) from None


def show(rows: list[dict[str, Any]]) -> None:
    """For people."""
    table = Table(*(text(f"drift-{name}") for name in ("agency", "format", "field", "what", "first", "last", "many")))
    for row in rows:
        times = (shown(moment(row["first"])), shown(moment(row["last"])))
        cells = (row["agency"], row["format"], row["field"], text(f"drift-is-{row['what']}", None, types=row["types"]), *times, str(row["many"]))
        table.add_row(*(Text(harmless(cell)) for cell in cells))
    Console().print(table)
