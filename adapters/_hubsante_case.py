"""A case of the French hub, between its JSON and the places of the mapping."""

import re
from contextlib import suppress
from datetime import datetime
from typing import Any

from adapters._entry import Tree
from bridge import Malformed, Rejected, Unsupported, native, text, times, xml

CASE = re.compile(r"(?=(?:\.?[a-zA-Z0-9_-]){4})[a-zA-Z0-9_-]+(?:\.[a-zA-Z0-9_-]+){0,9}\.?")
"""What the schema says as ``([a-zA-Z0-9_-]+\\.?){4,10}``, which takes for ever to refuse a long id."""
FORMS = {"inseeCode": re.compile(r"[0-9]{5}"), "country": re.compile(r"[A-Z]{2}")}
NOWHAT = "C00.00.00"


class Message(dict[str, Any]):
    """A message that is no case."""


def opened(data: bytes, setting: Any) -> tuple[str, Tree]:
    """The message and its name, whatever it is wrapped in."""
    if data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"<":
        root = xml.parse(data, fallback=setting.encoding)
        document: Any = {xml.name(root): xml.tree(root)}
    else:
        document = text.read_json(data, encoding=setting.encoding)
    name = ""
    for _ in range(12):
        while isinstance(document, list) and len(document) == 1:
            document = document[0]
        if not isinstance(document, dict):
            raise Malformed("nothing-said")
        if KNOWN & document.keys() and not WRAPPED & document.keys():
            return name or "createCase", document
        inner = [(step, value) for step, value in document.items() if isinstance(value, dict | list) and step not in ("descriptor", "sourceMessage")]
        if not inner:
            raise Malformed("nothing-said")
        name, document = inner[-1]
    raise Malformed("nothing-said")


WRAPPED = {"content", "descriptor", "senderID"}
"""What gives away an envelope: EDXL-DE has a distributionID too."""
KNOWN = {"caseId", "resourceId", "position", "errorCode", "resource", "distributionID"}


def taken(node: Tree, setting: Any) -> Tree:
    """A case as the mapping sees it: without what means silence."""
    place = node.get("location")
    if isinstance(place, dict):
        node["location"] = place = {
            name: value for name, value in place.items() if (name, value) not in (("locID", "-"), ("country", setting.country))
        }
        geometry = place.get("geometry")
        if isinstance(geometry, dict) and same_time(geometry.get("datetime"), node["creation"], setting):
            place["geometry"] = geometry = {name: value for name, value in geometry.items() if name != "datetime"}
        coord = native.find(place, ("geometry", "point", "coord"))
        if isinstance(coord, dict) and coord.get("precision") == "INCONNUE":
            rest = {name: value for name, value in coord.items() if name != "precision"}
            place["geometry"] = {**place["geometry"], "point": {**place["geometry"]["point"], "coord": rest}}
    if native.find(node, ("qualification", "whatsHappen", "code")) == NOWHAT:
        node["qualification"] = {name: value for name, value in node["qualification"].items() if name != "whatsHappen"}
    if node.get("referenceVersion") == "2.0":
        del node["referenceVersion"]
    words = node.get("freetext")
    if isinstance(words, list) and all(isinstance(each, str) for each in words):
        node["freetext"] = "\n".join(words)
    return node


def same_time(one: Any, other: Any, setting: Any) -> bool:
    """Whether two texts name one instant, however they spell it."""
    with suppress(Rejected):
        return one == other or (isinstance(one, str) and isinstance(other, str) and _instant(one, setting) == _instant(other, setting))
    return False


def _instant(words: str, setting: Any) -> datetime:
    return times.instant(words, "", setting.zone)[0]


def completed(node: Tree, setting: Any) -> Tree:
    """The case with all that the closed schema wants, and without what it would not take."""
    if not CASE.fullmatch(node["caseId"]):
        node["caseId"] = setting.shared_id("incident", node["caseId"])
    if not CASE.fullmatch(node["caseId"]):
        raise Unsupported("cannot-say", "incident_id", format=setting.name, reason="it wants letters, digits, - and _ between dots")
    node["creation"] = node["creation"].replace("Z", "+00:00")
    node.setdefault("referenceVersion", "2.0")
    if "freetext" in node:
        node["freetext"] = [node["freetext"]]
    node.setdefault("qualification", {}).setdefault("whatsHappen", {"code": NOWHAT, "label": "-"})
    place = node.setdefault("location", {})
    placed(place, node, setting)
    return node


def placed(place: Tree, node: Tree, setting: Any) -> None:
    """The location as the schema wants it."""
    place.setdefault("locID", "-")
    if not FORMS["country"].fullmatch(str(place.get("country", ""))):
        place["country"] = setting.country
    city, address = place.get("city", {}), place.get("detailedAddress", {})
    if not FORMS["inseeCode"].fullmatch(str(city.get("inseeCode", ""))):
        city.pop("inseeCode", None)
    if not address.get("complete"):
        place.pop("detailedAddress", None)
    for name in ("city", "access"):
        if place.get(name) == {}:
            del place[name]
    if "geometry" in place:
        place["geometry"].setdefault("datetime", node["creation"])
        if coord := native.find(place, ("geometry", "point", "coord")):
            coord.setdefault("precision", "INCONNUE")
