"""NERIS, the American fire services' incident reports (core modules of the framework, and the payloads of its API), read only.

JSON, or a table with the framework's field names as columns: an Incident, its units as ResourceStates. A table of the framework itself, a module's
list of fields, is read as the incident that its column ``example`` describes, with mode Test: it is never anybody's emergency.
Types stay NERIS codes (``FIRE||STRUCTURE_FIRE||…``); narratives, rescues and modules without a home ride in the extensions.
"""

from collections.abc import Iterator
from typing import Any

from adapters._entry import Entry, Tree
from adapters._neris_entry import IDS, address, documents, family, first, label, listed, notes, started, types
from bridge import Adapter, Incident, Malformed, Rejected, ResourceState, Said, Says, native, text

FORM = {"name", "group", "type", "definition", "example"}
"""The columns that give away a module's list of fields."""
LOCAL = ("incident_internal_id", "base/incident_number", "dispatch/incident_number", "dispatch_internal_id")
TIMES = {
    "reported_at": ("dispatch_time_call_arrival", "dispatch/call_arrival", "dispatch_time_call_create", "dispatch/call_create"),
    "closed_at": ("time_incident_clear", "dispatch/incident_clear"),
}
POINTS = ("incident_point", "base/point", "dispatch_point", "dispatch/point")
UNITS = ("unit_response", "dispatch_unit_response", "dispatch/unit_responses", "unit_responses")
UNIT = ("unit_id_linked", "unit_neris_id", "unit_id_reported", "reported_unit_id")
STEPS = {
    "dispatch": "Committed",
    "enroute_to_scene": "EnRoute",
    "on_scene": "OnScene",
    "enroute_hospital": "Transporting",
    "arrived_hospital": "AtDestination",
    "canceled_enroute": "Available",
    "unit_clear": "Available",
}


class Form(list[Any]):
    """The rows of a module's list of fields."""


class Neris(Adapter):
    """NERIS incidents, read."""

    media_type = "application/json"
    records = (Incident, ResourceState)
    writes = False

    zone: str = "UTC"
    """IANA zone of times that name none: the framework says UTC."""

    def decode(self, data: bytes) -> Iterator[Said | Rejected]:
        """Incident by incident; a wrong one is refused alone."""
        first = data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
        for place, node in documents(data) if first in (b"{", b"[") else self._rows(data):
            try:
                if isinstance(node, Rejected):
                    raise node
                yield from [self._form(node)] if isinstance(node, Form) else self._said(Entry(self.name, node, place, self.zone))
            except Rejected as error:
                yield error

    def _rows(self, data: bytes) -> Iterator[tuple[str, Any]]:
        """The rows of a table; those of a form are one incident."""
        rows = [(f"line {line}", row) for line, row in text.read_csv(data)]
        if rows and isinstance(rows[0][1], dict) and rows[0][1].keys() >= FORM:
            yield "", Form(row for _, row in rows)
        elif not rows:
            raise Malformed("nothing-said")
        else:
            yield from rows

    def _said(self, entry: Entry) -> Iterator[Said | Rejected]:
        incident = self._incident(entry)
        units = [(path, node) for place in UNITS for path in [tuple(place.split("/"))] for node in listed(native.find(entry.node, path))]
        states = [self._state(node, entry.place(*path, str(index)), incident["incident_id"]) for index, (path, node) in enumerate(units)]
        entry.claimed |= {path for path, _ in units}
        busy = (state.record.availability for state in states if isinstance(state, Said))  # type: ignore[attr-defined]
        if incident["lifecycle"] == "Reported" and any(each not in ("Committed", "Available", "Unavailable") for each in busy):
            incident["lifecycle"] = "InProgress"
        yield Said(Incident.model_validate({**incident, "extensions": entry.rest()}), deviations=tuple(entry.deviations))
        yield from states

    def _form(self, rows: Form) -> Said:
        """The incident that the examples of a module describe."""
        for row in rows:
            if isinstance(row, Rejected):
                raise row
        examples = {row["name"].strip(): row["example"].strip().strip('"') for row in rows if not row["example"].startswith("See ")}
        entry = Entry(self.name, {name: words for name, words in examples.items() if name}, "", self.zone)
        local = entry.text("incident_neris_id") or f"example-{rows[0]['group'] or rows[0]['name']}"
        incident = self._incident(entry, local)
        kept = {
            f"{self.name}:{native.pointer((row['name'].strip(),))}": native.pack({k: v for k, v in row.items() if v and k != "name"}) for row in rows
        }
        return Said(Incident.model_validate({**incident, "extensions": kept}), Says(mode="Test"), tuple(entry.deviations))

    def _incident(self, entry: Entry, local: str | None = None) -> Tree:
        """What the modules say of the incident itself."""
        neris, own = first(entry, IDS), first(entry, LOCAL)
        local = local or neris or own
        if local is None:
            raise Malformed("missing", entry.place(IDS[0]))
        kinds = types(entry)
        found = {name: next(filter(None, (entry.time(*place.split("/")) for place in places)), None) for name, places in TIMES.items()}
        contained = entry.node.get("time_fire_under_control") or native.find(entry.node, ("tactic_timestamps", "time_fire_under_control"))
        displaced = entry.count("incident_displaced_number")
        return {
            "incident_id": self.shared_id("incident", local),
            "owner": self.owner,
            "involved_agencies": [brigade] if (brigade := first(entry, ("fd_neris_id", "base/department_neris_id"))) else [],
            "external_ids": [{"scheme": "urn:us:neris:internal-id", "code": own}] if own and own != local else [],
            "name": label(kinds[0]) if kinds else None,
            "types": [{"scheme": "urn:us:neris:incident-type", "code": kind} for kind in kinds],
            "category": family(kinds),
            "lifecycle": "Closed" if found["closed_at"] else "Contained" if contained else "Reported",
            "occurred_at": started(neris),
            **found,
            "location": {"point": self._point(entry), "address": address(entry)},
            "description": first(entry, ("incident_narrative_outcome", "base/outcome_narrative")),
            "casualties": [{"displaced": displaced}] if displaced is not None else [],
            "notes": notes(entry),
        }

    def _point(self, entry: Entry) -> Any:
        """The first position that is said: ``lat, lon`` in words, or a GeoJSON Point."""
        for place in POINTS:
            path = tuple(place.split("/"))
            found = entry.take(*path)
            found = found.get("geometry", found) if isinstance(found, dict) else found
            pair = found.split(",") if isinstance(found, str) else found.get("coordinates") if isinstance(found, dict) else None
            if isinstance(pair, list) and len(pair) >= 2:
                lat, lon = pair[:2] if isinstance(found, str) else pair[1::-1]
                inner = Entry(self.name, {"lat": lat, "lon": lon}, entry.place(*path))
                point = inner.point(("lat",), ("lon",))
                entry.deviations += inner.deviations
                if point:
                    return point
            entry.claimed.discard(path)
        return None

    def _state(self, node: Any, at: str, incident: str) -> Said | Rejected:
        """What a unit did last; one that nobody can name is refused alone."""
        if not isinstance(node, dict):
            return Malformed("wrong-shape", at, found=native.shape(node), wanted="an object")
        entry = Entry(self.name, node, at, self.zone)
        unit = first(entry, UNIT)
        if unit is None:
            return Malformed("missing", entry.place(UNIT[0]))
        reached = [(symbol, moment) for step, symbol in STEPS.items() if (moment := entry.time(f"time_{step}") or entry.time(step))]
        availability, last = reached[-1] if reached else ("Unknown", None)
        staffed = entry.text("unit_unable_to_dispatch")
        record = {
            "resource_id": self.shared_id("resource", unit),
            "at": last,
            "availability": "Unavailable" if staffed in ("true", "True", "TRUE") else availability,
            "incident_id": incident,
        }
        entry.claimed.discard(("unit_unable_to_dispatch",))
        return Said(ResourceState.model_validate({**record, "extensions": entry.rest()}), deviations=tuple(entry.deviations))
