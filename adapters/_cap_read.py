"""CAP read leniently."""

import base64
import binascii
import hashlib
from collections.abc import Callable, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from adapters._cap_words import (
    CATEGORIES,
    COLOR_PARAMETER,
    HOLE,
    INLINE,
    JUDGED,
    RESPONSES,
    SCOPES,
    SHA256,
    SPACE,
    STATUS,
    TYPES,
    VERSIONS,
    Tree,
    color_of,
    stated,
)
from adapters._cap_write import FOOT, LANGUAGE, canonical, closed, split
from bridge import Alert, Field, Invalid, Lenient, Malformed, Order, Said, Table, geo, table, xml

if TYPE_CHECKING:
    from adapters.cap import Cap


class Reading(Lenient):
    """One alert being read."""

    def __init__(self, adapter: "Cap", root: xml.Element, prefix: str) -> None:
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
