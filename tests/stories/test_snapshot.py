"""Lists of what is in force: what they name no longer has ended, once, and marked as inferred."""

import asyncio
import json
from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest
from hubs import Hub, alert, settings, wait_for
from pages import Pages
from playing import playing, until
from records import NOON, full
from servers import Mosquitto
from structlog.testing import capture_logs

from bridge import registry
from bridge.adapter import Said, write
from bridge.envelope import Terms, record_of
from bridge.errors import Unavailable
from bridge.kinds import CLASSES
from bridge.ledger.sqlite import Sqlite
from bridge.links.feed import Feeds
from bridge.links.hub import Hub as Shared
from bridge.links.snapshot import MARK, Snapshot, ending, packed, unpacked
from bridge.ports import Taken
from bridge.records import Envelope
from bridge.wire import decode

POLLS = 3


# ---- a link by itself


def warning(number, **more):
    """One entry of a city's list."""
    entry = {
        "keyId": number,
        "issued": "深圳市气象台",
        "issueTime": "2026-07-01 12:00:00",
        "subCategory": "气象灾害.暴雨",
        "wLevel": "橙色",
        "area": "福田区",
    }
    return entry | {"matter": f"【暴雨橙色预警】{number}，有效期至2026年07月01日14时。", "life": True} | more


def state(unit, status="available"):
    return {"id": unit, "status": status}


class City:
    """A city's list and the inlet that takes it, in one life after another."""

    def __init__(self, folder, adapter="cn-city-warning", *, empty=False, once=True, modes=("Actual",)):
        self.folder, self.adapter, self.options = folder, adapter, {"polls": POLLS, "empty": empty, "once": once}
        self.terms = Terms(agency="cn-shenzhen", mode="Actual", modes=modes, format=adapter)
        self.count, self.answers = 0, []
        self.begin()

    def begin(self):
        self.ledger = Sqlite(self.folder / "ledger.db", "cn-shenzhen-hub", self.clock)
        shared = Shared(self.ledger, Feeds(self.ledger), self.clock, None)
        adapter = registry.load(self.adapter, []).model_validate({"agency": "cn-shenzhen"})
        self.link = Snapshot("city", None, adapter, self.terms, shared, **self.options)

    def clock(self):
        """A minute for every poll."""
        return NOON + timedelta(minutes=self.count)

    async def polls(self, *lists):
        """One list after another; a batch of several is what a folder may give."""
        batch = [self.piece(each) for each in lists]
        while batch:
            batch = batch[await self.link.work(batch) :]

    def piece(self, content):
        self.count += 1

        async def done(answer):
            self.answers.append(answer)

        data = content if isinstance(content, bytes) else json.dumps(content, ensure_ascii=False).encode()
        return Taken(data, f"poll-{self.count}", done, fresh=True)

    async def again(self):
        await self.ledger.close()
        self.begin()

    async def said(self):
        """Every record said so far, in order."""
        found = []
        for lane in ("urgent", "normal", "bulk"):
            found += [decode(ticket.message.carrier.envelope, Envelope) for ticket in await self.ledger.waiting(f"bus/{lane}", 1000)]
        return [(envelope, record_of(envelope)) for envelope in found]

    async def told(self):
        return [(record.identifier, record.msg_type) for _, record in await self.said()]


def run(city, story):
    async def whole():
        try:
            await story()
        finally:
            await city.ledger.close()

    asyncio.run(whole())


A, B = warning(1), warning(2)


def test_what_vanishes_has_ended_after_so_many_polls_and_once(tmp_path):
    city = City(tmp_path)

    async def story():
        await city.polls([A, B], [A], [A])
        assert await city.told() == [("1", "Alert"), ("2", "Alert")]
        await city.polls([A])
        assert await city.told() == [("1", "Alert"), ("2", "Alert"), ("2", "Cancel")]
        await city.polls([A], [A], [A], [A])
        assert len(await city.told()) == 3

    run(city, story)


def test_an_inferred_end_is_marked_and_names_what_it_ends(tmp_path):
    city = City(tmp_path)

    async def story():
        await city.polls([A, B], [A], [A], [A])
        (before, first), (envelope, ended) = [(envelope, record) for envelope, record in await city.said() if record.identifier == "2"]
        assert ended.extensions == {**first.extensions, **MARK}
        assert "推断" in ended.note
        assert "Inferred" in ended.note
        assert ended.references == (f"{first.sender},2,2026-07-01T04:00:00-00:00",)
        assert (envelope.action, envelope.references, envelope.expires_at) == ("Cancel", (f"{first.sender},2",), None)
        assert before.expires_at is not None
        assert envelope.source_digest is None
        assert (ended.sender, ended.status, ended.infos) == (first.sender, first.status, first.infos)
        assert ended.sent == NOON + timedelta(minutes=city.count)

    run(city, story)


def test_an_inferred_end_can_be_said_in_cap_and_in_the_citys_own_words(tmp_path):
    city = City(tmp_path)

    async def story():
        await city.polls([A, B], [A], [A], [A])
        ended = (await city.said())[-1][1]
        for name in ("cap", "cn-city-warning", "cap-feed"):
            adapter = registry.load(name, []).model_validate({"agency": "cn-shenzhen"})
            assert any(word in write(adapter, Said(ended)).data for word in (b">Cancel<", b'"life":false'))

    run(city, story)


def test_what_is_missing_for_a_moment_goes_on(tmp_path):
    city = City(tmp_path)

    async def story():
        await city.polls([A, B], [A], [A], [A, B], [A], [A], [A, B])
        assert await city.told() == [("1", "Alert"), ("2", "Alert")]

    run(city, story)


def test_what_comes_back_after_its_end_is_news_and_may_end_again(tmp_path):
    city = City(tmp_path)

    async def story():
        await city.polls([A, B], [A], [A], [A], [A, B], [A], [A], [A])
        assert [kind for name, kind in await city.told() if name == "2"] == ["Alert", "Cancel", "Alert", "Cancel"]

    run(city, story)


def test_what_changes_is_said_anew_and_has_not_ended(tmp_path):
    city = City(tmp_path)

    async def story():
        await city.polls([A, B], [A, warning(2, area="南山区")], [A], [A], [A])
        said = [record for _, record in await city.said() if record.identifier == "2"]
        assert [record.infos[0].areas[0].description for record in said] == ["福田区", "南山区", "南山区"]
        assert [record.msg_type for record in said] == ["Alert", "Alert", "Cancel"]

    run(city, story)


def test_what_said_itself_that_it_is_over_needs_no_inference(tmp_path):
    city = City(tmp_path)

    async def story():
        await city.polls([A, B], [A, warning(2, life=False)], [A], [A], [A], [A])
        assert [kind for name, kind in await city.told() if name == "2"] == ["Alert", "Cancel"]
        assert all(MARK.items().isdisjoint(record.extensions.items()) for _, record in await city.said())

    run(city, story)


def test_what_another_alert_of_the_list_replaces_was_ended_by_its_source(tmp_path):
    city = City(tmp_path, "cap")
    update = alert("new").replace(b"Alert</msgType>", b"Update</msgType>")
    update = update.replace(b"Public</scope>", b"Public</scope><references>cn-jiaxing-weather,old,2026-07-01T12:00:00+08:00</references>")
    both, replaced = caps(alert("old"), alert("other")), caps(alert("other"), update)

    async def story():
        await city.polls(both, replaced, *[caps(alert("other"))] * 5)
        assert await city.told() == [("old", "Alert"), ("other", "Alert"), ("new", "Update"), ("new", "Cancel")]

    run(city, story)


@pytest.mark.parametrize("ruin", [b"", b"<html>busy</html>", b"[{", {"error": 1}, [A, {"keyId": 2}], []], ids=str)
def test_an_empty_or_broken_poll_ends_nothing(tmp_path, ruin):
    city = City(tmp_path)

    async def story():
        await city.polls([A, B], [A], [A], *[ruin] * 10)
        assert await city.told() == [("1", "Alert"), ("2", "Alert")]
        await city.polls([A])
        assert await city.told() == [("1", "Alert"), ("2", "Alert"), ("2", "Cancel")]

    run(city, story)


def test_an_empty_list_ends_all_after_so_many_polls_if_the_source_means_it(tmp_path):
    city = City(tmp_path, empty=True)

    async def story():
        await city.polls([A, B], [], [])
        assert len(await city.told()) == 2
        await city.polls(b"", [])
        assert sorted(await city.told())[1::2] == [("1", "Cancel"), ("2", "Cancel")]

    run(city, story)


def test_an_empty_list_is_told_to_the_operator(tmp_path):
    city = City(tmp_path)

    async def story():
        with capture_logs() as logs:
            await city.polls([], [A], [])
        assert [(each["event"], each["count"]) for each in logs if each["event"] == "empty-list"] == [("empty-list", 1)]

    run(city, story)


def test_who_starts_again_knows_what_was_in_force_and_how_long_it_is_missing(tmp_path):
    city = City(tmp_path)

    async def story():
        await city.polls([A, B], [A], [A])
        await city.again()
        await city.polls([A])
        assert await city.told() == [("1", "Alert"), ("2", "Alert"), ("2", "Cancel")]
        await city.again()
        await city.polls([A], [A], [A], [A])
        assert len(await city.told()) == 3

    run(city, story)


def test_a_poll_that_the_ledger_cannot_hold_did_not_happen(tmp_path, monkeypatch):
    monkeypatch.setattr("bridge.links.inlet.PATIENCE", 0)
    monkeypatch.setattr("bridge.links.snapshot.PATIENCE", 0)
    city = City(tmp_path)

    async def story():
        async def full(_):
            raise Unavailable("disk full")

        await city.polls([A, B], [A])
        accept, city.ledger.accept = city.ledger.accept, full
        await city.polls(*[[A]] * 9)
        notes, city.ledger.notes = city.ledger.notes, full
        await city.polls(*[[A]] * 9)
        assert {answer.later for answer in city.answers[2:]} == {"disk full"}
        city.ledger.accept, city.ledger.notes = accept, notes
        await city.polls([A])
        assert len(await city.told()) == 2
        await city.polls([A])
        assert len(await city.told()) == 3

    run(city, story)


def test_an_answer_that_was_lost_ends_nothing_twice(tmp_path, monkeypatch):
    monkeypatch.setattr("bridge.links.inlet.PATIENCE", 0)
    city = City(tmp_path)

    async def story():
        accept = city.ledger.accept

        async def lost(batch):
            await accept(batch)
            raise Unavailable("no answer")

        await city.polls([A, B], [A], [A])
        city.ledger.accept = lost
        await city.polls([A])
        city.ledger.accept = accept
        await city.polls([A], [A])
        assert await city.told() == [("1", "Alert"), ("2", "Alert"), ("2", "Cancel")]

    run(city, story)


def test_a_list_that_is_known_already_is_not_counted_again(tmp_path):
    city = City(tmp_path)

    async def story():
        await city.polls([A, B], [A])
        last = replace(city.piece([A]), key=f"poll-{city.count - 1}", fresh=False)
        for _ in range(3 * POLLS):
            await city.link.work([last])
        await city.polls([A])
        assert await city.told() == [("1", "Alert"), ("2", "Alert")]
        await city.polls([A])
        assert await city.told() == [("1", "Alert"), ("2", "Alert"), ("2", "Cancel")]

    run(city, story)


def test_what_is_refused_of_every_list_is_set_aside_once_unless_somebody_is_told(tmp_path):
    async def asides(city):
        bad = {"keyId": 9}
        await city.polls([bad, A], [bad, A], [A, bad])
        await city.again()
        count = len(await city.ledger.asides(10))
        assert [len(answer.refused) for answer in city.answers] == ([1, 0, 0] if city.options["once"] else [1, 1, 1])
        return count

    for once, wanted in ((True, 1), (False, 3)):
        (tmp_path / str(once)).mkdir()
        city = City(tmp_path / str(once), once=once)

        async def story(city=city, wanted=wanted):
            assert await asides(city) == wanted

        run(city, story)


def test_what_cannot_be_said_here_any_more_is_set_aside(tmp_path):
    city = City(tmp_path)

    async def story():
        await city.polls([A, B])
        city.terms = city.terms.model_copy(update={"modes": ("Exercise",), "mode": "Exercise"})
        await city.again()
        await city.polls(*[[warning(3, regionbus={"status": "Exercise"})]] * POLLS)
        assert [dead.verdict.code for dead in await city.ledger.asides(10)] == ["not-in-list"] * 2

    run(city, story)


def test_a_list_that_has_not_changed_is_not_remembered_anew(tmp_path):
    city = City(tmp_path)

    async def story():
        notes = []
        accept = city.ledger.accept

        async def watched(batch):
            notes.extend(each.note for each in batch)
            return await accept(batch)

        city.ledger.accept = watched
        await city.polls([A, B], [A, B], [B, A], [A], [A, B])
        assert [note is not None for note in notes] == [True, False, False, True, True]

    run(city, story)


def test_what_is_remembered_comes_back_as_it_was(tmp_path):
    city = City(tmp_path)

    async def story():
        await city.polls([A, B], [A])
        assert unpacked(packed(city.link.held)) == city.link.held
        assert [held.missing for held in city.link.held.values()] == [0, 1]
        assert unpacked(None) == {}

    run(city, story)


# ---- the other kinds


@pytest.mark.parametrize("kind", ["incident", "resource", "resource-state"])
def test_each_kind_has_its_own_end(kind):
    record = full(CLASSES[kind]).model_copy(
        update={"incident": {"lifecycle": "Reported"}, "resource": {"sharing": "FreeToUse"}, "resource-state": {"availability": "OnScene"}}[kind]
    )
    ended = ending(record, NOON)
    assert ended.extensions["regionbus:ended_by"] == "disappeared"
    assert CLASSES[kind].model_validate(ended.model_dump()) == ended
    assert ending(ended, NOON) is None
    match kind:
        case "incident":
            assert (ended.lifecycle, ended.revision, ended.updated_at) == ("Closed", record.revision, record.updated_at)
        case "resource":
            assert (ended.sharing, ended.revision, ended.updated_at) == ("NotShared", record.revision, record.updated_at)
        case "resource-state":
            assert (ended.resource_id, ended.availability, ended.position) == (record.resource_id, "Unknown", None)


# ---- a whole hub


def caps(*alerts):
    return b'<alerts xmlns="urn:oasis:names:tc:emergency:cap:1.2">' + b"".join(alerts) + b"</alerts>"


def ends(folder):
    """How often each alert was said and cancelled, as the partner has it."""
    texts = [path.read_text() for path in (folder / "out").glob("*.xml")]
    return Counter((words.split("<identifier>")[1].split("<")[0], words.split("<msgType>")[1].split("<")[0]) for words in texts)


def test_a_page_that_answers_304_and_fails_between_ends_what_it_no_longer_lists(tmp_path):
    with Pages() as pages:
        way = f'feed = "{pages.url()}"\nevery = 1\nsnapshot = {{ polls = 2 }}'

        async def whole():
            pages.tagged(caps(alert("a"), alert("b")), '"1"')
            async with playing(settings(tmp_path, way_in=way)):
                await until(lambda: len(ends(tmp_path)) == 2)
                pages.show(b"busy", status=503)
                await until(lambda: len(pages.asked_for()) > 2)
                assert len(ends(tmp_path)) == 2
                pages.tagged(caps(alert("a")), '"2"')
                await until(lambda: ends(tmp_path)["b", "Cancel"], 30)
                assert ends(tmp_path) == {("a", "Alert"): 1, ("b", "Alert"): 1, ("b", "Cancel"): 1}

        asyncio.run(whole())


@pytest.mark.parametrize("point", ["sealed:3", "accept-begun:3", "accept-written:4", "accept-written:6", "accepted:3", "receipted:3", "filed:3"])
def test_whoever_dies_around_an_ending_says_it_once(tmp_path, point):
    broker = Mosquitto(tmp_path / "broker").start()
    try:
        path = settings(tmp_path, broker.url, way_in='folder = "in"\nsnapshot = { polls = 2 }')
        (tmp_path / "in").mkdir()
        hub = Hub(path, crash_at=point)
        for number, names in enumerate(("ab", "a", "a", "a")):
            file = tmp_path / "in" / f"{number}.xml"
            file.write_bytes(caps(*map(alert, names)))
            wait_for(lambda file=file: not hub.alive or not file.exists())
        wait_for(lambda: not hub.alive)
        hub = Hub(path)
        wait_for(lambda: not list((tmp_path / "in").glob("*.xml")))
        for number, names in enumerate(("a", "a", "ac")):
            file = tmp_path / "in" / f"later-{number}.xml"
            file.write_bytes(caps(*map(alert, names)))
            wait_for(lambda file=file: not file.exists())
        wait_for(lambda: ends(tmp_path)["c", "Alert"] and ends(tmp_path)["b", "Cancel"])
        assert hub.stop() == 0
        assert ends(tmp_path) == {("a", "Alert"): 1, ("b", "Alert"): 1, ("b", "Cancel"): 1, ("c", "Alert"): 1}
    finally:
        broker.stop()
