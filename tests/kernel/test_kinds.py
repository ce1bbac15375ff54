import pytest
from records import full

from bridge import kinds
from bridge.model import Record
from bridge.records import Address, Alert, AlertInfo, Area, CodedValue, Incident, Location, Plan, Receipt, Resource, ResourceRequest, Zone

GB = "urn:cn:gb:2260"
HOME = "33/330400"


def incident(**fields):
    return Incident(**dict(incident_id="a.incident.1", owner="a", category="Accident", lifecycle="Reported", location=Location()) | fields)


def alert(areas=(), codes=()):
    info = AlertInfo(event="x", urgency="Unknown", severity="Unknown", certainty="Unknown", areas=areas, event_codes=codes)
    return full(Alert).model_copy(update={"infos": (info,)})


def at(code):
    return Location(address=Address(admin_code=code))


def area(*codes, scheme=GB):
    return Area(geocodes=tuple(CodedValue(scheme=scheme, code=code) for code in codes))


def test_every_kind_has_its_own_class_and_back():
    assert len(kinds.KINDS) == len(kinds.CLASSES) == 10
    assert all(issubclass(cls, Record) and kinds.KINDS[cls] == kind for kind, cls in kinds.CLASSES.items())


@pytest.mark.parametrize(
    ("lane", "members"),
    [
        ("urgent", ["alert", "mission", "resource-request"]),
        ("normal", ["incident", "plan", "receipt", "report"]),
        ("bulk", ["observation", "resource", "resource-state"]),
    ],
)
def test_every_kind_has_its_lane(lane, members):
    assert sorted(kind for kind in kinds.CLASSES if kinds.lane(kind) == lane) == members


@pytest.mark.parametrize("cls", kinds.CLASSES.values(), ids=lambda cls: cls.__name__)
def test_every_record_has_a_subject(cls):
    assert kinds.subject(full(cls))


def test_an_alert_is_known_by_sender_and_identifier():
    assert kinds.subject(full(Alert).model_copy(update={"sender": "s", "identifier": "i"})) == "s,i"


def test_a_receipt_is_known_by_message_recipient_and_stage():
    assert kinds.subject(full(Receipt).model_copy(update={"message_id": "m", "recipient_id": "r", "stage": "Refused"})) == "m/r/Refused"


def test_each_step_of_a_request_is_a_subject_of_its_own():
    request = full(ResourceRequest).model_copy(update={"request_id": "r"})
    assert [kinds.subject(request, "m1"), kinds.subject(request, "m2"), kinds.subject(request)] == ["r/m1", "r/m2", "r"]


def test_another_record_is_the_same_subject_in_every_message():
    assert kinds.subject(incident(), "m1") == kinds.subject(incident(), "m2") == "a.incident.1"


@pytest.mark.parametrize(
    ("record", "family"),
    [
        (incident(category="NaturalDisaster"), "natural"),
        (incident(category="SocialSecurity"), "social"),
        (incident(category="Unknown"), "none"),
        (alert(codes=(CodedValue(scheme="urn:cn:gb:35561", code="11B06"),)), "natural"),
        (alert(codes=(CodedValue(scheme="urn:cn:gb:35561", code="99"), CodedValue(scheme="urn:cn:gb:35561", code="12"))), "accident"),
        (alert(codes=(CodedValue(scheme="urn:other", code="11B06"),)), "none"),
        (alert(), "none"),
        (full(Resource), "none"),
    ],
    ids=range(8),
)
def test_a_record_belongs_to_a_family_of_emergencies(record, family):
    assert kinds.family(record) == family


@pytest.mark.parametrize(
    ("record", "division"),
    [
        (incident(location=at("310105")), "31/310105"),
        (incident(location=at("310105001002")), "31/310105"),
        (incident(location=at("000000")), kinds.NATION),
        (incident(location=at("31")), HOME),
        (incident(location=at("FR-75056")), HOME),
        (incident(location=at("３１０１０５")), HOME),
        (incident(), HOME),
        (incident(zones=(Zone(kind=CodedValue(scheme="s", code="c"), area=area("330482")),)), "33/330482"),
        (incident(location=at("310105"), zones=(Zone(kind=CodedValue(scheme="s", code="c"), area=area("330482")),)), "31/310105"),
        (alert(areas=(area("KS", "330400", scheme="CPEAS Geographic Code"),)), "33/330400"),
        (alert(areas=(area("330482", scheme="FIPS6"), area("310105"))), "31/310105"),
        (Resource(resource_id="r", owner="o", kind="Team", jurisdiction="310000", home_base=at("330482")), "31/310000"),
        (Resource(resource_id="r", owner="o", kind="Team", home_base=at("330482")), "33/330482"),
        (Plan(plan_id="p", owner="o", title="t", area=area("310105")), "31/310105"),
    ],
    ids=range(14),
)
def test_a_record_belongs_to_its_first_division_else_to_its_agencys(record, division):
    assert kinds.division(record, HOME) == division
