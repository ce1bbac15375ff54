"""Since when the oldest message of a queue waits."""

import asyncio

from messages import HOSPITAL, NOON, alert, heard, incident, taking
from test_side import opened  # noqa: F401

from bridge.ledger import Settlement

QUEUES = ["bus/urgent", "bus/normal", HOSPITAL.queue]


def test_the_oldest_of_each_queue_is_told_and_an_empty_queue_is_not_there(with_ledger, clock):
    async def story(ledger):
        assert await ledger.oldest(QUEUES) == {}
        (first,) = await ledger.accept([taking(incident("one"))])
        clock.forward(seconds=7)
        await ledger.accept([taking(incident("two"), now=clock())])
        assert await ledger.oldest(QUEUES) == {"bus/normal": NOON}
        await ledger.settle([Settlement(first.tickets[0], "delivered")])
        assert [(clock() - since).total_seconds() for since in (await ledger.oldest(QUEUES)).values()] == [0]

    with_ledger(story)


def test_a_recipient_who_is_away_has_waited_since_it_was_owed_however_often_it_was_tried(with_ledger, clock):
    async def story(ledger):
        (out,) = await ledger.accept([taking(incident())])
        clock.forward(seconds=3)
        (fanned,) = await ledger.accept([heard(out.tickets[0], HOSPITAL)])
        owed = clock()
        clock.forward(minutes=2)
        await ledger.defer(fanned.tickets, clock.now.replace(year=2030))
        assert (await ledger.oldest([HOSPITAL.queue])) == {HOSPITAL.queue: owed}

    with_ledger(story)


def test_beside_redis_the_older_of_both_is_told(own_redis, opened, clock):  # noqa: F811
    async def story():
        ledger = opened()
        await ledger.accept([taking(alert("before"))])
        own_redis.freeze()
        clock.forward(seconds=5)
        await ledger.accept([taking(alert("meanwhile"), now=clock())])
        assert ledger.side is not None
        own_redis.thaw()
        ledger.watch.cancel()
        assert await ledger.oldest(QUEUES) == {"bus/urgent": NOON}
        await ledger.close()

    asyncio.run(story())
