"""Fuzzing finds what it is there to find, and finds nothing in the decoders of today."""

import ctypes
import json
import os
import time
from pathlib import Path

import pytest

from bridge.cli import fuzz as command
from bridge.errors import ConfigError
from bridge.fuzz import runs
from bridge.fuzz.decoders import Broken, Decoder, Sample, decoders
from bridge.fuzz.runs import Inputs, run

GOLDEN = Path(__file__).parent.parent / "golden"
GOOD = b'{"id": "a-1", "lat": 30.5, "name": "\xe5\x98\x89\xe5\x85\xb4", "when": "2026-07-01T12:00:00+08:00"}'


def planted(flaw):
    """A decoder with one flaw, shown by about one input in seven."""

    def decode(data):
        if sum(data) % 7 == 0:
            return flaw(data)
        return "ok"

    return Decoder("planted", (Sample(GOOD, decode), Sample(GOOD[::-1], decode)))


def hang(_):
    while True:
        pass


def sleep(_):
    time.sleep(60)


def die(_):
    os._exit(0)


def fall(_):
    ctypes.string_at(0)


def err(_):
    raise ValueError("no verdict")


def grow(_):
    return "x" * (4 << 30)


def recurse(data):
    return recurse(data)


def lie(_):
    raise Broken("taken, and changed")


@pytest.mark.parametrize(
    ("flaw", "kind", "reason"),
    [
        (hang, "hang", "test_fuzz.py"),
        (sleep, "hang", "test_fuzz.py"),
        (die, "crash", "exit code 0"),
        (fall, "crash", "exit code -11"),
        (err, "untyped", "ValueError in test_fuzz.py"),
        (grow, "untyped", "MemoryError"),
        (recurse, "untyped", "RecursionError"),
        (lie, "law", "changed"),
    ],
    ids=lambda each: each.__name__ if callable(each) else "",
)
def test_a_planted_flaw_is_found_and_its_input_kept(tmp_path, monkeypatch, flaw, kind, reason):
    monkeypatch.setattr(runs, "PATIENCE", 1.0 if kind == "hang" else 20.0)
    monkeypatch.setattr(runs, "PIECE", 8)
    found = run(planted(flaw), 30, 3, 2, tmp_path)
    bad = [number for number in range(30) if sum(Inputs(planted(flaw), 3)(number)[0]) % 7 == 0]
    assert dict(found.findings) == {kind: len(bad)}
    assert found.verdicts == {"ok": 30 - len(bad)}
    first = found.examples[0]
    assert reason in first.reason
    assert Path(first.file).read_bytes() == Inputs(planted(flaw), 3)(first.number)[0]
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


def test_the_same_seed_makes_the_same_inputs_and_another_makes_others():
    one, again, other = (Inputs(planted(err), seed) for seed in (1, 1, 2))
    made = [[inputs(number)[0] for number in range(50)] for inputs in (one, again, other)]
    assert made[0] == made[1]
    assert made[0] != made[2]
    assert len(set(made[0])) > 45
    assert GOOD not in made[0][:5]


def test_every_decoder_stands_what_is_thrown_at_it(tmp_path, capsys):
    code = command.run([], samples=GOLDEN, count=200, seed=20260701, jobs=2, keep=tmp_path / "found", as_json=True)
    results = json.loads(capsys.readouterr().out)
    assert [each["examples"] for each in results if each["examples"]] == []
    assert code == 0
    assert not (tmp_path / "found").exists()
    names = {each["decoder"] for each in results}
    assert {"cap", "resource-csv", "wire/Alert", "wire/Carrier", "wire/Envelope", "delivery", "topic", "mapping", "settings"} <= names
    for each in results:
        assert sum(each["verdicts"].values()) == 200
        assert each["verdicts"]["ok"] < 200


def test_a_finding_is_shown_and_is_the_exit_code(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(command, "decoders", lambda samples: {"planted": lambda: iter(planted(err).samples)})
    assert command.run(["planted"], samples=GOLDEN, count=30, seed=3, jobs=1, keep=tmp_path, as_json=False) == 1
    shown = capsys.readouterr().out
    assert "ValueError" in shown
    assert "planted-3-" in shown.replace("\n", "")


def test_every_good_sample_is_taken_or_refused_with_a_code():
    for name, samples in decoders(GOLDEN / "none").items():
        codes = [sample.decode(sample.data) for sample in samples()]
        assert "ok" in codes, name


def test_a_decoder_that_is_not_there_is_named():
    with pytest.raises(ConfigError, match="did you mean 'cap'"):
        command.run(["capp"], samples=GOLDEN, count=1, seed=1, jobs=1, keep=None, as_json=False)
