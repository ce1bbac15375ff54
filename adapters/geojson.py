"""GeoJSON (RFC 7946) for any map, both ways: Incident, Resource, ResourceState and Alert, each a Feature; WGS 84, longitude first.

What we write reads back without loss. ``properties`` hold ``record``, the name of the record, and the record's own fields under their own
names, the record's id local to its agency; ``mode`` and ``message`` what the message says of itself. A position, or the geometry of a location,
is the Feature's geometry and stands nowhere else. Where a record has areas (an Alert in its infos, an Incident in its zones) the properties say
all, and the geometry is their picture: outer rings counterclockwise, holes in the polygon around them, a circle as the Point in its middle, beside ``radius_km``.
A picture that shows something else is refused, for nobody could tell which one is meant; outlines that are none, or open, are not in it.
A ring across the antimeridian is shown as it is. ``title``, ``description``, ``severity``, ``updated`` and the colours, where they are no
fields of the record, are there for the map, and not read.

A Feature without ``record`` is somebody else's: the option ``record`` has to say what it is. It gives its id, a name and its geometry;
the rest rides in ``extensions`` as ``properties/…``, as ``bbox`` or another member of the Feature, as ``../…`` of the collection. An
open ring is closed. That, and a needless ``crs``, are named in the deviations; another ``crs`` is refused.
"""

import json
from collections.abc import Iterator
from typing import Any, Literal

from adapters._geojson_read import CLASSES, IDS, Tree, an_object, checked, members, put, sayable
from adapters._geojson_shapes import circles, picture, shapes, spots, take
from adapters._geojson_shown import SHOWN, shown
from bridge import Adapter, Invalid, Malformed, Rejected, Said, Says, native, text, validated

NAMES = ("name", "title", "headline", "label", "名称", "标题")


class Geojson(Adapter):
    """GeoJSON, both ways."""

    media_type = "application/geo+json"
    records = tuple(CLASSES.values())

    record: Literal["Incident", "Resource"] | None = None
    """What Features are that do not say it."""
    id_property: str | None = None
    """The property that holds their id; left out: the Feature's own id."""

    def decode(self, data: bytes) -> Iterator[Said | Rejected]:
        """Feature by Feature; a wrong one is refused alone."""
        document = text.read_json(data)
        kind = document.get("type") if isinstance(document, dict) else native.shape(document)
        if kind not in ("FeatureCollection", "Feature"):
            raise Malformed("root", found=kind, wanted="FeatureCollection")
        odd: list[str] = []
        around = members(document, ("type", "features"), "", odd) if kind == "FeatureCollection" else {}
        features = document.get("features") if kind == "FeatureCollection" else [document]
        if not isinstance(features, list):
            raise Malformed("wrong-shape", "features", found=native.shape(features), wanted="a list")
        kept = {f"../{name}": value for name, value in around.items()}
        for index, feature in enumerate(features):
            try:
                yield self._said(feature, f"features/{index}", kept, [*odd])
                kept = {}
            except Rejected as error:
                yield error

    def _said(self, feature: Any, at: str, kept: Tree, odd: list[str]) -> Said:
        if not isinstance(feature, dict) or feature.get("type") != "Feature":
            raise Malformed("wrong-shape", at, found=native.shape(feature), wanted="a Feature")
        properties = an_object(feature.get("properties"), f"{at}/properties")
        geometry = None if feature.get("geometry") is None else checked(feature["geometry"], f"{at}/geometry", odd)
        ours = "record" in properties
        known = ("type", "geometry", "properties", *(["id"] if ours or self.id_property is None else []))
        kept = kept | members(feature, known, f"{at}/", odd)
        cls, tree, rest = (self._ours if ours else self._foreign)(feature, properties, at)
        kept |= {native.pointer(("properties", name)): value for name, value in rest.items()}
        own = {f"{self.name}:{name}": native.pack(value) for name, value in kept.items() if value not in native.SILENT}
        tree["extensions"] = an_object(tree.get("extensions"), f"{at}/properties/extensions") | own
        if not (pictured := shapes(tree)):
            put(cls, tree, geometry, at)
        says = {**an_object(properties.get("message"), f"{at}/properties/message"), "mode": properties.get("mode")} if ours else {}
        record = validated(cls, tree, f"{at}/properties")
        if pictured and geometry and spots(geometry) != spots(picture(dump(record))):
            raise Invalid("wrong-value", f"{at}/geometry", value=geometry["type"], wanted="the areas that the properties say")
        return Said(record, validated(Says, says, f"{at}/properties"), tuple(odd))

    def _ours(self, feature: Tree, properties: Tree, at: str) -> tuple[type[Any], Tree, Tree]:
        """A Feature that says which record it is, and what more it says."""
        name = properties["record"]
        if not isinstance(name, str) or name not in CLASSES:
            raise Invalid("not-in-list", f"{at}/properties/record", value=name, allowed=", ".join(CLASSES))
        cls = CLASSES[name]
        tree = {key: value for key, value in properties.items() if key in cls.model_fields}
        kind, field = IDS.get(name, ("", "identifier"))
        local = tree.setdefault(field, feature.get("id"))
        if kind and isinstance(local, str):
            tree[field] = self.shared_id(kind, local)
        return cls, tree, {key: value for key, value in properties.items() if key not in reserved(cls)}

    def _foreign(self, feature: Tree, properties: Tree, at: str) -> tuple[type[Any], Tree, Tree]:
        """A Feature of somebody else, and what more it says."""
        if self.record is None:
            wanted = f"one of {', '.join(CLASSES)}, or the option 'record' of this link"
            raise Invalid("wrong-value", f"{at}/properties/record", value="", wanted=wanted)
        local, place = feature.get("id"), f"{at}/id"
        if self.id_property is not None:
            local, place = properties.get(self.id_property), f"{at}/properties/{self.id_property}"
        if local in native.SILENT:
            raise Malformed("missing", place)
        if isinstance(local, bool | list | dict):
            raise Malformed("wrong-shape", place, found=native.shape(local), wanted="text or a number")
        kind, field = IDS[self.record]
        named = next((name for name in NAMES if isinstance(properties.get(name), str) and properties[name]), None)
        unknown = {"category": "Unknown", "lifecycle": "Unknown"} if self.record == "Incident" else {"kind": "Unknown"}
        shared = self.shared_id(kind, local if isinstance(local, str) else json.dumps(local))
        tree = {field: shared, "owner": self.owner, "name": properties.get(named or ""), **unknown}
        return CLASSES[self.record], tree, {key: value for key, value in properties.items() if key not in (named, self.id_property)}

    def encode(self, said: Said) -> bytes:
        """A collection of one Feature."""
        cls, tree, says = type(said.record), dump(said.record), dump(said.says)
        name, look = cls.__name__, shown(cls, tree)
        kind, field = IDS.get(name, ("", "identifier"))
        if kind:
            tree[field] = self.local_id(kind, shared := tree[field])
            if self.shared_id(kind, tree[field]) != shared:
                raise Invalid("wrong-value", field, value=shared, wanted=f"an id that is not read as one of {self.agency}")
        geometry = picture(tree) or take(cls, tree)
        radii = {radius for _, radius in circles(tree)}
        about = {"mode": says.pop("mode", None), "message": says, "radius_km": radii.pop() if len(radii) == 1 else None, **look}
        properties = {"record": name, **{key: value for key, value in about.items() if value}, **tree}
        feature = {"type": "Feature", "id": tree[field], "geometry": geometry, "properties": properties}
        document = {"type": "FeatureCollection", "features": [feature]}
        homes = {("..",): (document, {"crs"}), ("properties",): (properties, reserved(cls)), (): (feature, {"crs"})}
        left = properties.pop("extensions", {})
        for key in [key for key in left if key.startswith(f"{self.name}:")]:
            *home, last = native.steps(words := key.partition(":")[2])
            where, known = homes.get(tuple(home), ({}, {last}))
            value = None if last in {*known, *where} or native.pointer((*home, last)) != words else sayable(left[key])
            if value is not None:
                where[last] = value
                del left[key]
        properties |= {"extensions": left} if left else {}
        return text.write_json(document)


def dump(model: Any) -> Tree:
    """A model as JSON."""
    tree: Tree = model.model_dump(mode="json", exclude_defaults=True)
    return tree


def reserved(cls: type[Any]) -> set[str]:
    """The properties that are ours."""
    return {*cls.model_fields, *SHOWN, "record", "mode", "message"}
