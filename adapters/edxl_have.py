"""OASIS EDXL-HAVE 1.0, hospitals and what they can take, both ways; written from a Resource that is a facility, valid against the XSD.

A hospital is a Resource, known by its organisation's id, else by its name; the newest replaces all that it said before. Beds and services are
capabilities: a bed's amount is what is available, its level the capacity status; a service is there if it is listed. What its traffic and facility
statuses mean is also said as a ResourceState. Every other word rides in the extensions under its place and comes back. The party is written in CIQ 3,
which the standard cites. Lost: all of a Resource that no hospital says, and capabilities of other lists.
"""

from collections.abc import Iterator

from adapters import _ciq
from adapters._have import HAVE
from adapters._have_read import Reading
from adapters._have_write import Writing
from bridge import Adapter, Malformed, Rejected, Resource, Said, xml


class EdxlHave(Adapter):
    """EDXL-HAVE, both ways."""

    media_type = "application/xml"
    records = (Resource,)
    loses = frozenset(
        f"Resource.{path}"
        for path in (
            "extensions revision owner types sector capabilities quantity unit personnel home_base jurisdiction sharing available_from available_to"
            " mobilisation_minutes cost contacts attachments"
        ).split()
    )

    zone: str = "UTC"
    """IANA zone of times that name none; they are named in the deviations."""

    def decode(self, data: bytes) -> Iterator[Said | Rejected]:
        """Hospital by hospital; a wrong one is refused alone."""
        root = xml.parse(data)
        found = [each for each in root.iter("{*}HospitalStatus") if xml.namespace(each) in (HAVE, "")]
        if not found:
            raise Malformed("root", found=xml.name(root), wanted="HospitalStatus")
        _ciq.plain(root)
        hospitals = [each for each in found[0] if xml.name(each) == "Hospital"]
        if not hospitals:
            raise Malformed("missing", "Hospital")
        for index, element in enumerate(hospitals):
            try:
                yield from Reading(self, f"Hospital/{index}/").said(element)
            except Rejected as error:
                yield error

    def encode(self, said: Said) -> bytes:
        """The status of one hospital."""
        assert isinstance(said.record, Resource)
        return xml.write(Writing(self, said.record).document())
