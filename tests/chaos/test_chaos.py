"""Random faults that overlap; and six defects, each of which the harness must notice for the right reason, with either ledger."""

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from bridge.bugs import BUGS
from bridge.chaos.schedule import Fault
from bridge.chaos.story import Plan, run

SHORT = 2.0
"""Seconds to wait for what will never come."""
AT_ONCE = 2
"""Runs side by side: most of their time is waiting."""
KILLS = [
    Fault(1.0, 0, "bridge-crash", "sealed:3"),
    *(Fault(at, 0, "bridge-kill", target=target) for at, target in ((2.0, 1), (3.0, 0), (4.0, 1), (5.0, 0), (5.6, 1))),
]
POWER = [Fault(0.5, 3.5, "partner-dead"), Fault(2.5, 0.1, "redis-kill"), Fault(2.5, 0, "bridge-kill"), Fault(2.5, 0, "bridge-kill", target=1)]
FORGETFUL = [Fault(1, 4, "broker-tiny"), Fault(2.5, 0.2, "broker-forget"), Fault(3.5, 0.2, "broker-forget")]
AWAY = [Fault(0.5, 0.5, "partner-busy"), Fault(1.5, 0.5, "partner-dead"), Fault(2.5, 0.5, "partner-mute")]
PLANS = {
    "kills-sqlite": Plan(KILLS, 6, rate=300),
    "kills-redis": Plan(KILLS, 6, "redis", rate=300),
    "power-redis": Plan(POWER, 4.5, "redis", rate=300),
    "forgetful-sqlite": Plan(FORGETFUL, 5.5, rate=500),
    "away-redis": Plan(AWAY, 3.5, "redis"),
    "flood-sqlite": Plan([Fault(0.5, 8, "proxy-cut")], 9, rate=1500, crowd=2000),
}
CAUGHT = {
    "ack-before-commit": ("kills-sqlite", "lost"),
    "remember-before-hand-over": ("kills-redis", "lost"),
    "puback-is-delivery": ("forgetful-sqlite", "lost"),
    "no-fsync": ("power-redis", "lost"),
    "swallowed-exception": ("away-redis", "lost"),
    "unbounded-queue": ("flood-sqlite", "unbounded"),
}


@pytest.fixture(scope="module", autouse=True)
def minutes(tmp_path_factory):
    """A minute with each ledger, as an operator runs it; under way while the defects are looked for."""
    command = [sys.executable, "-m", "bridge.cli", "chaos", "--minutes", "1", "--json"]
    running = {}
    for seed, ledger in ((7, "sqlite"), (8, "redis")):
        kept = tmp_path_factory.mktemp(ledger) / "kept"
        words = [*command, "--seed", str(seed), "--ledger", ledger, "--keep", str(kept)]
        running[ledger] = kept, subprocess.Popen(words, stdout=subprocess.PIPE, text=True, env=os.environ | {"REGIONBUS_BUG": ""})
    yield running
    for _, process in running.values():
        process.terminate()
        process.wait(30)


@pytest.fixture(scope="module")
def runs():
    """Every plan that catches something, without and with its defect."""
    plans = {plan: PLANS[plan] for plan, _ in CAUGHT.values()}
    plans |= {bug: Plan(**{**vars(PLANS[plan]), "bug": bug, "patience": SHORT}) for bug, (plan, _) in CAUGHT.items()}
    with ThreadPoolExecutor(AT_ONCE) as pool:
        yield dict(zip(plans, pool.map(run, plans.values()), strict=True))


@pytest.mark.parametrize("bug", BUGS)
def test_a_defect_is_caught_for_the_right_reason(runs, bug):
    assert CAUGHT[bug][1] in runs[bug].findings.wrong


@pytest.mark.parametrize("plan", [plan for plan, _ in CAUGHT.values()])
def test_the_same_faults_without_a_defect_do_no_harm(runs, plan):
    findings = runs[plan].findings
    assert findings.wrong == [], vars(findings)
    assert findings.accepted > 100


def test_the_faults_hit_what_they_aim_at(runs):
    assert runs["kills-sqlite"].lives >= 4
    assert runs["kills-redis"].lives >= 5
    assert runs["forgetful-sqlite"].events["reoffered"] > 0
    assert sum(run.findings.absorbed for run in runs.values()) > 0


@pytest.mark.parametrize("ledger", ["sqlite", "redis"])
def test_a_minute_of_faults_that_overlap_loses_nothing_and_doubles_nothing(minutes, ledger):
    kept, process = minutes[ledger]
    told, _ = process.communicate(timeout=300)
    found = json.loads(told)
    assert (process.returncode, found["wrong"]) == (0, []), told
    assert found["faults"] >= 35
    assert found["overlapping_percent"] >= 30
    assert found["accepted"] > 1000
    assert found["absorbed"] > 0
    assert found["lives"] > 5
    assert found["recovery_seconds"]["max"] < 15
    assert found["machine"].count("mosquitto") == 1
    assert not os.path.ismount(kept / "disk")
