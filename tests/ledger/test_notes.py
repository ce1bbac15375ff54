"""What links remember: with what they say, or by itself; in every ledger."""

import asyncio
from dataclasses import replace

from messages import alert, incident, taking

from bridge.ledger import Note
from bridge.ledger.side import Sided


def test_what_is_noted_with_a_piece_is_remembered_with_it(with_ledger):
    async def story(ledger):
        await ledger.accept([replace(taking(incident()), note=Note("snapshot/a", b"\x00one"))])
        await ledger.accept([replace(taking(), key="nothing said", note=Note("snapshot/ab", b"two"))])
        await ledger.note(Note("drift/a", b"three"))
        assert await ledger.notes("snapshot/") == {"snapshot/a": b"\x00one", "snapshot/ab": b"two"}
        assert await ledger.notes("") == {"snapshot/a": b"\x00one", "snapshot/ab": b"two", "drift/a": b"three"}

    with_ledger(story)


def test_the_last_note_counts_and_a_piece_known_already_notes_nothing(with_ledger):
    async def story(ledger):
        piece = taking(incident(), key="known")
        await ledger.accept([replace(piece, note=Note("n", b"first"))])
        await ledger.note(Note("n", b"second"))
        await ledger.accept([replace(piece, note=Note("n", b"again"))])
        assert await ledger.notes("n") == {"n": b"second"}

    with_ledger(story)


def test_a_note_is_there_in_the_next_life_and_is_never_forgotten(ledger_at, clock):
    async def lives():
        first = ledger_at()
        await first.note(Note("n", b"x"))
        await first.close()
        clock.forward(days=400)
        second = ledger_at()
        await second.prune(clock(), 1000)
        assert await second.notes("n") == {"n": b"x"}
        await second.close()

    asyncio.run(lives())


def test_what_was_noted_while_redis_was_away_is_what_redis_knows_when_it_is_back(own_redis, tmp_path, clock, monkeypatch):
    monkeypatch.setattr("bridge.ledger.side.PATIENCE", 30)

    def opened():
        return Sided(tmp_path / "side.db", own_redis.url, "cn-jiaxing", clock)

    async def story():
        ledger = opened()
        await ledger.accept([replace(taking(alert("a")), note=Note("n", b"before"))])
        own_redis.kill()
        clock.forward(seconds=1)
        await ledger.accept([replace(taking(alert("b")), note=Note("n", b"meanwhile"))])
        await ledger.close()
        own_redis.start()
        ledger = opened()
        assert await ledger.notes("n") == {"n": b"meanwhile"}
        await ledger.close()

    asyncio.run(story())
