"""The picture as GeoJSON (RFC 7946), and what is asked for as the words of a URL."""

import base64
import binascii
import json
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any

import numpy as np
import shapely
from pydantic import ValidationError
from shapely.geometry.base import BaseGeometry

from bridge.entries import STATUSES
from bridge.errors import Invalid
from bridge.finding import Order, Page, Query, Seen
from bridge.kinds import CLASSES, FAMILIES
from bridge.records import Resource, ResourceState

PLACES = 7
"""Decimals of a coordinate: a centimetre."""
MEDIA_TYPE = "application/geo+json"
LISTS = {
    "kind": ("kinds", frozenset(CLASSES)),
    "family": ("families", frozenset({*FAMILIES.values(), "none"})),
    "status": ("statuses", frozenset(STATUSES)),
}
"""Words that may stand several times or with commas between, and what they may be."""
NUMBERS = {"bbox": 4, "near": 2}
PLAIN = {"mode": "mode", "grade": "grade", "within": "within", "capability": "capability", "available": "available", "limit": "limit"}


def query(words: Mapping[str, list[str]]) -> Query:
    """What a URL asks for; ``Invalid`` names the word that is wrong."""
    asked: dict[str, Any] = {}
    for name, values in words.items():
        if name in LISTS:
            field, known = LISTS[name]
            asked[field] = frozenset(each for value in values for each in value.split(","))
            for each in asked[field] - known:
                raise Invalid("not-in-list", name, value=each, allowed=", ".join(sorted(known)))
        elif len(values) != 1:
            raise Invalid("picture-query", name, value=", ".join(values))
        elif name in NUMBERS:
            asked[name] = _numbers(name, values[0])
        elif name == "after":
            asked[name] = unmarked(values[0])
        elif name in PLAIN:
            asked[PLAIN[name]] = values[0]
        else:
            raise Invalid("not-in-list", "query", value=name, allowed=", ".join(sorted([*LISTS, *NUMBERS, *PLAIN, "after"])))
    if "within" in asked and "near" not in asked:
        raise Invalid("picture-query", "within", value=words["within"][0])
    try:
        return Query.model_validate(asked)
    except ValidationError as error:
        flaw = error.errors(include_url=False)[0]
        raise Invalid("picture-query", str(flaw["loc"][0]), value=flaw["input"]) from None


def _numbers(name: str, words: str) -> tuple[float, ...]:
    """Longitudes and latitudes in turn."""
    try:
        found = tuple(float(word) for word in words.split(","))
    except ValueError:
        found = ()
    on_earth = all(abs(lon) <= 180 for lon in found[::2]) and all(abs(lat) <= 90 for lat in found[1::2])
    if len(found) != NUMBERS[name] or not on_earth or (name == "bbox" and found[1] > found[3]):
        raise Invalid("picture-query", name, value=words)
    return found


def marked(order: Order) -> str:
    """Where to go on, as a word for ``after``."""
    return base64.urlsafe_b64encode(json.dumps(order).encode()).decode().rstrip("=")


def unmarked(word: str) -> Order:
    """The reverse."""
    try:
        found = json.loads(base64.urlsafe_b64decode(word + "=" * (-len(word) % 4)))
        metres, kind, subject = found
        return float(metres), str(kind), str(subject)
    except (binascii.Error, ValueError, TypeError, OverflowError, RecursionError):
        raise Invalid("picture-query", "after", value=word) from None


def collection(page: Page) -> dict[str, Any]:
    """A page."""
    more = {"next": marked(page.more)} if page.more else {}
    return {"type": "FeatureCollection", "features": [feature(seen) for seen in page.seen], "unplaced": page.unplaced, **more}


def feature(seen: Seen) -> dict[str, Any]:
    """A subject."""
    said = seen.entry.envelope
    facts = {name: value for name, value in properties(seen).items() if value not in (None, (), [], "")}
    return {"type": "Feature", "id": f"{said.mode}/{said.kind}/{said.subject}", "geometry": geometry(seen), "properties": facts}


def properties(seen: Seen) -> dict[str, Any]:
    """What is told of it: never a note, a contact or an attachment."""
    entry, said, record = seen.entry, seen.entry.envelope, seen.entry.record
    found: dict[str, Any] = {
        "kind": said.kind,
        "subject": said.subject,
        "mode": said.mode,
        "status": seen.status,
        "agency": said.agency,
        "owner": entry.owner,
        "also": list(seen.also),
        "hub": entry.hub,
        "message_id": said.message_id,
        "sent_at": _time(said.sent_at),
        "expires_at": _time(entry.expires),
        "confidentiality": None if said.confidentiality == "Unknown" else said.confidentiality,
        "title": entry.title,
        "family": None if entry.family == "none" else entry.family,
        "grade": entry.grade,
        "lifecycle": getattr(record, "lifecycle", None),
        "severity": getattr(record, "severity", None),
    }
    if isinstance(record, Resource):
        found |= {"resource_kind": record.kind, "sharing": record.sharing}
        found["capabilities"] = [f"{each.code.scheme}:{each.code.code}" for each in record.capabilities]
    state = seen.state.record if seen.state else record
    if isinstance(state, ResourceState):
        heading = state.position and state.position.heading_deg
        found |= {"availability": state.availability, "incident_id": state.incident_id, "heading_deg": heading}
        found["state_sent_at"] = _time(seen.state.envelope.sent_at) if seen.state else None
    if seen.way:
        found |= {"distance_m": round(seen.way.metres, 1), "bearing_deg": round(seen.way.bearing, 1)}
    return found


def _time(moment: datetime | None) -> str | None:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z") if moment else None


def geometry(seen: Seen) -> dict[str, Any] | None:
    """Where it is; nothing where that is unknown."""
    parts = [_document(shapely.geometry.mapping(part)) for shape in seen.position.shapes for part in cut(shape)]
    if len(parts) > 1:
        return {"type": "GeometryCollection", "geometries": parts}
    return parts[0] if parts else None


def cut(shape: BaseGeometry) -> list[BaseGeometry]:
    """The shape with its longitudes on Earth, outlines counterclockwise, in two where it crosses the date line (RFC 7946 section 3.1.9)."""
    west, _, east, _ = shape.bounds
    turns = -360.0 * ((west + 180) // 360)
    if turns:
        shape, east = _turned(shape, turns), east + turns
    with suppress(shapely.errors.GEOSException):  # an outline that crosses itself may not be cut, or turned
        if east > 180:
            halves = shapely.clip_by_rect(shape, -180, -90, 180, 90), _turned(shapely.clip_by_rect(shape, 180, -90, 540, 90), -360.0)
            return [shapely.orient_polygons(half) for half in halves if not half.is_empty] or [shape]
        return [shapely.orient_polygons(shape)]
    return [shape]


def _turned(shape: BaseGeometry, degrees: float) -> BaseGeometry:
    found: BaseGeometry = shapely.transform(shape, lambda corners: np.add(corners, (degrees, 0)))
    return found


def _document(shape: Mapping[str, Any]) -> dict[str, Any]:
    if "geometries" in shape:
        return {"type": shape["type"], "geometries": [_document(each) for each in shape["geometries"]]}
    name = "LineString" if shape["type"] == "LinearRing" else shape["type"]
    return {"type": name, "coordinates": _rounded(shape["coordinates"])}


def _rounded(found: Any) -> Any:
    if isinstance(found[0], float | int):
        return [round(float(found[0]), PLACES), round(float(found[1]), PLACES)]
    return [_rounded(each) for each in found]
