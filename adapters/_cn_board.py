"""The board of warnings of a city: its rows, as entries."""

import re
from collections.abc import Iterator
from typing import Any

from adapters import _chinese as chinese
from adapters._alerts import COLORS, Tree, fields, imply, unsay
from bridge import Malformed, Rejected, mapping, native, parts, text

PLACES = {
    "identifier": "keyId",
    "sender_name": "issued",
    "sent": "issueTime",
    "effective": "startTime",
    "event": "subCategory.name",
    "color": "wLevel",
    "area": "area",
    "description": "matter",
    "instruction": "wmeasures",
    "contact": "tel",
}
PARTS, ENVELOPE, LOST = parts([{"type": "Alert", "fields": fields(**PLACES)}], {})
BOARD = {"date": "issueTime", "alarmType": "subCategory", "alarmColor": "wLevel", "alarmArea": "area", "str": "matter"}
PICTURES = {"pic", "picS", "icon", "recID"}
ISSUED = re.compile(r"於(\d{4}年\d\d月\d\d日\d\d时\d\d分)发出\s*$")


class Board:
    """The list, or the board in the words of the list."""

    def read(self, data: bytes, setting: Any) -> Iterator[tuple[str, Any]]:
        """Warning by warning; a wrong one is refused alone."""
        document = text.read_json(data, encoding=setting.encoding)
        if isinstance(document, dict) and "keyId" in document:
            document = [document]
        for place, entry in rows(document):
            try:
                yield place, told(entry, setting)
            except Rejected as error:
                yield place, mapping.within(error, place)

    def write(self, node: Tree, setting: Any) -> bytes:
        """A list of one."""
        category = node.pop("subCategory", {})
        name, group = category.get("name", ""), category.get("group")
        group = group if isinstance(group, str) and group and "." not in group else None
        node["subCategory"] = f"{group or ''}.{name}" if group or "." in name else name
        said = {**node, "subCategory": {"name": name}}
        unsay(node, implied(said, setting))
        own = node.get("regionbus", {})
        live = "status" not in own and own.get("msg_type") in (None, "Update", "Alert")
        if "msg_type" in own and own["msg_type"] == ("Alert" if live else "Cancel"):
            del own["msg_type"]
        elif "msg_type" not in own and not live:
            own["msg_type"] = "Alert"
        entry = {**node, "life": live}
        if str(entry["keyId"]).isascii() and re.fullmatch(r"[1-9]\d{0,15}", str(entry["keyId"])):
            entry["keyId"] = int(entry["keyId"])
        return text.write_json([{name: value for name, value in entry.items() if value != {}}], setting.encoding)


def rows(document: Any) -> Iterator[tuple[str, Any]]:
    """The warnings with their places."""
    if isinstance(document, list):
        yield from ((str(index), entry) for index, entry in enumerate(document))
        return
    if not isinstance(document, dict) or not {"subAlarm", "sshzqAlarm", "xgAlarm"} & document.keys():
        raise Malformed("wrong-shape", "document", found=native.shape(document), wanted="a list of warnings")
    seen: set[str] = set()
    for name in ("subAlarm", "subAlarmMores", "sshzqAlarm", "sshzqAlarmMores", "xgAlarm"):
        more = document.get(name)
        lists = more.values() if isinstance(more, dict) else [more or []]
        for index, entry in enumerate(entry for each in lists for entry in (each if isinstance(each, list) else [each])):
            found = posted(entry, name) if isinstance(entry, dict) else entry
            if not isinstance(found, dict) or found["keyId"] not in seen:
                yield f"{name}/{index}", found
            seen |= {found["keyId"]} if isinstance(found, dict) else set()


def posted(row: Tree, board: str) -> Tree:
    """A row of the board in the words of the list."""
    entry = {BOARD.get(name, name): value for name, value in row.items() if name not in PICTURES}
    if board == "xgAlarm":
        stated = ISSUED.search(chinese.text(entry.pop("desc", None) or row.get("desc")))
        entry |= {"subCategory": row.get("type"), "matter": row.get("desc"), "issueTime": stated[1] if stated else None}
        entry = {name: value for name, value in entry.items() if name not in ("name", "type")}
    own = f"{row.get('recID')}_" in str(row.get("pic"))
    stamp = "".join(re.findall(r"\d", str(entry.get("issueTime"))))
    number = row.get("recID") if own or board.startswith("sshzq") else stamp
    entry["keyId"] = str(number) if own else f"{number}-{entry.get('subCategory') or ''}{entry.get('wLevel') or ''}"
    return entry


def told(entry: Any, setting: Any) -> Any:
    """A warning with what it implies."""
    if not isinstance(entry, dict):
        raise Malformed("wrong-shape", "", found=native.shape(entry), wanted="an object")
    node = {name: value for name, value in entry.items() if name != "life" or not isinstance(value, bool)}
    group, dot, name = chinese.text(entry.get("subCategory")).partition(".")
    category = {"name": name, "group": group} if dot else {"name": group}
    node["subCategory"] = {part: words for part, words in category.items() if words}
    imply(node, {**implied(node, setting), "msg_type": "Cancel" if entry.get("life") is False else "Alert"})
    return node


def implied(node: Tree, setting: Any) -> Tree:
    """What follows from the words of a warning."""
    level = node.get("wLevel")
    event = node["subCategory"].get("name")
    return {
        "sender": node.get("issued") or setting.owner,
        "status": "Actual",
        "severity": chinese.severity(COLORS.get(level) if isinstance(level, str) else None),
        "categories": chinese.category(event, node.get("eventCategory")),
        "headline": chinese.title(node.get("matter")),
        "expires": chinese.until(node.get("matter"), setting.zone),
    }
