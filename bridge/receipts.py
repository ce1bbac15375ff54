"""What became of a message, told to its author by the recipient's hub (DESIGN section 5, Receipts)."""

from collections.abc import Sequence
from datetime import datetime

from bridge.adapter import Said, Says
from bridge.envelope import Sealed, Terms, seal
from bridge.errors import Verdict
from bridge.model import in_millis
from bridge.records import Envelope, Receipt
from bridge.records import Stage as RecordStage

STAGES: dict[str, RecordStage] = {
    "delivered": "Delivered",
    "refused": "Refused",
    "expired": "Expired",
    "withheld": "Withheld",
    "set aside": "SetAside",
    "superseded": "Superseded",
}
ALWAYS = frozenset({"refused", "expired", "withheld", "set aside"})
WANTED = frozenset({"Delivered", "Processed", "Answered"})


def due(envelope: Envelope, stage: str, losses: Sequence[str] = ()) -> bool:
    """Whether the author is told: of trouble always, of delivery if it asked or something was lost; never of a receipt."""
    if envelope.kind == "receipt":
        return False
    return stage in ALWAYS or (stage == "delivered" and (envelope.ack_requested in WANTED or bool(losses)))


def receipt(  # noqa: PLR0913  what a receipt says
    envelope: Envelope, recipient: str, stage: str, now: datetime, *, verdict: Verdict | None = None, losses: Sequence[str] = (), by: str = ""
) -> Sealed:
    """The sealed receipt of ``recipient`` for the author of ``envelope``."""
    record = Receipt.trusted(
        message_id=envelope.message_id,
        recipient_id=recipient,
        stage=STAGES[stage],
        at=in_millis(now),
        by=by or None,
        error_code=verdict.code if verdict else None,
        error_path=verdict.at or None if verdict else None,
        reason=verdict.en if verdict else None,
        losses=tuple(losses),
    )
    says = Says.trusted(
        action="Ack" if stage == "delivered" else "Error",
        recipients=(envelope.agency,),
        references=(envelope.message_id,),
        correlation_id=envelope.correlation_id,
    )
    (sealed,) = seal(Said(record, says), Terms(agency=recipient, mode=envelope.mode, ack="NotRequested"), now)
    return sealed
