"""The French hub's JSON of EDXL-DE 2.0, and the rules of its payloads."""

import base64
from typing import Any

from adapters._de_words import SPACES
from bridge import Invalid, Malformed, native, text, xml

TESTS = {"technicalNoreq", "customContent"}
"""Payloads with which the hub tests itself."""
HEADERS = {"messageId", "sender", "sentAt", "kind", "status", "recipient"}
ACKNOWLEDGED = {"distributionID", "refused", "errorDistributionID", "step"}
"""All that an acknowledgement of the hub may say (RC-REF)."""


def grown(document: Any) -> xml.Element:
    """The hub's JSON as the tree of its XML; what is embedded stays JSON."""
    if not isinstance(document, dict):
        raise Malformed("wrong-shape", found=native.shape(document), wanted="an object")
    root = xml.root("edxlDistribution", SPACES["2.0"])
    for name, value in document.items():
        if name != "content":
            leaf(root, name, value)
    holder = xml.add(root, "content", None, SPACES["2.0"])
    for each in contents(document):
        whole = native.find(each, ("jsonContent", "embeddedJsonContent"))
        if not isinstance(whole, dict):
            raise Malformed("missing", "content/jsonContent/embeddedJsonContent")
        made = xml.add(xml.add(holder, "contentObject", None, SPACES["2.0"]), "otherContent", None, SPACES["2.0"])
        xml.add(made, "mimeType", "application/json", SPACES["2.0"])
        xml.add(made, "contentData", base64.b64encode(text.write_json(whole)).decode(), SPACES["2.0"])
    return root


def contents(document: dict[str, Any]) -> list[Any]:
    """The contents of the hub's JSON, which older files hold in an object."""
    found = document.get("content")
    while isinstance(found, dict) and "contentObject" in found:
        found = found["contentObject"]
    return found if isinstance(found, list) else [found] if found else []


def custom(document: dict[str, Any]) -> bool:
    """Whether the hub's JSON holds nothing but what two partners agreed upon."""
    messages = [native.find(each, ("jsonContent", "embeddedJsonContent", "message")) for each in contents(document)]
    return bool(messages) and all(isinstance(each, dict) and each.keys() - HEADERS == {"customContent"} for each in messages)


def leaf(parent: xml.Element, name: str, value: Any) -> None:
    """A member of the envelope as an element."""
    try:
        for each in value if isinstance(value, list) else [value]:
            element = xml.add(parent, name, None if isinstance(each, dict) else spelt(each), SPACES["2.0"])
            for key, more in each.items() if isinstance(each, dict) else ():
                leaf(element, key, more)
    except ValueError:
        raise Malformed("wrong-value", name, value=name, wanted="a name") from None


def spelt(value: Any) -> str:
    """A value of JSON as the text of an element."""
    return value if isinstance(value, str) else "" if value is None else native.pack(value)


def ordinary(element: xml.Element) -> bool:
    """Whether an embedded document is plainly none of the hub's: then nobody need judge it."""
    return not ({xml.name(element)} | {xml.name(each) for each in element}) & {"message", *TESTS}


def judged(name: str, tree: Any, at: str) -> bool:
    """Whether a payload says something to agencies; one that breaks the rules of the hub is refused."""
    message = tree.get("message", tree) if isinstance(tree, dict) else {}
    if not isinstance(message, dict):
        return True
    kinds = {key for key in message if not key.startswith("@")} - HEADERS
    if kinds & TESTS:
        if kinds - TESTS:
            raise Invalid("wrong-value", f"{at}/message", value=", ".join(sorted(kinds - TESTS)), wanted="nothing beside a test of the hub")
        return False
    about = message.get("reference")
    if name in ("", "message") and isinstance(about, dict):
        strange = {key for key in about if not key.startswith("@")} - ACKNOWLEDGED
        if strange:
            raise Invalid("wrong-value", f"{at}/reference", value=", ".join(sorted(strange)), wanted=", ".join(sorted(ACKNOWLEDGED)))
    return True
