"""CAP written as 1.2."""

import base64
import re
from datetime import UTC, datetime, tzinfo
from typing import cast

from adapters._cap_words import CATEGORIES, COLOR_PARAMETER, HOLE, RESPONSES, SHA256, SPACE, color_of
from bridge import Alert, AlertInfo, Area, Attachment, CodedValue, Unsupported, geo, xml

SENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[-+]\d\d:\d\d")
LANGUAGE = re.compile(r"[a-zA-Z]{1,8}(-[a-zA-Z0-9]{1,8})*")
WORD = re.compile(r'"([^"]*)"|(\S+)')
URI = re.compile(r"[A-Za-z0-9\-._~:/?#@!$&'()*+,;=%\u0080-\U0010ffff]+")
FOOT = 0.3048


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
    return tuple(quoted or plain for quoted, plain in WORD.findall(words)) if words else ()


def joined(words: tuple[str, ...], at: str) -> str | None:
    """The reverse of ``split``."""
    for word in words:
        if '"' in word or not word:
            raise Unsupported("cannot-say", at, format="cap", reason="an address that is empty or has quotes in it")
    return " ".join(f'"{word}"' if any(char.isspace() for char in word) else word for word in words) or None


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
