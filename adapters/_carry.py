"""What our mapped formats share: words for symbols, symbols as they are, an id out of what is said, a geometry as text."""

import hashlib
from typing import Any

from bridge import Incident, Malformed, geo, native, text

MODES = {mode: mode for mode in ("Actual", "Exercise", "Test")}


def table(listed: str) -> dict[str, str]:
    """The words for each symbol, as ``symbol:word,other word``."""
    return {word: symbol for symbol, _, words in (each.partition(":") for each in listed.split()) for word in words.split(",")}


def same(name: str) -> dict[str, str]:
    """The symbols of an enumeration of Incident as they are."""
    return {symbol: symbol for symbol in Incident.model_fields[name].annotation.__args__}  # type: ignore[union-attr]


def digest(node: Any) -> str:
    """An id for what has none: made of what it says."""
    return hashlib.sha256(native.pack(node).encode()).hexdigest()[:16]


def drawn(words: str | None) -> dict[str, Any] | None:
    """The geometry of a location, if it is one that comes back as it is; a Point would be taken for the location's own."""
    try:
        geometry = text.read_json((words or "").encode())
        geo.moved(geometry, lambda lat, lon: (lat, lon))
        text.read_json(text.write_json([[[[geometry]]]]))  # as deep as it will stand
    except (Malformed, ValueError, AttributeError, KeyError, TypeError, RecursionError):
        return None
    return geometry if geometry.get("type") != "Point" else None
