"""Imported once by the parent of all bridges: what a bridge imports and reads at its start is then there already."""

import anyio._backends._asyncio
import httpcore
import uvicorn.lifespan.off
import uvicorn.protocols.http.auto
import uvicorn.protocols.websockets.auto

from bridge import app, bugs, codes, registry, settings, telemetry

__all__ = ["anyio", "app", "bugs", "codes", "httpcore", "settings", "telemetry", "uvicorn"]

for name in ("cap", "geojson", "resource-csv"):
    registry.load(name, [])
