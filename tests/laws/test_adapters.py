"""The laws that every adapter keeps (DESIGN section 5, Translation)."""

import json
import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from records import any_of, full

from bridge import registry, testing
from bridge.adapter import Said, Says, undeclared, write
from bridge.errors import Unsupported
from bridge.losses import covered, leaves

GOLDEN = Path(__file__).parent.parent / "golden"
ADAPTERS = {name: entry.load() for name, entry in registry.entries().items()}
SPOKEN = [(name, cls) for name, adapter in ADAPTERS.items() if adapter.writes for cls in adapter.records]
CASES = [case for name in ADAPTERS for case in testing.cases(GOLDEN / name)]
SAYS = Says(mode="Actual", action="Report", message_id="m-1")


def speaker(name):
    return ADAPTERS[name](agency="cn-jiaxing-fire")


@pytest.mark.parametrize(("name", "cls"), SPOKEN, ids=lambda each: each if isinstance(each, str) else each.__name__)
def test_a_record_with_every_field_loses_just_what_is_declared(name, cls):
    adapter = speaker(name)
    told: set[str] = set()
    carried = 0
    for seed in range(12):
        record = full(cls, seed)
        try:
            written = write(adapter, Said(record, SAYS))
        except Unsupported:  # a feed for the public, say, takes no restricted record
            continue
        assert undeclared(adapter, record, written.losses) == []
        carried += 1
        told.update(written.losses)
        sayable = {path for path in leaves(record) if covered(f"{cls.__name__}.{path}", adapter.loses)}
        assert set(written.losses) <= sayable
    assert carried
    declared = {path.partition(".")[2] for path in adapter.loses if path.startswith(f"{cls.__name__}.")}
    idle = {path for path in declared if not any(lost == path or lost.startswith(f"{path}.") for lost in told)}
    assert idle <= OTHERWISE.get(name, set()) | {"extensions"}, "declared, but carried"


OTHERWISE = {
    # what only some values lose: a fraction of a second, a code that the target has no word for, an address that is none, a large document
    "cap": {
        "sent",
        "infos.effective",
        "infos.onset",
        "infos.expires",
        "infos.web",
        "infos.resources.uri",
        "infos.resources.sha256",
        "sent_text",
        "infos.resources.content",
    },
    # the end of an incident, where its id is a UUID, says that and no more
    "ucri2": {"name", "updated_at", "occurred_at"},
    # as in CAP, which is inside
    "cap-feed": {"infos.web", "infos.resources.uri", "infos.resources.sha256", "infos.resources.content"},
    # a unit that is not among those of EMSI's list, which is short
    "emsi": {"unit"},
    # what only some of the sixteen messages know; a unit without a number
    "edxl-rm": {"eta", "reporting_instructions", "lines.unit"},
    # where the address or the number of a contact can be said; what is shared on request is what silence means
    "edxl-have": {"home_base", "contacts", "sharing"},
}
OTHERWISE["edxl-de"] = OTHERWISE["cap"] | OTHERWISE["edxl-rm"] | OTHERWISE["emsi"]  # as in what is inside


@pytest.mark.parametrize(("name", "cls"), SPOKEN, ids=lambda each: each if isinstance(each, str) else each.__name__)
def test_any_record_is_written_unchanged_outside_its_losses_or_refused(name, cls):
    adapter = speaker(name)

    @settings(max_examples=40)
    @given(any_of(cls))
    def law(record):
        with suppress(Unsupported):  # the format cannot say it
            assert undeclared(adapter, record, write(adapter, Said(record, SAYS)).losses) == []

    law()


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.parent.name}-{case.name}")
def test_no_bytes_are_our_fault(case):
    adapter = testing.configured(ADAPTERS[case.parent.name], case)
    good = testing.sample(case)

    @settings(max_examples=15)
    @given(st.data())
    def law(data):
        bad = bytearray(good)
        for _ in range(data.draw(st.integers(1, 4))):
            place = data.draw(st.integers(0, max(0, len(bad) - 1)))
            bad[place : place + data.draw(st.integers(0, 6))] = data.draw(st.binary(max_size=6))
        assert list(testing.broken_laws(adapter, bytes(bad))) == []

    law()


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.parent.name}-{case.name}")
def test_every_golden_case_is_as_expected(case):
    assert testing.check(ADAPTERS[case.parent.name], case) == []


def test_every_adapter_has_golden_cases():
    assert {case.parent.name for case in CASES} == set(ADAPTERS)


READ_ALL = """
import datetime, os, sys, time
ahead, real = datetime.timedelta(days=int(os.environ["DAYS_AHEAD"])), time.time
class Clock(datetime.datetime):
    @classmethod
    def now(cls, tz=None):
        return super().now(tz) + ahead
datetime.datetime, time.time = Clock, lambda: real() + ahead.total_seconds()
from pathlib import Path
from bridge import registry, testing
from bridge.adapter import Said, read
from bridge.errors import Rejected
from bridge.wire import encode
for case in sorted(testing.cases(Path(sys.argv[1]))):
    adapter = testing.configured(registry.load(case.parent.name), case)
    try:
        found = read(adapter, testing.sample(case))
    except Rejected as error:
        found = [error]
    print(case.name, [encode(each.record).hex() if isinstance(each, Said) else str(each) for each in found])
"""


def test_the_same_bytes_say_the_same_in_any_process():
    surroundings = [
        {"PYTHONHASHSEED": "1", "TZ": "Asia/Shanghai", "DAYS_AHEAD": "0"},
        {"PYTHONHASHSEED": "2", "TZ": "America/New_York", "LC_ALL": "C", "DAYS_AHEAD": "-9000"},
    ]
    outputs = [
        subprocess.run([sys.executable, "-c", READ_ALL, str(GOLDEN)], env=os.environ | more, capture_output=True, check=True).stdout
        for more in surroundings
    ]
    assert outputs[0] == outputs[1]
    assert outputs[0].count(b"\n") == len(CASES)


def test_expected_files_are_what_people_can_read():
    for case in CASES:
        assert json.loads((case / "expected.json").read_text())
