"""The dispatch JSON of a fire brigade's 119 command system: regionbus's own, documented example of a Chinese house format.

Bytes are GB18030 or UTF-8, positions GCJ-02, times local (``2026-07-01 14:03:22``) without a zone. One document holds several
records: the alarm (Incident), its units (Resource and ResourceState) and its tasks (Mission). Each is also written alone.

    msgType     警情 (the alarm; assumed if missing) | 力量 (units only) | 任务 (tasks only)
    msgId, sendTime, operation 新增 更新 撤销 调派 请求 答复 签收, drill true (an exercise) | false; that it is a test cannot be said
    alarmNo, mainAlarmNo (the alarm it was merged into), orgCode (the agency in charge), title, description, planNo, linkOrgs […]
    disasterType (GB/T 35561 code or its name), disasterTypeName, alarmKind (the brigade's own word: 火灾扑救 抢险救援 社会救助 …)
    disasterFamily  自然灾害 事故灾难 公共卫生 社会安全 未知, if it is not the one of disasterType
    disasterLevel, responseLevel    一级…四级, Ⅰ…Ⅳ or 1…4, Ⅰ the gravest. 火警等级, the grade of a fire call, runs the other way
                (五级 is the gravest): never here; it rides along, as fireLevel or by whatever name
    status      接警 核实 处置 (出动 到场 展开 增援) 控制 (熄灭) 结案 (返回 归队) 撤销 (误报); alarmSource 电话 现场 联网报警 …
    occurTime, alarmTime, closeTime, updateTime; placeName, address, adminCode (GB/T 2260), lng, lat
    callerName, callerPhone, commanderName, commanderPhone      personal data: contacts
    casualties  [{time, trapped, injured, hospitalised, dead, missing, evacuated, affected, total}]; records [{time, content, author, type}]
    units       [{unitCode, orgCode, unitName, unitType 车辆 队伍 人员 …, vehicleType, personCount, station, leaderName, leaderPhone; status
                待命 出动 到场 返回 …, statusText (the brigade's own word), statusTime, etaTime, lng, lat, alarmNo, taskNo}]
    tasks       [{taskNo, mainTaskNo, taskName, taskType, content, status, issuer, receiver, unitCodes […], priority, progress (per cent),
                issueTime, startTime, finishTime, deadline, placeName, address, lng, lat, feedback [{time, content, author, type}]}]

What is not named here rides in ``extensions`` under its place in the alarm, unit or task (``../``: in the document around them), and
so does a word that says more than its shared symbol. Lost on the way out: fractions of a second, and the rest of ``loses``.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Literal, NamedTuple

from bridge import Adapter, Casualties, Contact, ContactRole, Incident, Invalid, Malformed, Mission, Note, Rejected, Resource, ResourceState
from bridge import Said, Says, Unsupported, codes, geo, native, text, times
from bridge.adapter import FILLED
from bridge.mapping import Each, Field, build, leftovers, shred
from bridge.model import Record
from bridge.native import Path
from bridge.spec import losses
from bridge.verbs import Coded, Fixed, Identity, Listed, Number, Point, Scalar, Text, Time, Verb, number, words

GB, OWN = "urn:cn:gb:35561", "urn:cn:119:"
"""Types, and what begins the schemes of the brigade's own words."""
GB_CODE = re.compile(r"1[1-4][A-Z]\d\d")
LARGEST = 2**31 - 1


@dataclass(frozen=True)
class Word(Scalar):
    """A word of a short list, compared after NFKC; of several for one symbol the first is written. ``whole``: the symbol is a number."""

    table: codes.Codes = field(kw_only=True)
    whole: bool = False

    def take(self, found: Any, setting: Any) -> Any:  # noqa: ARG002
        """The symbol; nothing if the word is unknown."""
        symbol = self.table.means(unicodedata.normalize("NFKC", words(found, native.pointer(self.path))).strip())
        return int(symbol) if symbol and self.whole else symbol

    def give(self, said: Any, setting: Any) -> Any:  # noqa: ARG002
        """The word."""
        if (word := self.table.writes(str(said))) is None:
            raise LookupError(said)
        return word

    def says_all(self, node: Any, setting: Any) -> bool:
        """Whether the word found is the one that would be written for its symbol."""
        found, symbol = native.get(node, self.path), self.read(node, setting)
        return found in native.SILENT or (symbol is not None and self.give(symbol, setting) == str(found).lower())


class Count(Number):
    """A whole number that the shared model can hold."""

    def take(self, found: Any, setting: Any) -> Any:
        """The number."""
        if abs(number(found, at := native.pointer(self.path))) > LARGEST:
            raise Malformed("not-a-number", at, value=found)
        return super().take(found, setting)


class Local(Time):
    """A local time without a zone, to the second. One that stands twice on the clock is written with its offset."""

    def give(self, said: Any, setting: Any) -> Any:
        """The time on the wall."""
        at = native.pointer(self.path)
        try:
            local = said.astimezone(times.zone(setting.zone)).replace(microsecond=0)
        except OverflowError:
            raise Malformed("not-a-time", at, value=said) from None
        wall = local.replace(tzinfo=None).isoformat(" ")
        return wall if times.instant(wall, at, setting.zone)[0] == local else local.isoformat(" ")


class Ids(Listed):
    """A list of ids of resources."""

    def take(self, found: Any, setting: Any) -> Any:
        """Shared ids."""
        return tuple(setting.shared_id("resource", local) for local in super().take(found, setting))

    def give(self, said: Any, setting: Any) -> Any:
        """Local ids."""
        return [setting.local_id("resource", shared) for shared in said]


@dataclass(frozen=True)
class Person:
    """A contact of one role, by telephone."""

    role: ContactRole
    paths: tuple[Path, Path]

    def read(self, node: Any, setting: Any) -> Any:
        """The contact."""
        name, phone = (Text(path).read(node, setting) for path in self.paths)
        return Contact(role=self.role, name=name, channel="tel" if phone else None, value=phone) if name or phone else None

    def write(self, said: Contact, node: dict[str, Any], setting: Any) -> None:  # noqa: ARG002
        """Name and number; who has another role, or another way to be reached, has no place here."""
        told = (said.name, said.value if said.channel == "tel" else None)
        if said.role != self.role or not any(told):
            raise LookupError(said.role)
        node.update({path[0]: value for path, value in zip(self.paths, told, strict=True) if value})


@dataclass(frozen=True)
class Slots:
    """A list whose entries stand in places of their own, in this order; each place takes the first that fits."""

    verbs: tuple[Verb, ...]

    @property
    def paths(self) -> tuple[Path, ...]:
        """All places."""
        return tuple(path for verb in self.verbs for path in verb.paths)

    def read(self, node: Any, setting: Any) -> Any:
        """What is there."""
        return tuple(found for verb in self.verbs if (found := verb.read(node, setting)) is not None) or None

    def write(self, said: tuple[Any, ...], node: dict[str, Any], setting: Any) -> None:
        """What fits, in its order."""
        rest = list(self.verbs)
        for value in said:
            for index, verb in enumerate(rest):
                try:
                    verb.write(value, node, setting)
                except LookupError:
                    continue
                rest = rest[index + 1 :]
                break


def fields(table: dict[str, Verb], *, texts: str = "", moments: str = "", counts: str = "", needed: str = "") -> tuple[Field, ...]:
    """The fields of a record; plain ones as ``shared=native``; ``needed``: those it cannot be written without."""
    plain = ((cls, *pair.split("=")) for cls, pairs in ((Text, texts), (Local, moments), (Count, counts)) for pair in pairs.split())
    verbs = table | {target: Count((path,), as_text=False, whole=True) if cls is Count else cls((path,)) for cls, target, path in plain}
    return tuple(Field(tuple(target.split(".")), verb, required=target in needed.split()) for target, verb in verbs.items())


def word(path: str, table: str, *, whole: bool = False) -> Word:
    """A word; its table is ``symbol:word,other word``."""
    entries = (entry.split(":") for entry in table.split())
    return Word((path,), table=codes.simple(path, {each: symbol for symbol, listed in entries for each in listed.split(",")}), whole=whole)


def ids(table: str) -> dict[str, Verb]:
    """Ids, as ``shared=native:kind``."""
    entries = (entry.replace("=", ":").split(":") for entry in table.split())
    return {target: Identity((path,), kind=kind) for target, path, kind in entries}


GRADES = "1:一级,I级,I,1,1级 2:二级,II级,II,2,2级 3:三级,III级,III,3,3级 4:四级,IV级,IV,4,4级"
FAMILY = word("disasterFamily", "NaturalDisaster:自然灾害 Accident:事故灾难 PublicHealth:公共卫生 SocialSecurity:社会安全 Unknown:未知")
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
ACTIONS = "Report:新增,上报 Update:更新,续报 Cancel:撤销 Dispatch:调派 Request:请求 Response:答复 Ack:签收"
SPOT = Point(("lat",), ("lng",))
NOTE = fields({}, texts="text=content author=author category=type", moments="at=time", needed="text")
LOSSES = fields(
    {},
    moments="at=time",
    counts="trapped=trapped injured=injured hospitalised=hospitalised dead=dead missing=missing evacuated=evacuated affected=affected"
    " total_estimate=total",
)
INCIDENT = fields(
    {
        **ids("incident_id=alarmNo:incident parent_incident_id=mainAlarmNo:incident"),
        "types": Slots((Coded(("disasterType",), GB, ("disasterTypeName",)), Coded(("alarmKind",), f"{OWN}alarm-kind"))),
        "category": FAMILY,
        "level": word("disasterLevel", GRADES, whole=True),
        "response_level": word("responseLevel", GRADES, whole=True),
        "lifecycle": word("status", LIFE),
        "source": word("alarmSource", SOURCES),
        "location.point": SPOT,
        "involved_agencies": Listed(("linkOrgs",)),
        "casualties": Each(("casualties",), Casualties, LOSSES),
        "notes": Each(("records",), Note, NOTE),
        "contacts": Slots((Person("Requester", (("callerName",), ("callerPhone",))), Person("OnScene", (("commanderName",), ("commanderPhone",))))),
    },
    texts="owner=orgCode name=title description=description plan_ref=planNo"
    " location.name=placeName location.address.text=address location.address.admin_code=adminCode",
    moments="occurred_at=occurTime reported_at=alarmTime closed_at=closeTime updated_at=updateTime",
    needed="incident_id owner",
)
RESOURCE = fields(
    {
        **ids("resource_id=unitCode:resource"),
        "kind": word("unitType", KINDS),
        "types": Slots((Coded(("vehicleType",), f"{OWN}vehicle-type"),)),
        "sharing": Fixed("Unknown"),
        "contacts": Slots((Person("OnScene", (("leaderName",), ("leaderPhone",))),)),
    },
    texts="owner=orgCode name=unitName home_base.name=station",
    counts="personnel=personCount",
    needed="resource_id owner",
)
STATE = fields(
    {
        **ids("resource_id=unitCode:resource incident_id=alarmNo:incident mission_id=taskNo:mission"),
        "availability": word("status", STATUS),
        "native_status": Coded(("statusText",), f"{OWN}unit-status"),
        "position": SPOT,
    },
    moments="at=statusTime eta=etaTime",
    needed="resource_id",
)
MISSION = fields(
    {
        **ids("mission_id=taskNo:mission parent_mission_id=mainTaskNo:mission incident_id=alarmNo:incident"),
        "type": Coded(("taskType",), f"{OWN}task-type"),
        "state": word("status", TASKS),
        "resource_ids": Ids(("unitCodes",)),
        "location.point": SPOT,
        "feedback": Each(("feedback",), Note, NOTE),
    },
    texts="issuer=issuer assignee=receiver title=taskName instructions=content location.name=placeName location.address.text=address",
    moments="at=issueTime start_at=startTime end_at=finishTime due_at=deadline",
    counts="priority=priority progress_pct=progress",
    needed="mission_id issuer assignee title",
)
ENVELOPE = fields(
    {"mode": word("drill", "Exercise:true,1,是 Actual:false,0,否"), "action": word("operation", ACTIONS)},
    texts="message_id=msgId",
    moments="sent=sendTime",
)
AROUND = (*ENVELOPE, Field((), Fixed(None, (("msgType",), ("alarmNo",), ("units",), ("tasks",)))))
"""What the document around units and tasks says itself."""
OF_STATE = {path[0] for each in STATE for path in each.verb.paths} - {"unitCode"} | {"dispatchTime", "arriveTime", "returnTime"}
"""What changes while the unit is out."""


class Form(NamedTuple):
    """Where a record stands in a document, and what it is made of."""

    cls: type[Any]
    kind: str
    at: str
    fields: tuple[Field, ...]
    loses: str


FORMS = (
    Form(Incident, "警情", "", INCIDENT, "types contacts extensions location.point"),
    Form(Resource, "力量", "units", RESOURCE, "types contacts extensions sharing"),
    Form(ResourceState, "力量", "units", STATE, "extensions position"),
    Form(Mission, "任务", "tasks", MISSION, "extensions location.point"),
)
ALARM, UNIT, UNIT_STATE, TASK = FORMS


class Dispatch119(Adapter):
    """119 dispatch JSON, both ways."""

    media_type = "application/json"
    records = tuple(form.cls for form in FORMS)
    loses = frozenset(
        lost for form in FORMS for lost in (*losses(form.cls, form.fields), *(f"{form.cls.__name__}.{each}" for each in form.loses.split()))
    )

    encoding: Literal["gb18030", "utf-8"] = "gb18030"
    """Of bytes that are not UTF-8, and of what is written."""
    datum: geo.Datum = "gcj02"
    """Datum of positions; nothing in the data says which."""
    zone: str = "Asia/Shanghai"
    """IANA zone of times."""

    def model_post_init(self, _: Any, /) -> None:
        """There must be such a zone."""
        times.zone(self.zone)

    def local_id(self, kind: str, shared: str) -> str:
        """The reverse of ``shared_id``; what would come back as another id cannot be said."""
        local = super().local_id(kind, shared)
        if self.shared_id(kind, local) != shared:
            raise Unsupported("cannot-say", kind, format=self.name, reason=f"'{shared}' would be read as an id of {self.agency}")
        return local

    def decode(self, data: bytes) -> Iterator[Said | Rejected]:
        """The alarm, then its units, then its tasks; a wrong unit or task is refused alone."""
        document = text.read_json(data, encoding=self.encoding)
        if not isinstance(document, dict):
            raise Malformed("wrong-shape", "document", found=native.shape(document), wanted="an object")
        kind = document.get("msgType", ALARM.kind)
        if kind not in [form.kind for form in FORMS]:
            raise Invalid("not-in-list", "msgType", value=kind, allowed=", ".join(dict.fromkeys(form.kind for form in FORMS)))
        says = build(Says, ENVELOPE, document, self)
        if says.mode is None and document.get("drill") not in native.SILENT:  # nobody may take an exercise for real
            raise Invalid("not-in-list", "drill", value=document["drill"], allowed="true, false")
        around = {} if kind == ALARM.kind else self._kept(AROUND, document, "../")
        said = False
        for form, place, node in cut(document, alarm=kind == ALARM.kind):
            said = True
            try:
                yield Said(self._record(form, node, around), says)
                around = {}
            except Rejected as error:
                if not place:
                    raise
                yield type(error)(error.code, f"{place}/{error.at}".rstrip("/"), **error.details)
        if not said:
            raise Malformed("nothing-said")

    def _record(self, form: Form, node: Any, around: dict[str, str]) -> Any:
        if not isinstance(node, dict):
            raise Malformed("wrong-shape", found=native.shape(node), wanted="an object")
        claimed = (*form.fields, *AROUND) if form is ALARM else form.fields
        filled = dict.fromkeys(FILLED & form.cls.model_fields.keys(), self.owner)
        return build(form.cls, form.fields, node, self, {**filled, "extensions": around | self._kept(claimed, node)})

    def _kept(self, claimed: tuple[Field, ...], node: dict[str, Any], prefix: str = "") -> dict[str, str]:
        """What no field claims, and words that say more than the symbol they are read as."""
        found = {native.pointer(path): value for path, value in leftovers(claimed, node, self)}
        more = [each.verb for each in claimed if isinstance(each.verb, Word) and not each.verb.says_all(node, self)]
        found |= {native.pointer(verb.path): native.get(node, verb.path) for verb in more}
        return {f"{self.name}:{prefix}{place}": native.pack(value) for place, value in found.items()}

    def encode(self, said: Said) -> bytes:
        """A document for the one record."""
        if said.says.mode == "Test":
            raise Unsupported("cannot-say", "mode", format=self.name, reason="it has no word for a test")
        form = next(form for form in FORMS if form.cls is type(said.record))
        document = {"msgType": form.kind, **shred(said.says, ENVELOPE, self)}
        if "drill" in document:
            document["drill"] = said.says.mode == "Exercise"
        node = shred(said.record, form.fields, self)
        if form is ALARM:
            node = document = {**document, "disasterFamily": "未知", **node}
        else:
            document |= {"alarmNo": node.pop("alarmNo")} if "alarmNo" in node else {}
            document[form.at] = [node]
        if form is UNIT_STATE:
            node.setdefault("status", "未知")
        for key, packed in getattr(said.record, "extensions").items():
            if key.startswith(f"{self.name}:"):
                self._restore(form, node, document, key.partition(":")[2], sayable(packed))
        return text.write_json(lean(document), self.encoding)

    def _restore(self, form: Form, node: dict[str, Any], document: dict[str, Any], place: str, value: Any) -> None:
        """Puts what was kept back where it was found, unless it would say something else there."""
        around = place.startswith("../")
        path, home = native.steps(place.removeprefix("../")), document if around else node
        claimed = AROUND if around else (*form.fields, *AROUND) if form is ALARM else form.fields
        if value is None or (around and form is ALARM):
            return
        verb = next((each.verb for each in claimed if path[:1] in each.verb.paths), None)
        if len(path) == 1:
            if isinstance(verb, Word):
                fits = (verb.read({path[0]: value}, self) or "Unknown") == (verb.read(home, self) or "Unknown")
            else:
                fits = verb is None and (around or form not in (UNIT, UNIT_STATE) or (path[0] in OF_STATE) == (form is UNIT_STATE))
        else:
            rows = native.entries(home, path[:1]) if isinstance(verb, Each) and len(path) == 3 else []
            fits = path[1] in map(str, range(len(rows))) and not any(path[2:] in each.verb.paths for each in getattr(verb, "fields"))
        if fits:
            native.put(home, path, value)


def cut(document: dict[str, Any], *, alarm: bool) -> Iterator[tuple[Form, str, Any]]:
    """The parts of a document, and their places. A unit is what it is, and what it does now."""
    if alarm:
        yield ALARM, "", told(document)
    here = {"alarmNo": document.get("alarmNo")}
    for index, unit in enumerate(native.entries(document, ("units",))):
        said = {name: value for name, value in unit.items() if value not in native.SILENT} if isinstance(unit, dict) else {}
        state = {name: value for name, value in said.items() if name in OF_STATE}
        lasting = {name: value for name, value in said.items() if name not in OF_STATE}
        if lasting.keys() != {"unitCode"} or not state:
            yield UNIT, f"units/{index}", lasting if isinstance(unit, dict) else unit
        if state and "unitCode" in said:
            yield UNIT_STATE, f"units/{index}", {**here, **state, "unitCode": said["unitCode"]}
    for index, task in enumerate(native.entries(document, ("tasks",))):
        yield TASK, f"tasks/{index}", {**here, **task} if isinstance(task, dict) else task


def told(document: dict[str, Any]) -> dict[str, Any]:
    """The alarm with what its type implies: the code of a name, the family of a code."""
    node = {name: value for name, value in document.items() if name not in ("units", "tasks")}
    code = names().get(named := native.get(node, ("disasterType",))) if isinstance(node.get("disasterType"), str) else None
    if code:
        node |= {"disasterType": code, "disasterTypeName": node.get("disasterTypeName") or named}
    if node.get("disasterFamily") in native.SILENT and (family := implied(node)):
        node["disasterFamily"] = FAMILY.give(family, None)
    return node


def lean(document: dict[str, Any]) -> dict[str, Any]:
    """The reverse: what its type implies need not be said."""
    if document.get("disasterType") in names():
        del document["disasterType"]
    family = implied(document)
    if document.get("disasterFamily") == (FAMILY.give(family, None) if family else "未知"):
        del document["disasterFamily"]
    return document


def implied(node: dict[str, Any]) -> str | None:
    """The family of a GB/T 35561 code, or of the two digits that lead it."""
    code, known = str(node.get("disasterType") or ""), codes.load("gb-35561")
    return known.means(code) or (known.means(code[:2]) if GB_CODE.fullmatch(code) else None)


@cache
def names() -> dict[str, str]:
    """Types of GB/T 35561 by their name."""
    return {row.label_zh: row.code for row in codes.load("gb-35561").rows.values()}


def sayable(packed: str) -> Any:
    """The native value of an extension, nothing if JSON would not bring back just this."""
    value = native.unpack(packed)
    try:
        text.read_json(text.write_json([[[value]]]))  # three levels deep it may stand
    except (Malformed, ValueError, RecursionError):
        return None
    return value if native.pack(value) == packed and value not in native.SILENT else None
