"""A mapping guessed out of samples; each draft is loaded and reads them."""

import json
import tomllib

import pytest

from bridge import spec, testing
from bridge.adapter import Said, read
from bridge.draft import draft
from bridge.errors import ConfigError
from bridge.lexicon import fit, lexicon, plain
from bridge.shapes import Sample, encoding, shape
from bridge.spec import RECORDS

STOCK = {"编号": "W-1", "名称": "排涝泵", "类别": "设备", "数量": 2, "纬度": 30.9, "经度": 120.9, "状态": "在库", "更新时间": "2026-07-01 14:00:00"}
ALARM = {
    "warnId": "330400-1",
    "eventType": "暴雨",
    "level": "橙色",
    "title": "暴雨橙色预警",
    "content": "请注意防范",
    "publishTime": "2026-07-01T14:00:00+08:00",
    "sender": "嘉兴市气象台",
}


def sampled(*documents, name="in.json"):
    return [Sample(name, json.dumps(each, ensure_ascii=False).encode()) for each in documents]


def made(tmp_path, samples, kind=None, name="city-list"):
    """The draft, its mapping, and the records that it reads; it refuses nothing and keeps the laws."""
    found = draft(name, samples, kind)
    file = tmp_path / f"{name}.toml"
    file.write_text(found.toml, "utf-8")
    adapter = spec.load(file)(agency="cn-jiaxing-water")
    said = [each for sample in samples for each in read(adapter, sample.data)]
    assert all(isinstance(each, Said) for each in said)
    assert [law for sample in samples for law in testing.broken_laws(adapter, sample.data)] == []
    return found, tomllib.loads(found.toml), [each.record for each in said]


# ---- shapes


def found_shape(*datas):
    return shape([Sample("in", data) for data in datas], lambda entries: len(entries), ("items",))


def test_json_csv_and_xml_are_told_apart():
    assert found_shape(b' {"a": 1}').format == "json"
    assert found_shape(b"a,b\n1,2\n").format == "csv"
    found = found_shape(b'<?xml version="1.0"?><calls xmlns="urn:x"><call><id>1</id></call></calls>')
    assert (found.format, found.root, found.space, found.each) == ("xml", "calls", "urn:x", ("call",))


def test_samples_of_two_formats_are_refused():
    with pytest.raises(ConfigError, match="not of one format: csv, json"):
        found_shape(b'{"a": 1}', b"a,b\n1,2\n")


@pytest.mark.parametrize("data", [b"", b" \n", b"[]", b"{}", b"a,b\n"])
def test_what_holds_nothing_is_refused(data):
    with pytest.raises(ConfigError, match="holds nothing"):
        found_shape(data)


@pytest.mark.parametrize(("data", "delimiter"), [(b"a;b\n1;2\n", ";"), (b"a\tb\n1\t2\n", "\t"), (b"a,b|c\n1,2\n", ",")])
def test_the_delimiter_is_the_commonest_in_the_header(data, delimiter):
    assert found_shape(data).delimiter == delimiter


@pytest.mark.parametrize(("name", "means"), [("utf-8", "utf-8"), ("utf-8-sig", "utf-8"), ("gb18030", "gb18030"), ("utf-16", "utf-8")])
def test_the_encoding_is_found(name, means):
    assert encoding(["编号,名称\n1,泵\n".encode(name)]) == means


def test_a_list_inside_a_wrapper_is_found():
    assert found_shape(b'{"code": 200, "data": {"items": [{"a": 1}, {"a": 2}]}}').each == ("data", "items")


def test_a_list_of_parts_is_no_wrapper(tmp_path):
    incident = {
        "incidentId": "1",
        "name": "火灾",
        "address": "嘉善",
        "description": "浓烟",
        "occurTime": "2026-07-01 14:00:00",
        "parts": [{"x": "a"}],
    }
    found, _, records = made(tmp_path, sampled(incident))
    assert found.shape.each is None
    assert len(records) == 1
    assert any(place == "parts" for place, _ in found.left)


# ---- guesses


def test_a_stock_list_with_chinese_names_is_a_resource_and_its_state(tmp_path):
    _, table, records = made(tmp_path, sampled({"total": 1, "list": [STOCK]}))
    assert [part["type"] for part in table["record"]] == ["Resource", "ResourceState"]
    assert table["each"] == "list"
    assert table["zone"] == "Asia/Shanghai"
    resource, state = records
    assert (resource.resource_id, resource.name, resource.kind, resource.quantity) == ("cn-jiaxing-water.resource.W-1", "排涝泵", "Equipment", 2)
    assert (resource.home_base.point.lat, resource.home_base.point.lon) == (30.9, 120.9)
    assert (state.resource_id, state.availability, state.at.isoformat()) == (resource.resource_id, "Available", "2026-07-01T06:00:00+00:00")


def test_a_warning_is_an_alert(tmp_path):
    _, table, (alert,) = made(tmp_path, sampled(ALARM))
    assert table["record"][0]["type"] == "Alert"
    (info,) = alert.infos
    assert (alert.identifier, alert.sender, info.event, info.color, info.headline) == ("330400-1", "嘉兴市气象台", "暴雨", "Orange", "暴雨橙色预警")
    assert "zone" not in table


def test_the_type_that_is_asked_for_is_taken(tmp_path):
    _, table, _ = made(tmp_path, sampled(STOCK), "Incident")
    assert [part["type"] for part in table["record"]] == ["Incident"]


def test_a_type_that_cannot_be_drafted_is_said():
    with pytest.raises(ConfigError, match="did you mean 'Incident'"):
        draft("x", sampled(STOCK), "Incidents")


def test_a_code_that_nobody_knows_is_left_to_be_filled_in(tmp_path):
    found, table, records = made(tmp_path, sampled([STOCK, STOCK | {"编号": "W-2", "状态": "借出"}]))
    assert table["record"][1]["fields"]["availability"]["table"] == {"在库": "Available"}
    assert '# "借出" = ""' in found.toml
    assert "one of: Unknown, Available, Reserved" in found.toml
    assert records[-1].extensions == {"city-list:状态": "借出"}


def test_what_is_not_known_is_listed_and_rides_along(tmp_path):
    found, _, (resource, _) = made(tmp_path, sampled(STOCK | {"备注栏": "四小时内", "扩展": {"a": 1}}))
    assert ("备注栏", "四小时内") in found.left
    assert "#   备注栏: 四小时内" in found.toml
    assert resource.extensions["city-list:备注栏"] == "四小时内"


def test_every_guess_says_why():
    found = draft("x", sampled(STOCK))
    guesses = [guess for part in found.parts for guess in part.guesses]
    assert guesses
    assert all(guess.why and guess.why in found.toml for guess in guesses)


@pytest.mark.parametrize(
    ("words", "form"),
    [
        ("2026-07-01T14:00:00+08:00", None),
        ("2026-07-01 14:00:00", "local"),
        ("2026/7/1 14:05", "%Y/%m/%d %H:%M"),
        ("20260701140000", "%Y%m%d%H%M%S"),
        ("2026年07月01日14时05分", "%Y年%m月%d日%H时%M分"),
        ("25/12/2026 14:05", "%d/%m/%Y %H:%M"),
        (1782957600, "epoch"),
        ("1782957600000", "epoch-ms"),
    ],
)
def test_the_form_of_a_time_follows_from_its_values(tmp_path, words, form):
    _, table, (incident,) = made(tmp_path, sampled({"incidentId": "1", "name": "火", "updateTime": words}), "Incident")
    field = table["record"][0]["fields"]["updated_at"]
    assert (field if isinstance(field, str) else field["at"]) == "updateTime"
    assert (None if isinstance(field, str) else field.get("time")) == form
    assert incident.updated_at


def test_one_time_that_is_none_leaves_the_field_out(tmp_path):
    found, _, _ = made(
        tmp_path, sampled({"incidentId": "1", "updateTime": "2026-07-01 14:00:00"}, {"incidentId": "2", "updateTime": "昨天"}), "Incident"
    )
    assert ("updateTime", "昨天") in found.left


@pytest.mark.parametrize(
    "pair", [{"lat": 30.9, "lng": 120.9}, {"纬度": "30.9", "经度": "120.9"}, {"gpsLat": 30.9, "gpsLon": 120.9}, {"y": 30.9, "x": 120.9}]
)
def test_a_position_is_two_numbers_beside_each_other(tmp_path, pair):
    _, _, (incident,) = made(tmp_path, sampled({"incidentId": "1", "where": pair}), "Incident")
    assert (incident.location.point.lat, incident.location.point.lon) == (30.9, 120.9)


def test_what_is_out_of_the_world_is_no_position(tmp_path):
    _, _, (incident,) = made(tmp_path, sampled({"incidentId": "1", "y": 3412345.5, "x": 500123.2}), "Incident")
    assert incident.location.point is None


def test_words_of_a_list_are_known_whatever_the_column_is_called(tmp_path):
    rows = [{"incidentId": "1", "标志": "处置中"}, {"incidentId": "2", "标志": "已结束"}]
    _, _, records = made(tmp_path, sampled(rows), "Incident")
    assert [record.lifecycle for record in records] == ["InProgress", "Closed"]


def test_an_id_is_a_value_that_differs_in_every_entry(tmp_path):
    rows = [{"甲": "a", "乙": "x-1"}, {"甲": "a", "乙": "x-2"}]
    found, _, records = made(tmp_path, sampled(rows), "Incident")
    assert [record.incident_id.rpartition(".")[2] for record in records] == ["x-1", "x-2"]
    assert "differs in each of 2 entries" in found.toml


def test_an_id_that_repeats_is_marked(tmp_path):
    found, _, _ = made(tmp_path, sampled([{"id": "1", "n": "a"}, {"id": "1", "n": "a"}]), "Incident")
    assert "NOT unique" in found.toml


def test_a_record_that_needs_a_time_is_not_drafted_without_one():
    with pytest.raises(ConfigError, match="needs a time"):
        draft("x", sampled({"warnId": "1", "title": "暴雨"}), "Alert")


def test_where_a_needed_text_is_missing_the_default_stands_in(tmp_path):
    _, table, (mission,) = made(tmp_path, sampled({"taskId": "1", "content": "封路"}), "Mission")
    assert table["record"][0]["fields"]["title"]["default"] == mission.title == "city-list"


def test_numbers_and_truth_values_stay_what_they_are(tmp_path):
    _, table, (resource, *_) = made(tmp_path, sampled({"resourceId": 7, "name": "泵", "drill": True, "quantity": "3"}))
    assert table["record"][0]["fields"]["resource_id"]["as_text"] is False
    assert table["record"][0]["fields"]["quantity"]["as_text"] is True
    assert table["says"]["mode"]["table"] == {"true": "Exercise"}
    assert resource.quantity == 3


def test_names_that_toml_must_quote_do_no_harm(tmp_path):
    odd = {"incidentId": "1", 'say "hi"\\': "a", "a.b": "x", "": "y", "\x7f\n": "z", "name": 'q"\\'}
    _, _, (incident,) = made(tmp_path, sampled(odd), "Incident")
    assert incident.name == 'q"\\'


def test_a_table_in_gb18030_is_drafted(tmp_path):
    data = "编号,名称,类别,数量,状态,更新时间\r\nW-1,泵,设备,2,在库,2026/07/01 14:00\r\n".encode("gb18030")
    _, table, (resource, state) = made(tmp_path, [Sample("库存.csv", data)])
    assert (table["encoding"], table["columns"][:2]) == ("gb18030", ["编号", "名称"])
    assert (resource.name, state.availability) == ("泵", "Available")


def test_xml_is_drafted(tmp_path):
    data = "<tasks><task no='1'><title>封路</title><status>执行中</status><deadline>2026-07-01 18:00:00</deadline></task></tasks>".encode()
    _, table, (mission,) = made(tmp_path, [Sample("in.xml", data)])
    assert (table["root"], table["each"]) == ("tasks", "task")
    assert (mission.title, mission.state, bool(mission.due_at)) == ("封路", "InProgress", True)


# ---- the lexicon


@pytest.mark.parametrize("kind", [kind for kind in lexicon() if kind in RECORDS])
def test_every_field_of_the_lexicon_is_one_of_the_record(kind):
    compiler = spec.Compiler(spec.Words(), "json")
    for target in lexicon()[kind]["fields"]:
        steps = tuple(int(step) if step.isdigit() else step for step in target.split("."))
        assert compiler.annotation(RECORDS[kind], steps, ())


def test_every_symbol_of_the_lexicon_is_one():
    from bridge import records  # noqa: PLC0415

    for name, symbols in lexicon()["symbols"].items():
        known = [str(level) for level in range(1, 5)] if name == "level" else vars(records)[name].__args__
        assert set(symbols) <= set(known), name


def test_names_are_compared_without_case_blanks_and_signs():
    assert plain("Warn_ID（1）") == "warnid1"
    assert fit(("warn", "Warn-Id"), "warnid") > fit(("x", "cityWarnId"), "warnid") > fit(("x", "warn"), "warnid") == 0
