"""Korea's public disaster data, in only: cell broadcast texts (``DisasterMsg``, an Alert each) and situation notices (a SituationReport each).

A text names its issuer in brackets at its head and gives a place by name and number; it has no kind of event, urgency, severity or end: they stay
Unknown, the category is Other. A notice is HTML; its summary is the text of it, and the markup goes. ``head`` describes the
poll and goes. Times are of ``zone``, a notice's with twelve hours and the month first. Anything else rides in ``extensions``.
"""

import re
from collections.abc import Iterator
from typing import Any

from adapters._alerts import AlertFeed, Tree, fields, imply
from adapters._html import plain
from bridge import Malformed, Rejected, mapping, native, parts, xml

ROOTS = {"DisasterMsg", "MisfortuneSituationNoticeMsg"}
TEXT = fields(identifier="md101_sn", sent="create_date", description="msg", area="location_name")
NOTICE: Tree = {
    "report_id": "msg_id",
    "report_number": {"at": "msg_seq", "default": 1},
    "version": {"fixed": "Unknown"},
    "title": "titl",
    "prepared_at": {"at": "inpt_date", "time": "%I:%M:%S.%f %p %m/%d/%Y"},
    "summary": "cnts1",
}
PARTS, ENVELOPE, _ = parts(
    [{"type": "Alert", "when": "md101_sn", "fields": TEXT}, {"type": "SituationReport", "when": "msg_id", "fields": NOTICE}], {}
)
ISSUER = re.compile(r"\s*\[([^\[\]]{1,40})\]")


class Rows:
    """The rows of a page of results."""

    def read(self, data: bytes, setting: Any) -> Iterator[tuple[str, Any]]:
        """Row by row; a wrong one is refused alone."""
        root = xml.parse(data, fallback=setting.encoding)
        if xml.name(root) not in ROOTS:
            raise Malformed("root", found=xml.name(root), wanted=" or ".join(sorted(ROOTS)))
        rows = [child for child in root if xml.name(child) == "row"]
        for index, row in enumerate(rows):
            try:
                yield f"row/{index}", told(xml.tree(row), setting)
            except Rejected as error:
                yield f"row/{index}", mapping.within(error, f"row/{index}")

    def write(self, node: Tree, setting: Any) -> bytes:
        """Nobody writes these."""
        raise NotImplementedError


def told(row: Any, setting: Any) -> Tree:
    """A row with what it implies."""
    if not isinstance(row, dict):
        raise Malformed("wrong-shape", "", found=native.shape(row), wanted="an object")
    node = {name: value for name, value in row.items() if name != "regionbus"}
    if isinstance(markup := node.get("cnts1"), str):
        node["cnts1"] = plain(markup)
    if "md101_sn" in node:
        issuer = ISSUER.match(words) if isinstance(words := node.get("msg"), str) else None
        numbers = str(node.pop("location_id", "") or "").split(",")
        own = {
            "sender": setting.owner,
            "sender_name": issuer[1] if issuer else None,
            "status": "Actual",
            "msg_type": "Alert",
            "lang": "ko-KR",
            "event": "재난문자",
            "categories": ["Other"],
            "geocodes": [{"scheme": "urn:kr:cbs:location", "code": each.strip()} for each in numbers if each.strip()],
        }
        imply(node, own)
    return node


class KrDisaster(AlertFeed):
    """Korea's disaster texts and notices, in only."""

    media_type = "application/xml"
    records = tuple(part.cls for part in PARTS)
    writes = False
    source = Rows()
    parts = PARTS
    envelope = ENVELOPE
    zone: str | None = "Asia/Seoul"
    encoding: str = "cp949"
