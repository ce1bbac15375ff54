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

from bridge import Malformed, Mapped, Rejected, Said, codes, geo, native, parts, text

WITHIN = re.compile(r"^((?:units|tasks)/\d+)/(?:units|states|tasks)")
OF_STATE = "status statusText statusTime etaTime lng lat alarmNo taskNo dispatchTime arriveTime returnTime".split()
TITLES = {"alarm": "警情", "units": "力量", "states": "力量", "tasks": "任务"}


def table(listed: str) -> dict[str, str]:
    """The words for each symbol, as ``symbol:word,other word``; the first is written, the others ride along."""
    return {word: symbol for symbol, _, words in (each.partition(":") for each in listed.split()) for word in words.split(",")}


def times(within: str = "", **places: str) -> dict[str, dict[str, str]]:
    """Fields that are times on the wall."""
    return {shared: {"at": within + place, "time": "local"} for shared, place in places.items()}


GRADES = table("1:一级,I级,I,1,1级 2:二级,II级,II,2,2级 3:三级,III级,III,3,3级 4:四级,IV级,IV,4,4级")
FAMILIES = table("NaturalDisaster:自然灾害 Accident:事故灾难 PublicHealth:公共卫生 SocialSecurity:社会安全 Unknown:未知")
LIFE = table("Reported:接警,立案 Confirmed:核实 InProgress:处置,出动,到场,展开,增援 Contained:控制,熄灭 Closed:结案,返回,归队 Cancelled:撤销,误报")
SOURCES = table("HumanCall:电话,电话报警 HumanObserved:现场 Sensor:联网报警 Drone:无人机 Official:联动单位,110,120 SocialMedia:网络,微信")
KINDS = table("Vehicle:车辆 Team:队伍 Person:人员 Equipment:装备 Drone:无人机 Robot:机器人 Vessel:船艇 Aircraft:飞机 Supply:物资")
PLACES = table("Facility:场所 Shelter:避难场所")
READY = table("Available:待命,在位 Reserved:备勤 Committed:受令 Returning:返回,归队 Maintenance:维修,检修 Unavailable:停用,退出执勤 Unknown:未知")
OUT = table("EnRoute:出动,途中 OnScene:到场,展开 Transporting:转运 AtDestination:抵达")
TASKS = table("Issued:下达 Acknowledged:签收 Accepted:接受 Refused:拒绝 InProgress:执行 Paused:暂停 Completed:完成 Aborted:中止 Cancelled:撤销")
OPERATIONS = table("Report:新增,上报 Update:更新,续报 Cancel:撤销 Dispatch:调派 Request:请求 Response:答复 Ack:签收")
ROLES = table("Requester:报警人 OnScene:现场指挥 RespondingOrg:增援单位 Owner:业主 Expert:专家 Approver:审批人 Sender:发送人")
NOTE = {**times(at="time"), "text": {"at": "content", "default": ""}, "author": "author", "category": "type"}
CONTACT = {"role": {"at": "role", "table": ROLES}, "name": "name", "agency": "org", "channel": "way", "value": "number"}
COUNTS = {each: each for each in "trapped injured hospitalised dead missing evacuated affected".split()}
TOLL = {**times(at="time"), **COUNTS, "total_estimate": "total"}
INCIDENT = {
    "incident_id": {"at": "alarm.alarmNo", "id": "incident", "required": True},
    "parent_incident_id": {"at": "alarm.mainAlarmNo", "id": "incident"},
    "owner": {"at": "alarm.orgCode", "required": True},
    "name": "alarm.title",
    "description": "alarm.description",
    "plan_ref": "alarm.planNo",
    "involved_agencies": "alarm.linkOrgs",
    "types.0": {"at": "alarm.disasterType", "scheme": "urn:cn:gb:35561", "label": "alarm.disasterTypeName"},
    "category": {"at": "alarm.disasterFamily", "table": FAMILIES, "required": True},  # left out, the type would imply one
    "level": {"at": "alarm.disasterLevel", "table": GRADES},
    "response_level": {"at": "alarm.responseLevel", "table": GRADES},
    "lifecycle": {"at": "alarm.status", "table": LIFE},
    "source": {"at": "alarm.alarmSource", "table": SOURCES},
    **times("alarm.", occurred_at="occurTime", reported_at="alarmTime", closed_at="closeTime", updated_at="updateTime"),
    "location.name": "alarm.placeName",
    "location.address.text": "alarm.address",
    "location.address.admin_code": "alarm.adminCode",
    "location.point": {"lat": "alarm.lat", "lon": "alarm.lng"},
    "contacts": {"each": "alarm.contacts", "fields": CONTACT},
    "notes": {"each": "alarm.records", "fields": NOTE},
    "casualties": {"each": "alarm.casualties", "fields": TOLL},
}
RESOURCE = {
    "resource_id": {"at": "units.unitCode", "id": "resource", "required": True},
    "owner": {"at": "units.orgCode", "required": True},
    "name": "units.unitName",
    "kind": {"at": "units.unitType", "table": KINDS | PLACES},
    "types.0": {"at": "units.vehicleType", "scheme": "urn:cn:119:vehicle-type"},
    "personnel": "units.personCount",
    "home_base.name": "units.station",
    "contacts": {"each": "units.contacts", "fields": CONTACT},
    "sharing": {"at": "units.sharing", "table": table("NotShared:不共享 OnRequest:可申请 FreeToUse:可调用"), "default": "Unknown"},
}
STATE = {
    "resource_id": {"at": "states.unitCode", "id": "resource", "required": True},
    "availability": {"at": "states.status", "table": READY | OUT, "required": True},
    "native_status": {"at": "states.statusText", "scheme": "urn:cn:119:unit-status"},
    **times("states.", at="statusTime", eta="etaTime"),
    "position": {"lat": "states.lat", "lon": "states.lng"},
    "incident_id": {"at": "states.alarmNo", "id": "incident"},
    "mission_id": {"at": "states.taskNo", "id": "mission"},
}
MISSION = {
    "mission_id": {"at": "tasks.taskNo", "id": "mission", "required": True},
    "parent_mission_id": {"at": "tasks.mainTaskNo", "id": "mission"},
    "incident_id": {"at": "tasks.alarmNo", "id": "incident"},
    "title": {"at": "tasks.taskName", "required": True},
    "type": {"at": "tasks.taskType", "scheme": "urn:cn:119:task-type"},
    "instructions": "tasks.content",
    "state": {"at": "tasks.status", "table": TASKS},
    "issuer": {"at": "tasks.issuer", "required": True},
    "assignee": {"at": "tasks.receiver", "required": True},
    "resource_ids": {"at": "tasks.unitCodes", "id": "resource"},
    "priority": "tasks.priority",
    "progress_pct": "tasks.progress",
    **times("tasks.", at="issueTime", start_at="startTime", end_at="finishTime", due_at="deadline"),
    "location.name": "tasks.placeName",
    "location.address.text": "tasks.address",
    "location.point": {"lat": "tasks.lat", "lon": "tasks.lng"},
    "feedback": {"each": "tasks.feedback", "fields": NOTE},
}
MODE = {"at": "drill", "table": table("Exercise:true,1,是 Actual:false,0,否"), "strict": True, "as_text": False}
SAYS = {"message_id": "msgId", **times(sent="sendTime"), "action": {"at": "operation", "table": OPERATIONS}, "mode": MODE}
MEMBERS = {"Incident": ("alarm", INCIDENT), "Resource": ("units", RESOURCE), "ResourceState": ("states", STATE), "Mission": ("tasks", MISSION)}
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
