"""Kill -9 at every named place of a message's way: what was accepted arrives, none of it twice. The ledger is SQLite."""

import pytest
from crashing import AT, KILLED, MERGED, OFFERED, RELAYED, assert_nothing_lost_or_doubled, attempts, never, on_the_way, survive

from bridge import crash

WAY = on_the_way("sqlite")


@pytest.fixture(scope="module")
def survivals(tmp_path_factory):
    folder = tmp_path_factory.mktemp("lives")
    return attempts(survive, folder, lambda point: f"sqlite:///{folder / point}/regionbus.db", WAY)


@pytest.mark.parametrize("point", WAY)
def test_whoever_dies_here_loses_nothing_and_doubles_nothing(survivals, point):
    assert_nothing_lost_or_doubled(survivals[point])
    assert [died in KILLED for died in survivals[point].deaths] == [True for _ in AT]


def test_the_stories_come_to_every_place(root):
    assert len(crash.POINTS) == len(set(crash.POINTS)) >= 25
    for ledger in ("sqlite", "redis"):
        assert {*on_the_way(ledger), *OFFERED, *MERGED, *RELAYED, *never(ledger)} == set(crash.POINTS)
    assert not set(never("sqlite")) & set(never("redis"))
    assert never("sqlite") == dict.fromkeys(MERGED, "redis: SQLite has no side ledger")


def test_every_named_place_is_passed_somewhere_in_the_code(root):
    code = "".join(path.read_text() for path in (root / "bridge").rglob("*.py") if path.name != "crash.py")
    assert [point for point in crash.POINTS if f'crash.point("{point}")' not in code] == []
