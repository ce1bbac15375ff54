"""The HTTP server of whatever this process serves."""

import asyncio
import socket

import uvicorn
from starlette.applications import Starlette

from bridge.errors import Unavailable


class Server:
    """Binds by itself: uvicorn would end the process if it could not."""

    def __init__(self, host: str, port: int, app: Starlette) -> None:
        """``Unavailable`` if another has the port."""
        try:
            self.socket = socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
        except OSError as error:
            raise Unavailable(f"cannot listen on {host}:{port}: {error.strerror}") from None
        self.server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False, lifespan="off", timeout_graceful_shutdown=3))
        self.task: asyncio.Task[None] | None = None

    @property
    def url(self) -> str:
        """Where it listens."""
        host, port = self.socket.getsockname()[:2]
        return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"

    async def start(self) -> None:
        """Listens."""
        self.task = asyncio.create_task(self.server._serve([self.socket]))  # noqa: SLF001  serve() would take over the process's signals
        while not self.server.started:  # noqa: ASYNC110  uvicorn has no event for it
            await asyncio.sleep(0.01)

    async def stop(self) -> None:
        """Finishes what is under way."""
        self.server.should_exit = True
        if self.task is not None:
            await asyncio.gather(self.task, return_exceptions=True)
        self.socket.close()
