"""The monitor in a hub's own process, or alone beside it. If it fails, the hub goes on."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog

from bridge.app import App
from bridge.errors import Unavailable
from bridge.ledger import Ledger
from bridge.monitor.site import Site
from bridge.monitor.source import Beside, Inside, Source
from bridge.monitor.state import STEP
from bridge.monitor.web import Web
from bridge.ports.server import Server
from bridge.settings import Monitor, Settings

log = structlog.get_logger()


@asynccontextmanager
async def beside(app: App) -> AsyncIterator[str | None]:
    """The pages of a hub at work, in its process, if its settings want them; their address, or nothing."""
    settings = app.settings.monitor
    if settings is None:
        yield None
        return
    try:
        site, server = await opened(Inside(app), settings)
    except Unavailable as error:
        log.error("monitor-away", reason=str(error))  # noqa: TRY400  no traceback: the sentence says all
        yield None
        return
    async with at_work(site, server):
        yield server.url


async def alone(settings: Settings, ledger: Ledger) -> None:
    """A process of its own, until it is told to end; ``Unavailable`` if it cannot listen."""
    ended, loop, source = asyncio.Event(), asyncio.get_running_loop(), Beside(settings, ledger)
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, ended.set)
    assert settings.monitor is not None
    site, server = await opened(source, settings.monitor)
    async with at_work(site, server):
        await ended.wait()
    await source.client.aclose()


async def opened(source: Source, settings: Monitor) -> tuple[Site, Server]:
    """The pages, listening; ``Unavailable`` if they cannot."""
    site = Site(source, settings)
    server = Server(settings.host, settings.port, Web(site).app)
    await server.start()
    log.info("monitor", url=server.url)
    return site, server


@asynccontextmanager
async def at_work(site: Site, server: Server) -> AsyncIterator[None]:
    """Keeps the past, and puts away what nobody looks at; whatever that meets, the hub goes on."""
    task = asyncio.create_task(kept(site))
    try:
        yield
    finally:
        task.cancel()
        site.close()
        await server.stop()


async def kept(site: Site) -> None:
    """Until it is cancelled."""
    while True:
        try:
            await site.looks.now()
        except Exception:
            log.exception("monitor-page")
        site.rest()
        await asyncio.sleep(STEP)
