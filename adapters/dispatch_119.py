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
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from bridge import (
    Casualties,
    Contact,
    Incident,
    Invalid,
    Malformed,
    Mission,
    Note,
    Rejected,
    Resource,
    ResourceState,
    Unsupported,
    codes,
    geo,
    native,
    text,
    times,
)
from bridge.mapped import Mapped
from bridge.mapping import Each, Field, Part
from bridge.spec import losses
from bridge.verbs import Coded, Identity, Listed, Number, Point, Table, Text, Time, Verb, number, words

GB_CODE = re.compile(r"1[1-4][A-Z]\d\d")
LARGEST, CLOSE = 2**31, 1e-7
OF_STATE = "status statusText statusTime etaTime lng lat alarmNo taskNo dispatchTime arriveTime returnTime".split()
"""What of a unit changes while it is out."""


class Word(Table):
    """A word of a short list, compared after NFKC. Of several for one symbol the first is written, the others ride along."""

    def claims(self, node: Any, setting: Any) -> bool:
        """Whether the symbol says all that the word does."""
        found, symbol = self.found(node), self.read(node, setting)
        return symbol is not None and self.codes.writes(str(symbol)) == str(found).lower()

    def take(self, found: Any, setting: Any) -> Any:
        """The symbol, or the number."""
        symbol = super().take(unicodedata.normalize("NFKC", words(found, native.pointer(self.path))), setting)
        return int(symbol) if symbol and symbol.isdigit() else symbol

    def give(self, said: Any, setting: Any) -> Any:
        """The word."""
        return super().give(str(said), setting)


class Drill(Word):
    """Exercise or not: nobody may have to guess."""

    def claims(self, node: Any, setting: Any) -> bool:
        """Whatever the word."""
        return self.read(node, setting) is not None

    def take(self, found: Any, setting: Any) -> Any:
        """The mode; a strange word is refused."""
        if (mode := super().take(found, setting)) is None:
            raise Invalid("not-in-list", native.pointer(self.path), value=found, allowed="true, false")
        return mode

    def give(self, said: Any, setting: Any) -> Any:
        """The flag."""
        if said == "Test":
            raise Unsupported("cannot-say", "mode", format=setting.name, reason="it has no word for a test")
        return said == "Exercise"


class Count(Number):
    """A whole number that the shared model can hold."""

    def take(self, found: Any, setting: Any) -> Any:
        """The number."""
        if not -LARGEST <= number(found, at := native.pointer(self.path)) < LARGEST:
            raise Malformed("not-a-number", at, value=found)
        return super().take(found, setting)


class Spot(Point):
    """A position. What the datum does not bring back, at the edge of China's rectangle, cannot be said."""

    def write(self, said: Any, node: dict[str, Any], setting: Any) -> None:
        """The position in the native datum."""
        at = native.pointer(self.lat)
        there = geo.checked(*geo.to_datum(setting.datum, said.lat, said.lon), at)
        lat, lon = geo.checked(*geo.from_datum(setting.datum, *there), at)
        if abs(lat - said.lat) + abs(lon - said.lon) > CLOSE:
            raise Unsupported("cannot-say", at, format=setting.name, reason=f"{said.lat},{said.lon} would come back as {lat},{lon}")
        super().write(said, node, setting)


class Local(Time):
    """A local time without a zone, to the second. One that the clock shows twice is written with its offset."""

    def give(self, said: Any, setting: Any) -> Any:
        """The time on the wall."""
        at = native.pointer(self.path)
        try:
            local = said.replace(microsecond=0).astimezone(times.zone(setting.zone or "UTC"))
        except OverflowError:
            raise Malformed("not-a-time", at, value=said) from None
        wall = local.replace(tzinfo=None).isoformat(" ")
        return wall if times.instant(wall, at, setting.zone)[0] == local else local.isoformat(" ")


class Ids(Listed):
    """A list of ids of resources."""

    def take(self, found: Any, setting: Any) -> Any:
        """Shared ids."""
        return tuple(Identity(self.path, kind="resource").take(local, setting) for local in super().take(found, setting))

    def give(self, said: Any, setting: Any) -> Any:
        """Local ids."""
        return [Identity(self.path, kind="resource").give(shared, setting) for shared in said]


@dataclass(frozen=True)
class First:
    """Of a list, the first entry that a verb can write."""

    verb: Verb

    @property
    def paths(self) -> Any:
        """The verb's."""
        return self.verb.paths

    def claims(self, node: Any, setting: Any) -> bool:
        """As the verb does."""
        return self.verb.claims(node, setting)

    def read(self, node: Any, setting: Any) -> Any:
        """A list of one."""
        found = self.verb.read(node, setting)
        return None if found is None else (found,)

    def write(self, said: Any, node: dict[str, Any], setting: Any) -> None:
        """The first that fits."""
        for value in said:
            try:
                return self.verb.write(value, node, setting)
            except LookupError:
                continue
        raise LookupError(said)


SILENCE = {"sharing": "Unknown", "text": ""}
"""What silence means where the shared model would take it for something else, or not at all."""
PLAIN = re.compile(r"([\w.]+)=(\w+)(?:(@)|(#)|:(\w+))?(!?)")


def fields(at: str, plain: str, **special: Verb) -> tuple[Field, ...]:
    """The fields of a record whose native part is called ``at``.

    Plain ones as ``shared=native``, with ``@`` for a time, ``#`` for a count, ``:kind`` for an id; ``!``: it cannot be written without.
    """
    verbs = {target.replace("__", "."): (verb, False) for target, verb in special.items()}
    for target, path, time, count, kind, needed in PLAIN.findall(plain):
        where = place(at, path)
        verb = Local(where) if time else Count(where, as_text=False, whole=True) if count else Identity(where, kind=kind) if kind else Text(where)
        verbs[target] = verb, bool(needed)
    return tuple(Field(tuple(target.split(".")), verb, SILENCE.get(target), needed) for target, (verb, needed) in verbs.items())


def place(at: str, path: str) -> native.Path:
    """A native place."""
    return (at, path) if at else (path,)


def word(at: str, path: str, table: str, cls: type[Table] = Word) -> Table:
    """A word; its table is ``symbol:word,other word``."""
    entries = (entry.split(":") for entry in table.split())
    return cls(place(at, path), codes=codes.simple(path, {each: symbol for symbol, listed in entries for each in listed.split(",")}))


def coded(at: str, path: str, scheme: str, label: str = "") -> Coded:
    """A coded value."""
    return Coded(place(at, path), scheme, place(at, label) if label else None)


GRADES = "1:一级,I级,I,1,1级 2:二级,II级,II,2,2级 3:三级,III级,III,3,3级 4:四级,IV级,IV,4,4级"
FAMILY = word("alarm", "disasterFamily", "NaturalDisaster:自然灾害 Accident:事故灾难 PublicHealth:公共卫生 SocialSecurity:社会安全 Unknown:未知")
LIFE = "Reported:接警,立案 Confirmed:核实 InProgress:处置,出动,到场,展开,增援 Contained:控制,熄灭 Closed:结案,返回,归队 Cancelled:撤销,误报"
SOURCES = "HumanCall:电话,电话报警 HumanObserved:现场 Sensor:联网报警 Drone:无人机 Official:联动单位,110,120 SocialMedia:网络,微信"
KINDS = (
    "Vehicle:车辆 Team:队伍 Person:人员 Equipment:装备 Drone:无人机 Robot:机器人 Vessel:船艇 Aircraft:飞机 Supply:物资 Facility:场所 Shelter:避难场所"
)
STATUS = (
    "Available:待命,在位 Reserved:备勤 Committed:受令 EnRoute:出动,途中 OnScene:到场,展开 Transporting:转运 AtDestination:抵达 Returning:返回,归队"
    " Maintenance:维修,检修 Unavailable:停用,退出执勤 Unknown:未知"
)
TASKS = "Issued:下达 Acknowledged:签收 Accepted:接受 Refused:拒绝 InProgress:执行 Paused:暂停 Completed:完成 Aborted:中止 Cancelled:撤销"
OPERATION = word("", "operation", "Report:新增,上报 Update:更新,续报 Cancel:撤销 Dispatch:调派 Request:请求 Response:答复 Ack:签收", Table)
ROLES = "Requester:报警人 OnScene:现场指挥 RespondingOrg:增援单位 Owner:业主 Expert:专家 Approver:审批人 Sender:发送人"
NOTE = fields("", "at=time@ text=content author=author category=type")
CONTACT = fields("", "name=name agency=org channel=way value=number", role=word("", "role", ROLES))
TOLL = fields(
    "",
    "at=time@ trapped=trapped# injured=injured# hospitalised=hospitalised# dead=dead# missing=missing# evacuated=evacuated# affected=affected#"
    " total_estimate=total#",
)
INCIDENT = fields(
    "alarm",
    "incident_id=alarmNo:incident! parent_incident_id=mainAlarmNo:incident owner=orgCode! name=title description=description plan_ref=planNo"
    " occurred_at=occurTime@ reported_at=alarmTime@ closed_at=closeTime@ updated_at=updateTime@"
    " location.name=placeName location.address.text=address location.address.admin_code=adminCode",
    types=First(coded("alarm", "disasterType", "urn:cn:gb:35561", "disasterTypeName")),
    category=FAMILY,
    level=word("alarm", "disasterLevel", GRADES),
    response_level=word("alarm", "responseLevel", GRADES),
    lifecycle=word("alarm", "status", LIFE),
    source=word("alarm", "alarmSource", SOURCES),
    location__point=Spot(("alarm", "lat"), ("alarm", "lng")),
    involved_agencies=Listed(("alarm", "linkOrgs")),
    contacts=Each(("alarm", "contacts"), Contact, CONTACT),
    casualties=Each(("alarm", "casualties"), Casualties, TOLL),
    notes=Each(("alarm", "records"), Note, NOTE),
)
RESOURCE = fields(
    "units",
    "resource_id=unitCode:resource! owner=orgCode! name=unitName home_base.name=station personnel=personCount#",
    kind=word("units", "unitType", KINDS),
    types=First(coded("units", "vehicleType", "urn:cn:119:vehicle-type")),
    sharing=word("units", "sharing", "NotShared:不共享 OnRequest:可申请 FreeToUse:可调用"),
    contacts=Each(("units", "contacts"), Contact, CONTACT),
)
STATE = fields(
    "states",
    "resource_id=unitCode:resource! incident_id=alarmNo:incident mission_id=taskNo:mission at=statusTime@ eta=etaTime@",
    availability=word("states", "status", STATUS),
    native_status=coded("states", "statusText", "urn:cn:119:unit-status"),
    position=Spot(("states", "lat"), ("states", "lng")),
)
MISSION = fields(
    "tasks",
    "mission_id=taskNo:mission! parent_mission_id=mainTaskNo:mission incident_id=alarmNo:incident issuer=issuer! assignee=receiver! title=taskName!"
    " instructions=content priority=priority# progress_pct=progress# at=issueTime@ start_at=startTime@ end_at=finishTime@ due_at=deadline@"
    " location.name=placeName location.address.text=address",
    type=coded("tasks", "taskType", "urn:cn:119:task-type"),
    state=word("tasks", "status", TASKS),
    resource_ids=Ids(("tasks", "unitCodes")),
    location__point=Spot(("tasks", "lat"), ("tasks", "lng")),
    feedback=Each(("tasks", "feedback"), Note, NOTE),
)
PARTS = tuple(
    Part(cls, each, (at,))
    for cls, each, at in ((Incident, INCIDENT, "alarm"), (Resource, RESOURCE, "units"), (ResourceState, STATE, "states"), (Mission, MISSION, "tasks"))
)
ENVELOPE = fields(
    "",
    "message_id=msgId sent=sendTime@",
    action=OPERATION,
    mode=word("", "drill", "Exercise:true,1,是 Actual:false,0,否", Drill),
)
SAID = ("msgId", "sendTime", "drill")
TITLES = {"alarm": "警情", "units": "力量", "states": "力量", "tasks": "任务"}
UNKNOWN = {"alarm": {"disasterFamily": "未知"}, "states": {"status": "未知"}}
"""What has to be said even if it is not known."""
WHOLE = {f"{part.cls.__name__}.{field.target[0]}" for part in PARTS for field in part.fields if isinstance(field.verb, Word)}
"""Every symbol has a word."""
MORE = {f"{part.cls.__name__}.extensions" for part in PARTS} | {"Incident.types", "Resource.types"}
"""Other formats' extensions and all types but one have no place."""
SPOTS = ("Incident.location.point", "Mission.location.point", "ResourceState.position")
POINTS = {f"{at}.{part}" for at in SPOTS for part in ("alt", "accuracy_m", "heading_deg", "speed_mps")}
ROLE = {"Incident.contacts.role", "Resource.contacts.role"}
LOSES = frozenset(lost for part in PARTS for lost in losses(part.cls, part.fields)) - WHOLE - ROLE | MORE | POINTS


class Document:
    """The document taken apart: an entry for every record, with the record's own part under a name."""

    def read(self, data: bytes, setting: Any) -> Iterator[tuple[str, Any | Rejected]]:
        """The alarm, then the units and what they do, then the tasks."""
        document = text.read_json(data, encoding=setting.encoding)
        if not isinstance(document, dict):
            raise Malformed("wrong-shape", "document", found=native.shape(document), wanted="an object")
        alarm, around = document.get("alarm"), {name: value for name, value in document.items() if name not in (*TITLES, "alarmNo", "msgType")}
        here = alarm.get("alarmNo") if isinstance(alarm, dict) else document.get("alarmNo")
        part = ""
        for place, part, found in parts(document, here):
            yield place, found if isinstance(found, Rejected) else {**around, part: found}
            around = {name: value for name, value in around.items() if name in SAID or (name == "operation" and str(value) in OPERATION.codes)}
        if not part:
            raise Malformed("nothing-said")

    def write(self, node: dict[str, Any], setting: Any) -> bytes:
        """The document of one record."""
        name = next(name for name in TITLES if name in node)
        part = {**UNKNOWN.get(name, {}), **node.pop(name)}
        # Always there, and no UTF-8 in GB18030: short Chinese text alone can be both.
        document = {"msgType": TITLES[name], **node, "units" if name == "states" else name: part if name == "alarm" else [part]}
        return text.write_json(document, setting.encoding)


def parts(document: dict[str, Any], here: Any) -> Iterator[tuple[str, str, Any]]:
    """The parts of a document with place and name; a unit is what it is, and what it does now."""
    if (alarm := document.get("alarm")) not in native.SILENT:
        if not isinstance(alarm, dict):
            raise Malformed("wrong-shape", "alarm", found=native.shape(alarm), wanted="an object")
        yield "", "alarm", told(alarm)
    for name in ("units", "tasks"):
        for index, found in enumerate(native.entries(document, (name,))):
            at = f"{name}/{index}"
            if not isinstance(found, dict):
                yield at, name, Malformed("wrong-shape", at, found=native.shape(found), wanted="an object")
            elif name == "tasks":
                yield at, name, {"alarmNo": here, **found}
            else:
                yield from ((at, part, node) for part, node in halves(found, here))


def halves(unit: dict[str, Any], here: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """What a unit is, and what it does now; it need not say both."""
    said = {name: value for name, value in unit.items() if value not in native.SILENT}
    state = {name: value for name, value in said.items() if name in OF_STATE}
    lasting = {name: value for name, value in said.items() if name not in OF_STATE}
    if lasting.keys() != {"unitCode"} or not state:
        yield "units", lasting
    if state and "unitCode" in said:
        yield "states", {"alarmNo": here, **state, "unitCode": said["unitCode"]}


def told(alarm: dict[str, Any]) -> dict[str, Any]:
    """The alarm, with the family that its type implies: by the whole GB/T 35561 code, or by the two digits that lead it."""
    code, known = alarm.get("disasterType"), codes.load("gb-35561")
    if alarm.get("disasterFamily") not in native.SILENT or not isinstance(code, str):
        return alarm
    family = known.means(code) or (known.means(code[:2]) if GB_CODE.fullmatch(code) else None)
    return {**alarm, "disasterFamily": FAMILY.codes.writes(family or "Unknown")}


class Dispatch119(Mapped):
    """119 dispatch JSON, both ways."""

    media_type = "application/json"
    records = tuple(part.cls for part in PARTS)
    loses = LOSES
    source = Document()
    parts = PARTS
    envelope = ENVELOPE

    zone: str | None = "Asia/Shanghai"
    """IANA zone of times."""
    datum: geo.Datum = "gcj02"
    """Datum of positions; nothing in the data says which."""
    encoding: str = "gb18030"
    """Of bytes that are not UTF-8, and of what is written."""

    def _restore(self, node: dict[str, Any], place: str, words: str) -> None:
        """Puts an extension back where it was found; a word that rode along, if it still means what is said."""
        path, value = native.steps(place), native.unpack(words)
        verb = next((field.verb for part in PARTS for field in (*part.fields, *ENVELOPE) if path in field.verb.paths), None)
        if not isinstance(verb, Word):
            super()._restore(node, place, words)
            return
        there: dict[str, Any] = {}
        native.put(there, path, value)
        if (verb.read(there, self) or "Unknown") == (verb.read(node, self) or "Unknown"):
            native.put(node, path, value)
