import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge import geo
from bridge.errors import Malformed

# FORMATS 3.3, cross-checked with prcoords
PLACES = {
    "Shanghai": ((31.2304, 121.4737), (31.2284577, 121.4782231), (31.2343106, 121.4847815)),
    "Shenzhen": ((22.5431, 114.0579), (22.5403828, 114.0630140), (22.5460416, 114.0695640)),
    "Ürümqi": ((43.8256, 87.6168), (43.8268054, 87.6196499), (43.8329498, 87.6260998)),
    "Harbin": ((45.8038, 126.5350), (45.8057815, 126.5410404), (45.8113958, 126.5476592)),
    "Lhasa": ((29.6500, 91.1409), (29.6472650, 91.1424294), (29.6529961, 91.1490247)),
    "Haikou": ((20.0440, 110.1999), (20.0418860, 110.2041924), (20.0476626, 110.2107350)),
}
VECTORS = [(name, datum, wgs84, other) for name, (wgs84, *others) in PLACES.items() for datum, other in zip(("gcj02", "bd09"), others, strict=True)]
IN_CHINA = st.tuples(st.floats(18.2, 53.5), st.floats(73.6, 134.7))
PARIS = (48.8566, 2.3522)


def near(one, other, tolerance):
    return all(abs(a - b) <= tolerance for a, b in zip(one, other, strict=True))


@pytest.mark.parametrize(("place", "datum", "wgs84", "other"), VECTORS)
def test_a_known_place_is_where_the_reference_puts_it(place, datum, wgs84, other):
    assert near(geo.to_datum(datum, *wgs84), other, 1e-7), place


@pytest.mark.parametrize(("place", "datum", "wgs84", "other"), VECTORS)
def test_a_known_place_comes_back_from_the_reference(place, datum, wgs84, other):
    assert near(geo.from_datum(datum, *other), wgs84, 1e-7), place


@pytest.mark.parametrize("datum", ["gcj02", "bd09"])
@settings(max_examples=60)
@given(point=IN_CHINA)
def test_the_way_there_and_back_closes_to_less_than_a_millimetre(datum, point):
    assert near(geo.from_datum(datum, *geo.FORWARD[datum](*point)), point, 1e-9)


@pytest.mark.parametrize("datum", ["gcj02", "bd09"])
@settings(max_examples=60)
@given(point=IN_CHINA)
def test_a_position_of_the_source_is_written_where_it_was_read(datum, point):
    native = geo.to_datum(datum, *point)
    assert geo.to_datum(datum, *geo.from_datum(datum, *native)) == native


@given(IN_CHINA)
def test_wgs84_is_never_moved(point):
    assert geo.from_datum("wgs84", *point) == geo.to_datum("wgs84", *point) == point


@pytest.mark.parametrize("point", [PARIS, (-33.9, 151.2), (60.0, 100.0), (0.5, 100.0), (30.0, 140.0)])
def test_outside_its_rectangle_the_distortion_is_not_applied(point):
    assert geo.to_datum("gcj02", *point) == geo.from_datum("gcj02", *point) == point


@pytest.mark.parametrize("pair", [(90.1, 0.0), (-91.0, 0.0), (0.0, 180.5), (0.0, -181.0), (math.nan, 0.0), (0.0, math.inf)])
def test_what_is_not_on_earth_is_refused(pair):
    with pytest.raises(Malformed, match="site"):
        geo.checked(*pair, "site")


@pytest.mark.parametrize("pair", [(90.0, 180.0), (-90.0, -180.0), (0.0, 0.0)])
def test_the_edges_of_the_earth_are_on_it(pair):
    assert geo.checked(*pair, "site") == pair


# ---- CAP shapes


def test_the_corners_of_a_polygon_are_read_and_written():
    words = "30.9,121.0 30.95,121.0 30.95,121.1 30.9,121.0"
    assert geo.ring(words, "at") == [(30.9, 121.0), (30.95, 121.0), (30.95, 121.1), (30.9, 121.0)]
    assert geo.polygon(geo.ring(words, "at")) == words


def test_any_blank_stands_between_corners():
    assert geo.ring("\n 1,2\n\t3,4 ", "at") == [(1.0, 2.0), (3.0, 4.0)]


@given(st.lists(st.tuples(st.floats(-90, 90), st.floats(-180, 180)), min_size=1, max_size=5))
def test_a_polygon_that_is_written_is_read_back(corners):
    assert geo.ring(geo.polygon(corners), "at") == corners


def test_a_circle_is_a_centre_and_a_reach():
    assert geo.circle(" 30.9,121.0  2.5 ", "at") == ((30.9, 121.0), 2.5)
    assert geo.circle("30.9,121.0 0", "at") == ((30.9, 121.0), 0.0)


@pytest.mark.parametrize("words", ["", "1", "1,2,3", "1 2", "a,b", "91,0", "nan,0", "1,2 3", "1,2;3,4", "1_0,2"])
def test_what_is_no_polygon_is_refused_at_its_place(words):
    with pytest.raises(Malformed) as caught:
        geo.ring(words, "area/0/polygon/1")
    assert (caught.value.code, caught.value.at) == ("not-a-position", "area/0/polygon/1")


@pytest.mark.parametrize("words", ["", "1,2", "1 2 3", "1,2 3 4", "1,2,3 4", "1,2 -1", "1,2 nan", "1,2 inf", "91,2 1", "a,2 1", "1,2 1_0"])
def test_what_is_no_circle_is_refused_at_its_place(words):
    with pytest.raises(Malformed) as caught:
        geo.circle(words, "area/0/circle/1")
    assert (caught.value.code, caught.value.at) == ("not-a-position", "area/0/circle/1")


def test_a_polygon_is_moved_corner_by_corner():
    corners = [PLACES[name][0] for name in ("Shanghai", "Harbin", "Haikou", "Shanghai")]
    moved = geo.ring(geo.polygon([geo.to_datum("gcj02", *corner) for corner in corners]), "at")
    assert all(near(found, PLACES[name][1], 1e-7) for found, name in zip(moved, ("Shanghai", "Harbin", "Haikou", "Shanghai"), strict=True))


# ---- GeoJSON


def shift(lat, lon):
    return lat + 1, lon + 2


@pytest.mark.parametrize(
    ("geometry", "coordinates"),
    [
        ({"type": "Point", "coordinates": [121.0, 30.0]}, [123.0, 31.0]),
        ({"type": "Point", "coordinates": [121, 30, 5.5]}, [123.0, 31.0, 5.5]),
        ({"type": "LineString", "coordinates": [[121.0, 30.0], [122.0, 31.0]]}, [[123.0, 31.0], [124.0, 32.0]]),
        ({"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 0]]]}, [[[2, 1], [3, 1], [3, 2], [2, 1]]]),
        ({"type": "MultiPolygon", "coordinates": [[[[0, 0]]], [[[1, 1]]]]}, [[[[2, 1]]], [[[3, 2]]]]),
        ({"type": "Point", "coordinates": []}, []),
    ],
)
def test_every_position_of_a_geometry_is_moved(geometry, coordinates):
    assert geo.moved(geometry, shift) == {**geometry, "coordinates": coordinates}


def test_every_part_of_a_collection_is_moved():
    point = {"type": "Point", "coordinates": [121.0, 30.0]}
    found = geo.moved({"type": "GeometryCollection", "geometries": [point, {"type": "GeometryCollection", "geometries": [point]}]}, shift)
    assert found["geometries"][0] == found["geometries"][1]["geometries"][0] == {"type": "Point", "coordinates": [123.0, 31.0]}


def test_what_is_moved_is_a_copy():
    geometry = {"type": "Point", "coordinates": [121.0, 30.0]}
    geo.moved(geometry, shift)
    assert geometry["coordinates"] == [121.0, 30.0]


@pytest.mark.parametrize(
    "geometry",
    [
        None,
        "Point",
        [],
        {},
        {"type": 5},
        {"type": "Point"},
        {"type": "Point", "coordinates": "121,30"},
        {"type": "Point", "coordinates": [121.0]},
        {"type": "Point", "coordinates": [121.0, "30"]},
        {"type": "Point", "coordinates": [True, True]},
        {"type": "Point", "coordinates": [121.0, 95.0]},
        {"type": "Point", "coordinates": [10**400, 1]},
        {"type": "LineString", "coordinates": [[121.0, 30.0], None]},
        {"type": "GeometryCollection", "geometries": [5]},
        {"type": "GeometryCollection", "geometries": 5},
    ],
    ids=lambda geometry: repr(geometry)[:60],
)
def test_what_is_no_geometry_is_refused_at_its_place(geometry):
    with pytest.raises(Malformed) as caught:
        geo.moved(geometry, shift, "site")
    assert caught.value.at == "site"


def test_a_number_of_endless_digits_is_refused_at_once():
    with pytest.raises(ValueError):
        geo.decimal("9" * 400_000 + "x")


def test_a_whole_number_too_large_for_a_float_is_no_position():
    with pytest.raises(Malformed):
        geo.checked(10**400, 1, "geometry")
