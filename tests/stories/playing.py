"""A hub inside the test's own process, for stories that need no kill."""

import asyncio
import inspect
from contextlib import asynccontextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from bridge import app
from bridge import settings as loading


@asynccontextmanager
async def playing(path, **options):
    hub = app.App(loading.load(path), **options)
    async with hub.running():
        yield hub


async def until(done, seconds=40):
    async with asyncio.timeout(seconds):
        while not (await done() if inspect.iscoroutinefunction(getattr(done, "func", done)) else done()):
            await asyncio.sleep(0.02)


async def total(hub):
    """The sum by recipient and stage."""
    found: dict[tuple[str, str], int] = {}
    for fate in await hub.ledger.sum():
        found[fate.recipient, fate.stage] = found.get((fate.recipient, fate.stage), 0) + fate.many
    return found


class Partner:
    """A partner's HTTP endpoint that answers as the test says; it keeps what it accepted."""

    def __init__(self, answers=()):
        self.answers, self.asked, self.accepted = list(answers), [], {}
        partner = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status = partner.answers.pop(0) if partner.answers else 200
                status = status(body) if callable(status) else status
                partner.asked.append((self.headers["Idempotency-Key"], status, body))
                if status < 300:
                    partner.accepted[self.headers["Idempotency-Key"]] = body
                self.send_response(status)
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.thread = Thread(target=self.server.serve_forever, daemon=True)

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server.server_port}/in"

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()
