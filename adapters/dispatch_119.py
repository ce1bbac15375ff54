"""The dispatch JSON of a fire brigade's 119 command system: regionbus's own, documented example of a Chinese house format.

Bytes are GB18030 or UTF-8, positions GCJ-02, times local (``2026-07-01 14:03:22``) without a zone. One document says several
records, which is more than a mapping in TOML can: the alarm (Incident), its units (Resource, ResourceState), its tasks (Mission).

    msgType     警情 | 力量 | 任务: what it is mainly about; msgId, sendTime, operation 新增 更新 撤销 调派 请求 答复 签收
    drill       true: an exercise | false: real. That it is a test cannot be said, and is refused
    alarmNo     of units and tasks that name none, if the document has no alarm
    alarm       {alarmNo, mainAlarmNo (the alarm it was merged into), orgCode (the agency in charge), title, description, planNo, linkOrgs […],
                disasterType (GB/T 35561), disasterTypeName, disasterFamily 自然灾害 事故灾难 公共卫生 社会安全 未知 (left out: by the type),
                disasterLevel, responseLevel 一级…四级, Ⅰ…Ⅳ or 1…4, Ⅰ the gravest (not 火警等级, which runs the other way: 五级 is gravest),
                status 接警 核实 处置 (出动 到场 展开 增援) 控制 (熄灭) 结案 (返回 归队) 撤销 (误报), alarmSource 电话 现场 联网报警 …,
                occurTime, alarmTime, closeTime, updateTime, placeName, address, adminCode (GB/T 2260), lng, lat,
                contacts [{role 报警人 现场指挥 …, name, org, way (tel), number}], records [{time, content, author, type}],
                casualties [{time, trapped, injured, hospitalised, dead, missing, evacuated, affected, total}]}
    units       [{unitCode, orgCode, unitName, unitType 车辆 队伍 …, vehicleType, personCount, station, contacts, sharing 不共享 可申请 可调用;
                what it does now: status 待命 受令 出动 到场 返回 …, statusText (in own words), statusTime, etaTime, lng, lat, alarmNo, taskNo,
                dispatchTime, arriveTime, returnTime}]
    tasks       [{taskNo, mainTaskNo, taskName, taskType, content, status, issuer, receiver, unitCodes […], priority, progress (per cent),
                issueTime, startTime, finishTime, deadline, placeName, address, lng, lat, feedback [{time, content, author, type}], alarmNo}]

What is not named here rides in ``extensions``, as ``alarm/…``, ``units/…``, ``tasks/…``, and ``states/…`` for what a unit does now.
Lost on the way out: fractions of a second, and the rest of ``loses``.
"""

import re
from collections.abc import Iterator
from typing import Any

from adapters._dispatch_119 import FAMILIES, MEMBERS, SAYS
from bridge import Malformed, Mapped, Rejected, Said, codes, geo, native, parts, text

WITHIN = re.compile(r"^((?:units|tasks)/\d+)/(?:units|states|tasks)")
OF_STATE = "status statusText statusTime etaTime lng lat alarmNo taskNo dispatchTime arriveTime returnTime".split()
TITLES = {"alarm": "警情", "units": "力量", "states": "力量", "tasks": "任务"}
PARTS, ENVELOPE, LOST = parts([{"type": name, "when": at, "fields": fields} for name, (at, fields) in MEMBERS.items()], SAYS)


class Document:
    """The document taken apart: an entry for every record, with the record's own part under a name."""

    def read(self, data: bytes, setting: Any) -> Iterator[tuple[str, Any]]:
        """The alarm, then the units and what they do, then the tasks; what stands around them goes with the first."""
        document = text.read_json(data, encoding=setting.encoding)
        if not isinstance(document, dict):
            raise Malformed("wrong-shape", "document", found=native.shape(document), wanted="an object")
        here = document.get("alarmNo") if document.get("alarm") in native.SILENT else native.get(document, ("alarm", "alarmNo"))
        carried = {"msgType": TITLES.values(), "alarmNo": [here]}
        more = {name: value for name, value in document.items() if name not in TITLES and value not in carried.get(name, ())}
        for place, entry in list(entries(document, here)) or [("", more)]:
            yield place, {**more, **entry} if isinstance(entry, dict) else entry
            more = {name: value for name, value in more.items() if name in {"msgId", "sendTime", "operation", "drill"}}

    def write(self, node: dict[str, Any], setting: Any) -> bytes:
        """The document of one record. Its title is no UTF-8 in GB18030: short Chinese text alone can be both."""
        name = next(iter(node))
        more = {other: value for other, value in node.items() if other not in {*TITLES, "msgType", "alarmNo"}}
        part = {"alarm": node[name]} if name == "alarm" else {"units" if name == "states" else name: [node[name]]}
        return text.write_json({"msgType": TITLES[name], **more, **part}, setting.encoding)


def entries(document: dict[str, Any], here: Any) -> Iterator[tuple[str, Any]]:
    """The parts of a document with their places; ``here`` is the alarm of those that name none."""
    for alarm in native.entries(document, ("alarm",)):
        yield "", {"alarm": told(alarm) if isinstance(alarm, dict) else alarm}
    for index, unit in enumerate(native.entries(document, ("units",))):
        yield from ((f"units/{index}", entry) for entry in (halves(unit, here) if isinstance(unit, dict) else [unit]))
    for index, task in enumerate(native.entries(document, ("tasks",))):
        yield f"tasks/{index}", {"tasks": {**task, "alarmNo": task.get("alarmNo") or here}} if isinstance(task, dict) else task


def halves(unit: dict[str, Any], here: Any) -> list[dict[str, Any]]:
    """What a unit is, and what it does now; it need not say both."""
    said = {name: value for name, value in unit.items() if value not in native.SILENT}
    state = {name: said.pop(name) for name in OF_STATE if name in said}
    if not state or "unitCode" not in said:
        return [{"units": {**said, **state}}]
    now = {"states": {"alarmNo": here, **state, "unitCode": said["unitCode"]}}
    return [{"units": said}, now] if len(said) > 1 else [now]


def told(alarm: dict[str, Any]) -> dict[str, Any]:
    """The alarm, with the family that its type implies: by the whole GB/T 35561 code, or by the two digits that lead it."""
    code, known = alarm.get("disasterType"), codes.load("gb-35561")
    if alarm.get("disasterFamily") not in native.SILENT or not isinstance(code, str):
        return alarm
    family = known.means(code) or (known.means(code[:2]) if re.fullmatch(r"1[1-4][A-Z]\d\d", code) else None)
    return {**alarm, "disasterFamily": next((word for word, symbol in FAMILIES.items() if symbol == family), None)}


class Dispatch119(Mapped):
    """119 dispatch JSON, both ways."""

    media_type = "application/json"
    records = tuple(part.cls for part in PARTS)
    loses = LOST
    source = Document()
    parts = PARTS
    envelope = ENVELOPE
    zone: str | None = "Asia/Shanghai"
    datum: geo.Datum = "gcj02"
    encoding: str = "gb18030"

    def decode(self, data: bytes) -> Iterator[Said | Rejected]:
        """Record by record; a refused one is named by its place in the document."""
        for each in super().decode(data):
            yield type(each)(each.code, WITHIN.sub(r"\1", each.at, count=1), **each.details) if isinstance(each, Rejected) else each
