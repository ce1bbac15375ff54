"""Questions of a command to a hub's ledger, whether the hub is at work or not."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar

from bridge import app, assembly
from bridge.errors import ConfigError
from bridge.ledger import Ledger
from bridge.ledger.redis import Redis
from bridge.settings import Settings
from bridge.texts import text

T = TypeVar("T")


def opened(settings: Settings) -> Ledger:
    """The ledger, beside the hub: never its side ledger, and none of its queues."""
    kind, _, path = settings.ledger.partition(":///")
    if kind != "sqlite":
        beside = Redis(settings.ledger, settings.hub, app.now, process="cli", memory=timedelta(days=settings.remember_days))
        beside.greeted = True  # the hub says at its start, and doctor when asked, what a restart would take away
        return beside
    if not Path(path).exists():
        raise ConfigError(text("no-ledger", None, path=path))
    return assembly.ledger_of(settings, app.now)


def ask(settings: Settings, question: Callable[[Ledger], Awaitable[T]]) -> T:
    """The answer; ``Unavailable`` if the ledger gives none now."""

    async def whole() -> T:
        ledger = opened(settings)
        try:
            return await question(ledger)
        finally:
            await ledger.close()

    return asyncio.run(whole())


def shown(at: datetime) -> str:
    """A time as it is here."""
    return at.astimezone().isoformat(" ", "seconds")
