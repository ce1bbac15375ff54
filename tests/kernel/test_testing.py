import json

import pytest

from bridge import spec, testing
from bridge.adapter import Adapter, Said
from bridge.errors import AdapterFault, Malformed
from bridge.records import Incident, Location

TOML = """media_type = "application/json"
format = "json"
[[record]]
type = "Resource"
[record.fields]
resource_id = { at = "id", id = "resource" }
kind = { at = "k", table = { V = "Vehicle" } }
name = "n"
quantity = "q"
"""
GOOD = b'[{"id": 1, "k": "V", "n": "x"}, {"k": "V"}]'


@pytest.fixture
def river(tmp_path):
    path = tmp_path / "river.toml"
    path.write_text(TOML, "utf-8")
    return spec.load(path)


@pytest.fixture
def case(tmp_path):
    folder = tmp_path / "golden" / "river" / "list"
    folder.mkdir(parents=True)
    (folder / "in.json").write_bytes(GOOD)
    return folder


# ---- golden cases


def test_a_case_that_was_blessed_is_as_expected(river, case):
    testing.bless(river, case)
    assert testing.check(river, case) == []
    assert json.loads((case / "expected.json").read_text("utf-8")) == {
        "said": [
            {"Resource": {"resource_id": "1", "owner": "unknown", "kind": "Vehicle", "name": "x"}},
            {"refused": {"error": "Malformed", "code": "missing", "at": "1/id"}},
        ]
    }
    assert (case / "out-0.json").read_bytes() == b'{"id":"1","k":"V","n":"x"}'


def test_a_whole_that_is_refused_is_expected_so(river, case):
    (case / "in.json").write_bytes(b"{")
    testing.bless(river, case)
    assert json.loads((case / "expected.json").read_text("utf-8")) == {"refused": {"error": "Malformed", "code": "not-json", "at": ""}}
    assert testing.check(river, case) == []


def test_a_case_is_read_with_its_options(river, case):
    (case / "options.json").write_text('{"agency": "cn-a"}', "utf-8")
    testing.bless(river, case)
    assert '"cn-a.resource.1"' in (case / "expected.json").read_text("utf-8")


def test_what_is_read_otherwise_is_named(river, case):
    testing.bless(river, case)
    (case / "in.json").write_bytes(GOOD.replace(b'"x"', b'"y"'))
    read, written = testing.check(river, case)
    assert read.startswith("list: read ")
    assert written == "list: out-0.json is written differently"


def test_what_is_written_otherwise_is_named(river, case):
    testing.bless(river, case)
    (case / "out-0.json").write_bytes(b"{}")
    (case / "out-7.json").write_bytes(b"{}")
    assert testing.check(river, case) == ["list: out-0.json is written differently", "list: out-7.json is written differently"]


def test_blessing_again_leaves_nothing_stale(river, case):
    (case / "out-7.json").write_bytes(b"{}")
    testing.bless(river, case)
    assert sorted(path.name for path in case.iterdir()) == ["expected.json", "in.json", "out-0.json"]


def test_cases_are_the_folders_that_hold_native_bytes(case):
    (case.parent / "empty").mkdir()
    (case.parent / "other").mkdir()
    (case.parent / "other" / "in.xml").touch()
    assert list(testing.cases(case.parent.parent)) == [case, case.parent / "other"]
    assert testing.sample(case) == GOOD


# ---- laws


def incident(**fields):
    return Incident(**dict(incident_id="1", owner="o", category="Accident", lifecycle="Reported", location=Location()) | fields)


class Plain(Adapter):
    """Reads the name of an incident, and breaks whichever law a test wants broken."""

    media_type = "text/plain"
    records = (Incident,)
    loses = frozenset({"Incident.owner"})

    flaw: str = ""

    def decode(self, data):
        if self.flaw == "crashes":
            raise ZeroDivisionError
        if self.flaw == "blames itself":
            yield AdapterFault("fault", format="plain", reason="x")
        if data == b"bad":
            raise Malformed("empty", "document")
        words = data.decode().removesuffix("!")
        yield Said(incident(name=words, level=2 if self.flaw == "loses" and data.endswith(b"!") else None))

    def encode(self, said):
        return (said.record.name + ("?" if self.flaw == "changes" else "")).encode()


def broken(flaw="", data=b"x!"):
    return list(testing.broken_laws(Plain(flaw=flaw), data))


@pytest.mark.parametrize("data", [b"x", b"bad"])
def test_an_adapter_that_keeps_the_laws_breaks_none(data):
    assert broken(data=data) == []


@pytest.mark.parametrize(
    ("flaw", "law"),
    [
        ("crashes", "reading: the adapter test-testing failed: ZeroDivisionError: "),
        ("blames itself", "reading a part: the adapter plain failed: x"),
        ("changes", "writing: test-testing would change name from 'x' to 'x?'"),
        ("loses", "writing loses level, which is not declared"),
    ],
)
def test_a_law_that_is_broken_is_named(flaw, law):
    assert broken(flaw) == [law]


def test_an_adapter_that_says_two_things_of_the_same_bytes_is_named():
    moods = iter("abcdef")

    class Moody(Plain):
        def decode(self, data):
            yield Said(incident(name=data.decode() + next(moods)))

        def encode(self, said):
            return said.record.name.encode()

    assert "reading the same bytes twice says two things" in list(testing.broken_laws(Moody(), b"x"))


def test_an_adapter_that_only_reads_keeps_the_laws_of_reading():
    class Reader(Plain):
        writes = False

    assert list(testing.broken_laws(Reader(flaw="changes"), b"x")) == []
    observed, outs = testing.observe(Reader(), b"x")
    assert outs == {}
    assert "losses" not in observed["said"][0]
