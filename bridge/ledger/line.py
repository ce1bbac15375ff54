"""One call after the other, in the order they were made; the writes that gather while one is under way make up the next."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, NamedTuple

from bridge.errors import Unavailable

MOST = 256
"""Items in one step, so that none waits long for the others."""


class Call(NamedTuple):
    """What was asked for: items of a step, or a question of its own."""

    future: asyncio.Future[Any]
    items: Sequence[Any] = ()
    question: Callable[[], Awaitable[Any]] | None = None


class Line:
    """The queue before one connection."""

    def __init__(self, step: Callable[[list[Any]], Awaitable[list[Any]]]) -> None:
        """``step`` does all items together or raises; it answers each."""
        self.step = step
        self.pending: deque[Call] = deque()
        self.task: asyncio.Task[None] | None = None

    async def write(self, items: Sequence[Any]) -> list[Any]:
        """The answers to the items, once they are done."""
        return list(await self._join(Call(asyncio.get_running_loop().create_future(), items)))

    async def ask(self, question: Callable[[], Awaitable[Any]]) -> Any:
        """The answer to a question that sees all that was written before it."""
        return await self._join(Call(asyncio.get_running_loop().create_future(), question=question))

    async def _join(self, call: Call) -> Any:
        self.pending.append(call)
        if self.task is None or self.task.done():
            self.task = asyncio.get_running_loop().create_task(self._drain())
        return await call.future

    async def _drain(self) -> None:
        while self.pending:
            batch = self._next()
            try:
                answers = await self._do(batch)
            except Exception as error:  # noqa: BLE001  whatever it was, nothing of the batch is known to have happened
                away = error if isinstance(error, Unavailable) else Unavailable(f"ledger: {type(error).__name__}: {error}")
                answers = [away] * len(batch)
                if away is error:  # those behind have waited as long as the time limit: the server would let them wait again
                    batch, answers = [*batch, *self.pending], [away] * (len(batch) + len(self.pending))
                    self.pending.clear()
            for call, answer in zip(batch, answers, strict=True):
                if call.future.done():
                    continue
                if isinstance(answer, Exception):
                    call.future.set_exception(answer)
                else:
                    call.future.set_result(answer)

    def _next(self) -> list[Call]:
        batch = [self.pending.popleft()]
        size = len(batch[0].items)
        while batch[0].question is None and self.pending and self.pending[0].question is None and size + len(self.pending[0].items) <= MOST:
            batch.append(self.pending.popleft())
            size += len(batch[-1].items)
        return batch

    async def _do(self, batch: list[Call]) -> list[Any]:
        if batch[0].question is not None:
            return [await batch[0].question()]
        answers = iter(await self.step([item for call in batch for item in call.items]))
        return [[next(answers) for _ in call.items] for call in batch]

    async def close(self) -> None:
        """Finishes what was asked for."""
        if self.task is not None:
            await asyncio.gather(self.task, return_exceptions=True)
