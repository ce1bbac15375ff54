"""What a demonstration shows on the terminal: who says and has what, and the sum at the end."""

import logging
import sys
from collections.abc import MutableMapping, Sequence
from typing import Any

import structlog
from rich.console import Console
from rich.table import Table

from bridge import codes
from bridge.demo.sums import Crossed, Sum
from bridge.ledger import BUS, NOBODY, STAGES
from bridge.texts import language, text

console = Console(highlight=False, width=None if sys.stdout.isatty() else 100)
SILENT = {"trial", "monitor", "started", "stopped", "said", "given", "answered", "hub-planned"}
"""Events that are shown in another way, or need no line."""


class Nowhere:
    """The logger behind ``Screen``: all has been shown already."""

    def __getattr__(self, _: str) -> Any:
        """Any level."""
        return lambda *_: None


class Screen:
    """Shows on the terminal who said what, and who has it in which format."""

    def __init__(self, names: dict[str, str]) -> None:
        """``names`` of hubs and agencies."""
        self.names = names
        self.words = codes.load("regionbus")

    def on(self) -> None:
        """From now on every line of the log comes here."""
        structlog.configure(processors=[self], wrapper_class=structlog.make_filtering_bound_logger(logging.DEBUG), logger_factory=Nowhere)

    def __call__(self, _: Any, level: str, event: MutableMapping[str, Any]) -> tuple[tuple[()], dict[str, Any]]:
        """One line of the log."""
        named = {key: self.names.get(value, value) if isinstance(value, str) else value for key, value in event.items()}
        kind = self.words.label(f"kind.{event.get('kind')}", language())
        match event["event"]:
            case "said" if event["state"] == "accepted" and kind:
                console.print(f"  [bold]{named['agency']}[/] ▶ {kind} [dim]{event['subject']} ({event['format']})[/]")
            case "given":
                console.print(f"      [green]✓[/] {named['recipient']} ◀ {kind} [dim]{event['format']}[/]")
            case "refused":
                console.print(f"      [red]✗[/] {text('log-refused', None, **named)}", markup=True)
            case "unavailable" if "-from-" in event["link"]:  # the story says that the way to the neighbour is cut
                pass
            case "replayed":
                console.print(f"      [green]⟲[/] {text('demo-replayed', None, **named)}")
            case name if name not in SILENT and level != "debug":
                console.print(f"      [yellow]![/] {text('log-' + name, None, **named)}")
        return (), {}


def show(sums: Sequence[tuple[str, Sum]], names: dict[str, str]) -> bool:
    """The sum of DESIGN section 5 for each hub as a table; whether it adds up for everybody. Stages that nothing has come to have no column."""
    seen = {stage for _, counts in sums for (_, stage), number in counts.items() if number}
    stages = [stage for stage in ("owed", *STAGES, "repeated") if stage in seen | {"owed", "delivered", "waiting"}]
    table = Table("", *(text(f"stage-{stage}") for stage in stages))
    called = {BUS: text("demo-own-bus"), NOBODY: text("demo-no-message"), **names}
    whole = True
    for hub, counts in sums:
        table.add_section()
        table.add_row(f"[bold]{called.get(hub, hub)}[/]")
        for recipient in sorted({who for who, _ in counts}):
            whole = whole and counts[recipient, "owed"] == sum(counts[recipient, stage] for stage in STAGES)
            table.add_row(f"  {called.get(recipient, recipient)}", *(str(counts[recipient, stage] or "·") for stage in stages))
    console.print(table)
    console.print(text("demo-adds-up" if whole else "demo-does-not-add-up"))
    return whole


def show_crossed(ways: Sequence[Crossed], names: dict[str, str]) -> bool:
    """What each hub has of what the others said; whether that is everything, unchanged."""
    for way in ways:
        code = "demo-crossed" if way.same else "demo-not-crossed"
        console.print(text(code, None, by=names[way.by], at=names[way.at], said=way.said, there=way.there))
    return all(way.same for way in ways)
