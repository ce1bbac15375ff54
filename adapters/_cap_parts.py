"""The parts of a CAP alert that need more than a table: codes, documents inside, areas."""

import base64
import binascii
import hashlib
from collections.abc import Callable
from functools import cache

from adapters._cap_words import HOLE, INLINE, SHA256, Tree
from adapters._cap_write import FOOT, LANGUAGE, closed
from bridge import Field, Invalid, Lenient, Malformed, Order, Table, geo, table, xml


class Parts(Lenient):
    """Those of one alert."""

    def __init__(self, prefix: str, zone: str | None, version: str, space: str) -> None:
        """``prefix`` is where the alert stands in its document, ``space`` its namespace as it stands before a name in a tag."""
        super().__init__("cap", prefix, zone)
        self.version = version
        self.shapes: set[str] = set()
        self.resources, self.areas, self.pairs = tables(space)
        self.pair = list(self.pairs)

    def code(self, element: xml.Element, at: str) -> Tree:
        """A pair of valueName and value; in CAP 1.0 one text ``name=value``."""
        children = list(element)
        if [child.tag for child in children] == self.pair and not any(map(len, children)):  # as nearly all are
            scheme, code = children[0].text or "", children[1].text or ""
            return {"scheme": scheme.strip(), "code": "" if code.isspace() else code}
        if children:
            inner = self.fields(element, f"{at}/", self.pairs)
            return {"scheme": (inner.get("scheme") or "").strip(), "code": inner.get("code") or ""}
        scheme, _, code = (element.text or "").partition("=")
        if self.version != "1.0":
            self.odd(at, "without valueName and value")
        return {"scheme": scheme.strip(), "code": code if code.strip() else ""}

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
        for shapes in found.keys() & {"polygons", "circles"}:
            found[shapes] = tuple(filter(None, found[shapes]))
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
    "polygon": Field("polygons", Parts.polygon, many=True),
    "circle": Field("circles", Parts.circle, many=True),
    "geocode": Field("geocodes", Parts.code, many=True),
    "altitude": Field("altitude_m", Parts.feet),
    "ceiling": Field("ceiling_m", Parts.feet),
}
PAIR: Order = {"valueName": Field("scheme"), "value": Field("code")}


@cache
def tables(space: str) -> tuple[Table, ...]:
    """The same in one of CAP's namespaces."""
    return tuple(table(order, space) for order in (RESOURCE, AREA, PAIR))
