"""Liveness by progress, never by connection state: a thread watches the event loop, a canary flies over the bus and back.

Whoever is stuck ends with exit code 70 and is started again by what runs it: what was accepted is in the ledger, so that costs
nothing. Health is what the canary and the oldest unsettled message tell.
"""

import asyncio
import faulthandler
import os
import signal
import sys
import threading
import time
from collections.abc import Awaitable, Callable, Iterable
from typing import NamedTuple, NoReturn

import structlog
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bridge.bus.mqtt import Connection
from bridge.errors import Unavailable
from bridge.ledger import BUS, Ledger
from bridge.texts import text
from bridge.topics import ROOT

log = structlog.get_logger()
STUCK = 70
"""Exit code (EX_SOFTWARE): start me again."""
TICK = 0.5
TICKS = 16
"""Ticks without a touch of the loop until the process ends: 8 s of its own life, so that one that was frozen may wake up."""
BUSY = 9.0
"""Seconds of processor time without a touch: then one call holds the interpreter, and no thread of ours can look."""
FLIGHT = 2.0
"""Seconds between two canaries."""
LATE = 8.0
"""Seconds without a canary, or with a message of our own unpublished, until a hub is not ready."""
DEAF = 10.0
"""Seconds without a canary or any packet until the connections are made anew; and again until the process ends."""
OVERDUE = 60.0
"""Seconds that a message waits for its recipient until health says so."""
PATIENCE = 2.0
"""Seconds for the ledger to answer."""


def end(event: str, **details: object) -> NoReturn:
    """Ends the process for its restart, every stack on standard error."""
    log.critical(event, **details)
    faulthandler.dump_traceback(sys.__stderr__ or sys.stderr, all_threads=True)
    os._exit(STUCK)


class Watchdog:
    """Ends the process when its event loop is blocked. Only for processes that somebody starts again."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        """Looks at once, and until it is closed."""
        self.loop, self.missed, self.stopped = loop, 0, threading.Event()
        faulthandler.register(signal.SIGPROF, sys.__stderr__ or sys.stderr, chain=True)
        self._touch()
        threading.Thread(target=self._watch, name="watchdog", daemon=True).start()

    def _touch(self) -> None:
        self.missed = 0
        signal.setitimer(signal.ITIMER_PROF, BUSY)
        self.timer = self.loop.call_later(TICK, self._touch)

    def _watch(self) -> None:
        while not self.stopped.wait(TICK):
            self.missed += 1
            if self.missed > TICKS:
                end("stuck", seconds=round(self.missed * TICK))

    def close(self) -> None:
        """Looks no more."""
        self.stopped.set()
        self.timer.cancel()
        signal.setitimer(signal.ITIMER_PROF, 0)


def ping(hub: str) -> str:
    """The topic of a hub's canary."""
    return f"{ROOT}/ask/{hub}/{hub}/ping"


class Canary:
    """A message that goes out over one connection and must come back on another."""

    def __init__(self, hub: str, out: Connection, ears: Connection) -> None:
        """``ears`` has subscribed to ``ping(hub)``."""
        self.topic, self.out, self.ears = ping(hub), out, ears
        self.mark, self.number = os.urandom(8), 0
        self.seconds: float | None = None
        """The last round trip; nothing before the first."""
        self.flown = self.heard = self.moved = time.monotonic()
        """When the canary last left, when one came back, when anything came or a connection was new."""
        self.seen = (0, 0, 0)
        self.renewed = False
        ears.echoes[self.topic] = self._back

    @property
    def silence(self) -> float:
        """Seconds since a canary came back."""
        return time.monotonic() - self.heard

    @property
    def deaf(self) -> bool:
        """Whether new connections to a broker that answers have brought nothing either."""
        return self.renewed and time.monotonic() - self.moved >= DEAF

    def _back(self, data: bytes) -> None:
        if data == self.mark + self.number.to_bytes(8, "big"):
            self.heard = time.monotonic()
            self.seconds, self.renewed = self.heard - self.flown, False

    async def run(self) -> None:
        """Works until it is cancelled."""
        while True:
            if self.heard >= self.flown or time.monotonic() - self.flown >= LATE:
                self.number += 1
                self.flown = time.monotonic()
            self.out.whisper(self.topic, self.mark + self.number.to_bytes(8, "big"))
            await asyncio.sleep(FLIGHT)
            self.look()

    def look(self) -> None:
        """What to do about silence: nothing while anything moves or nobody answers, then new connections, then a new process."""
        moment, seen = time.monotonic(), (self.ears.progress, self.ears.number, self.out.number)
        connected = self.ears.connected.is_set() and self.out.connected.is_set()
        if seen != self.seen or not connected:
            self.seen, self.moved = seen, moment
        if self.silence < DEAF or moment - self.moved < DEAF or self.seconds is None:
            return
        if self.deaf:
            end("deaf", seconds=round(self.silence))
        log.warning("renewed", seconds=round(self.silence))
        self.renewed, self.moved = True, moment
        self.out.lost.set()
        self.ears.lost.set()


class Health(NamedTuple):
    """How a hub is; ``reasons`` are sentences for an operator."""

    ready: bool
    alive: bool
    oldest_unsettled_seconds: float
    canary_seconds: float | None
    """The last round trip; nothing if none has come back of late."""
    reasons: tuple[str, ...]
    held: bool = True
    """Whether the ledger answers."""


async def health(ledger: Ledger, queues: Iterable[str], canary: Canary, clock: Callable[[], float]) -> Health:
    """Asks the ledger and the canary; ``clock`` gives seconds since 1970."""
    reasons, ready, held, ages = [], True, True, dict[str, float]()
    silent = canary.seconds is None or canary.silence > LATE
    if silent:
        reasons.append(text("health-canary", None, seconds=round(canary.silence)))
    try:
        async with asyncio.timeout(PATIENCE):
            ages = {queue: max(0.0, clock() - since.timestamp()) for queue, since in (await ledger.oldest(list(queues))).items()}
    except (TimeoutError, Unavailable) as error:
        ready = held = False
        reasons.append(text("health-ledger", None, reason=str(error) or f"{PATIENCE:.0f} s"))
    for queue, age in sorted(ages.items()):
        own = queue.startswith(f"{BUS}/")
        if age > (LATE if own else OVERDUE):
            ready = ready and not own
            reasons.append(text("health-waits", None, queue=queue, seconds=round(age)))
    oldest = round(max(ages.values(), default=0.0), 1)
    return Health(ready and not silent, not canary.deaf, oldest, None if silent else canary.seconds, tuple(reasons), held)


class Window:
    """Where a supervisor looks in: ``GET /health/live``, ``/health/ready`` and ``/health/startup``."""

    def __init__(self, ask: Callable[[], Awaitable[Health]]) -> None:
        """``ask`` gives the health of now."""
        self.ask = ask
        self.begun = False

    def routes(self) -> list[Route]:
        """What the gate serves for it."""
        return [Route(f"/health/{each.__name__}", each, methods=["GET"]) for each in (self.live, self.ready, self.startup)]

    async def live(self, _: Request) -> Response:
        """503 asks for a restart."""
        found = await self.ask()
        return JSONResponse(found._asdict(), 200 if found.alive else 503)

    async def ready(self, _: Request) -> Response:
        """503 asks to send nothing for now."""
        found = await self.ask()
        return JSONResponse(found._asdict(), 200 if found.ready else 503)

    async def startup(self, _: Request) -> Response:
        """503 asks to wait: the ledger is open once it has answered, and what is accepted from then on is safe."""
        found = await self.ask()
        self.begun = self.begun or found.held
        return JSONResponse(found._asdict(), 200 if self.begun else 503)
