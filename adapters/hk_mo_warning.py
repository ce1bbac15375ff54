"""Warnings of Hong Kong (swt both ways; warnsum and warningInfo of the Observatory in) and Macau (SMG's XML turned to JSON, in).

Hong Kong's special weather tips are a text and a time; nothing names them, so the text's digest is the identifier and a changed text another
alert. A warning of Macau is one Alert with a text in every language it is given in; ``ReportNo``, else its name and time, is the identifier.
Where the title names a colour that is the colour, and implies the severity. What says that nothing is in force (``NIL``, empty texts) says
nothing here: these are snapshots, and a warning that vanishes from them has ended. Times are of ``zone``; urgency and certainty stay Unknown.

On the way out, what a tip has no word for is said in an object ``regionbus`` beside it. ``desc`` is empty unless the alert is in force and real,
so an exercise is nothing to whoever does not know that object.
"""

import hashlib
import re
from collections.abc import Iterator
from typing import Any

from adapters import _chinese as chinese
from adapters._alerts import COLORS, AlertFeed, Tree, fields, imply, several, unsay
from bridge import Malformed, Rejected, mapping, native, parts, text

PARTS, ENVELOPE, LOST = parts([{"type": "Alert", "fields": several(fields("iso", sent="updateTime"))}], {})
LANGUAGES = {"Chinese": "zh-MO", "Portuguese": "pt", "English": "en"}
ACTIONS = {"ISSUE": "Alert", "REISSUE": "Update", "UPDATE": "Update", "EXTEND": "Update", "CANCEL": "Cancel"}
HAN = re.compile("[\u4e00-\u9fff]")
OFF = ("0", "NIL")


class Tips:
    """The list of tips, or other warnings in its words."""

    def read(self, data: bytes, setting: Any) -> Iterator[tuple[str, Any]]:
        """Warning by warning; a wrong one is refused alone."""
        document = text.read_json(data, encoding=setting.encoding)
        if not isinstance(document, dict):
            raise Malformed("wrong-shape", "document", found=native.shape(document), wanted="an object")
        for place, entry in entries(document, setting):
            try:
                if not isinstance(entry, dict):
                    raise Malformed("wrong-shape", "", found=native.shape(entry), wanted="an object")
                if not entry.get("desc") and "regionbus" not in entry:
                    continue
                node = {name: value for name, value in entry.items() if name != "desc"}
                imply(node, implied(entry, setting))
                yield place, node
            except Rejected as error:
                yield place, mapping.within(error, place)

    def write(self, node: Tree, setting: Any) -> bytes:
        """A list of one tip."""
        own = node["regionbus"]
        first = own["infos"][0]
        live = own["status"] == "Actual" and own["msg_type"] in ("Alert", "Update")
        tip = {"desc": (live and next((first[name] for name in ("description", "headline", "event") if first.get(name)), "")) or "", **node}
        unsay(tip, implied(tip, setting))
        return text.write_json({"swt": [tip]}, setting.encoding)


def implied(entry: Tree, setting: Any) -> Tree:
    """What a tip says by being one."""
    words = entry.get("desc")
    if not isinstance(words, str) or not words:
        return {"sender": setting.owner, "status": "Actual", "msg_type": "Alert"}
    info = {
        "lang": "zh-HK" if HAN.search(words) else "en",
        "event": "特别天气提示" if HAN.search(words) else "Special Weather Tips",
        "categories": ["Met"],
        "description": words,
    }
    digest = hashlib.sha256(words.encode()).hexdigest()[:16]
    return {"identifier": f"swt-{digest}", "sender": setting.owner, "status": "Actual", "msg_type": "Alert", "infos": [info]}


def entries(document: Tree, setting: Any) -> Iterator[tuple[str, Any]]:
    """Every warning with its place, in the words of the tips."""
    if "swt" in document:
        yield from ((f"swt/{index}", tip) for index, tip in enumerate(native.entries(document, ("swt",))))
    elif "details" in document:
        yield from ((f"details/{index}", detailed(each)) for index, each in enumerate(native.entries(document, ("details",))))
    elif document and all(isinstance(each, dict) and "actionCode" in each for each in document.values()):
        yield from ((name, summed(each)) for name, each in document.items())
    elif roots := [name for name, each in document.items() if isinstance(each, dict) and "Custom" in each]:
        for name in roots:
            if (found := macau(name, document[name], setting.zone)) is not None:
                yield name, found
    elif document:
        raise Malformed("wrong-shape", "document", found=", ".join(document)[:100], wanted="swt, details, warnings or a report of SMG")


def detailed(entry: Any) -> Any:
    """An entry of warningInfo."""
    if not isinstance(entry, dict):
        return entry
    rest = {name: value for name, value in entry.items() if name != "contents"}
    words = "\n".join(each for each in native.entries(entry, ("contents",)) if isinstance(each, str))
    code = str(entry.get("subtype") or entry.get("warningStatementCode") or "")
    info = {"lang": "zh-HK" if HAN.search(words) else "en", "event": code, "categories": ["Met"], "description": words}
    return {**rest, "regionbus": {"identifier": f"{code}-{digits(entry.get('updateTime'))}", "infos": [info]}}


def summed(entry: Tree) -> Tree:
    """An entry of warnsum."""
    told = ("name", "actionCode", "issueTime", "expireTime")
    name = chinese.text(entry.get("name"))
    words = f"{name} {entry.get('type') or ''}".strip()
    info: Tree = {"lang": "zh-HK" if HAN.search(name) else "en", "event": name, "categories": ["Met"], "headline": words}
    info |= {"effective": entry.get("issueTime"), "expires": entry.get("expireTime")} | colored(words)
    own = {"identifier": f"{entry.get('code')}-{digits(entry.get('issueTime'))}", "msg_type": ACTIONS.get(str(entry.get("actionCode")))}
    rest = {each: value for each, value in entry.items() if each not in told or (each == "actionCode" and value != "ISSUE")}
    return {**rest, "updateTime": entry.get("updateTime") or entry.get("issueTime"), "regionbus": {**own, "infos": [info]}}


def macau(name: str, root: Tree, zone: str | None) -> Tree | None:
    """A report of SMG; nothing if it says that nothing is in force."""
    custom = part(root.get("Custom"))
    report: Tree = next((one(each) for key, each in custom.items() if key != "Complementary" and isinstance(one(each), dict) and one(each)), {})
    advice = part(report.get("Complementary")) or part(custom.get("Complementary"))
    spoken = {each: words(one(report.get(each))) for each in ("Title", "Description")} | {
        each: words(one(advice.get(each))) for each in ("Tips", "Other")
    }
    over = "CANCEL" in str(one(report.get("Action"))).upper()
    on = over or not any(str(one(report.get(each))).upper() in OFF for each in ("Action", "Status", "Inforce"))
    infos = [info for lang in LANGUAGES.values() if (info := told(lang, {each: said.get(lang) for each, said in spoken.items()}, name, zone))]
    if not on or not infos:
        return None
    about = part(root.get("ReportInfo"))
    stamps = (one(report.get("IssuedAt")), one(report.get("ValidFor")), one(part(root.get("System")).get("SysPubdate")))
    sent = next((stamp for stamp in stamps if stamp), None)
    own = {
        "identifier": one(about.get("ReportNo")) or f"{name}-{digits(sent)}",
        "msg_type": "Cancel" if over else None,
        "infos": infos,
    }
    rest = {each: value for each, value in root.items() if each not in ("$", "Custom")}
    kept = {each: value for each, value in report.items() if each not in ("Title", "Description", "TTS", "Complementary")}
    return {
        name: pruned({**rest, "Custom": kept}),
        "updateTime": sent,
        "regionbus": {each: value for each, value in own.items() if value is not None},
    }


def told(lang: str, said: dict[str, str | None], name: str, zone: str | None) -> Tree | None:
    """The text of a report in one language."""
    if not (said["Description"] or said["Title"]):
        return None
    advice = "\n".join(filter(None, (said["Tips"], said["Other"])))
    ends = chinese.until(said["Description"], zone)
    info = {"headline": said["Title"], "description": said["Description"], "instruction": advice, "expires": ends, **colored(said["Title"])}
    return {"lang": lang, "event": said["Title"] or name, "categories": ["Met"], **{each: value for each, value in info.items() if value}}


def colored(title: Any) -> Tree:
    """The colour that a title names, and the severity that it stands for."""
    color = chinese.color(title)
    return {"color": color, "severity": chinese.severity(COLORS[color])} if color else {}


def words(found: Any) -> dict[str, str]:
    """A text by language; one without is Chinese."""
    if isinstance(found, str):
        return {"zh-MO": found} if found.strip() else {}
    spoken = found if isinstance(found, dict) else {}
    return {lang: said for name, lang in LANGUAGES.items() if isinstance(said := one(spoken.get(name)), str) and said.strip()}


def one(found: Any) -> Any:
    """The element that a list of one stands for; an empty object where there is nothing."""
    while isinstance(found, list):
        found = found[0] if found else None
    return {} if found is None else found


def part(found: Any) -> Tree:
    """The same for what can only be an object."""
    inner = one(found)
    return inner if isinstance(inner, dict) else {}


def digits(found: Any) -> str:
    """A time as a part of an identifier."""
    return "".join(re.findall(r"\d", str(found)))[:12]


def pruned(found: Any) -> Any:
    """The tree without what is empty."""
    if isinstance(found, dict):
        return {name: inner for name, value in found.items() if (inner := pruned(value)) not in native.SILENT}
    if isinstance(found, list):
        inner = [each for value in found if (each := pruned(value)) not in native.SILENT]
        return inner[0] if len(inner) == 1 else inner
    return found


class HkMoWarning(AlertFeed):
    """Hong Kong and Macau: tips both ways, other warnings in."""

    media_type = "application/json"
    records = tuple(part.cls for part in PARTS)
    loses = LOST
    source = Tips()
    parts = PARTS
    envelope = ENVELOPE
    zone: str | None = "Asia/Hong_Kong"
