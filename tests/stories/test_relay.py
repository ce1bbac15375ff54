"""Hubs that pull from each other: everything once, whichever link or memory was lost meanwhile."""

import asyncio
import shutil
import sqlite3
from collections import Counter
from datetime import timedelta
from functools import partial

import pytest
from hubs import Hub
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
            await region.told(A, names("a", 5), by=B)
        await region.told(A, names("b", 30), by=A)
        async with region.playing(B):
            await until(lambda: region.has(B, names("b", 30)))
    assert set(region.heard(B).values()) == {1}


@story
async def test_what_a_broker_forgot_behind_a_cut_is_asked_back_from_the_journal(tmp_path):
    region = Region(tmp_path, {A: [], B: [A]})
    async with region.brokers_up(), region.playing(A):
        async with region.playing(B):
            await region.told(A, names("a", 5), by=B)
        await region.told(A, names("b", 30), by=A)
        region.wipe(A)
        with capture_logs() as logs:
            async with region.playing(B):
                await until(lambda: region.has(B, names("b", 30)))
    assert any(entry["event"] == "replayed" and entry["sent"] for entry in logs)
    assert region.heard(B) == dict.fromkeys([*names("a", 5), *names("b", 30)], 1)


@story
async def test_a_lane_that_is_never_quiet_does_not_hold_up_what_another_lane_has_lost(tmp_path):
    region = Region(tmp_path, {A: [], B: [A]})
    lists = '[[inlet]]\nagency = "cn-jiaxing-weather"\nadapter = "resource-csv"\nfolder = "lists"\nmode = "Actual"\n'
    region.paths[A].write_text(region.paths[A].read_text("utf-8") + lists, "utf-8")
    async with region.brokers_up(), region.playing(A) as (first,):
        async with region.playing(B):
            await region.told(A, names("a", 1), by=B)
        (tmp_path / A / "lists").mkdir(exist_ok=True)
        (tmp_path / A / "lists" / "states.csv").write_text("编号,状态,更新时间\nV1,出动,2026-07-01 08:00:00\n", "utf-8")
        bulk = f"{A}-weather/full/actual/bulk"
        await until(partial(says, first, bulk))
        region.wipe(A)
        async with region.playing(B) as (second,), asyncio.timeout(25):
            for name in names("b", 1000):
                if await says(second, bulk):
                    break
                region.say(A, name)
                await asyncio.sleep(0.3)


async def says(hub, stream):
    return any(head.stream == stream and head.last for _, head in await hub.ledger.heads(A))


@story
async def test_a_late_joiner_that_wants_the_newest_only_gets_a_snapshot_and_then_all_that_follows(tmp_path):
    region = Region(tmp_path, {A: [], B: [A]}, join="snapshot")
    async with region.brokers_up(), region.playing(A) as (first,):
        await region.told(A, names("a", 12), by=A)
        region.wipe(A)
        with capture_logs() as logs:
            async with region.playing(B) as (second,):
                await until(lambda: region.has(B, names("a", 12)))
                await region.told(A, ["later"], by=B)
                await settled([first, second], A)
    assert [entry["sent"] for entry in logs if entry["event"] == "replayed"] == [12]


@story
async def test_a_late_joiner_is_not_kept_waiting_by_what_a_snapshot_has_from_others(tmp_path):
    region = Region(tmp_path, {A: [], B: [A], C: [B]}, join="snapshot")
    async with region.brokers_up(), region.playing(A), region.playing(B):
        region.say(A, "a")
        region.say(B, "b")
        await until(lambda: region.has(B, ["a", "b"]))
        region.brokers[B].kill()
        region.brokers[B].forget()
        region.brokers[B].start()
        async with region.playing(C) as (late,):
            await until(lambda: region.has(C, ["b"]))
            await until(lambda: late.neighbours.gaps[B].complete is not None)
    assert region.heard(C) == {"b": 1}


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
async def test_what_hubs_say_of_themselves_goes_round_once_and_no_further(tmp_path):
    ring = {A: [B, C], B: [A, C], C: [A, B]}
    region = Region(tmp_path, ring, transit=True)
    async with region.brokers_up():
        ear = Connection(address(region.brokers[B].url), "ear", ["rb/1/state/+/presence"])
        await ear.connected.wait()
        async with region.playing():
            heard, hubs = Counter(), set()
            async with asyncio.timeout(40):
                while not heard or hubs < set(ring):
                    for delivery in await ear.deliveries():
                        heard[delivery.data] += 1
                        hubs.add(delivery.topic.split("/")[3])
            await asyncio.sleep(3)
            heard.update(delivery.data for delivery in ear.inbox)
        await ear.close()
    assert max(heard.values()) <= len(ring[B])  # from each neighbour once


@story
async def test_a_hub_restored_from_an_old_backup_begins_a_new_epoch_and_is_healed_by_its_neighbour(tmp_path):
    region = Region(tmp_path, {A: [B], B: [A]})
    ledger = tmp_path / A / "hub.db"
    async with region.brokers_up(), region.playing(B) as hubs:
        async with region.playing(A):
            await region.told(A, names("a", 5), by=B)
        with sqlite3.connect(ledger) as db, sqlite3.connect(tmp_path / "backup.db") as copy:
            db.backup(copy)
        async with region.playing(A) as (first,):
            await region.told(A, names("b", 5), by=B)
            await until(lambda: region.has(A, names("b", 5)))
            before = await heads_of(first, A)
            ((place, old),) = before.items()
            known = next(iter(hubs[0].neighbours.gaps.values())).heads
            await until(lambda: A in known and max(head.last for head in known[A].streams) == 10)
        for path in (tmp_path / A).glob("hub.db*"):
            path.unlink()
        shutil.copy(tmp_path / "backup.db", ledger)
        async with region.playing(A) as (first,):
            await region.told(A, names("c", 5), by=B)
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
async def test_what_a_hub_lost_with_its_ledger_before_it_had_said_so_is_known_by_its_neighbour_and_comes_back(tmp_path):
    region = Region(tmp_path, {A: [B], B: [A]})
    region.paths[A].write_text(region.paths[A].read_text().replace("heads_seconds = 1", "heads_seconds = 60"))
    ledger = tmp_path / A / "hub.db"
    async with region.brokers_up(), region.playing(B) as (second,):
        async with region.playing(A):
            await region.told(A, names("a", 5), by=B)
        with sqlite3.connect(ledger) as db, sqlite3.connect(tmp_path / "backup.db") as copy:
            db.backup(copy)
        async with region.playing(A) as (first,):
            known = second.neighbours.gaps[A].heads
            await until(lambda: A in known and max((head.last for head in known[A].streams), default=0) == 5)
            region.say(A, *names("b", 5))
            await until(lambda: region.has(B, names("b", 5)) and region.has(A, names("b", 5)))
            ((place, old),) = (await heads_of(first, A)).items()
            await until(lambda: max((head.last for head in known[A].streams), default=0) == 10)
        for path in (tmp_path / A).glob("hub.db*"):
            path.unlink()
        shutil.copy(tmp_path / "backup.db", ledger)
        region.wipe(A)
        async with region.playing(A) as (first,):
            region.say(A, *names("c", 5))
            await until(lambda: region.has(B, names("c", 5)) and region.has(A, names("c", 5)))

            async def healed():
                return (await heads_of(first, A))[place] == old

            await until(healed)
            assert [epoch > place[1] for _, epoch in await heads_of(first, A) if epoch != place[1]] == [True]
    assert region.heard(B) == dict.fromkeys([*names("a", 5), *names("b", 5), *names("c", 5)], 1)


@story
async def test_what_nobody_has_any_more_is_reported_with_its_range_and_not_asked_for_ever(tmp_path):
    region = Region(tmp_path, {A: [], B: [A]})
    async with region.brokers_up(), region.playing(A) as (first,):
        async with region.playing(B):
            await region.told(A, ["a"], by=B)
        await region.told(A, names("b", 9), by=A)
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
        await region.told(A, names("a", 3), by=A)
        region.wipe(A)
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
            await region.told(A, ["before"], by=B)
        async with region.playing(A, clock=clock):
            await region.told(A, names("cut", 20), by=A)
        region.wipe(A)
        days = timedelta(days=3)
        async with region.playing(A, clock=clock), region.playing(B, clock=clock):
            await until(lambda: region.has(B, names("cut", 20)))
    assert set(region.heard(B).values()) == {1}


def test_who_dies_with_a_neighbours_message_in_hand_has_it_once_in_the_next_life(tmp_path):
    region, said = Region(tmp_path, {A: [], B: [A]}), []

    async def whole():
        async with region.brokers_up(), region.playing(A):
            dying = await asyncio.to_thread(Hub, region.paths[B], "relay-accepted")
            while dying.alive:  # what is said before it listens is asked back, past the place where it dies
                said.extend(names("a", 1, len(said)))
                region.say(A, said[-1])
                await asyncio.sleep(0.2)
            async with region.playing(B):
                await until(lambda: region.has(B, said))

    asyncio.run(whole())
    assert region.heard(B) == dict.fromkeys(said, 1)


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
