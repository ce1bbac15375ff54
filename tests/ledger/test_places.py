"""What a ledger does for hubs that pull from each other: relayed messages, heads, gaps and epochs."""

import asyncio
import hashlib
from datetime import timedelta

import pytest
from conftest import Clock
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from messages import FIRE, HOSPITAL, adds_up, alert, heard, incident, relayed, summed, taking
from records import full

from bridge.adapter import Says
from bridge.ledger import Message, Owed, Settlement, Ticket
from bridge.ledger.places import DIGESTED
from bridge.ledger.redis import Redis
from bridge.ledger.sqlite import Sqlite
from bridge.records import Receipt

STREAM = "cn-jiaxing-fire/full/actual/normal"


def brought(*sequences, epoch=7):
    return [relayed(incident(str(sequence), subject=f"s{sequence}"), sequence, epoch=epoch) for sequence in sequences]


async def replayed(ledger, epoch=7, first=1, last=100):
    return [message async for message in ledger.replay(STREAM, epoch, first, last)]


def message(item):
    return Message(item.topic, item.envelope.message_id, item.carrier)


def test_a_relayed_message_is_journalled_under_its_origins_place_and_owed_to_the_bus_once(with_ledger, clock):
    async def story(ledger):
        item = relayed(incident(), 41)
        (outcome,) = await ledger.accept([item])
        assert outcome.states == ((item.envelope.message_id, "accepted"),)
        (ticket,) = outcome.tickets
        assert ticket == Ticket(ticket.number, "bus/normal", "bus", 0, message(item))
        assert await ledger.waiting("bus/normal", 10) == [ticket]
        assert await ledger.message(item.envelope.message_id) == message(item)
        assert await replayed(ledger) == [message(item)]
        assert [step.stage for step in await ledger.trace(item.envelope.message_id)] == ["waiting"]
        assert await ledger.find(item.envelope.message_id, 10) == [item.envelope.message_id]
        clock.forward(seconds=20)
        assert await ledger.unheard(clock(), 10) == [message(item)]

    with_ledger(story)


def test_what_is_relayed_goes_by_the_lane_of_its_kind(with_ledger):
    async def story(ledger):
        (outcome,) = await ledger.accept([relayed(alert(), 1)])
        assert [ticket.queue for ticket in outcome.tickets] == ["bus/urgent"]

    with_ledger(story)


@pytest.mark.parametrize("together", [True, False])
def test_what_a_second_relay_brings_is_repeated_and_counted(with_ledger, together):
    async def story(ledger):
        item = relayed(incident(), 1)
        batches = [[item, item]] if together else [[item], [item]]
        first, again = [outcome for batch in batches for outcome in await ledger.accept(batch)]
        assert again.states == ((first.states[0][0], "repeated"),)
        assert again.tickets == ()
        fates = await ledger.sum()
        assert adds_up(fates)
        assert summed(fates) == {("bus", "owed"): 1, ("bus", "waiting"): 1, ("bus", "repeated"): 1}
        assert {fate.stream for fate in fates} == {STREAM}

    with_ledger(story)


def test_a_relayed_message_that_our_own_bus_brings_back_is_journalled_once_and_goes_to_outlets(with_ledger, clock):
    async def story(ledger):
        (outcome,) = await ledger.accept([relayed(incident(), 3)])
        await ledger.settle([Settlement(outcome.tickets[0], "delivered")])
        (fanned,) = await ledger.accept([heard(outcome.tickets[0], HOSPITAL)])
        assert [ticket.queue for ticket in fanned.tickets] == [HOSPITAL.queue]
        assert len(await replayed(ledger)) == 1
        assert await ledger.unheard(clock() + timedelta(days=1), 10) == []
        fates = await ledger.sum()
        assert adds_up(fates)
        assert summed(fates)["bus", "owed"] == 1

    with_ledger(story)


def test_what_came_by_the_bus_first_is_known_when_a_relay_brings_it(with_ledger):
    async def story(ledger):
        item = relayed(incident(), 1)
        ticket = Ticket(0, "", "", 0, message(item))
        await ledger.accept([heard(ticket, HOSPITAL)])
        (outcome,) = await ledger.accept([item])
        assert (outcome.states[0][1], outcome.tickets) == ("repeated", ())
        assert await ledger.waiting("bus/normal", 10) == []

    with_ledger(story)


def test_all_kinds_of_input_share_one_batch(with_ledger):
    async def story(ledger):
        (said,) = await ledger.accept([taking(incident("own"))])
        outcomes = await ledger.accept([taking(incident("more")), heard(said.tickets[0], HOSPITAL), *brought(5)])
        assert [ticket.queue for outcome in outcomes for ticket in outcome.tickets] == ["bus/normal", HOSPITAL.queue, "bus/normal"]

    with_ledger(story)


def test_what_is_relayed_is_there_for_the_next_process(ledger_at):
    async def story():
        one = ledger_at()
        items = brought(1, 2, 4)
        await one.accept(items)
        heads = await one.heads()
        await one.close()
        two = ledger_at()
        assert await replayed(two) == [message(item) for item in items]
        assert await two.heads() == heads
        assert await two.gaps(STREAM, 7, 1, 4) == [(3, 3)]
        await two.close()

    asyncio.run(story())


def test_a_part_of_a_stream_that_was_relayed_out_of_order_is_replayed_in_order(with_ledger):
    async def story(ledger):
        items = brought(5, 2, 9, 1, 3)
        await ledger.accept(items)
        assert [found.carrier.sequence for found in await replayed(ledger, first=2, last=5)] == [2, 3, 5]

    with_ledger(story)


def test_the_heads_are_first_last_count_and_digest_of_each_stream(with_ledger):
    async def story(ledger):
        said = [(await ledger.accept([taking(incident(word), alert(word))]))[0] for word in "abc"]
        items = brought(9, 4, 5)
        await ledger.accept(items)
        found = {(hub, head.stream, head.epoch): head for hub, head in await ledger.heads()}
        epoch = said[0].tickets[0].message.carrier.epoch
        urgent = "cn-jiaxing-fire/full/actual/urgent"
        assert set(found) == {("cn-jiaxing", STREAM, epoch), ("cn-jiaxing", urgent, epoch), ("cn-shanghai", STREAM, 7)}
        theirs, ours = found["cn-shanghai", STREAM, 7], found["cn-jiaxing", urgent, epoch]
        assert (theirs.first, theirs.last, theirs.count) == (4, 9, 3)
        assert theirs.digest == digest([items[1], items[2], items[0]])
        assert (ours.first, ours.last, ours.count) == (1, 3, 3)
        assert await ledger.heads("cn-shanghai") == [("cn-shanghai", theirs)]
        assert {hub for hub, _ in await ledger.heads("cn-jiaxing")} == {"cn-jiaxing"}
        assert await ledger.heads("cn-nobody") == []

    with_ledger(story)


def digest(items):
    return hashlib.sha256("".join(item.envelope.message_id for item in items).encode()).digest()


def test_a_digest_covers_the_newest_of_a_long_stream_only(with_ledger):
    async def story(ledger):
        items = brought(*range(1, DIGESTED + 11))
        await ledger.accept(items)
        ((_, head),) = await ledger.heads()
        assert (head.first, head.last, head.count) == (1, DIGESTED + 10, DIGESTED + 10)
        assert head.digest == digest(items[10:])

    with_ledger(story)


def test_what_was_superseded_at_once_has_no_place_among_the_heads(with_ledger):
    async def story(ledger):
        await ledger.accept([taking(incident("two", revision=2))])
        await ledger.accept([taking(incident("one", revision=1))])
        ((_, head),) = await ledger.heads()
        assert (head.first, head.last, head.count) == (1, 1, 1)
        assert await ledger.gaps(head.stream, head.epoch, 0, 2) == [(2, 2)]

    with_ledger(story)


def test_an_empty_ledger_has_no_heads_and_lacks_all(with_ledger):
    async def story(ledger):
        assert await ledger.heads() == []
        assert await ledger.gaps(STREAM, 7, 3, 8) == [(3, 8)]
        assert await ledger.gaps(STREAM, 7, 8, 3) == []
        assert [each async for each in ledger.picture()] == []

    with_ledger(story)


def test_what_was_forgotten_is_in_no_head(with_ledger, clock):
    async def story(ledger):
        (one, *_) = await ledger.accept(brought(1))
        await ledger.accept([heard(one.tickets[0])])
        await ledger.settle([Settlement(one.tickets[0], "delivered")])
        clock.forward(days=8)
        await ledger.accept(brought(2, epoch=8))
        await ledger.prune(clock() - timedelta(days=7), 100)
        assert [head.epoch for _, head in await ledger.heads()] == [8]
        assert await ledger.gaps(STREAM, 7, 1, 1) == [(1, 1)]

    with_ledger(story)


def lacking(held, first, last):
    """The same by looking at each."""
    found = []
    for sequence in range(first, last + 1):
        if sequence in held:
            continue
        if found and found[-1][1] == sequence - 1:
            found[-1] = (found[-1][0], sequence)
        else:
            found.append((sequence, sequence))
    return found


@given(held=st.sets(st.integers(1, 40)), first=st.integers(1, 45), many=st.integers(-2, 45), limit=st.integers(1, 20), page=st.integers(1, 7))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@pytest.mark.parametrize("kind", ["sqlite", "redis"])
def test_the_gaps_are_exactly_what_is_missing(kind, request, tmp_path_factory, held, first, many, limit, page):
    async def story(ledger):
        try:
            await ledger.accept(brought(*held))
            assert await ledger.gaps(STREAM, 7, first, first + many, limit) == lacking(held, first, first + many)[:limit]
        finally:
            await ledger.close()

    with pytest.MonkeyPatch.context() as patch:
        for module in ("sqlite_places", "redis_places"):
            patch.setattr(f"bridge.ledger.{module}.PAGE", page)
        asyncio.run(story(fresh(kind, request, tmp_path_factory)))


def fresh(kind, request, folders):
    if kind == "sqlite":
        return Sqlite(folders.mktemp("ledger") / "ledger.db", "cn-jiaxing", Clock())
    server = request.getfixturevalue("running_redis")
    server.ask("FLUSHALL")
    return Redis(server.url, "cn-jiaxing", Clock())


def test_a_gap_of_any_length_is_told_at_once(with_ledger):
    async def story(ledger):
        await ledger.accept(brought(1, 2**40))
        assert await ledger.gaps(STREAM, 7, 1, 2**41) == [(2, 2**40 - 1), (2**40 + 1, 2**41)]

    with_ledger(story)


@given(order=st.permutations(range(1, 13)), also=st.sets(st.integers(1, 12)))
@settings(
    max_examples=5, deadline=None, phases=(Phase.explicit, Phase.reuse, Phase.generate), suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_equal_journals_have_equal_heads_and_pictures_on_both_kinds_of_ledger(request, tmp_path_factory, order, also):
    items = [relayed(incident(str(n), subject=f"s{n % 3}"), n) for n in range(1, 13)]

    async def told(ledger, batches):
        try:
            for batch in batches:
                await ledger.accept(batch)
            return await ledger.heads(), {each.message_id async for each in ledger.picture()}
        finally:
            await ledger.close()

    one = asyncio.run(told(fresh("sqlite", request, tmp_path_factory), [items]))
    for kind in ("sqlite", "redis"):
        batches = [[items[n - 1]] for n in order] + [[items[n - 1] for n in also]]
        assert asyncio.run(told(fresh(kind, request, tmp_path_factory), batches)) == one


@pytest.mark.parametrize("after", [0, 10**13])
def test_a_renewed_epoch_is_newer_than_all_and_begins_every_stream_anew(ledger_at, clock, after):
    async def story():
        ledger = ledger_at()
        old = [(await ledger.accept([taking(incident(word))]))[0].tickets[0].message.carrier for word in "ab"]
        clock.forward(days=-30)
        epoch = await ledger.renew(after)
        assert epoch > max(after, old[0].epoch)
        (outcome,) = await ledger.accept([taking(incident("c"))])
        place = outcome.tickets[0].message.carrier
        assert (place.epoch, place.sequence) == (epoch, 1)
        assert await ledger.renew(0) > epoch
        await ledger.close()
        again = ledger_at()
        (outcome,) = await again.accept([taking(incident("d"), incident("e"))])
        assert [(ticket.message.carrier.epoch > epoch, ticket.message.carrier.sequence) for ticket in outcome.tickets] == [(True, 1), (True, 2)]
        assert [head.epoch for _, head in await again.heads()] == [old[0].epoch, epoch, outcome.tickets[0].message.carrier.epoch]
        await again.close()

    asyncio.run(story())


def test_what_is_said_after_a_renewal_is_newer_for_every_outlet(with_ledger):
    async def story(ledger):
        words = [(await ledger.accept([taking(incident(word))]))[0].tickets[0] for word in "abc"]
        await ledger.accept([heard(words[-1], HOSPITAL)])
        await ledger.renew(0)
        (outcome,) = await ledger.accept([taking(incident("d"))])
        (fanned,) = await ledger.accept([heard(outcome.tickets[0], HOSPITAL)])
        assert len(fanned.tickets) == 1

    with_ledger(story)


def test_our_own_lost_messages_are_taken_back_under_their_old_places(with_ledger):
    async def story(ledger):
        await ledger.renew(7)
        items = [relayed(incident(str(n), subject=f"s{n}"), n, hub="cn-jiaxing") for n in (1, 2)]
        await ledger.accept(items)
        assert [(hub, head.epoch, head.count) for hub, head in await ledger.heads("cn-jiaxing")] == [("cn-jiaxing", 7, 2)]
        (said,) = await ledger.accept([taking(incident("new"))])
        assert said.tickets[0].message.carrier.sequence == 1

    with_ledger(story)


async def pictured(ledger, *kinds):
    return sorted([each.message_id async for each in ledger.picture(kinds)])


def test_the_picture_keeps_the_newest_by_its_origins_place_whenever_it_comes(with_ledger):
    async def story(ledger):
        two, one, three = (relayed(incident(str(n)), n) for n in (2, 1, 3))
        newer = relayed(incident("4"), 1, epoch=8)
        shown = []
        for item in (two, one, three, newer, relayed(incident("5"), 9)):
            await ledger.accept([item])
            shown += await pictured(ledger)
        assert shown == [item.envelope.message_id for item in (two, two, three, newer, newer)]

    with_ledger(story)


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_the_picture_of_one_batch_is_the_same_in_any_order(with_ledger, order):
    async def story(ledger):
        items = [relayed(incident(str(n)), n + 1) for n in range(3)]
        await ledger.accept([items[n] for n in order])
        assert await pictured(ledger) == [items[2].envelope.message_id]

    with_ledger(story)


def test_of_what_is_never_superseded_the_picture_shows_the_last_accepted(with_ledger):
    async def story(ledger):
        new, old = relayed(alert(), 2), relayed(alert().model_copy(update={"note": "old"}), 1)
        await ledger.accept([new])
        await ledger.accept([old])
        assert await pictured(ledger) == [old.envelope.message_id]
        await ledger.accept([new])
        assert await pictured(ledger) == [old.envelope.message_id]

    with_ledger(story)


def test_the_picture_is_of_every_subject_mode_and_agency_and_of_the_kinds_that_are_asked_for(with_ledger, monkeypatch):
    for module in ("sqlite_picture", "redis_picture"):
        monkeypatch.setattr(f"bridge.ledger.{module}.PAGE", 2)

    async def story(ledger):
        own = [taking(incident(str(n), subject=f"s{n}")) for n in range(30)]
        (first, *_, last) = await ledger.accept(own)
        exercise, other, rain = await ledger.accept(
            [
                taking(incident(subject="s0"), says=Says(mode="Exercise")),
                taking(incident(subject="s0"), terms=FIRE.model_copy(update={"agency": "cn-other"})),
                taking(alert()),
            ]
        )
        assert len(await pictured(ledger)) == len(own) + 3
        assert await pictured(ledger, "alert") == [rain.states[0][0]]
        assert await pictured(ledger, "mission") == []
        found = await pictured(ledger, "incident", "mission")
        assert len(found) == len(own) + 2
        assert {each.states[0][0] for each in (first, last, exercise, other)} <= set(found)

    with_ledger(story)


def test_the_picture_shows_what_was_taken_and_what_was_heard_and_not_what_was_superseded(with_ledger):
    async def story(ledger):
        (said,) = await ledger.accept([taking(incident("two", revision=2))])
        await ledger.accept([taking(incident("one", revision=1))])
        item = relayed(incident(subject="theirs"), 5)
        await ledger.accept([heard(Ticket(0, "", "", 0, message(item)), HOSPITAL)])
        assert await pictured(ledger) == sorted([said.states[0][0], item.envelope.message_id])
        assert {each async for each in ledger.picture()} == {said.tickets[0].message, message(item)}

    with_ledger(story)


def test_the_picture_forgets_what_the_journal_forgets_and_nothing_else(with_ledger, clock):
    async def story(ledger):
        one, two = await ledger.accept([taking(incident(subject="old")), taking(incident("1", subject="new"))])
        for each in (one, two):
            await ledger.accept([heard(each.tickets[0])])
            await ledger.settle([Settlement(each.tickets[0], "delivered")])
        clock.forward(days=5)
        (newer,) = await ledger.accept([taking(incident("2", subject="new"))])
        clock.forward(days=5)
        assert await ledger.prune(clock() - timedelta(days=7), 100) == 2
        assert await pictured(ledger) == [newer.states[0][0]]
        (again,) = await ledger.accept([relayed(incident("3", subject="old"), 1)])
        assert again.states[0][0] in await pictured(ledger)

    with_ledger(story)


def test_no_receipt_is_in_the_picture(with_ledger):
    async def story(ledger):
        (outcome,) = await ledger.accept([taking(incident())])
        (receipt,) = taking(full(Receipt)).sealed
        withheld = Owed("outlet/h/normal", "cn-h", "withheld", "mode", receipt)
        await ledger.accept([heard(outcome.tickets[0], withheld), relayed(full(Receipt), 3)])
        assert await pictured(ledger) == [outcome.states[0][0]]

    with_ledger(story)


def test_what_came_after_a_mark_is_told_once_and_in_order_the_newest_of_each_subject_at_least(with_ledger):
    async def story(ledger):
        assert await ledger.since(0, 10) == (0, [])
        own = [taking(incident(str(n), subject=f"s{n}")) for n in range(7)]
        ids = [outcome.states[0][0] for outcome in await ledger.accept(own)]
        mark, told = 0, []
        while (step := await ledger.since(mark, 3))[1]:
            mark = step[0]
            told += [each.message_id for each in step[1]]
        assert told == ids
        assert await ledger.since(mark, 3) == (mark, [])
        (newer,), (late,) = await ledger.accept([taking(incident("new", subject="s1"))]), await ledger.accept([relayed(incident(subject="late"), 1)])
        after, told = await ledger.since(mark, 10)
        assert [each.message_id for each in told] == [newer.states[0][0], late.states[0][0]]
        end, nothing = await ledger.since(2**53, 10)
        assert (end >= after, nothing) == (True, [])
        assert await ledger.since(end, 10) == (end, [])

    with_ledger(story)
