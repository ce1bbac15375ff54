"""Feeds whose entries are alerts of one text each: what their mappings share."""

from collections.abc import Iterator
from typing import Any

from adapters._cap_words import stated
from bridge import Alert, Malformed, Mapped, Rejected, Said, Unsupported, native, times

Tree = dict[str, Any]
PAIRS = {"scheme": {"at": "scheme", "default": ""}, "code": {"at": "code", "default": ""}}
"""A coded value of any scheme, as ``spread`` lays it out."""
STATUS = {word: word for word in ("Actual", "Exercise", "System", "Test", "Draft")}
HUES = {
    "红": "Red",
    "橙": "Orange",
    "黄": "Yellow",
    "蓝": "Blue",
    "白": "White",
    "绿": "Green",
    "黑": "Black",
    "紅": "Red",
    "黃": "Yellow",
    "藍": "Blue",
}
COLORS = {f"{word}{tail}": color for word, color in HUES.items() for tail in ("色", "")}
"""The colours of Chinese warnings; the first word of each is the one written."""
TYPES = {word: word for word in ("Alert", "Update", "Cancel", "Ack", "Error")}


class AlertFeed(Mapped):
    """A mapping of alerts. What the message says of itself follows from the alert, as in CAP."""

    def decode(self, data: bytes) -> Iterator[Said | Rejected]:
        """Alert by alert; one that does not say whether it is actual, or what it does, is refused as in CAP."""
        for each in super().decode(data):
            if isinstance(each, Said) and isinstance(alert := each.record, Alert):
                silent = next((name for name in ("status", "msg_type") if getattr(alert, name) == "Unknown"), None)
                yield Said(alert, stated(alert), each.deviations) if silent is None else self.missing(alert.identifier, silent)
            else:
                yield each

    def missing(self, identifier: str, name: str) -> Rejected:
        """The refusal of an alert for what it does not say."""
        found = (path for part in self.parts for field in part.fields if field.target == (name,) for path in field.verb.paths)
        return Malformed("missing", f"{identifier}: {native.pointer(next(found))}")

    def encode(self, said: Said) -> bytes:
        """One alert; its first text."""
        if isinstance(said.record, Alert) and not said.record.infos:
            raise Unsupported("cannot-say", "infos", format=self.name, reason="an alert without a text")
        return super().encode(said)


def spread(found: Any) -> list[Tree]:
    """``{"SAME": ["041007", …], …}`` as a list of schemes and codes."""
    if not isinstance(found, dict | None):
        raise Malformed("wrong-shape", found=native.shape(found), wanted="an object")
    pairs = [(name, value) for name, values in (found or {}).items() for value in (values if isinstance(values, list) else [values])]
    return [{"scheme": name, "code": value if isinstance(value, str) else native.pack(value)} for name, value in pairs if value is not None]


def grouped(pairs: list[Tree], name: str) -> Tree:
    """The reverse; refuses what would come back in another order."""
    found: Tree = {}
    for pair in pairs:
        found.setdefault(pair.get("scheme", ""), []).append(pair.get("code", ""))
    if [(scheme, code) for scheme, codes in found.items() for code in codes] != [(pair.get("scheme", ""), pair.get("code", "")) for pair in pairs]:
        raise Unsupported("cannot-say", "infos", format=name, reason="codes of one scheme that do not stand together")
    return found


def verbatim(node: Tree, name: str, zone: str) -> None:
    """Keeps the text of a time beside it, for others refer to it to the letter: ``sent_text``."""
    words = node.get(name)
    if isinstance(words, str) and words and times.iso(times.instant(words, name, zone)[0]) != words:
        node["sent_text"] = words


def spoken(node: Tree, name: str, zone: str) -> None:
    """The reverse: the time as it was written, if it is that time."""
    if words := node.pop("sent_text", None):
        try:
            same = times.instant(words, name, zone)[0] == times.instant(node[name], name, zone)[0]
        except Rejected:
            same = False
        if same:
            node[name] = words


def fields(form: str = "local", **at: str) -> Tree:
    """The fields of an alert of one text: the native place of each that has one; the others, told or implied, are our own under ``regionbus``."""

    def place(name: str, **more: Any) -> Tree:
        return {"at": at.get(name, f"regionbus.{name}"), **more}

    moments = {name: place(name, time=form) for name in ("effective", "onset", "expires")}
    words = ("sender_name", "headline", "description", "instruction", "web", "contact", "categories", "response_types")
    return {
        "identifier": place("identifier", required=True),
        "sender": place("sender", required=True),
        "sent": place("sent", time=form),
        "status": place("status", table=STATUS, strict=True, required=True),
        "msg_type": place("msg_type", table=TYPES, strict=True, required=True),
        "scope": place("scope", default="Public"),
        "references": place("references"),
        "infos.0.lang": place("lang", default="zh-CN"),
        "infos.0.event": place("event", default=""),
        "infos.0.color": place("color", table=COLORS),
        **{f"infos.0.{name}": place(name, default="Unknown") for name in ("urgency", "severity", "certainty")},
        **{f"infos.0.{name}": spec for name, spec in (moments | {name: place(name) for name in words}).items()},
        "infos.0.event_codes": {"each": at.get("event_codes", "regionbus.event_codes"), "fields": PAIRS},
        "infos.0.parameters": {"each": at.get("parameters", "regionbus.parameters"), "fields": PAIRS},
        "infos.0.areas.0.description": place("area"),
        "infos.0.areas.0.geocodes": {"each": at.get("geocodes", "regionbus.geocodes"), "fields": PAIRS},
    }


def several(spoken: Tree) -> Tree:
    """The same for alerts of several texts: a list of them under ``regionbus.infos``."""
    inner = {
        name.removeprefix("infos.0."): spec | {way: spec[way].removeprefix("regionbus.") for way in ("at", "each") if way in spec}
        for name, spec in spoken.items()
        if name.startswith("infos.0.")
    }
    outer = {name: spec for name, spec in spoken.items() if not name.startswith("infos.0.")}
    return {**outer, "infos": {"each": "regionbus.infos", "fields": inner}}


def imply(node: Tree, implied: Tree) -> None:
    """What follows from the rest of the alert, where its source does not say it."""
    node["regionbus"] = {name: value for name, value in implied.items() if value not in native.SILENT} | an_object(node.get("regionbus"))


def unsay(node: Tree, implied: Tree) -> None:
    """The reverse: what follows from the rest is not said, and that something does not follow is."""
    own = node.pop("regionbus", {})
    for name, value in implied.items():
        if name in own and own[name] == value:
            del own[name]
        elif name not in own and value not in native.SILENT:
            own[name] = ""
    if own:
        node["regionbus"] = own


def an_object(found: Any) -> Tree:
    """Our own words, also where there are none."""
    if not isinstance(found, dict | None):
        raise Malformed("wrong-shape", "regionbus", found=native.shape(found), wanted="an object")
    return found or {}
