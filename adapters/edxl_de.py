"""OASIS EDXL-DE 1.0 and 2.0, and the French hub's JSON of 2.0: the envelope around any other format, both ways; one message is written for one record.

What is inside is read by the first of the formats ``inside`` that knows it; a document that none knows is delivered as the attachment of a
SituationReport, an envelope without content and the hub's test payloads say nothing. A distribution is taken whole or not at all. Its status, kind,
times, addresses and references are the message's; roles, keywords, areas and descriptions ride in the extensions and come back. What is written in
2.0 with no end ends in the year 9999. Lost is what the format inside loses.
"""

import base64
import binascii
import hashlib
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Literal, get_args

from pydantic import PrivateAttr

from adapters._ciq import Tree
from bridge import (
    Adapter,
    Alert,
    Attachment,
    Confidentiality,
    DistributionKind,
    Incident,
    Invalid,
    Lenient,
    Malformed,
    Mission,
    Mode,
    Parts,
    Record,
    Rejected,
    Resource,
    ResourceRequest,
    ResourceState,
    Said,
    Says,
    SituationReport,
    Unsupported,
    inner,
    native,
    text,
    times,
    xml,
)

SPACES = {"1.0": "urn:oasis:names:tc:emergency:EDXL:DE:1.0", "2.0": "urn:oasis:names:tc:emergency:EDXL:DE:2.0"}
TYPES = "urn:oasis:names:tc:emergency:edxl:ct:1.0"
XLINK = "{http://www.w3.org/1999/xlink}type"
FIRST_ROOT = f'<EDXLDistribution xmlns="{SPACES["1.0"]}"/>'.encode()
SECOND_ROOT = f'<edxlDistribution xmlns="{SPACES["2.0"]}" xmlns:xlink="{XLINK[1:-5]}" xmlns:ct="{TYPES}" xlink:type="extended"/>'.encode()
ROOTS = {"EDXLDistribution", "edxlDistribution"}
HEAD = tuple("distributionID senderID dateTimeSent dateTimeExpires distributionStatus distributionKind distributionType".split())
TOLD = tuple(
    "combinedConfidentiality language senderRole recipientRole keyword distributionReference explicitAddress targetArea targetAreas urgency severity"
    " certainty incidentID incidentDescription link extension".split()
)
OBJECT = tuple(
    "contentDescriptor contentDescription contentKeyword incidentID incidentDescription originatorRole consumerRole contentID confidentiality"
    " contentLanguage nonXMLContent xmlContent contentXML otherContent other".split()
)
LISTS = {"senderRole", "recipientRole", "keyword", "contentKeyword", "originatorRole", "consumerRole"}
MODES: dict[str, Mode] = {"Actual": "Actual", "Exercise": "Exercise", "System": "Test", "Test": "Test"}
KINDS: dict[str, DistributionKind] = {kind: kind for kind in get_args(DistributionKind)[1:-1]}
KINDS |= dict.fromkeys(("SensorConfiguration", "SensorControl", "SensorStatus", "SensorDetection"), "Sensor")
SECRECY: dict[str, Confidentiality] = {
    "UNCLASSIFIED": "Public",
    "PUBLIC": "Public",
    "RESTRICTED": "Restricted",
    "CONFIDENTIAL": "Confidential",
    "CLASSIFIED": "Confidential",
    "SECRET": "Secret",
}
SCHEME = "urn:regionbus:agency"
HUB = "hubex"
"""Schemes of addresses that need not be kept: ours, and the hub's, which its JSON always has."""
HUB_KINDS = {"Report", "Update", "Cancel", "Ack", "Error"}
NEVER = "9999-12-31T23:59:59-00:00"
TESTS = {"technicalNoreq", "customContent"}
"""Payloads with which the hub tests itself."""
HEADERS = {"messageId", "sender", "sentAt", "kind", "status", "recipient"}
ACKNOWLEDGED = {"distributionID", "refused", "errorDistributionID", "step"}
"""All that an acknowledgement of the hub may say (RC-REF)."""
NOT_ITS = {"root", "not-xml", "not-json", "nothing-said", "wrong-shape", "encoding", "not-csv"}
"""Verdicts of a format on what is not its own."""
INSIDE: dict[str, dict[str, Any]] = {name: {} for name in ("cap", "edxl-rm", "edxl-sitrep", "emsi", "edxl-have", "hubsante")}
INLINE = 16 * 1024
FIRST = ("sent", "at", "updated_at", "prepared_at", "period_to", "reported_at")


class EdxlDe(Adapter):
    """The distribution element, both ways."""

    media_type = "application/xml"
    records = (Alert, ResourceRequest, SituationReport, Incident, Resource, ResourceState, Mission)
    loses = frozenset()

    edition: Literal["1.0", "2.0", "json"] = "2.0"
    """What is written; ``json`` is the French hub's rendering of 2.0."""
    inside: dict[str, dict[str, Any]] = INSIDE
    """The formats that may be inside, each with its options: tried in this order; the first that can is written."""
    zone: str = "UTC"
    """IANA zone of the envelope's times that name none; they are named in the deviations."""

    _inside: list[Adapter] = PrivateAttr(default_factory=list)

    def model_post_init(self, context: Any, /) -> None:
        """A format that is not there stops the start."""
        super().model_post_init(context)
        self._inside = [inner(name, self, options) for name, options in self.inside.items()]

    def decode(self, data: bytes) -> Iterator[Said | Rejected]:
        """What is inside, or the refusal of the whole."""
        if data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"<":
            root = xml.parse(data)
            found = [each for each in root.iter("{*}*") if xml.name(each) in ROOTS]
            if not found:
                raise Malformed("root", found=xml.name(root), wanted="EDXLDistribution")
            reading = Reading(self, found[0])
        else:
            reading = Reading(self, grown(text.read_json(data)))
        yield from list(reading.said())

    def payload(self, data: bytes, at: str) -> list[Said]:
        """What a content says; nothing if none of the formats knows it."""
        for adapter in self._inside:
            try:
                found = list(adapter.decode(data))
            except Rejected as error:
                if error.code in NOT_ITS:
                    continue
                raise placed(error, at) from None
            except KeyError as error:
                raise Malformed("missing", f"{at}/{error.args[0]}") from None
            for each in found:
                if isinstance(each, Rejected):
                    raise placed(each, at)
            return [each for each in found if isinstance(each, Said)]
        return []

    def encode(self, said: Said) -> bytes:
        """The envelope around the record."""
        for adapter in self._inside:
            if adapter.writes and isinstance(said.record, adapter.records):
                return Writing(self, said).document(adapter.encode(said), adapter.media_type)
        raise Unsupported("cannot-say", format=self.name, reason=f"none of {', '.join(self.inside)} can")


def placed(error: Rejected, at: str) -> Rejected:
    """The same refusal, its place seen from the envelope."""
    return type(error)(error.code, f"{at}/{error.at}".rstrip("/"), **error.details)


def grown(document: Any) -> xml.Element:
    """The hub's JSON as the tree of its XML; what is embedded stays JSON."""
    if not isinstance(document, dict):
        raise Malformed("wrong-shape", found=native.shape(document), wanted="an object")
    root = xml.root("edxlDistribution", SPACES["2.0"])
    contents = document.get("content")
    for name, value in document.items():
        if name != "content":
            leaf(root, name, value)
    holder = xml.add(root, "content", None, SPACES["2.0"])
    while isinstance(contents, dict) and "contentObject" in contents:
        contents = contents["contentObject"]
    for each in contents if isinstance(contents, list) else [contents] if contents else []:
        whole = native.find(each, ("jsonContent", "embeddedJsonContent"))
        if not isinstance(whole, dict):
            raise Malformed("missing", "content/jsonContent/embeddedJsonContent")
        made = xml.add(xml.add(holder, "contentObject", None, SPACES["2.0"]), "otherContent", None, SPACES["2.0"])
        xml.add(made, "mimeType", "application/json", SPACES["2.0"])
        xml.add(made, "contentData", base64.b64encode(text.write_json(whole)).decode(), SPACES["2.0"])
    return root


def leaf(parent: xml.Element, name: str, value: Any) -> None:
    """A member of the envelope as an element."""
    try:
        for each in value if isinstance(value, list) else [value]:
            element = xml.add(parent, name, None if isinstance(each, dict) else spelt(each), SPACES["2.0"])
            for key, more in each.items() if isinstance(each, dict) else ():
                leaf(element, key, more)
    except ValueError:
        raise Malformed("wrong-value", name, value=name, wanted="a name") from None


def spelt(value: Any) -> str:
    """A value of JSON as the text of an element."""
    return value if isinstance(value, str) else "" if value is None else native.pack(value)


class Reading(Lenient):
    """One distribution being read."""

    def __init__(self, adapter: EdxlDe, root: xml.Element) -> None:
        """Editions are told by their namespace."""
        super().__init__(adapter.name, "", adapter.zone)
        self.adapter, self.root = adapter, root
        if (space := xml.namespace(root)) not in SPACES.values():
            if space:
                raise Invalid("wrong-value", xml.name(root), value=space, wanted=" or ".join(SPACES.values()))
            self.odd(xml.name(root), "no namespace")

    def said(self) -> Iterator[Said]:
        """What every content says, with what the envelope says of it."""
        order = (*HEAD, *TOLD, "descriptor", "content", "contentObject", "other")
        parts = self.parts(self.root, "", order)
        ours = self.must(parts, "distributionID", "")
        says = self.head(parts)
        told = {name: elements for name, elements in parts.items() if name in TOLD}
        for element in parts.get("descriptor", ()):
            told |= self.parts(element, "descriptor/", TOLD)
        says |= self.told(told)
        contents = [
            *parts.get("contentObject", ()),
            *(each for whole in parts.get("content", ()) for each in whole if xml.name(each) == "contentObject"),
        ]
        found = [each for index, element in enumerate(contents) for each in self.content(element, ours, index)]
        for index, (each, more) in enumerate(found):
            yield self.merged(each, more, says, ours if len(found) == 1 else f"{ours}#{index}", ours)

    def head(self, parts: Parts) -> Tree:
        """Who says it, when and how it is meant."""
        sender, sent = self.must(parts, "senderID", ""), self.time(parts, "dateTimeSent", "")
        if sent is None:
            raise Malformed("missing", "dateTimeSent")
        status = self.symbol(parts, "distributionStatus", "", (*MODES, "Unknown", "NoAppropriateDefault"))
        kind = self.word(parts, "distributionKind", "") or self.word(parts, "distributionType", "")
        if kind is None or (status == "Unknown" and "distributionStatus" not in parts):
            raise Malformed("missing", "distributionKind" if kind is None else "distributionStatus")
        if kind not in KINDS and kind not in ("Unknown", "NoAppropriateDefault"):
            self.odd("distributionKind", f"'{kind}' is not in the list")
        if kind not in KINDS or KINDS[kind] != kind:
            self.keep("distributionKind", kind)
        if status == "System":
            self.keep("distributionStatus", status)
        if sender != self.adapter.owner:
            self.keep("senderID", sender)
        ends = self.time(parts, "dateTimeExpires", "")
        return {
            "mode": MODES.get(status),
            "action": KINDS.get(kind),
            "sent": sent,
            "expires_at": ends if ends and ends.year < 9999 else None,
        }

    def told(self, parts: Parts) -> Tree:
        """To whom it goes, and what else is said of it, which is kept."""
        secrecy = self.word(parts, "combinedConfidentiality", "")
        means = next((SECRECY[word] for word in (secrecy or "").upper().split() if word in SECRECY), None)
        if secrecy and secrecy not in (*WRITTEN.values(), "Classified"):
            self.keep("combinedConfidentiality", secrecy)
        recipients: list[str] = []
        for index, element in enumerate(parts.get("explicitAddress", ())):
            at = f"explicitAddress/{index}/"
            inside = self.parts(element, at, ("explicitAddressScheme", "explicitAddressValue"))
            scheme = self.word(inside, "explicitAddressScheme", at)
            values = [words for each in inside.get("explicitAddressValue", ()) if (words := (each.text or "").strip())]
            if not values:
                raise Malformed("missing", f"{at}explicitAddressValue")
            recipients += values
            if scheme and scheme not in (SCHEME, HUB):
                self.keep(f"{at}explicitAddressScheme", scheme)
        references = [(each.text or "").strip() for each in parts.get("distributionReference", ())]
        for index, triple in enumerate(references):
            self.keep(f"distributionReference/{index}", triple)
        self.rest(parts, "", ("combinedConfidentiality", "language", "explicitAddress", "distributionReference"))
        return {
            "confidentiality": means,
            "lang": self.word(parts, "language", ""),
            "recipients": recipients,
            "references": [triple.partition(",")[0] for triple in references if triple],
        }

    def rest(self, parts: Parts, at: str, taken: tuple[str, ...]) -> None:
        """Keeps what has no home: lists of codes by their names, all else as a tree."""
        for name, elements in parts.items():
            if name not in taken:
                trees = [codes(each) if name in LISTS else silenced(xml.tree(each)) for each in elements]
                self.keep(f"{at}{name}", native.pack([tree for tree in trees if tree]))

    def content(self, element: xml.Element, ours: str, index: int) -> list[tuple[Said, Tree]]:
        """What one content says, and what is kept of it."""
        at = f"contentObject/{index}"
        parts = self.parts(element, f"{at}/", OBJECT)
        for each in parts.get("contentDescriptor", ()):
            parts |= self.parts(each, f"{at}/", OBJECT)
        before = set(self.extensions)
        self.rest(parts, "contentObject/", ("contentDescriptor", "nonXMLContent", "xmlContent", "contentXML", "otherContent", "other"))
        mine = {key: self.extensions.pop(key) for key in set(self.extensions) - before}
        title = self.word(parts, "contentDescription", at)
        said = [
            each
            for data, kind in self.documents(parts, at)
            for each in (self.adapter.payload(ready(data, ours), at) or [opaque(data, kind, ours, title)])
        ]
        return [(each, mine) for each in said]

    def documents(self, parts: Parts, at: str) -> Iterator[tuple[bytes, str]]:
        """The documents in a content, with their media types; the hub's tests of itself are none."""
        for holder in (*parts.get("xmlContent", ()), *parts.get("contentXML", ())):
            for embedded in (each for each in holder if xml.name(each) == "embeddedXMLContent"):
                for each in embedded:
                    if xml.name(each) != "contentDescriptor" and judged(xml.name(each), xml.tree(each), at):
                        yield xml.outer(each).encode(), "application/xml"
        for holder in (*parts.get("nonXMLContent", ()), *parts.get("otherContent", ())):
            inside = self.parts(holder, f"{at}/", ("mimeType", "size", "digest", "uri", "contentData"))
            kind, words = self.word(inside, "mimeType", f"{at}/") or "application/octet-stream", self.text(inside, "contentData", f"{at}/")
            if words is None:
                raise Malformed("missing", f"{at}/contentData")
            data = decoded(words, at)
            if not kind.endswith("json") or judged("", text.read_json(data), at):
                yield data, kind

    def merged(self, said: Said, more: Tree, says: Tree, local: str, ours: str) -> Said:
        """The record, and what both say of the message: what is inside knows its own ids, an exercise on either side is one."""
        own = said.says.model_dump(exclude_defaults=True)
        if says["mode"] in ("Exercise", "Test") and own.get("mode") == "Actual":
            self.odd("distributionStatus", f"{says['mode']} around what says Actual")
        mode = says["mode"] if says["mode"] not in (None, "Actual") else own.get("mode") or says["mode"]
        found = {"message_id": local, "correlation_id": ours} | own
        found |= {name: value for name, value in says.items() if value not in (None, [], ()) and not (name == "references" and own.get(name))}
        kept = self.extensions | more
        record = said.record.model_copy(update={"extensions": {**said.record.extensions, **kept}})  # type: ignore[attr-defined]
        return Said(record, Says.model_validate(found | {"mode": mode}), (*self.deviations, *said.deviations))


WRITTEN = {
    "Public": "UNCLASSIFIED",
    "Restricted": "RESTRICTED",
    "Confidential": "CONFIDENTIAL",
    "Secret": "SECRET",
    "2.0": "Unclassified",
    "": "UNKNOWN",
}


def silenced(tree: Any) -> Any:
    """The tree without what says nothing."""
    return {key: value for key, value in tree.items() if value not in native.SILENT} if isinstance(tree, dict) else tree.strip()


def codes(element: xml.Element) -> list[str]:
    """The name of a list, and the values out of it."""
    return [(each.text or "").strip() for each in element]


def decoded(words: str, at: str) -> bytes:
    """The bytes of a document."""
    try:
        return base64.b64decode("".join(words.split()), validate=True)
    except (binascii.Error, ValueError):
        raise Malformed("wrong-value", f"{at}/contentData", value=words[:40], wanted="base64") from None


def judged(name: str, tree: Any, at: str) -> bool:
    """Whether a payload says something to agencies; one that breaks the rules of the hub is refused."""
    message = tree.get("message", tree) if isinstance(tree, dict) else {}
    if not isinstance(message, dict):
        return True
    kinds = {key for key in message if not key.startswith("@")} - HEADERS
    if kinds & TESTS:
        if kinds - TESTS:
            raise Invalid("wrong-value", f"{at}/message", value=", ".join(sorted(kinds - TESTS)), wanted="nothing beside a test of the hub")
        return False
    about = message.get("reference")
    if name in ("", "message") and isinstance(about, dict):
        strange = {key for key in about if not key.startswith("@")} - ACKNOWLEDGED
        if strange:
            raise Invalid("wrong-value", f"{at}/reference", value=", ".join(sorted(strange)), wanted=", ".join(sorted(ACKNOWLEDGED)))
    return True


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


class Writing:
    """One distribution being written."""

    def __init__(self, adapter: EdxlDe, said: Said) -> None:
        """The extensions hold what the envelope had that has no home in the message."""
        self.adapter, self.said, self.says = adapter, said, said.says
        kept: Mapping[str, str] = getattr(said.record, "extensions", {})
        prefix = f"{adapter.name}:"
        self.kept = {key.removeprefix(prefix): words for key, words in kept.items() if key.startswith(prefix)}
        self.space = SPACES["1.0" if adapter.edition == "1.0" else "2.0"]

    def cannot(self, at: str, reason: str) -> Unsupported:
        """The refusal."""
        return Unsupported("cannot-say", at, format=self.adapter.name, reason=reason)

    def document(self, data: bytes, kind: str) -> bytes:
        """The envelope around these bytes."""
        if self.adapter.edition == "json":
            return self.json(data)
        root = xml.parse(FIRST_ROOT if self.adapter.edition == "1.0" else SECOND_ROOT)
        for name, words in self.head().items():
            xml.add(root, name, words, self.space)
        if self.adapter.edition == "1.0":
            self.told(root)
            holder = self.object(root)
        else:
            described = xml.add(root, "descriptor", None, self.space)
            described.set(XLINK, "resource")
            self.told(described)
            whole = xml.add(root, "content", None, self.space)
            whole.set(XLINK, "resource")
            holder = self.object(whole)
        self.embed(holder, data, kind)
        return xml.write(root)

    def head(self) -> dict[str, str]:
        """The envelope's own words, in their order."""
        says, first = self.says, self.adapter.edition == "1.0"
        if says.mode in (None, "Unknown"):
            raise self.cannot("mode", "it must be there")
        status = "System" if self.kept.get("distributionStatus") == "System" and says.mode == "Test" else says.mode
        kept = self.kept.get("distributionKind", "")
        kind = kept if KINDS.get(kept, "") == "Sensor" else says.action if says.action not in (None, "Unknown", "Sensor") else None
        kind = kind or ("SensorStatus" if says.action == "Sensor" else "Report")
        expires = {} if first else {"dateTimeExpires": self.time(says.expires_at) if says.expires_at else NEVER}
        identity = says.message_id or hashlib.sha256(self.said.record.model_dump_json().encode()).hexdigest()
        return {
            "distributionID": self.word(identity, "message_id"),
            "senderID": self.word(self.kept.get("senderID") or self.adapter.owner, "agency"),
            "dateTimeSent": self.time(self.moment()),
            **expires,
            "distributionStatus": str(status),
            "distributionType" if first else "distributionKind": str(kind),
        }

    def time(self, moment: datetime) -> str:
        """A time to the second; 2.0 wants an offset, as CAP does."""
        return times.iso(moment, zulu="Z" if self.adapter.edition == "1.0" else "-00:00", digits="seconds")

    def word(self, words: str, at: str) -> str:
        """A word that reads back."""
        if not words.strip() or words != words.strip():
            raise self.cannot(at, f"'{words}' is no word")
        return words

    def moment(self) -> datetime:
        """When it is sent: what the message says, else the record."""
        record: Record = self.said.record
        found = self.says.sent or next((moment for name in FIRST if isinstance(moment := getattr(record, name, None), datetime)), None)
        if found is None:
            raise self.cannot("sent", "it must be there")
        return found

    def told(self, parent: xml.Element) -> None:
        """To whom it goes, and what was said of it."""
        first, says = self.adapter.edition == "1.0", self.says
        if first:
            xml.add(
                parent,
                "combinedConfidentiality",
                self.kept.get("combinedConfidentiality") or WRITTEN.get(says.confidentiality or "", "UNKNOWN"),
                self.space,
            )
        elif says.confidentiality in ("Public", "Restricted", "Confidential", "Secret"):
            xml.add(parent, "combinedConfidentiality", "Unclassified" if says.confidentiality == "Public" else "Classified", self.space)
        if says.lang:
            xml.add(parent, "language", says.lang, self.space)
        for name in ("senderRole", "recipientRole", "keyword"):
            self.lists(parent, name, name)
        if first:
            for words in sorted(key for key in self.kept if key.startswith("distributionReference/")):
                xml.add(parent, "distributionReference", self.kept[words], self.space)
        self.addresses(parent)
        if first:
            for area in listed(self.kept.get("targetArea")):
                if isinstance(area, dict):
                    self.area(xml.add(parent, "targetArea", None, self.space), area)

    def area(self, element: xml.Element, area: Tree) -> None:
        """Where it goes, in the order of the XSD."""
        for name in ("circle", "polygon", "country", "subdivision", "locCodeUN"):
            for each in native.entries(area, (name,)):
                if isinstance(each, str):
                    xml.add(element, name, each, self.space)

    def addresses(self, parent: xml.Element) -> None:
        """The recipients; those of one scheme stand together."""
        if not self.says.recipients:
            return
        scheme = self.kept.get("explicitAddress/0/explicitAddressScheme", SCHEME)
        element = xml.add(parent, "explicitAddress", None, self.space)
        xml.add(element, "explicitAddressScheme", scheme, self.space)
        for each in self.says.recipients:
            xml.add(element, "explicitAddressValue", self.word(each, "recipients"), self.space)

    def lists(self, parent: xml.Element, name: str, key: str) -> None:
        """Codes of lists as they were."""
        names, space = (("valueListUrn", "value"), self.space) if self.adapter.edition == "1.0" else (("ValueListURI", "Value"), TYPES)
        for each in listed(self.kept.get(key)):
            if isinstance(each, list) and len(each) > 1 and all(isinstance(words, str) for words in each):
                element = xml.add(parent, name, None, self.space)
                for place, words in zip((names[0], *[names[1]] * (len(each) - 1)), each, strict=True):
                    xml.add(element, place, words, space)

    def object(self, parent: xml.Element) -> xml.Element:
        """The content's own place, with its description."""
        element = xml.add(parent, "contentObject", None, self.space)
        described = listed(self.kept.get("contentObject/contentDescription"))
        holder = element
        if self.adapter.edition != "1.0":
            element.set(XLINK, "resource")
            holder = xml.add(element, "contentDescriptor", None, self.space)
        if described and isinstance(described[0], str):
            xml.add(holder, "contentDescription", described[0], self.space)
        self.lists(holder, "contentKeyword", "contentObject/contentKeyword")
        return element

    def embed(self, holder: xml.Element, data: bytes, kind: str) -> None:
        """What is inside: XML as it is, else as base64."""
        first = self.adapter.edition == "1.0"
        if data[:1] == b"<":
            inside = xml.add(holder, "xmlContent" if first else "contentXML", None, self.space)
            xml.add(inside, "embeddedXMLContent", None, self.space).append(xml.parse(data))
            return
        inside = xml.add(holder, "nonXMLContent" if first else "otherContent", None, self.space)
        xml.add(inside, "mimeType", kind, self.space)
        xml.add(inside, "size", str(len(data)), self.space)
        xml.add(inside, "contentData", base64.b64encode(data).decode(), self.space)

    def json(self, data: bytes) -> bytes:
        """The hub's rendering: all eight of its fields."""
        if data[:1] == b"<":
            raise self.cannot("inside", "the JSON rendering holds JSON")
        recipients = [self.word(each, "recipients") for each in self.says.recipients] or [SCHEME]
        address = {
            "explicitAddressScheme": self.kept.get("explicitAddress/0/explicitAddressScheme", HUB),
            "explicitAddressValue": recipients[0],
        }
        described = {"language": self.says.lang or "fr-FR", "explicitAddress": address}
        content = [{"jsonContent": {"embeddedJsonContent": {"message": text.read_json(data)}}}]
        head = self.head()
        head["distributionKind"] = head["distributionKind"] if head["distributionKind"] in HUB_KINDS else "Report"
        return text.write_json({**head, "descriptor": described, "content": content})


def listed(words: str | None) -> list[Any]:
    """What was kept as a list."""
    found = native.unpack(words or "")
    return found if isinstance(found, list) else []


def lost(records: tuple[type[Record], ...]) -> Iterator[str]:
    """What the formats inside lose of each kind of record; the first that writes it counts."""
    writers = [found for name in INSIDE if (found := inner(name, EdxlDe(inside={}), {})).writes]
    for cls in records:
        first = next(each for each in writers if cls in each.records)
        yield from (path for path in first.loses if path.startswith(f"{cls.__name__}."))


EdxlDe.loses = frozenset(lost(EdxlDe.records))
