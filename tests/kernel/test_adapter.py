import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from bridge.adapter import NOTHING_SAID, Adapter, Said, Says, read, undeclared, write
from bridge.errors import AdapterFault, Invalid, Malformed, Rejected, Unsupported
from bridge.records import Incident, Location, Note, Resource


class Lines(Adapter):
    """One incident as JSON, with whatever faults a test wants: what is read, and what is done before writing."""

    media_type = "application/json"
    records = (Incident,)
    loses = frozenset({"Incident.notes"})

    fault: str = ""

    def decode(self, data):
        found = json.loads(data)
        for row in found if isinstance(found, list) else [found]:
            if row.get("bad"):
                yield Malformed("missing", "lines/1")
            else:
                yield Said(self.incident(row))

    def incident(self, row):
        if self.fault == "crash":
            raise ZeroDivisionError("three by nought")
        if self.fault == "recursion":
            raise RecursionError
        return Incident(
            incident_id=self.shared_id("incident", row["warnId"]),
            owner=row.get("owner", self.owner),
            category="Accident",
            lifecycle="Reported",
            name=row.get("name"),
            level=row.get("level"),
            location=Location(),
        )

    def encode(self, said):
        incident = said.record
        row = {"warnId": self.local_id("incident", incident.incident_id), "name": incident.name, "level": incident.level}
        match self.fault:
            case "changes":
                row["name"] = "another"
            case "invents":
                row["level"] = 4
            case "garbles":
                return b"{"
            case "forgets":
                return b"[]"
            case "refuses":
                raise Invalid("wrong-value", "name", value="x", wanted="y")
            case "unwritable":
                raise Unsupported("cannot-say", "name", format="lines", reason="too long")
            case "breaks":
                raise KeyError("name")
        return json.dumps(row).encode()


def incident(**fields):
    needed = dict(incident_id="a.incident.1", owner="a", category="Accident", lifecycle="Reported", location=Location())
    return Incident(**needed | fields)


def reading(data, **options):
    with pytest.raises(Rejected) as caught:
        read(Lines(**options), data)
    return caught.value


def writing(record, **options):
    with pytest.raises(Rejected) as caught:
        write(Lines(agency="a", **options), Said(record))
    return caught.value


# ---- reading


def test_a_missing_key_asks_the_sender_by_its_name():
    error = reading(b'{"name": "x"}')
    assert (type(error), error.code, error.at, error.turn) == (Malformed, "missing", "warnId", "sender")
    assert str(error) == "warnId is missing"


def test_a_value_that_cannot_be_asks_the_sender_and_names_the_field():
    error = reading(b'{"warnId": "1", "level": 9}')
    assert (type(error), error.code, error.at, error.turn) == (Invalid, "field", "level", "sender")
    assert "less than or equal to 4" in str(error)


def test_any_other_exception_is_the_adapters_fault():
    error = reading(b'{"warnId": "1"}', fault="crash")
    assert (type(error), error.code, error.turn) == (AdapterFault, "fault", "us")
    assert "lines" not in error.code
    assert "ZeroDivisionError: three by nought" in str(error)


def test_endless_depth_is_the_senders_fault():
    assert reading(b'{"warnId": "1"}', fault="recursion").code == "too-deep"


def test_a_fault_keeps_the_exception_it_came_from():
    assert isinstance(reading(b'{"warnId": "1"}', fault="crash").__cause__, ZeroDivisionError)


def test_a_part_that_is_refused_leaves_the_others():
    before, refused, after = read(Lines(agency="a"), b'[{"warnId": "1"}, {"bad": 1}, {"warnId": "2"}]')
    assert [before.record.incident_id, after.record.incident_id] == ["a.incident.1", "a.incident.2"]
    assert refused.at == "lines/1"


def test_what_is_raised_refuses_the_whole():
    assert reading(b'[{"warnId": "1"}, {}]').code == "missing"


def test_what_is_too_large_never_reaches_the_adapter():
    with pytest.raises(Malformed) as caught:
        read(Lines(fault="crash"), b'{"warnId": "1"}', limit=5)
    assert caught.value.code == "too-large"


def test_a_source_that_says_nothing_about_its_message_says_nothing():
    [said] = read(Lines(), b'{"warnId": "1"}')
    assert said.says == NOTHING_SAID == Says()
    assert said.deviations == ()


# ---- writing


def test_writing_tells_what_it_lost():
    written = write(Lines(agency="a"), Said(incident(name="x", notes=(Note(text="y"),), plan_ref="p")))
    assert json.loads(written.data) == {"warnId": "1", "name": "x", "level": None}
    assert written.losses == ("notes.text", "plan_ref")


def test_a_loss_that_is_not_declared_is_found():
    assert undeclared(Lines, incident(), ("notes.text", "plan_ref")) == ["plan_ref"]


def test_a_kind_that_the_format_does_not_know_is_refused():
    error = writing(Resource(resource_id="r", owner="a", kind="Team"))
    assert (type(error), error.code, error.turn) == (Unsupported, "record-kind", "format")
    assert str(error) == "test-adapter cannot say a record of kind resource; it can say: incident"


def test_an_adapter_that_only_reads_refuses_to_write():
    class Reader(Lines):
        writes = False

    with pytest.raises(Unsupported):
        write(Reader(agency="a"), Said(incident()))


@pytest.mark.parametrize(("fault", "path"), [("changes", "name"), ("invents", "level")])
def test_a_changed_or_invented_value_is_the_adapters_fault(fault, path):
    error = writing(incident(name="x"), fault=fault)
    assert (type(error), error.code, error.at) == (AdapterFault, "changed", path)


@pytest.mark.parametrize("fault", ["garbles", "forgets"])
def test_what_does_not_read_back_is_the_adapters_fault(fault):
    error = writing(incident(), fault=fault)
    assert (type(error), error.code) == (AdapterFault, "does-not-read-back")


def test_what_the_rules_of_the_format_forbid_is_the_formats_turn():
    error = writing(incident(), fault="refuses")
    assert (type(error), error.code, error.at, error.turn) == (Unsupported, "wrong-value", "name", "format")


def test_what_the_adapter_cannot_say_stays_its_own_verdict():
    assert writing(incident(), fault="unwritable").code == "cannot-say"


def test_a_key_that_is_missing_while_writing_is_the_adapters_fault():
    error = writing(incident(), fault="breaks")
    assert (type(error), error.code) == (AdapterFault, "fault")


def test_an_owner_that_was_filled_in_was_not_said():
    written = write(Lines(agency="a"), Said(incident(owner="b", incident_id="b.incident.1")))
    assert written.losses == ("owner",)


def test_an_owner_that_was_made_up_is_a_change():
    class Thief(Lines):
        def encode(self, said):
            return json.dumps({"warnId": said.record.incident_id, "owner": "thief"}).encode()

    with pytest.raises(AdapterFault, match="owner"):
        write(Thief(agency="a"), Said(incident()))


def test_the_record_written_is_the_one_compared_when_several_read_back():
    class Crowd(Lines):
        def encode(self, said):
            return json.dumps([{"warnId": "0", "name": "other"}, {"warnId": said.record.incident_id, "name": said.record.name}]).encode()

    assert write(Crowd(agency="a"), Said(incident(name="x"))).losses == ()


# ---- options and names


def test_an_adapter_is_called_after_its_file():
    assert Lines.name == "test-adapter"


@pytest.mark.parametrize("options", [{"colour": "red"}, {"fault": 5}])
def test_an_option_that_there_is_not_is_refused(options):
    with pytest.raises(ValidationError):
        Lines(**options)


def test_options_do_not_change():
    with pytest.raises(ValidationError, match="frozen"):
        Lines().agency = "b"


def test_without_an_agency_the_owner_is_unknown():
    assert [Lines().owner, Lines(agency="a").owner] == ["unknown", "a"]


# ---- ids

LOCAL = st.text(st.sampled_from("a.b1-") | st.characters(codec="utf-8"), min_size=1, max_size=12) | st.sampled_from(
    ["incident.1", "a.incident", "a.incident.", ".incident.1", "b.incident.1"]
)


def is_shared(identifier):
    agency, _, rest = identifier.partition(".")
    return bool(agency) and rest.startswith("incident.") and rest != "incident."


@given(LOCAL.filter(lambda local: not is_shared(local)))
def test_a_local_id_comes_back_from_its_shared_form(local):
    adapter = Lines(agency="a")
    assert adapter.shared_id("incident", local) == f"a.incident.{local}"
    assert adapter.local_id("incident", adapter.shared_id("incident", local)) == local


@given(LOCAL | LOCAL.map("a.incident.{}".format) | LOCAL.map("b.incident.{}".format))
def test_a_shared_id_comes_back_from_its_local_form(identifier):
    adapter = Lines(agency="a")
    shared = adapter.shared_id("incident", identifier)
    assert adapter.shared_id("incident", adapter.local_id("incident", shared)) == shared


@pytest.mark.parametrize("shared", ["b.incident.7", "b.incident.a.b", "a.mission.7"])
def test_an_id_of_another_agency_or_kind_keeps_its_prefix(shared):
    assert Lines(agency="a").local_id("incident", shared) == shared


@pytest.mark.parametrize("identifier", ["7", "b.incident.7", "None.incident.7"])
def test_without_an_agency_an_id_stays_as_it_is(identifier):
    assert Lines().shared_id("incident", identifier) == identifier
    assert Lines().local_id("incident", identifier) == identifier


def test_the_same_local_id_means_two_things_in_two_kinds():
    adapter = Lines(agency="a")
    assert adapter.shared_id("incident", "7") != adapter.shared_id("mission", "7")
