import json
import math
import time
from datetime import UTC, datetime
from functools import partial

import pytest

from bridge import settings, wire
from bridge.adapter import Said, Says
from bridge.agreements import Grant, owed
from bridge.area import OPENED, Territory, places, stems
from bridge.assembly import grant
from bridge.envelope import Terms, seal
from bridge.errors import ConfigError
from bridge.kinds import LANES
from bridge.links import border
from bridge.links.border import Border
from bridge.records import Address, Alert, AlertInfo, Area, Carrier, CodedValue, GeoPoint, Incident, Location, Observation, Plan, ResourceState, Zone

NOW = datetime(2026, 7, 1, 4, tzinfo=UTC)
NORTH, EAST = 110_861.0, 95_504.0
"""Metres of a degree of latitude at 30.5° and of longitude at 31° north on WGS-84, by the published series."""
JIAXING = "30.5,120.3 31.0,120.3 31.0,121.3 30.5,121.3 30.5,120.3"
SHANGHAI = "31.0,121.3 31.5,121.3 31.5,122.0 31.0,122.0 31.0,121.3"
SUZHOU = "31.1,120.3 31.6,120.3 31.6,121.2 31.1,121.2 31.1,120.3"


def partner(name, **more):
    return Grant(name, f"cn-{name}", frozenset("*"), frozenset("*"), frozenset({"Actual"}), **more)


def territory(*polygons, circles=(), divisions=(), within=0.0):
    return Territory.of(polygons, circles, divisions, within)


@pytest.fixture(scope="module")
def neighbours():
    return [
        partner("jiaxing", area=territory(JIAXING, divisions=["330400"], within=5000)),
        partner("shanghai", area=territory(SHANGHAI, divisions=["310000"], within=2000)),
        partner("suzhou", area=territory(SUZHOU, divisions=["320500"])),
    ]


def incident(location=None, zones=(), **more):
    zones = tuple(Zone(kind=CodedValue(scheme="x", code="plume"), area=zone) for zone in zones)
    return Incident(incident_id="i", owner="cn-a", category="Unknown", lifecycle="Reported", location=location or Location(), zones=zones, **more)


def point(lat, lon, accuracy_m=None):
    return Location(point=GeoPoint(lat=lat, lon=lon, accuracy_m=accuracy_m))


def drawn(kind, coordinates):
    return Location(geometry=json.dumps({"type": kind, "coordinates": coordinates}))


def code(division):
    return Location(address=Address(admin_code=division))


def sealed(record, mode="Actual", **says):
    return seal(Said(record, Says(**says)), Terms(agency="cn-a", mode=mode), NOW)


def reached(editions, grants):
    found = [(each.recipient, each.stage) for edition in editions for each in owed(edition.topic, edition.envelope, grants, NOW)]
    return sorted(f"{recipient.removeprefix('cn-')}{'' if state == 'waiting' else ' ' + state}" for recipient, state in found)


def whereabouts(record, **says):
    (edition,) = sealed(record, **says)
    return places(edition.envelope)


# ---- who is reached


INCIDENTS = {
    "in Jiaxing": (incident(point(30.7, 120.7)), "jiaxing"),
    "in Shanghai": (incident(point(31.2, 121.5)), "shanghai"),
    "in Suzhou": (incident(point(31.3, 120.6)), "suzhou"),
    "3 km north of Jiaxing, 8 km south of Suzhou": (incident(point(31.0 + 3000 / NORTH, 120.7)), "jiaxing"),
    "8 km north of Jiaxing, 3 km south of Suzhou": (incident(point(31.0 + 8000 / NORTH, 120.7)), ""),
    "where Jiaxing and Shanghai meet": (incident(point(31.0, 121.3)), "jiaxing shanghai"),
    "in none of them": (incident(point(39.9, 116.4)), ""),
    "in none of them, but known to 2,000 km only": (incident(point(39.9, 116.4, 2e6)), "jiaxing shanghai suzhou"),
    "without a place": (incident(), "jiaxing shanghai suzhou"),
    "in words only": (incident(Location(address=Address(text="人民路1号"))), "jiaxing shanghai suzhou"),
    "in Jiashan by its code": (incident(code("330421")), "jiaxing"),
    "in a village of Jiaxing": (incident(code("330402001005")), "jiaxing"),
    "in a district of Shanghai that is no more": (incident(code("310108")), "shanghai"),
    "in all of Zhejiang": (incident(code("330000")), "jiaxing"),
    "in all of the nation": (incident(code("000000")), "jiaxing shanghai suzhou"),
    "in Hangzhou by its code": (incident(code("330100")), ""),
    "in Hangzhou, its plume over Suzhou": (incident(code("330100"), [Area(circles=("30.9,120.7 25",))]), "jiaxing suzhou"),
    "a plume over Jiaxing and Shanghai": (incident(zones=[Area(polygons=("30.9,121.2 31.05,121.2 31.05,121.5 30.9,121.2",))]), "jiaxing shanghai"),
    "a road from Suzhou to Shanghai": (incident(drawn("LineString", [[120.9, 31.3], [121.6, 31.3]])), "shanghai suzhou"),
    "around Jiaxing, which is its hole": (
        incident(
            drawn("Polygon", [[[119, 30], [123, 30], [123, 30.9], [119, 30.9], [119, 30]], [[120, 30.2], [121.6, 30.2], [121.6, 31.2], [120, 30.2]]])
        ),
        "jiaxing",
    ),
    "a resource in Suzhou on its way to Jiaxing": (
        ResourceState(resource_id="r", availability="EnRoute", position=GeoPoint(lat=31.3, lon=120.6), destination=point(30.7, 120.7)),
        "jiaxing suzhou",
    ),
    "a plan for Shanghai": (
        Plan(plan_id="p", owner="cn-a", title="flood", area=Area(geocodes=(CodedValue(scheme="urn:cn:gb:2260", code="310115"),))),
        "shanghai",
    ),
}


@pytest.mark.parametrize("what", INCIDENTS)
def test_an_unaddressed_record_reaches_whom_it_concerns_by_its_place(what, neighbours):
    record, wanted = INCIDENTS[what]
    assert " ".join(reached(sealed(record), neighbours)) == wanted


def test_an_alert_reaches_whom_any_of_its_areas_concerns(neighbours):
    areas = (Area(circles=("39.9,116.4 10",)), Area(circles=("31.3,120.6 0",)))
    info = AlertInfo(categories=("Met",), event="rain", urgency="Immediate", severity="Severe", certainty="Observed", areas=areas)
    alert = Alert(identifier="1", sender="x", sent=NOW, status="Actual", msg_type="Alert", scope="Public", infos=(info,))
    assert reached(sealed(alert), neighbours) == ["suzhou"]


def test_the_area_that_the_author_states_reaches_further_than_the_place(neighbours):
    assert reached(sealed(incident(point(39.9, 116.4)), area=Area(circles=("31.2,121.5 1",))), neighbours) == ["shanghai"]


def test_what_happens_elsewhere_is_neither_owed_nor_withheld(neighbours):
    assert reached(sealed(incident(point(39.9, 116.4)), mode="Exercise"), neighbours) == []
    assert reached(sealed(incident(point(30.7, 120.7)), mode="Exercise"), neighbours) == ["jiaxing withheld"]


@pytest.mark.parametrize(("metres", "near"), [(0, True), (4990, True), (5010, False)])
@pytest.mark.parametrize("place", [lambda far: (30.5 - far / NORTH, 120.9), lambda far: (31.0, 121.3 + far / EAST)], ids=["south", "east"])
def test_near_is_measured_in_metres_on_the_ground(place, metres, near):
    assert territory(JIAXING, within=5000).concerns(whereabouts(incident(point(*place(metres))))) is near


@pytest.mark.parametrize(("km", "near"), [(39.9, True), (40.1, False)])
def test_a_circle_has_its_radius_in_kilometres(km, near):
    assert territory(circles=["30.5,120.75 35"], within=5000).concerns(whereabouts(incident(point(30.5 + km * 1000 / NORTH, 120.75)))) is near


def test_an_area_of_shapes_alone_lets_pass_what_names_divisions_alone():
    assert territory(JIAXING).concerns(whereabouts(incident(code("330100"))))
    assert territory(divisions=["330400"]).concerns(whereabouts(incident(point(39.9, 116.4))))


@pytest.mark.parametrize(
    ("division", "found"),
    [
        ("330400", {"3304"}),
        ("330411", {"330411"}),
        ("000000", {""}),
        ("310108", {"310108", "310106"}),
        ("75056", set()),
        ("３３０４００", set()),
        ("", set()),
    ],
)
def test_a_division_is_known_by_what_its_code_begins_with(division, found):
    assert stems(division) == found


# ---- geometry from nowhere good


def star(corners):
    step = corners // 2 - (corners % 2 == 0)
    turn = [2 * math.pi * step * corner / corners for corner in range(corners)]
    return [[round(120 + math.cos(angle) / 5, 9), round(40 + math.sin(angle) / 5, 9)] for angle in turn]


def closed(ring):
    return [*ring, ring[0]]


def nested(depth):
    return '{"type":"GeometryCollection","geometries":[' * depth + "]}" * depth


HOSTILE = {
    "crosses itself 2,000 times": (drawn("Polygon", [closed(star(2001))]), False),
    "hundreds of islands": (drawn("MultiPolygon", [[[[n / 8, 1], [n / 8, 2], [n / 8, 1.5], [n / 8, 1]]] for n in range(900)]), False),
    "thousands of points": (drawn("MultiPoint", [[n / 100, 1] for n in range(5000)]), False),
    "flies round the Earth": (drawn("LineString", [[(n % 2) * 170, n / 100] for n in range(4000)]), True),
    "no number": (Location(geometry='{"type":"Point","coordinates":[NaN,30]}'), True),
    "a number without end": (Location(geometry='{"type":"Point","coordinates":[1e999,30]}'), True),
    "a number of 5,000 digits": (Location(geometry='{"type":"Point","coordinates":[' + "9" * 5000 + ",30]}"), True),
    "beyond the pole": (drawn("Point", [120, 91]), True),
    "one corner": (drawn("Polygon", [[[120, 30]]]), True),
    "no corner": (drawn("Polygon", []), True),
    "no geometry": (Location(geometry='{"type":"Circle","coordinates":[120,30]}'), True),
    "not JSON": (Location(geometry="POINT (120 30)"), True),
    "a list": (Location(geometry="[1]"), True),
    "too deep": (Location(geometry=nested(5000)), True),
    "deep enough": (Location(geometry=nested(40)), True),
    "the whole Earth": (drawn("Polygon", [[[-180, -90], [180, -90], [180, 90], [-180, 90], [-180, -90]]]), True),
    "round the pole": (drawn("Polygon", [[[0, 80], [90, 80], [180, 80], [-90, 80], [0, 80]]]), True),
    "a million points": (drawn("MultiPoint", [[1, 1]] * 100_000), True),
}


@pytest.mark.parametrize("what", HOSTILE)
def test_no_geometry_raises_or_takes_long_and_what_cannot_be_judged_passes(what):
    location, passes = HOSTILE[what]
    (edition,) = sealed(incident(location))
    area = territory(JIAXING, circles=["30.75,120.75 35"], within=5000)
    area.concerns(places(edition.envelope))
    spent = []
    for _ in range(5):
        begun = time.thread_time()
        assert area.concerns(places(edition.envelope)) is passes
        spent.append(time.thread_time() - begun)
    assert min(spent) < 0.05


def test_a_record_too_large_to_be_opened_for_its_place_passes():
    (edition,) = sealed(incident(point(39.9, 116.4), description="x" * OPENED))
    assert places(edition.envelope).unclear


def test_a_record_of_an_unknown_schema_passes():
    (edition,) = sealed(incident(point(39.9, 116.4)))
    payload = wire.MARK + b"\x00" * 8 + edition.envelope.payload[wire.HEAD :]
    assert territory(JIAXING).concerns(places(edition.envelope.model_copy(update={"payload": payload})))
    assert not territory(JIAXING).concerns(places(edition.envelope))


FIJI = "-18,178 -16,178 -16,-178 -18,-178 -18,178"


@pytest.mark.parametrize(("lon", "near"), [(179.9, True), (-179.9, True), (180, True), (-180, True), (177, False), (-177, False), (0, False)])
def test_an_area_across_the_date_line_is_reached_from_both_sides(lon, near):
    assert territory(FIJI, within=1000).concerns(whereabouts(incident(point(-17, lon)))) is near
    assert territory(circles=[f"-17,{lon} 1"]).concerns(whereabouts(incident(zones=[Area(polygons=(FIJI,))]))) is near


def test_what_is_cut_at_the_date_line_is_one():
    cut = drawn("MultiPolygon", [[[[178, -18], [180, -18], [180, -16], [178, -18]]], [[[-180, -18], [-178, -18], [-180, -16], [-180, -18]]]])
    assert [territory(circles=[f"-17.5,{lon} 1"]).concerns(whereabouts(incident(cut))) for lon in (179.5, -179.5, 0, 170)] == [
        True,
        True,
        False,
        False,
    ]


# ---- whom a message names


FIRE, POLICE = frozenset({"fire"}), frozenset({"police"})
HUB = [
    partner("north", roles=FIRE, groups=frozenset({"cn-delta"})),
    partner("south", roles=FIRE | POLICE, area=territory(JIAXING)),
    partner("east", roles=POLICE, groups=frozenset({"cn-delta"})),
    partner("closed", roles=FIRE, groups=frozenset({"cn-delta"}))._replace(kinds=frozenset()),
    partner("a", roles=FIRE, groups=frozenset({"cn-delta"})),
]
FAR, NEAR = Area(circles=("39.9,116.4 1",)), Area(circles=("30.7,120.7 1",))
NAMED = {
    "nobody": ({}, "a|east|north"),
    "one": ({"recipients": ("cn-south",)}, "south"),
    "two": ({"recipients": ("cn-south", "cn-east")}, "east|south"),
    "one of another hub": ({"recipients": ("cn-far",)}, ""),
    "a group": ({"recipients": ("cn-delta",)}, "closed withheld|east|north"),
    "a group and one of it": ({"recipients": ("cn-delta", "cn-north")}, "closed withheld|east|north"),
    "one of a group and the group": ({"recipients": ("cn-north", "cn-delta")}, "closed withheld|east|north"),
    "a role": ({"recipient_roles": ("fire",)}, "closed withheld|north|south"),
    "two roles": ({"recipient_roles": ("fire", "police")}, "closed withheld|east|north|south"),
    "a role that nobody has": ({"recipient_roles": ("mayor",)}, ""),
    "a role and one who has it": ({"recipient_roles": ("fire",), "recipients": ("cn-north",)}, "closed withheld|north|south"),
    "a role and a group": ({"recipient_roles": ("police",), "recipients": ("cn-delta",)}, "closed withheld|east|north|south"),
    "a role in an area": ({"recipient_roles": ("fire",), "area": FAR}, "closed withheld|north"),
    "a role in another area": ({"recipient_roles": ("fire",), "area": NEAR}, "closed withheld|north|south"),
}


@pytest.mark.parametrize("who", NAMED)
def test_whom_a_message_names_gets_it_once(who):
    says, wanted = NAMED[who]
    assert reached(sealed(incident(point(39.9, 116.4)), **says), HUB) == [each for each in wanted.split("|") if each]


def test_an_addressed_message_goes_to_an_inbox_of_each_name_and_roles_go_where_every_hub_reads():
    editions = sealed(incident(), recipients=("cn-b", "cn-delta"), recipient_roles=("fire",))
    kinds = [str(each.topic).removeprefix("rb/1/") for each in editions]
    assert kinds == ["to/cn-b/cn-a/actual/incident", "to/cn-delta/cn-a/actual/incident", "data/cn-a/full/actual/incident/none/00/000000"]
    assert {(each.envelope.recipients, each.envelope.recipient_roles) for each in editions} == {(("cn-b", "cn-delta"), ("fire",))}


def test_what_the_source_says_of_whom_it_concerns_is_part_of_what_is_said():
    says = [{}, {"recipient_roles": ("x",)}, {"keywords": ("x",)}, {"area": Area()}, {"area": Area(description="x")}]
    assert len({sealed(incident(), **each)[-1].digest for each in says}) == len(says)
    (edition,) = sealed(incident(), keywords=("x",), area=FAR)
    assert (edition.envelope.keywords, edition.envelope.area) == (("x",), FAR)


def test_keywords_narrow_what_is_addressed_to_nobody():
    floods = [partner("floods", keywords=frozenset({"flood", "dam"}), roles=FIRE)]
    says = [{}, {"keywords": ("flood", "x")}, {"keywords": ("fire",)}, {"recipients": ("cn-floods",)}, {"recipient_roles": ("fire",)}]
    assert [reached(sealed(incident(), **each), floods) for each in says] == [[], ["floods"], [], ["floods"], ["floods"]]


# ---- who moves out


IN, NORTH_OF, FAR_OFF = point(30.7, 120.7), point(31.3, 120.6), point(39.9, 116.4)
MOVES = {
    "from Jiaxing to Suzhou": ([IN, NORTH_OF, NORTH_OF], ["jiaxing", "jiaxing suzhou", "suzhou"]),
    "from Jiaxing to far away": ([IN, FAR_OFF, FAR_OFF, FAR_OFF], ["jiaxing", "jiaxing", "", ""]),
    "out and in again": ([IN, FAR_OFF, IN, FAR_OFF], ["jiaxing"] * 4),
    "never near": ([FAR_OFF, FAR_OFF], ["", ""]),
    "from anywhere to far away": ([Location(), FAR_OFF, FAR_OFF], ["jiaxing shanghai suzhou", "jiaxing shanghai suzhou", ""]),
    "from far away to anywhere": ([FAR_OFF, Location()], ["", "jiaxing shanghai suzhou"]),
}


class Listening:
    """Who hears what of which places, as a hub's listener judges."""

    def __init__(self, grants):
        self.grants, self.border = grants, Border()
        self.border.recalled.update(LANES)

    def hears(self, record, sequence, **says):
        (edition,) = sealed(record, **says)
        carrier = Carrier(hub="cn", stream=edition.stream, epoch=1, sequence=sequence, envelope=edition.data)
        still = partial(self.border.still, carrier, edition.envelope)
        rows = owed(edition.topic, edition.envelope, self.grants, NOW, still)
        return " ".join(each.recipient.removeprefix("cn-") for each in rows)


@pytest.mark.parametrize("move", MOVES)
def test_who_has_seen_it_hears_once_where_it_went(neighbours, move):
    places, wanted = MOVES[move]
    listening = Listening(neighbours)
    assert [listening.hears(incident(place), sequence) for sequence, place in enumerate(places, 1)] == wanted


def test_a_unit_on_the_move_is_followed_over_the_border_and_no_further(neighbours):
    listening = Listening(neighbours)
    rides = [ResourceState(resource_id="r", availability="EnRoute", position=where.point) for where in (IN, NORTH_OF, NORTH_OF)]
    assert [listening.hears(ride, sequence) for sequence, ride in enumerate(rides, 1)] == ["jiaxing", "jiaxing suzhou", "suzhou"]


def test_an_older_word_that_comes_late_is_not_given_after_the_one_that_it_has_left(neighbours):
    listening = Listening(neighbours)
    assert listening.hears(incident(FAR_OFF), 5) == ""
    assert listening.hears(incident(IN), 4) == ""
    assert listening.hears(incident(FAR_OFF), 6) == ""


def test_a_word_that_is_heard_again_is_judged_as_before(neighbours):
    listening = Listening(neighbours)
    for sequence, (place, wanted) in enumerate([(FAR_OFF, ""), (IN, "jiaxing"), (FAR_OFF, "jiaxing"), (FAR_OFF, "")], 1):
        assert [listening.hears(incident(place), sequence) for _ in range(3)] == [wanted] * 3


def test_before_the_journal_is_read_a_message_too_many_is_given_rather_than_one_too_few(neighbours):
    listening = Listening(neighbours[:1])
    listening.border.recalled.clear()
    assert [listening.hears(incident(FAR_OFF), sequence) for sequence in (1, 2)] == ["jiaxing", ""]


def test_what_counts_for_itself_is_not_followed(neighbours):
    listening = Listening(neighbours)
    smoke = dict(observation_id="o", station_id="s", property=CodedValue(scheme="x", code="smoke"), at=NOW)
    seen = [Observation(**smoke, location=where) for where in (IN, FAR_OFF)]
    assert [listening.hears(each, sequence) for sequence, each in enumerate(seen, 1)] == ["jiaxing", ""]


def test_who_is_told_by_a_keyword_hears_once_that_it_is_gone():
    listening = Listening([partner("floods", keywords=frozenset({"flood"}))])
    said = [dict(keywords=("flood",)), dict(keywords=("fire",)), {}]
    assert [listening.hears(incident(), sequence, **each) for sequence, each in enumerate(said, 1)] == ["floods", "floods", ""]


def test_only_the_newest_subjects_are_remembered(monkeypatch, neighbours):
    monkeypatch.setattr(border, "MOST", 10)
    listening = Listening(neighbours[:1])
    for number in range(20):
        listening.hears(incident(IN).model_copy(update={"incident_id": f"i{number}"}), number + 1)
    assert [key[-1] for key in listening.border.words] == [f"i{number}" for number in range(10, 20)]


# ---- settings


AGENCY = 'hub = "cn-hub"\n[[agency]]\nid = "cn-a"\n'
OUTLET = '[[outlet]]\nagency = "cn-a"\nadapter = "cap"\nfolder = "out"\n'


def loaded(tmp_path, text):
    path = tmp_path / "hub.toml"
    path.write_text(text)
    return settings.load(path)


def test_an_outlet_has_the_area_of_its_agency_unless_it_has_its_own(tmp_path):
    stated = f'area = {{ circles = ["30.7,120.7 1"] }}\n{OUTLET}{OUTLET}name = "own"\narea = {{ circles = ["39.9,116.4 1"] }}\n'
    found = loaded(tmp_path, AGENCY + stated)
    both = [grant(outlet, found.agency[0]) for outlet in found.outlet]
    assert [each.area.concerns(whereabouts(incident(point(30.7, 120.7)))) for each in both] == [True, False]


def test_a_hub_empties_the_inboxes_of_its_agencies_and_their_groups(tmp_path):
    found = loaded(tmp_path, AGENCY + 'groups = ["cn-x", "cn-y"]\nroles = ["Fire Chief"]\n[[agency]]\nid = "cn-b"\ngroups = ["cn-x"]\n')
    assert found.addresses == ["cn-a", "cn-x", "cn-y", "cn-b"]


@pytest.mark.parametrize(
    ("words", "wrong"),
    [
        ("area = {}", "polygons, circles or divisions"),
        ("area = { within = 5 }", "polygons, circles or divisions"),
        ('area = { polygons = ["30,120 31,120"] }', "three corners"),
        ('area = { polygons = ["30 120 31 120"] }', "30 120 31 120"),
        ('area = { circles = ["30,120"] }', "30,120"),
        ('area = { divisions = ["3304"] }', "match pattern"),
        ('area = { divisions = ["330400"], within = -1 }', "greater than or equal to 0"),
        ('area = { polygon = ["x"] }', "did you mean 'polygons'?"),
        ('groups = ["cn-a"]', "a group needs a name of its own"),
        ('groups = ["Delta Fire"]', "match pattern"),
    ],
)
def test_a_wrong_area_or_group_is_refused_at_the_start_with_its_line(tmp_path, words, wrong):
    with pytest.raises(ConfigError, match=r"hub.toml:[34]: ") as caught:
        loaded(tmp_path, AGENCY + words)
    assert wrong in str(caught.value)


def test_an_area_that_crosses_itself_is_refused_at_the_start(tmp_path):
    found = loaded(tmp_path, f'{AGENCY}area = {{ polygons = ["30,120 31,121 31,120 30,121"] }}\n{OUTLET}')
    with pytest.raises(ConfigError, match="Self-intersection"):
        grant(found.outlet[0], found.agency[0])


@pytest.mark.parametrize("other", [dict(geocodes=(CodedValue(scheme="ISO 3166-2", code="CN-ZJ"),)), dict(description="浙江北部")])
def test_an_area_that_cannot_be_judged_counts_beside_one_that_can(neighbours, other):
    far = Area(description="far", polygons=("10,10 10,11 11,11 10,10",))
    assert reached(sealed(incident(zones=[far])), neighbours) == []
    assert reached(sealed(incident(zones=[far, Area(**{"description": "x", **other})])), neighbours) == ["jiaxing", "shanghai", "suzhou"]
