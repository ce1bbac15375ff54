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

from adapters._alerts import AlertFeed, Tree, fields, unsay
from adapters._cn_release import COLORS, EVENT, ORDER, TEXT, implied, located, said, told
from bridge import Malformed, Rejected, Unsupported, mapping, parts, xml

VERIFIED = frozenset({"identifier", "eventType", "severity", "sendTime"})
"""Elements whose values public feeds confirm; of all others neither name nor place is verified."""
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
