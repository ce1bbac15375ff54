"""``regionbus run``: a hub at work until it is told to end."""

import asyncio
import logging
import os
from pathlib import Path

from bridge import app, settings, telemetry


def run(config: Path) -> None:
    """Runs the hub of a settings file. ``REGIONBUS_LOG=debug`` shows every message."""
    telemetry.configure(logging.DEBUG if os.environ.get("REGIONBUS_LOG") == "debug" else logging.INFO)
    found = settings.load(config)
    if found.monitor is None:
        asyncio.run(app.serve(found))
    else:
        from bridge.monitor.serving import beside  # who has no monitor need not load it

        asyncio.run(app.serve(found, beside))
