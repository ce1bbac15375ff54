import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bridge import native
from bridge.errors import Malformed

STEP = st.text(st.sampled_from("a/~.0 ") | st.characters(codec="utf-8"), max_size=5)
TREE = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**9), 10**9)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8")),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(STEP, inner, max_size=3),
    max_leaves=8,
)


def test_a_value_is_found_at_the_end_of_its_path():
    assert native.get({"a": {"b": 1}}, ("a", "b")) == 1


@pytest.mark.parametrize("node", [{}, {"a": None}, {"a": {}}, {"a": ""}, {"a": []}, {"a": {"c": 1}}])
def test_silence_on_the_way_is_silence_at_the_end(node):
    assert native.get(node, ("a", "b")) is None


def test_a_list_of_one_stands_for_its_element():
    assert native.get({"a": [{"b": [{"c": 1}]}]}, ("a", "b", "c")) == 1


@pytest.mark.parametrize(("node", "shape"), [({"a": "x"}, "text"), ({"a": 5}, "a number"), ({"a": [1, 2]}, "a list"), ({"a": True}, "a truth value")])
def test_something_else_on_the_way_is_refused_by_its_shape(node, shape):
    with pytest.raises(Malformed, match=f"is {shape} where an object was expected"):
        native.get(node, ("a", "b"))


def test_the_objects_on_the_way_are_made():
    node = {"a": {"x": 0}}
    native.put(node, ("a", "b", "c"), 1)
    assert node == {"a": {"x": 0, "b": {"c": 1}}}


def test_a_step_into_a_list_that_is_there_counts_its_entries():
    node = {"a": [{}, {}]}
    native.put(node, ("a", "1", "b"), 5)
    assert node == {"a": [{}, {"b": 5}]}


@pytest.mark.parametrize(("node", "found"), [({}, []), ({"a": []}, []), ({"a": {"b": 1}}, [{"b": 1}]), ({"a": [1, 2]}, [1, 2])])
def test_one_alone_stands_for_a_list_of_one(node, found):
    assert native.entries(node, ("a",)) == found


@example(("~1", "~0", "a/b~c"))
@given(st.lists(STEP, min_size=1, max_size=4).map(tuple))
def test_a_pointer_leads_back_to_its_path(path):
    assert native.steps(native.pointer(path)) == path


@given(TREE)
def test_what_is_packed_into_text_comes_back(value):
    found = native.unpack(native.pack(value))
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize("words", ["泵车", "1", "null", "true", '"x"', "[1]", "{", "NaN", "Infinity", "1e999", "9" * 5000, "", " 1"])
def test_text_that_looks_like_something_else_stays_text(words):
    assert native.unpack(native.pack(words)) == words


def test_plain_text_is_packed_as_it_stands():
    assert native.pack("泵车") == "泵车"


def test_only_what_nobody_claims_is_left():
    node = {"a": 1, "b": {"c": 2, "d": {"e": 3}}, "f": [{"g": 4}], "h": "", "i": None, "j": {}}
    assert dict(native.unclaimed(node, {("a",), ("b", "c")})) == {("b", "d"): {"e": 3}, ("f",): [{"g": 4}]}


def test_what_is_claimed_is_claimed_with_all_below_it():
    assert list(native.unclaimed({"a": {"b": {"c": 1}}}, {("a",)})) == []
