"""CAP 1.0 to 1.2 in JSON, in only: the element names of CAP as JSON names (NINA, many APIs), or CAP's own XML as a text (``capXml`` of Alert-Hub).

Read as CAP is read: same leniency, same deviations, same ``extensions`` (``cap:…``). JSON has no order of elements, so none can be wrong. What
stands around the alert rides in ``extensions`` (``cap-json:…``). Several alerts in a list are read one by one.
"""

import re
from collections.abc import Iterator
from typing import Any

from adapters import _cap_parts as cap_parts
from adapters import _cap_read as cap_read
from adapters import _cap_words as cap_words
from adapters import cap
from bridge import Adapter, Alert, AlertScope, Malformed, Rejected, Said, native, text, xml

Tree = dict[str, Any]
DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
ORDERS = {"alert": cap_read.ALERT, "info": cap_read.INFO, "resource": cap_parts.RESOURCE, "area": cap_parts.AREA}


class CapJson(Adapter):
    """CAP in JSON, in only."""

    media_type = "application/json"
    records = (Alert,)
    writes = False

    zone: str = "UTC"
    """Of times without an offset; they are named in the deviations."""
    scope: AlertScope = "Unknown"
    """What silence about the scope means (CAP 1.0 lets it out)."""
    encoding: str = "utf-8"
    """Of bytes that are not UTF-8."""

    def decode(self, data: bytes) -> Iterator[Said | Rejected]:
        """The alert, or alert by alert; a wrong one of several is refused alone."""
        document = text.read_json(data, encoding=self.encoding)
        alerts = document if isinstance(document, list) else native.entries(document, ("alert",)) if wrapped(document) else [document]
        if len(alerts) == 1 and not isinstance(document, list):
            yield self.said(alerts[0], "")
            return
        for index, alert in enumerate(alerts):
            try:
                yield self.said(alert["alert"] if wrapped(alert) else alert, f"alert/{index}/")
            except Rejected as error:
                yield error

    def said(self, alert: Any, prefix: str) -> Said:
        """One alert."""
        if not isinstance(alert, dict):
            raise Malformed("wrong-shape", prefix, found=native.shape(alert), wanted="an object")
        reader = cap.Cap(agency=self.agency, zone=self.zone, scope=self.scope)
        if isinstance(words := alert.get("capXml"), str):
            root = xml.parse(DECLARATION.sub("", words).encode())
            if xml.name(root) != "alert":
                raise Malformed("root", f"{prefix}capXml", found=xml.name(root), wanted="alert")
            around = {native.pointer((name,)): value for name, value in alert.items() if name != "capXml"}
        else:
            space = alert.get("xmlns") if alert.get("xmlns") in cap_words.VERSIONS else cap_words.SPACE
            around = {}
            root = xml.grown("alert", ordered({name: each for name, each in alert.items() if name != "xmlns"}, "alert", (), around), str(space))
        reading = cap_read.Reading(reader, prefix, xml.namespace(root))
        for place, value in around.items():
            if value not in native.SILENT:
                reading.extensions[f"{self.name}:{place}"] = native.pack(value)
        return reading.said(root)


def wrapped(document: Any) -> bool:
    """Whether the alert stands in a member of its own."""
    return isinstance(document, dict) and isinstance(document.get("alert"), dict | list)


def ordered(node: Tree, name: str, path: native.Path, left: Tree) -> Tree:
    """The members of a part that CAP knows, in its order; ``left`` takes the others."""
    found = {key.removeprefix("cap:"): value for key, value in node.items()}
    left |= {native.pointer((*path, key)): value for key, value in found.items() if key not in ORDERS[name]}
    return {key: inner(found[key], key, (*path, key), left) for key in ORDERS[name] if found.get(key) not in native.SILENT}


def inner(value: Any, name: str, path: native.Path, left: Tree) -> Any:
    """What a member holds, as the XML has it: a list of elements, a part, a text."""
    if isinstance(value, list):
        return [inner(each, name, (*path, str(index)), left) for index, each in enumerate(value) if each not in native.SILENT]
    if not isinstance(value, dict):
        return value
    if name in ORDERS:
        return ordered(value, name, path, left)
    left |= {native.pointer((*path, key)): each for key, each in value.items() if key not in cap_parts.PAIR or isinstance(each, dict | list)}
    return {key: each for key, each in value.items() if key in cap_parts.PAIR and not isinstance(each, dict | list)}
