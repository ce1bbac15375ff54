"""What a format carries is told before, in a table, and of each message."""

import json

import pytest
from typer.testing import CliRunner

from bridge import cli, registry, testing
from bridge.adapter import read, write
from bridge.cli import carries
from bridge.fields import Fields

ADAPTERS = carries.found()
CASES = {"cap": "cn-warning-xml", "dispatch-119": "emsi"}


def test_the_table_of_what_is_carried_is_what_the_adapters_do(root):
    assert (root / "docs/carries.md").read_text("utf-8") == carries.page(ADAPTERS), "stale: make generate"


def test_what_is_declared_lost_is_not_shown_as_carried():
    for name, adapter in ADAPTERS.items():
        for cls in adapter.records if adapter.writes else ():
            marks = carries.carried(adapter, cls)
            wrong = [path for path in adapter.loses if marks.get(path.removeprefix(f"{cls.__name__}.")) == carries.CARRIED]
            assert wrong == [], name


def test_a_field_that_is_dropped_is_shown_as_lost(monkeypatch):
    adapter = registry.load("resource-csv")
    assert carries.carried(adapter, adapter.records[0])["name"] == carries.CARRIED
    fewer = Fields(field for field in adapter.parts[0].fields if field.target != ("name",))
    monkeypatch.setattr(adapter, "parts", (type(adapter.parts[0])(adapter.parts[0].cls, fewer), *adapter.parts[1:]))
    assert carries.carried(adapter, adapter.records[0])["name"] == carries.LOST


@pytest.mark.parametrize("source", CASES)
def test_convert_prints_just_the_losses_that_writing_returned(root, source):
    target, lost = registry.load(CASES[source])(agency="cn-a-b"), 0
    for case in testing.cases(root / "tests/golden" / source):
        (file,) = case.glob("in.*")
        words = ["convert", str(file), "--from", source, "--to", CASES[source], "--agency", "cn-a-b"]
        found = CliRunner().invoke(cli.app, [*words, "--losses"])
        if found.exit_code:
            continue  # what is refused is another test's
        written = [write(target, each) for each in read(registry.load(source)(agency="cn-a-b"), file.read_bytes())]
        assert found.stderr.split("\n")[:-1] == sorted({path for each in written for path in each.losses})
        rows = json.loads(CliRunner().invoke(cli.app, [*words, "--json"]).stdout)["written"]
        assert [row["losses"] for row in rows] == [list(each.losses) for each in written]
        lost += any(each.losses for each in written)
    assert lost
