"""Places of UICDS messages: degrees, minutes and seconds, lengths with their units, circles around an incident."""

from typing import Any

from adapters._entry import Entry, Tree
from bridge import GeoPoint, native

MILES = {"SMI": 1.609344, "MI": 1.609344, "KM": 1.0, "KMT": 1.0, "M": 0.001, "MTR": 0.001, "NMI": 1.852}
CENTRE = ("IncidentLocation", "LocationArea", "AreaCircularRegion", "CircularRegionCenterCoordinate")


def degrees(entry: Entry, which: str) -> float | None:
    """Degrees, minutes and seconds; the sign stands before the degrees."""
    at = (*CENTRE, f"GeographicCoordinate{which}")
    whole = entry.text(*at, f"{which}DegreeValue")
    parts = [entry.number(*at, f"{which}{part}Value") for part in ("Degree", "Minute", "Second")]
    if whole is None or parts[0] is None:
        return None
    size = abs(parts[0]) + (parts[1] or 0) / 60 + (parts[2] or 0) / 3600
    return -size if whole.startswith("-") else size


def kilometres(length: float | None, unit: str | None) -> float | None:
    """A length in kilometres, if its unit is known."""
    return length * MILES[unit] if length is not None and length >= 0 and unit in MILES else None


def spot(entry: Entry, lat: Any, lon: Any, path: native.Path) -> GeoPoint | None:
    """A position; what is none stays where it was."""
    inner = Entry(entry.name, {"lat": lat, "lon": lon}, entry.place(*path))
    point = inner.point(("lat",), ("lon",))
    entry.deviations += inner.deviations
    if point is None:
        free(entry, path)
    return point


def free(entry: Entry, path: native.Path) -> None:
    """Nobody took what stands there after all."""
    entry.claimed = {other for other in entry.claimed if other[: len(path)] != path}


def circle(entry: Entry, centre: GeoPoint | None, radius: float | None, path: native.Path) -> list[Tree]:
    """The area around an incident."""
    if centre is None or radius is None:
        free(entry, path)
        return []
    kind = {"scheme": "urn:uicds:area", "code": "CircularRegion"}
    return [{"kind": kind, "area": {"circles": [f"{centre.lat},{centre.lon} {round(radius, 6)}"]}}]
