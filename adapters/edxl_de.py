"""OASIS EDXL-DE 1.0 and 2.0, and the French hub's JSON of 2.0: the envelope around any other format, both ways; one message is written for one record.

What is inside is read by the first of the formats ``inside`` that knows it; a document that none knows is delivered as the attachment of a
SituationReport, an envelope without content and the hub's test payloads say nothing. A distribution is taken whole or not at all. Its status, kind,
times, addresses, roles, keywords, areas and references are the message's; names of lists and descriptions ride in the extensions and come back.
What is written in 2.0 with no end ends in the year 9999. Lost is what the format inside loses.
"""

from collections.abc import Iterator
from typing import Any, Literal

from pydantic import PrivateAttr

from adapters._de_hub import custom, grown
from adapters._de_read import Reading
from adapters._de_write import Writing
from bridge import (
    Adapter,
    Alert,
    Incident,
    Malformed,
    Mission,
    Record,
    Rejected,
    Resource,
    ResourceRequest,
    ResourceState,
    Said,
    SituationReport,
    Unsupported,
    inner,
    text,
    xml,
)

NOT_ITS = {"root", "not-xml", "not-json", "nothing-said", "wrong-shape", "encoding", "not-csv"}
"""Verdicts of a format on what is not its own."""
INSIDE: dict[str, dict[str, Any]] = {name: {} for name in ("cap", "edxl-rm", "edxl-sitrep", "emsi", "edxl-have", "hubsante")}


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
            found = list(root.iter("{*}EDXLDistribution", "{*}edxlDistribution"))
            if not found:
                raise Malformed("root", found=xml.name(root), wanted="EDXLDistribution")
            yield from list(Reading(self, found[0]).said())
        else:
            document = text.read_json(data)
            yield from list(Reading(self, grown(document)).said())
            if custom(document):
                raise Malformed("nothing-said")

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


def lost(records: tuple[type[Record], ...]) -> Iterator[str]:
    """What the formats inside lose of each kind of record; the first that writes it counts."""
    writers = [found for name in INSIDE if (found := inner(name, EdxlDe(inside={}), {})).writes]
    for cls in records:
        first = next(each for each in writers if cls in each.records)
        yield from (path for path in first.loses if path.startswith(f"{cls.__name__}."))


EdxlDe.loses = frozenset(lost(EdxlDe.records))
