"""One contract, every ledger."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from bridge.ledger.sqlite import Sqlite


class Clock:
    """A clock that tests turn."""

    def __init__(self):
        self.now = datetime(2026, 7, 1, 4, 0, tzinfo=UTC)

    def __call__(self):
        return self.now

    def forward(self, **span):
        self.now += timedelta(**span)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture(params=["sqlite"])
def ledger_at(request, tmp_path, clock):
    """Opens the same ledger, as often as wanted: a second opening is what a new process sees."""

    def open_ledger(hub="cn-jiaxing"):
        return Sqlite(tmp_path / "ledger.db", hub, clock)

    return open_ledger


@pytest.fixture
def with_ledger(ledger_at):
    """Runs a coroutine function with a ledger and closes it."""

    def run(story, **options):
        async def whole():
            ledger = ledger_at(**options)
            try:
                return await story(ledger)
            finally:
                await ledger.close()

        return asyncio.run(whole())

    return run
