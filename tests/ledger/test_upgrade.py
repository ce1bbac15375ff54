"""A ledger's file that the version before heads and pictures wrote, and a process that dies in the middle."""

import asyncio
import sqlite3

import pytest
from messages import adds_up, alert, incident, relayed, taking
from records import full

from bridge import crash
from bridge.ledger.redis import Redis
from bridge.ledger.sqlite import Sqlite
from bridge.records import Receipt


def test_a_file_of_the_version_before_keeps_working(tmp_path, clock):
    async def story():
        old = Sqlite(tmp_path / "ledger.db", "cn-jiaxing", clock)
        (said,) = await old.accept([taking(incident("old"))])
        await old.close()
        with sqlite3.connect(tmp_path / "ledger.db") as db:
            db.execute("drop table picture")
            db.execute("delete from meta where name = 'picture'")
        new = Sqlite(tmp_path / "ledger.db", "cn-jiaxing", clock)
        assert await new.waiting("bus/normal", 10) == list(said.tickets)
        ((_, head),) = await new.heads()
        assert (head.first, head.last, head.count) == (1, 1, 1)
        (more,), (theirs,) = await new.accept([taking(incident("new"))]), await new.accept([relayed(incident("theirs", subject="t"), 1)])
        assert more.tickets[0].message.carrier.sequence == 2
        found = {each.message_id async for each in new.picture()}
        assert found == {more.states[0][0], theirs.states[0][0]}
        await new.close()

    asyncio.run(story())


def before_pictures(kind, path, server):
    """Takes away what the version before did not write."""
    if kind == "sqlite":
        with sqlite3.connect(path) as db:
            db.execute("drop table picture")
            db.execute("delete from meta where name = 'picture'")
        return
    for key in ("picture", "shown", "drawn"):
        server.ask(f"DEL {{cn-jiaxing}}:{key}")


@pytest.mark.parametrize("kind", ["sqlite", "redis"])
def test_a_ledger_of_the_version_before_shows_its_journal_after_the_upgrade(request, tmp_path, clock, kind):
    server = request.getfixturevalue("redis") if kind == "redis" else None

    def opened():
        return Redis(server.url, "cn-jiaxing", clock) if server else Sqlite(tmp_path / "ledger.db", "cn-jiaxing", clock)

    async def story():
        old = opened()
        (one,), (two,) = await old.accept([taking(incident("1"))]), await old.accept([taking(incident("2"))])
        clock.forward(seconds=1)
        rain, later = relayed(alert(), 8), relayed(alert().model_copy(update={"note": "later"}), 7)
        await old.accept([rain])
        clock.forward(seconds=1)
        await old.accept([later, relayed(full(Receipt), 1)])
        await old.close()
        before_pictures(kind, tmp_path / "ledger.db", server)
        for _ in range(2):
            new = opened()
            await new.oldest([])
            found = {each.message_id async for each in new.picture()}
            assert found == {two.states[0][0], later.envelope.message_id}
            _, shown = await new.since(0, 100)
            assert found <= {each.message_id for each in shown}
            await new.close()
        assert one.states[0][0] not in found

    asyncio.run(story())


@pytest.mark.parametrize("point", ["accept-begun", "accept-written"])
def test_a_step_that_breaks_off_leaves_nothing_of_it(tmp_path, clock, monkeypatch, point):
    def broken(name):
        if name == point:
            raise RuntimeError(name)

    async def story():
        ledger = Sqlite(tmp_path / "ledger.db", "cn-jiaxing", clock)
        item = relayed(incident(), 1)
        with monkeypatch.context() as patch:
            patch.setattr(crash, "point", broken)
            with pytest.raises(Exception, match=point):
                await ledger.accept([item])
        assert await ledger.heads() == []
        assert await ledger.sum() == []
        assert [each async for each in ledger.picture()] == []
        (outcome,) = await ledger.accept([item])
        assert outcome.states[0][1] == "accepted"
        assert adds_up(await ledger.sum())
        await ledger.close()

    asyncio.run(story())
