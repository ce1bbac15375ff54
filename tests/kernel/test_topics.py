import pytest
from hypothesis import given
from hypothesis import strategies as st
from paho.mqtt.client import topic_matches_sub

from bridge import topics
from bridge.errors import Malformed
from bridge.kinds import CLASSES, FAMILIES, LANES, lane
from bridge.topics import Data, To

LEVEL = st.text("abcdefghijklmnopqrstuvwxyz0123456789-", min_size=1, max_size=64)
DIGITS = "0123456789"
MODE, KIND, FAMILY = st.sampled_from([*topics.NAMES]), st.sampled_from([*CLASSES]), st.sampled_from([*FAMILIES.values(), "none"])
DATA = st.builds(Data, LEVEL, LEVEL, MODE, KIND, FAMILY, st.text(DIGITS, min_size=2, max_size=2), st.text(DIGITS, min_size=6, max_size=6))
TO = st.builds(To, LEVEL, LEVEL, MODE, KIND)
GOOD = "rb/1/data/cn-jiaxing-fire/full/actual/incident/accident/33/330400"
WRONG = [
    ("uppercase", "Full", "full"),
    ("dot", "cn.jiaxing", "cn-jiaxing-fire"),
    ("blank", "cn jiaxing", "cn-jiaxing-fire"),
    ("other script", "嘉兴", "cn-jiaxing-fire"),
    ("full-width digit", "３３", "33"),
    ("empty", "", "full"),
    ("too long", "a" * 65, "cn-jiaxing-fire"),
    ("one-level wildcard", "+", "full"),
    ("wildcard", "#", "330400"),
    ("new line", "330400\n", "330400"),
    ("nul", "fu\x00ll", "full"),
    ("unknown mode", "real", "actual"),
    ("unknown family", "fire", "accident"),
    ("no division", "jiaxing", "330400"),
    ("no province", "zhejiang", "/33/"),
    ("another version", "rb/2", "rb/1"),
    ("another branch", "date", "data"),
    ("another root", "bus", "rb"),
]


def refused(topic):
    with pytest.raises(Malformed) as caught:
        topics.parse(topic)
    assert caught.value.code == "topic"


@given(DATA | TO)
def test_a_topic_that_is_built_is_parsed_back(topic):
    assert topics.parse(str(topic)) == topic
    assert type(topics.parse(str(topic))) is type(topic)


def test_a_topic_has_fixed_positions():
    assert topics.parse(GOOD) == Data("cn-jiaxing-fire", "full", "actual", "incident", "accident", "33", "330400")
    assert topics.parse("rb/1/to/cn-a/cn-b/test/receipt") == To("cn-a", "cn-b", "test", "receipt")


@pytest.mark.parametrize(
    ("bad", "good"), [(f"/{bad}/" if good.startswith("/") else bad, good) for _, bad, good in WRONG], ids=[name for name, *_ in WRONG]
)
def test_a_wrong_level_is_refused(bad, good):
    assert good in GOOD
    refused(GOOD.replace(good, bad, 1))


@pytest.mark.parametrize(
    "topic",
    [
        "",
        "/",
        "rb",
        "rb/1",
        "rb/1/data",
        f"/{GOOD}",
        f"{GOOD}/",
        f"{GOOD}/more",
        GOOD.rpartition("/")[0],
        GOOD.replace("/", "//", 1),
        "rb/1/to/cn-a/cn-b/actual",
        "rb/1/to/cn-a/cn-b/actual/incident/more",
        "rb/1/state/cn-a/heads",
    ],
)
def test_a_wrong_number_of_levels_is_refused(topic):
    refused(topic)


def test_a_refusal_names_the_level():
    with pytest.raises(Malformed, match="'Full' is no level"):
        topics.parse(GOOD.replace("full", "Full"))


# ---- streams


def test_a_stream_is_the_unit_of_order():
    assert Data("cn-a", "full", "actual", "alert", "none", "33", "330400").stream == "cn-a/full/actual/urgent"
    assert To("cn-b", "cn-a", "test", "plan").stream == "to/cn-b/cn-a/test/normal"


@given(DATA, DATA)
def test_what_is_about_another_place_or_family_is_of_the_same_stream(one, other):
    assert one._replace(family=other.family, province=other.province, division=other.division).stream == one.stream


@given(DATA | TO, st.sampled_from(LANES))
def test_only_of_a_kind_that_newer_hubs_know_the_lane_is_what_is_stated(topic, of):
    newer = topics.parse(str(topic._replace(kind="forecast")))
    stated = f"{newer.stream.rpartition('/')[0]}/{of}"
    assert topics.stream_as(newer, stated) == stated
    assert topics.stream_as(topic, stated) == topic.stream
    for wrong in (f"{stated}/more", f"x{stated}", stated.replace(f"/{of}", "/slow"), of, ""):
        assert topics.stream_as(newer, wrong) == newer.stream


# ---- filters


def matching(topic, recipients=("cn-own",)):
    return [(of, pattern) for of in LANES for pattern in topics.filters(of, recipients) if topic_matches_sub(pattern, str(topic))]


@given(DATA)
def test_every_record_for_all_comes_once_in_its_own_lane(topic):
    wanted = [] if topic.kind == "receipt" else [lane(topic.kind)]
    assert [of for of, _ in matching(topic)] == wanted


@given(TO.filter(lambda topic: topic.recipient not in {"cn-own", "cn-own-fire"}))
def test_what_is_addressed_to_another_does_not_come(topic):
    assert matching(topic, ("cn-own", "cn-own-fire")) == []


@given(TO)
def test_what_is_addressed_to_an_own_agency_comes_once_in_its_own_lane(topic):
    assert [of for of, _ in matching(topic._replace(recipient="cn-own"), ("cn-own", "cn-other"))] == [lane(topic.kind)]


@pytest.mark.parametrize(
    "topic", ["rb/1/state/cn-own/heads", "rb/1/ask/cn-own/cn-b/replay", "rb/1/report/cn-own", "rb/2/to/cn-own/cn-b/actual/alert", "$SYS/broker/load"]
)
def test_nothing_else_comes(topic):
    assert matching(topic) == []


def test_the_lanes_share_every_kind_among_them():
    assert sorted(kind for of in LANES for kind in CLASSES if lane(kind) == of) == sorted(CLASSES)
    kinds = [pattern.split("/")[-1] for of in LANES for pattern in topics.filters(of, ["cn-own"]) if "/to/" in pattern]
    assert sorted(kinds) == sorted(CLASSES)


def test_a_hub_without_agencies_is_addressed_by_nobody():
    assert all(pattern.startswith("rb/1/data/") for of in LANES for pattern in topics.filters(of, []))


@pytest.mark.parametrize(
    ("word", "fits"),
    [("a", True), ("cn-jiaxing-119", True), ("a" * 64, True), ("", False), ("a" * 65, False), ("A", False), ("a/b", False), ("a\n", False)],
)
def test_a_level_is_a_short_plain_word(word, fits):
    assert topics.is_level(word) is fits
