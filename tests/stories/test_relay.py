"""Hubs that pull from each other: everything once, whichever link or memory was lost meanwhile."""

import asyncio
import shutil
import sqlite3
from datetime import timedelta

import pytest
from hubs import Hub, wait_for
from playing import total, until
from regions import Region, story
from structlog.testing import capture_logs

from bridge import settings as loading
from bridge.app import now
from bridge.breaker import MANY, REST, WINDOW, Breaker
from bridge.bus import Publication
from bridge.bus.mqtt import Connection, address
from bridge.errors import ConfigError

A, B, C = "cn-jiaxing", "cn-shanghai", "cn-suzhou"


async def heads_of(hub, origin):
    return {(head.stream, head.epoch): head for _, head in await hub.ledger.heads(origin)}


async def same_heads(hubs, origin):
    found = [await heads_of(hub, origin) for hub in hubs]
    return found[0] and all(each == found[0] for each in found)


async def settled(hubs, origin):
    for _ in range(500):
        if await same_heads(hubs, origin):
            return
        await asyncio.sleep(0.02)
    raise AssertionError([await heads_of(hub, origin) for hub in hubs])


def names(letter, many, first=0):
    return [f"{letter}-{number}" for number in range(first, first + many)]


@story
async def test_what_one_city_says_is_heard_once_in_the_other_and_the_other_way_round(tmp_path):
    region = Region(tmp_path, {A: [B], B: [A]})
    async with region.brokers_up(), region.playing() as hubs:
        region.say(A, *names("a", 20))
        region.say(B, *names("b", 20))
        await until(lambda: region.has(B, names("a", 20)) and region.has(A, names("b", 20)))
        await settled(hubs, A)
        await settled(hubs, B)
        await asyncio.sleep(1.5)
    for hub in (A, B):
        assert region.heard(hub) == dict.fromkeys([*names("a", 20), *names("b", 20)], 1)


@story
async def test_a_hub_that_was_down_has_everything_when_it_is_back_and_once(tmp_path):
    region = Region(tmp_path, {A: [], B: [A]})
    async with region.brokers_up(), region.playing(A):
        async with region.playing(B):
            region.say(A, *names("a", 5))
            await until(lambda: region.has(B, names("a", 5)))
        region.say(A, *names("b", 30))
        await until(lambda: region.has(A, names("b", 30)))
        async with region.playing(B):
            await until(lambda: region.has(B, names("b", 30)))
    assert set(region.heard(B).values()) == {1}


@story
async def test_what_a_broker_forgot_behind_a_cut_is_asked_back_from_the_journal(tmp_path):
    region = Region(tmp_path, {A: [], B: [A]})
    async with region.brokers_up(), region.playing(A):
        async with region.playing(B):
            region.say(A, *names("a", 5))
            await until(lambda: region.has(B, names("a", 5)))
        region.say(A, *names("b", 30))
        await until(lambda: region.has(A, names("b", 30)))
        region.brokers[A].kill()
        region.brokers[A].forget()
        region.brokers[A].start()
        with capture_logs() as logs:
            async with region.playing(B):
                await until(lambda: region.has(B, names("b", 30)))
    assert any(entry["event"] == "replayed" and entry["sent"] for entry in logs)
    assert region.heard(B) == dict.fromkeys([*names("a", 5), *names("b", 30)], 1)


@story
async def test_a_late_joiner_that_wants_the_newest_only_gets_a_snapshot_and_then_all_that_follows(tmp_path):
    region = Region(tmp_path, {A: [], B: [A]}, join="snapshot")
    async with region.brokers_up(), region.playing(A) as (first,):
        region.say(A, *names("a", 12))
        await until(lambda: region.has(A, names("a", 12)))
        region.brokers[A].kill()
        region.brokers[A].forget()
        region.brokers[A].start()
        with capture_logs() as logs:
            async with region.playing(B) as (second,):
                await until(lambda: region.has(B, names("a", 12)))
                region.say(A, "later")
                await until(lambda: region.has(B, ["later"]))
                await settled([first, second], A)
    assert [entry["sent"] for entry in logs if entry["event"] == "replayed"] == [12]


@story
async def test_transit_is_only_where_the_settings_allow_it(tmp_path):
    chain = {A: [], B: [A], C: [B]}
    for transit in (False, True):
        region = Region(tmp_path / str(transit), chain, transit=transit)
        async with region.brokers_up(), region.playing():
            region.say(A, *names("a", 3))
            await until(lambda region=region: region.has(B, names("a", 3)))
            region.say(B, "own")
            await until(lambda region=region: region.has(C, ["own"]))
            if transit:
                await until(lambda region=region: region.has(C, names("a", 3)))
            assert region.has(C, names("a", 3)) is transit


@story
async def test_a_ring_passes_each_message_once_round_and_no_further(tmp_path):
    ring = {A: [C], B: [A], C: [B]}
    region = Region(tmp_path, ring, transit=True)
    async with region.brokers_up(), region.playing() as hubs:
        for hub in ring:
            region.say(hub, *names(hub[3:], 10))
        everything = [name for hub in ring for name in names(hub[3:], 10)]
        await until(lambda: all(region.has(hub, everything) for hub in ring))
        await asyncio.sleep(1.5)
        turned = sum(sum(relay.turned.values()) for hub in hubs for lanes in hub.neighbours.relays.values() for relay in lanes.values())
    assert all(region.heard(hub) == dict.fromkeys(everything, 1) for hub in ring)
    assert turned >= 30  # each message has come home, and was turned away there


@story
async def test_a_hub_restored_from_an_old_backup_begins_a_new_epoch_and_is_healed_by_its_neighbour(tmp_path):
    region = Region(tmp_path, {A: [B], B: [A]})
    ledger = tmp_path / A / "hub.db"
    async with region.brokers_up(), region.playing(B) as hubs:
        async with region.playing(A):
            region.say(A, *names("a", 5))
            await until(lambda: region.has(B, names("a", 5)))
        with sqlite3.connect(ledger) as db, sqlite3.connect(tmp_path / "backup.db") as copy:
            db.backup(copy)
        async with region.playing(A) as (first,):
            region.say(A, *names("b", 5))
            await until(lambda: region.has(B, names("b", 5)))
            await until(lambda: region.has(A, names("b", 5)))
            before = await heads_of(first, A)
            ((place, old),) = before.items()
            known = next(iter(hubs[0].neighbours.gaps.values())).heads
            await until(lambda: A in known and max(head.last for head in known[A].streams) == 10)
        for path in (tmp_path / A).glob("hub.db*"):
            path.unlink()
        shutil.copy(tmp_path / "backup.db", ledger)
        async with region.playing(A) as (first,):
            region.say(A, *names("c", 5))
            await until(lambda: region.has(B, names("c", 5)))
            await until(lambda: region.has(A, names("c", 5)))
            for _ in range(500):
                now = await heads_of(first, A)
                if now[place].count == old.count:
                    break
                await asyncio.sleep(0.02)
            assert now[place] == old
            assert {epoch > place[1] for (_, epoch) in now if epoch != place[1]} == {True}
    assert region.heard(B) == dict.fromkeys([*names("a", 5), *names("b", 5), *names("c", 5)], 1)


@story
async def test_what_nobody_has_any_more_is_reported_with_its_range_and_not_asked_for_ever(tmp_path):
    region = Region(tmp_path, {A: [], B: [A]})
    async with region.brokers_up(), region.playing(A) as (first,):
        async with region.playing(B):
            region.say(A, "a")
            await until(lambda: region.has(B, ["a"]))
        region.say(A, *names("b", 9))
        await until(lambda: region.has(A, names("b", 9)))
        region.brokers[A].kill()
        region.brokers[A].forget()
        with sqlite3.connect(tmp_path / A / "hub.db") as db:
            db.execute("delete from journal where sequence between 4 and 6")
        region.brokers[A].start()
        with capture_logs() as logs:
            async with region.playing(B) as (second,):
                await until(lambda: len(region.heard(B)) == 7)
                await until(lambda: any(entry["event"] == "not-recoverable" for entry in logs))
                lost = await second.ledger.notes("lost/")
    (entry,) = (entry for entry in logs if entry["event"] == "not-recoverable")
    assert entry["ranges"] == [(4, 6)]
    assert list(lost.values()) == [b"[[4, 6]]"]
    assert first


@story
async def test_who_is_not_granted_a_stream_gets_none_of_it_however_he_asks(tmp_path):
    region = Region(tmp_path, {A: [], B: [A]})
    words = region.paths[A].read_text()
    region.paths[A].write_text(words.replace('hub = "cn-shanghai"\nagencies = ["*"]', 'hub = "cn-shanghai"\nagencies = ["cn-jiaxing-fire"]'))
    async with region.brokers_up(), region.playing(A):
        region.say(A, *names("a", 3))
        await until(lambda: region.has(A, names("a", 3)))
        region.brokers[A].kill()
        region.brokers[A].forget()
        region.brokers[A].start()
        with capture_logs() as logs:
            async with region.playing(B):
                await until(lambda: any(entry["event"] == "answered" and entry["reason"] == "not granted" for entry in logs))
                assert region.heard(B) == {}


@pytest.mark.parametrize("table", ["relay", "peer"])
def test_a_neighbour_stands_in_the_settings_once_and_is_never_the_hub_itself(tmp_path, table):
    bus = 'bus = "mqtt://127.0.0.1:1"\n' if table == "relay" else ""
    path = tmp_path / "regionbus.toml"
    for twice in ("cn-a", "cn-b"):
        path.write_text(f'hub = "cn-a"\n[[{table}]]\nhub = "cn-b"\n{bus}[[{table}]]\nhub = "{twice}"\n{bus}')
        with pytest.raises(ConfigError, match=f"'{twice}' is this hub itself, or stands there twice"):
            loading.load(path)


@story
async def test_a_cut_of_three_days_loses_nothing(tmp_path):
    region = Region(tmp_path, {A: [], B: [A]})
    days = timedelta()

    def clock():
        return now() + days

    async with region.brokers_up():
        async with region.playing(A, clock=clock), region.playing(B, clock=clock):
            region.say(A, "before")
            await until(lambda: region.has(B, ["before"]))
        async with region.playing(A, clock=clock):
            region.say(A, *names("cut", 20))
            await until(lambda: region.has(A, names("cut", 20)))
        region.brokers[A].kill()
        region.brokers[A].forget()
        region.brokers[A].start()
        days = timedelta(days=3)
        async with region.playing(A, clock=clock), region.playing(B, clock=clock):
            await until(lambda: region.has(B, names("cut", 20)))
    assert set(region.heard(B).values()) == {1}


def test_who_dies_with_a_neighbours_message_in_hand_has_it_once_in_the_next_life(tmp_path):
    region = Region(tmp_path, {A: [], B: [A]})

    async def whole():
        async with region.brokers_up(), region.playing(A):
            dying = await asyncio.to_thread(Hub, region.paths[B], "relay-accepted")
            region.say(A, *names("a", 5))
            await asyncio.to_thread(wait_for, lambda: not dying.alive)
            async with region.playing(B):
                await until(lambda: region.has(B, names("a", 5)))

    asyncio.run(whole())
    assert region.heard(B) == dict.fromkeys(names("a", 5), 1)


@story
async def test_what_is_forged_or_ruined_on_a_neighbours_bus_is_set_aside_and_the_next_goes_on(tmp_path):
    region = Region(tmp_path, {A: [], B: [A]})
    async with region.brokers_up(), region.playing(A), region.playing(B) as (hub,):
        stranger = Connection(address(region.brokers[A].url), "stranger", ["rb/1/data/#"])
        await stranger.connected.wait()
        region.say(A, "true")
        (delivery,) = await stranger.deliveries()
        foreign = delivery.topic.replace("cn-jiaxing-weather", "cn-hangzhou-weather")
        await stranger.publish([Publication(foreign, delivery.data), Publication(delivery.topic, delivery.data[:-3])])
        region.say(A, "next")
        await until(lambda: region.has(B, ["true", "next"]))
        asides, sums = await hub.ledger.asides(10), await total(hub)
        await stranger.close()
    assert sorted(each.verdict.code for each in asides) == ["disagrees", "not-avro"]
    assert sums["none", "refused"] == 2


def test_a_link_that_storms_rests_and_one_that_brings_news_never_does():
    quiet, busy = Breaker(), Breaker()
    assert [busy.count(100, 90, second / 10) for second in range(100)] == [0.0] * 100
    rests = [quiet.count(100, 1, second / 10) for second in range(int(10 * WINDOW))]
    assert rests.count(REST) == len(rests) // (MANY // 100) == quiet.storms
