"""Kill -9 at every named place of a message's way: what was accepted arrives, none of it twice."""

import asyncio
import re
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from hubs import Hub, alert, settings, wait_for
from servers import Mosquitto

from bridge import crash
from bridge.app import now
from bridge.ledger import Settlement
from bridge.ledger.sqlite import Sqlite

ALERTS = 6
NTH = 2
KILLED = (-9, 255)
"""A fork server that is asked too late says 255 of a child that a signal ended."""
ON_THE_WAY = [point for point in crash.POINTS if point != "reoffered"]
IDENTIFIER = re.compile(r"<identifier>(.*?)</identifier>")


def survive(folder, point):
    """Lets a hub die at a point, starts it again, and says what the partner has."""
    broker = Mosquitto(folder / "broker").start()
    try:
        path = settings(folder, broker.url)
        (folder / "in").mkdir()
        hub = Hub(path, crash_at=f"{point}:{NTH}")
        for number in range(ALERTS):
            (folder / "in" / f"{number}.xml").write_bytes(alert(f"alert-{number}"))
            if number % 2:
                wait_for(lambda number=number: not hub.alive or not (folder / "in" / f"{number}.xml").exists())
        wait_for(lambda: not hub.alive, 30)
        died = hub.process.exitcode
        hub = Hub(path)
        wait_for(lambda: not list((folder / "in").glob("*.xml")) and len(received(folder)) >= ALERTS)
        assert hub.stop() == 0
        assert died in KILLED
        return received(folder)
    finally:
        broker.stop()


def received(folder):
    """How often each alert lies in the partner's folder."""
    files = [path for path in (folder / "out").glob("*.xml") if not path.name.startswith(".")]
    return Counter(IDENTIFIER.search(path.read_text())[1] for path in files)


@pytest.fixture(scope="module")
def survivals(tmp_path_factory):
    """All places at once: most of the time is waiting."""
    with ThreadPoolExecutor(6) as pool:
        folders = [tmp_path_factory.mktemp(point) for point in ON_THE_WAY]
        yield dict(zip(ON_THE_WAY, pool.map(attempt, folders, ON_THE_WAY), strict=True))


def attempt(folder, point):
    try:
        return survive(folder, point)
    except (AssertionError, TimeoutError) as error:
        return error


@pytest.mark.parametrize("point", ON_THE_WAY)
def test_whoever_dies_here_loses_nothing_and_doubles_nothing(survivals, point):
    outcome = survivals[point]
    if isinstance(outcome, Exception):
        raise outcome
    assert outcome == Counter({f"alert-{number}": 1 for number in range(ALERTS)})


def test_what_a_forgetful_broker_lost_is_offered_again_even_if_that_is_cut_short(tmp_path):
    broker = Mosquitto(tmp_path / "broker").start()
    path = settings(tmp_path, broker.url)
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "0.xml").write_bytes(alert("alert-0"))
    hub = Hub(path, crash_at="heard")
    wait_for(lambda: not hub.alive)
    broker.kill()
    broker.forget()
    asyncio.run(settle_all(tmp_path / "regionbus.db"))  # as if the broker's PUBACK had been delivery
    broker.start()
    hub = Hub(path, crash_at="reoffered")
    wait_for(lambda: not hub.alive)
    assert hub.process.exitcode in KILLED
    hub = Hub(path)
    wait_for(lambda: received(tmp_path))
    assert hub.stop() == 0
    broker.stop()
    assert received(tmp_path) == Counter({"alert-0": 1})


async def settle_all(path):
    ledger = Sqlite(path, "cn-jiaxing", now)
    await ledger.settle([Settlement(ticket, "delivered") for ticket in await ledger.waiting("bus/urgent", 100)])
    await ledger.close()


def test_every_named_place_is_passed_somewhere_in_the_code(root):
    code = "".join(path.read_text() for path in (root / "bridge").rglob("*.py") if path.name != "crash.py")
    assert [point for point in crash.POINTS if f'crash.point("{point}")' not in code] == []
