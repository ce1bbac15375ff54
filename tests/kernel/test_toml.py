import pytest

from bridge.errors import ConfigError
from bridge.toml import Toml, nearest

FILE = """\
hub = "cn-a"   # 1
bus.host = "h"
"quoted key" = 3
'a.b' = 4
 spaced   = 5

[http]  # 7
port = 8

[tls.deep]
"ca.file" = 11
x.y = 12

[[link]]
name = "first"
[link.options]
zone = 17
[[link.part]]
id = 19
[[link.part]]
id = 21

[[link]]  # 23
name = "second"
[link.options]
zone = 26
[[link.part]]
id = 28

[ wide . 'table' ]
z = 31
"""


@pytest.fixture
def toml(tmp_path):
    path = tmp_path / "a.toml"
    path.write_text(FILE, "utf-8")
    return Toml(path)


@pytest.mark.parametrize(
    ("place", "line"),
    [
        (("hub",), 1),
        (("bus", "host"), 2),
        (("quoted key",), 3),
        (("a.b",), 4),
        (("spaced",), 5),
        (("http",), 7),
        (("http", "port"), 8),
        (("tls", "deep"), 10),
        (("tls", "deep", "ca.file"), 11),
        (("tls", "deep", "x", "y"), 12),
        (("link", 0), 14),
        (("link", 0, "name"), 15),
        (("link", 0, "options"), 16),
        (("link", 0, "options", "zone"), 17),
        (("link", 0, "part", 0), 18),
        (("link", 0, "part", 1, "id"), 21),
        (("link", 1), 23),
        (("link", 1, "name"), 24),
        (("link", 1, "options", "zone"), 26),
        (("link", 1, "part", 0, "id"), 28),
        (("wide", "table", "z"), 31),
    ],
)
def test_every_part_of_a_file_knows_its_line(toml, place, line):
    assert toml.line(place) == line


@pytest.mark.parametrize(
    ("place", "line"), [(("link", 0, "name", "deeper"), 15), (("link", 1, "nothing"), 23), (("http", "host"), 7), (("nothing",), 1), ((), 1)]
)
def test_a_part_that_is_not_there_is_where_it_should_be(toml, place, line):
    assert toml.line(place) == line


def test_every_line_found_is_the_line_of_that_value(toml):
    numbers = {place: value for place, value in walk(toml.content) if isinstance(value, int)}
    assert len(numbers) > 10
    assert {place: toml.line(place) for place in numbers} == numbers


def walk(node, place=()):
    for step, inner in node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ():
        yield (*place, step), inner
        yield from walk(inner, (*place, step))


def test_words_inside_a_long_text_are_no_keys(tmp_path):
    path = tmp_path / "a.toml"
    path.write_text('a = 1\nlong = """\na = 5\n[b]\n"""\n[b]\nc = 7\n', "utf-8")
    assert [Toml(path).line(place) for place in (("a",), ("b",), ("b", "c"))] == [1, 6, 7]


def test_an_error_names_file_line_and_place(toml):
    error = toml.wrong(("link", 1, "name"), "no such name")
    assert isinstance(error, ConfigError)
    assert str(error) == f"{toml.path}:24: link.1.name: no such name"


def test_a_file_that_is_not_there_stops_the_start(tmp_path):
    with pytest.raises(ConfigError, match=r"none.toml: cannot be read: No such file"):
        Toml(tmp_path / "none.toml")


@pytest.mark.parametrize("data", [b"a = ", b"a = 1\na = 2", b"\xff\xfe"], ids=["unfinished", "twice", "binary"])
def test_a_file_that_is_not_toml_stops_the_start(tmp_path, data):
    path = tmp_path / "a.toml"
    path.write_bytes(data)
    with pytest.raises(ConfigError, match=r"a.toml: not TOML"):
        Toml(path)


def test_the_nearest_right_word_is_the_hint():
    assert nearest("foldr", ["folder", "http", "mqtt"]) == "did you mean 'folder'?"


def test_all_right_words_are_the_hint_when_none_is_near():
    assert nearest("xyz", ["mqtt", "folder"]) == "possible are: folder, mqtt"


@pytest.mark.parametrize("number", ["9223372036854775808", "0x" + "f" * 5000])
@pytest.mark.parametrize("place", ["n = {}", "[a]\nb = [1, {}]"])
def test_a_whole_number_that_toml_does_not_know_is_refused(tmp_path, number, place):
    (tmp_path / "a.toml").write_text(place.replace("{}", number))
    with pytest.raises(ConfigError, match="more than 64 bits"):
        Toml(tmp_path / "a.toml")
