"""NIEM 3 to 6 exchanges about an incident or a crash, XML or JSON (NIEM NDR; the Crash Driver IEPD of the NIEM training), in only: an Incident each.

An exchange names its own root and extends the model as it likes, so that it is read by what NIEM calls its parts, whatever their namespace: an
``Incident``, ``Crash``, ``Event``, ``EmergencyIncident`` or ``CallForService`` with ``ActivityIdentification`` (else the digest of what is said),
``ActivityName``, ``ActivityDescriptionText``, ``ActivityDate``, and its ``Location``: address, and ``Location2DGeospatialCoordinate`` in degrees, minutes
and seconds, else a GML point, latitude first. A day without a time is no instant and stays. A crash is an Accident; who was injured in it is counted.
People, charges, licences and all else ride in ``extensions`` under the names of their elements, references (``@ref``, ``@id``) as they are.
"""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from adapters import _carry
from adapters._entry import Entry
from bridge import Adapter, Incident, Malformed, Rejected, Said, geo, native, text, times, validated, xml

Tree = dict[str, Any]
ACTIVITIES = {"Crash": "Accident", "Incident": "Unknown", "EmergencyIncident": "Unknown", "CallForService": "Unknown", "Event": "Unknown"}
SCHEME = "urn:niem"
STARTS = ("ActivityDate", "ActivityStartDate", "IncidentReportedDate")
ENDS = ("ActivityEndDate",)


class Niem(Adapter):
    """NIEM, in only."""

    media_type = "application/xml"
    records = (Incident,)
    writes = False

    zone: str | None = None
    """IANA zone of times that name none."""

    def decode(self, data: bytes) -> Iterator[Said | Rejected]:
        """Activity by activity."""
        tree = document(data)
        found = [(name, node) for name, inner in tree.items() if name in ACTIVITIES for node in (inner if isinstance(inner, list) else [inner])]
        if not found:
            raise Malformed("missing", " | ".join(ACTIVITIES))
        around = {name: value for name, value in tree.items() if name not in ACTIVITIES}
        for index, (name, node) in enumerate(found):
            try:
                yield self.incident(name, node, {} if index else around)
            except Rejected as error:
                if len(found) == 1:
                    raise
                yield error

    def incident(self, name: str, node: Any, around: Tree) -> Said:
        """One activity; the first takes what stands around it."""
        if not isinstance(node, dict):
            raise Malformed("wrong-shape", name, found=native.shape(node), wanted="an object")
        entry, at = Entry(self.name, {**around, name: node}, zone=self.zone), (name,)
        identifier = entry.text(*at, "ActivityIdentification", "IdentificationID") or entry.text(*at, "IncidentIdentification", "IdentificationID")
        hurt = sum("CrashPersonInjury" in each for each in native.entries(node, ("CrashPerson",)) if isinstance(each, dict))
        ended = self.moment(entry, at, ENDS)
        status = entry.text(*at, "ActivityStatus", "StatusDescriptionText")
        reason = entry.text(*at, "ActivityCategoryText") or entry.text(*at, "IncidentCategoryText")
        tree = {
            "incident_id": self.shared_id("incident", identifier or _carry.digest(entry.node)),
            "owner": self.owner,
            "name": entry.text(*at, "ActivityName"),
            "category": ACTIVITIES[name],
            "types": [{"scheme": f"{SCHEME}:activity", "code": name}, *([{"scheme": f"{SCHEME}:category", "code": reason}] if reason else [])],
            "lifecycle": "Closed" if ended else "Unknown",
            "occurred_at": self.moment(entry, at, STARTS),
            "closed_at": ended,
            "description": entry.text(*at, "ActivityDescriptionText"),
            "location": self.location(entry, at),
            "casualties": [{"injured": hurt}] if hurt else [],
            "notes": [{"text": status, "category": "status"}] if status else [],
        }
        whole = {field: value for field, value in tree.items() if value is not None} | {"extensions": entry.rest()}
        return Said(validated(Incident, whole), deviations=tuple(entry.deviations))

    def moment(self, entry: Entry, at: native.Path, names: tuple[str, ...]) -> str | None:
        """The first of these dates that is an instant."""
        for name in names:
            if (found := entry.time(*at, name, "DateTime")) is not None:
                return times.iso(found)
        return None

    def location(self, entry: Entry, at: native.Path) -> Tree:
        """Where it was."""
        base = next((path for path in ((*at, "Location"), (*at, "ActivityLocation"), (*at, "IncidentLocation")) if native.find(entry.node, path)), at)
        inner = next((path for path in ((*base, "Address"), (*base, "LocationAddress", "StructuredAddress")) if native.find(entry.node, path)), base)
        street = (*inner, "LocationStreet")
        address = {
            "text": entry.text(*inner, "AddressFullText") or entry.text(*base, "LocationAddress", "AddressFullText"),
            "street": entry.text(*street, "StreetFullText") or entry.text(*street, "StreetName"),
            "number": entry.text(*street, "StreetNumberText"),
            "locality": entry.text(*inner, "LocationCityName") or entry.text(*inner, "AddressCityName"),
            "postal_code": entry.text(*inner, "LocationPostalCode") or entry.text(*inner, "AddressPostalCode"),
        }
        found = {
            "name": entry.text(*base, "LocationName"),
            "note": entry.text(*base, "LocationDescriptionText"),
            "address": {name: value for name, value in address.items() if value},
            "point": self.coordinate(entry, (*base, "Location2DGeospatialCoordinate"))
            or self.gml(entry, (*base, "LocationGeospatialPoint", "Point", "pos")),
        }
        return {name: value for name, value in found.items() if value}

    def coordinate(self, entry: Entry, path: native.Path) -> Tree | None:
        """A position in degrees, minutes and seconds."""
        found = [self.angle(entry, (*path, f"GeographicCoordinate{each}"), each) for each in ("Latitude", "Longitude")]
        if None in found:
            return None
        try:
            lat, lon = geo.checked(float(found[0] or 0), float(found[1] or 0), entry.place(*path))
        except Rejected:
            entry.unread(found, "position", *path)
            entry.claimed = {each for each in entry.claimed if each[: len(path)] != path}
            return None
        return {"lat": lat, "lon": lon}

    def angle(self, entry: Entry, path: native.Path, name: str) -> float | None:
        """One angle; the sign of the degrees is that of the whole."""
        words = entry.text(*path, f"{name}DegreeValue")
        parts = [entry.number(*path, f"{name}{each}Value") for each in ("Degree", "Minute", "Second")]
        if words is None or parts[0] is None:
            return None
        size = abs(parts[0]) + (parts[1] or 0) / 60 + (parts[2] or 0) / 3600
        return round(-size if words.startswith("-") else size, 9)

    def gml(self, entry: Entry, path: native.Path) -> Tree | None:
        """A GML position, latitude first."""
        words = entry.text(*path)
        if words is None:
            return None
        try:
            lat, lon = map(geo.decimal, words.split()[:2])
            geo.checked(lat, lon, entry.place(*path))
        except (ValueError, Rejected):
            entry.unread(words, "position", *path)
            return None
        return {"lat": lat, "lon": lon}


def document(data: bytes) -> Tree:
    """The root's content, without prefixes: of XML, or of JSON, where the root is the one name that is no word of JSON-LD."""
    if data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"<":
        tree = xml.tree(xml.parse(data))
    else:
        tree = bare(text.read_json(data))
        roots = [name for name in tree if not name.startswith("@")] if isinstance(tree, dict) else []
        if len(roots) == 1 and roots[0] not in ACTIVITIES:
            tree = tree[roots[0]]
    if not isinstance(tree, dict):
        raise Malformed("wrong-shape", "document", found=native.shape(tree), wanted="an object")
    return {name: value for name, value in tree.items() if name not in ("@schemaLocation", "@context")}


def bare(found: Any) -> Any:
    """JSON without the prefixes of its names; where two would be one they stay."""
    if isinstance(found, list):
        return [bare(each) for each in found]
    if not isinstance(found, dict):
        return found
    short = [name.rpartition(":")[2] for name in found]
    many = Counter(short) if len(set(short)) < len(short) else {}
    return {name if many.get(last, 1) > 1 else last: bare(value) for (name, value), last in zip(found.items(), short, strict=True)}
