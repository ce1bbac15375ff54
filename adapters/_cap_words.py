"""The words of CAP, and what they mean in the envelope."""

import re
from collections.abc import Iterable
from typing import Any, get_args

from bridge import (
    Alert,
    AlertMsgType,
    AlertScope,
    Certainty,
    Confidentiality,
    DistributionKind,
    ExchangeStatus,
    Mode,
    Says,
    Severity,
    Urgency,
    WarningColor,
)

SPACE = "urn:oasis:names:tc:emergency:cap:1.2"
VERSIONS = {
    "http://www.incident.com/cap/1.0": "1.0",
    "http://www.incident.com/cap/1.1": "1.1",
    "urn:oasis:names:tc:emergency:cap:1.0": "1.0",
    "urn:oasis:names:tc:emergency:cap:1.1": "1.1",
    SPACE: "1.2",
    "": "none",
}
MODES: dict[str, Mode] = {"Actual": "Actual", "Exercise": "Exercise", "Test": "Test", "System": "Test", "Draft": "Test"}
ACTIONS: dict[str, DistributionKind] = {"Alert": "Report", "Update": "Update", "Cancel": "Cancel", "Ack": "Ack", "Error": "Error"}
SECRECY: dict[str, Confidentiality] = {"Public": "Public", "Restricted": "Restricted", "Private": "Confidential"}
CATEGORIES = "Geo Met Safety Security Rescue Fire Health Env Transport Infra CBRNE Other".split()
RESPONSES = "Shelter Evacuate Prepare Execute Avoid Monitor Assess AllClear None".split()
STATUS, TYPES, SCOPES = (get_args(words)[1:] for words in (ExchangeStatus, AlertMsgType, AlertScope))
JUDGED = {"urgency": get_args(Urgency), "severity": get_args(Severity), "certainty": get_args(Certainty)}
COLORS = {"green": "Green", "yellow": "Yellow", "orange": "Orange", "red": "Red", "綠色": "Green", "黃色": "Yellow", "橙色": "Orange", "紅色": "Red"}
COLOR_PARAMETER = "regionbus:color"
HOLE = "EXCLUDE_POLYGON"
Tree = dict[str, Any]
"""A part of a record before it is validated, all at once, as part of the whole."""
SHA256 = 64
"""Hex digits; the digest that CAP itself asks for is SHA-1."""
INLINE = 16 * 1024


AGENCY = re.compile("[a-z0-9-]{1,64}")
"""What addresses look like that are agencies of the region; others, such as of mail, only their sender can reach."""


def color_of(parameters: Iterable[tuple[str, str]]) -> str:
    """The colour of the warning: our own parameter, MeteoAlarm's awareness_level, Taiwan's alert_color."""
    for name, value in parameters:
        if name == COLOR_PARAMETER and value in get_args(WarningColor):
            return value
        if name == "awareness_level":
            return next((color for word, color in COLORS.items() if word in value.lower()), "Unknown")
        if name == "alert_color":
            return COLORS.get(value.strip(), "Unknown")
    return "Unknown"


def stated(alert: Alert) -> Says:
    """What the alert says of itself as a message."""
    ends = [info.expires for info in alert.infos]
    return Says.trusted(
        mode=MODES[alert.status],
        action=ACTIONS[alert.msg_type],
        message_id=alert.identifier,
        sent=alert.sent,
        expires_at=max(end for end in ends if end) if ends and all(ends) else None,
        recipients=() if alert.scope == "Public" or not all(map(AGENCY.fullmatch, alert.addresses)) else alert.addresses,
        references=tuple(",".join(triple.split(",")[:2]) for triple in alert.references),
        confidentiality=SECRECY.get(alert.scope),
        lang=alert.infos[0].lang if alert.infos else None,
    )
