"""The urgent lane while Redis is away, and what Redis takes over when it is back."""

import asyncio

import pytest
from messages import HOSPITAL, adds_up, alert, heard, incident, relayed, summed, taking

from bridge.errors import Malformed, Unavailable
from bridge.ledger import Owed, Settlement
from bridge.ledger.redis import Redis
from bridge.ledger.side import Sided
from bridge.records import Mission

URGENT = Owed("outlet/hospital/urgent", "cn-jiaxing-hospital")


@pytest.fixture
def opened(own_redis, tmp_path, clock, monkeypatch):
    """Opens the same pair of ledgers, as often as wanted."""
    monkeypatch.setattr("bridge.ledger.side.PATIENCE", 0.2)
    return lambda: Sided(tmp_path / "side.db", own_redis.url, "cn-jiaxing", clock)


async def back(ledger, clock):
    """Until Redis has taken over what the side ledger holds."""
    clock.forward(seconds=1)
    async with asyncio.timeout(10):
        while ledger.side:
            await asyncio.sleep(0.02)


def mission(step):
    return Mission(mission_id="m.1", issuer="cn-jiaxing-fire", assignee="cn-h", title=step, state="Issued")


def ids(tickets):
    return [ticket.message.message_id for ticket in tickets]


def test_only_what_is_urgent_goes_on_and_is_known_again_when_redis_is_back(own_redis, opened, clock, tmp_path):
    async def story():
        ledger = opened()
        await ledger.accept([taking(alert("before"))])
        own_redis.kill()
        with pytest.raises(Unavailable):
            await ledger.accept([taking(incident())])
        with pytest.raises(Unavailable):
            await ledger.waiting("bus/normal", 10)
        piece = taking(alert("meanwhile"), key="k")
        clock.forward(seconds=1)
        (outcome,) = await ledger.accept([piece])
        (ticket,) = await ledger.waiting("bus/urgent", 10)
        assert outcome.tickets == (ticket,)
        await ledger.settle([Settlement(ticket, "delivered")])
        (fanned,) = await ledger.accept([heard(ticket, URGENT)])
        await ledger.settle([Settlement(fanned.tickets[0], "delivered")])
        assert await ledger.waiting("bus/urgent", 10) == await ledger.waiting(URGENT.queue, 10) == []
        own_redis.start()
        await back(ledger, clock)
        assert list(tmp_path.glob("side.db*")) == []
        (again,) = await ledger.accept([piece])
        assert (again.again, again.states) == (True, outcome.states)
        (said,) = await ledger.accept([taking(alert("meanwhile"), key="other")])
        assert said.states == ((outcome.states[0][0], "repeated"),)
        (known,) = await ledger.accept([heard(ticket, URGENT)])
        assert known.tickets == ()
        assert [
            message.message_id async for message in ledger.replay("cn-jiaxing-fire/full/actual/urgent", ticket.message.carrier.epoch, 1, 9)
        ] == ids([ticket])
        fates = await ledger.sum()
        assert adds_up(fates)
        wanted = {("bus", "owed"): 2, ("bus", "waiting"): 1, ("bus", "delivered"): 1, ("bus", "repeated"): 1}
        assert summed(fates) == wanted | {(URGENT.recipient, "owed"): 1, (URGENT.recipient, "delivered"): 1}
        await ledger.close()

    asyncio.run(story())


def test_what_still_waits_goes_on_from_redis(own_redis, opened, clock):
    async def story():
        ledger = opened()
        assert await ledger.waiting("bus/urgent", 10) == []
        own_redis.kill()
        published, unpublished = [(await ledger.accept([taking(alert(name))]))[0].tickets[0] for name in "ab"]
        await ledger.settle([Settlement(published, "delivered")])
        own_redis.start()
        await back(ledger, clock)
        async with asyncio.timeout(2):
            assert "bus/urgent" in await ledger.stirred()
        waiting = await ledger.waiting("bus/urgent", 10)
        assert ids(waiting) == ids([published, unpublished])
        await ledger.settle([Settlement(unpublished, "set aside", Malformed("missing", "id").verdict, b"x")])
        assert ids(await ledger.waiting("bus/urgent", 10)) == ids([published])
        assert adds_up(await ledger.sum())
        await ledger.close()

    asyncio.run(story())


def test_a_frozen_redis_that_did_it_all_the_same_has_the_message_once(own_redis, opened, clock):
    async def story():
        ledger = opened()
        await ledger.accept([taking(alert("before"))])
        for ticket in await ledger.waiting("bus/urgent", 10):
            await ledger.settle([Settlement(ticket, "delivered")])
        own_redis.freeze()
        (outcome,) = await ledger.accept([taking(alert("meanwhile"))])
        await ledger.settle([Settlement(outcome.tickets[0], "delivered")])
        own_redis.thaw()
        await back(ledger, clock)
        assert ids(await ledger.waiting("bus/urgent", 10)) == [outcome.states[0][0]]
        assert summed(await ledger.sum())["bus", "owed"] == 2
        await ledger.close()

    asyncio.run(story())


def test_the_urgent_part_of_a_mixed_batch_is_handed_on_and_known_when_it_is_asked_again(own_redis, opened, clock):
    async def story():
        ledger = opened()
        assert await ledger.waiting("bus/urgent", 10) == []
        own_redis.kill()
        batch = [taking(alert(), key="urgent"), taking(incident(), key="normal")]
        for _ in range(2):
            with pytest.raises(Unavailable, match="urgent"):
                await ledger.accept(batch)
        assert await ledger.stirred() == ["bus/urgent"]
        (ticket,) = await ledger.waiting("bus/urgent", 10)
        own_redis.start()
        await back(ledger, clock)
        urgent, normal = await ledger.accept(batch)
        assert (urgent.again, urgent.states[0][0], normal.states[0][1]) == (True, ticket.message.message_id, "accepted")
        await ledger.close()

    asyncio.run(story())


def test_what_is_said_afterwards_is_newer_than_what_was_said_meanwhile(own_redis, opened, clock):
    async def story():
        ledger = opened()
        places = []
        for step, turn in (("1", own_redis.kill), ("2", own_redis.start), ("3", lambda: None)):
            (outcome,) = await ledger.accept([taking(mission(step))])
            places.append(outcome.tickets[0])
            turn()
            await back(ledger, clock) if step == "2" else clock.forward(seconds=1)
        order = [(ticket.message.carrier.epoch, ticket.message.carrier.sequence) for ticket in places]
        assert order == sorted(set(order))
        (last,) = await ledger.accept([heard(places[2], URGENT)])
        (late,) = await ledger.accept([heard(places[1], URGENT)])
        assert (len(last.tickets), late.tickets) == (1, ())
        await ledger.close()

    asyncio.run(story())


def test_what_comes_while_redis_takes_over_goes_to_redis_and_not_beside_it_again(own_redis, opened, clock):
    async def story():
        ledger = opened()
        own_redis.kill()
        await ledger.accept([taking(alert("meanwhile"))])
        own_redis.start()
        ledger.watch.cancel()
        _, (outcome,) = await asyncio.gather(ledger._merge(), ledger.accept([taking(alert("afterwards"))]))
        assert (ledger.side, outcome.states[0][1]) == (None, "accepted")
        assert summed(await ledger.sum())["bus", "owed"] == 2
        await ledger.close()

    asyncio.run(story())


def test_no_epoch_is_older_than_one_before_it_however_the_clock_is_set(own_redis, opened, clock):
    async def story():
        ledger = opened()
        places = []
        for minutes in (0, 10, -5, -20):
            own_redis.start() if minutes else None
            clock.forward(minutes=minutes)
            if ledger.side:
                await back(ledger, clock)
            for turn in (own_redis.kill, lambda: None):  # through Redis, and beside it
                (outcome,) = await ledger.accept([taking(mission(f"{len(places)}"))])
                places.append(outcome.tickets[0].message.carrier)
                turn()
        order = [(carrier.epoch, carrier.sequence) for carrier in places]
        assert order == sorted(set(order))
        await ledger.close()

    asyncio.run(story())


async def cut_short(*_):
    raise Unavailable("cut short")


def test_a_take_over_that_is_cut_short_counts_nothing_twice(own_redis, opened, clock, monkeypatch):
    async def story():
        ledger = opened()
        own_redis.kill()
        for key in "ab":
            await ledger.accept([taking(alert(), key=key)])
        own_redis.start()
        with monkeypatch.context() as cut:
            cut.setattr(Redis, "accept", cut_short)
            with pytest.raises(Unavailable, match="cut short"):
                await ledger._merge()
        await back(ledger, clock)
        assert summed(await ledger.sum()) == {("bus", "owed"): 1, ("bus", "waiting"): 1, ("bus", "repeated"): 1}
        await ledger.close()

    asyncio.run(story())


def test_a_hub_that_ended_meanwhile_hands_over_when_it_starts_again(own_redis, opened, clock):
    async def story():
        first = opened()
        own_redis.kill()
        (outcome,) = await first.accept([taking(alert())])
        await first.close()
        own_redis.start()
        second = opened()
        await second.waiting("bus/urgent", 10)
        await back(second, clock)
        async with asyncio.timeout(2):
            assert "bus/urgent" in await second.stirred()
        assert ids(await second.waiting("bus/urgent", 10)) == [outcome.states[0][0]]
        await second.close()

    asyncio.run(story())


def test_a_ticket_of_the_side_ledger_can_be_put_off_there_and_after_the_change(own_redis, opened, clock):
    async def story():
        ledger = opened()
        assert await ledger.waiting("bus/urgent", 10) == []
        own_redis.kill()
        (outcome,) = await ledger.accept([taking(alert())])
        (ticket,) = outcome.tickets
        await ledger.defer([ticket], clock.now.replace(minute=1))
        assert await ledger.waiting("bus/urgent", 10) == []
        own_redis.start()
        await back(ledger, clock)
        assert len(await ledger.waiting("bus/urgent", 10)) == 1
        await ledger.defer([ticket], clock.now.replace(minute=1))
        assert await ledger.waiting("bus/urgent", 10) == []
        assert await ledger.waiting(HOSPITAL.queue, 10) == []
        await ledger.close()

    asyncio.run(story())


def test_what_the_bus_had_and_had_not_brought_back_is_offered_again_after_the_change(own_redis, opened, clock):
    async def story():
        ledger = opened()
        own_redis.kill()
        (outcome,) = await ledger.accept([taking(alert("published, then forgotten by the broker"))])
        await ledger.settle([Settlement(outcome.tickets[0], "delivered")])
        own_redis.start()
        await back(ledger, clock)
        (ticket,) = await ledger.waiting("bus/urgent", 10)
        await ledger.settle([Settlement(ticket, "delivered")])
        clock.forward(minutes=1)
        assert [message.message_id for message in await ledger.unheard(clock(), 10)] == ids(outcome.tickets)
        await ledger.close()

    asyncio.run(story())


def test_a_ticket_of_an_earlier_outage_ends_its_own_message_and_no_other(own_redis, opened, clock):
    async def story():
        ledger = opened()
        own_redis.kill()
        (first,) = await ledger.accept([taking(alert("first outage"))])
        own_redis.start()
        await back(ledger, clock)
        own_redis.kill()
        clock.forward(seconds=5)
        (second,) = await ledger.accept([taking(alert("second outage"))])
        with pytest.raises(Unavailable):
            await ledger.settle([Settlement(first.tickets[0], "delivered")])
        assert ids(await ledger.waiting("bus/urgent", 10)) == ids(second.tickets)
        own_redis.start()
        await back(ledger, clock)
        await ledger.settle([Settlement(first.tickets[0], "delivered")])
        assert ids(await ledger.waiting("bus/urgent", 10)) == ids(second.tickets)
        await ledger.close()

    asyncio.run(story())


def test_what_is_urgent_is_relayed_meanwhile_and_redis_has_it_once(own_redis, opened, clock):
    async def story():
        ledger = opened()
        before, meanwhile = relayed(alert("before"), 1), relayed(alert("meanwhile"), 3)
        await ledger.accept([before])
        own_redis.kill()
        with pytest.raises(Unavailable):
            await ledger.accept([relayed(incident(), 1)])
        (outcome,) = await ledger.accept([meanwhile])
        (again,) = await ledger.accept([meanwhile])
        assert [each.states[0][1] for each in (outcome, again)] == ["accepted", "repeated"]
        for question in (ledger.heads, lambda: ledger.renew(0), lambda: ledger.gaps("s", 7, 1, 2), lambda: anext(ledger.picture())):
            with pytest.raises(Unavailable):
                await question()
        own_redis.start()
        await back(ledger, clock)
        (known,) = await ledger.accept([meanwhile])
        assert known.states == ((meanwhile.envelope.message_id, "repeated"),)
        stream = meanwhile.carrier.stream
        assert await ledger.gaps(stream, 7, 1, 4) == [(2, 2), (4, 4)]
        assert [(hub, head.stream, head.count) for hub, head in await ledger.heads()] == [("cn-shanghai", stream, 2)]
        assert {each.message_id async for each in ledger.picture()} == {each.envelope.message_id for each in (before, meanwhile)}
        assert set(ids(await ledger.waiting("bus/urgent", 10))) == {each.envelope.message_id for each in (before, meanwhile)}
        clock.forward(minutes=1)
        assert len(await ledger.unheard(clock(), 10)) == 2
        fates = await ledger.sum()
        assert adds_up(fates)
        assert summed(fates) == {("bus", "owed"): 2, ("bus", "waiting"): 2, ("bus", "repeated"): 2}
        await ledger.close()

    asyncio.run(story())
