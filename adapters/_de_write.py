"""EDXL-DE written around any document."""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from adapters._de_area import write_first, write_second
from adapters._de_words import FIRST_ROOT, HUB, KINDS, ROLE, SCHEME, SECOND_ROOT, SPACES, TYPES, WRITTEN, XLINK
from bridge import Record, Said, Unsupported, native, text, times, xml

if TYPE_CHECKING:
    from adapters.edxl_de import EdxlDe


HUB_KINDS = {"Report", "Update", "Cancel", "Ack", "Error"}
NEVER = "9999-12-31T23:59:59-00:00"
FIRST = ("sent", "at", "updated_at", "prepared_at", "period_to", "reported_at")


class Writing:
    """One distribution being written."""

    def __init__(self, adapter: "EdxlDe", said: Said) -> None:
        """The extensions hold what the envelope had that has no home in the message."""
        self.adapter, self.said, self.says = adapter, said, said.says
        kept: Mapping[str, str] = getattr(said.record, "extensions", {})
        prefix = f"{adapter.name}:"
        self.kept = {key.removeprefix(prefix): words for key, words in kept.items() if key.startswith(prefix)}
        self.space = SPACES["1.0" if adapter.edition == "1.0" else "2.0"]
        self.names, self.names_space = (("valueListUrn", "value"), self.space) if adapter.edition == "1.0" else (("ValueListURI", "Value"), TYPES)

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
        self.lists(parent, "senderRole", "senderRole")
        self.listed_words(parent, "recipientRole", says.recipient_roles)
        self.listed_words(parent, "keyword", says.keywords)
        if first:
            for words in sorted(key for key in self.kept if key.startswith("distributionReference/")):
                xml.add(parent, "distributionReference", self.kept[words], self.space)
        self.addresses(parent)
        if first:
            write_first(parent, says.area)
        else:
            write_second(parent, says.area)

    def addresses(self, parent: xml.Element) -> None:
        """The recipients; those of one scheme stand together."""
        if not self.says.recipients:
            return
        scheme = self.kept.get("explicitAddress/0/explicitAddressScheme", SCHEME)
        element = xml.add(parent, "explicitAddress", None, self.space)
        xml.add(element, "explicitAddressScheme", scheme, self.space)
        for each in self.says.recipients:
            xml.add(element, "explicitAddressValue", self.word(each, "recipients"), self.space)

    def listed_words(self, parent: xml.Element, name: str, words: Sequence[str]) -> None:
        """Roles and keywords, each in the list where it was found."""
        element = None
        for index, word in enumerate(words):
            scheme = self.kept.get(f"{name}/{index}/valueListUrn")
            if element is None or scheme:
                element = xml.add(parent, name, None, self.space)
                xml.add(element, self.names[0], scheme or ROLE, self.names_space)
            xml.add(element, self.names[1], self.word(word, name), self.names_space)

    def lists(self, parent: xml.Element, name: str, key: str) -> None:
        """Codes of lists as they were."""
        names, space = self.names, self.names_space
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
