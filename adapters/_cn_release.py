"""A release of the national system, between its elements and the places of the mapping."""

from typing import Any

from adapters import _chinese as chinese
from adapters._alerts import Tree, imply
from bridge import Malformed, Unsupported, codes, native

COLORS = {"RED": "Red", "ORANGE": "Orange", "YELLOW": "Yellow", "BLUE": "Blue"}
COLORS |= {"WHITE": "White", "GREEN": "Green", "BLACK": "Black"}  # unverified: local signals have these colours, the platform may not
TEXT = "category event language senderName headline eventType severity urgency certainty effective onset expires description instruction".split()
TEXT += "web contact audience area channel method title".split()  # unverified: that they stand in info
REGION, EVENT = "urn:cn:gb:2260", "urn:cn:gb:35561"
FAMILIES = {"11C": "Geo", "11D": "Geo", "11F": "Env", "11G": "Fire", "11": "Met", "12D": "CBRNE", "12G": "Fire", "12P": "Infra", "12U": "Infra"}
FAMILIES |= {"12Q": "Env", **dict.fromkeys(("12H", "12J", "12K", "12L", "12M"), "Transport"), "12": "Safety", "13": "Health", "14": "Security"}
"""The CAP category of a type of event; the class letters are those of gb-35561, some of them from memory."""
ORDER = "identifier sender senderCode sendTime status msgType scope code references".split()


def told(tree: Any, setting: Any) -> Tree:
    """A message with what it implies; ``info`` may be around the text or not."""
    if not isinstance(tree, dict):
        raise Malformed("wrong-shape", "", found=native.shape(tree), wanted="an object")
    infos = native.entries(tree, ("info",))
    first = infos[0] if infos and isinstance(infos[0], dict) else {}
    info = {name: value for name, value in tree.items() if name in TEXT} | first
    node = {name: value for name, value in tree.items() if name not in TEXT and name != "info"}
    node |= {"info": info} | ({"info-more": infos[1] if len(infos) == 2 else infos[1:]} if infos[1:] else {})
    if "title" in info:
        info.setdefault("headline", info.pop("title"))
    own = node["regionbus"] if isinstance(node.get("regionbus"), dict) else {}
    pairs = [each for each in native.entries(own, ("event_codes",)) if isinstance(each, dict)]
    if info.get("eventType") not in native.SILENT:
        pairs = [{"scheme": EVENT, "code": chinese.text(info.pop("eventType")).strip()}, *pairs]
    info["eventCode"] = pairs
    if isinstance(area := info.get("area"), dict):
        info["area"] = area | {"geocode": [region(each) for each in native.entries(area, ("geocode",))]}
    node["references"] = chinese.text(node.get("references")).split()
    if node.get("sender") in native.SILENT:
        node["sender"] = node.get("senderCode") or setting.owner
    node["regionbus"] = {name: value for name, value in own.items() if name != "event_codes"}
    given = {ours: info.pop(theirs) for ours, theirs in (("event", "event"), ("categories", "category")) if info.get(theirs) not in native.SILENT}
    imply(node, implied(node) | given)
    return node


def implied(node: Tree) -> Tree:
    """What follows from colour and code."""
    color, pairs = node["info"].get("severity"), node["info"].get("eventCode", [])
    code = chinese.text(pairs[0].get("code")) if pairs and pairs[0].get("scheme") == EVENT else ""
    row = codes.load("gb-35561").rows.get(code)
    return {
        "severity": chinese.severity(COLORS.get(color.strip() if isinstance(color, str) else "")),
        "event": row.label_zh if row else None,
        "categories": next(([symbol] for start, symbol in FAMILIES.items() if code.startswith(start)), None),
    }


def region(found: Any) -> Any:
    """A geocode: the code of a region, or a pair of names as in CAP."""
    if isinstance(found, dict):
        return {"scheme": found.get("valueName"), "code": found.get("value")}
    return {"scheme": REGION, "code": found}


def located(pair: Tree, name: str) -> Any:
    """The reverse."""
    if pair.get("scheme") == REGION and pair.get("code"):
        return pair["code"]
    if not pair.get("code") and not pair.get("scheme"):
        raise Unsupported("cannot-say", "infos", format=name, reason="a code that is empty")
    return {"valueName": pair.get("scheme", ""), "value": pair.get("code", "")}


def said(found: Any) -> Any:
    """The tree without what is empty, except what is empty on purpose under ``regionbus``."""
    if not isinstance(found, dict):
        return found
    inner = {name: said(value) if name != "regionbus" else value for name, value in found.items()}
    return {name: value for name, value in inner.items() if value not in native.SILENT}
