"""The Redis ledger: for several processes of one hub. Every step is one script, every key carries the hub's hash tag.

Which process may work on a queue: the one that holds its lease, a key that ends five seconds after its holder's last sign. Only the
holder is handed tickets, in the order of the queue; what another process puts there marks the queue as stirred, and until the
holder has fetched it, it is handed nothing newer. So the order in a queue holds, and no ticket is at work twice; a crashed process's
queues are taken by the next one that works on them. Only who was frozen for longer than a lease may give once more what it had in hand.
"""

import asyncio
import hashlib
import json
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import datetime, timedelta
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

import structlog
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import NoScriptError, OutOfMemoryError, RedisError, ResponseError

from bridge import crash
from bridge.errors import Unavailable
from bridge.ledger import Heard, Note, Outcome, Relayed, Settlement, Taking, Ticket
from bridge.ledger.line import MOST, Line
from bridge.ledger.packed import Adoption, Deferral, Item, Renewal, Retrial, Step, from_journal
from bridge.ledger.redis_journal import RedisJournal
from bridge.ledger.redis_picture import RedisPicture
from bridge.ledger.redis_places import RedisPlaces
from bridge.ledger.redis_shelf import RedisShelf
from bridge.ledger.redis_where import HELD, where
from bridge.ledger.rows import millis
from bridge.ledger.rules import AHEAD

log = structlog.get_logger()
PATIENCE = 0.5
"""Seconds until a server that does not answer is away."""
LEASE = 5000
"""Milliseconds that a queue stays with a process that gives no sign."""
TURN = 0.2
"""Seconds between two signs."""
MEMORY = timedelta(days=7)
"""How long a piece, and what was said last, is known again."""


class Script(NamedTuple):
    """A script and the name under which the server knows it."""

    text: str
    sha: str


@cache
def script(name: str, *, grows: bool = False) -> Script:
    """One of ours. All but what ``grows`` runs on a full server, too: so it can be emptied."""
    text = f"#!lua{'' if grows else ' flags=allow-oom'}\n{files('bridge.ledger').joinpath(f'{name}.lua').read_text('utf-8')}"
    return Script(text, hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest())


class Redis(RedisJournal, RedisPlaces, RedisPicture, RedisShelf):
    """A hub's ledger on a Redis server."""

    def __init__(self, url: str, hub: str, clock: Callable[[], datetime], *, process: str = "1", memory: timedelta = MEMORY) -> None:
        """``process`` tells the processes of a hub apart; ``memory`` is how long they know again."""
        self.url, self.hub, self.clock, self.process = url, hub, clock, process
        self.prefix, self.memory = f"{{{hub}}}:", int(memory.total_seconds() * 1000)
        once: Any = dict(socket_timeout=PATIENCE, socket_connect_timeout=PATIENCE, retry=Retry(NoBackoff(), 0))
        self.client, self.replicas = where(url, self.prefix, **once)
        self.line = Line(self._step)
        self.greeted = self.lost = False
        self.epoch = 0
        """The newest that it knows of."""
        self.queues: dict[str, bool] = {}
        self.changed: set[str] = set()
        self.bell = asyncio.Event()
        self.task: asyncio.Task[None] | None = None

    # ---- asking the server

    async def _call(self, call: Callable[[], Awaitable[Any]]) -> Any:
        """The answer, soon, or ``Unavailable``. Then it may have happened all the same: ``lost`` has all queues looked at."""
        try:
            if not self.greeted:
                await self._greet()
            return await call()
        except OutOfMemoryError:
            raise
        except (RedisError, OSError) as error:
            self.lost = True
            raise Unavailable(f"ledger {self.hub}: {type(error).__name__} {error}".rstrip()) from error

    async def _run(self, chosen: Script, *values: Any) -> Any:
        async def once() -> Any:
            try:
                return await self.client.evalsha(chosen.sha, 1, self.prefix, *values)
            except NoScriptError:
                return await self.client.eval(chosen.text, 1, self.prefix, *values)

        return await self._call(once)

    async def _ask(self, call: Callable[[], Awaitable[Any]]) -> Any:
        return await self.line.ask(lambda: self._call(call))

    async def _command(self, name: str, key: str, *values: Any) -> Any:
        command: Callable[..., Awaitable[Any]] = self.client.execute_command
        return await command(name, self.prefix + key, *values)

    async def _greet(self) -> None:
        for event, details in (await self.weaknesses()).items():
            log.warning(event, **details)
        await self._draw()
        self.greeted = True

    async def weaknesses(self) -> dict[str, dict[str, str | None]]:
        """What a restart or a full memory would take away: the log's word for it, and its details."""
        try:
            found = await self.client.config_get("appendonly", "appendfsync", "maxmemory", "maxmemory-policy")
        except ResponseError:  # a hosted server may not tell
            enabled = (await self.client.info("persistence")).get("aof_enabled")
            found = {"appendonly": "yes" if enabled else "no", "appendfsync": "everysec", "maxmemory": "0"}
        weak = {}
        if found["appendonly"] != "yes" or found["appendfsync"] not in {"always", "everysec"}:
            weak["not-persistent"] = {"appendonly": found["appendonly"], "appendfsync": found["appendfsync"]}
        if found["maxmemory"] != "0" and found["maxmemory-policy"] != "noeviction":
            weak["evicts"] = {"policy": found["maxmemory-policy"]}
        return weak

    # ---- writing

    async def _step(self, items: list[Item]) -> list[Any]:
        """All items in one script."""
        step = Step(self.hub, millis(self.clock()))
        jobs = [step.job(item) for item in items]
        kinds = {"settle" if isinstance(item, Settlement) else "accept" for item in items if isinstance(item, Taking | Heard | Relayed | Settlement)}
        for kind in kinds:
            crash.point(f"{kind}-begun")
        packed = json.dumps(jobs, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
        values = (self.process, step.now, self.memory, LEASE, packed, *step.bytes)
        epoch, results = json.loads(await self._committed(values, grows=any(map(grows, items))))
        await self._replicated()
        self.epoch = int(epoch)
        for kind in kinds:
            crash.point(f"{kind}-written")
        return [step.answer(item, job, found, self.epoch) for item, job, found in zip(items, jobs, results, strict=True)]

    async def _committed(self, values: tuple[Any, ...], *, grows: bool) -> Any:
        """A full server lets go of the bytes of what has ended; if that is not enough, nothing more is taken: what is held goes on its way."""
        chosen = script("step", grows=grows)
        try:
            return await self._run(chosen, *values)
        except OutOfMemoryError:
            await self._run(script("prune"), "size", MOST)
        try:
            return await self._run(chosen, *values)
        except OutOfMemoryError as error:
            raise Unavailable(f"ledger {self.hub}: the server's memory is full") from error

    async def _replicated(self) -> None:
        """What only the master holds is lost with it: until replicas hold it, too, it may have happened, no more."""
        if self.replicas and (held := await self._call(lambda: self.client.wait(self.replicas, HELD))) < self.replicas:
            self.lost = True
            raise Unavailable(f"ledger {self.hub}: {held} of {self.replicas} replicas hold what was written")

    async def accept(self, batch: Sequence[Taking | Heard | Relayed]) -> list[Outcome]:
        """See ``Ledger``."""
        return await self.line.write(batch)

    async def settle(self, batch: Sequence[Settlement]) -> list[Outcome]:
        """See ``Ledger``."""
        return [outcome for outcome in await self.line.write(batch) if outcome is not None]

    async def defer(self, tickets: Sequence[Ticket], until: datetime, *, counted: bool = True) -> None:
        """See ``Ledger``."""
        await self.line.write([Deferral(ticket, until, counted) for ticket in tickets])

    async def adopt(self, past: Adoption) -> None:
        """Takes over another ledger's memory, once, and begins a new epoch: a step of its own, as a step has one epoch."""
        await self.line.ask(lambda: self._step([past]))

    async def renew(self, after: int) -> int:
        """See ``Ledger``. A step of its own, too."""
        await self.line.ask(lambda: self._step([Renewal(after)]))
        return self.epoch

    # ---- handing on

    async def waiting(self, queue: str, limit: int) -> list[Ticket]:
        """See ``Ledger``. Empty, too, while another process holds the queue."""
        self.queues.setdefault(queue, False)
        if self.task is None or self.task.done():
            self.task = asyncio.get_running_loop().create_task(self._turns())
        values = (self.process, millis(self.clock()), LEASE, queue, limit, AHEAD)
        rows = await self.line.ask(lambda: self._run(script("waiting"), *values))
        return [Ticket(number, queue, to.decode(), attempts, from_journal(*message)) for number, to, attempts, *message in rows]

    def stir(self, queues: Iterable[str]) -> None:
        """Has queues looked at."""
        self.changed.update(queues)
        if self.changed:
            self.bell.set()

    async def stirred(self) -> list[str]:
        """See ``Ledger``."""
        await self.bell.wait()
        self.bell.clear()
        found, self.changed = sorted(self.changed), set()
        return found

    async def _turns(self) -> None:
        """Gives the signs, for as long as the ledger is open."""
        while True:
            await asyncio.sleep(TURN)
            try:
                self.stir(await self.line.ask(self._turn))
            except Unavailable:
                log.debug("unavailable", link="ledger", reason="no sign given")

    async def _turn(self) -> list[str]:
        """The queues that are to be looked at: stirred, newly ours, no longer ours, or all when an answer was lost."""
        lost, names = self.lost, list(self.queues)
        found = dict(zip(names, await self._run(script("turn"), self.process, LEASE, *names), strict=True))
        changed = [queue for queue, turn in found.items() if turn == 2 or (turn == 1 and lost) or (turn == 0 and self.queues[queue])]
        self.queues.update((queue, turn > 0) for queue, turn in found.items())
        self.lost = self.lost and not lost
        return changed

    # ---- what is forgotten, and what links remember

    async def prune(self, before: datetime, limit: int) -> int:
        """See ``Ledger``. What is known again for a time ends by itself."""
        return int(await self.line.ask(lambda: self._run(script("prune"), millis(before), limit)))

    async def note(self, note: Note) -> None:
        """See ``Ledger``."""
        try:
            await self._ask(lambda: self._command("HSET", "notes", *note))
        except OutOfMemoryError as error:
            raise Unavailable(f"ledger {self.hub}: the server's memory is full") from error

    async def notes(self, prefix: str) -> dict[str, bytes]:
        """See ``Ledger``."""

        async def read() -> dict[str, bytes]:
            names = [name for name in await self._command("HKEYS", "notes") if name.startswith(prefix.encode())]
            found = await self._command("HMGET", "notes", *names) if names else []
            return {name.decode(): data for name, data in zip(names, found, strict=True)}

        noted: dict[str, bytes] = await self._ask(read)
        return noted

    async def close(self) -> None:
        """See ``Ledger``. The queues are free at once."""
        if self.task is not None:
            self.task.cancel()
        try:
            if self.queues:
                await self.line.ask(lambda: self._run(script("release"), self.process, *self.queues))
        except Unavailable:
            log.debug("unavailable", link="ledger", reason="closed while the server was away")
        await self.line.close()
        await self.client.aclose()


def grows(item: Item) -> bool:
    """Whether it brings something new."""
    return isinstance(item, Taking | Relayed) or (isinstance(item, Retrial) and item.again is not None)
