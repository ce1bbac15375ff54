"""What stands where in the modules of NERIS: types, addresses, comments, times in ids."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from adapters._entry import Entry, Tree
from bridge import Invalid, Malformed, native, text, times

FAMILIES = {"FIRE": "Accident", "HAZSIT": "Accident", "RESCUE": "Accident"}
WILD = "FIRE||OUTSIDE_FIRE||WILDFIRE"
IDS = ("incident_neris_id", "neris_id_incident", "neris_id")
TYPES = ("incident_final_type", "incident_types", "dispatch_incident_type", "dispatch/incident_code", "dispatch_incident_code")
PLACES = ("incident_location", "base/location", "dispatch_location", "dispatch/location")
STREET = ("sn_pre_directional", "sn_pre_type", "sn_street_name", "street", "sn_post_type", "street_postfix", "sn_post_directional")


def documents(data: bytes) -> Iterator[tuple[str, Any]]:
    """The incidents of a JSON document: one, a list, or the page of an answer."""
    document = text.read_json(data)
    found = document.get("incidents", document) if isinstance(document, dict) else document
    if found in native.SILENT:
        raise Malformed("nothing-said")
    yield from ((f"incidents/{index}", node) for index, node in enumerate(found)) if isinstance(found, list) else [("", found)]


def listed(found: Any) -> list[Any]:
    """A list, or one that stands for it; text in a cell is none."""
    return found if isinstance(found, list) else [found] if isinstance(found, dict) else []


def first(entry: Entry, places: tuple[str, ...]) -> str | None:
    """The first of these texts that is said."""
    return next((words for place in places if (words := entry.text(*place.split("/")))), None)


def types(entry: Entry) -> list[str]:
    """The types of an incident, the primary one first: levels joined by ``||``."""
    for place in TYPES:
        path = tuple(place.split("/"))
        found = entry.take(*path)
        items = found if isinstance(found, list) else [found] if found else []
        if items and all(isinstance(item, str) for item in items) and isinstance(found, list) and not any("||" in item for item in items):
            items = [items]  # one type, level by level
        kinds = [(isinstance(item, dict) and item.get("primary") is True, "||".join(item) if strings(item) else kind(item)) for item in items]
        if kinds and all(words for _, words in kinds):
            return [words for _, words in sorted(kinds, key=lambda each: not each[0])]
        entry.claimed.discard(path)
    return []


def strings(found: Any) -> bool:
    """Whether it is a list of words."""
    return isinstance(found, list) and all(isinstance(each, str) for each in found)


def kind(item: Any) -> str:
    """A type in one word; nothing if there is more to it than that."""
    if isinstance(item, dict):
        return item["type"] if isinstance(item.get("type"), str) and item.keys() <= {"type", "primary"} else ""
    return item if isinstance(item, str) else ""


def family(kinds: list[str]) -> str:
    """The shared family of the primary type; wildland fires are natural disasters in GB/T 35561."""
    return "NaturalDisaster" if kinds and kinds[0].startswith(WILD) else FAMILIES.get(kinds[0].partition("||")[0] if kinds else "", "Unknown")


def label(code: str) -> str:
    """``Room And Contents Fire`` of the last level."""
    return code.rpartition("||")[2].replace("_", " ").title()


def started(neris: str | None) -> datetime | None:
    """The start that an incident's NERIS id holds: milliseconds, seconds in the framework's own example."""
    count = (neris or "").rpartition(":")[2]
    if not (count.isascii() and count.isdigit() and len(count) <= 13):
        return None
    try:
        return times.epoch(int(count), 0.001 if len(count) > 11 else 1.0, IDS[0])
    except Malformed:
        return None


def address(entry: Entry) -> Tree | None:
    """The civic address, its text as it would be written on a letter."""
    for place in PLACES:
        path = tuple(place.split("/"))
        found = native.find(entry.node, path)
        if isinstance(found, str) and (words := entry.text(*path)):
            return {"text": words}
        if isinstance(found, dict):
            inner = Entry(entry.name, found)
            number = inner.text("an_complete") or inner.text("an_number") or inner.text("number")
            street = " ".join(words for name in STREET if (words := inner.text(name)))
            town = inner.text("csop_incorporated_muni") or inner.text("incorporated_municipality")
            post = inner.text("csop_postal_code") or inner.text("postal_code")
            line = ", ".join(filter(None, (" ".join(filter(None, (number, street))), town)))
            entry.claimed |= {(*path, *taken) for taken in inner.claimed}
            return {"text": line or None, "number": number, "street": street or None, "locality": town, "postal_code": post}
    return None


def notes(entry: Entry) -> list[Tree]:
    """The dispatcher's comments with their times."""
    comments = listed(native.find(entry.node, ("dispatch", "comments")))
    if comments and all(
        isinstance(each, dict) and isinstance(each.get("comment"), str) and each.keys() <= {"comment", "timestamp"} for each in comments
    ):
        inner = [Entry(entry.name, each, entry.place("dispatch", "comments", str(index)), entry.zone) for index, each in enumerate(comments)]
        found = [{"text": each.must("comment"), "at": each.time("timestamp")} for each in inner]
        if not any(each.deviations for each in inner):
            entry.claimed.add(("dispatch", "comments"))
            return found
    words, stamps = native.find(entry.node, ("dispatch_comment",)), native.find(entry.node, ("dispatch_comment_timestamp",))
    if isinstance(words, str) and words.strip():
        return [{"text": entry.must("dispatch_comment"), "at": entry.time("dispatch_comment_timestamp")}]
    if strings(words) and strings(stamps) and words and len(words) == len(stamps) and all(each.strip() for each in words):
        try:
            found = [{"text": line, "at": entry.instant(stamp, "dispatch_comment_timestamp")} for line, stamp in zip(words, stamps, strict=True)]
        except (Invalid, Malformed):
            return []
        entry.claimed |= {("dispatch_comment",), ("dispatch_comment_timestamp",)}
        return found
    return []
