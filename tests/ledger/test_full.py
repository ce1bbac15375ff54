"""A SQLite ledger when the disk is full: SQLite has then ended the transaction itself."""

import asyncio

import pytest
from messages import adds_up, incident, taking

from bridge.errors import Unavailable
from bridge.ledger.sqlite import Sqlite
from bridge.ledger.sqlite_step import Step

FULL = "create temp trigger full before insert on journal begin select raise(rollback, 'database or disk is full'); end"


def test_a_full_disk_is_named_as_the_reason_and_harms_nothing(tmp_path, clock):
    async def story():
        ledger = Sqlite(tmp_path / "ledger.db", "cn-jiaxing", clock)
        await ledger.accept([taking(incident())])
        await ledger.worker.run(Step.do, FULL)
        with pytest.raises(Unavailable, match="disk is full"):
            await ledger.accept([taking(incident("meanwhile"))])
        await ledger.worker.run(Step.do, "drop trigger full")
        (outcome,) = await ledger.accept([taking(incident("afterwards"))])
        assert outcome.states[0][1] == "accepted"
        assert adds_up(await ledger.sum())
        await ledger.close()

    asyncio.run(story())
