"""The places of the 119 exchange: its code words and fields."""


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
