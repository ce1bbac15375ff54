"""What pages show, from plain values."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from bridge.alarms import Cause, Counts, Watch
from bridge.errors import Malformed
from bridge.ledger import Aside, Fate
from bridge.metrics import BOUNDS
from bridge.monitor.marks import Asked
from bridge.monitor.pages.clusters import DRAWN, grouped, inside
from bridge.monitor.pages.flow import flow
from bridge.monitor.pages.front import front
from bridge.monitor.pages.lag import lag, spot
from bridge.monitor.pages.letters import causes
from bridge.monitor.pages.map import Mark, table
from bridge.monitor.pages.topics import MOST, tree
from bridge.monitor.source import apart
from bridge.monitor.state import POINTS, Past, State, author
from bridge.monitor.tap import Heard
from bridge.monitor.watch import Shelf
from bridge.monitor.words import lasting
from bridge.vitals import Link, Steady, Vitals

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)
STREAM = "a/full/actual/urgent"
WELL = Vitals({}, [], [], {"urgent": True}, 0.0, {}, {})


def state(seconds=0, sums=(), vitals=WELL, **more):
    return State(NOW + timedelta(seconds=seconds), sums, vitals, Counts(0, {}, (0,) * (len(BOUNDS) + 1)), **more)


def fates(owed, delivered, waiting=0, recipient="b"):
    return [Fate(recipient, STREAM, "owed", owed), Fate(recipient, STREAM, "delivered", delivered), Fate(recipient, STREAM, "waiting", waiting)]


def dead(number=1, code="missing"):
    return Aside(number, NOW, "weather", "none", None, Malformed(code, "x").verdict, b"")


@pytest.mark.parametrize(
    ("vitals", "working", "words", "turn"),
    [
        (WELL, "yes", "All is well", ""),
        (None, "no", "the hub's process does not answer", "the administrator of this hub"),
        (WELL._replace(oldest=None), "no", "the ledger does not answer", "the administrator of this hub"),
        (WELL._replace(buses={"urgent": False}), "no", "no connection to the broker", "the administrator of the broker"),
        (WELL._replace(silence=30.0), "no", "nothing back for 30 s", "the administrator of the broker"),
        (WELL._replace(links=[Link("x-cap", "out", up=False, silence=0.0)]), "partly", "x-cap does not answer", "the other side"),
        (WELL._replace(oldest={("x-cap", "urgent"): 99.0}), "partly", "has waited for 99 s", "the administrator of this hub"),
        (WELL._replace(gaps={"cn-b": [90.0]}), "partly", "cn-b: 1 gaps", "the neighbouring hub"),
        (WELL._replace(offsets={"cn-b": 7.0}), "partly", "the clock of cn-b", "both hubs"),
        (
            WELL._replace(jump=-90.0, oldest={("x-cap", "urgent"): 99.0}),
            "partly",
            "set by -90 s: is its time service right? It is",
            "administrator of this hub",
        ),
    ],
)
def test_the_front_page_names_what_is_wrong_and_whose_turn_it_is(vitals, working, words, turn):
    page = front(state(vitals=vitals), Past(), Shelf(), "en")
    assert page.working == working
    assert words in page.sentence
    assert turn in page.sentence
    assert bool(page.needs) == (working != "yes")


def test_what_stops_everything_is_named_before_what_stops_one_link():
    both = WELL._replace(buses={"urgent": False}, links=[Link("x-cap", "out", up=False, silence=0.0)])
    assert "no connection" in front(state(vitals=both), Past(), Shelf((dead(),)), "en").sentence


def test_dead_letters_are_told_as_long_as_they_wait_and_no_longer():
    raised = [{"code": "letters", "where": "x", "en": "more", "zh": "多", "raised_at": NOW.isoformat()}]
    assert front(state(raised=raised), Past(), Shelf(), "en").working == "yes"
    page = front(state(raised=raised), Past(), Shelf((dead(),), more=True), "zh")
    assert page.working == "partly"
    assert "1+ 条死信等待处理" in page.sentence


def counted(drops=0, late=0):
    return Counts(drops, {}, (0,) * len(BOUNDS) + (late,))


def alarm(code):
    return {"code": code, "where": "", "en": "it was", "zh": "曾经", "raised_at": NOW.isoformat()}


def test_an_alarm_whose_cause_is_gone_is_no_trouble_any_more_and_still_watched():
    past = Past()
    for seconds, drops in ((0, 0), (1, 5), (3, 5)):
        look = replace(state(seconds, raised=[alarm("drops")]), counts=counted(drops))
        past.add(look)
    page = front(look, past, Shelf(), "en")
    assert (page.working, page.calming) == ("partly", [])
    assert "forgotten 5 messages" in page.sentence
    for seconds in range(4, 12):
        look = replace(state(seconds, raised=[alarm("drops")]), counts=counted(5))
        past.add(look)
    page = front(look, past, Shelf(), "zh")
    assert (page.working, page.needs, page.calming) == ("yes", [], [(NOW.isoformat(), "曾经")])


def test_a_hub_that_counts_anew_has_not_dropped_anything():
    past = Past()
    past.add(replace(state(0), counts=counted(5, 7)))
    assert front(replace(state(1, raised=[alarm("drops")]), counts=counted()), past, Shelf(), "en").working == "yes"


@pytest.mark.parametrize(("raised", "working"), [((), "yes"), ((alarm("slow"),), "partly")])
def test_whether_what_was_slow_only_waited_behind_a_fault_is_left_to_the_hub(raised, working):
    past = Past()
    past.add(replace(state(0), counts=counted()))
    assert front(replace(state(1, raised=raised), counts=counted(late=3)), past, Shelf(), "en").working == working


def test_a_clock_that_was_set_is_told_until_it_is_set_back_or_believed():
    at, set_by = [0.0], [0.0]
    steady = Steady(lambda: NOW + timedelta(seconds=at[0] + set_by[0]), lambda: at[0])

    def told(moment, by):
        at[0], set_by[0] = moment, by
        return steady.jump()

    assert [told(1, 0.0), told(2, 600.0), told(3, 600.0), told(4, 0.0)] == [0, 600, 600, 0]
    assert [told(5, -90.0), told(600, -90.0), told(605, -90.0), told(606, -90.0), told(607, 0.0)] == [-90, -90, 0, 0, 90]


def test_a_sum_that_does_not_add_up_is_shown_as_such():
    assert front(state(sums=fates(3, 2, 1)), Past(), Shelf(), "en").whole
    assert not front(state(sums=fates(3, 2)), Past(), Shelf(), "en").whole


def test_rates_are_those_of_the_past_that_is_known():
    past = Past()
    past.add(state(0, fates(10, 10)))
    past.add(state(60, fates(40, 40)))
    settings = SimpleNamespace(outlet=[SimpleNamespace(title="b-cap", agency="b")])
    now = state(120, fates(70, 60, 10), WELL._replace(oldest={("b-cap", "urgent"): 42.0}))
    cell = flow(now, past, settings).cells["a", "b"]
    assert (cell.rate, cell.waiting, cell.lag, cell.refused) == (30.0, 10, 42.0, 0)
    assert cell.seen == NOW + timedelta(seconds=60)


def test_the_past_is_bounded_and_keeps_nothing_of_a_silent_ledger():
    past = Past()
    for number in range(POINTS * 3):
        past.add(state(number * 10))
    assert len(past.points) == POINTS
    past.add(state(10_000, vitals=WELL._replace(oldest=None)))
    assert past.points[-1].at == NOW + timedelta(seconds=POINTS * 30 - 10)


@pytest.mark.parametrize(("seconds", "heat"), [(None, 0), (0.0, 1), (0.99, 1), (1.0, 2), (10.0, 3), (60.0, 4), (300.0, 5)])
def test_what_waits_longer_is_hotter(seconds, heat):
    assert spot(seconds).heat == heat


def test_the_heat_map_has_a_row_for_each_queue_that_waited():
    past = Past()
    past.add(state(0, vitals=WELL._replace(oldest={("x", "bulk"): 5.0})))
    page = lag(state(10, vitals=WELL._replace(oldest={("y", "urgent"): 70.0})), past)
    assert [(link, lane, [each.heat for each in spots]) for link, lane, spots in page.rows] == [("x", "bulk", [2, 0]), ("y", "urgent", [0, 4])]


def test_letters_are_grouped_by_cause_and_place_the_most_frequent_first():
    found = causes([dead(5), dead(4, "empty"), dead(3)], "en")
    assert [(cause.code, cause.numbers) for cause in found] == [("missing", (5, 3)), ("empty", (4,))]


def test_the_topic_tree_adds_up_its_branches_and_is_bounded():
    page = tree({"rb/1/data/a/full": Heard(2.0, 10.0, 5), "rb/1/data/b/full": Heard(3.0, 20.0, 6)})
    assert [(each.depth, each.name, each.rate, each.size) for each in page.branches] == [
        (0, "data", 5.0, None),
        (1, "a", 2.0, None),
        (2, "full", 2.0, 5),
        (1, "b", 3.0, None),
        (2, "full", 3.0, 6),
    ]
    many = tree({f"rb/1/data/{number}": Heard() for number in range(1000)})
    assert (len(many.branches), many.more) == (MOST, 1001 - MOST)
    assert not tree(None).reachable


def mark(number, lon=120.0, lat=30.0, kind="incident", grade=None, outline=None, status="current"):
    return Mark(f"{number}", kind, "x", "accident", grade, "", status, "Actual", "a", NOW, lon, lat, outline)


def test_near_marks_of_a_kind_are_one_until_the_map_is_near_enough():
    marks = [mark(1, 120.0, grade=3), mark(2, 120.001, grade=1), mark(3, 120.0, kind="resource"), mark(4, 125.0), mark(5, None, None)]
    found = grouped(marks, 8).within((-180.0, -90.0, 180.0, 90.0))
    assert sorted(each.id for each in found.alone) == ["3", "4"]
    assert [(each.kind, each.many, each.grade) for each in found.clusters] == [("incident", 2, 1)]
    assert len(grouped(marks, 17).alone) == 4


def test_a_warning_s_area_is_never_drawn_together_or_left_out_because_its_middle_is_elsewhere():
    area = mark(1, 10.0, 10.0, "alert", outline={"type": "Point", "coordinates": [10, 10]})
    assert grouped([area, area], 3).within((100.0, 20.0, 110.0, 30.0)).alone == [area, area]


def test_a_thousand_at_one_depot_are_drawn_together_beyond_what_a_map_can_bear_and_all_are_counted():
    found = grouped([mark(1, 120.75, 30.75)] * (DRAWN + 1000), 18).within((120.0, 30.0, 121.0, 31.0))
    assert len(found.alone) == DRAWN
    assert [each.many for each in found.clusters] == [1000]


def test_those_who_look_at_nearly_the_same_ask_the_same():
    one, other = (Asked.of({"box": box, "zoom": "8", "modes": "Actual,x"}) for box in ("120.1,30.1,121.0,30.8", "120.2,30.0,121.1,30.9"))
    assert one == other
    west, south, east, north = one.box
    assert west <= 120.1
    assert south <= 30.0
    assert east >= 121.1
    assert north >= 30.9
    for wrong in ("1,2,3", "a,b,c,d", "nan,0,1,1", "1e99,0,1,1"):
        with pytest.raises(ValueError):
            Asked.of({"box": wrong, "zoom": "3"})


@pytest.mark.parametrize(("lon", "seen"), [(179.0, True), (-179.0, True), (0.0, False)])
def test_a_box_may_cross_the_date_line(lon, seen):
    assert inside(lon, 0.0, (170.0, -10.0, 190.0, 10.0)) is seen


def test_the_table_has_the_gravest_first_and_the_stale_last():
    page = table([mark(1, grade=1, status="stale"), mark(2, grade=4), mark(3, grade=2)], ready=True)
    assert [each.id for each in page.incidents] == ["3", "2", "1"]


@pytest.mark.parametrize(("stream", "agency"), [("a/full/actual/urgent", "a"), ("to/b/a/actual/urgent", "a"), ("a", "a")])
def test_a_stream_tells_its_author(stream, agency):
    assert author(stream) == agency


def test_buckets_of_prometheus_are_taken_apart():
    assert apart([1, 1, 4]) == (1, 0, 3)
    assert Counter(apart([])) == {0: len(BOUNDS) + 1}


@pytest.mark.parametrize(("seconds", "words"), [(0.25, "0.2 s"), (42.0, "42 s"), (120.0, "2.0 min"), (7200.0, "2.0 h"), (864_000.0, "10 d")])
def test_a_span_is_told_in_the_unit_that_fits(seconds, words):
    assert lasting(seconds) == words


def test_what_was_not_noted_while_the_ledger_was_away_was_not_dropped_by_the_broker():
    watch = Watch()
    for seconds, codes in enumerate(["ledger", "", "drops"]):
        watch.look({Cause(code): {} for code in [codes] if code}, float(seconds), NOW)
    assert not watch.raised
    watch.look({Cause("drops"): {}}, 60.0, NOW)
    assert [cause.code for cause in watch.raised] == ["drops"]
