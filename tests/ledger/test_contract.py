"""What every ledger does (DESIGN section 5): accept once, number, queue, settle, remember."""

import asyncio
from datetime import timedelta

from messages import FIRE, HOSPITAL, NOON, adds_up, alert, heard, incident, state, summed, taking

from bridge.adapter import Says
from bridge.envelope import Terms
from bridge.errors import Malformed
from bridge.ledger import Owed, Refused, Settlement, Taking, bus_queue


def test_what_is_accepted_waits_for_the_bus_in_its_lane(with_ledger):
    async def story(ledger):
        (outcome,) = await ledger.accept([taking(alert(), incident(), state("OnScene"))])
        assert [one for _, one in outcome.states] == ["accepted"] * 3
        assert [ticket.queue for ticket in outcome.tickets] == ["bus/urgent", "bus/normal", "bus/bulk"]
        waiting = {lane: await ledger.waiting(bus_queue(lane), 10) for lane in ("urgent", "normal", "bulk")}
        assert [len(tickets) for tickets in waiting.values()] == [1, 1, 1]
        assert [waiting[lane][0] for lane in waiting] == list(outcome.tickets)

    with_ledger(story)


def test_the_same_piece_taken_twice_is_one_message_with_the_first_outcome(with_ledger):
    async def story(ledger):
        piece = taking(incident(), key="file-1")
        (first,), (second,) = await ledger.accept([piece]), await ledger.accept([piece])
        assert second.again
        assert second.states == first.states
        assert second.tickets == ()
        assert len(await ledger.waiting("bus/normal", 10)) == 1

    with_ledger(story)


def test_a_piece_taken_in_two_batches_of_one_step_is_one_message(with_ledger):
    async def story(ledger):
        piece = taking(incident(), key="file-1")
        outcomes = await asyncio.gather(*(ledger.accept([piece]) for _ in range(8)))
        assert sum(len(outcome.tickets) for (outcome,) in outcomes) == 1

    with_ledger(story)


def test_the_same_words_said_again_are_no_message(with_ledger, clock):
    async def story(ledger):
        (first,) = await ledger.accept([taking(incident(), key="1")])
        clock.forward(minutes=5)
        (second,) = await ledger.accept([taking(incident(), key="2", now=clock())])
        assert second.states == ((first.states[0][0], "repeated"),)
        assert summed(await ledger.sum())["bus", "repeated"] == 1

    with_ledger(story)


def test_each_of_two_named_recipients_has_an_edition_of_its_own(with_ledger):
    async def story(ledger):
        both = Says(recipients=("cn-a", "cn-b"))
        (outcome,) = await ledger.accept([taking(incident(), says=both, key="1")])
        assert [ticket.message.carrier.stream for ticket in outcome.tickets] == [f"to/{to}/cn-jiaxing-fire/actual/normal" for to in ("cn-a", "cn-b")]
        (again,) = await ledger.accept([taking(incident(), says=both, key="2")])
        assert [one for _, one in again.states] == ["repeated", "repeated"]

    with_ledger(story)


def test_a_then_b_then_a_is_three_messages(with_ledger):
    async def story(ledger):
        words = ["fire", "fire and smoke", "fire"]
        outcomes = [(await ledger.accept([taking(incident(each), key=str(index))]))[0] for index, each in enumerate(words)]
        assert [one for outcome in outcomes for _, one in outcome.states] == ["accepted"] * 3

    with_ledger(story)


def test_a_source_that_says_this_is_new_is_believed(with_ledger):
    async def story(ledger):
        import dataclasses  # noqa: PLC0415

        for words in ("a", "b", "a"):
            piece = dataclasses.replace(taking(incident(words), key="mqtt:same"), fresh=True)
            (outcome,) = await ledger.accept([piece])
            assert outcome.states[0][1] == "accepted"

    with_ledger(story)


def test_a_stream_is_numbered_without_a_gap_and_for_itself(with_ledger):
    async def story(ledger):
        other = Terms(agency="cn-jinshan-fire", mode="Actual")
        await ledger.accept([taking(*(incident(str(n), subject=f"x{n}") for n in range(5)))])
        await ledger.accept([taking(incident("z"), terms=other)])
        await ledger.accept([taking(*(incident(str(n), subject=f"y{n}") for n in range(3)))])
        tickets = await ledger.waiting("bus/normal", 100)
        mine = [t.message.carrier.sequence for t in tickets if t.message.carrier.stream.startswith("cn-jiaxing-fire/")]
        assert mine == list(range(1, 9))
        assert [t.message.carrier.sequence for t in tickets if t.message.carrier.stream.startswith("cn-jinshan-fire/")] == [1]

    with_ledger(story)


def test_modes_have_streams_of_their_own(with_ledger):
    async def story(ledger):
        await ledger.accept([taking(incident())])
        (outcome,) = await ledger.accept([taking(incident(), says=Says(mode="Exercise"))])
        assert outcome.states[0][1] == "accepted"
        assert outcome.tickets[0].message.carrier.stream == "cn-jiaxing-fire/full/exercise/normal"
        assert outcome.tickets[0].message.carrier.sequence == 1

    with_ledger(story)


def test_an_older_revision_that_comes_late_is_kept_and_superseded(with_ledger):
    async def story(ledger):
        await ledger.accept([taking(incident("two", revision=2))])
        (outcome,) = await ledger.accept([taking(incident("one", revision=1))])
        assert outcome.states[0][1] == "superseded"
        assert outcome.tickets == ()
        assert summed(await ledger.sum())["bus", "superseded"] == 1
        assert [step.stage for step in await ledger.trace(outcome.states[0][0])] == ["superseded"]

    with_ledger(story)


def test_an_older_updated_at_is_superseded_unless_the_newer_lies_in_the_future(with_ledger, clock):
    async def story(ledger):
        await ledger.accept([taking(incident("b", updated_at=NOON))])
        (late,) = await ledger.accept([taking(incident("a", updated_at=NOON - timedelta(minutes=1)))])
        assert late.states[0][1] == "superseded"
        await ledger.accept([taking(incident("c", updated_at=NOON + timedelta(hours=8), subject="y"))])
        (after,) = await ledger.accept([taking(incident("d", updated_at=NOON, subject="y"))])
        assert after.states[0][1] == "accepted"

    with_ledger(story)


def test_alerts_are_never_superseded(with_ledger):
    async def story(ledger):
        for note in ("new", "old", "new"):
            (outcome,) = await ledger.accept([taking(alert().model_copy(update={"note": note}))])
            assert outcome.states[0][1] == "accepted"

    with_ledger(story)


def test_refused_input_is_counted_once_under_nobody_and_keeps_its_bytes(with_ledger):
    async def story(ledger):
        verdict = Malformed("missing", "id").verdict
        piece = taking(incident(), key="list", refused=[Refused(verdict, b"row 3")])
        await ledger.accept([piece])
        await ledger.accept([piece])
        fates = summed(await ledger.sum())
        assert (fates["none", "owed"], fates["none", "refused"]) == (1, 1)
        (aside,) = await ledger.asides(10)
        assert (aside.verdict, aside.data, aside.recipient) == (verdict, b"row 3", "none")

    with_ledger(story)


def test_what_was_handed_on_no_longer_waits_and_settling_twice_changes_nothing(with_ledger):
    async def story(ledger):
        (outcome,) = await ledger.accept([taking(incident())])
        for _ in range(2):
            await ledger.settle([Settlement(outcome.tickets[0], "delivered")])
        assert await ledger.waiting("bus/normal", 10) == []
        assert summed(await ledger.sum()) == {("bus", "owed"): 1, ("bus", "delivered"): 1}

    with_ledger(story)


def test_a_delivery_is_fanned_out_once_to_every_queue_it_is_owed_to(with_ledger):
    async def story(ledger):
        (outcome,) = await ledger.accept([taking(incident())])
        owed = (HOSPITAL, Owed("outlet/jinshan/normal", "cn-jinshan-fire"))
        (first,) = await ledger.accept([heard(outcome.tickets[0], *owed)])
        (again,) = await ledger.accept([heard(outcome.tickets[0], *owed)])
        assert [ticket.queue for ticket in first.tickets] == ["outlet/hospital/normal", "outlet/jinshan/normal"]
        assert again.tickets == ()
        assert summed(await ledger.sum())["cn-jiaxing-hospital", "waiting"] == 1

    with_ledger(story)


def test_an_older_message_heard_after_a_newer_one_is_superseded(with_ledger):
    async def story(ledger):
        (one,), (two,) = await ledger.accept([taking(incident("1"))]), await ledger.accept([taking(incident("2"))])
        await ledger.accept([heard(two.tickets[0], HOSPITAL)])
        (late,) = await ledger.accept([heard(one.tickets[0], HOSPITAL)])
        assert late.tickets == ()
        assert summed(await ledger.sum())["cn-jiaxing-hospital", "superseded"] == 1

    with_ledger(story)


def test_only_the_newest_state_of_a_resource_waits_for_an_outlet(with_ledger):
    async def story(ledger):
        queue = Owed("outlet/hospital/bulk", "cn-jiaxing-hospital")
        for availability in ("EnRoute", "OnScene", "Returning"):
            (outcome,) = await ledger.accept([taking(state(availability))])
            await ledger.accept([heard(outcome.tickets[0], queue)])
        (waiting,) = await ledger.waiting(queue.queue, 10)
        assert waiting.message.message_id == outcome.states[0][0]
        assert summed(await ledger.sum())["cn-jiaxing-hospital", "superseded"] == 2

    with_ledger(story)


def test_incidents_are_not_coalesced(with_ledger):
    async def story(ledger):
        for words in "abc":
            (outcome,) = await ledger.accept([taking(incident(words))])
            await ledger.accept([heard(outcome.tickets[0], HOSPITAL)])
        assert len(await ledger.waiting(HOSPITAL.queue, 10)) == 3

    with_ledger(story)


def test_what_is_withheld_is_counted_and_its_author_is_told_once(with_ledger):
    async def story(ledger):
        (outcome,) = await ledger.accept([taking(incident())])
        (receipt,) = taking(incident("receipt stands in", subject="r")).sealed
        withheld = HOSPITAL._replace(stage="withheld", reason="mode", receipt=receipt)
        (first,), (again,) = [await ledger.accept([heard(outcome.tickets[0], withheld)]) for _ in range(2)]
        assert [ticket.queue for ticket in first.tickets] == ["bus/normal"]
        assert again.tickets == ()
        assert summed(await ledger.sum())["cn-jiaxing-hospital", "withheld"] == 1

    with_ledger(story)


def test_a_ticket_put_off_waits_and_holds_back_its_subject_only(with_ledger, clock):
    async def story(ledger):
        await ledger.accept([taking(incident("1"), incident("1", subject="other"))])
        await ledger.accept([taking(incident("2"))])
        first, other, second = await ledger.waiting("bus/normal", 10)
        await ledger.defer([first], clock() + timedelta(seconds=30))
        assert await ledger.waiting("bus/normal", 10) == [other]
        clock.forward(seconds=31)
        again = await ledger.waiting("bus/normal", 10)
        assert [ticket.number for ticket in again] == [first.number, other.number, second.number]
        assert again[0].attempts == 1

    with_ledger(story)


def test_what_is_put_off_for_no_fault_of_the_recipient_is_no_attempt_for_another_process_either(ledger_at, clock):
    async def story():
        ledger = ledger_at()
        (outcome,) = await ledger.accept([taking(incident())])
        until = clock() + timedelta(seconds=30)
        await ledger.defer(outcome.tickets, until)
        await ledger.defer(outcome.tickets, until, counted=False)
        assert await ledger.waiting("bus/normal", 10) == []
        await ledger.close()
        clock.forward(seconds=31)
        anew = ledger_at()
        assert [ticket.attempts for ticket in await anew.waiting("bus/normal", 10)] == [1]
        await anew.close()

    asyncio.run(story())


def test_a_receipt_that_a_settlement_causes_is_said_in_the_same_step(with_ledger):
    async def story(ledger):
        (outcome,) = await ledger.accept([taking(incident())])
        (receipt,) = taking(incident("receipt stands in", subject="r")).sealed
        outcomes = await ledger.settle([Settlement(outcome.tickets[0], "delivered", receipt=receipt)])
        assert [ticket.queue for outcome in outcomes for ticket in outcome.tickets] == ["bus/normal"]
        assert await ledger.settle([Settlement(outcome.tickets[0], "delivered", receipt=receipt)]) == []

    with_ledger(story)


def test_what_is_set_aside_keeps_verdict_and_bytes(with_ledger):
    async def story(ledger):
        (outcome,) = await ledger.accept([taking(incident())])
        verdict = Malformed("changed", "name").verdict
        await ledger.settle([Settlement(outcome.tickets[0], "set aside", verdict, b"bytes")])
        (aside,) = await ledger.asides(10)
        assert (aside.message_id, aside.verdict, aside.data) == (outcome.states[0][0], verdict, b"bytes")

    with_ledger(story)


def test_what_the_bus_has_not_brought_back_is_offered_until_it_has(with_ledger, clock):
    async def story(ledger):
        (outcome,) = await ledger.accept([taking(incident())])
        assert await ledger.unheard(clock(), 10) == []
        clock.forward(seconds=20)
        (message,) = await ledger.unheard(clock(), 10)
        assert message == outcome.tickets[0].message
        await ledger.accept([heard(outcome.tickets[0], HOSPITAL)])
        assert await ledger.unheard(clock(), 10) == []

    with_ledger(story)


def test_a_message_from_elsewhere_is_journalled_when_it_is_heard(with_ledger, tmp_path, clock):
    from bridge.ledger.sqlite import Sqlite  # noqa: PLC0415

    async def story(ledger):
        other = Sqlite(tmp_path / "other.db", "cn-shanghai", clock)
        (outcome,) = await other.accept([taking(incident())])
        await other.close()
        (first,) = await ledger.accept([heard(outcome.tickets[0], HOSPITAL)])
        (waiting,) = await ledger.waiting(HOSPITAL.queue, 10)
        assert waiting == first.tickets[0]
        assert waiting.message == outcome.tickets[0].message
        assert await ledger.unheard(clock() + timedelta(days=1), 10) == []

    with_ledger(story)


def test_a_stream_is_replayed_in_order_and_in_part(with_ledger):
    async def story(ledger):
        await ledger.accept([taking(*(incident(str(n), subject=f"s{n}") for n in range(30)))])
        tickets = await ledger.waiting("bus/normal", 100)
        place = tickets[0].message.carrier
        found = [message async for message in ledger.replay(place.stream, place.epoch, 10, 20)]
        assert found == [ticket.message for ticket in tickets[9:20]]
        assert [message async for message in ledger.replay(place.stream, place.epoch + 1, 1, 20)] == []

    with_ledger(story)


def test_the_receipts_of_one_message_are_found_and_no_others(with_ledger):
    async def story(ledger):
        from bridge import receipts  # noqa: PLC0415
        from bridge.ledger import receipt_queue  # noqa: PLC0415

        (outcome,) = await ledger.accept([taking(incident())])
        _, _, envelope = heard_parts(outcome)
        for recipient in ("cn-a", "cn-b"):
            sealed = receipts.receipt(envelope, recipient, "delivered", NOON)
            (told,) = await ledger.accept([taking_sealed(sealed)])
            await ledger.accept([heard(told.tickets[0], Owed(receipt_queue(FIRE.agency), FIRE.agency))])
        assert len(await ledger.receipts(FIRE.agency, envelope.message_id)) == 2
        assert await ledger.receipts(FIRE.agency, envelope.message_id[:-1]) == []
        assert await ledger.receipts("cn-other", envelope.message_id) == []

    def heard_parts(outcome):
        from bridge.envelope import opened  # noqa: PLC0415
        from bridge.wire import encode  # noqa: PLC0415

        message = outcome.tickets[0].message
        return opened(message.topic, encode(message.carrier))

    def taking_sealed(sealed):
        from bridge.ledger import Taking  # noqa: PLC0415

        return Taking(sealed.envelope.message_id, "outlet", sealed.envelope.agency, (sealed,))

    with_ledger(story)


def test_everything_is_still_there_for_the_next_process(ledger_at):
    async def story():
        one = ledger_at()
        (outcome,) = await one.accept([taking(incident(), key="k")])
        fates = await one.sum()
        await one.close()
        two = ledger_at()
        assert await two.waiting("bus/normal", 10) == list(outcome.tickets)
        assert await two.sum() == fates
        (again,) = await two.accept([taking(incident(), key="k")])
        assert again.again
        (more,) = await two.accept([taking(incident("more"))])
        assert more.tickets[0].message.carrier.sequence == 2
        await two.close()

    asyncio.run(story())


def test_forgetting_keeps_what_waits_and_the_sum(with_ledger, clock):
    async def story(ledger):
        (done,) = await ledger.accept([taking(incident("done"))])
        await ledger.accept([heard(done.tickets[0])])
        await ledger.settle([Settlement(done.tickets[0], "delivered")])
        (open_,) = await ledger.accept([taking(incident("open", subject="o"))])
        clock.forward(days=8)
        fates = await ledger.sum()
        assert await ledger.prune(clock() - timedelta(days=7), 100) == 1
        assert await ledger.trace(done.states[0][0]) == []
        assert await ledger.waiting("bus/normal", 10) == list(open_.tickets)
        assert await ledger.sum() == fates

    with_ledger(story)


def test_the_sum_adds_up_after_everything(with_ledger, clock):
    async def story(ledger):
        for n in range(10):
            (outcome,) = await ledger.accept([taking(incident(str(n)), state("OnScene" if n % 2 else "EnRoute"), alert(str(n)))])
            for ticket in outcome.tickets:
                lane = ticket.queue.removeprefix("bus/")
                await ledger.accept([heard(ticket, Owed(f"outlet/h/{lane}", "cn-h"), Owed(f"outlet/g/{lane}", "cn-g", "withheld"))])
                if n % 3:
                    await ledger.settle([Settlement(ticket, "delivered")])
        for ticket in await ledger.waiting("outlet/h/normal", 4):
            await ledger.settle([Settlement(ticket, "expired")])
        fates = await ledger.sum()
        assert adds_up(fates)
        assert summed(fates)["cn-h", "owed"] == 30

    with_ledger(story)


def test_a_clock_that_was_set_back_hides_nothing(with_ledger, clock):
    async def story(ledger):
        (outcome,) = await ledger.accept([taking(incident())])
        await ledger.defer(outcome.tickets, clock() + timedelta(seconds=5))
        clock.forward(minutes=-10)
        assert len(await ledger.unheard(clock() - timedelta(seconds=15), 10)) == 1
        assert len(await ledger.waiting("bus/normal", 10)) == 1

    with_ledger(story)


def test_what_comes_again_under_an_id_that_the_journal_knows_is_repeated_and_takes_no_place_in_the_stream(with_ledger):
    async def story(ledger):
        (first,), (other,) = taking(incident("a")).sealed, taking(incident("b"), key="2").sealed
        for number, sealed in enumerate((first, other, first, other)):
            (outcome,) = await ledger.accept([Taking(f"mqtt:{number}", "mqtt", "cn-jiaxing-fire", (sealed,), (), fresh=True)])
            assert outcome.states == ((sealed.envelope.message_id, "accepted" if number < 2 else "repeated"),)
        assert [ticket.message.carrier.sequence for ticket in await ledger.waiting("bus/normal", 10)] == [1, 2]
        assert {(fate.stage, fate.many) for fate in await ledger.sum()} == {("owed", 2), ("waiting", 2), ("repeated", 2)}

    with_ledger(story)
