"""The words of EDXL-SitRep."""

import re
from datetime import UTC, datetime

SPACE = "urn:oasis:names:tc:emergency:EDXL:SitRep:1.0"
CT, EXT = "urn:oasis:names:tc:emergency:edxl:ct:1.0", "urn:oasis:names:tc:emergency:edxl:extension:1.0"
XPIL, XNL = "urn:oasis:names:tc:emergency:edxl:ciq:1.0:xpil", "urn:oasis:names:tc:emergency:edxl:ciq:1.0:xnl"
GML, XSI = "http://www.opengis.net/gml/3.2", "http://www.w3.org/2001/XMLSchema-instance"
ROOT = f'<sitRep xmlns="{SPACE}" xmlns:ct="{CT}" xmlns:ext="{EXT}" xmlns:xnl="{XNL}" xmlns:gml="{GML}" xmlns:xsi="{XSI}"/>'.encode()
HEAD = tuple(
    "messageID preparedBy authorizedBy reportPurpose reportNumber reportVersion forTimePeriod reportTitle incidentID incidentLifecyclePhase"
    " originatingMessageID precedingMessageID urgency reportConfidence severity reportingLocation actionPlan nextContact report extension".split()
)
BODY = ("observationLocation", "immediateNeeds", "immediateNeedsCategory", "observationText")
INNER = (
    "personDetails personName nameElement timeValue fromDateTime toDateTime EDXLGeoLocation EDXLGeoPoliticalLocation geoCode valueListURI value"
    " community id parameter nameURI pos"
)
NAMES = {name.lower(): name for name in (*HEAD, *BODY, *INNER.split())}
"""Drafts begin some of the names with a capital."""
NUMBER = re.compile(r"[-+]?\d{1,12}", re.ASCII)
CONFIDENCES = {"HighlyConfident": "High", "SomewhatConfident": "Somewhat", "Unsure": "Unsure", "NoConfidence": "Unknown"}
NEEDS, NOTE, OURS = f"{SPACE}:immediateNeedsCategory", "urn:regionbus:location-note", "urn:regionbus"
FILLER, NEVER = "-", datetime(1970, 1, 1, tzinfo=UTC)
LONGEST = 1023
"""Characters of an EDXL string."""
MORE = "title purpose location casualties damage deployed attachments needs needs_text actions_taken prepared_by authorized_by".split()
"""Fields of which an extension may say more."""
