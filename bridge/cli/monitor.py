"""``regionbus monitor`` and ``regionbus passwd``: the pages in a process of their own, and who may enter them."""

import asyncio
import getpass
import os
import sys
from pathlib import Path

from bridge import settings, telemetry
from bridge.cli.ledger import opened
from bridge.errors import ConfigError
from bridge.monitor import login, serving
from bridge.settings import Settings
from bridge.texts import text

BEHIND = 10
"""How far the pages stand back behind the hub's own processes for the processor: messages first."""
LEAST = 10
"""Characters of a password."""


def run(config: Path) -> None:
    """Serves the pages of a hub that runs elsewhere."""
    found = settings.load(config)
    if found.monitor is None:
        raise ConfigError(text("monitor-none", None, path=config))
    telemetry.configure()
    os.nice(BEHIND)
    asyncio.run(whole(found))


async def whole(found: Settings) -> None:
    """With the ledger beside the hub's."""
    ledger = opened(found)
    try:
        await serving.alone(found, ledger)
    finally:
        await ledger.close()


def passwd(name: str, role: str) -> int:
    """Prints the lines for the settings; 1 if the password is too short."""
    password = getpass.getpass(text("passwd-ask", None, name=name) + " ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
    if len(password) < LEAST:
        print(text("passwd-short", None, least=LEAST), file=sys.stderr)
        return 1
    print(f'[[monitor.user]]\nname = "{name}"\nrole = "{role}"\npassword = "{login.hashed(password)}"')
    return 0
