"""The XML of the national early-warning release platform (国家突发事件预警信息发布系统, 12379; GB/T 34283-2017, GB/T 35965.1-2018), both ways.

No message of the platform is public and the standards are not free: this is written from what integrators publish about it, and **unverified** in
all that ``VERIFIED`` does not name. Ask for one real file before the first use. Verified by public feeds: the identifier (region, organisation,
second of the platform), the codes of ``eventType`` (GB/T 35561), the colour words, local times. By public integrators' lists of fields only: the names
``sender``, ``senderCode``, ``sendTime``, ``status``, ``msgType``, ``scope``, ``code``, ``headline`` or ``title``, ``eventType``, ``severity`` (the
colour, not CAP's severity), ``effective``, ``onset``, ``expires``, ``description``, ``instruction``, ``area`` with ``areaDesc`` and ``geocode``,
``references``, ``channel``, ``method``, ``audience``. Not known at all, and as in CAP here: the root and its namespace, whether ``info`` stands around
the text (read with and without, written with), ``language``, ``senderName``, ``urgency``, ``certainty``, ``web``,
``contact``, ``polygon``, several references in one text, the colours beyond the four.

Times are of ``zone``. The colour implies the severity, ``eventType`` the event, its first two digits the CAP category. ``geocode`` is a region (GB/T 2260);
another scheme is a pair of names. What the format has no word for is said in an element ``regionbus``; what we have no word for rides in ``extensions``.
"""

from collections.abc import Iterator
from typing import Any

from adapters import _chinese as chinese
from adapters._alerts import AlertFeed, Tree, fields, imply, unsay
from bridge import Malformed, Rejected, Unsupported, codes, mapping, native, parts, xml

VERIFIED = frozenset({"identifier", "eventType", "severity", "sendTime"})
"""Elements whose values public feeds confirm; of all others neither name nor place is verified."""
COLORS = {"RED": "Red", "ORANGE": "Orange", "YELLOW": "Yellow", "BLUE": "Blue"}
COLORS |= {"WHITE": "White", "GREEN": "Green", "BLACK": "Black"}  # unverified: local signals have these colours, the platform may not
TEXT = "category event language senderName headline eventType severity urgency certainty effective onset expires description instruction".split()
TEXT += "web contact audience area channel method title".split()  # unverified: that they stand in info
REGION, EVENT = "urn:cn:gb:2260", "urn:cn:gb:35561"
PLACES = {
    "identifier": "identifier",
    "sender": "sender",
    "sent": "sendTime",
    "status": "status",
    "msg_type": "msgType",
    "scope": "scope",
    "references": "references",
    "color": "info.severity",
    "effective": "info.effective",
    "onset": "info.onset",
    "expires": "info.expires",
    "headline": "info.headline",
    "description": "info.description",
    "instruction": "info.instruction",
    "area": "info.area.areaDesc",
    "geocodes": "info.area.geocode",
    "event_codes": "info.eventCode",
    "lang": "info.language",  # unverified, as are all below
    "urgency": "info.urgency",
    "certainty": "info.certainty",
    "sender_name": "info.senderName",
    "web": "info.web",
    "contact": "info.contact",
}
SPOKEN = fields(**PLACES) | {"codes": "code", "infos.0.audience": "info.audience", "infos.0.areas.0.polygons": "info.area.polygon"}
SPOKEN["infos.0.color"] = {"at": "info.severity", "table": COLORS}
PARTS, ENVELOPE, LOST = parts([{"type": "Alert", "fields": SPOKEN}], {})
FAMILIES = {"11C": "Geo", "11D": "Geo", "11F": "Env", "11G": "Fire", "11": "Met", "12D": "CBRNE", "12G": "Fire", "12P": "Infra", "12U": "Infra"}
FAMILIES |= {"12Q": "Env", **dict.fromkeys(("12H", "12J", "12K", "12L", "12M"), "Transport"), "12": "Safety", "13": "Health", "14": "Security"}
"""The CAP category of a type of event; the class letters are those of gb-35561, some of them from memory."""
ORDER = "identifier sender senderCode sendTime status msgType scope code references".split()


class Release:
    """A message of the platform, or whatever wraps several."""

    def read(self, data: bytes, setting: Any) -> Iterator[tuple[str, Any]]:
        """Warning by warning; of several a wrong one is refused alone."""
        root = xml.parse(data, fallback=setting.encoding)
        found = [element for element in root.iter() if element.find("{*}identifier") is not None]
        if not found:
            raise Malformed("missing", "identifier")
        for index, element in enumerate(found):
            place = f"{xml.name(element)}/{index}" if len(found) > 1 else ""
            try:
                yield place, told(xml.tree(element), setting)
            except Rejected as error:
                yield place, mapping.within(error, place)

    def write(self, node: Tree, setting: Any) -> bytes:
        """One message."""
        info = node.setdefault("info", {})
        unsay(node, implied(node))
        own = node.setdefault("regionbus", {})
        pairs = info.pop("eventCode", [])
        if pairs and pairs[0].get("scheme") == EVENT and (code := pairs[0].get("code", "").strip()) and code == pairs[0]["code"]:
            info["eventType"] = code
            pairs = pairs[1:]
        area = info.get("area", {})
        area["geocode"] = [located(pair, setting.name) for pair in area.get("geocode", [])]
        references = node.pop("references", [])
        if any(len(each.split()) != 1 for each in references):
            raise Unsupported("cannot-say", "references", format=setting.name, reason="a reference with blanks in it")
        node |= {"references": " ".join(references), "regionbus": {**own, **({"event_codes": pairs} if pairs else {})}}
        info = {name: info[name] for name in [*TEXT, *info] if name in info}
        node = {name: node[name] for name in [*ORDER, *node] if name in node and name != "info"} | {"info": info}
        return xml.write(xml.grown("alert", said(node)))


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


class CnWarningXml(AlertFeed):
    """The national release format as far as it is known, both ways."""

    media_type = "application/xml"
    records = tuple(part.cls for part in PARTS)
    loses = LOST
    source = Release()
    parts = PARTS
    envelope = ENVELOPE
    zone: str | None = "Asia/Shanghai"
    encoding: str = "gb18030"
