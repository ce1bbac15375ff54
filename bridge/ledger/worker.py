"""Many callers, one transaction: what comes while one batch is being committed makes up the next (DESIGN section 2)."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Concatenate, ParamSpec, TypeVar

from bridge.errors import Unavailable
from bridge.ledger.sqlite_step import Step

P = ParamSpec("P")
T = TypeVar("T")
Job = Callable[[Step], Any]
MOST = 256
"""Jobs in one transaction, so that none waits long for the others."""


class Worker:
    """One thread that owns the database, and the queue before it."""

    def __init__(self, commit: Callable[[list[Job]], list[Any]]) -> None:
        """``commit`` runs jobs in one transaction, in the thread."""
        self.commit = commit
        self.thread = ThreadPoolExecutor(1, "ledger")
        self.pending: list[tuple[Job, asyncio.Future[Any]]] = []
        self.task: asyncio.Task[None] | None = None

    async def run(self, job: Callable[Concatenate[Step, P], T], *values: P.args, **named: P.kwargs) -> T:
        """The job's result, once it is durable."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        self.pending.append((lambda step: job(step, *values, **named), future))
        if self.task is None or self.task.done():
            self.task = loop.create_task(self._drain())
        return await future

    async def _drain(self) -> None:
        loop = asyncio.get_running_loop()
        while self.pending:
            batch, self.pending = self.pending[:MOST], self.pending[MOST:]
            try:
                results = await loop.run_in_executor(self.thread, self.commit, [job for job, _ in batch])
            except Exception as error:  # noqa: BLE001  whatever it was, nothing of the batch happened, and its callers must know
                results = [error if isinstance(error, Unavailable) else Unavailable(f"ledger: {type(error).__name__}: {error}")] * len(batch)
            for (_, future), result in zip(batch, results, strict=True):
                if future.cancelled():
                    continue
                if isinstance(result, Exception):
                    future.set_exception(result)
                else:
                    future.set_result(result)

    async def close(self) -> None:
        """Finishes what was asked for."""
        if self.task is not None:
            await asyncio.gather(self.task, return_exceptions=True)
        self.thread.shutdown()
