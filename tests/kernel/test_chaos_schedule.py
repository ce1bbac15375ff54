import subprocess
import sys

import pytest

from bridge.chaos.schedule import CALM, KINDS, OF_REDIS, OF_SQLITE, Fault, bursts, overlapping, schedule
from bridge.crash import POINTS


@pytest.mark.parametrize("ledger", ["sqlite", "redis"])
def test_the_same_seed_makes_the_same_schedule_in_any_process(ledger):
    here = schedule(7, 2, ledger)
    code = f"from bridge.chaos.schedule import schedule; print(repr([tuple(each) for each in schedule(7, 2, {ledger!r})]))"
    there = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert repr([tuple(each) for each in here]) == there.strip()
    assert here != schedule(8, 2, ledger)


@pytest.mark.parametrize("seed", range(20))
def test_a_minute_has_35_faults_and_30_percent_of_them_overlap(seed):
    faults = schedule(seed, 1)
    assert len(faults) >= 35
    assert overlapping(faults) >= 0.3 * len(faults)
    assert all(0 < fault.at <= fault.end < 60 for fault in faults)
    assert faults == sorted(faults)


def test_half_an_hour_has_a_thousand_faults():
    assert len(schedule(1, 30)) >= 1000


@pytest.mark.parametrize("seed", range(5))
def test_every_kind_strikes_within_a_minute(seed):
    assert {fault.kind for fault in schedule(seed, 1)} == set(KINDS)
    assert {fault.kind for fault in schedule(seed, 1, "redis")} == set(KINDS) - OF_SQLITE | set(OF_REDIS)


def test_a_kind_can_be_asked_for():
    assert {fault.kind for fault in schedule(1, 1, only=["broker-tiny"])} == {"broker-tiny"}


def test_a_crash_names_a_place_of_the_way_and_which_passing():
    crashes = [fault.detail.split(":") for fault in schedule(1, 10) if fault.kind == "bridge-crash"]
    assert {point for point, _ in crashes} < set(POINTS)
    assert all(int(nth) > 0 for _, nth in crashes)


def test_between_bursts_there_is_a_calm_in_which_recovery_can_be_seen():
    found = bursts(schedule(3, 5))
    ends = [max(fault.end for fault in burst) for burst in found]
    assert all(later[0].at - end >= CALM[0] for end, later in zip(ends, found[1:], strict=False))


def test_faults_that_touch_overlap_and_others_do_not():
    one, two, three = Fault(0, 2, "proxy-cut"), Fault(2, 0, "bridge-kill"), Fault(2.1, 1, "proxy-cut")
    assert overlapping([one, two, three]) == 2
    assert bursts([one, two, three], apart=0.05) == [[one, two], [three]]
