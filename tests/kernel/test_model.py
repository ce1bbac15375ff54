from datetime import UTC, datetime, timedelta, timezone

import pytest
from pydantic import ValidationError
from records import full

from bridge.kinds import CLASSES
from bridge.model import in_millis
from bridge.records import Attachment, GeoPoint, Incident, Location, Note, Plan, Resource

NOON = datetime(2026, 7, 1, 4, 0, 7, 123_456, UTC)


def test_a_time_is_kept_in_utc_and_whole_milliseconds():
    local = NOON.astimezone(timezone(timedelta(hours=8)))
    assert Note(text="x", at=local).at == in_millis(local) == NOON.replace(microsecond=123_000)
    assert Note(text="x", at=local).at.tzinfo is UTC


def test_a_time_before_its_epoch_is_cut_like_any_other():
    assert in_millis(datetime(1969, 12, 31, 23, 59, 59, 999_999, UTC)).microsecond == 999_000


@pytest.mark.parametrize(
    ("cls", "fields"),
    [
        (Note, {"text": "x", "at": datetime(2026, 7, 1)}),  # noqa: DTZ001  a time without a zone is the point
        (Note, {"text": 5}),
        (Note, {"text": "x", "colour": "red"}),
        (Note, {"text": "\ud800"}),
        (Note, {}),
        (GeoPoint, {"lat": float("nan"), "lon": 0.0}),
        (GeoPoint, {"lat": float("inf"), "lon": 0.0}),
        (GeoPoint, {"lat": 0.0, "lon": 0.0, "alt": float("nan")}),
        (GeoPoint, {"lat": 0.0, "lon": 0.0, "alt": float("inf")}),
        (GeoPoint, {"lat": 91.0, "lon": 0.0}),
        (GeoPoint, {"lat": 0.0, "lon": -180.1}),
        (GeoPoint, {"lat": "0", "lon": 0.0}),
        (Attachment, {"size_bytes": 2**63}),
        (Plan, {"plan_id": "p", "owner": "o", "title": "t", "revision": 1.0}),
        (Resource, {"resource_id": "r", "owner": "o", "kind": "Spaceship"}),
        (Incident, {"incident_id": "i", "owner": "o", "category": "Accident", "lifecycle": "Reported", "location": Location(), "level": 5}),
    ],
    ids=range(16),
)
def test_what_a_record_cannot_hold_is_refused(cls, fields):
    with pytest.raises(ValidationError):
        cls(**fields)


@pytest.mark.parametrize("cls", CLASSES.values(), ids=lambda cls: cls.__name__)
def test_a_record_survives_json(cls):
    assert cls.model_validate_json(full(cls).model_dump_json()) == full(cls)


@pytest.mark.parametrize("cls", CLASSES.values(), ids=lambda cls: cls.__name__)
def test_a_record_does_not_change(cls):
    record = full(cls)
    with pytest.raises(ValidationError, match="frozen"):
        record.extensions = {}
