"""Kill -9 at every named place of a message's way: what was accepted arrives, none of it twice. The ledger is Redis."""

import pytest
from crashing import AT, KILLED, assert_nothing_lost_or_doubled, attempts, never, on_the_way, pass_by, survive
from servers import Redis

WAY = on_the_way("redis")


@pytest.fixture(scope="module")
def urls(tmp_path_factory):
    """A database of one server for each place."""
    server = Redis(tmp_path_factory.mktemp("redis"), "--databases", "64").start()
    yield {point: f"{server.url}/{number}" for number, point in enumerate([*WAY, *never("redis")])}.__getitem__
    server.kill()


@pytest.fixture(scope="module")
def survivals(tmp_path_factory, urls):
    return attempts(survive, tmp_path_factory.mktemp("lives"), urls, WAY)


@pytest.mark.parametrize("point", WAY)
def test_whoever_dies_here_loses_nothing_and_doubles_nothing(survivals, point):
    assert_nothing_lost_or_doubled(survivals[point])
    assert [died in KILLED for died in survivals[point].deaths] == [True for _ in AT]


@pytest.mark.parametrize("point", ["numbered"])
def test_a_place_that_there_is_not_with_this_ledger_is_never_passed(tmp_path, urls, point):
    assert never("redis") == {point: "sqlite: a step of Redis is one script, which nothing of ours interrupts"}
    assert_nothing_lost_or_doubled(pass_by(tmp_path, urls(point), point))
