"""The documents inside EDXL-DE, and what one says that no format here knows."""

import base64
import binascii
import hashlib
from collections.abc import Iterator

from adapters._de_hub import judged, ordinary
from adapters._de_words import INLINE
from bridge import Attachment, Lenient, Malformed, Parts, Said, SituationReport, native, text, xml


def documents(reading: Lenient, parts: Parts, at: str) -> Iterator[tuple[bytes, str]]:
    """The documents in a content, with their media types; the hub's tests of itself are none."""
    for holder in (*parts.get("xmlContent", ()), *parts.get("contentXML", ())):
        for embedded in (each for each in holder if xml.name(each) == "embeddedXMLContent"):
            for each in embedded:
                if xml.name(each) != "contentDescriptor" and (ordinary(each) or judged(xml.name(each), xml.tree(each), at)):
                    yield xml.outer(each).encode(), "application/xml"
    for holder in (*parts.get("nonXMLContent", ()), *parts.get("otherContent", ())):
        inside = reading.parts(holder, f"{at}/", ("mimeType", "size", "digest", "uri", "contentData"))
        kind, words = reading.word(inside, "mimeType", f"{at}/") or "application/octet-stream", reading.text(inside, "contentData", f"{at}/")
        if words is None:
            raise Malformed("missing", f"{at}/contentData")
        data = decoded(words, at)
        if not kind.endswith("json") or judged("", text.read_json(data), at):
            yield data, kind


def decoded(words: str, at: str) -> bytes:
    """The bytes of a document."""
    try:
        return base64.b64decode("".join(words.split()), validate=True)
    except (binascii.Error, ValueError):
        raise Malformed("wrong-value", f"{at}/contentData", value=words[:40], wanted="base64") from None


def ready(data: bytes, ours: str) -> bytes:
    """The document for the format inside; an old error report that names no message is about this distribution."""
    if b"errorCode" not in data or b"referencedDistributionID" in data:
        return data
    if data[:1] == b"<":
        root = xml.parse(data)
        for each in [each for each in root.iter("{*}errorCode") if each.getparent() is not None][:1]:
            holder = each.getparent()
            xml.add(holder if holder is not None else root, "distributionID", ours, xml.namespace(each))
        return xml.write(root)
    document = text.read_json(data)
    message = native.find(document, ("message",))
    if isinstance(message, dict) and "errorCode" in message:
        message.setdefault("distributionID", ours)
    return text.write_json(document)


def opaque(data: bytes, kind: str, ours: str, title: str | None) -> Said:
    """A document that no format here knows, delivered as it is."""
    fits = len(data) <= INLINE
    digest = hashlib.sha256(data).hexdigest()
    attached = Attachment(mime_type=kind, description=title, size_bytes=len(data), sha256=digest, content=data if fits else None)
    summary = title or f"{kind}, {len(data)} bytes"
    record = SituationReport(report_id=f"{ours}-{digest[:16]}", version="Unknown", summary=summary, attachments=(attached,))
    return Said(record, deviations=() if fits else (f"contentObject: {len(data)} bytes left out, SHA-256 {digest}",))
