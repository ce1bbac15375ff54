"""OASIS Common Alerting Protocol: 1.0, 1.1 and 1.2 in, 1.2 out, always valid against its XSD.

Lenient in, strict out: elements out of order, ``Z`` for ``-00:00``, fractions, odd case and the like are read and named in
``deviations``. What the standard demands and the source leaves *empty*, and what an alert cannot do without, is refused.
Lost on the way out: documents inside that are empty or larger than 16 KiB, fractions of a second, the written form of a ``sent`` that CAP 1.2 does not allow, labels of codes,
web addresses that are none, and what only earlier versions or other namespaces say (``extensions``).
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime, tzinfo
from functools import cache
from typing import Any, cast, get_args

from bridge import (
    Adapter,
    Alert,
    AlertInfo,
    AlertMsgType,
    AlertScope,
    Area,
    Attachment,
    Certainty,
    CodedValue,
    Confidentiality,
    DistributionKind,
    ExchangeStatus,
    Field,
    Invalid,
    Lenient,
    Malformed,
    Mode,
    Order,
    Rejected,
    Said,
    Says,
    Severity,
    Table,
    Unsupported,
    Urgency,
    WarningColor,
    geo,
    table,
    xml,
)

SPACE = "urn:oasis:names:tc:emergency:cap:1.2"
VERSIONS = {
    "http://www.incident.com/cap/1.0": "1.0",
    "http://www.incident.com/cap/1.1": "1.1",
    "urn:oasis:names:tc:emergency:cap:1.0": "1.0",
    "urn:oasis:names:tc:emergency:cap:1.1": "1.1",
    SPACE: "1.2",
    "": "none",
}
MODES: dict[str, Mode] = {"Actual": "Actual", "Exercise": "Exercise", "Test": "Test", "System": "Test", "Draft": "Test"}
ACTIONS: dict[str, DistributionKind] = {"Alert": "Report", "Update": "Update", "Cancel": "Cancel", "Ack": "Ack", "Error": "Error"}
SECRECY: dict[str, Confidentiality] = {"Public": "Public", "Restricted": "Restricted", "Private": "Confidential"}
CATEGORIES = "Geo Met Safety Security Rescue Fire Health Env Transport Infra CBRNE Other".split()
RESPONSES = "Shelter Evacuate Prepare Execute Avoid Monitor Assess AllClear None".split()
STATUS, TYPES, SCOPES = (get_args(words)[1:] for words in (ExchangeStatus, AlertMsgType, AlertScope))
JUDGED = {"urgency": get_args(Urgency), "severity": get_args(Severity), "certainty": get_args(Certainty)}
COLORS = {"green": "Green", "yellow": "Yellow", "orange": "Orange", "red": "Red", "綠色": "Green", "黃色": "Yellow", "橙色": "Orange", "紅色": "Red"}
COLOR_PARAMETER = "regionbus:color"
HOLE = "EXCLUDE_POLYGON"
Tree = dict[str, Any]
"""A part of a record before it is validated, all at once, as part of the whole."""
SENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[-+]\d\d:\d\d")
LANGUAGE = re.compile(r"[a-zA-Z]{1,8}(-[a-zA-Z0-9]{1,8})*")
WORD = re.compile(r'"([^"]*)"|(\S+)')
URI = re.compile(r"[A-Za-z0-9\-._~:/?#@!$&'()*+,;=%\u0080-\U0010ffff]+")
FOOT = 0.3048
SHA256 = 64
"""Hex digits; the digest that CAP itself asks for is SHA-1."""
INLINE = 16 * 1024


class Cap(Adapter):
    """CAP 1.0 to 1.2 in, 1.2 out."""

    media_type = "application/cap+xml"
    records = (Alert,)
    loses = frozenset(
        {
            "Alert.extensions",
            "Alert.infos.effective",
            "Alert.infos.event_codes.label",
            "Alert.infos.expires",
            "Alert.infos.onset",
            "Alert.infos.areas.geocodes.label",
            "Alert.infos.parameters.label",
            "Alert.infos.resources.content",
            "Alert.infos.resources.sha256",
            "Alert.infos.resources.uri",
            "Alert.infos.web",
            "Alert.sent",
            "Alert.sent_text",
        }
    )

    zone: str = "UTC"
    """Of times without an offset; they are named in the deviations."""
    scope: AlertScope = "Unknown"
    """What silence about the scope means (CAP 1.0 lets it out)."""
    encoding: str | None = None
    """To try when the text is neither declared nor UTF-8."""

    def decode(self, data: bytes) -> Iterator[Said | Rejected]:
        """The alert, or every alert in whatever wraps several of them."""
        root = xml.parse(data, fallback=self.encoding)
        if xml.name(root) == "alert":
            yield Reading(self, root, "").said()
            return
        found = [element for space in VERSIONS for element in root.iter(f"{{{space}}}alert" if space else "alert")]
        if not found:
            raise Malformed("root", found=xml.name(root), wanted="alert")
        for index, element in enumerate(found):
            try:
                said = Reading(self, element, f"alert/{index}/").said()
            except Rejected as error:
                yield error
            else:
                yield said

    def encode(self, said: Said) -> bytes:
        """A CAP 1.2 document."""
        assert isinstance(said.record, Alert)
        return xml.write(Writing(said.record).document())


class Reading(Lenient):
    """One alert being read."""

    def __init__(self, adapter: Cap, root: xml.Element, prefix: str) -> None:
        """``prefix`` is where the alert stands in its document."""
        super().__init__("cap", prefix, adapter.zone)
        space = xml.namespace(root)
        if space not in VERSIONS:
            raise Invalid("wrong-value", f"{prefix}alert", value=space, wanted=SPACE)
        self.adapter, self.root, self.version = adapter, root, VERSIONS[space]
        self.shapes: set[str] = set()
        self.alerts, self.infos, self.resources, self.areas, self.pairs = tables(xml.space(root))
        if not space:
            self.odd("alert", "no namespace")

    def code(self, element: xml.Element, at: str) -> Tree:
        """A pair of valueName and value; in CAP 1.0 one text ``name=value``."""
        if len(element):
            inner = self.fields(element, f"{at}/", self.pairs)
            return {"scheme": (inner.get("scheme") or "").strip(), "code": inner.get("code") or ""}
        scheme, _, code = (element.text or "").partition("=")
        if self.version != "1.0":
            self.odd(at, "without valueName and value")
        return {"scheme": scheme.strip(), "code": code}

    def said(self) -> Said:
        """The alert."""
        found = self.fields(self.root, "", self.alerts)
        for name, field in (("identifier", "identifier"), ("sender", "sender"), ("sent", "sent_text"), ("status", "status"), ("msgType", "msg_type")):
            if found.get(field) is None:
                raise Invalid("empty" if field in found else "missing", f"{self.prefix}{name}")
        sent = found["sent"] = self.when(found["sent_text"], "sent")
        if found["sent_text"] == canonical(sent):
            del found["sent_text"]
        found["scope"] = self.scope(found)
        found["addresses"], found["incidents"] = split(found.get("addresses")), split(found.get("incidents"))
        found["codes"] = tuple(filter(None, found.get("codes", ())))
        found["references"] = self.references(found)
        found["extensions"] = self.extensions
        record = Alert.model_validate(found)
        return Said(record, stated(record), tuple(self.deviations))

    def scope(self, found: Tree) -> Any:
        """The scope; only CAP 1.0, and sources whose settings say so, may be silent about it."""
        if "scope" not in found and (self.version == "1.0" or self.adapter.scope != "Unknown"):
            self.odd("scope", f"missing, {self.adapter.scope} assumed")
            return self.adapter.scope
        if found.get("scope") is None:
            raise Invalid("empty" if "scope" in found else "missing", f"{self.prefix}scope")
        return found["scope"]

    def references(self, found: Tree) -> tuple[str, ...]:
        """Triples ``sender,identifier,sent``; an update must name what it updates (CAP 1.2 section 3.2.1)."""
        triples, msg_type = tuple((found.get("references") or "").split()), found["msg_type"]
        if not triples and msg_type != "Alert":
            if "references" in found:
                raise Invalid("names-nothing", f"{self.prefix}references", kind=msg_type, does=msg_type.lower() + "s")
            self.odd("references", "missing")
        for index, triple in enumerate(triples):
            if triple.count(",") != 2:
                self.odd(f"references/{index}", "not sender,identifier,sent")
        return triples

    def info(self, element: xml.Element, at: str) -> Tree:
        """One info block."""
        found = self.fields(element, f"{at}/", self.infos)
        if found.get("event") is None:
            self.odd(f"{at}/event", "missing")
            found["event"] = ""
        found["categories"] = tuple(filter(None, found.get("categories", ())))
        if not found["categories"]:
            self.odd(f"{at}/category", "missing, Other assumed")
            found["categories"] = ("Other",)
        found["response_types"] = tuple(filter(None, found.get("response_types", ())))
        for name in JUDGED:
            if found.get(name) is None:
                if name in found:
                    raise Invalid("empty", f"{self.prefix}{at}/{name}")
                self.odd(f"{at}/{name}", "missing")
                found[name] = "Unknown"
        found["lang"] = found.get("lang") or "en-US"  # CAP 1.2 section 3.2.2
        if parameters := found.get("parameters"):
            found["color"] = color_of((pair["scheme"], pair["code"]) for pair in parameters)
            found["parameters"] = [pair for pair in parameters if pair["scheme"] != COLOR_PARAMETER]
        return found

    def language(self, words: str, at: str) -> str:
        """A language tag."""
        found = self.clean(words, at)
        if LANGUAGE.fullmatch(found):
            return found
        self.odd(at, f"'{found}' is no language tag")
        if LANGUAGE.fullmatch(found.replace("_", "-")):
            return found.replace("_", "-")
        self.keep(at, found)
        return "und"

    def resource(self, element: xml.Element, at: str) -> Tree:
        """An attachment; the digest of CAP is SHA-1 and rides in the extensions."""
        found = self.fields(element, f"{at}/", self.resources)
        digest, size = found.get("sha256"), found.get("size_bytes")
        sha256 = digest if digest and len(digest) == SHA256 else None
        if digest and not sha256:
            self.keep(f"{at}/digest", digest)
        if size and not (size.isascii() and size.isdigit() and len(size) < len(str(2**63))):
            self.odd(f"{at}/size", f"'{size}' is no size")
            self.keep(f"{at}/size", size)
            size = None
        content, left_out = self.content(found.get("content"), f"{at}/")
        return {**found, "size_bytes": int(size) if size else None, "sha256": sha256 or left_out, "content": content}

    def content(self, encoded: str | None, at: str) -> tuple[bytes | None, str | None]:
        """The inline document, or the SHA-256 of one that is too large to carry."""
        if encoded is None:
            return None, None
        try:
            found = base64.b64decode("".join(encoded.split()), validate=True)
        except (binascii.Error, ValueError):
            self.odd(f"{at}derefUri", "not base64")
            self.keep(f"{at}derefUri", encoded)
            return None, None
        if len(found) <= INLINE:
            return found, None
        digest = hashlib.sha256(found).hexdigest()
        self.odd(f"{at}derefUri", f"{len(found)} bytes left out, SHA-256 {digest}")
        return None, digest

    def area(self, element: xml.Element, at: str) -> Tree:
        """An area; a shape that is none is kept aside, the words of the area remain."""
        found = self.fields(element, f"{at}/", self.areas)
        if found.get("description") is None:
            raise Invalid("empty" if "description" in found else "missing", f"{self.prefix}{at}/areaDesc")
        for shapes in ("polygons", "circles"):
            found[shapes] = tuple(filter(None, found.get(shapes, ())))
        if codes := found.get("geocodes"):
            found["holes"] = [code["code"] for code in codes if code["scheme"] == HOLE]
            found["geocodes"] = [code for code in codes if code["scheme"] != HOLE]
        return found

    def polygon(self, element: xml.Element, at: str) -> str | None:
        """A ring, closed."""
        return self.shape(element, at, "polygon", closed)

    def circle(self, element: xml.Element, at: str) -> str | None:
        """A centre and a radius."""
        return self.shape(element, at, "circle", lambda words, place: geo.circle(words, place) and words)

    def shape(self, element: xml.Element, at: str, name: str, check: Callable[[str, str], str]) -> str | None:
        """A shape with one blank between its numbers; nothing if it is none. Every language of an alert repeats it: one look is enough."""
        words = " ".join((element.text or "").split())
        if words in self.shapes:
            return words
        try:
            shape = check(words, at)
        except Malformed:
            self.odd(at, f"no {name}" if words else "empty")
            if words:
                self.keep(at, words)
            return None
        if shape != words:
            self.odd(at, "not closed")
        else:
            self.shapes.add(words)
        return shape

    def feet(self, words: str, at: str) -> float | None:
        """A height in feet, as metres."""
        found = self.clean(words, at)
        try:
            height = geo.decimal(found) * FOOT
        except ValueError:
            height = float("nan")
        if abs(height) < float("inf"):
            return height
        self.odd(at, f"'{found}' is no height")
        self.keep(at, found)
        return None


def chosen(allowed: Sequence[str]) -> Callable[[Lenient, str, str], str]:
    """Reads a word of a list; what is strange is Unknown, and kept aside."""
    return lambda reading, words, at: reading.choice(reading.clean(words, at), at, allowed) or "Unknown"


def several(allowed: Sequence[str]) -> Callable[[Lenient, xml.Element, str], str | None]:
    """Reads a word of a list that may repeat; what is strange is kept aside."""
    return lambda reading, element, at: reading.choice((element.text or "").strip(), at, allowed)


def demanded(allowed: Sequence[str]) -> Callable[[Lenient, str, str], str]:
    """Reads a word of a list without which nobody knows how to take the alert."""
    return lambda reading, words, at: reading.one_of(reading.clean(words, at), at, allowed)


ALERT: Order = {
    "identifier": Field("identifier", Lenient.clean),
    "sender": Field("sender", Lenient.clean),
    "sent": Field("sent_text", Lenient.clean),
    "status": Field("status", demanded(STATUS)),
    "msgType": Field("msg_type", demanded(TYPES)),
    "source": Field("source"),
    "scope": Field("scope", demanded(SCOPES)),
    "restriction": Field("restriction"),
    "addresses": Field("addresses"),
    "code": Field("codes", lambda _, element, __: (element.text or "").strip(), many=True),
    "note": Field("note"),
    "references": Field("references"),
    "incidents": Field("incidents"),
    "info": Field("infos", Reading.info, many=True),
}
INFO: Order = {
    "language": Field("lang", Reading.language),
    "category": Field("categories", several(CATEGORIES), many=True),
    "event": Field("event"),
    "responseType": Field("response_types", several(RESPONSES), many=True),
    **{name: Field(name, chosen(allowed)) for name, allowed in JUDGED.items()},
    "audience": Field("audience"),
    "eventCode": Field("event_codes", Reading.code, many=True),
    "effective": Field("effective", Lenient.when),
    "onset": Field("onset", Lenient.when),
    "expires": Field("expires", Lenient.when),
    "senderName": Field("sender_name"),
    "headline": Field("headline"),
    "description": Field("description"),
    "instruction": Field("instruction"),
    "web": Field("web", Lenient.clean),
    "contact": Field("contact"),
    "parameter": Field("parameters", Reading.code, many=True),
    "resource": Field("resources", Reading.resource, many=True),
    "area": Field("areas", Reading.area, many=True),
}
RESOURCE: Order = {
    "resourceDesc": Field("description"),
    "mimeType": Field("mime_type"),
    "size": Field("size_bytes", Lenient.clean),
    "uri": Field("uri", Lenient.clean),
    "derefUri": Field("content"),
    "digest": Field("sha256", Lenient.clean),
}
AREA: Order = {
    "areaDesc": Field("description"),
    "polygon": Field("polygons", Reading.polygon, many=True),
    "circle": Field("circles", Reading.circle, many=True),
    "geocode": Field("geocodes", Reading.code, many=True),
    "altitude": Field("altitude_m", Reading.feet),
    "ceiling": Field("ceiling_m", Reading.feet),
}
PAIR: Order = {"valueName": Field("scheme"), "value": Field("code")}


@cache
def tables(space: str) -> tuple[Table, ...]:
    """All of CAP in one of its namespaces."""
    return tuple(table(order, space) for order in (ALERT, INFO, RESOURCE, AREA, PAIR))


def canonical(moment: datetime, offset: tzinfo = UTC) -> str:
    """A time as CAP 1.2 writes it: whole seconds, UTC as -00:00 (section 3.3.2)."""
    there = moment if moment.tzinfo is offset else moment.astimezone(offset)
    written = there.isoformat(timespec="seconds")
    return written.replace("+00:00", "-00:00")


def closed(words: str, at: str) -> str:
    """The polygon, its ring closed."""
    corners = geo.ring(words, at)
    return words if corners[0] == corners[-1] else f"{words} {words.split(maxsplit=1)[0]}"


def split(words: str | None) -> tuple[str, ...]:
    """Words between blanks; quotes hold those with blanks together (CAP 1.2 section 3.2.1)."""
    return tuple(quoted or plain for quoted, plain in WORD.findall(words or ""))


def joined(words: tuple[str, ...], at: str) -> str | None:
    """The reverse of ``split``."""
    for word in words:
        if '"' in word or not word:
            raise Unsupported("cannot-say", at, format="cap", reason="an address that is empty or has quotes in it")
    return " ".join(f'"{word}"' if any(char.isspace() for char in word) else word for word in words) or None


def color_of(parameters: Iterable[tuple[str, str]]) -> str:
    """The colour of the warning: our own parameter, MeteoAlarm's awareness_level, Taiwan's alert_color."""
    for name, value in parameters:
        if name == COLOR_PARAMETER and value in get_args(WarningColor):
            return value
        if name == "awareness_level":
            return next((color for word, color in COLORS.items() if word in value.lower()), "Unknown")
        if name == "alert_color":
            return COLORS.get(value.strip(), "Unknown")
    return "Unknown"


def stated(alert: Alert) -> Says:
    """What the alert says of itself as a message."""
    ends = [info.expires for info in alert.infos]
    return Says.trusted(
        mode=MODES[alert.status],
        action=ACTIONS[alert.msg_type],
        message_id=alert.identifier,
        sent=alert.sent,
        expires_at=max(end for end in ends if end) if ends and all(ends) else None,
        references=tuple(",".join(triple.split(",")[:2]) for triple in alert.references),
        confidentiality=SECRECY.get(alert.scope),
        lang=alert.infos[0].lang if alert.infos else None,
    )


class Writing:
    """One alert being written: every element in the order of the XSD, nothing where nothing is said."""

    def __init__(self, alert: Alert) -> None:
        """Times are written with the offset of ``sent``, if its text is one that CAP 1.2 allows."""
        self.alert = alert
        self.sent, self.offset = canonical(alert.sent), cast("tzinfo", UTC)
        if alert.sent_text and SENT.fullmatch(alert.sent_text):
            moment = datetime.fromisoformat(alert.sent_text)
            if moment == alert.sent.replace(microsecond=0) and moment.tzinfo:
                self.sent, self.offset = alert.sent_text, moment.tzinfo

    def document(self) -> xml.Element:
        """The alert."""
        alert = self.alert
        for name, value in (("status", alert.status), ("msgType", alert.msg_type), ("scope", alert.scope)):
            if value == "Unknown":
                raise Unsupported("cannot-say", name, format="cap", reason="CAP has no word for Unknown here")
        root = xml.root("alert", SPACE)
        self.add(root, "identifier", word(alert.identifier, "identifier"))
        self.add(root, "sender", word(alert.sender, "sender"))
        xml.add(root, "sent", self.sent, SPACE)
        self.add(root, "status", alert.status)
        self.add(root, "msgType", alert.msg_type)
        self.add(root, "source", alert.source)
        self.add(root, "scope", alert.scope)
        self.add(root, "restriction", alert.restriction)
        self.add(root, "addresses", joined(alert.addresses, "addresses"))
        self.add(root, "code", *(word(code, "code") for code in alert.codes))
        self.add(root, "note", alert.note)
        self.add(root, "references", " ".join(word(triple, "references", blanks=False) for triple in alert.references) or None)
        self.add(root, "incidents", joined(alert.incidents, "incidents"))
        for index, info in enumerate(alert.infos):
            self.info(xml.add(root, "info", None, SPACE), info, f"info/{index}/")
        return root

    def add(self, parent: xml.Element, name: str, *values: str | None) -> None:
        """An element for every value that is said. Blanks alone would be taken for silence."""
        for value in values:
            if value and value.isspace():
                raise Unsupported("cannot-say", name, format="cap", reason="blanks alone say nothing")
            if value is not None:
                xml.add(parent, name, value, SPACE)

    def info(self, parent: xml.Element, info: AlertInfo, at: str) -> None:
        """An info block."""
        if not LANGUAGE.fullmatch(info.lang):
            raise Unsupported("cannot-say", f"{at}language", format="cap", reason=f"'{info.lang}' is no language tag")
        self.add(parent, "language", info.lang)
        for name, values, allowed in (("category", info.categories, CATEGORIES), ("responseType", info.response_types, RESPONSES)):
            if strange := [value for value in values if value not in allowed] or (not values and name == "category"):
                raise Unsupported("cannot-say", f"{at}{name}", format="cap", reason=f"{strange or 'none'} is not in its list")
        self.add(parent, "category", *info.categories)
        self.add(parent, "event", info.event)
        self.add(parent, "responseType", *info.response_types)
        self.add(parent, "urgency", info.urgency)
        self.add(parent, "severity", info.severity)
        self.add(parent, "certainty", info.certainty)
        self.add(parent, "audience", info.audience)
        self.pairs(parent, "eventCode", info.event_codes)
        for name, moment in (("effective", info.effective), ("onset", info.onset), ("expires", info.expires)):
            self.add(parent, name, canonical(moment, self.offset) if moment else None)
        self.add(parent, "senderName", info.sender_name)
        self.add(parent, "headline", info.headline)
        self.add(parent, "description", info.description)
        self.add(parent, "instruction", info.instruction)
        self.add(parent, "web", uri(info.web))
        self.add(parent, "contact", info.contact)
        colored = info.color in ("Unknown", color_of((pair.scheme, pair.code) for pair in info.parameters))
        self.pairs(parent, "parameter", info.parameters)
        self.pairs(parent, "parameter", () if colored else (CodedValue(scheme=COLOR_PARAMETER, code=info.color),))
        for index, resource in enumerate(info.resources):
            self.resource(xml.add(parent, "resource", None, SPACE), resource, f"{at}resource/{index}/")
        for area in info.areas:
            self.area(xml.add(parent, "area", None, SPACE), area)

    def pairs(self, parent: xml.Element, name: str, pairs: tuple[CodedValue, ...]) -> None:
        """Elements of valueName and value."""
        for pair in pairs:
            element = xml.add(parent, name, None, SPACE)
            xml.add(element, "valueName", pair.scheme and word(pair.scheme, f"{name}/valueName"), SPACE)
            xml.add(element, "value", pair.code, SPACE)

    def resource(self, parent: xml.Element, resource: Attachment, at: str) -> None:
        """An attachment."""
        self.add(parent, "resourceDesc", resource.description or "")
        self.add(parent, "mimeType", resource.mime_type or "")
        if (resource.size_bytes or 0) < 0:
            raise Unsupported("cannot-say", f"{at}size", format="cap", reason="less than nothing is no size")
        self.add(parent, "size", None if resource.size_bytes is None else str(resource.size_bytes))
        self.add(parent, "uri", uri(resource.uri))
        self.add(parent, "derefUri", None if resource.content is None else base64.b64encode(resource.content).decode())
        sha256 = resource.sha256 if resource.sha256 and len(resource.sha256) == SHA256 else None
        self.add(parent, "digest", sha256 or self.alert.extensions.get(f"cap:{at}digest"))

    def area(self, parent: xml.Element, area: Area) -> None:
        """An area; ceiling stands only beside altitude (CAP 1.2 section 3.2.4)."""
        if not area.description:
            raise Unsupported("cannot-say", "areaDesc", format="cap", reason="an area without words")
        self.add(parent, "areaDesc", area.description)
        self.add(parent, "polygon", *area.polygons)
        self.add(parent, "circle", *area.circles)
        self.pairs(parent, "geocode", area.geocodes)
        self.pairs(parent, "geocode", tuple(CodedValue(scheme=HOLE, code=hole) for hole in area.holes))
        self.add(parent, "altitude", feet(area.altitude_m))
        self.add(parent, "ceiling", feet(area.ceiling_m))


def word(words: str, at: str, *, blanks: bool = True) -> str:
    """A word; CAP takes no blanks around one, and no empty one. ``blanks``: it may have some inside."""
    if not words or words != words.strip() or (not blanks and len(words.split()) > 1):
        raise Unsupported("cannot-say", at, format="cap", reason=f"'{words}' is no word")
    return words


def uri(words: str | None) -> str | None:
    """A web address, if it is one: the XSD takes nothing else."""
    return words if words and URI.fullmatch(words) else None


def feet(metres: float | None) -> str | None:
    """Metres as decimal feet."""
    return None if metres is None else f"{metres / FOOT:.9f}".rstrip("0").rstrip(".")
