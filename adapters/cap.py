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
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, tzinfo
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
    Invalid,
    Lenient,
    Malformed,
    Mode,
    Parts,
    Rejected,
    Said,
    Says,
    Severity,
    Unsupported,
    Urgency,
    WarningColor,
    geo,
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
ALERT = tuple("identifier sender sent status msgType source scope restriction addresses code note references incidents info".split())
INFO = tuple(
    "language category event responseType urgency severity certainty audience eventCode effective onset expires senderName"
    " headline description instruction web contact parameter resource area".split()
)
RESOURCE = tuple("resourceDesc mimeType size uri derefUri digest".split())
PAIR = ("valueName", "value")
AREA = tuple("areaDesc polygon circle geocode altitude ceiling".split())

MODES: dict[str, Mode] = {"Actual": "Actual", "Exercise": "Exercise", "Test": "Test", "System": "Test", "Draft": "Test"}
ACTIONS: dict[str, DistributionKind] = {"Alert": "Report", "Update": "Update", "Cancel": "Cancel", "Ack": "Ack", "Error": "Error"}
SECRECY: dict[str, Confidentiality] = {"Public": "Public", "Restricted": "Restricted", "Private": "Confidential"}
CATEGORIES = "Geo Met Safety Security Rescue Fire Health Env Transport Infra CBRNE Other".split()
RESPONSES = "Shelter Evacuate Prepare Execute Avoid Monitor Assess AllClear None".split()
STATUS, TYPES, SCOPES = (get_args(words)[1:] for words in (ExchangeStatus, AlertMsgType, AlertScope))
URGENCIES, SEVERITIES, CERTAINTIES = (get_args(words) for words in (Urgency, Severity, Certainty))
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
        self.pair = tuple(f"{xml.space(root)}{name}" for name in PAIR)
        if not space:
            self.odd("alert", "no namespace")

    def codes(self, parts: Parts, name: str, at: str) -> list[Tree]:
        """Pairs of valueName and value; in CAP 1.0 one text ``name=value``."""
        found = []
        for index, element in enumerate(parts.get(name, ())):
            inside = tuple(element)
            if tuple(child.tag for child in inside) == self.pair:
                scheme, code = inside[0].text or "", inside[1].text or ""
            elif inside:
                inner = self.parts(element, f"{at}{name}/{index}/", PAIR)
                scheme, code = ((inner[key][0].text or "") if key in inner else "" for key in PAIR)
            else:
                scheme, _, code = (element.text or "").partition("=")
                if self.version != "1.0":
                    self.odd(f"{at}{name}/{index}", "without valueName and value")
            found.append({"scheme": scheme.strip(), "code": code})
        return found

    def said(self) -> Said:
        """The alert."""
        parts = self.parts(self.root, "", ALERT)
        head = {name: self.must(parts, name, "") for name in ("identifier", "sender", "sent")}
        status = self.listed(parts, "status", "", STATUS)
        msg_type = self.listed(parts, "msgType", "", TYPES)
        sent = self.time(parts, "sent", "")
        assert sent is not None
        infos = [self.info(element, f"info/{index}/") for index, element in enumerate(parts.get("info", ()))]
        record = Alert.model_validate(
            dict(
                identifier=head["identifier"],
                sender=head["sender"],
                sent=sent,
                sent_text=None if head["sent"] == canonical(sent) else head["sent"],
                status=status,
                msg_type=msg_type,
                scope=self.scope(parts),
                source=self.text(parts, "source", ""),
                restriction=self.text(parts, "restriction", ""),
                addresses=split(self.text(parts, "addresses", "")),
                codes=tuple(words for element in parts.get("code", ()) if (words := (element.text or "").strip())),
                note=self.text(parts, "note", ""),
                references=self.references(parts, msg_type),
                incidents=split(self.text(parts, "incidents", "")),
                infos=infos,
                extensions=self.extensions,
            )
        )
        return Said(record, stated(record), tuple(self.deviations))

    def scope(self, parts: Parts) -> Any:
        """The scope; only CAP 1.0, and sources whose settings say so, may be silent about it."""
        if "scope" not in parts and (self.version == "1.0" or self.adapter.scope != "Unknown"):
            self.odd("scope", f"missing, {self.adapter.scope} assumed")
            return self.adapter.scope
        return self.listed(parts, "scope", "", SCOPES)

    def references(self, parts: Parts, msg_type: str) -> tuple[str, ...]:
        """Triples ``sender,identifier,sent``; an update must name what it updates (CAP 1.2 section 3.2.1)."""
        found = tuple((self.text(parts, "references", "") or "").split())
        if not found and msg_type != "Alert":
            if "references" in parts:
                raise Invalid("names-nothing", f"{self.prefix}references", kind=msg_type, does=msg_type.lower() + "s")
            self.odd("references", "missing")
        for index, triple in enumerate(found):
            if triple.count(",") != 2:
                self.odd(f"references/{index}", "not sender,identifier,sent")
        return found

    def info(self, element: xml.Element, at: str) -> Tree:
        """One info block."""
        parts = self.parts(element, at, INFO)
        event = self.text(parts, "event", at)
        if event is None:
            self.odd(f"{at}event", "missing")
        categories = self.symbols(parts, "category", at, CATEGORIES)
        if not categories:
            self.odd(f"{at}category", "missing, Other assumed")
        parameters = self.codes(parts, "parameter", at)
        return dict(
            lang=self.language(parts, at),
            categories=categories or ("Other",),
            event=event or "",
            response_types=self.symbols(parts, "responseType", at, RESPONSES),
            urgency=self.symbol(parts, "urgency", at, URGENCIES),
            severity=self.symbol(parts, "severity", at, SEVERITIES),
            certainty=self.symbol(parts, "certainty", at, CERTAINTIES),
            color=color_of((pair["scheme"], pair["code"]) for pair in parameters),
            audience=self.text(parts, "audience", at),
            event_codes=self.codes(parts, "eventCode", at),
            effective=self.time(parts, "effective", at),
            onset=self.time(parts, "onset", at),
            expires=self.time(parts, "expires", at),
            sender_name=self.text(parts, "senderName", at),
            headline=self.text(parts, "headline", at),
            description=self.text(parts, "description", at),
            instruction=self.text(parts, "instruction", at),
            web=self.word(parts, "web", at),
            contact=self.text(parts, "contact", at),
            parameters=[pair for pair in parameters if pair["scheme"] != COLOR_PARAMETER],
            resources=[self.resource(part, f"{at}resource/{i}/") for i, part in enumerate(parts.get("resource", ()))],
            areas=[self.area(part, f"{at}area/{i}/") for i, part in enumerate(parts.get("area", ()))],
        )

    def language(self, parts: Parts, at: str) -> str:
        """The language, en-US if the source is silent (CAP 1.2 section 3.2.2)."""
        found = self.word(parts, "language", at) or "en-US"
        if LANGUAGE.fullmatch(found):
            return found
        self.odd(f"{at}language", f"'{found}' is no language tag")
        if LANGUAGE.fullmatch(found.replace("_", "-")):
            return found.replace("_", "-")
        self.keep(f"{at}language", found)
        return "und"

    def resource(self, element: xml.Element, at: str) -> Tree:
        """An attachment; the digest of CAP is SHA-1 and rides in the extensions."""
        parts = self.parts(element, at, RESOURCE)
        digest, size = self.word(parts, "digest", at), self.word(parts, "size", at)
        sha256 = digest if digest and len(digest) == SHA256 else None
        if digest and not sha256:
            self.keep(f"{at}digest", digest)
        if size and not (size.isascii() and size.isdigit() and len(size) < len(str(2**63))):
            self.odd(f"{at}size", f"'{size}' is no size")
            self.keep(f"{at}size", size)
            size = None
        content, left_out = self.content(self.text(parts, "derefUri", at), at)
        return dict(
            uri=self.word(parts, "uri", at),
            mime_type=self.text(parts, "mimeType", at),
            description=self.text(parts, "resourceDesc", at),
            size_bytes=int(size) if size else None,
            sha256=sha256 or left_out,
            content=content,
        )

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
        parts = self.parts(element, at, AREA)
        if self.text(parts, "areaDesc", at) is None:
            raise Invalid("empty" if "areaDesc" in parts else "missing", f"{self.prefix}{at}areaDesc")
        geocodes = self.codes(parts, "geocode", at)
        return dict(
            description=self.text(parts, "areaDesc", at),
            polygons=self.shapes(parts, "polygon", at, closed),
            circles=self.shapes(parts, "circle", at, lambda words, place: geo.circle(words, place) and words),
            geocodes=[code for code in geocodes if code["scheme"] != HOLE],
            altitude_m=self.feet(parts, "altitude", at),
            ceiling_m=self.feet(parts, "ceiling", at),
            holes=[code["code"] for code in geocodes if code["scheme"] == HOLE],
        )

    def shapes(self, parts: Parts, name: str, at: str, check: Callable[[str, str], str]) -> tuple[str, ...]:
        """Polygons or circles, one blank between their numbers."""
        found = []
        for index, element in enumerate(parts.get(name, ())):
            words = " ".join((element.text or "").split())
            try:
                shape = check(words, f"{at}{name}/{index}")
            except Malformed:
                self.odd(f"{at}{name}/{index}", f"no {name}" if words else "empty")
                if words:
                    self.keep(f"{at}{name}/{index}", words)
                continue
            if shape != words:
                self.odd(f"{at}{name}/{index}", "not closed")
            found.append(shape)
        return tuple(found)

    def feet(self, parts: Parts, name: str, at: str) -> float | None:
        """A height in feet, as metres."""
        words = self.word(parts, name, at)
        try:
            height = geo.decimal(words) * FOOT if words else None
        except ValueError:
            height = float("nan")
        if height is None or abs(height) < float("inf"):
            return height
        self.odd(f"{at}{name}", f"'{words}' is no height")
        self.keep(f"{at}{name}", words or "")
        return None


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
