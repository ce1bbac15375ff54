"""Every alarm and every rule of deploy/prometheus is provoked on a hub that runs, and ends when what provoked it has ended."""

import asyncio
import json
import shutil
import signal
import sqlite3
import subprocess
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from hubs import alert, settings
from playing import Partner, until
from prometheus_client.parser import text_string_to_metric_families
from servers import free_port, mosquitto

from bridge import alarms, app, wire
from bridge import settings as loading
from bridge.bus import Publication
from bridge.bus.mqtt import Connection, address
from bridge.presence import Peer
from bridge.records import Presence
from bridge.vitals import Link, Steady, Vitals

RULES = Path(__file__).parents[2] / "deploy/prometheus/rules.yml"
PHASES = {"before": 20, "during": 20, "after": 80}
"""Scrapes of 15 s for which each phase lasts, as Prometheus is told."""
OPEN = "topic readwrite #\n"
DEAF = "topic readwrite rb/1/ask/#\ntopic readwrite rb/1/state/#\n"
PEER = "cn-shanghai"
LONG = 3600.0
RULE_OF = {
    "slow": "RegionbusUrgentSlow",
    "letters": "RegionbusDeadLetters",
    "link": "RegionbusLinkDown",
    "waits": "RegionbusWaits",
    "silent": "RegionbusSilent",
    "drops": "RegionbusBrokerDrops",
    "clock": "RegionbusClock",
    "jump": "RegionbusClockJump",
    "gap": "RegionbusGapOpen",
    "ledger": "RegionbusLedgerAway",
    "mute": "RegionbusBusMute",
    "bus": "RegionbusBusDown",
}


class Stage:
    """A hub, what it is tied to, and what was seen of it in each phase of each fault."""

    def __init__(self, folder, broker, partner, hub, port):
        self.folder, self.broker, self.partner, self.hub, self.port = folder, broker, partner, hub, port
        self.seen = {}

    async def scrape(self):
        try:
            async with httpx.AsyncClient(timeout=5) as client:
                answer = await client.get(f"http://127.0.0.1:{self.port}/metrics")
        except httpx.HTTPError:
            return {'up{instance="hub",job="regionbus"}': 0}
        found = {'up{instance="hub",job="regionbus"}': 1}
        for family in text_string_to_metric_families(answer.text):
            for sample in family.samples:
                labels = ",".join(f'{name}="{value}"' for name, value in ({"instance": "hub", "job": "regionbus"} | sample.labels).items())
                found[f"{sample.name}{{{labels}}}"] = sample.value
        return found

    def raised(self):
        return sorted(cause.code for cause in self.hub.watch.raised)

    async def fault(self, code, begin, end, name=None):
        """One fault: exactly its alarm is raised, once, and cleared, once."""
        await until(self.all_heard, 30)
        before, known = await self.scrape(), len(self.hub.watch.over)
        await begin()
        await until(lambda: self.raised(), 30)
        await asyncio.sleep(0.5)  # for whatever follows from it
        during = await self.scrape()
        assert self.raised() == [code]
        assert f'regionbus_alarms{{instance="hub",job="regionbus",code="{code}"}}' in during
        await end()
        calm, alarms.CALM[code] = alarms.CALM[code], 0.6  # what is seen by its growth is over when we say so
        await until(lambda: not self.raised(), 30)
        alarms.CALM[code] = calm
        await asyncio.sleep(0.5)
        self.seen[name or code] = (RULE_OF[code], (before, during, await self.scrape()))
        assert [alarm.code for alarm in list(self.hub.watch.over)[: len(self.hub.watch.over) - known]] == [code]

    async def all_heard(self):
        """Whether the broker has brought back everything: what it still owes when it is stopped would look forgotten."""
        return not await self.hub.ledger.unheard(app.now(), 1)

    def drop(self, name, data):
        (self.folder / "hub/in" / name).write_bytes(data)

    async def rule(self, words):
        """The broker's rules for who may do what, from now on."""
        (self.folder / "acl").write_text(words)
        self.broker.process.send_signal(signal.SIGHUP)
        await asyncio.sleep(0.3)


class Clock:
    ahead = 0.0

    def __call__(self):
        return app.now() + timedelta(seconds=self.ahead)


@pytest.fixture
def eager(monkeypatch):
    """Alarms that are soon raised and soon over."""
    monkeypatch.setattr(alarms, "LASTS", dict.fromkeys(alarms.LASTS, 0.25))
    monkeypatch.setattr(alarms, "CALM", dict.fromkeys(alarms.CALM, 0.6))
    for code in ("slow", "drops", "letters"):
        monkeypatch.setitem(alarms.LASTS, code, 0.0)
        monkeypatch.setitem(alarms.CALM, code, LONG)
    monkeypatch.setattr(alarms, "LOOK", 0.1)


@asynccontextmanager
async def staged(folder, broker, partner, clock):
    port = free_port()
    path = settings(folder / "hub", broker.url, port=port, way_out=f'http = "{partner.url}"')
    hub = app.App(loading.load(path), clock=clock)
    hub.hub.presences.peers[PEER] = Peer()
    hub.watched.jump = float  # these stories lead the clock on to let time pass
    async with hub.running():
        stage = Stage(folder, broker, partner, hub, port)
        await until(lambda: hub.canary.seconds is not None, 30)
        await asyncio.sleep(0.3)
        yield stage


async def nothing():
    pass


async def faults_of_messages(stage, clock):
    def later(_):
        clock.ahead += 6
        return 200

    async def slow():
        stage.partner.answers[:] = [later]
        stage.drop("slow.xml", alert("slow"))

    await stage.fault("slow", slow, nothing)

    async def rubbish():
        stage.drop("rubbish.xml", b"<x")

    await stage.fault("letters", rubbish, nothing)


async def faults_of_the_partner(stage, clock):
    async def away():
        stage.partner.answers[:] = [503] * 1000
        stage.drop("away.xml", alert("away"))

    async def back():
        stage.partner.answers.clear()
        await until(lambda: len(stage.partner.accepted) == 3, 30)

    await stage.fault("link", away, back)

    async def held():
        stage.partner.answers[:] = [hold]
        stage.drop("held.xml", alert("held"))
        await until(lambda: stage.partner.answers == [], 30)
        clock.ahead += 120

    loop, ended = asyncio.get_running_loop(), asyncio.Event()

    def hold(_):
        asyncio.run_coroutine_threadsafe(ended.wait(), loop).result()
        return 200

    async def let_go():
        ended.set()
        await until(lambda: len(stage.partner.accepted) == 4, 30)

    await stage.fault("waits", held, let_go)

    async def hour():
        clock.ahead += 2 * 3600

    async def heard():
        stage.drop("heard.xml", alert("heard"))

    await stage.fault("silent", hour, heard)
    clock.ahead = 0


async def faults_of_the_broker(stage):
    async def refuse():
        await stage.rule(DEAF + "topic read rb/1/data/#\n")
        stage.drop("refused.xml", alert("refused"))

    async def allow():
        await stage.rule(OPEN)

    await stage.fault("drops", refuse, allow)

    async def forget():
        await stage.rule(DEAF + "topic write rb/1/data/#\n")
        stage.drop("forgotten.xml", alert("forgotten"))

    await stage.fault("drops", forget, allow, "forgotten")
    await until(lambda: len(stage.partner.accepted) == 7, 30)

    async def freeze():
        stage.broker.process.send_signal(signal.SIGSTOP)

    async def thaw():
        stage.broker.process.send_signal(signal.SIGCONT)

    await stage.fault("mute", freeze, thaw)

    async def stop():
        stage.broker.stop()

    async def start():
        stage.broker.start()

    await stage.fault("bus", stop, start)


async def faults_of_neighbours_and_ledger(stage):
    voice = Connection(address(stage.broker.url), "voice")

    async def say(seconds):
        for number in range(40):
            at = app.now() + timedelta(seconds=seconds + number / 1000)
            said = Presence(hub=PEER, agency=PEER, system_name="regionbus", generation=1, state="Online", at=at)
            await voice.publish([Publication(f"rb/1/state/{PEER}/presence", wire.encode(said))])

    await stage.fault("clock", lambda: say(5), lambda: say(0))

    async def leap():
        stage.hub.watched.jump = Steady(lambda: app.now() + timedelta(seconds=ahead[0])).jump
        ahead[0] = -30

    async def set_right():
        ahead[0] = 0

    ahead = [0]
    await stage.fault("jump", leap, set_right)
    await voice.close()

    async def gap():
        stage.hub.watched.gaps = lambda: {PEER: [75.0]}

    async def closed():
        stage.hub.watched.gaps = dict

    await stage.fault("gap", gap, closed)
    lock = sqlite3.connect(stage.folder / "hub/regionbus.db", isolation_level=None)

    async def hold():
        lock.execute("begin immediate")

    async def release():
        lock.execute("rollback")

    await stage.fault("ledger", hold, release)
    lock.close()


def numbers(values):
    """What Prometheus saw of one series, in promtool's words; ``_`` is nothing, and what was there before ended with it."""
    words, last = [], None
    for value, times in zip(values, PHASES.values(), strict=True):
        if value is None:
            words.append(f"_x{times}" if last is None else f"stale _x{times - 1}")
        else:
            words.append(f"{value}+0x{times - 1}".replace("inf", "Inf"))
        last = value
    return " ".join(words)


def judged(seen):
    """The tests of promtool: before, nothing fires; during, the one rule, once; after, nothing."""
    tests = []
    for rule, phases in seen.values():
        series = sorted(each for each in set().union(*phases) if each.partition("{")[0] in RULES.read_text())  # others cannot matter
        at, moments = 0, []
        for times in PHASES.values():
            at += 15 * times
            moments.append(f"{at - 15}s")
        wanted = [[], [{"labels": f'{{alertname="{rule}"}}', "value": 1}], []]
        expr = 'count by (alertname) (ALERTS{alertstate="firing"})'
        tests.append(
            {
                "interval": "15s",
                "input_series": [{"series": each, "values": numbers([phase.get(each) for phase in phases])} for each in series],
                "promql_expr_test": [
                    {"expr": expr, "eval_time": moment, "exp_samples": found} for moment, found in zip(moments, wanted, strict=True)
                ],
            }
        )
    return {"rule_files": [str(RULES)], "evaluation_interval": "15s", "tests": tests}


def promtool(folder, seen, rules=RULES):
    program = shutil.which("promtool")
    assert program, "promtool is not installed: run 'make servers'"
    file = folder / "rules-test.yml"
    file.write_text(json.dumps(judged(seen) | {"rule_files": [str(rules)]}))
    return subprocess.run([program, "test", "rules", str(file)], capture_output=True, text=True, check=False)


@pytest.mark.parametrize(("up", "codes"), [(True, ["gap"]), (False, ["link"])])
def test_a_gap_at_a_peer_that_is_away_is_no_cause_of_its_own(up, codes):
    none = alarms.Counts(0, {}, (0,) * 16)
    now = Vitals({}, [], [Link(f"relay/{PEER}", "in", up, 0.0)], {}, 0.0, {PEER: [75.0]}, {})
    assert [cause.code for cause, _ in alarms.causes(now, none, none)] == codes


def test_each_fault_raises_its_one_alarm_and_fires_its_one_rule_and_ends(tmp_path, eager):
    clock, seen = Clock(), {}
    (tmp_path / "acl").write_text(OPEN)

    async def story(broker, partner):
        async with staged(tmp_path, broker, partner, clock) as stage:
            stage.drop("first.xml", alert("first"))
            await until(lambda: len(partner.accepted) == 1, 30)
            await faults_of_messages(stage, clock)
            await faults_of_the_partner(stage, clock)
            await faults_of_the_broker(stage)
            await faults_of_neighbours_and_ledger(stage)
            seen.update(stage.seen)
            before = await stage.scrape()
        during = await stage.scrape()
        async with staged(tmp_path, broker, partner, clock) as stage:
            seen["away"] = ("RegionbusHubAway", (before, during, await stage.scrape()))

    with mosquitto(tmp_path / "broker", more=f"acl_file {tmp_path}/acl\n") as broker, Partner() as partner:
        asyncio.run(story(broker, partner))
    assert {rule for rule, _ in seen.values()} == {*RULE_OF.values(), "RegionbusHubAway"}
    found = promtool(tmp_path, seen)
    assert found.returncode == 0, found.stdout + found.stderr
    deaf = tmp_path / "deaf.yml"
    deaf.write_text(RULES.read_text().replace("regionbus_link_up == 0\n", "regionbus_link_up == 2\n"))
    assert promtool(tmp_path, {"link": seen["link"]}, deaf).returncode == 1, "a rule that fires never must be seen"
