import pytest
from pydantic import ValidationError

from bridge.adapter import Said, Says, read
from bridge.records import CodedValue, GeoPoint, Location, Observation
from bridge.spec import load
from bridge.thresholds import Threshold, alerts
from bridge.times import instant

NOON = instant("2026-07-01T12:00:00+08:00", "")[0]
RAIN = CodedValue(scheme="urn:station", code="rain-1h", label="一小时雨量")
BLUE = Threshold(property="rain-1h", above=20, event="暴雨", severity="Minor", color="Blue")
ORANGE = Threshold(property="rain-1h", above=50, event="暴雨", event_code="11B03", severity="Severe", color="Orange", unit="mm")
TOML = """
media_type = "application/json"
format = "json"
[[record]]
type = "Observation"
[record.fields]
observation_id = "id"
station_id = "station"
property = { at = "what", scheme = "urn:station" }
at = "time"
value = "value"
"""


def seen(value, **more):
    said = {"observation_id": "o-1", "station_id": "58457", "property": RAIN, "at": NOON, "value": value, "unit": "mm"}
    return Said(Observation(**(said | more)), Says())


def crossed(said, *lines):
    return [each.record for each in alerts(said, said.record, lines, "cn-hangzhou-weather")]


def test_an_observation_over_the_line_is_an_alert():
    (alert,) = crossed(seen(62.5, location=Location(name="西湖站", point=GeoPoint(lat=30.24, lon=120.15))), ORANGE)
    (info,) = alert.infos
    assert (alert.sender, alert.sent, alert.status, alert.msg_type) == ("cn-hangzhou-weather", NOON, "Actual", "Alert")
    assert (info.event, info.color, info.severity, info.event_codes[0].code) == ("暴雨", "Orange", "Severe", "11B03")
    assert (info.headline, info.description) == ("暴雨: 西湖站", "一小时雨量 62.5 mm (> 50 mm)")
    assert (info.areas[0].description, info.areas[0].circles) == ("西湖站", ("30.24,120.15 0",))


@pytest.mark.parametrize("value", [50.0, 49.9, -3.0, None])
def test_an_observation_on_the_line_or_without_a_value_is_none(value):
    assert crossed(seen(value), ORANGE) == []


def test_the_gravest_of_the_lines_of_one_event_speaks_whatever_their_order():
    assert [[each.infos[0].color for each in crossed(seen(60.0), *lines)] for lines in ((BLUE, ORANGE), (ORANGE, BLUE))] == [["Orange"], ["Orange"]]
    assert [each.infos[0].color for each in crossed(seen(30.0), BLUE, ORANGE)] == ["Blue"]


def test_lines_of_several_events_speak_each():
    other = Threshold(property="rain-1h", above=10, event="内涝")
    assert [each.infos[0].event for each in crossed(seen(60.0), ORANGE, other)] == ["暴雨", "内涝"]


def test_what_is_less_than_the_lower_line_is_an_alert_too():
    cold = Threshold(property="rain-1h", below=-8, above=40, event="寒潮")
    assert [len(crossed(seen(value), cold)) for value in (-9.0, -8.0, 0.0, 40.0, 41.0)] == [1, 0, 0, 0, 1]


@pytest.mark.parametrize("more", [{"unit": "in"}, {"property": RAIN.model_copy(update={"code": "rain-24h"})}])
def test_another_property_or_unit_is_not_compared(more):
    assert crossed(seen(99.0, **more), ORANGE) == []


def test_a_line_of_some_stations_is_theirs_alone():
    line = ORANGE.model_copy(update={"stations": ("58457",)})
    assert len(crossed(seen(60.0), line)) == 1
    assert crossed(seen(60.0, station_id="58459"), line) == []


def test_the_same_observation_alerts_under_the_same_identifier_and_another_under_another():
    assert crossed(seen(60.0), ORANGE)[0].identifier == crossed(seen(61.0, observation_id="o-2"), ORANGE)[0].identifier
    assert crossed(seen(60.0), ORANGE)[0].identifier != crossed(seen(60.0, station_id="58459"), ORANGE)[0].identifier


def test_the_mode_of_the_observation_goes_before_that_of_the_line():
    drill = Said(seen(60.0).record, Says(mode="Exercise"))
    assert [(each.record.status, each.says.mode) for each in alerts(drill, drill.record, [ORANGE], "x")] == [("Exercise", "Exercise")]
    assert [(each.record.status, each.says.mode) for each in alerts(seen(60.0), seen(60.0).record, [ORANGE], "x")] == [("Actual", "Actual")]


def test_a_line_without_a_value_is_a_mistake():
    with pytest.raises(ValidationError, match="needs 'above', 'below', or both"):
        Threshold(property="rain-1h", event="暴雨")


def test_every_mapping_of_observations_has_the_option_and_no_other(tmp_path):
    path = tmp_path / "gauge.toml"
    path.write_text(TOML, "utf-8")
    line = {"property": "rain-1h", "above": 50, "event": "暴雨"}
    adapter = load(path)(agency="cn-hangzhou-weather", thresholds=[line])
    data = b'[{"id":"1","station":"s","what":"rain-1h","time":"2026-07-01T04:00:00Z","value":%d},{"id":"2"}]'
    assert [type(each).__name__ or each for each in read(adapter, data % 60)] == ["Said", "Said", "Malformed"]
    assert [type(each.record).__name__ for each in read(adapter, data % 60)[:2]] == ["Observation", "Alert"]
    assert [type(each).__name__ for each in read(adapter, data % 40)] == ["Said", "Malformed"]
    path.write_text(
        TOML.replace("Observation", "SituationReport").split("[record.fields]")[0] + '[record.fields]\nreport_id = "id"\nsummary = "what"\n'
    )
    with pytest.raises(ValidationError, match="Extra inputs"):
        load(path)(thresholds=[line])
