"""Public feeds of Chinese warnings, in only: JSON and JSONP of CMA, NMC, 12379, weather.com.cn, QWeather (v7, v1) and Caiyun.

The dialect is recognised entry by entry, wherever in the document the entries stand; what stands around them describes the poll and goes. One
warning, one Alert: the colour is the truth and implies the severity (red Extreme to blue Minor), a headline tells the issuer, the event and whether
it begins, continues or ends (解除) a warning, the platform's id (``33050041600000_20160406160000``) the GB/T 2260 region. Times are of ``zone``. What
no field and no such rule says stays Unknown: urgency and certainty nearly always. What has no home rides in ``extensions``; 9999 means no number.

Of QWeather's storms the list is read, as Incidents; a track or forecast names no storm and is refused. The positional arrays of
weather.com.cn and Caiyun's codes are read as public clients read them: not verified against a document of the issuer.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any

from adapters import _chinese as chinese
from adapters._alerts import COLORS, AlertFeed, Tree, fields, imply
from bridge import Malformed, Rejected, mapping, native, parts, text

SCRIPT = re.compile(r"\s*(?:(?:var|let|const)\s+\w+\s*=|\w[\w.]*\s*\()\s*")
HEADLINE = re.compile(
    r"^(?P<issuer>.{2,40}?)(?:\d{4}年.{1,20}?分?)?(?:继续发布|发布|更新|解除|变更)(?:分区)?(?P<event>[^红橙黄蓝白]{2,20}?)(?:[红橙黄蓝白]色)?预警"
)
FILE = re.compile(r"(?P<id>\w+-(?P<stamp>\d{12,14})-(?P<type>\d\d)(?P<level>\d\d))\.html")
HAN = re.compile("[\u4e00-\u9fff]")
SIGNALS = dict(enumerate("台风 暴雨 暴雪 寒潮 大风 沙尘暴 高温 干旱 雷电 冰雹 霜冻 大雾 霾 道路结冰".split(), 1))
LEVELS = {1: "蓝色", 2: "黄色", 3: "橙色", 4: "红色"}
TONES = {symbol.lower(): word for word, symbol in reversed(COLORS.items())}
KINDS = {"alert": "Alert", "active": "Alert", "update": "Update", "cancel": "Cancel"}
LISTS = {"alarm", "list", "warning", "alerts", "alertData", "content", "data", "storm"}
"""Where the entries stand: an empty one says that nothing is in force."""


def cma(entry: Tree) -> Tree:
    """CMA's weather API."""
    return {"event_codes": event_code("urn:cn:gb:35561", entry.pop("eventType", None)), "color": entry.get("signallevel")}


def weather_com(entry: Tree) -> Tree:
    """weather.com.cn, one warning."""
    area = "".join(dict.fromkeys(chinese.text(entry.get(name)) for name in ("PROVINCE", "CITY", "STATIONNAME")))
    color = entry.get("SIGNALLEVEL") or LEVELS.get(whole(entry.get("LEVELCODE")))
    kind = KINDS.get(chinese.text(entry.get("msgType")).lower())
    if entry.get("references") == entry.get("identifier"):
        entry.pop("references", None)
    return {"identifier": entry.pop("identifier", None) or entry.get("ALERTID"), "area": area, "color": color, "msg_type": kind}


def seven(entry: Tree) -> Tree:
    """QWeather, version 7."""
    return {
        "event_codes": event_code("urn:qweather:event", entry.pop("type", None)),
        "color": TONES.get(chinese.text(entry.pop("severityColor", None)).lower()),
        "msg_type": KINDS.get(chinese.text(entry.pop("status", None)).lower()),
        "references": [each for each in [entry.pop("related", None)] if each],
        **{name: chinese.text(entry.pop(name, None)).capitalize() or None for name in ("urgency", "severity", "certainty")},
    }


def one(entry: Tree) -> Tree:
    """QWeather, version 1."""
    kind, event, tone = (an_object(entry.pop(name, None)) for name in ("messageType", "eventType", "color"))
    answers = [chinese.text(each) for each in native.entries(entry, ("responseTypes",))]
    entry.pop("responseTypes", None)
    return {
        "event": event.get("name"),
        "event_codes": event_code("urn:qweather:event", event.get("code")),
        "color": TONES.get(chinese.text(tone.get("code")).lower()),
        "msg_type": KINDS.get(chinese.text(kind.get("code")).lower()),
        "references": native.entries(kind, ("supersedes",)),
        "response_types": [f"{each[:1].upper()}{each[1:]}" for each in answers],
        **{name: chinese.text(entry.pop(name, None)).capitalize() or None for name in ("urgency", "severity", "certainty")},
    }


def caiyun(entry: Tree) -> Tree:
    """Caiyun: type and level in four digits, an epoch, latitude before longitude."""
    code = chinese.text(entry.get("code"))
    named = (chinese.text(entry.get(name)) for name in ("province", "city", "county", "location"))
    area = "".join(dict.fromkeys(name for name in named if name != "无"))
    return {"event": SIGNALS.get(whole(code[:2])), "color": LEVELS.get(whole(code[2:])), "area": area}


def plain(entry: Tree) -> Tree:
    """A dialect of headlines."""
    del entry
    return {}


DIALECTS: dict[str, tuple[dict[str, str], Callable[[Tree], Tree]]] = {
    "signaltype": ({"identifier": "id", "headline": "title", "event": "signaltype", "sent": "effective"}, cma),
    "alertid": ({"identifier": "alertid", "headline": "title", "sent": "issuetime", "web": "url"}, plain),
    "sendTime": ({"identifier": "identifier", "headline": "headline", "sent": "sendTime", "description": "description"}, plain),
    "ISSUETIME": (
        {"sent": "ISSUETIME", "headline": "head", "event": "SIGNALTYPE", "description": "ISSUECONTENT", "expires": "RELIEVETIME"},
        weather_com,
    ),
    "pubTime": (
        {"identifier": "id", "sent": "pubTime", "sender_name": "sender", "headline": "title", "event": "typeName", "description": "text"}
        | {"effective": "startTime", "expires": "endTime"},
        seven,
    ),
    "issuedTime": (
        {"identifier": "id", "sent": "issuedTime", "sender_name": "senderName", "effective": "effectiveTime", "onset": "onsetTime"}
        | {"expires": "expireTime", "headline": "headline", "description": "description", "instruction": "instruction"},
        one,
    ),
    "pubtimestamp": ({"identifier": "alertId", "sent": "pubtimestamp", "headline": "title", "description": "description"}, caiyun),
    "@stamp": ({"identifier": "@id", "sent": "@stamp", "area": "@area"}, plain),
}
UNKNOWN = (9999, "9999", "9999.0")
"""What stands where nothing is known."""
SILENT = (*native.SILENT, *UNKNOWN)
STORM: Tree = {
    "incident_id": {"at": "id", "id": "incident"},
    "name": "name",
    "category": {"fixed": "NaturalDisaster"},
    "types.0": {"at": "basin", "scheme": "urn:qweather:storm-basin"},
    "lifecycle": {"at": "isActive", "table": {"1": "InProgress", "0": "Closed"}},
}
PARTS, ENVELOPE, _ = parts(
    [{"type": "Alert", "when": mark, "fields": fields("epoch" if mark == "pubtimestamp" else "local", **at)} for mark, (at, _) in DIALECTS.items()]
    + [{"type": "Incident", "when": "basin", "fields": STORM}],
    {},
)


class Feed:
    """Entries of any dialect, wherever they stand."""

    def read(self, data: bytes, setting: Any) -> Iterator[tuple[str, Any]]:
        """Warning by warning; a wrong one is refused alone."""
        found = list(entries(text.read_json(unscripted(text.decode(data, setting.encoding)).encode()), ()))
        if not found:
            raise Malformed("nothing-said")
        for path, entry in found:
            place = native.pointer(path)
            try:
                if entry:
                    yield place, told(entry, setting)
            except Rejected as error:
                yield place, mapping.within(error, place)

    def write(self, node: Tree, setting: Any) -> bytes:
        """Nobody writes these."""
        raise NotImplementedError


def unscripted(words: str) -> str:
    """The JSON in a script: ``var alarminfo={…};`` or ``callback({…})``."""
    words = words.removeprefix("\ufeff")
    found = SCRIPT.match(words)
    return words[found.end() :].rstrip().rstrip(";").rstrip().rstrip(")") if found else words


def entries(found: Any, path: native.Path) -> Iterator[tuple[native.Path, Tree | None]]:
    """Every entry with its path; nothing for a list of entries that is empty."""
    if isinstance(found, dict):
        if any(found.get(mark) not in SILENT for mark in (*DIALECTS, "basin")):
            yield path, found
            return
        for name, value in found.items():
            if value == [] and name in LISTS:
                yield (*path, name), None
            yield from entries(value, (*path, name))
    elif isinstance(found, list):
        if not found and not path:
            yield path, None
        if row := positional(found):
            yield path, row
            return
        for index, value in enumerate(found):
            yield from entries(value, (*path, str(index)))


def positional(row: list[Any]) -> Tree | None:
    """A row of weather.com.cn's list: area, file name with time, type and level, longitude, latitude."""
    named = FILE.fullmatch(row[1]) if len(row) > 1 and isinstance(row[1], str) else None
    if named is None:
        return None
    color, event = LEVELS.get(int(named["level"])), SIGNALS.get(int(named["type"]))
    rest = {str(index): value for index, value in enumerate(row) if index > 1}
    return {"@id": named["id"], "@stamp": named["stamp"], "@area": row[0], "regionbus": {"event": event, "color": color}, **rest}


def told(entry: Tree, setting: Any) -> Tree:
    """A warning with what it implies."""
    node = {name: value for name, value in entry.items() if value not in UNKNOWN}
    if "basin" in node:
        return node
    at, dialect = next(found for mark, found in DIALECTS.items() if node.get(mark) not in SILENT)
    own = {name: value for name, value in dialect(node).items() if value not in native.SILENT}
    own |= {name: value for name, value in an_object(node.pop("regionbus", None)).items() if value not in native.SILENT}

    def said(name: str) -> str:
        return chinese.text(own.get(name) or node.get(at.get(name, "")))

    headline = said("headline")
    parsed = HEADLINE.match(headline)
    issuer = said("sender_name") or (parsed["issuer"] if parsed else None)
    event = said("event") or (parsed["event"] if parsed else "")
    color = said("color") or chinese.color(headline)
    implied = {
        "sender": issuer or setting.owner,
        "sender_name": issuer,
        "status": "Actual",
        "msg_type": chinese.kind(headline),
        "lang": "zh-CN" if HAN.search(headline + event + said("description")) else "en",
        "event": event,
        "categories": chinese.category(event),
        "color": color,
        "severity": chinese.severity(COLORS.get(color or "")),
        "expires": chinese.until(said("description"), setting.zone),
        "geocodes": chinese.region(said("identifier")) if "_" in said("identifier") else None,
    } | own
    imply(node, {name: value for name, value in implied.items() if name not in at})
    return node


def event_code(scheme: str, code: Any) -> list[Tree]:
    """A code of the event, if there is one."""
    return [{"scheme": scheme, "code": code}] if isinstance(code, str) and code else []


def whole(found: Any) -> int:
    """Digits as a number, 0 if they are none."""
    return int(found) if isinstance(found, str) and found.isascii() and found.isdigit() and len(found) <= 2 else 0


def an_object(found: Any) -> Tree:
    """An object, also where there is none."""
    return found if isinstance(found, dict) else {}


class CnWarning(AlertFeed):
    """Public Chinese warnings, in only."""

    media_type = "application/json"
    records = tuple(dict.fromkeys(part.cls for part in PARTS))
    writes = False
    source = Feed()
    parts = PARTS
    envelope = ENVELOPE
    zone: str | None = "Asia/Shanghai"
    encoding: str = "gb18030"
