"""What an installation needs to keep its promises: each check with what is wrong and what to do."""

from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path

from bridge import app, wire
from bridge.doctor import bus, clock, ledger, links, machine, settings, tls
from bridge.doctor.check import Check, judged
from bridge.errors import ConfigError
from bridge.lint import lint
from bridge.settings import load


async def examine(config: Path, now: datetime | None = None) -> AsyncIterator[Check]:
    """Every check that can be made; without settings only the first. ``now``: what the clock shows, if it is not the machine's."""
    moment = now or app.now()
    try:
        found = load(config)
        adapters = app.App(found).adapters
    except ConfigError as error:
        yield Check("settings", "fix-settings", {"reason": error})
        return
    yield Check("settings")
    for each in [*settings.examine(found, adapters, config), *judged("schemas", language()), *machine.examine(found)]:
        yield each
    if found.ledger.startswith("sqlite:"):
        for each in ledger.file(Path(found.ledger.partition(":///")[2])):
            yield each
    else:
        async for each in ledger.server(found, now):
            yield each
    for each in [*links.examine(found, moment), *clock.examine(found, moment), *tls.examine(found, moment), *await bus.examine(found)]:
        yield each


def language() -> list[dict[str, object]]:
    """What is wrong with the schemas of this installation."""
    flaws = list(lint(list(wire.sources())))
    return [{"reason": "; ".join(flaws)}] if flaws else []
