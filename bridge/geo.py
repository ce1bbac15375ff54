"""Positions: WGS-84, and the two Chinese datums both ways to well under a centimetre; CAP polygons and GeoJSON.

GCJ-02 is a published distortion of WGS-84, BD-09 a second one on top. The inverse is found by iteration: the usual one-step
inverse is wrong by up to 2.4 m. Nothing in the data says which datum it uses: it is a setting, never a guess.
"""

import math
import re
from collections.abc import Callable
from typing import Any, Literal

from bridge.errors import Malformed

Datum = Literal["wgs84", "gcj02", "bd09"]
Pair = tuple[float, float]
"""Latitude, longitude in degrees."""

AXIS, ECCENTRICITY = 6378245.0, 0.00669342162296594323  # Krassovsky 1940, as the published formula has them
X_PI = math.pi * 3000 / 180
MIDDLE = (35.0, 105.0)
# Outside this rectangle the distortion is not applied. It covers neighbours too: it is no test of the datum.
SOUTH, NORTH, WEST, EAST = 0.8293, 55.8271, 72.004, 137.8347
NUMBER = re.compile(r"[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d{1,4})?", re.ASCII)
RING = re.compile(r"\s*[-+.\deE]+,[-+.\deE]+(?:\s+[-+.\deE]+,[-+.\deE]+)*\s*", re.ASCII)
"""No more than its signs: Python would also take ``1_000`` and ``nan``. Whether they are numbers, ``float`` says."""
ENOUGH = 1e-12
CLOSE = 1e-7
"""Degrees; a centimetre."""
PLACES = 8  # a millimetre


def _wave(x: float, y: float) -> float:
    ripple = 20 * math.sin(6 * math.pi * x) + 20 * math.sin(2 * math.pi * x)
    return ripple + 20 * math.sin(math.pi * y) + 40 * math.sin(math.pi * y / 3)


def _shift(lat: float, lon: float) -> Pair:
    x, y = lon - MIDDLE[1], lat - MIDDLE[0]
    north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * math.sqrt(abs(x))
    north += (_wave(x, y) + 160 * math.sin(math.pi * y / 12) + 320 * math.sin(math.pi * y / 30)) * 2 / 3
    east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * math.sqrt(abs(x))
    east += (_wave(x, x) + 150 * math.sin(math.pi * x / 12) + 300 * math.sin(math.pi * x / 30)) * 2 / 3
    magic = 1 - ECCENTRICITY * math.sin(math.radians(lat)) ** 2
    north = math.degrees(north * magic**1.5 / (AXIS * (1 - ECCENTRICITY)))
    return north, math.degrees(east * math.sqrt(magic) / (AXIS * math.cos(math.radians(lat))))


def wgs84_to_gcj02(lat: float, lon: float) -> Pair:
    """WGS-84 to the datum of Chinese maps."""
    if not (SOUTH <= lat <= NORTH and WEST <= lon <= EAST):
        return lat, lon
    north, east = _shift(lat, lon)
    return lat + north, lon + east


def gcj02_to_bd09(lat: float, lon: float) -> Pair:
    """The datum of Chinese maps to Baidu's."""
    radius = math.hypot(lat, lon) + 0.00002 * math.sin(lat * X_PI)
    angle = math.atan2(lat, lon) + 0.000003 * math.cos(lon * X_PI)
    return radius * math.sin(angle) + 0.006, radius * math.cos(angle) + 0.0065


def wgs84_to_bd09(lat: float, lon: float) -> Pair:
    """WGS-84 to Baidu's datum."""
    return gcj02_to_bd09(*wgs84_to_gcj02(lat, lon))


def _inverse(forward: Callable[[float, float], Pair], lat: float, lon: float) -> Pair:
    back = (lat, lon)
    for _ in range(20):
        there = forward(*back)
        miss = (there[0] - lat, there[1] - lon)
        back = (back[0] - miss[0], back[1] - miss[1])
        if abs(miss[0]) + abs(miss[1]) < ENOUGH:
            break
    return back


FORWARD: dict[Datum, Callable[[float, float], Pair]] = {"gcj02": wgs84_to_gcj02, "bd09": wgs84_to_bd09}


def from_datum(datum: Datum, lat: float, lon: float) -> Pair:
    """A position of the source, in WGS-84."""
    return (lat, lon) if datum == "wgs84" else _inverse(FORWARD[datum], lat, lon)


def to_datum(datum: Datum, lat: float, lon: float) -> Pair:
    """A WGS-84 position, as the target wants it, to the millimetre."""
    if datum == "wgs84":
        return lat, lon
    north, east = FORWARD[datum](lat, lon)
    return round(north, PLACES), round(east, PLACES)


def checked(lat: float, lon: float, at: str) -> Pair:
    """The pair, if it is a position on Earth."""
    if not (-90 <= lat <= 90 and -180 <= lon <= 180):
        raise Malformed("not-a-position", at, value=f"{lat},{lon}")
    return lat, lon


def decimal(words: str) -> float:
    """A number as standards write it: Python would also take ``1_000`` and ``nan``."""
    if not NUMBER.fullmatch(words.strip()):
        raise ValueError(words)
    return float(words)


def ring(words: str, at: str) -> list[Pair]:
    """The corners of a CAP polygon ``lat,lon lat,lon …`` (CAP 1.2 section 3.2.4)."""
    try:
        numbers = list(map(float, words.replace(",", " ").split())) if RING.fullmatch(words) else [math.inf]
    except ValueError:
        numbers = [math.inf]
    lats, lons = numbers[::2], numbers[1::2]
    if max(map(abs, lats)) > 90 or max(map(abs, lons)) > 180:
        raise Malformed("not-a-position", at, value=words)
    return list(zip(lats, lons, strict=True))


def circle(words: str, at: str) -> tuple[Pair, float]:
    """Centre and radius in kilometres of a CAP circle ``lat,lon radius``."""
    try:
        centre, radius = words.split()
        lat, lon = map(decimal, centre.split(","))
        reach = decimal(radius)
    except ValueError:
        raise Malformed("not-a-position", at, value=words) from None
    if not 0 <= reach < math.inf:
        raise Malformed("not-a-position", at, value=words)
    return checked(lat, lon, at), reach


def polygon(corners: list[Pair]) -> str:
    """The reverse of ``ring``."""
    return " ".join(f"{lat!r},{lon!r}" for lat, lon in corners)


def moved(geometry: Any, move: Callable[[float, float], Pair], at: str = "geometry") -> Any:
    """A GeoJSON geometry (RFC 7946) with every position moved; a wrong shape raises ``Malformed``."""
    if not isinstance(geometry, dict) or not isinstance(geometry.get("type"), str):
        raise Malformed("wrong-shape", at, found="something else", wanted="a GeoJSON geometry")
    kept = {name: value for name, value in geometry.items() if name != "bbox"}  # it would be wrong now
    if geometry["type"] != "GeometryCollection":
        return kept | {"coordinates": _positions(geometry.get("coordinates"), move, at)}
    parts = geometry.get("geometries")
    if not isinstance(parts, list):
        raise Malformed("wrong-shape", at, found="something else", wanted="a list of geometries")
    return kept | {"geometries": [moved(part, move, at) for part in parts]}


def _positions(found: Any, move: Callable[[float, float], Pair], at: str) -> Any:
    if not isinstance(found, list | tuple):
        raise Malformed("wrong-shape", at, found="something else", wanted="coordinates")
    if found and all(isinstance(number, int | float) and not isinstance(number, bool) for number in found):
        if len(found) < 2:
            raise Malformed("not-a-position", at, value=found)
        if abs(found[0]) > 180 or abs(found[1]) > 90:
            raise Malformed("not-a-position", at, value=found[:2])
        lat, lon = move(float(found[1]), float(found[0]))
        return [lon, lat, *found[2:]]
    return [_positions(part, move, at) for part in found]
