"""``regionbus hubs``: which neighbours are there, how their clocks run and what their agencies take, as the running hub hears them."""

import json
from datetime import datetime
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from bridge import settings
from bridge.cli.ledger import shown
from bridge.errors import Unavailable
from bridge.texts import harmless, text

PATIENCE = 5.0
"""Seconds for the hub to answer."""
COLUMNS = ("hub", "state", "since", "clock", "backlog", "takes")


def run(config: Path, *, as_json: bool) -> None:
    """Prints them."""
    http = settings.load(config).http
    found = asked(http.host, http.port)
    if as_json:
        print(json.dumps(found, ensure_ascii=False))
    else:
        show(found)


def asked(host: str, port: int) -> list[dict[str, Any]]:
    """The hub's answer; ``Unavailable`` if it gives none."""
    line = HTTPConnection(host, port, timeout=PATIENCE)
    try:
        line.request("GET", "/hubs")
        answer = line.getresponse()
        if answer.status == 200:
            return json.load(answer)  # type: ignore[no-any-return]
        reason = f"HTTP {answer.status}"
    except (OSError, HTTPException, ValueError) as error:
        reason = str(error) or type(error).__name__
    finally:
        line.close()
    raise Unavailable(text("hubs-away", None, where=f"{host}:{port}", reason=reason))


def show(found: list[dict[str, Any]]) -> None:
    """For people."""
    table = Table(*(text(f"hubs-{name}") for name in COLUMNS))
    for row in found:
        since = shown(datetime.fromisoformat(row["since"])) if row["since"] else ""
        clock = "" if row["clock_offset_seconds"] is None else f"{row['clock_offset_seconds']:+.1f} s"
        backlog = "" if row["backlog"] is None else str(row["backlog"])
        cells = (harmless(row["hub"]), text(f"hub-{row['state']}"), since, clock, backlog, takes(row))
        table.add_row(*map(Text, cells))
    Console().print(table)


def takes(row: dict[str, Any]) -> str:
    """Each agency, and what it takes in which modes."""
    lines = []
    for agency in row["agencies"]:
        of_it = [each for each in row["capabilities"] if each["way"] == "takes" and each["agency"] in (agency, None)]
        kinds = sorted({f"{each['payload_type'].removeprefix('regionbus.')} ({', '.join(each['modes'])})" for each in of_it})
        lines.append(f"{harmless(agency)}: {harmless(', '.join(kinds) or '-')}")
    return "\n".join(lines)
