"""Hubs that are killed at a named place of a message's way, at its first, fifth and last message, and started again."""

import asyncio
import re
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

from hubs import CONTEXT, Hub, _serve, alert, settings, wait_for
from servers import Mosquitto

from bridge import crash
from bridge.app import ledger_of, now
from bridge.ledger import redis
from bridge.settings import load

ALERTS = 8
AT = (1, 5, ALERTS)
KILLED = (-9, 255)
"""A fork server that is asked too late says 255 of a child that a signal ended."""
OFFERED = ("reoffering", "reoffered")
"""Places that are passed once for each message offered again."""
RELAYED = ("relay-accepted",)
"""Places on the way from another hub (tests/stories/test_relay.py)."""
MERGED = ("adopted", "handed-over", "forgetting")
"""Places on the way from a side ledger to Redis."""
IDENTIFIER = re.compile(r"<identifier>(.*?)</identifier>")
LEDGERS = {"sqlite", "redis"}
WHOLE = {
    (recipient, stage): many
    for recipient, many in (("cn-shanghai-emergency", ALERTS), ("cn-jiaxing-weather", ALERTS), ("bus", 2 * ALERTS))
    for stage in ("owed", "delivered")
}
"""The sum when the partner has every alert and the author every receipt."""


def never(ledger):
    """Places that a hub with this ledger never passes, and why."""
    others = LEDGERS - {ledger}
    return {point: why for point, why in crash.ONLY.items() if why.partition(":")[0] in others}


def on_the_way(ledger):
    """Places that every message passes in these stories, from folder to folder."""
    return [point for point in crash.POINTS if point not in {*OFFERED, *MERGED, *RELAYED, *never(ledger)}]


class Life(Hub):
    """A life of a hub that can be told where to end."""

    def __init__(self, path, log):
        self.log = log
        self.orders, theirs = CONTEXT.Pipe()
        self.process = CONTEXT.Process(target=live, args=(path, theirs, log), daemon=True)
        self.process.start()

    def die_at(self, point):
        """From now on: at the next passing. Returns when the hub knows."""
        self.orders.send(point)
        self.orders.recv()


def live(path, orders, log):
    redis.PATIENCE = 10  # a machine that is busy with so many lives is no outage
    threading.Thread(target=obey, args=(orders,), daemon=True).start()
    _serve(path, "", log)


def obey(orders):
    with suppress(EOFError):
        crash.PLAN = orders.recv()
        orders.send("")


class World:
    """A hub between two folders, and its broker."""

    def __init__(self, folder, ledger_url):
        self.folder, self.sent = folder, 0
        self.broker = Mosquitto(folder / "broker").start()
        self.path = settings(folder, self.broker.url)
        words = self.path.read_text().replace("heads_seconds = 1", f'heads_seconds = 1\nledger = "{ledger_url}"\nside = "side.db"')
        self.path.write_text(words)
        (folder / "in").mkdir()
        self.deaths = []

    def live(self):
        self.hub = Life(self.path, self.folder / "log")
        return self.hub

    def end(self):
        if self.hub.alive:
            self.hub.kill()
        self.broker.stop()

    def say(self, upto):
        """One alert after another, as a system writes them."""
        for number in range(self.sent + 1, upto + 1):
            aside = self.folder / "in" / f".{number}.xml"
            aside.write_bytes(alert(f"alert-{number}"))
            aside.rename(aside.with_name(f"{number}.xml"))
        self.sent = upto

    def wait_until_all_arrived(self, hub):
        """The partner has all that was said, and the author every receipt; never more than once, not even for a moment."""

        def done():
            assert hub.alive, "the hub died where it should not"
            has = self.received()
            assert not has or max(has.values()) == 1, f"doubled: {has}"
            told = list((self.folder / "in" / "receipts").glob("*.json"))
            return len(has) == len(told) == self.sent and not list((self.folder / "in").glob("*.xml"))

        wait_for(done, 20)

    def received(self):
        """How often each alert lies in the partner's folder."""
        files = [path for path in (self.folder / "out").glob("*.xml") if not path.name.startswith(".")]
        return Counter(IDENTIFIER.search(path.read_text())[1] for path in files)

    def sums(self):
        """The ledger's sum by recipient and stage, after the hub has ended."""

        async def read():
            ledger = ledger_of(load(self.path), now)
            found = Counter()
            for fate in await ledger.sum():
                found[fate.recipient, fate.stage] += fate.many
            await ledger.close()
            return {key: many for key, many in found.items() if many}

        return asyncio.run(read())


def survive(folder, ledger_url, point):
    """A hub that dies at a point at its first, fifth and last message; the world in the end."""
    world = World(folder, ledger_url)
    try:
        hub = world.live().wait_until_started()
        for last in AT:
            world.say(last - 1)
            world.wait_until_all_arrived(hub)
            hub.die_at(point)
            world.say(last)
            wait_for(lambda hub=hub: not hub.alive, 20)
            world.deaths.append(hub.process.exitcode)
            hub = world.live()
        hub.wait_until_started()
        world.wait_until_all_arrived(hub)
        settled(world, hub)
    finally:
        world.end()
    return world


def pass_by(folder, ledger_url, point):
    """A hub that would die at a point, and never comes there."""
    world = World(folder, ledger_url)
    try:
        hub = world.live().wait_until_started()
        hub.die_at(point)
        world.say(ALERTS)
        world.wait_until_all_arrived(hub)
        settled(world, hub)
    finally:
        world.end()
    return world


def settled(world, hub):
    """Ends a hub in good order, once its ledger knows all of it, too; if it never does, the sum tells."""
    with suppress(TimeoutError):
        wait_for(lambda: world.sums() == WHOLE, 10)
    assert hub.stop() == 0


def attempts(work, folder, urls, points):
    """All places at once: most of the time is waiting."""

    def attempt(point):
        try:
            return work(folder / point, urls(point), point)
        except (AssertionError, TimeoutError) as error:
            return error

    with ThreadPoolExecutor(9) as pool:
        return dict(zip(points, pool.map(attempt, points), strict=True))


def assert_nothing_lost_or_doubled(outcome):
    if isinstance(outcome, Exception):
        raise outcome
    assert outcome.received() == Counter({f"alert-{number}": 1 for number in range(1, ALERTS + 1)})
    assert outcome.sums() == WHOLE
