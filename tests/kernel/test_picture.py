import json
import math
from datetime import UTC, datetime, timedelta
from itertools import count

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from records import full

from bridge import features
from bridge.adapter import Said, Says
from bridge.entries import Entry, placed
from bridge.envelope import Terms, seal
from bridge.errors import Invalid
from bridge.finding import MOST, Query
from bridge.ground import SMALL, Ground, disc, ways, whole
from bridge.kinds import CLASSES
from bridge.picture import Picture
from bridge.records import (
    Alert,
    AlertInfo,
    Area,
    Capability,
    Carrier,
    CodedValue,
    GeoPoint,
    Incident,
    Location,
    Resource,
    ResourceState,
    Zone,
)

NOW = datetime(2026, 7, 1, 4, tzinfo=UTC)
NUMBERS = count(1)
PUMP = CodedValue(scheme="urn:cn:gb:38565", code="pump")


def entry(record, *, agency="cn-a", mode="Actual", place=None, now=NOW, **says):
    (sealed,) = seal(Said(record, Says(**says)), Terms(agency=agency, mode=mode), now)
    epoch, sequence = place or (1, next(NUMBERS))
    return Entry.of(Carrier(hub="cn-hub", stream=sealed.stream, epoch=epoch, sequence=sequence, envelope=sealed.data))


def at(lat, lon, **more):
    return Location(point=GeoPoint(lat=lat, lon=lon, **more))


def incident(subject="i", location=None, owner="cn-a", **more):
    said = {"incident_id": subject, "owner": owner, "category": "Unknown", "lifecycle": "Reported", "location": location or Location()}
    return Incident(**{**said, **more})


def resource(name, base=None, *, capabilities=(PUMP,), owner="cn-a", **more):
    return Resource(
        resource_id=name, owner=owner, kind="Vehicle", home_base=base, capabilities=tuple(Capability(code=code) for code in capabilities), **more
    )


def state(name, availability="Available", lat=None, lon=None):
    return ResourceState(resource_id=name, availability=availability, position=None if lat is None else GeoPoint(lat=lat, lon=lon))


def warning(name="w", msg_type="Alert", references=(), *, areas=(), **info):
    block = AlertInfo(event="rain", urgency="Immediate", severity="Severe", certainty="Observed", areas=areas, **info)
    return Alert(identifier=name, sender="cn-a", sent=NOW, status="Actual", msg_type=msg_type, references=references, infos=(block,))


def pictured(*entries):
    picture = Picture()
    for each in entries:
        picture.put(each)
    return picture


def names(page):
    return [seen.entry.envelope.subject for seen in page.seen]


def shown(picture, now=NOW, **asked):
    return names(picture.find(Query(**asked), now))


# ---- where things are, against looking at each


def vincenty(one, other):
    """Metres between two points (latitude, longitude) on WGS-84 (Survey Review XXIII 176, 1975); not near the antipode."""
    axis, flat = 6378137.0, 1 / 298.257223563
    short, turn = axis * (1 - flat), math.radians(other[1] - one[1])
    u, v = (math.atan((1 - flat) * math.tan(math.radians(lat))) for lat, _ in (one, other))
    angle = turn
    for _ in range(100):
        x, y = math.cos(v) * math.sin(angle), math.cos(u) * math.sin(v) - math.sin(u) * math.cos(v) * math.cos(angle)
        sine, cosine = math.hypot(x, y), math.sin(u) * math.sin(v) + math.cos(u) * math.cos(v) * math.cos(angle)
        if sine == 0:
            return 0.0
        arc, azimuth = math.atan2(sine, cosine), math.cos(u) * math.cos(v) * math.sin(angle) / sine
        square = 1 - azimuth**2
        middle = cosine - 2 * math.sin(u) * math.sin(v) / square if square > 1e-15 else 0.0
        c = flat / 16 * square * (4 + flat * (4 - 3 * square))
        last, angle = angle, turn + (1 - c) * flat * azimuth * (arc + c * sine * (middle + c * cosine * (2 * middle**2 - 1)))
        if abs(angle - last) < 1e-11:
            break
    else:
        return math.nan
    k = square * (axis**2 - short**2) / short**2
    a = 1 + k / 16384 * (4096 + k * (-768 + k * (320 - 175 * k)))
    b = k / 1024 * (256 + k * (-128 + k * (74 - 47 * k)))
    more = b * sine * (middle + b / 4 * (cosine * (2 * middle**2 - 1) - b / 6 * middle * (4 * sine**2 - 3) * (4 * middle**2 - 3)))
    return short * a * (arc - more)


KNOWN = {
    "Flinders Peak to Buninyong (GDA technical manual)": ((-37.95103342, 144.42486789), (-37.65282114, 143.92649553), 54_972.271, 306.8682),
    "JFK to Heathrow (GeographicLib)": ((40.6, -73.8), (51.6, -0.5), 5_551_759.400, 51.3737),
    "Wellington to Salamanca (GeographicLib)": ((-41.32, 174.81), (40.96, -5.50), 19_959_679.267, None),
    "a quarter of a meridian": ((0, 0), (90, 0), 10_001_965.729, 0.0),
    "a degree of the equator, over the date line": ((0, 179.5), (0, -179.5), 111_319.491, 90.0),
}


@pytest.mark.parametrize("case", KNOWN)
def test_distances_and_bearings_are_those_of_known_geodesics(case):
    one, other, metres, bearing = KNOWN[case]
    (way,) = ways(one[1], one[0], [shapely.Point(other[1], other[0])])
    assert way.metres == pytest.approx(metres, rel=0.005)
    assert bearing is None or (way.bearing - bearing + 180) % 360 - 180 == pytest.approx(0, abs=0.2)


LATS, LONS = st.floats(-89, 89).map(lambda lat: round(lat, 4)), st.floats(-180, 180).map(lambda lon: round(lon, 4))
POINTS = st.lists(st.tuples(LATS, LONS), min_size=1, max_size=40)


@given(POINTS, LATS, LONS, st.floats(0, 18_000_000))
def test_what_is_within_is_what_a_geodesic_says_of_each(points, lat, lon, metres):
    picture = pictured(*(entry(incident(f"i{n}", at(*point))) for n, point in enumerate(points)))
    found = {seen.entry.envelope.subject: seen.way.metres for seen in picture.find(Query(near=(lon, lat), within=metres), NOW).seen}
    assert list(found.values()) == sorted(found.values())
    for n, point in enumerate(points):
        exact = vincenty((lat, lon), point)
        if exact < metres * 0.995 - 0.01:
            assert found[f"i{n}"] == pytest.approx(exact, rel=0.005, abs=0.01)
        elif exact > metres * 1.005 + 0.01:
            assert f"i{n}" not in found


def inside(box, point):
    west, south, east, north = box
    lat, lon = point
    return south <= lat <= north and (west <= lon <= east if west <= east else lon >= west or lon <= east)


@given(POINTS, LATS, LATS, st.floats(-180, 180), st.floats(-180, 180))
def test_what_is_in_a_box_is_what_is_between_its_sides_also_over_the_date_line(points, lat, other, west, east):
    box = (west, min(lat, other), east, max(lat, other))
    picture = pictured(*(entry(incident(f"i{n}", at(*point))) for n, point in enumerate(points)))
    assert set(shown(picture, bbox=box)) == {f"i{n}" for n, point in enumerate(points) if inside(box, point)}


SHAPES = st.one_of(
    st.builds(shapely.Point, LONS, LATS),
    st.builds(
        lambda lon, lat, wide, high: shapely.box(lon, lat, lon + wide, min(lat + high, 90)), LONS, LATS, st.floats(0.01, 60), st.floats(0.01, 30)
    ),
    st.builds(lambda lon, lat, reach: disc(shapely.Point(lon, lat), reach), LONS, st.floats(-70, 70), st.floats(1, 500_000)),
)


@given(st.lists(SHAPES, min_size=1, max_size=30), st.lists(st.integers(0, 29), max_size=30), LATS, LONS, st.floats(0, 3_000_000))
def test_a_tree_that_is_made_anew_at_times_finds_what_looking_at_each_finds(shapes, gone, lat, lon, metres):
    ground, box = Ground(), (lon, lat - 3, (lon + 200) % 360 - 180, min(lat + 9, 90))
    for n in range(4 * SMALL):  # so that the tree is older than what is asked for
        ground.put(f"filler{n}", shapely.Point(n % 360 - 180, n % 180 - 90))
    ground.touching((0, 0, 1, 1))
    kept = {n: whole([shape]) for n, shape in enumerate(shapes)}
    for n, shape in kept.items():
        ground.put(n, shape)
    for n in gone:
        ground.put(n, None)
        kept.pop(n, None)
    near = ground.near(lon, lat, metres)
    for n, way in zip(kept, ways(lon, lat, list(kept.values())), strict=True):
        assert n in near or way.metres > metres
    west, south, east, north = box
    boxes = [shapely.box(west + turn, south, east + (360 if east < west else 0) + turn, north) for turn in (-360, 0, 360)]
    assert {n for n in ground.touching(box) if isinstance(n, int)} == {
        n for n, shape in kept.items() if any(shapely.distance(shape, each) == 0 for each in boxes)
    }
    assert not any(n in ground.shapes for n in gone)


def test_the_distance_to_an_area_is_to_its_nearest_edge_and_nothing_inside():
    square = shapely.box(120, 30, 121, 31)
    (into,) = ways(120.5, 30.5, [square])
    assert into.metres == 0
    (beside,) = ways(122.0, 30.5, [whole([square])])
    assert beside.metres == pytest.approx(vincenty((30.5, 122.0), (30.5, 121.0)), rel=0.005)
    assert beside.bearing == pytest.approx(270, abs=1)
    (around,) = ways(-59.5, -30.5, [whole([square])])  # its antipode: the plane turns inside out there
    assert around.metres > 19_000_000


def test_what_is_on_the_other_side_of_the_date_line_is_near_and_in_the_box():
    fiji = incident("fiji", at(-17.0, 179.95))
    zone = Area(polygons=("-18,179.5 -18,-179.5 -16,-179.5 -16,179.5 -18,179.5",))
    sea = incident("sea", zones=(Zone(kind=CodedValue(scheme="x", code="plume"), area=zone),))
    picture = pictured(entry(fiji), entry(sea), entry(incident("china", at(30, 120))))
    assert shown(picture, near=(-179.95, -17.0), within=12_000) == ["sea", "fiji"]
    assert set(shown(picture, bbox=(179, -19, -179, -15))) == {"fiji", "sea"}
    assert shown(picture, bbox=(-179.6, -19, -179.4, -15)) == ["sea"]
    (seen,) = picture.find(Query(bbox=(-179.6, -19, -179.4, -15)), NOW).seen
    drawn = features.geometry(seen)
    assert drawn["type"] == "GeometryCollection"
    corners = np.concatenate([np.array(ring) for part in drawn["geometries"] for ring in part["coordinates"]])
    assert (abs(corners[:, 0]).min(), abs(corners[:, 0]).max()) == (179.5, 180.0)


def test_a_circle_of_cap_is_drawn_no_smaller_than_it_is():
    (area,) = entry(warning(areas=(Area(circles=("30.5,120.5 10",)),))).shapes
    corners = shapely.get_coordinates(area)
    assert all(10_000 <= vincenty((30.5, 120.5), (lat, lon)) <= 10_030 for lon, lat in corners)
    picture = pictured(entry(warning(areas=(Area(circles=("30.5,120.5 10",)),))))
    assert shown(picture, near=(120.5, 30.5 + 0.1), within=0) == []
    assert shown(picture, near=(120.5, 30.5 + 0.1), within=1200) == ["cn-a,w"]
    assert shown(picture, near=(120.5, 30.5 + 0.09), within=0) == ["cn-a,w"]


# ---- whose word counts


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_the_newest_by_the_origins_place_is_shown_in_whatever_order_it_comes(order):
    said = [entry(incident("i", name=str(n)), place=place) for n, place in enumerate([(1, 7), (1, 9), (2, 1)])]
    picture = pictured(*(said[n] for n in order))
    (seen,) = picture.find(Query(), NOW).seen
    assert seen.entry.record.name == "2"


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0)])
def test_the_owners_word_counts_whoever_speaks_later(order):
    later = NOW + timedelta(hours=1)
    said = [
        entry(incident("cn-a.incident.1", owner="cn-a", name="own")),
        entry(incident("cn-a.incident.1", owner="cn-a", name="hearsay"), agency="cn-b", now=later),
        entry(incident("cn-a.incident.1", owner="cn-c", name="usurped"), agency="cn-c", now=later),
    ]
    picture = pictured(*(said[n] for n in order))
    (seen,) = picture.find(Query(), NOW).seen
    assert (seen.entry.record.name, seen.also) == ("own", ("cn-b", "cn-c"))
    picture.drop(said[0])
    assert picture.find(Query(), NOW).seen[0].entry.record.name == "usurped"
    picture.drop(said[2])
    assert picture.find(Query(), NOW).seen[0].entry.record.name == "hearsay"
    picture.drop(said[1])
    assert picture.find(Query(), NOW).seen == []


def test_what_was_dropped_is_gone_from_the_ground_and_what_replaced_it_is_not():
    old, new = entry(incident("i", at(30, 120))), entry(incident("i", at(31, 121)))
    picture = pictured(old, new)
    picture.drop(old)
    assert shown(picture, near=(121, 31), within=10) == ["i"]
    assert shown(picture, near=(120, 30), within=10) == []
    picture.drop(new)
    assert shown(picture, near=(121, 31), within=10) == []


def test_a_resource_is_where_its_newest_state_says_and_its_owners_state_counts():
    picture = pictured(entry(resource("r", at(30, 120))))
    assert shown(picture, near=(120, 30), within=10) == ["r"]
    picture.put(entry(state("r", lat=31, lon=121)))
    picture.put(entry(state("r", "Unavailable", lat=35, lon=125), agency="cn-b", now=NOW + timedelta(minutes=5)))
    assert shown(picture, near=(120, 30), within=10) == []
    assert shown(picture, near=(121, 31), within=10, kinds={"resource"}, available=True) == ["r"]
    assert shown(picture, near=(121, 31), within=10) == ["r", "r"]  # the resource, and the word about it
    picture.put(entry(state("r")))  # nobody knows where: at home, as far as is known
    assert shown(picture, near=(120, 30), within=10) == ["r"]


def test_the_nearest_available_resources_with_a_capability_come_first():
    boat = CodedValue(scheme="urn:cn:gb:38565", code="boat")
    picture = pictured(
        *(entry(resource(f"pump{n}", at(30, 120 + n / 10))) for n in range(6)),
        *(entry(state(f"pump{n}")) for n in (1, 3, 5)),
        entry(state("pump2", "OnScene")),
        entry(resource("boat", at(30, 120), capabilities=(boat,))),
        entry(state("boat")),
        entry(resource("lent", at(30, 120), available_to=NOW)),
        entry(state("lent")),
        entry(resource("kept", at(30, 120), sharing="NotShared")),
        entry(state("kept")),
        entry(resource("nowhere")),
        entry(state("nowhere")),
    )
    page = picture.find(Query(near=(120, 30), capability="pump", limit=2), NOW)
    assert names(page) == ["pump1", "pump3"]
    assert page.unplaced == 1
    assert page.seen[0].way.metres == pytest.approx(vincenty((30, 120), (30, 120.1)), rel=0.005)
    assert page.seen[0].way.bearing == pytest.approx(90, abs=0.1)
    assert shown(picture, near=(120, 30), capability="urn:cn:gb:38565:boat") == ["boat"]
    assert shown(picture, capability="other:boat") == []
    assert shown(picture, capability="pump", now=NOW - timedelta(days=1)) == ["lent", "nowhere", "pump1", "pump3", "pump5"]


@pytest.mark.parametrize("mode", ["Actual", "Exercise", "Test"])
def test_modes_are_never_mixed(mode):
    modes = ("Actual", "Exercise", "Test")
    places = {each: (31 + n, 121) for n, each in enumerate(modes)}
    picture = pictured(*(entry(resource("r", at(30, 120), capabilities=()), mode=each) for each in modes))
    for each in modes:
        picture.put(entry(state("r", lat=places[each][0], lon=121), mode=each))
    page = picture.find(Query(mode=mode, kinds={"resource"}), NOW)
    (seen,) = page.seen
    assert {seen.entry.envelope.mode, seen.state.envelope.mode} == {mode}
    assert features.collection(page)["features"][0]["properties"]["mode"] == mode
    assert shown(picture, mode=mode, near=(121, places[mode][0]), within=10, kinds={"resource"}) == ["r"]
    assert shown(picture, kinds={"resource"}) == ["r"]
    assert picture.find(Query(kinds={"resource"}), NOW).seen[0].entry.envelope.mode == "Actual"


# ---- how it stands


CASES = {
    "fresh": (incident(), {}, 1, "current"),
    "silent for two days": (incident(), {}, 49, "stale"),
    "an incident past its expiry goes on": (incident(), {"expires_at": NOW}, 1, "stale"),
    "closed": (incident(lifecycle="Closed"), {}, 1, "ended"),
    "a warning in force": (warning(expires=NOW + timedelta(hours=2)), {}, 1, "current"),
    "a warning past its end": (warning(expires=NOW + timedelta(hours=2)), {}, 3, "expired"),
    "a warning without an end": (warning(), {}, 1000, "current"),
    "taken back": (warning(msg_type="Cancel"), {}, 1, "ended"),
    "a station's state of yesterday": (state("r"), {}, 24, "stale"),
    "a station itself": (resource("r"), {}, 24, "current"),
}


@pytest.mark.parametrize("case", CASES)
def test_what_is_old_or_over_is_marked_and_may_be_left_out(case):
    record, says, hours, status = CASES[case]
    picture, now = pictured(entry(record, **says)), NOW + timedelta(hours=hours)
    (seen,) = picture.find(Query(), now).seen
    assert seen.status == status
    assert len(shown(picture, now, statuses={status})) == 1
    assert shown(picture, now, statuses={"current", "stale", "expired", "ended"} - {status}) == []


def test_a_resource_is_as_stale_as_its_state():
    picture = pictured(entry(resource("r")), entry(state("r")))
    assert [seen.status for seen in picture.find(Query(kinds={"resource"}), NOW + timedelta(days=1)).seen] == ["stale"]


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_a_warning_that_another_replaces_has_ended_unless_the_other_is_a_strangers(order):
    old, update = entry(warning("old")), entry(warning("new", "Update", ("cn-a,old,2026-07-01T04:00:00-00:00",)))
    picture = pictured(*((old, update)[n] for n in order))
    assert shown(picture, statuses={"current"}) == ["cn-a,new"]
    picture.drop(update)
    assert shown(picture, statuses={"current"}) == ["cn-a,old"]
    picture.put(entry(warning("new", "Update", ("cn-a,old,2026-07-01T04:00:00-00:00",)), agency="cn-b"))
    assert shown(picture, statuses={"current"}) == ["cn-a,new", "cn-a,old"]


def test_kinds_families_and_grades_are_filters_and_a_grade_means_it_and_graver_ones():
    picture = pictured(
        entry(incident("one", level=1, category="NaturalDisaster")),
        entry(incident("three", level=3, category="Accident")),
        entry(warning("orange", color="Orange")),
        entry(incident("none")),
    )
    assert shown(picture, grade=2) == ["cn-a,orange", "one"]
    assert shown(picture, grade=4, kinds={"incident"}) == ["one", "three"]
    assert shown(picture, families={"natural"}) == ["one"]
    assert shown(picture, families={"natural", "accident"}) == ["one", "three"]


@given(st.integers(1, 60), st.integers(1, 20), st.booleans())
def test_pages_hold_everything_once_and_in_one_order(many, limit, near):
    picture = pictured(*(entry(incident(f"i{n:02}", at(30 + n % 5, 120))) for n in range(many)))
    asked = {"limit": limit, **({"near": (120.0, 30.0)} if near else {})}
    pages, after = [], None
    while True:
        page = picture.find(Query(**asked, after=after), NOW)
        pages += names(page)
        assert len(page.seen) <= limit
        if page.more is None:
            break
        after = features.unmarked(features.marked(page.more))
    assert pages == shown(picture, **{**asked, "limit": MOST})
    assert sorted(pages) == [f"i{n:02}" for n in range(many)]


@given(st.lists(st.tuples(st.floats(-80, 80), LONS), min_size=1, max_size=40), LATS, LONS, st.integers(1, 12))
def test_the_nearest_are_those_that_looking_at_each_finds(points, lat, lon, limit):
    picture = pictured(*(entry(incident(f"i{n:02}", at(*point))) for n, point in enumerate(points)))
    measured = [way.metres for way in ways(lon, lat, [shapely.Point(lon, lat) for lat, lon in points])]
    nearest = sorted((round(metres, 2), f"i{n:02}") for n, metres in enumerate(measured))
    assert shown(picture, near=(lon, lat), limit=limit) == [name for _, name in nearest[:limit]]


def test_what_comes_later_does_not_change_a_still():
    picture = pictured(entry(incident("i", at(30, 120))), entry(warning("old")))
    still = picture.still("Actual")
    picture.put(entry(incident("i", at(31, 121), name="later")))
    picture.put(entry(incident("new", at(30, 120))))
    picture.put(entry(warning("update", "Update", ("cn-a,old,2026-07-01T04:00:00-00:00",))))
    (seen,) = still.find(Query(near=(120, 30), within=10), NOW).seen
    assert seen.entry.record.name is None
    assert [seen.status for seen in still.find(Query(kinds={"alert"}), NOW).seen] == ["current"]


@given(st.one_of(st.builds(GeoPoint, lat=LATS, lon=LONS, accuracy_m=st.none() | st.floats(-1, 1000)), st.none()))
def test_a_point_is_judged_like_every_shape(point):
    place = Location(point=point)
    shapes, whole = placed([place])
    among, together = placed([place, Location()])
    assert shapes == among
    assert whole == together


# ---- as GeoJSON


def valid(found):
    """What RFC 7946 wants of a collection."""
    text = json.dumps(found, allow_nan=False)
    assert found["type"] == "FeatureCollection"
    for feature in found["features"]:
        assert feature.keys() >= {"type", "geometry", "properties"}
        if feature["geometry"]:
            shape = shapely.from_geojson(json.dumps(feature["geometry"]))
            west, south, east, north = shape.bounds
            assert -180.0000001 <= west <= east <= 180.0000001
            assert -90 <= south <= north <= 90
    return text


@pytest.mark.parametrize("kind", CLASSES)
def test_every_kind_of_record_is_a_feature(kind):
    if kind == "receipt":
        return
    picture = pictured(entry(full(CLASSES[kind])))
    page = picture.find(Query(), NOW)
    (feature,) = json.loads(valid(features.collection(page)))["features"]
    assert feature["properties"]["kind"] == kind
    assert feature["id"] == f"Actual/{kind}/{feature['properties']['subject']}"


def test_a_point_has_seven_decimals_and_an_outline_turns_left():
    zone = Zone(kind=CodedValue(scheme="x", code="y"), area=Area(polygons=("30,120 31,120 31,121 30,121 30,120",)))
    page = pictured(entry(incident(location=at(30.123456789, 120.987654321), zones=(zone,)))).find(Query(), NOW)
    parts = features.geometry(page.seen[0])["geometries"]
    (point,) = [part["coordinates"] for part in parts if part["type"] == "Point"]
    assert point == [120.9876543, 30.1234568]
    (ring,) = [part["coordinates"][0] for part in parts if part["type"] == "Polygon"]
    assert shapely.LinearRing(ring).is_ccw
    assert len(ring) == 5  # as it was said, not as the ground is bent


NASTY = [
    "{",
    "null",
    '{"type":"Point","coordinates":[NaN,1]}',
    '{"type":"Point","coordinates":[1e308,1e308]}',
    '{"type":"Point","coordinates":[1000,1000]}',
    '{"type":"Point","coordinates":[]}',
    '{"type":"Polygon","coordinates":[]}',
    '{"type":"Polygon","coordinates":[[[0,0],[0,0],[0,0],[0,0]]]}',
    '{"type":"Polygon","coordinates":[[[0,0],[1,1],[1,0],[0,1],[0,0]]]}',
    '{"type":"Polygon","coordinates":[[[170,0],[190,10],[190,0],[170,10],[170,0]]]}',
    '{"type":"LineString","coordinates":[[0,0],[0,0]]}',
    '{"type":"LineString","coordinates":[[179,89],[-179,-89],[0,90],[0,-90]]}',
    '{"type":"GeometryCollection","geometries":[]}',
    '{"type":"MultiPolygon","coordinates":[[[[0,0],[1,0],[1,1],[0,0]]],[[[0,0],[1,0],[1,1],[0,0]]]]}',
    "[" * 500,
    json.dumps({"type": "LineString", "coordinates": [[n % 2 * 179, n % 90] for n in range(3000)]}),
]


@pytest.mark.parametrize("geometry", NASTY)
def test_hostile_geometry_hides_nothing_else_and_is_not_lost(geometry):
    picture = pictured(entry(incident("nasty", Location(geometry=geometry))), entry(incident("plain", at(0.5, 0.5))))
    for asked in ({}, {"bbox": (-1, -1, 2, 2)}, {"near": (0.4, 0.4)}, {"near": (0.4, 0.4), "within": 50_000}, {"bbox": (175, -5, -175, 5)}):
        page = picture.find(Query(**asked), NOW)
        valid(features.collection(page))
        assert "plain" in names(page) or asked.get("bbox") == (175, -5, -175, 5)
        assert "nasty" in names(page) or page.unplaced or asked
    assert sorted(shown(picture)) == ["nasty", "plain"]


@pytest.mark.parametrize("circle", ["90,0 100", "0,0 30000", "0,0 0", "89.5,0 200", "0,180 500", "x", "0,0 1e300"])
def test_a_hostile_circle_is_shown_without_a_place_or_with_a_right_one(circle):
    picture = pictured(entry(warning(areas=(Area(circles=(circle,)),))))
    page = picture.find(Query(near=(0, 0)), NOW)
    valid(features.collection(page))
    assert len(page.seen) + page.unplaced == 1
    assert shown(picture) == ["cn-a,w"]


WRONG = [
    "bbox=1,2,3",
    "bbox=0,5,1,4",
    "near=200,0",
    "near=nan,0",
    "near=x",
    "within=5",
    "near=0,0&within=-1",
    "near=0,0&within=inf",
    "limit=0",
    "limit=100000",
    "mode=Real",
    "kind=fire",
    "status=old",
    "grade=9",
    "after=x",
    "after=W10",
    "near=0,0&near=1,1",
    "colour=red",
]


@pytest.mark.parametrize("words", WRONG)
def test_a_wrong_question_is_refused_and_names_what_is_wrong(words):
    asked: dict[str, list[str]] = {}
    for pair in words.split("&"):
        name, _, value = pair.partition("=")
        asked.setdefault(name, []).append(value)
    with pytest.raises(Invalid) as refused:
        features.query(asked)
    assert refused.value.verdict.en != refused.value.code
    assert "?" not in refused.value.verdict.en


def test_a_right_question_is_understood():
    words = {"kind": ["incident,alert", "resource"], "near": ["120.5,30.5"], "within": ["5000"], "available": ["true"], "status": ["current,stale"]}
    assert features.query(words) == Query(
        kinds={"incident", "alert", "resource"}, near=(120.5, 30.5), within=5000, available=True, statuses={"current", "stale"}
    )
