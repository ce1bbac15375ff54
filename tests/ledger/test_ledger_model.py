"""A ledger against a model of a few dictionaries: whatever is done to it in whatever order, killed or not, both say the same."""

import asyncio
import itertools
import shutil
import tempfile
import time
from collections import Counter
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from conftest import Clock
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test
from messages import adds_up, alert, heard, incident, state, summed, taking

from bridge.errors import Malformed
from bridge.ledger import Owed, Settlement, bus_queue, outlet_queue
from bridge.ledger import redis as redis_ledger
from bridge.ledger.redis import Redis
from bridge.ledger.sqlite import Sqlite

VERDICT = Malformed("missing", "id").verdict
HUB = "cn-jiaxing"
LANES = {"incident": "normal", "alert": "urgent", "resource-state": "bulk"}
NEWEST_WINS = {"incident", "resource-state"}
PARTNER, STRANGER = "cn-partner", "cn-stranger"
WEEK = timedelta(days=7)
ENDS = ("delivered", "refused", "expired", "set aside")
pick = st.integers(0, 99)


def record(kind, subject, word, revision):
    match kind:
        case "incident":
            return incident(word, revision=revision, subject=subject)
        case "alert":
            return alert(subject).model_copy(update={"note": word})
    return state({"a": "EnRoute", "b": "OnScene", "c": "Returning"}[word], subject)


RECORDS = st.builds(record, st.sampled_from(sorted(LANES)), st.sampled_from("xy"), st.sampled_from("abc"), st.sampled_from([None, 1, 2]))


class SqliteFile:
    """A ledger in a file. Who takes over after a kill finds the bytes that were on the disk at that moment."""

    forgets = True
    """By the hub's clock; Redis forgets what was said, and under which key, by its own."""

    def __init__(self, clock):
        self.clock, self.folder, self.lives = clock, Path(tempfile.mkdtemp()), 0

    def open(self):
        self.lives += 1
        return Sqlite(self.folder / f"{self.lives}.db", HUB, self.clock)

    def after_kill(self):
        for end in ("", "-wal"):
            old = self.folder / f"{self.lives}.db{end}"
            if old.exists():
                shutil.copy(old, self.folder / f"{self.lives + 1}.db{end}")
        return self.open()

    def close(self):
        shutil.rmtree(self.folder)


class RedisServer:
    """A ledger on a server. Who takes over after a kill is another process, which waits until the lease has ended."""

    forgets = False

    def __init__(self, clock, server):
        self.clock, self.server, self.lives = clock, server, 0
        server.ask("FLUSHALL")

    def open(self):
        self.lives += 1
        return Redis(self.server.url, HUB, self.clock, process=str(self.lives))

    def after_kill(self):
        time.sleep(redis_ledger.LEASE / 1000 + 0.005)
        return self.open()

    def close(self):
        pass


class Row:
    """One message in one queue."""

    def __init__(self, message, queue, recipient, stage):
        self.message, self.queue, self.recipient, self.stage, self.due = message, queue, recipient, stage, None


class Model(RuleBasedStateMachine):
    """What should be, beside what is."""

    def __init__(self, place, clock):
        super().__init__()
        self.place, self.clock, self.keys = place(clock), clock, itertools.count()
        self.loop = asyncio.new_event_loop()
        self.taken, self.said, self.newest = {}, {}, {}
        self.messages = {}
        """Id → kind, subject, sequence, time; of all that has a place in its stream or is superseded."""
        self.rows, self.asides, self.forgotten, self.repeated = [], {}, set(), 0

    def do(self, call):
        return self.loop.run_until_complete(call)

    @initialize()
    def begin(self):
        self.ledger = self.place.open()

    # ---- what it should be

    def row(self, queue, message):
        return next((row for row in self.rows if (row.queue, row.message) == (queue, message)), None)

    def say(self, sealed):
        """State and id, as it should be; the id of a new message is not foreseen."""
        kind, subject = sealed.envelope.kind, sealed.envelope.subject
        last = self.said.get((kind, subject))
        if last and last.digest == sealed.digest:
            last.at = self.clock()
            self.repeated += 1
            return "repeated", last.message
        old, new = last and last.revision, sealed.revision
        message = sealed.envelope.message_id
        late = kind in NEWEST_WINS and old is not None and new is not None and new < old
        before = max((each.sequence for each in self.messages.values() if each.kind == kind), default=0)
        self.messages[message] = SimpleNamespace(kind=kind, subject=subject, sequence=0 if late else before + 1, at=self.clock())
        if late:
            self.rows.append(Row(message, "bus/late", "bus", "superseded"))
            return "superseded", message
        self.said[kind, subject] = SimpleNamespace(digest=sealed.digest, message=message, revision=new, at=self.clock())
        self.rows.append(Row(message, bus_queue(LANES[kind]), "bus", "waiting"))
        return "accepted", message

    def late(self, queue, message):
        found = self.messages[message]
        key = queue, found.kind, found.subject
        if found.kind not in NEWEST_WINS:
            return False
        if key in self.newest and self.newest[key].sequence > found.sequence:
            return True
        self.newest[key] = SimpleNamespace(sequence=found.sequence, at=self.clock())
        return False

    def owe(self, message, queue):
        """What waits for a partner after it was heard; of a resource only the newest state."""
        if self.row(queue, message):
            return
        found, late = self.messages[message], self.late(queue, message)
        if found.kind == "resource-state" and not late:
            for row in self.rows:
                if row.queue == queue and row.stage == "waiting" and self.messages[row.message].subject == found.subject:
                    row.stage = "superseded"
        self.rows.append(Row(message, queue, PARTNER, "superseded" if late else "waiting"))

    def due(self, queue):
        """The ids that should be handed out, in order."""
        held, found = set(), []
        for row in self.rows:
            if row.queue == queue and row.stage == "waiting":
                subject = self.messages[row.message].subject
                if row.due and row.due > self.clock():
                    held.add(subject)
                if subject not in held:
                    found.append(row.message)
        return found

    def queues(self):
        return sorted({row.queue for row in self.rows if row.stage == "waiting"})

    def sums(self):
        found = Counter({("bus", "repeated"): self.repeated})
        for row in self.rows:
            found[row.recipient, "owed"] += 1
            found[row.recipient, row.stage] += 1
        return {key: many for key, many in found.items() if many}

    # ---- what is done

    @rule(records=st.lists(RECORDS, min_size=1, max_size=3))
    def accept(self, records):
        self.clock.forward(milliseconds=5)
        piece = taking(*records, key=f"key-{next(self.keys)}", now=self.clock())
        wanted = tuple(self.say(sealed)[::-1] for sealed in piece.sealed)
        (outcome,) = self.do(self.ledger.accept([piece]))
        assert outcome.states == wanted
        self.taken[piece.key] = SimpleNamespace(piece=piece, states=outcome.states, at=self.clock())
        self.check()

    @precondition(lambda self: self.taken)
    @rule(which=pick)
    def accept_the_same_piece(self, which):
        old = list(self.taken.values())[which % len(self.taken)]
        (outcome,) = self.do(self.ledger.accept([old.piece]))
        assert (outcome.again, outcome.states, outcome.tickets) == (True, old.states, ())
        self.check()

    @precondition(lambda self: any(each.sequence and key not in self.forgotten for key, each in self.messages.items()))
    @rule(which=pick)
    def hear(self, which):
        known = [key for key, each in self.messages.items() if each.sequence and key not in self.forgotten]
        message = known[which % len(known)]
        lane = LANES[self.messages[message].kind]
        found = self.do(self.ledger.message(message))
        partner, stranger = outlet_queue("partner", lane), outlet_queue("stranger", lane)
        self.do(self.ledger.accept([heard(SimpleNamespace(message=found), Owed(partner, PARTNER), Owed(stranger, STRANGER, "withheld", "mode"))]))
        self.owe(message, partner)
        if not self.row(stranger, message):
            self.rows.append(Row(message, stranger, STRANGER, "withheld"))
        self.check()

    def tickets(self, which, many):
        queues = self.queues()
        return self.do(self.ledger.waiting(queues[which % len(queues)], many)) if queues else []

    @rule(which=pick, many=st.integers(1, 4), stage=st.sampled_from(ENDS), twice=st.booleans())
    def settle(self, which, many, stage, twice):
        tickets = self.tickets(which, many)
        ends = [Settlement(ticket, stage, VERDICT, ticket.message.carrier.envelope) for ticket in tickets]
        for _ in range(1 + twice):
            self.do(self.ledger.settle(ends))
        for ticket in tickets:
            self.row(ticket.queue, ticket.message.message_id).stage = stage
        if stage == "set aside" and tickets:
            shelf = self.do(self.ledger.asides(len(tickets)))[::-1]
            assert [(each.link, each.message_id) for each in shelf] == [(each.queue, each.message.message_id) for each in tickets]
            self.asides.update((each.number, SimpleNamespace(queue=each.link, message=each.message_id, end=None, at=self.clock())) for each in shelf)
        self.check()

    @rule(which=pick)
    def put_off(self, which):
        tickets = self.tickets(which, 2)
        until = self.clock() + timedelta(seconds=30)
        self.do(self.ledger.defer(tickets, until))
        for ticket in tickets:
            self.row(ticket.queue, ticket.message.message_id).due = until
        self.check()

    @precondition(lambda self: self.asides)
    @rule(which=pick)
    def retry(self, which):
        number = list(self.asides)[which % len(self.asides)]
        dead = self.asides[number]
        row = self.row(dead.queue, dead.message)
        moves = row.stage == "set aside" and not dead.end
        if moves:
            late = row.queue.startswith("outlet/") and self.late(row.queue, row.message)
            row.stage, row.due, dead.end = "superseded" if late else "waiting", None, "retried"
        found = self.do(self.ledger.retry(number))
        assert (found.stage, found.now) == ("dropped" if dead.end == "dropped" else row.stage, moves)
        self.check()

    @precondition(lambda self: self.asides)
    @rule(which=pick)
    def drop(self, which):
        number = list(self.asides)[which % len(self.asides)]
        dead = self.asides[number]
        dead.end = dead.end or "dropped"
        assert self.do(self.ledger.drop(number, "no use")).how == dead.end
        self.check()

    @rule(seconds=st.sampled_from([10, 31]))
    def time_passes(self, seconds):
        self.clock.forward(seconds=seconds)
        self.check()

    @rule(days=st.sampled_from([1, 4, 8]))
    def days_pass_and_the_old_is_forgotten(self, days):
        self.clock.forward(days=days)
        before = self.clock() - WEEK
        while self.do(self.ledger.prune(before, 100)) == 100:
            pass
        if self.place.forgets:
            for memory in (self.taken, self.said, self.newest):
                for key in [key for key, each in memory.items() if each.at < before]:
                    del memory[key]
        self.asides = {number: dead for number, dead in self.asides.items() if dead.at >= before}
        assert sorted(each.number for each in self.do(self.ledger.asides(1000, ended=True))) == sorted(self.asides)
        assert self.do(self.ledger.shelved()) == sum(not dead.end for dead in self.asides.values())
        kept = {row.message for row in self.rows if row.stage == "waiting"} | {dead.message for dead in self.asides.values()}
        gone = {message for message in self.messages.keys() - self.forgotten if self.do(self.ledger.message(message)) is None}
        assert not gone & kept
        assert all(self.messages[message].at < before for message in gone)
        self.forgotten |= gone
        self.check()

    @rule()
    def replay(self):
        for kind, lane in LANES.items():
            wanted = [
                (key, each.sequence) for key, each in self.messages.items() if each.kind == kind and each.sequence and key not in self.forgotten
            ]
            if not wanted:
                continue
            carrier = self.do(self.ledger.message(wanted[0][0])).carrier
            assert carrier.stream == f"cn-jiaxing-fire/full/actual/{lane}"
            found = self.do(self.collected(carrier.stream, carrier.epoch))
            assert [(each.message_id, each.carrier.sequence) for each in found] == wanted

    async def collected(self, stream, epoch):
        return [each async for each in self.ledger.replay(stream, epoch, 1, 10_000)]

    @rule()
    def kill(self):
        dead, self.ledger = self.ledger, self.place.after_kill()
        self.do(self.bury(dead))
        self.check()

    async def bury(self, dead):
        """Lets go of what a killed process would have held, without a word to the ledger."""
        if isinstance(dead, Sqlite):
            await dead.close()
            return
        if dead.task:
            dead.task.cancel()
        await dead.client.aclose()

    def check(self):
        """The sum, and what waits for whoever asks first."""
        queues = self.queues()
        fates, *waiting = self.do(self.together(self.ledger.sum(), *(self.ledger.waiting(queue, 1000) for queue in queues)))
        assert adds_up(fates)
        assert summed(fates) == self.sums()
        for queue, tickets in zip(queues, waiting, strict=True):
            assert [ticket.message.message_id for ticket in tickets] == self.due(queue)

    async def together(self, *calls):
        return await asyncio.gather(*calls)

    def teardown(self):
        self.do(self.ledger.close())
        self.loop.close()
        self.place.close()


@pytest.mark.parametrize("kind", ["sqlite", "redis"])
def test_a_ledger_does_what_a_few_dictionaries_say(kind, request, monkeypatch):
    monkeypatch.setattr(redis_ledger, "LEASE", 20)
    server = request.getfixturevalue("running_redis") if kind == "redis" else None

    def machine():
        return Model((lambda clock: RedisServer(clock, server)) if server else SqliteFile, Clock())

    run_state_machine_as_test(machine, settings=settings(max_examples=25, stateful_step_count=40))
