"""GeoJSON documents whose Features are entries of a mapping: shared by the feeds that speak it."""

from collections.abc import Iterator
from typing import Any

from bridge import Malformed, Rejected, geo, mapping, native, text

Tree = dict[str, Any]


class Features:
    """A FeatureCollection, or one Feature. What stands around the Features describes the poll and goes: it changes with every one."""

    def read(self, data: bytes, setting: Any) -> Iterator[tuple[str, Any]]:
        """Feature by Feature; a wrong one is refused alone."""
        document = an_object(text.read_json(data, encoding=setting.encoding), "document")
        if document.get("type") == "Feature":
            if (entry := self.entry(document)) is not None:
                yield "", entry
            return
        if document.get("type") != "FeatureCollection":
            raise Malformed("root", found=document.get("type"), wanted="FeatureCollection")
        features = document.get("features")
        if not isinstance(features, list):
            raise Malformed("wrong-shape", "features", found=native.shape(features), wanted="a list")
        for index, feature in enumerate(features):
            place = f"features/{index}"
            try:
                if (entry := self.entry(an_object(feature, ""))) is not None:
                    yield place, entry
            except Rejected as error:
                yield place, mapping.within(error, place)

    def write(self, node: Tree, setting: Any) -> bytes:
        """A collection of one Feature."""
        feature = {"type": "Feature", **self.feature(node)}
        return text.write_json({"type": "FeatureCollection", "features": [feature]}, setting.encoding)

    def entry(self, feature: Tree) -> Tree | None:
        """A Feature as the mapping sees it; nothing if it holds nothing to say."""
        raise NotImplementedError

    def feature(self, node: Tree) -> Tree:
        """The reverse."""
        raise NotImplementedError


def an_object(found: Any, at: str) -> Tree:
    """An object, also where there is none."""
    if not isinstance(found, dict | None):
        raise Malformed("wrong-shape", at, found=native.shape(found), wanted="an object")
    return found or {}


def coordinates(geometry: Tree, kind: str) -> Any:
    """The coordinates of a geometry of this kind, nothing if it is another or none."""
    found = geometry.get("coordinates") if geometry.get("type") == kind else None
    return found if isinstance(found, list) and found else None


def rings(geometry: Tree) -> tuple[list[str], list[str]]:
    """Outer rings and holes of a Polygon or MultiPolygon, as CAP writes them."""
    polygons = coordinates(geometry, "MultiPolygon") or [coordinates(geometry, "Polygon") or []]
    outer: list[str] = []
    holes: list[str] = []
    for polygon in polygons:
        if not isinstance(polygon, list):
            raise Malformed("not-a-position", "geometry", value=polygon)
        for index, ring in enumerate(polygon):
            (holes if index else outer).append(geo.polygon([corner(each) for each in closed(ring)]))
    return outer, holes


def closed(ring: Any) -> list[Any]:
    """The ring; its last corner is its first."""
    if not isinstance(ring, list) or len(ring) < 3:
        raise Malformed("not-a-position", "geometry", value=ring)
    return ring if ring[0] == ring[-1] else [*ring, ring[0]]


def corner(found: Any) -> geo.Pair:
    """A position, longitude first, as latitude and longitude."""
    if not isinstance(found, list) or len(found) < 2 or not all(isinstance(each, int | float) and not isinstance(each, bool) for each in found[:2]):
        raise Malformed("not-a-position", "geometry", value=found)
    lat, lon = geo.checked(found[1], found[0], "geometry")  # before it is a float: a whole number may be too large for one
    return float(lat), float(lon)


def picture(outer: list[str], holes: list[str]) -> Tree | None:
    """The reverse of ``rings``. Holes are cut where one polygon alone leaves no doubt which one they are cut out of."""
    polygons = [[[[lon, lat] for lat, lon in geo.ring(ring, "polygons")]] for ring in outer]
    if len(polygons) == 1:
        polygons[0] += [[[lon, lat] for lat, lon in geo.ring(hole, "holes")] for hole in holes]
        return {"type": "Polygon", "coordinates": polygons[0]}
    return {"type": "MultiPolygon", "coordinates": polygons} if polygons else None
