from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from records import any_of, full

from bridge import envelope, kinds, wire
from bridge.adapter import Said, Says
from bridge.envelope import Terms, opened, record_of, seal, stated_age, uuid7
from bridge.errors import Invalid, Malformed
from bridge.records import Alert, Carrier, Incident, Location, Receipt, ResourceRequest, ResourceState

NOW = datetime(2026, 7, 1, 4, 0, 7, 123_000, UTC)
TERMS = Terms(agency="cn-a", mode="Actual", division="33/330400", format="cap")
STATE = ResourceState(resource_id="cn-a.resource.1", availability="Available")
INCIDENT = Incident(incident_id="cn-a.incident.1", owner="cn-a", category="Accident", lifecycle="Reported", location=Location(), revision=7)


def sealed(record=INCIDENT, terms=TERMS, now=NOW, *, source=None, correlation=None, **says):
    [edition] = seal(Said(record, Says(**says)), terms, now, source=source, correlation=correlation)
    return edition


def refused(**says):
    with pytest.raises(Invalid) as caught:
        sealed(**says)
    return caught.value


# ---- sealing


def test_what_is_not_said_is_filled_from_the_terms():
    found = sealed().envelope
    assert (found.agency, found.mode, found.view, found.source_format, found.priority) == ("cn-a", "Actual", "full", "cap", 4)
    assert (found.kind, found.subject, found.sent_at, found.payload_encoding) == ("incident", "cn-a.incident.1", NOW, "Avro")
    assert (found.action, found.confidentiality, found.recipients, found.references) == ("Unknown", "Unknown", (), ())


def test_what_is_said_wins_over_the_terms():
    said = dict(
        mode="Exercise", action="Update", expires_at=NOW, references=("m0",), correlation_id="c", confidentiality="Secret", priority=0, lang="zh-CN"
    )
    found = sealed(**said).envelope
    assert {name: getattr(found, name) for name in said} == said


def test_an_unknown_mode_of_the_source_is_silence():
    assert sealed(mode="Unknown").envelope.mode == "Actual"


def test_silence_about_the_mode_is_refused_where_nothing_else_is_set():
    error = refused(terms=Terms(agency="cn-a"))
    assert (error.code, error.at) == ("mode-unknown", "mode")


def test_a_mode_that_is_not_taken_here_is_refused():
    error = refused(terms=TERMS.model_copy(update={"modes": ("Actual",)}), mode="Exercise")
    assert (error.code, error.details["value"]) == ("not-in-list", "Exercise")


@pytest.mark.parametrize("mode", ["System", "Draft", "actual"])
def test_a_mode_that_there_is_not_cannot_even_be_said(mode):
    with pytest.raises(ValidationError):
        Says(mode=mode)


@pytest.mark.parametrize(
    ("record", "ack"),
    [(INCIDENT, "Delivered"), (full(Alert), "Delivered"), (STATE, "NotRequested"), (full(Receipt), "NotRequested")],
    ids=lambda value: str(value)[:9],
)
def test_receipts_are_asked_for_where_they_are_worth_it(record, ack):
    assert sealed(record).envelope.ack_requested == ack


def test_an_agency_may_want_other_receipts():
    assert sealed(STATE, TERMS.model_copy(update={"ack": "Answered"})).envelope.ack_requested == "Answered"


def test_the_bytes_are_the_envelopes_and_the_record_is_in_them():
    found = sealed()
    assert wire.decode(found.data, type(found.envelope)) == found.envelope
    assert record_of(found.envelope) == INCIDENT


def test_the_newest_can_be_told_without_opening_the_record():
    assert (sealed().revision, sealed().updated_at) == (7, None)
    assert (sealed(STATE).revision, sealed(STATE).updated_at) == (None, None)


def test_the_native_original_is_known_by_its_digest():
    assert sealed(source=b"abc").envelope.source_digest == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert sealed().envelope.source_digest is None


def test_a_record_for_all_goes_by_agency_view_mode_kind_and_place():
    assert str(sealed().topic) == "rb/1/data/cn-a/full/actual/incident/accident/33/330400"
    assert sealed().stream == "cn-a/full/actual/normal"


# ---- recipients


def test_every_recipient_has_an_edition_of_its_own():
    editions = seal(Said(INCIDENT, Says(recipients=("cn-b", "cn-c"))), TERMS, NOW, correlation="c1")
    assert [str(each.topic) for each in editions] == ["rb/1/to/cn-b/cn-a/actual/incident", "rb/1/to/cn-c/cn-a/actual/incident"]
    assert len({each.envelope.message_id for each in editions}) == 2
    assert {each.envelope.correlation_id for each in editions} == {"c1"}
    assert {each.digest for each in editions} == {editions[0].digest}
    assert {each.envelope.recipients for each in editions} == {("cn-b", "cn-c")}


def test_a_recipient_named_twice_has_one_edition():
    editions = seal(Said(INCIDENT, Says(recipients=("cn-b", "cn-b"))), TERMS, NOW)
    assert [str(each.topic) for each in editions] == ["rb/1/to/cn-b/cn-a/actual/incident"]


def test_a_request_goes_to_whom_it_is_addressed():
    request = full(ResourceRequest).model_copy(update={"to_agency": "cn-b"})
    assert str(sealed(request).topic) == "rb/1/to/cn-b/cn-a/actual/resource-request"
    assert str(sealed(request, recipients=("cn-c",)).topic) == "rb/1/to/cn-c/cn-a/actual/resource-request"


def test_a_request_to_nobody_is_a_call_to_all():
    assert str(sealed(full(ResourceRequest).model_copy(update={"to_agency": None})).topic).startswith("rb/1/data/cn-a/")


def test_a_conversation_of_the_source_wins_over_that_of_the_message():
    assert sealed(correlation="c1", correlation_id="c0").envelope.correlation_id == "c0"


# ---- the digest


def test_the_same_words_said_again_have_the_same_digest():
    one, other = sealed(source=b"x", correlation="c1"), sealed(now=NOW + timedelta(hours=1), source=b"y", correlation="c2")
    assert one.digest == other.digest
    assert one.envelope.message_id != other.envelope.message_id


@pytest.mark.parametrize(
    "said",
    [
        {"record": INCIDENT.model_copy(update={"name": "x"})},
        {"record": INCIDENT.model_copy(update={"revision": 8})},
        {"mode": "Test"},
        {"action": "Update"},
        {"priority": 5},
        {"lang": "zh"},
        {"recipients": ("cn-b",)},
        {"references": ("m0",)},
        {"expires_at": NOW},
        {"confidentiality": "Secret"},
        {"correlation_id": "c"},
        {"terms": TERMS.model_copy(update={"view": "masked"})},
        {"terms": TERMS.model_copy(update={"agency": "cn-b"})},
    ],
    ids=str,
)
def test_any_other_words_have_another_digest(said):
    assert sealed(**said).digest != sealed().digest


@given(any_of(ResourceState), any_of(ResourceState))
def test_two_records_have_one_digest_only_if_they_are_one(one, other):
    assert (sealed(one).digest == sealed(other).digest) == (wire.encode(one) == wire.encode(other))


def test_each_step_of_a_request_has_a_subject_of_its_own():
    request = full(ResourceRequest)
    assert sealed(request, message_id="m1").envelope.subject == f"{request.request_id}/m1"
    assert sealed(request).envelope.subject == sealed(request).envelope.subject
    assert sealed(request).envelope.subject != sealed(request.model_copy(update={"step": "Cancel"})).envelope.subject


# ---- message ids


def test_a_message_id_is_a_uuid_of_version_seven():
    found = UUID(uuid7(NOW))
    assert (found.version, found.variant) == (7, "specified in RFC 4122")
    assert found.int >> 80 == round(NOW.timestamp() * 1000)


@given(st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)), st.integers(1, 10**9))  # noqa: DTZ001  the zone stands beside
def test_message_ids_grow_with_time(now, later):
    now = now.replace(microsecond=now.microsecond // 1000 * 1000)
    assert uuid7(now) < uuid7(now + timedelta(milliseconds=later))


def test_two_message_ids_of_one_moment_differ():
    assert len({uuid7(NOW) for _ in range(1000)}) == 1000


# ---- opening


def carried(edition, **changes):
    return wire.encode(Carrier(**dict(hub="cn-hub", stream=edition.stream, epoch=1, sequence=1, envelope=edition.data) | changes))


def test_a_delivery_is_opened_without_its_record():
    edition = sealed()
    topic, carrier, found = opened(str(edition.topic), carried(edition))
    assert (topic, found) == (edition.topic, edition.envelope)
    assert (carrier.hub, carrier.envelope) == ("cn-hub", edition.data)


def test_an_addressed_delivery_is_opened():
    edition = seal(Said(INCIDENT, Says(recipients=("cn-b", "cn-c"))), TERMS, NOW)[1]
    assert opened(str(edition.topic), carried(edition))[2].recipients == ("cn-b", "cn-c")


@pytest.mark.parametrize(
    ("changes", "at"),
    [
        ({"agency": "cn-x"}, "agency"),
        ({"mode": "test"}, "mode"),
        ({"kind": "alert"}, "kind"),
        ({"view": "masked"}, "view"),
    ],
)
def test_a_delivery_that_is_not_what_its_topic_claims_is_refused(changes, at):
    edition = sealed()
    claimed = edition.topic._replace(**changes)
    with pytest.raises(Malformed) as caught:
        opened(str(claimed), carried(edition, stream=claimed.stream))
    assert (caught.value.code, caught.value.at) == ("disagrees", at)


def test_a_delivery_in_another_stream_is_refused():
    edition = sealed()
    with pytest.raises(Malformed) as caught:
        opened(str(edition.topic), carried(edition, stream="cn-a/full/actual/urgent"))
    assert (caught.value.code, caught.value.at) == ("disagrees", "stream")


@pytest.mark.parametrize("changes", [{"recipient": "cn-x"}, {"agency": "cn-x"}, {"mode": "exercise"}, {"kind": "plan"}])
def test_an_addressed_delivery_that_is_not_what_its_topic_claims_is_refused(changes):
    edition = sealed(recipients=("cn-b",))
    claimed = edition.topic._replace(**changes)
    with pytest.raises(Malformed) as caught:
        opened(str(claimed), carried(edition, stream=claimed.stream))
    assert caught.value.code == "disagrees"


def test_what_is_for_all_is_not_taken_for_addressed():
    edition = sealed()
    claimed = envelope.To("cn-b", "cn-a", "actual", "incident")
    with pytest.raises(Malformed) as caught:
        opened(str(claimed), carried(edition, stream=claimed.stream))
    assert caught.value.at == "recipients"


def test_an_unknown_mode_is_refused_at_this_door_too():
    edition = sealed()
    unknown = wire.encode(edition.envelope.model_copy(update={"mode": "Unknown"}))
    with pytest.raises(Malformed) as caught:
        opened(str(edition.topic), carried(edition, envelope=unknown))
    assert caught.value.at == "mode"


def test_a_wrong_topic_is_refused_before_anything_is_read():
    with pytest.raises(Malformed) as caught:
        opened("rb/1/data/Full", b"")
    assert caught.value.code == "topic"


# ---- age and record


def test_what_is_older_than_this_hub_remembers_is_refused():
    found = sealed().envelope
    stated_age(found, NOW + timedelta(days=7), timedelta(days=7))
    with pytest.raises(Invalid) as caught:
        stated_age(found, NOW + timedelta(days=7, milliseconds=1), timedelta(days=7))
    assert caught.value.code == "too-old"


@pytest.mark.parametrize("changes", [{"kind": "gossip"}, {"payload_encoding": "Jose"}])
def test_a_record_that_cannot_be_opened_here_is_refused(changes):
    with pytest.raises(Malformed) as caught:
        record_of(sealed().envelope.model_copy(update=changes))
    assert caught.value.code == "wrong-record"


@pytest.mark.parametrize("cls", kinds.CLASSES.values(), ids=lambda cls: cls.__name__)
def test_every_record_comes_out_as_it_went_in(cls):
    [edition, *_] = seal(Said(full(cls)), TERMS, NOW)
    assert record_of(opened(str(edition.topic), carried(edition))[2]) == full(cls)


def test_who_seals_a_piece_again_in_another_process_makes_the_same_message_ids():
    first, again = (seal(Said(INCIDENT), TERMS, at, place="a/folder:1/0")[0].envelope for at in (NOW, NOW + timedelta(seconds=9)))
    assert first.message_id == again.message_id
    assert UUID(first.message_id).version == 8


def test_another_piece_that_says_the_same_is_another_message():
    ids = {seal(Said(INCIDENT), TERMS, NOW, place=place)[0].envelope.message_id for place in ("a/folder:1/0", "a/folder:2/0", "a/folder:1/1", None)}
    assert len(ids) == 4


@pytest.mark.parametrize("message_id", ["../../etc/cron.d/x", "a/b", "", "x" * 65, "a\r\nSet-Cookie: b", "嘉兴"])
def test_an_id_that_could_be_more_than_a_name_is_refused(message_id):
    found = sealed()
    envelope = wire.encode(found.envelope.model_copy(update={"message_id": message_id}))
    carrier = wire.encode(Carrier(hub="cn-a", stream=found.stream, epoch=1, sequence=1, envelope=envelope))
    with pytest.raises(Malformed) as caught:
        opened(str(found.topic), carrier)
    assert caught.value.verdict.at == "message_id"
