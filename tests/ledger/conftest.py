"""One contract, every ledger."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from servers import Redis as RedisServer

from bridge.ledger.redis import Redis
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


@pytest.fixture(scope="session")
def running_redis(tmp_path_factory):
    server = RedisServer(tmp_path_factory.mktemp("redis"), cluster=True).start()
    yield server
    server.kill()


@pytest.fixture
def redis(running_redis):
    """The session's Redis, empty."""
    running_redis.ask("FLUSHALL")
    return running_redis


@pytest.fixture
def own_redis(tmp_path):
    """A Redis that a test may freeze and kill."""
    server = RedisServer(tmp_path / "redis").start()
    yield server
    server.kill()


@pytest.fixture(params=["sqlite", "redis"])
def ledger_at(request, tmp_path, clock):
    """Opens the same ledger, as often as wanted: a second opening is what a new process sees."""
    if request.param == "sqlite":
        return lambda hub="cn-jiaxing": Sqlite(tmp_path / "ledger.db", hub, clock)
    url = request.getfixturevalue("redis").url
    return lambda hub="cn-jiaxing": Redis(url, hub, clock)


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
