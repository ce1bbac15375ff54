"""The words of EDXL-DE, and what they mean in the envelope."""

from typing import get_args

from bridge import Confidentiality, DistributionKind, Mode

SPACES = {"1.0": "urn:oasis:names:tc:emergency:EDXL:DE:1.0", "2.0": "urn:oasis:names:tc:emergency:EDXL:DE:2.0"}
TYPES = "urn:oasis:names:tc:emergency:edxl:ct:1.0"
XLINK = "{http://www.w3.org/1999/xlink}type"
FIRST_ROOT = f'<EDXLDistribution xmlns="{SPACES["1.0"]}"/>'.encode()
SECOND_ROOT = f'<edxlDistribution xmlns="{SPACES["2.0"]}" xmlns:xlink="{XLINK[1:-5]}" xmlns:ct="{TYPES}" xlink:type="extended"/>'.encode()
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
ROLE = "urn:regionbus:word"
"""The list of roles and keywords that are in none."""
INLINE = 16 * 1024
WRITTEN = {
    "Public": "UNCLASSIFIED",
    "Restricted": "RESTRICTED",
    "Confidential": "CONFIDENTIAL",
    "Secret": "SECRET",
    "2.0": "Unclassified",
    "": "UNKNOWN",
}
