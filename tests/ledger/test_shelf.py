"""What was set aside: given again once, dropped with a reason, forgotten in time; one contract, every ledger."""

import asyncio
import sqlite3
from datetime import timedelta

import pytest
from messages import HOSPITAL, adds_up, alert, heard, incident, state, summed, taking

from bridge.errors import Malformed
from bridge.ledger import Owed, Refused, Settlement
from bridge.ledger.redis import Redis
from bridge.ledger.redis import script as scripts

VERDICT = Malformed("missing", "id").verdict
URGENT = Owed("outlet/hospital/urgent", "cn-jiaxing-hospital")


async def shelve(ledger, record, owed=URGENT):
    """A delivery that is set aside; its number, and its ticket."""
    (outcome,) = await ledger.accept([taking(record)])
    (fanned,) = await ledger.accept([heard(outcome.tickets[0], owed)])
    await ledger.settle([Settlement(outcome.tickets[0], "delivered")])
    await set_aside(ledger, fanned.tickets[0])
    return (await ledger.asides(1))[0].number, fanned.tickets[0]


async def set_aside(ledger, ticket):
    await ledger.settle([Settlement(ticket, "set aside", VERDICT, ticket.message.carrier.envelope)])


async def refuse(ledger, *rows):
    """Input that never became a message; its number."""
    await ledger.accept([taking(key=f"piece-{rows}", refused=[Refused(VERDICT, row) for row in rows])])
    return (await ledger.asides(1))[0].number


def test_a_dead_letter_that_is_retried_twice_waits_once_more_and_the_sum_follows_it(with_ledger):
    async def story(ledger):
        number, ticket = await shelve(ledger, alert())
        await ledger.defer([ticket], ledger.clock() + timedelta(seconds=30))
        first, second = await ledger.retry(number), await ledger.retry(number)
        assert (first.stage, first.now, second.stage, second.now) == ("waiting", True, "waiting", False)
        assert await ledger.waiting(URGENT.queue, 10) == [ticket]
        fates = await ledger.sum()
        assert summed(fates)["cn-jiaxing-hospital", "waiting"] == 1
        assert summed(fates).get(("cn-jiaxing-hospital", "set aside"), 0) == 0
        assert adds_up(fates)

    with_ledger(story)


def test_what_was_delivered_after_a_retry_is_not_given_again(with_ledger):
    async def story(ledger):
        number, ticket = await shelve(ledger, alert())
        await ledger.retry(number)
        await ledger.settle([Settlement(ticket, "delivered")])
        again = await ledger.retry(number)
        assert (again.stage, again.now) == ("delivered", False)
        assert await ledger.waiting(URGENT.queue, 10) == []
        fates = await ledger.sum()
        assert summed(fates)["cn-jiaxing-hospital", "delivered"] == 1
        assert adds_up(fates)

    with_ledger(story)


def test_retries_that_are_pressed_at_the_same_time_deliver_once(ledger_at):
    async def story():
        one, two = ledger_at(), ledger_at()
        number, _ = await shelve(one, alert())
        found = await asyncio.gather(*(ledger.retry(number) for ledger in (one, two) * 5))
        assert sum(each.now for each in found) == 1
        fates = await one.sum()
        assert summed(fates)["cn-jiaxing-hospital", "waiting"] == 1
        assert adds_up(fates)
        await one.close()
        await two.close()

    asyncio.run(story())


def test_who_works_on_the_queue_is_told_of_a_retry_by_another_process(ledger_at, monkeypatch):
    monkeypatch.setattr("bridge.ledger.sqlite.TURN", 0.05)

    async def story():
        hub, command = ledger_at(), ledger_at()
        command.process = "cli"
        number, ticket = await shelve(hub, alert())
        assert await hub.waiting(URGENT.queue, 10) == []
        await command.retry(number)
        async with asyncio.timeout(5):
            while URGENT.queue not in await hub.stirred():
                pass
        assert await hub.waiting(URGENT.queue, 10) == [ticket]
        await command.close()
        await hub.close()

    asyncio.run(story())


def test_what_is_set_aside_again_has_a_number_of_its_own_and_the_old_one_gives_nothing(with_ledger):
    async def story(ledger):
        number, ticket = await shelve(ledger, alert())
        await ledger.retry(number)
        await set_aside(ledger, ticket)
        (anew,) = await ledger.asides(10)
        assert anew.number > number
        old = await ledger.retry(number)
        assert (old.stage, old.now) == ("set aside", False)
        assert (await ledger.retry(anew.number)).now
        assert adds_up(await ledger.sum())

    with_ledger(story)


def test_a_retry_never_puts_an_older_word_over_a_newer_one(with_ledger):
    async def story(ledger):
        number, _ = await shelve(ledger, incident("old"), HOSPITAL)
        (newer,) = await ledger.accept([taking(incident("new"))])
        (fanned,) = await ledger.accept([heard(newer.tickets[0], HOSPITAL)])
        await ledger.settle([Settlement(fanned.tickets[0], "delivered")])
        found = await ledger.retry(number)
        assert (found.stage, found.now) == ("superseded", True)
        assert await ledger.waiting(HOSPITAL.queue, 10) == []
        assert adds_up(await ledger.sum())

    with_ledger(story)


def test_the_newest_word_can_be_retried_and_a_newer_state_takes_its_place_in_the_queue(with_ledger):
    async def story(ledger):
        bulk = Owed("outlet/hospital/bulk", "cn-jiaxing-hospital")
        number, ticket = await shelve(ledger, state("EnRoute"), bulk)
        assert (await ledger.retry(number)).stage == "waiting"
        assert await ledger.waiting(bulk.queue, 10) == [ticket]
        (newer,) = await ledger.accept([taking(state("OnScene"))])
        await ledger.accept([heard(newer.tickets[0], bulk)])
        (waiting,) = await ledger.waiting(bulk.queue, 10)
        assert waiting.message.message_id == newer.states[0][0]
        assert adds_up(await ledger.sum())

    with_ledger(story)


def test_refused_input_that_is_read_again_is_a_new_message_once_and_stays_counted(with_ledger):
    async def story(ledger):
        number = await refuse(ledger, b"<alert")
        again = taking(alert(), key=f"retry:{number}")
        first, second = [await ledger.retry(number, again) for _ in range(2)]
        assert (first.stage, first.now, second.now) == ("refused", True, False)
        assert len(first.outcome.tickets) == 1
        assert second.outcome is None
        assert summed(await ledger.sum()) == {("none", "owed"): 1, ("none", "refused"): 1, ("bus", "owed"): 1, ("bus", "waiting"): 1}
        assert await ledger.asides(10) == []

    with_ledger(story)


def test_input_that_was_read_again_waits_where_the_hub_looks(ledger_at, monkeypatch):
    monkeypatch.setattr("bridge.ledger.sqlite.TURN", 0.05)

    async def story():
        hub, command = ledger_at(), ledger_at()
        command.process = "cli"
        assert await hub.waiting("bus/urgent", 10) == []
        number = await refuse(hub, b"<alert")
        found = await command.retry(number, taking(alert(), key=f"retry:{number}"))
        async with asyncio.timeout(5):
            while "bus/urgent" not in await hub.stirred():
                pass
        assert [ticket.message.message_id for ticket in await hub.waiting("bus/urgent", 10)] == [found.outcome.states[0][0]]
        await command.close()
        await hub.close()

    asyncio.run(story())


def test_input_is_never_read_again_twice_though_its_key_was_forgotten(with_ledger):
    async def story(ledger):
        number = await refuse(ledger, b"<alert")
        assert (await ledger.retry(number, taking(alert("a"), key="a"))).now
        assert not (await ledger.retry(number, taking(alert("b"), key="b"))).now
        assert summed(await ledger.sum())["bus", "owed"] == 1

    with_ledger(story)


def test_input_cannot_be_retried_without_being_read_again(with_ledger):
    async def story(ledger):
        number = await refuse(ledger, b"<alert")
        found = await ledger.retry(number)
        assert (found.stage, found.now, found.outcome) == ("refused", False, None)
        assert [each.number for each in await ledger.asides(10)] == [number]

    with_ledger(story)


def test_what_is_dropped_keeps_its_first_reason_and_its_place_in_the_sum(with_ledger, clock):
    async def story(ledger):
        number, ticket = await shelve(ledger, alert())
        fates = await ledger.sum()
        first = await ledger.drop(number, "told by phone")
        clock.forward(minutes=5)
        assert await ledger.drop(number, "other") == first
        assert (first.how, first.reason) == ("dropped", "told by phone")
        assert await ledger.sum() == fates
        assert await ledger.asides(10) == []
        assert await ledger.shelved() == 0
        (kept,) = await ledger.asides(10, ended=True)
        assert kept == await ledger.aside(number)
        assert (kept.ended, kept.data) == (first, ticket.message.carrier.envelope)
        found = await ledger.retry(number)
        assert (found.stage, found.now) == ("dropped", False)
        assert await ledger.waiting(URGENT.queue, 10) == []

    with_ledger(story)


def test_what_is_not_there_is_neither_retried_nor_dropped(with_ledger):
    async def story(ledger):
        assert (await ledger.aside(7), await ledger.retry(7), await ledger.drop(7, "x")) == (None, None, None)

    with_ledger(story)


def test_a_long_list_is_read_in_pages_and_what_was_dealt_with_is_passed_over(with_ledger):
    async def story(ledger):
        await refuse(ledger, *(b"%d" % n for n in range(20)))
        numbers = [each.number for each in await ledger.asides(99)]
        assert len(numbers) == 20
        assert numbers == sorted(numbers, reverse=True)
        for number in numbers[1::2]:
            await ledger.drop(number, "x")
        pages, before = [], None
        while page := await ledger.asides(3, before=before):
            pages += page
            before = page[-1].number
        assert [each.number for each in pages] == numbers[::2]
        assert [each.number for each in await ledger.asides(99, ended=True)] == numbers

    with_ledger(story)


def test_a_life_is_told_with_every_step(with_ledger, clock):
    async def story(ledger):
        number, ticket = await shelve(ledger, alert())
        clock.forward(minutes=1)
        await ledger.retry(number)
        clock.forward(minutes=1)
        await set_aside(ledger, ticket)
        clock.forward(minutes=1)
        await ledger.drop((await ledger.asides(1))[0].number, "told by phone")
        steps = await ledger.trace(ticket.message.message_id)
        assert [(step.stage, step.reason) for step in steps if step.recipient != "bus"] == [
            ("set aside", VERDICT.en),
            ("retried", ""),
            ("set aside", VERDICT.en),
            ("dropped", "told by phone"),
        ]
        assert [step.at for step in steps] == sorted(step.at for step in steps)

    with_ledger(story)


def test_a_message_is_found_by_its_id_the_beginning_of_it_and_the_name_of_its_subject(with_ledger):
    async def story(ledger):
        (outcome,) = await ledger.accept([taking(alert(), incident())])
        first, second = [message_id for message_id, _ in outcome.states]
        assert await ledger.message(first) == outcome.tickets[0].message
        assert await ledger.message("0") is None
        for words in (first, first[:-1]):
            assert await ledger.find(words, 10) == [first]
        assert await ledger.find("weather,a", 10) == [first]
        assert await ledger.find("cn-jiaxing-fire.incident.1", 10) == [second]
        assert await ledger.find(first[:8], 10) == sorted([first, second])
        assert await ledger.find(first[:8], 1) in ([first], [second])
        for words in ("weather", "*", "f" * 8, "%", "[0-9]"):
            assert await ledger.find(words, 10) == []

    with_ledger(story)


def test_what_was_set_aside_is_forgotten_in_time_with_its_end_and_the_sum_stays(with_ledger, clock):
    async def story(ledger):
        number, ticket = await shelve(ledger, alert())
        await ledger.retry(number)
        await ledger.settle([Settlement(ticket, "delivered")])
        refused = await refuse(ledger, b"<alert")
        await ledger.drop(refused, "x")
        clock.forward(days=5)
        young = await refuse(ledger, b"row")
        fates = await ledger.sum()
        clock.forward(days=3)
        await ledger.prune(clock() - timedelta(days=7), 100)
        assert [each.number for each in await ledger.asides(10, ended=True)] == [young]
        assert await ledger.trace(ticket.message.message_id) == []
        assert (await ledger.retry(number), await ledger.drop(refused, "x")) == (None, None)
        assert await ledger.sum() == fates

    with_ledger(story)


def test_much_is_forgotten_in_several_steps(with_ledger, clock):
    async def story(ledger):
        await refuse(ledger, *(b"%d" % n for n in range(7)))
        clock.forward(days=8)
        assert await ledger.shelved() == 7
        assert [await ledger.prune(clock() - timedelta(days=7), 3) for _ in range(3)] == [3, 3, 1]
        assert await ledger.shelved() == 0
        assert await ledger.asides(10) == []

    with_ledger(story)


def test_a_message_is_kept_as_long_as_its_dead_letter(with_ledger, clock):
    async def story(ledger):
        (outcome,) = await ledger.accept([taking(alert())])
        (fanned,) = await ledger.accept([heard(outcome.tickets[0], URGENT)])
        await ledger.settle([Settlement(outcome.tickets[0], "delivered")])
        clock.forward(days=6)
        await set_aside(ledger, fanned.tickets[0])
        clock.forward(days=2)
        await ledger.prune(clock() - timedelta(days=7), 100)
        (dead,) = await ledger.asides(10)
        assert (await ledger.retry(dead.number)).stage == "waiting"
        assert await ledger.waiting(URGENT.queue, 10) == list(fanned.tickets)
        await ledger.prune(clock(), 100)
        assert await ledger.waiting(URGENT.queue, 10) == list(fanned.tickets)

    with_ledger(story)


def test_retry_and_drop_are_kept_for_the_next_process(ledger_at):
    async def story():
        one = ledger_at()
        number, ticket = await shelve(one, alert())
        dropped = await refuse(one, b"x")
        await one.retry(number)
        end = await one.drop(dropped, "x")
        fates = await one.sum()
        await one.close()
        two = ledger_at()
        assert await two.waiting(URGENT.queue, 10) == [ticket]
        assert await two.sum() == fates
        assert (await two.aside(dropped)).ended == end
        assert not (await two.retry(number)).now
        await two.close()

    asyncio.run(story())


@pytest.mark.parametrize("ledger_at", ["sqlite"], indirect=True)
def test_a_file_from_before_there_was_a_shelf_still_opens(ledger_at, tmp_path):
    async def story():
        one = ledger_at()
        number, ticket = await shelve(one, alert())
        await one.close()
        with sqlite3.connect(tmp_path / "ledger.db") as db:
            for name in ("ends", "past", "stirred"):
                db.execute(f"drop table {name}")
            for name in ("asides_at", "asides_message"):
                db.execute(f"drop index {name}")
        two = ledger_at()
        assert [each.number for each in await two.asides(10)] == [number]
        assert (await two.retry(number)).now
        assert await two.waiting(URGENT.queue, 10) == [ticket]
        await two.close()

    asyncio.run(story())


def test_a_dead_letter_can_be_given_again_though_a_full_redis_let_go_of_its_bytes(redis, clock):
    async def story():
        ledger = Redis(redis.url, "cn-jiaxing", clock)
        number, ticket = await shelve(ledger, alert())
        assert await ledger._run(scripts("prune"), "size", 10) == 1
        assert await ledger.message(ticket.message.message_id) is None
        assert (await ledger.retry(number)).now
        assert await ledger.waiting(URGENT.queue, 10) == [ticket]
        await ledger.settle([Settlement(ticket, "delivered")])
        clock.forward(days=1)
        assert await ledger.prune(clock(), 10) == 1
        assert await ledger.trace(ticket.message.message_id) == []
        await ledger.close()

    asyncio.run(story())
