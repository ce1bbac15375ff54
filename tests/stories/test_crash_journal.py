"""Kill -9 while what a broker forgot is offered again, and while Redis takes over a side ledger: once each, at the first, fifth and last message."""

import asyncio

import pytest
from crashing import ALERTS, AT, KILLED, MERGED, OFFERED
from hubs import CONTEXT
from ledger.messages import adds_up, alert, heard, summed, taking
from servers import Redis as RedisServer

from bridge import crash
from bridge.agreements import Grant
from bridge.app import now
from bridge.ledger import Settlement
from bridge.ledger import redis as redis_ledger
from bridge.ledger import side as side_ledger
from bridge.ledger.redis import Redis
from bridge.ledger.side import Sided
from bridge.ledger.sqlite import Sqlite
from bridge.links import listener
from bridge.links.feed import Feeds
from bridge.links.hub import Hub

PARTNER = Grant("shanghai", "cn-shanghai", frozenset("*"), frozenset("*"), frozenset({"Actual"}))
QUEUE = "outlet/shanghai/urgent"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    server = RedisServer(tmp_path_factory.mktemp("redis")).start()
    yield server
    server.kill()


@pytest.fixture(params=["sqlite", "redis"])
def place(request, tmp_path):
    """Where a ledger is: its kind and how it is opened."""
    if request.param == "sqlite":
        return Sqlite, tmp_path / "ledger.db", "cn-jiaxing", now
    server = request.getfixturevalue("server")
    server.ask("FLUSHALL")
    return Redis, server.url, "cn-jiaxing", now


def process(work, place, crash_at=""):
    """Work in a process of its own; whether it was killed there."""
    child = CONTEXT.Process(target=run, args=(work, place, crash_at), daemon=True)
    child.start()
    child.join(20)
    assert child.exitcode in (KILLED if crash_at else (0,))


def run(work, place, crash_at):
    crash.PLAN, _, crash.NTH = crash_at.partition(":")
    listener.REOFFERED = side_ledger.PIECE = 1
    redis_ledger.PATIENCE = 10
    make, *how = place

    async def whole():
        ledger = make(*how)
        await work(ledger)
        await ledger.close()

    asyncio.run(whole())


async def forgotten(ledger):
    """The broker has acknowledged all of it, and brings back nothing."""
    for outcome in await ledger.accept([taking(alert(str(number))) for number in range(ALERTS)]):
        await ledger.settle([Settlement(ticket, "delivered") for ticket in outcome.tickets])
    await asyncio.sleep(0.002)


async def reoffer(ledger):
    hub = Hub(ledger, Feeds(ledger), now, redis_ledger.MEMORY)
    await listener.Listener("normal", None, [PARTNER], hub, ()).reoffer(now())


async def offered_once(ledger):
    waiting = [ticket.message.message_id for ticket in await ledger.waiting(QUEUE, 100)]
    assert len(waiting) == len(set(waiting)) == ALERTS
    fates = await ledger.sum()
    assert adds_up(fates)
    assert summed(fates)["cn-shanghai", "owed"] == summed(fates)["cn-shanghai", "waiting"] == ALERTS


@pytest.mark.parametrize("nth", AT)
@pytest.mark.parametrize("point", OFFERED)
def test_what_a_forgetful_broker_lost_is_offered_once_though_that_is_cut_short(place, point, nth):
    process(forgotten, place)
    process(reoffer, place, f"{point}:{nth}")
    process(reoffer, place)
    process(offered_once, place)


async def one_more(ledger):
    """Said while Redis is away; every other one is on the bus already."""
    await asyncio.sleep(0.002)
    (outcome,) = await ledger.accept([taking(alert(str(now())))])
    if outcome.tickets[0].message.carrier.sequence % 2:
        await ledger.settle([Settlement(outcome.tickets[0], "delivered")])
        await ledger.accept([heard(outcome.tickets[0])])


async def merge(ledger):
    await ledger._merge()


@pytest.mark.parametrize("nth", AT)
@pytest.mark.parametrize("point", MERGED)
def test_redis_takes_over_each_message_once_though_that_is_cut_short(server, tmp_path, point, nth):
    server.ask("FLUSHALL")
    side = tmp_path / "side.db"
    many = ALERTS if point == "handed-over" else nth  # the other places are passed once, whatever there is to take over

    async def said(ledger):
        for _ in range(many):
            await one_more(ledger)
        await ledger.close()

    asyncio.run(said(Sqlite(side, "cn-jiaxing", now)))
    place = Sided, side, server.url, "cn-jiaxing", now
    process(merge, place, f"{point}:{nth if point == 'handed-over' else 1}")
    assert side.exists()
    process(merge, place)
    assert not side.exists()

    async def taken_over():
        ledger = Redis(server.url, "cn-jiaxing", now)
        waiting = [ticket.message.message_id for ticket in await ledger.waiting("bus/urgent", 100)]
        fates = await ledger.sum()
        await ledger.close()
        assert len(waiting) == len(set(waiting)) == many // 2
        assert adds_up(fates)
        assert summed(fates)["bus", "owed"] == many

    asyncio.run(taken_over())
