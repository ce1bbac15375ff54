"""What only the Redis ledger must do: several processes, a server that goes away, forgets or is full."""

import asyncio
import multiprocessing
import os
import re
import signal
import time
from datetime import timedelta

import pytest
from messages import HOSPITAL, adds_up, alert, heard, incident, state, summed, taking
from redis import Redis as Client
from servers import Redis as RedisServer
from structlog.testing import capture_logs

from bridge.errors import Malformed, Unavailable
from bridge.ledger import Owed, Refused, Settlement
from bridge.ledger.redis import Redis
from bridge.ledger.redis import script as scripts

HUB = "cn-jiaxing"


@pytest.fixture
def quick_lease(monkeypatch):
    monkeypatch.setattr("bridge.ledger.redis.LEASE", 600)


def keys(server):
    with Client(port=server.port) as asking:
        return [key.decode() for key in asking.execute_command("KEYS", "*")]


async def everything(ledger, clock):
    """Every kind of entry that a ledger can hold."""
    verdict = Malformed("missing", "id").verdict
    (outcome,) = await ledger.accept([taking(incident(), alert(), state("OnScene"), refused=[Refused(verdict, b"row")])])
    (receipt,) = taking(incident("receipt stands in", subject="r")).sealed
    for ticket in outcome.tickets:
        lane = ticket.queue.removeprefix("bus/")
        owed = (Owed(f"outlet/h/{lane}", "cn-h"), Owed(f"outlet/g/{lane}", "cn-g", "withheld", "mode", receipt))
        (fanned,) = await ledger.accept([heard(ticket, *owed)])
        await ledger.settle([Settlement(ticket, "delivered"), Settlement(fanned.tickets[0], "set aside", verdict, b"x")])
    await ledger.accept([taking(incident("two", revision=2, subject="v")), taking(incident("one", revision=1, subject="v"))])
    await ledger.defer(await ledger.waiting("bus/normal", 1), clock() + timedelta(seconds=1))
    for aside in await ledger.asides(2):
        await ledger.drop(aside.number, "x")


def test_every_key_carries_the_hash_tag_of_its_hub(redis, clock):
    async def story():
        ledger = Redis(redis.url, HUB, clock)
        await everything(ledger, clock)
        found = keys(redis)
        await ledger.close()
        assert len(found) > 20
        assert [key for key in found if not key.startswith("{cn-jiaxing}:")] == []

    asyncio.run(story())


def test_no_script_walks_over_all_keys(root):
    scripts = {path.name: path.read_text() for path in (root / "bridge/ledger").glob("*.lua")}
    assert len(scripts) > 3
    assert [name for name, text in scripts.items() if re.search(r"call\('\w?(KEYS|SCAN)'", text.replace("'HKEYS'", ""))] == []


def test_forgetting_leaves_nothing_of_a_message(redis, clock):
    async def story():
        ledger = Redis(redis.url, HUB, clock, memory=timedelta(milliseconds=50))
        await everything(ledger, clock)
        clock.forward(seconds=2)
        for ticket in await ledger.waiting("bus/normal", 100):
            (told,) = await ledger.accept([heard(ticket, Owed("receipts/cn-a", "cn-a"))])
            await ledger.settle([Settlement(each, "delivered") for each in (ticket, *told.tickets)])
        fates = await ledger.sum()
        clock.forward(days=1)
        assert await ledger.prune(clock(), 100) == 6
        await asyncio.sleep(0.1)
        kept = {key.removeprefix("{cn-jiaxing}:") for key in keys(redis)}
        assert await ledger.sum() == fates
        await ledger.close()
        assert {key for key in kept if not key.startswith("lease:")} == {"epoch", "number", "streams", "sums", "asides", "drawn"}

    asyncio.run(story())


def test_a_killed_redis_has_kept_everything_when_it_is_back(own_redis, clock):
    async def story():
        ledger = Redis(own_redis.url, HUB, clock)
        (outcome,) = await ledger.accept([taking(incident(), key="k")])
        fates = await ledger.sum()
        own_redis.kill()
        with pytest.raises(Unavailable):
            await ledger.accept([taking(incident("meanwhile"))])
        own_redis.start()
        assert await ledger.waiting("bus/normal", 10) == list(outcome.tickets)
        assert await ledger.sum() == fates
        (again,) = await ledger.accept([taking(incident(), key="k")])
        assert again.again
        await ledger.close()

    asyncio.run(story())


def test_a_hung_redis_is_unavailable_at_once_and_what_it_did_all_the_same_is_found(own_redis, clock):
    async def timed(call):
        start = time.monotonic()
        with pytest.raises(Unavailable):
            await call
        return time.monotonic() - start

    async def story():
        ledger = Redis(own_redis.url, HUB, clock)
        piece = taking(incident(), key="k")
        await ledger.accept([taking(alert())])
        assert await ledger.waiting("bus/normal", 10) == []
        own_redis.freeze()
        first = asyncio.create_task(timed(ledger.accept([piece])))
        await asyncio.sleep(0.1)
        waits = await asyncio.gather(first, *(timed(ledger.accept([taking(incident(str(n)))])) for n in range(20)), timed(ledger.sum()))
        waits += [await timed(ledger.waiting("bus/normal", 10))]
        assert max(waits) <= 1.0
        own_redis.thaw()
        async with asyncio.timeout(5):
            assert "bus/normal" in await ledger.stirred()
        (again,) = await ledger.accept([piece])
        assert again.again
        assert [ticket.message.message_id for ticket in await ledger.waiting("bus/normal", 10)] == [again.states[0][0]]
        await ledger.close()

    asyncio.run(story())


def test_a_queue_is_one_processs_and_what_another_puts_there_keeps_its_place(redis, clock):
    async def story():
        mine, other = (Redis(redis.url, HUB, clock, process=name) for name in "ab")
        (one,) = await mine.accept([taking(incident("1"))])
        assert await other.waiting("bus/normal", 10) == []
        (two,) = await other.accept([taking(incident("2"))])
        (three,) = await mine.accept([taking(incident("3"))])
        assert (len(one.tickets), two.tickets, three.tickets) == (1, (), ())
        assert [ticket.message.message_id for ticket in await mine.waiting("bus/normal", 10)] == [each.states[0][0] for each in (one, two, three)]
        (four,) = await mine.accept([taking(incident("4"))])
        assert len(four.tickets) == 1
        await mine.waiting(HOSPITAL.queue, 10)
        (fanned,) = await other.accept([heard(one.tickets[0], HOSPITAL)])
        assert (fanned.states[0][1], fanned.tickets) == ("accepted", ())
        await mine.waiting(HOSPITAL.queue, 10)
        await other.accept([taking(incident("5"))])
        async with asyncio.timeout(2):
            assert await mine.stirred() == ["bus/normal"]
        await mine.close()
        async with asyncio.timeout(2):
            assert "bus/normal" in await other.stirred()
        assert len(await other.waiting("bus/normal", 10)) == 5
        await other.close()

    asyncio.run(story())


def hold(url, clock, ready):
    """Takes a queue, accepts into it and works on it until it is killed."""

    async def work():
        ledger = Redis(url, HUB, clock, process="a")
        await ledger.accept([taking(incident(str(n), subject=f"s{n}")) for n in range(3)])
        ready.send(len(await ledger.waiting("bus/normal", 10)))
        await asyncio.sleep(60)

    asyncio.run(work())


def test_the_work_of_a_killed_process_is_taken_over_and_not_before(redis, clock, quick_lease):
    here, there = multiprocessing.Pipe()
    child = multiprocessing.get_context("fork").Process(target=hold, args=(redis.url, clock, there))
    child.start()

    async def story():
        ledger = Redis(redis.url, HUB, clock, process="b")
        assert await ledger.waiting("bus/normal", 10) == []
        await asyncio.sleep(0.9)
        assert await ledger.waiting("bus/normal", 10) == []
        os.kill(child.pid, signal.SIGKILL)
        async with asyncio.timeout(5):
            assert await ledger.stirred() == ["bus/normal"]
        found = await ledger.waiting("bus/normal", 10)
        await ledger.settle([Settlement(ticket, "delivered") for ticket in found])
        assert summed(await ledger.sum()) == {("bus", "owed"): 3, ("bus", "delivered"): 3}
        await ledger.close()

    try:
        assert here.recv() == 3
        asyncio.run(story())
    finally:
        child.kill()
        child.join()


def test_who_has_lost_a_queue_is_told(redis, clock, quick_lease):
    async def story():
        frozen, other = (Redis(redis.url, HUB, clock, process=name) for name in "ab")
        await frozen.accept([taking(incident())])
        await frozen.waiting("bus/normal", 10)
        async with asyncio.timeout(2):
            while not frozen.queues["bus/normal"]:
                await asyncio.sleep(0.01)
        frozen.task.cancel()
        await asyncio.sleep(0.7)
        assert len(await other.waiting("bus/normal", 10)) == 1
        assert await frozen._turn() == ["bus/normal"]
        assert await frozen.waiting("bus/normal", 10) == []
        await frozen.close()
        await other.close()

    asyncio.run(story())


@pytest.mark.parametrize(
    ("options", "events"),
    [
        ([], []),
        (["--appendonly", "no"], ["not-persistent"]),
        (["--appendfsync", "no"], ["not-persistent"]),
        (["--maxmemory", "1gb", "--maxmemory-policy", "allkeys-lru"], ["evicts"]),
        (["--rename-command", "CONFIG", ""], []),
        (["--rename-command", "CONFIG", "", "--appendonly", "no"], ["not-persistent"]),
    ],
)
def test_a_redis_that_would_forget_is_named_at_the_start(tmp_path, clock, options, events):
    server = RedisServer(tmp_path / "redis", *options).start()

    async def story():
        ledger = Redis(server.url, HUB, clock)
        await ledger.sum()
        await ledger.sum()
        await ledger.close()

    try:
        with capture_logs() as logs:
            asyncio.run(story())
    finally:
        server.kill()
    assert [log["event"] for log in logs] == events


def test_a_full_redis_takes_nothing_more_until_what_it_holds_has_gone_its_way(own_redis, clock):
    def piece(n):
        return taking(incident(f"{n} " + "x" * 20_000, subject=f"s{n}"), key=f"k{n}")

    async def story():
        ledger = Redis(own_redis.url, HUB, clock)
        await ledger.accept([piece("warm")])
        used = int(re.search(r"used_memory:(\d+)", own_redis.ask("INFO memory"))[1])
        own_redis.ask(f"CONFIG SET maxmemory {used + 2_000_000}")
        with pytest.raises(Unavailable, match="full"):
            _ = [await ledger.accept([piece(n)]) for n in range(200)]
        held = await ledger.waiting("bus/normal", 200)
        assert 20 < len(held) < 200
        for ticket in held:
            await ledger.settle([Settlement(ticket, "delivered")])
            await ledger.accept([heard(ticket)])
        (outcome,) = await ledger.accept([piece("after")])
        assert outcome.states[0][1] == "accepted"
        (known,) = await ledger.accept([heard(held[0])])
        assert known.states[0][1] == "repeated"
        assert [step.stage for step in await ledger.trace(held[0].message.message_id)] == ["delivered"]
        place = held[0].message.carrier
        assert len([each async for each in ledger.replay(place.stream, place.epoch, 1, 999)]) < len(held)
        assert adds_up(await ledger.sum())
        await ledger.close()

    asyncio.run(story())


def test_what_comes_again_after_its_bytes_were_let_go_is_held_again_for_who_is_new(own_redis, clock):
    async def story():
        ledger = Redis(own_redis.url, HUB, clock)
        (outcome,) = await ledger.accept([taking(incident())])
        await ledger.accept([heard(outcome.tickets[0])])
        await ledger.settle([Settlement(outcome.tickets[0], "delivered")])
        assert await ledger._run(scripts("prune"), "size", 10) == 1
        assert await ledger.unheard(clock() + timedelta(days=1), 10) == []
        await ledger.accept([heard(outcome.tickets[0], HOSPITAL)])
        (ticket,) = await ledger.waiting(HOSPITAL.queue, 10)
        assert ticket.message == outcome.tickets[0].message
        await ledger.settle([Settlement(ticket, "delivered")])
        clock.forward(days=1)
        assert await ledger.prune(clock(), 10) == 1
        await ledger.close()

    asyncio.run(story())
