from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from records import any_of, full

from bridge.kinds import CLASSES
from bridge.losses import Difference, coarser, covered, differences, leaves, same, silent
from bridge.records import Address, Area, Attachment, Casualties, CodedValue, GeoPoint, Incident, Location, Note, Plan, Resource, Zone

FIRE = CodedValue(scheme="s", code="fire")
NOON = datetime(2026, 7, 1, 4, 5, 7, 120_000, UTC)


def incident(**fields):
    needed = dict(incident_id="i", owner="o", category="Accident", lifecycle="Reported", location=Location())
    return Incident(**needed | fields)


def lost(said, found):
    rows = list(differences(said, found))
    assert all(row.lost for row in rows), rows
    return [row.path for row in rows]


def changed(said, found):
    return [row.path for row in differences(said, found) if not row.lost]


# ---- leaves


def test_the_leaves_are_what_is_said():
    said = incident(
        name="fire",
        location=Location(point=GeoPoint(lat=1.0, lon=2.0), address=Address(text="x")),
        zones=(Zone(kind=FIRE, area=Area(polygons=("1,2 3,4", "5,6 7,8"))), Zone(kind=FIRE, area=Area())),
        extensions={"cap:note": "x"},
    )
    assert list(leaves(said)) == [
        "incident_id",
        "owner",
        "name",
        "category",
        "lifecycle",
        "location.point.lat",
        "location.point.lon",
        "location.address.text",
        *["zones.kind.scheme", "zones.kind.code", "zones.area.polygons", "zones.area.polygons"],
        *["zones.kind.scheme", "zones.kind.code"],
        "extensions.cap:note",
    ]


def test_zero_and_false_say_something():
    assert "quantity" in leaves(Resource(resource_id="r", owner="o", kind="Supply", quantity=0.0))


@pytest.mark.parametrize(
    ("value", "silence"),
    [(None, True), ("Unknown", True), ("", True), ((), True), ({}, True), (0, False), (False, False), (0.0, False), (" ", False)],
)
def test_silence_is_told_from_nought(value, silence):
    assert silent(value) is silence


# ---- differences


@pytest.mark.parametrize("cls", CLASSES.values(), ids=lambda cls: cls.__name__)
def test_a_record_does_not_differ_from_itself(cls):
    assert list(differences(full(cls), full(cls))) == []


@settings(max_examples=20)
@given(any_of(Incident))
def test_a_record_stripped_of_all_it_may_leave_out_loses_exactly_that(record):
    bare = incident(incident_id=record.incident_id, owner=record.owner, category=record.category, lifecycle=record.lifecycle)
    needed = {"incident_id", "owner", "category", "lifecycle"}
    assert sorted(lost(record, bare)) == sorted(leaf for leaf in leaves(record) if leaf not in needed)


def test_what_is_left_out_is_a_loss_with_its_whole_path():
    said = incident(location=Location(name="x", address=Address(text="y", street="z")))
    assert lost(said, incident(location=Location(name="x"))) == ["location.address.text", "location.address.street"]


def test_a_loss_tells_what_was_said():
    assert list(differences(incident(name="x"), incident())) == [Difference("name", "x", None, lost=True)]


def test_a_symbol_that_became_unknown_is_a_loss():
    assert lost(incident(severity="Severe"), incident()) == ["severity"]


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ({"severity": "Severe"}, {"severity": "Extreme"}),
        ({"severity": "Unknown"}, {"severity": "Extreme"}),
        ({"name": "x"}, {"name": "y"}),
        ({"name": None}, {"name": "y"}),
        ({"level": 1}, {"level": 2}),
        ({"occurred_at": NOON}, {"occurred_at": NOON.replace(hour=5)}),
        ({"involved_agencies": ("a", "b")}, {"involved_agencies": ("b", "a")}),
    ],
)
def test_another_value_is_a_change_and_no_loss(said, found):
    assert set(changed(incident(**said), incident(**found))) == said.keys()


def test_an_empty_part_and_no_part_say_the_same():
    said = full(Resource).model_copy(update={"home_base": Location()})
    assert list(differences(said, said.model_copy(update={"home_base": None}))) == []


# ---- lists


@pytest.mark.parametrize("kept", [(), ("a",), ("b",), ("c",), ("a", "b"), ("a", "c"), ("b", "c")])
def test_entries_of_a_list_that_are_left_out_are_losses(kept):
    said = incident(notes=tuple(Note(text=each) for each in "abc"))
    assert lost(said, incident(notes=tuple(Note(text=each) for each in kept))) == ["notes.text"] * (3 - len(kept))


def test_an_entry_may_be_left_out_and_its_brother_made_poorer():
    said = incident(notes=(Note(text="a"), Note(text="b", author="x")))
    assert lost(said, incident(notes=(Note(text="b"),))) == ["notes.text", "notes.author"]


@pytest.mark.parametrize("found", [("a", "b", "c"), ("x",), ("b", "a", "a"), ("a", "x")])
def test_an_entry_that_nobody_said_is_a_change(found):
    assert changed(incident(involved_agencies=("a", "b")), incident(involved_agencies=found))


def test_a_changed_entry_of_a_shortened_list_is_a_change():
    said = incident(casualties=(Casualties(dead=1), Casualties(dead=2)))
    assert changed(said, incident(casualties=(Casualties(dead=3),)))


# ---- mappings


def test_an_extension_that_is_left_out_is_a_loss():
    assert lost(incident(extensions={"a": "1", "b": "2"}), incident(extensions={"b": "2"})) == ["extensions.a"]


@pytest.mark.parametrize("found", [{"a": "2"}, {"a": "1", "b": "2"}])
def test_an_extension_that_nobody_said_is_a_change(found):
    assert changed(incident(extensions={"a": "1"}), incident(extensions=found))


# ---- what is the same


def test_a_centimetre_is_no_change():
    place = GeoPoint(lat=30.123456789, lon=121.0)
    assert list(differences(place, GeoPoint(lat=30.12345680, lon=121.0))) == []
    assert changed(place, GeoPoint(lat=30.1234571, lon=121.0)) == ["lat"]


def test_shapes_written_otherwise_are_the_same_shapes():
    said = Area(polygons=("1.0,2.0 3.5,4",), circles=("1,2 3",))
    assert list(differences(said, Area(polygons=("1,2 3.50000001,4.0",), circles=("1.0,2 3.0",)))) == []


@pytest.mark.parametrize("polygon", ["1.0,2.0 3.6,4", "1.0,2.0", "1.0,2.0 3.5,4 5,6"])
def test_a_moved_or_cut_shape_is_a_change(polygon):
    assert changed(Area(polygons=("1.0,2.0 3.5,4",)), Area(polygons=(polygon,))) == ["polygons"]


def test_geometry_may_be_spaced_otherwise():
    said = Location(geometry='{"type":"Point","coordinates":[121,30.5]}')
    assert list(differences(said, Location(geometry='{"type": "Point", "coordinates": [121.0, 30.5]}'))) == []


def test_the_same_corners_in_another_geometry_are_a_change():
    said = Location(geometry='{"type":"LineString","coordinates":[[1,2],[3,4]]}')
    assert changed(said, Location(geometry='{"type":"MultiPoint","coordinates":[[1,2],[3,4]]}')) == ["geometry"]


def test_numbers_in_plain_text_are_no_coordinates():
    assert changed(Location(name="room 1.0"), Location(name="room 1")) == ["name"]


def test_whole_numbers_have_no_tolerance():
    plan = Plan(plan_id="p", owner="o", title="t", revision=1_781_430_787_123)
    assert changed(plan, plan.model_copy(update={"revision": 1_781_430_787_124})) == ["revision"]
    assert changed(Attachment(size_bytes=10**10), Attachment(size_bytes=10**10 + 1)) == ["size_bytes"]


def test_large_numbers_may_differ_in_their_last_digits():
    assert same(1e12, 1e12 + 0.01, "loss_amount")
    assert not same(1e12, 1e12 + 10_000, "loss_amount")


# ---- times


@pytest.mark.parametrize("cut", [NOON.replace(microsecond=0), NOON.replace(second=0, microsecond=0)])
def test_a_time_cut_to_seconds_or_minutes_is_a_loss(cut):
    assert lost(incident(occurred_at=NOON), incident(occurred_at=cut)) == ["occurred_at"]


@pytest.mark.parametrize(
    "other", [NOON.replace(second=8, microsecond=0), NOON.replace(minute=0, second=0, microsecond=0), NOON.replace(microsecond=100_000)]
)
def test_a_time_rounded_otherwise_is_a_change(other):
    assert changed(incident(occurred_at=NOON), incident(occurred_at=other)) == ["occurred_at"]


def test_only_a_time_can_be_coarser():
    assert not coarser("2026-07-01T04:00:07", "2026-07-01T04:00")


# ---- what is declared


@pytest.mark.parametrize("path", ["Incident.name", "Incident.location.point", "Incident.location.point.lat"])
def test_a_declared_path_covers_itself_and_all_below_it(path):
    assert covered(path, frozenset({"Incident.name", "Incident.location.point"}))


@pytest.mark.parametrize("path", ["Incident.names", "Incident.location", "Incident", "Resource.name", ""])
def test_a_declared_path_covers_nothing_else(path):
    assert not covered(path, frozenset({"Incident.name", "Incident.location.point"}))
