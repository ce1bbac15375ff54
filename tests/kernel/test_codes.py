import csv
import io
import json
from typing import get_args

import pytest

from bridge import codes, kinds, records, topics
from bridge.errors import ConfigError
from schemas import ROOT

LISTS = codes.names()
ENUMS = {each["name"]: each["symbols"] for each in json.loads(ROOT.joinpath("enums.avsc").read_text("utf-8"))}
MEANT = {
    "cap-category": "IncidentFamily",
    "cap-certainty": "Certainty",
    "cap-msg-type": "AlertMsgType",
    "cap-scope": "AlertScope",
    "cap-severity": "Severity",
    "cap-status": "ExchangeStatus",
    "cap-urgency": "Urgency",
    "edxl-rm-contact-role": "ContactRole",
    "edxl-rm-message": "RequestStep",
    "edxl-rm-recall-type": "RequestStep",
    "edxl-rm-response-type": "RequestStep",
    "emsi-category": "IncidentFamily",
    "emsi-cause": "Cause",
    "emsi-env": "IncidentFamily",
    "emsi-event-status": "IncidentState",
    "emsi-link-role": "LinkRelation",
    "emsi-mission-status": "MissionState",
    "emsi-mode": "Mode",
    "emsi-msg-type": "DistributionKind",
    "emsi-resource-class": "ResourceKind",
    "emsi-resource-status": "Availability",
    "emsi-risk": "Trend",
    "emsi-seclass": "Confidentiality",
    "emsi-source": "InfoSource",
    "emsi-urgency": "Urgency",
    "event-grade": "Severity",
    "gb-35561": "IncidentFamily",
    "gb-38565": "ResourceKind",
    "meteoalarm-level": "Severity",
    "warning-color": "WarningColor",
    "warning-severity": "Severity",
}
ELSEWHERE = {"gb-2260": "gb-2260", "meteoalarm-type": "gb-35561", "warning-level": "warning-color"}
REGIONBUS = codes.load("regionbus")

SMALL = codes.table(
    "small",
    """code,label_en,label_zh,parent,maps_to,source
A,Fire,火灾,,Accident,here
A/B,Forest fire,森林火灾,A,,here
A/B/C,Crown fire,树冠火,A/B,NaturalDisaster,here
D,Blaze,大火,,Accident,here
E,Strange,奇怪,,,here
""",
)


def raw(name):
    return list(csv.DictReader(io.StringIO(ROOT.joinpath("codes", f"{name}.csv").read_text("utf-8"))))


# ---- what a list can do


def test_a_code_means_what_its_row_says():
    assert SMALL.means("A/B/C") == "NaturalDisaster"


def test_a_code_without_a_meaning_means_what_its_parent_means():
    assert SMALL.means("A/B") == "Accident"


@pytest.mark.parametrize("code", ["A/X", "A/X/Y", "A/B/X"])
def test_an_unknown_code_means_what_its_longest_known_beginning_means(code):
    assert SMALL.means(code) == "Accident"


@pytest.mark.parametrize("code", ["X", "X/A", "AB", "", "/", "E", "a"])
def test_a_code_that_means_nothing_here_is_no_fault(code):
    assert SMALL.means(code) is None


def test_the_first_of_several_codes_is_the_one_written():
    assert SMALL.writes("Accident") == "A"
    assert SMALL.writes("PublicHealth") is None


def test_only_an_exact_code_is_in_a_list():
    assert "A/B" in SMALL
    assert "A/X" not in SMALL


@pytest.mark.parametrize(
    ("code", "lang", "label"), [("A/B", "en", "Forest fire"), ("A/B", "zh", "森林火灾"), ("A/B/X", "zh", "森林火灾"), ("X", "en", None)]
)
def test_a_code_has_a_label_in_both_languages(code, lang, label):
    assert SMALL.label(code, lang) == label


def test_a_small_table_can_be_written_where_it_is_used():
    table = codes.simple("here", {"1": "Available", "2": "EnRoute", "3": "Available"})
    assert [table.means("3"), table.writes("Available"), table.label("2")] == ["Available", "1", "2"]


def test_a_list_with_another_header_stops_the_start():
    with pytest.raises(ConfigError, match="wrong: its header is not code,label_en"):
        codes.table("wrong", "code,label\n1,x\n")


def test_an_unknown_list_is_named_together_with_those_there_are():
    with pytest.raises(ConfigError, match=r"no code list 'gb-35562'.*gb-35561"):
        codes.load("gb-35562")


# ---- the lists of this installation


def test_every_list_that_means_something_is_checked_here():
    meaningful = {name for name in LISTS if any(row["maps_to"] for row in raw(name))}
    assert meaningful <= MEANT.keys() | ELSEWHERE.keys() | {"emsi-unit", "emsi-contact-type"}


@pytest.mark.parametrize("name", LISTS)
def test_every_row_of_a_list_is_whole_and_stands_once(name):
    rows = raw(name)
    assert rows
    assert all(set(row) == set(codes.Code._fields) and None not in row.values() for row in rows)
    assert all(row["code"] and row["label_en"] and row["label_zh"] and row["source"] for row in rows)
    assert all(value == value.strip() for row in rows for value in row.values())
    assert len(codes.load(name).rows) == len(rows)


@pytest.mark.parametrize("name", LISTS)
def test_every_parent_is_in_its_list_and_none_is_its_own_ancestor(name):
    rows = codes.load(name).rows
    for row in rows.values():
        line = [row.code]
        while parent := rows[line[-1]].parent:
            assert parent in rows, f"{row.code} has the parent {parent}"
            assert parent not in line, f"{row.code} is its own ancestor"
            line.append(parent)


@pytest.mark.parametrize(("name", "enum"), MEANT.items())
def test_every_meaning_is_a_symbol_of_its_enumeration(name, enum):
    meanings = {row.maps_to for row in codes.load(name).rows.values()} - {""}
    assert meanings
    assert meanings <= set(ENUMS[enum])


@pytest.mark.parametrize(("name", "other"), ELSEWHERE.items())
def test_a_meaning_in_another_list_is_there(name, other):
    for row in codes.load(name).rows.values():
        assert not row.maps_to or row.maps_to.removeprefix(f"{other}:") in codes.load(other), row.code


@pytest.mark.parametrize("name", [*MEANT, *ELSEWHERE])
def test_every_meaning_is_written_as_a_code_that_means_it(name):
    found = codes.load(name)
    assert all(found.means(code) == meaning for meaning, code in found.written.items())


def test_units_are_common_codes():
    assert all(
        row.maps_to == "" or (row.maps_to.isalnum() and row.maps_to == row.maps_to.upper() and len(row.maps_to) <= 3)
        for row in codes.load("emsi-unit").rows.values()
    )


def test_every_channel_of_a_contact_has_its_contact_type():
    written = codes.load("emsi-contact-type").written
    assert written.keys() >= {"tel", "radio", "email", "web", "fax", "post"}


def test_a_retired_division_leads_to_one_that_is_in_force():
    rows = codes.load("gb-2260").rows
    retired = {row.code: row.maps_to.removeprefix("gb-2260:") for row in rows.values() if row.maps_to}
    assert len(retired) > 50
    for code, successor in retired.items():
        assert "retired" in rows[code].source, code
        assert successor not in retired, f"{code} leads to {successor}, which is retired too"
        assert "retired" not in rows[successor].source, f"{code} leads to {successor}, which is retired too"


def test_a_division_is_six_digits_below_its_province():
    for row in codes.load("gb-2260").rows.values():
        assert len(row.code) == 6
        assert row.code.isdigit()
        assert not row.parent or row.parent[:2] == row.code[:2], row.code


@pytest.mark.parametrize(
    ("code", "family"),
    [("11B06", "NaturalDisaster"), ("11", "NaturalDisaster"), ("12", "Accident"), ("13", "PublicHealth"), ("14", "SocialSecurity")],
)
def test_an_event_code_belongs_to_its_family(code, family):
    assert codes.load("gb-35561").means(code) == family


@pytest.mark.parametrize("enum", ENUMS)
def test_every_symbol_of_an_enumeration_has_both_labels(enum):
    for symbol in ENUMS[enum]:
        row = REGIONBUS.rows[f"{enum}.{symbol}"]
        assert row.label_en
        assert any("\u4e00" <= char <= "\u9fff" for char in row.label_zh), row.code


def test_every_level_of_a_topic_has_both_labels():
    levels = {"kind": kinds.CLASSES, "lane": kinds.LANES, "mode": topics.NAMES, "family": [*kinds.FAMILIES.values(), "none"]}
    assert {f"{name}.{word}" for name, words in levels.items() for word in words} <= REGIONBUS.rows.keys()


def test_no_label_is_left_of_a_symbol_that_there_is_no_more():
    symbols = {f"{enum}.{symbol}" for enum, symbols in ENUMS.items() for symbol in symbols}
    assert {code for code in REGIONBUS.rows if code[0].isupper()} == symbols


@pytest.mark.parametrize("enum", ENUMS)
def test_the_records_have_the_symbols_of_the_schema(enum):
    assert list(get_args(getattr(records, enum))) == ENUMS[enum]
