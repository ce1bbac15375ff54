"""OASIS Common Alerting Protocol: 1.0, 1.1 and 1.2 in, 1.2 out, always valid against its XSD.

Lenient in, strict out: elements out of order, ``Z`` for ``-00:00``, fractions, odd case and the like are read and named in
``deviations``. What the standard demands and the source leaves *empty*, and what an alert cannot do without, is refused.
Lost on the way out: documents inside that are empty or larger than 16 KiB, fractions of a second, the written form of a ``sent`` that CAP 1.2 does not allow, labels of codes,
web addresses that are none, and what only earlier versions or other namespaces say (``extensions``).
"""

from collections.abc import Iterator

from adapters._cap_read import Reading
from adapters._cap_words import VERSIONS
from adapters._cap_write import Writing
from bridge import Adapter, Alert, AlertScope, Malformed, Rejected, Said, xml


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
            yield Reading(self, "", xml.namespace(root)).said(root)
            return
        found = [element for space in VERSIONS for element in root.iter(f"{{{space}}}alert" if space else "alert")]
        if not found:
            raise Malformed("root", found=xml.name(root), wanted="alert")
        for index, element in enumerate(found):
            try:
                said = Reading(self, f"alert/{index}/", xml.namespace(element)).said(element)
            except Rejected as error:
                yield error
            else:
                yield said

    def encode(self, said: Said) -> bytes:
        """A CAP 1.2 document."""
        assert isinstance(said.record, Alert)
        return xml.write(Writing(said.record).document())
