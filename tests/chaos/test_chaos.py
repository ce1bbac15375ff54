"""Random faults that overlap; and six defects, each of which the harness must notice for the right reason."""

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from bridge.bugs import BUGS
from bridge.chaos.schedule import Fault, schedule
from bridge.chaos.story import Plan, run

SECONDS = 6
SHORT = 3.0
"""Seconds to wait for what will never come."""
PLANS = {
    "kills": Plan(schedule(1, SECONDS / 60, only=["bridge-kill", "bridge-crash"]), SECONDS),
    "forgetful": Plan([Fault(1, 4, "broker-tiny"), Fault(2.5, 0.2, "broker-forget"), Fault(3.5, 0.2, "broker-forget")], SECONDS, rate=500),
    "away": Plan([Fault(1, 0.5, "partner-busy"), Fault(2, 0.5, "partner-dead"), Fault(3, 0.5, "partner-mute")], 4),
    "flood": Plan([Fault(0.5, 9, "proxy-cut")], 10, rate=800, crowd=10_000),
}
CAUGHT = {
    "ack-before-commit": ("kills", "lost"),
    "remember-before-hand-over": ("kills", "lost"),
    "no-fsync": ("kills", "lost"),
    "puback-is-delivery": ("forgetful", "lost"),
    "swallowed-exception": ("away", "lost"),
    "unbounded-queue": ("flood", "unbounded"),
}


@pytest.fixture(scope="module")
def runs():
    """Every plan without and with its defects, a few at once: most of the time is waiting."""
    plans = PLANS | {bug: Plan(**{**vars(PLANS[plan]), "bug": bug, "patience": SHORT}) for bug, (plan, _) in CAUGHT.items()}
    with ThreadPoolExecutor(4) as pool:
        yield dict(zip(plans, pool.map(run, plans.values()), strict=True))


@pytest.mark.parametrize("bug", BUGS)
def test_a_defect_is_caught_for_the_right_reason(runs, bug):
    assert CAUGHT[bug][1] in runs[bug].findings.wrong


@pytest.mark.parametrize("plan", PLANS)
def test_the_same_faults_without_a_defect_do_no_harm(runs, plan):
    findings = runs[plan].findings
    assert findings.wrong == [], vars(findings)
    assert findings.accepted > 100


def test_the_faults_hit_what_they_aim_at(runs):
    assert runs["kills"].lives >= 4
    assert runs["forgetful"].events["reoffered"] > 0
    assert sum(run.findings.absorbed for run in runs.values()) > 0


def test_a_minute_of_faults_that_overlap_loses_nothing_and_doubles_nothing(tmp_path):
    command = [sys.executable, "-m", "bridge.cli", "chaos", "--seed", "7", "--minutes", "1", "--json", "--keep", str(tmp_path / "kept")]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=200, env=os.environ | {"REGIONBUS_BUG": ""})
    found = json.loads(done.stdout)
    assert (done.returncode, found["wrong"]) == (0, []), done.stdout
    assert found["faults"] >= 35
    assert found["overlapping_percent"] >= 30
    assert found["accepted"] > 1000
    assert found["absorbed"] > 0
    assert found["reoffered"] > 0
    assert found["lives"] > 5
    assert not os.path.ismount(tmp_path / "kept" / "disk")
    assert set(found["recovery_seconds"]) == {"p50", "p99", "max"}
