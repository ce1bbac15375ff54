"""What a neighbour knows of a hub's streams beyond what the hub has said itself."""

from datetime import UTC, datetime, timedelta

import pytest

from bridge.links.heads import witnessed
from bridge.records import Head, Heads

NOW = datetime(2026, 7, 1, 4, tzinfo=UTC)


def head(last, stream="cn-a/full/actual/normal", epoch=1):
    return Head(stream=stream, epoch=epoch, first=1, last=last, count=last, digest=bytes([last]))


def said(*streams):
    return Heads(hub="cn-a", at=NOW, streams=streams)


@pytest.mark.parametrize(
    ("told", "ours", "known"),
    [
        ([head(5)], [head(7)], [head(7)]),
        ([], [head(7)], [head(7)]),
        ([head(5)], [head(5), head(2, epoch=2)], [head(5), head(2, epoch=2)]),
        ([head(5), head(9, "cn-a/full/test/normal")], [head(7), head(3, "cn-a/full/test/normal")], [head(7), head(9, "cn-a/full/test/normal")]),
    ],
)
def test_the_newest_of_each_stream_is_kept_whoever_knows_it(told, ours, known):
    assert witnessed(said(*told), ours) == said(*known).model_copy(update={"at": NOW + timedelta(milliseconds=1)})


@pytest.mark.parametrize("ours", [[], [head(5)], [head(4)]])
def test_who_has_no_more_than_was_said_says_nothing(ours):
    assert witnessed(said(head(5)), ours) is None
