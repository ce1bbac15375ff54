"""OASIS EDXL-RM 1.0 (errata of 2009): all sixteen messages of a conversation about resources, both ways; what is written is valid.

One message is one ResourceRequest; a report of deployment also says what each resource does now (ResourceState). A line of an answer is known by the line
it answers, and what it names is what is committed; several resources for one line are lines of their own, ``…+1``, and what of a Partial line is not
given is declined as ``…+rest``. A schedule of one line alone has the line's number behind its type, ``EstimatedArrival/1``. Who speaks and to whom
stands as ``PartyID`` of a Sender and a RespondingOrg; ``-`` stands for what the XSD wants and nobody said. An answer that does not name what it answers
is refused. Lost: urgency, framework, places' own ids and kinds, schedules that a message's XSD does not know, contact locations and responsible parties.
"""

from collections.abc import Iterator

from adapters._ciq import plain
from adapters._rm import KNOWN, MESSAGES, TYPES
from adapters._rm_read import Reading
from adapters._rm_write import Writing
from bridge import Adapter, Malformed, Rejected, ResourceRequest, Said, xml

TAGS = [f"{{*}}{name}" for name in MESSAGES]


class EdxlRm(Adapter):
    """EDXL-RM, both ways."""

    media_type = "application/xml"
    records = (ResourceRequest,)
    loses = frozenset(
        f"ResourceRequest.{path}"
        for path in (
            "extensions revision preceding_message_id purpose framework urgency deliver_to needed_by eta return_by schedule"
            " reporting_instructions contacts.role contacts.channel lines.quantity lines.unit lines.committed lines.resource_id"
            " lines.resource_ids lines.decline_reason lines.capabilities.label"
        ).split()
    )

    zone: str = "UTC"
    """IANA zone of times that name none, as those of real systems do; they are named in the deviations."""

    @property
    def claimed(self) -> frozenset[str]:
        """See ``Adapter``: the elements that the messages' XSDs know."""
        return KNOWN

    def decode(self, data: bytes) -> Iterator[Said | Rejected]:
        """The message, or every message in whatever wraps several of them."""
        root = xml.parse(data)
        found = [each for each in root.iter(*TAGS) if not (space := xml.namespace(each)) or space.startswith(TYPES)]
        if not found:
            raise Malformed("root", found=xml.name(root), wanted=", ".join(MESSAGES))
        plain(root)
        if found[0] is root:
            yield from Reading(self, root, "").said()
            return
        for index, element in enumerate(found):
            try:
                yield from Reading(self, element, f"{xml.name(element)}/{index}/").said()
            except Rejected as error:
                yield error

    def encode(self, said: Said) -> bytes:
        """The message that says this step."""
        assert isinstance(said.record, ResourceRequest)
        return xml.write(Writing(self, said.record, said.says).document())
