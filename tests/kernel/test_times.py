import os
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge import times
from bridge.errors import Invalid, Malformed

SHANGHAI = "Asia/Shanghai"


def zulu(moment):
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


@pytest.mark.parametrize(
    ("words", "moment"),
    [
        ("2026-06-14T09:53:07Z", "2026-06-14T09:53:07.000Z"),
        ("2026-06-14T09:53:07z", "2026-06-14T09:53:07.000Z"),
        ("2026-06-14t09:53:07Z", "2026-06-14T09:53:07.000Z"),
        ("2026-06-14T09:53:07-00:00", "2026-06-14T09:53:07.000Z"),
        ("2026-06-14T09:53+08:00", "2026-06-14T01:53:00.000Z"),
        ("2026-06-14T09:53:07+08", "2026-06-14T01:53:07.000Z"),
        ("2026-06-14T09:53:07-0600", "2026-06-14T15:53:07.000Z"),
        ("2026-06-14 09:53:07 -0600", "2026-06-14T15:53:07.000Z"),
        ("20260614T095307Z", "2026-06-14T09:53:07.000Z"),
        ("20260614T0953Z", "2026-06-14T09:53:00.000Z"),
        ("20260614T095307+0800", "2026-06-14T01:53:07.000Z"),
        ("2026-06-14T09:53:07.1239Z", "2026-06-14T09:53:07.123Z"),
        ("2026-06-14T09:53:07,5Z", "2026-06-14T09:53:07.500Z"),
        ("2026-06-14T09:53:07.999999999Z", "2026-06-14T09:53:07.999Z"),
        ("2026/06/14 09:53:07.9999 +0800", "2026-06-14T01:53:07.999Z"),
        ("2026-06-14T24:00:00Z", "2026-06-15T00:00:00.000Z"),
        ("2026-12-31T24:00:00+08:00", "2026-12-31T16:00:00.000Z"),
        ("2026-06-14 09:53 GMT+8", "2026-06-14T01:53:00.000Z"),
        ("2026-05-14 17:08:00  GMT+8", "2026-05-14T09:08:00.000Z"),
        ("2026-06-14 09:53:07 UTC-05:30", "2026-06-14T15:23:07.000Z"),
        ("2026-06-14 09:53:07 UTC", "2026-06-14T09:53:07.000Z"),
        ("2026-06-14 09:53:07 HKT", "2026-06-14T01:53:07.000Z"),
        ("2026-06-14 09:53:07 KST", "2026-06-14T00:53:07.000Z"),
        ("2026-06-14 09:53:07 JST", "2026-06-14T00:53:07.000Z"),
        ("Sun, 14 Jun 2026 09:53:07 +0800", "2026-06-14T01:53:07.000Z"),
        ("Sun, 14 Jun 2026 09:53:07 GMT", "2026-06-14T09:53:07.000Z"),
        ("14 Jun 2026 09:53 -0500", "2026-06-14T14:53:00.000Z"),
        ("Sun, 14 Jun 2026 09:53:07 -0000", "2026-06-14T09:53:07.000Z"),
        (" 2026-06-14T09:53:07Z\n", "2026-06-14T09:53:07.000Z"),
        ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000Z"),
    ],
)
def test_a_time_that_names_its_zone_is_one_instant(words, moment):
    found, zoned = times.instant(words, "at", SHANGHAI)
    assert (zulu(found), zoned) == (moment, True)


@pytest.mark.parametrize(
    "words",
    [
        "2026-06-14T09:53:00",
        "2026-06-14 09:53",
        "2026-6-14 9:53",
        "2026/06/14 09:53:00",
        "2026/6/14 9:53",
        "2026.06.14 09:53",
        "20260614095300",
        "202606140953",
        "20260614T0953",
        "2026年06月14日09时53分",
        "2026年6月14日 9时53分00秒",
        "2026年6月14日9:53",
        "2026年6月14日9点53分",
        "2026年6月14日 09:53:00",
        "Sun, 14 Jun 2026 09:53:00",
        "2026-06-14T09:53:00.0004",
    ],
)
def test_a_time_without_a_zone_takes_the_zone_of_its_source(words):
    found, zoned = times.instant(words, "at", SHANGHAI)
    assert (zulu(found), zoned) == ("2026-06-14T01:53:00.000Z", False)
    with pytest.raises(Invalid) as caught:
        times.instant(words, "sent")
    assert (caught.value.code, caught.value.at) == ("no-zone", "sent")


@pytest.mark.parametrize(
    "words",
    [
        "",
        "now",
        "09:53",
        "2026-06-14",
        "20260614",
        "14 Jun 2026",
        "2026年6月14日",
        "2026年6月14日9时",
        "2026-06-14T09",
        "2026-02-30T00:00:00Z",
        "2026/13/01 00:00",
        "2026-06-14T25:00:00Z",
        "2026-06-14T24:00:01Z",
        "2026-06-14T24:30:00Z",
        "2026-06-14T09:60:00Z",
        "2026-06-14T09:53:60Z",
        "2026-06-14T09:53:00+99:00",
        "2026-06-14T09:53:00+05:75",
        "2026-06-14T09:53:00 XYZ",
        "Sun, 14 Jun 2026 09:53:00 BST",
        "2026-06-14T09:53:00+08:00[Asia/Shanghai]",
        "2026-1-112:30",
        "06/14/2026 09:53:00 AM",
        "1781430780",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-01:00",
        "9999-12-31T24:00:00Z",
    ],
)
def test_what_is_no_instant_is_refused_and_never_guessed(words):
    with pytest.raises(Malformed) as caught:
        times.instant(words, "sent", SHANGHAI)
    assert (caught.value.code, caught.value.at) == ("not-a-time", "sent")


def test_an_hour_that_comes_twice_is_its_first_coming():
    found, _ = times.instant("2025-11-02 01:30", "at", "America/New_York")
    assert zulu(found) == "2025-11-02T05:30:00.000Z"


def test_an_hour_that_never_comes_is_still_one_instant():
    found, _ = times.instant("2026-03-08 02:30", "at", "America/New_York")
    assert zulu(found) == "2026-03-08T07:30:00.000Z"


SCRIPT = """
from bridge import times
for words in ("2026-06-14 09:53", "20260614095300", "Sun, 14 Jun 2026 09:53:00", "Sun, 14 Jun 2026 09:53:00 +0900"):
    print(times.instant(words, "at", "Asia/Shanghai")[0].isoformat())
print(times.patterned("14.06.2026 09:53", "%d.%m.%Y %H:%M", "at", "Asia/Shanghai").isoformat())
print(times.epoch(1781400000, 1, "at").isoformat())
print(times.iso(times.epoch(1781400000, 1, "at"), home="Asia/Shanghai"))
"""


def test_the_zone_of_the_machine_has_no_influence():
    said = [
        subprocess.run([sys.executable, "-c", SCRIPT], env={**os.environ, "TZ": zone}, capture_output=True, text=True, check=True).stdout
        for zone in ("America/New_York", "UTC")
    ]
    assert said[0] == said[1]
    assert said[0].splitlines()[:4] == ["2026-06-14T01:53:00+00:00"] * 3 + ["2026-06-14T00:53:00+00:00"]


# ---- patterns


@pytest.mark.parametrize(
    ("words", "pattern", "moment"),
    [
        ("06/14/2026 09:53:00 PM", "%m/%d/%Y %I:%M:%S %p", "2026-06-14T13:53:00.000Z"),
        (" 14.06.2026 09:53 ", "%d.%m.%Y %H:%M", "2026-06-14T01:53:00.000Z"),
        ("14.06.2026 09:53 +0200", "%d.%m.%Y %H:%M %z", "2026-06-14T07:53:00.000Z"),
        ("2026-06-14 09:53:00.123456", "%Y-%m-%d %H:%M:%S.%f", "2026-06-14T01:53:00.123Z"),
    ],
)
def test_a_pattern_reads_what_no_standard_knows(words, pattern, moment):
    assert zulu(times.patterned(words, pattern, "at", SHANGHAI)) == moment


def test_a_zone_that_a_pattern_reads_is_not_replaced_by_the_sources():
    assert zulu(times.patterned("2026-06-14 09:53 UTC", "%Y-%m-%d %H:%M %Z", "at", SHANGHAI)) == "2026-06-14T09:53:00.000Z"


def test_a_pattern_without_a_zone_needs_the_zone_of_the_source():
    with pytest.raises(Invalid) as caught:
        times.patterned("14.06.2026", "%d.%m.%Y", "at")
    assert caught.value.code == "no-zone"


@pytest.mark.parametrize("words", ["2026-06-14", "31.02.2026", "", "01.01.0001"])
def test_what_does_not_fit_the_pattern_is_refused(words):
    with pytest.raises(Malformed) as caught:
        times.patterned(words, "%d.%m.%Y", "at", SHANGHAI)
    assert caught.value.code == "not-a-time"


# ---- epochs


@pytest.mark.parametrize(
    ("number", "unit", "moment"),
    [
        (1781430787, 1.0, "2026-06-14T09:53:07.000Z"),
        (1781430787.1239, 1.0, "2026-06-14T09:53:07.124Z"),
        (1781430787123, 0.001, "2026-06-14T09:53:07.123Z"),
        (946684800, 1.0, "2000-01-01T00:00:00.000Z"),
        (4102444799, 1.0, "2099-12-31T23:59:59.000Z"),
    ],
)
def test_a_count_of_seconds_is_an_instant(number, unit, moment):
    assert zulu(times.epoch(number, unit, "at")) == moment


@pytest.mark.parametrize(
    ("number", "unit"),
    [
        (0, 1.0),
        (946684799, 1.0),
        (4102444800, 1.0),
        (1781430787123, 1.0),
        (1781430787, 0.001),
        (-1, 1.0),
        (1e300, 1.0),
        (float("inf"), 1.0),
        (float("nan"), 1.0),
    ],
)
def test_a_count_outside_this_century_is_taken_for_another_unit_and_refused(number, unit):
    with pytest.raises(Malformed) as caught:
        times.epoch(number, unit, "at")
    assert caught.value.code == "not-a-time"


# ---- writing


MOMENTS = st.datetimes(datetime(1900, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)).map(  # noqa: DTZ001  the zone stands beside
    lambda moment: moment.replace(microsecond=moment.microsecond // 1000 * 1000)
)


@given(MOMENTS, st.sampled_from(["UTC", SHANGHAI, "America/New_York", "Asia/Kolkata", "Europe/Paris"]))
def test_a_time_that_is_written_is_read_back_in_any_zone(moment, home):
    assert times.instant(times.iso(moment, home=home), "at") == (moment, True)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({}, "2026-06-14T09:53:07.120Z"),
        ({"zulu": "-00:00"}, "2026-06-14T09:53:07.120-00:00"),
        ({"home": SHANGHAI}, "2026-06-14T17:53:07.120+08:00"),
        ({"digits": "seconds"}, "2026-06-14T09:53:07Z"),
        ({"digits": "minutes", "home": SHANGHAI}, "2026-06-14T17:53+08:00"),
    ],
)
def test_a_time_is_written_as_the_target_wants_it(options, words):
    assert times.iso(datetime(2026, 6, 14, 9, 53, 7, 120_000, UTC), **options) == words


def test_whole_seconds_are_written_without_a_fraction():
    assert times.iso(datetime(2026, 6, 14, 9, 53, 7, tzinfo=UTC)) == "2026-06-14T09:53:07Z"


# ---- zones and days


@pytest.mark.parametrize("name", ["", "Mars/Olympus", "../etc/passwd", "/etc/localtime", "UTC+8", "localtime"])
def test_what_is_no_zone_of_the_tz_database_is_refused(name):
    with pytest.raises(ValueError, match="Asia/Shanghai"):
        times.zone(name)


def test_china_is_eight_hours_ahead_all_year_and_everywhere():
    assert {times.zone(SHANGHAI).utcoffset(datetime(2026, month, 1)) for month in range(1, 13)} == {timedelta(hours=8)}  # noqa: DTZ001  wall time is asked for


def test_a_day_is_read():
    assert times.day(" 2026-06-14 ", "at") == date(2026, 6, 14)


@pytest.mark.parametrize("words", ["", "14.06.2026", "2026-02-30", "2026-06-14T09:53:00Z"])
def test_what_is_no_day_is_refused(words):
    with pytest.raises(Malformed, match="at"):
        times.day(words, "at")
