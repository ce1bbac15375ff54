"""GeoJSON of the US National Weather Service (api.weather.gov), both ways: an alert is an Alert of one info, every value of a station an Observation.

``ends``, the end of the hazard, is ``expires`` of the info; the ``expires`` of the product, if it differs, rides in ``extensions`` as all else does.
Silence about the scope means Public, about the language en-US: so does the API. Zones (``affectedZones``) are named, not drawn: the geometry is null;
a zone itself says nothing. What stands around the Features describes the poll and goes. A value that is null is an Observation without
one. Units are UCUM where a unit is known. A time that ``timestamp`` does not say is that of the observation's ``@id``.

Lost on the way out: further infos and areas, holes unless in one polygon alone, circles, and the rest of ``loses``.
"""

from typing import Any

from adapters._alerts import PAIRS, STATUS, TYPES, AlertFeed, grouped, spoken, spread, verbatim
from adapters._features import Features, Tree, an_object, coordinates, corner, picture, rings
from bridge import Unsupported, native, parts

NAME = "nws-geojson"
SCHEME = "urn:nws:observation"
PLAIN = ("textDescription", "rawMessage")
"""Observations in words."""
AROUND = (
    "@id",
    "@type",
    "elevation",
    "station",
    "stationId",
    "stationName",
    "timestamp",
    "icon",
    "presentWeather",
    "cloudLayers",
    "values",
    "lat",
    "lon",
)
"""Properties of an observation that are no values."""
UCUM = {
    "degC": "Cel",
    "m_s-1": "m/s",
    "km_h-1": "km/h",
    "Pa": "Pa",
    "hPa": "hPa",
    "percent": "%",
    "degree_(angle)": "deg",
    "m": "m",
    "mm": "mm",
    "degF": "[degF]",
}
UNITS = {f"{prefix}{theirs}": ours for prefix in ("wmoUnit:", "unit:", "") for theirs, ours in UCUM.items()}
ALERT: Tree = {
    "identifier": {"at": "properties.id", "required": True},
    "sender": {"at": "properties.sender", "required": True},
    "sent": "properties.sent",
    "sent_text": "properties.sent_text",
    "status": {"at": "properties.status", "table": STATUS, "strict": True, "required": True},
    "msg_type": {"at": "properties.messageType", "table": TYPES, "strict": True, "required": True},
    "scope": {"at": "properties.scope", "default": "Public"},
    "codes": "properties.code",
    "references": "properties.references",
    "infos.0.lang": {"at": "properties.language", "default": "en-US"},
    "infos.0.categories": "properties.category",
    "infos.0.event": {"at": "properties.event", "default": ""},
    "infos.0.response_types": "properties.response",
    **{f"infos.0.{name}": {"at": f"properties.{name}", "default": "Unknown"} for name in ("urgency", "severity", "certainty")},
    "infos.0.event_codes": {"each": "properties.eventCode", "fields": PAIRS},
    "infos.0.effective": "properties.effective",
    "infos.0.onset": "properties.onset",
    "infos.0.expires": "properties.ends",
    "infos.0.sender_name": "properties.senderName",
    **{f"infos.0.{name}": f"properties.{name}" for name in ("headline", "description", "instruction", "web")},
    "infos.0.parameters": {"each": "properties.parameters", "fields": PAIRS},
    "infos.0.areas.0.description": "properties.areaDesc",
    "infos.0.areas.0.polygons": "polygons",
    "infos.0.areas.0.holes": "holes",
    "infos.0.areas.0.geocodes": {"each": "properties.geocode", "fields": PAIRS},
}
OBSERVATION: Tree = {
    "observation_id": {"at": "@id", "required": True},
    "station_id": {"at": "^.station", "required": True},
    "property.scheme": {"at": "scheme", "default": SCHEME},
    "property.code": {"at": "name", "required": True},
    "property.label": "label",
    "at": "^.timestamp",
    "value": "value",
    "text": "text",
    "unit": {"at": "unitCode", "table": UNITS},
    "quality": {"at": "qualityControl", "scheme": "urn:nws:quality-control"},
    "location.name": "^.stationName",
    "location.point": {"lat": "^.lat", "lon": "^.lon"},
}
PARTS, ENVELOPE, LOST = parts(
    [{"type": "Alert", "when": "properties.sent", "fields": ALERT}, {"type": "Observation", "each": "values", "fields": OBSERVATION}], {}
)


class Weather(Features):
    """Features that are alerts or observations."""

    def entry(self, feature: Tree) -> Tree | None:
        """What lists and objects hold, laid out."""
        properties = {name: value for name, value in an_object(feature.get("properties"), "properties").items() if name not in ("@id", "@type")}
        geometry = an_object(feature.get("geometry"), "geometry")
        home = str(feature.get("id") or "")
        if "station" in properties or "timestamp" in properties or "/observations/" in home:
            return station(home, properties, coordinates(geometry, "Point"))
        around = {name: value for name, value in feature.items() if name not in ("type", "geometry", "properties")}
        for name in ("eventCode", "parameters", "geocode"):
            properties[name] = spread(properties.get(name))
        properties["references"] = [found for each in native.entries(properties, ("references",)) if (found := triple(each)) not in native.SILENT]
        if properties.get("ends") in (*native.SILENT, properties.get("expires")):
            properties["ends"] = properties.pop("expires", None)
        verbatim(properties, "sent", "UTC")
        if str(around.get("id", "")).endswith(str(properties.get("id"))):
            around.pop("id", None)
        outer, holes = rings(geometry)
        return {**around, "properties": properties, **({"polygons": outer, "holes": holes} if outer else {"geometry": geometry})}

    def feature(self, node: Tree) -> Tree:
        """The reverse."""
        if "values" in node:
            return observed(node)
        properties = node.pop("properties")
        for name in ("eventCode", "parameters", "geocode"):
            properties[name] = grouped(properties.get(name, []), NAME)
        properties["references"] = [reference(each) for each in properties.get("references", [])]
        for name in ("category", "response", "code"):
            if isinstance(properties.get(name), list) and len(properties[name]) == 1:
                properties[name] = properties[name][0]
        spoken(properties, "sent", "UTC")
        if "ends" in properties:
            properties.setdefault("expires", properties["ends"])
        else:  # alone it would be taken for the end
            properties.pop("expires", None)
        outer, holes = node.pop("polygons", []), node.pop("holes", [])
        geometry = picture(outer, holes) or node.pop("geometry", None)
        return {"id": properties["id"], **node, "geometry": geometry, "properties": {"@type": "wx:Alert", **properties}}


def triple(found: Any) -> Any:
    """A reference as CAP writes it."""
    if not isinstance(found, dict) or not (found.get("sender") or found.get("sent")):
        return found.get("identifier") if isinstance(found, dict) else found
    return ",".join(str(found.get(name) or "") for name in ("sender", "identifier", "sent"))


def reference(words: str) -> Tree:
    """The reverse."""
    if words.count(",") != 2 or not words.split(",", maxsplit=1)[0]:
        return {"identifier": words}
    return dict(zip(("sender", "identifier", "sent"), words.split(","), strict=True))


def station(home: str, properties: Tree, position: Any) -> Tree | None:
    """An observation of a station: its values in a list, what stands around them beside it; nothing if it has no value."""
    values = []
    for name, value in [(name, value) for name, value in properties.items() if name not in AROUND]:
        if isinstance(value, dict) or (name in PLAIN and value):
            inner = value if isinstance(value, dict) else {"text": value}
            values.append({"@id": f"{home}#{name}" if home else None, **inner, "name": name})
            del properties[name]
    if properties.get("timestamp") is None and "/" in home:
        properties["timestamp"] = home.rpartition("/")[2]
    lat, lon = corner(position) if position else (None, None)
    return {**properties, "values": values, "lat": lat, "lon": lon} if values else None


def observed(node: Tree) -> Tree:
    """The reverse, for one value."""
    value, lat, lon = node.pop("values")[0], node.pop("lat", None), node.pop("lon", None)
    name = value.pop("name")
    if name in AROUND or name in node:
        raise Unsupported("cannot-say", "property.code", format=NAME, reason=f"'{name}' is something else there")
    home, _, last = value["@id"].rpartition("#")
    if home and last == name:
        del value["@id"]
    geometry = None if lat is None else {"type": "Point", "coordinates": [lon, lat]}
    about = {"id": home} if "@id" not in value else {}
    plain = value["text"] if name in PLAIN and value.keys() == {"text"} else value
    return {**about, "geometry": geometry, "properties": {"@type": "wx:ObservationStation", **node, name: plain}}


class NwsGeojson(AlertFeed):
    """api.weather.gov, both ways."""

    media_type = "application/geo+json"
    records = tuple(part.cls for part in PARTS)
    loses = LOST | {"Alert.sent_text"}
    source = Weather()
    parts = PARTS
    envelope = ENVELOPE
