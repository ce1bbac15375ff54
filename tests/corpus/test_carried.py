"""Real alerts through a whole hub: over MQTT and out again."""

import subprocess
import sys
from pathlib import Path

import pytest
from corpus.test_corpus import CORPUS, files, said, xsd
from lxml import etree

from bridge import registry
from bridge.adapter import read, undeclared
from bridge.kinds import subject
from bridge.losses import differences


@pytest.fixture(scope="module")
def carried(tmp_path_factory):
    folder = tmp_path_factory.mktemp("carried")
    program = Path(sys.executable).with_name("regionbus")
    command = [program, "demo", "--once", "--samples", CORPUS / "cap", "--adapter", "cap", "--folder", folder]
    found = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert found.returncode == 0, found.stdout + found.stderr
    assert "Expiry is off" in found.stdout
    assert "The sum adds up" in found.stdout
    return [path.read_bytes() for path in (folder / "partner/out").glob("*.xml")]


@pytest.fixture(scope="module")
def pairs(carried):
    """Every record that went in, and what came out of its subject."""
    adapter = registry.load("cap")(agency="cn-samples")
    came_out = {}
    for data in carried:
        (each,) = read(adapter, data)
        came_out.setdefault(subject(each.record), []).append(each.record)
    went_in = [each.record for name in files("cap") for each in said(adapter, (CORPUS / name).read_bytes())]
    return [(record, came_out.get(subject(record), [])) for record in went_in]


def test_real_alerts_come_out_as_valid_cap(carried):
    assert len(carried) >= 80
    for data in carried:
        xsd("cap/cap12.xsd").assertValid(etree.fromstring(data))


def test_real_alerts_come_out_equal_outside_the_declared_losses(pairs):
    assert len(pairs) >= 80
    adapter = registry.load("cap")
    for record, found in pairs:
        changes = [list(differences(record, back)) for back in found]
        best = min(changes, key=lambda each: (sum(not change.lost for change in each), len(each)))
        assert [change for change in best if not change.lost] == []
        assert undeclared(adapter, record, tuple(change.path for change in best)) == []
