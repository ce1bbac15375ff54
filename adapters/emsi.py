"""EMSI, the tactical situation object of ISO/TR 22351: incidents, resources and their states, missions.

Four dialects, told apart by their bytes: ``hub-json`` and ``hub-xml`` (EMSI of the French health hub, cisu 2.0), ``tso`` (TSO 2.0 of
CEN/WS ISDEM) and ``driver`` (plain JSON of the DRIVER+ Avro record). One message may say many records; one record is written alone.
What the shared model has no place for rides in ``extensions`` under ``emsi:<hub path>`` and goes back where it was, if the message then
still says the same. Lost on the way out: fractions of a second, all but the first line of an address, holes, heights and codes of areas,
a geometry beside a point, links to other incidents, notes, persons, and codes that the target's lists do not have. The hub cannot say
a mission whose type or state is not in its lists, and no dialect can say a message whose mode nobody knows.
"""

import json
import math
import re
from collections.abc import Callable, Iterable, Iterator
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cache, cached_property
from itertools import zip_longest
from typing import Any, ClassVar, Literal, NamedTuple, cast
from urllib.parse import unquote
from uuid import NAMESPACE_URL, uuid5

from pydantic import field_validator

from bridge import (
    Adapter,
    Address,
    Area,
    Attachment,
    Capability,
    CodedValue,
    Contact,
    GeoPoint,
    Incident,
    Lenient,
    Location,
    Malformed,
    Mission,
    Mode,
    Rejected,
    Resource,
    ResourceState,
    Said,
    Says,
    Unsupported,
    Zone,
    codes,
    geo,
    native,
    text,
    times,
    xml,
)
from bridge.adapter import FILLED
from bridge.losses import differences, same, silent
from bridge.model import Record
from bridge.verbs import number, words

Tree = dict[str, Any]
"""A message under the hub's names: times in UTC, numbers as numbers, what may repeat in lists."""

# ---- the dialects


class Place(NamedTuple):
    """One element of the format."""

    name: str
    canon: str
    """Its name in our tree."""
    flags: str
    """``!`` required · ``^`` in XML · ``~`` without it the part is left out · ``#`` too long is refused · ``*`` many · ``+`` the first of many."""
    kind: str
    """``o`` object, ``time``, ``int``, ``percent``, ``num``; else text."""
    codes: str
    """A list of ours, or a pattern."""
    limit: int


Grammar = dict[str, dict[str, Place]]
TOKEN = re.compile(r"([A-Z_]+)(?:/([A-Z_]+))?([!~^#*+]*)(?::(\w+))?(?:=([^<]+))?(?:<(\d+))?")


def grammar(**rows: str) -> Grammar:
    """The elements of every part, in the order of the schema."""
    found: Grammar = {}
    for part, row in rows.items():
        for name, canon, flags, kind, listed, limit in (TOKEN.fullmatch(token).groups("") for token in row.split()):  # type: ignore[union-attr]
            found.setdefault(part, {})[name] = Place(name, canon or name, flags, kind, listed, int(limit or 0))
    return found


COUNTS = "DECONT:int TRIAGERED:int TRIAGEYELLOW:int TRIAGEGREEN:int TRIAGEBLACK:int MISSING:int"
MOMENTS = "DECL_DATIME:time OCC_DATIME:time OBS_DATIME:time STATUS=event-status"
HUB = grammar(
    MESSAGE="CONTEXT!:o EVENT!:o MISSION*:o RESOURCE*:o",
    CONTEXT="ID! MODE!=mode MSGTYPE!=msg-type CREATION:time LINK*:o LEVEL=level SECLASS=seclass FREETEXT ORIGIN:o EXTERNAL_INFO*:o URGENCY=urgency",
    LINK="ID! LINK_ROLE=link-role",
    ORIGIN="ORG_ID USER_ID NAME",
    EXTERNAL_INFO="FREETEXT URI! TYPE=external-info",
    EVENT=f"ID! NAME MAIN_EVENT_ID ETYPE:o SOURCE=source SCALE=[1-5] CERTAINTY:percent {MOMENTS} RISK_ASSESMENT=risk REFERENCE*:o"
    " CASUALTIES*:o EVAC*:o EGEO*:o CAUSE=cause FREETEXT",
    ETYPE="CATEGORY~*=category ACTOR~*=actor LOCTYPE!* ENV+=env",
    REFERENCE="ORG_ID! OTHER_EVENT_ID~*",
    CASUALTIES=f"CONTEXT! DATIME:time {COUNTS}",
    EVAC="DATIME:time DISPLACED:int EVACUATED:int",
    EGEO="DATIME:time TYPE!=egeo-type WEATHER*=weather FREETEXT POSITION^:o",
    POSITION="LOC_ID^ NAME TYPE HEIGHT_ROLE COORDSYS COORD*:o ADDRESS*",
    COORD="LAT!:num LONG!:num HEIGHT:num",
    MISSION="TYPE!+=mission-type FREETEXT ID! ORG_ID NAME! STATUS!=mission-status START_TIME:time END_TIME:time RESOURCE_ID* PARENT_MISSION_ID*"
    " CHILD_MISSION_ID* MAIN_MISSION_ID POSITION:o PRIORITY=[0-5]",
    RESOURCE="RTYPE!:o ID! ORG_ID NAME! FREETEXT RGEO*:o QUANTITY:num UM=unit STATUS!=resource-status NATIONALITY CONTACTS*:o",
    RTYPE="RCLASS!*=resource-class CAPABILITY* CHARACTERISTICS*",
    RGEO="DATIME:time TYPE!=rgeo-type FREETEXT ID POSITION*:o",
    CONTACTS="TYPE~=contact-type DETAIL!",
)
TSO = grammar(
    MESSAGE="CONTEXT!:o EVENT!:o RESOURCE*:o MISSION*:o",
    CONTEXT="ID!<40 MODE!=mode MSGTYPE!=msg-type CREATION:time LINK*:o LEVEL=level SECLASS=seclass FREETEXT<500 URGENCY=urgency ORIGIN:o EXTERNAL_INFO*:o",
    LINK="ID!<40 ROLE/LINK_ROLE<6",
    ORIGIN="ORG_ID~<40 USER_ID<80 NAME<80",
    EXTERNAL_INFO="FREETEXT<500 URI~=[-\\w.~:/?#@!$&'()*+,;=%]*<200 TYPE<8",
    EVENT=f"ID!<40 NAME<40 MAIN_EVENT_ID<40 ETYPE:o SOURCE=source SCALE=[1-5] CERTAINTY:percent {MOMENTS} RISK_ASSESSMNT/RISK_ASSESMENT=risk"
    " REFERENCE*:o CASUALTIES*:o EVAC*:o EGEO*:o CAUSE=cause FREETEXT<500",
    ETYPE="CATEGORY~*<80 ACTOR!*<80 LOCTYPE!*<80 ENV*<80",
    REFERENCE="ORG_ID~<40 OTHER_EVENT_ID~*<40",
    CASUALTIES=f"CONTEXT~=casualty-context DATIME:time {COUNTS}",
    EVAC="DATIME:time DISPLACED:int EVACUATED:int",
    EGEO="DATIME:time TYPE!<80 POSITION!:o WEATHER*<40 FREETEXT#<500 ID<40 STATUS=GONE|PLANNED|INPLACE",
    POSITION="LOC_ID<80 NAME<80 TYPE=POINT|CIRCLE|LINE|SURFACE|GRID|POLYGON|ELLIPSE COORDSYS<10 COORD*:o HEIGHT_ROLE=MIN|MAX|AVE ADDRESS*<256",
    COORD="LAT!:num LON/LONG!:num HEIGHT:num",
    RESOURCE="RTYPE!:o ID!<80 ORG_ID<40 NAME<40 FREETEXT<500 RGEO*:o QUANTITY:num UM<8 STATUS=resource-status NATIONALITY=.{2} CONTACT/CONTACTS*:o",
    RTYPE="CLASS/RCLASS!+<80 CAPABILITY*<80 CHARACTERISTICS*<80",
    RGEO="DATIME:time TYPE!<80 POSITION!+:o FREETEXT<500 ID<40",
    CONTACTS="TYPE~=contact-type DETAIL~<200",
    # TSO's parents and children are what comes before and after; its main mission is what the hub calls the parent
    MISSION="TYPE!*<80 FREETEXT<500 ID!<40 MAIN_MISSION_ID/PARENT_MISSION_ID+<40 ORG_ID#<40 NAME<80 STATUS=ABO|CANCLD|COM|IPR(\\d\\d)?|NST|PAU"
    " START_TIME:time END_TIME:time RESOURCE_ID*<80 PARENT_MISSION_ID/AFTER_MISSION_ID*<40 CHILD_MISSION_ID/BEFORE_MISSION_ID*<40 POSITION:o PRIORITY=[0-5]",
)


def named(own: Grammar, other: Grammar) -> Grammar:
    """The elements by every name they are known by."""
    canon = {part: {place.canon: place for place in places.values()} for part, places in own.items()}
    return {part: {name: canon[part].get(place.canon, place) for name, place in other[part].items()} | own[part] for part in own}


@dataclass(frozen=True)
class Dialect:
    """One way to spell the tree."""

    places: Grammar
    names: Grammar
    root: str
    space: str = ""
    edition: str = ""
    """Codes must come from this edition of the lists; empty: any will do."""
    lacking: str = "-"
    system: str = "EPSG:4326"

    @cached_property
    def lists(self) -> dict[str, Place]:
        """Where a list of codes is used."""
        return {place.codes: place for places in self.places.values() for place in places.values() if place.codes}

    def knows(self, name: str, code: str) -> bool:
        """Whether its list, if it has one, holds a code."""
        return name not in self.lists or self.allows(self.lists[name], code)

    def allows(self, place: Place, code: str) -> bool:
        """Whether a word may stand here."""
        if not place.codes or (place.codes[0].islower() and not self.edition):
            return True
        if not place.codes[0].islower():
            return re.fullmatch(place.codes, code) is not None
        row = codes.load(f"emsi-{place.codes}").rows.get(code)
        return row is not None and self.edition in row.source and self.lacking not in row.source


DIALECTS = {
    "hub-json": Dialect(HUB, named(HUB, TSO), "emsi", "", "hub", "not in the JSON schema", "EPSG-4326"),
    "hub-xml": Dialect(HUB, named(HUB, TSO), "emsi", "urn:emergency:cisu:2.0:emsi", "hub", "not in the XSD", "EPSG-4326"),
    "tso": Dialect(TSO, named(TSO, HUB), "TSO_2_0", "http://tacticalsituationobject.org/schemas/TSO/2_0", "TSO"),
    "driver": Dialect(TSO, named(TSO, HUB), "TSO_2_0"),
}

# ---- bytes to tree: whatever was meant, under the hub's names

NOTHING = ("None", "null")
"""Words that some senders write where they have nothing to say."""
FREE = {"ADDRESS", "DETAIL", "FREETEXT", "NAME"}
"""Text in which blanks count."""
MISSPELT = {"INCREA": "NCREA"}
"""The hub's schema has it wrong, and its messages must."""
ALL_CLASSES = ["FAC", "HUM", "MAT", "ORG"]
"""Stands where a class must be and none is known: together they say nothing."""
NO_STATUS = "regionbus:status-not-said"
"""Stands among the characteristics where a status must be and none is known."""


class Reading(Lenient):
    """One part of a message being read."""

    def __init__(self, zone: str | None, dialect: Dialect, known: Tree, prefix: str = "", home: str = "") -> None:
        """``known`` are the positions met before, by their LOC_ID; ``home`` is where the part stands in our tree."""
        super().__init__("emsi", prefix, zone)
        self.dialect, self.known, self.home = dialect, known, home

    def after(self, head: "Reading") -> "Reading":
        """Itself, with what was noted of the whole message."""
        self.deviations[:0] = head.deviations
        self.extensions |= head.extensions
        return self

    def aside(self, at: str, value: Any) -> None:
        """Keeps what the tree has no place for."""
        if value not in native.SILENT:
            self.keep(self.home + at, native.pack(value))

    def part(self, part: str, found: Any, at: str) -> Tree:
        """An object, its elements under the hub's names."""
        found = found[0] if isinstance(found, list) and len(found) == 1 else found
        if found in native.SILENT:
            return {}
        if not isinstance(found, dict):
            raise Malformed("wrong-shape", f"{self.prefix}{at}".rstrip("/"), found=native.shape(found), wanted="an object")
        tree: Tree = {}
        for name, value in found.items():
            place, here = self.dialect.names[part].get(name), at + native.pointer((name,))
            if name not in self.dialect.places[part]:
                self.odd(here, "not in this dialect")
            if place is None or place.canon in tree:
                self.aside(here, value)
            elif (clean := self.value(place, value, here)) not in native.SILENT:
                tree[place.canon] = clean
        TIDY.get(part, lambda *_: None)(tree, self, at)
        return tree

    def value(self, place: Place, found: Any, at: str) -> Any:
        """What an element holds; a list if it may repeat in some dialect."""
        many, listed = isinstance(found, list), "*" in place.flags
        if (many and len(found) > 1 and not listed) or (listed and not many and not self.dialect.space):
            self.odd(at, "a list" if many else "not a list")
        items = [self.one(place, item, f"{at}/{index}" if many else at) for index, item in enumerate(found if many else [found])]
        if listed or "+" in place.flags:
            return trimmed([item for item in items if item is not None])
        for index, extra in enumerate(items[1:], 1):
            self.aside(f"{at}/{index}", extra)
        return items[0] if items else None

    def one(self, place: Place, found: Any, at: str) -> Any:
        """One value in the tree's own form."""
        if place.kind == "o":
            return self.part(place.canon, found, f"{at}/")
        if isinstance(found, str) and found.strip() in NOTHING:
            self.odd(at, f"'{found}' for nothing")
            return None
        if found in native.SILENT:
            return None
        take = self.instant if place.kind == "time" else self.number if place.kind else self.words
        return take(place, found, at)

    def instant(self, _: Place, found: Any, at: str) -> str:
        """A time in UTC; DRIVER counts milliseconds."""
        if not isinstance(found, str):
            return times.iso(times.epoch(number(found, self.prefix + at), 0.001, self.prefix + at))
        moment, zoned = times.instant(found, self.prefix + at, self.zone)
        if not zoned:
            self.odd(at, f"no offset, {self.zone} assumed")
        return times.iso(moment)

    def number(self, place: Place, found: Any, at: str) -> float | None:
        """A number; all but measures are whole."""
        if isinstance(found, str) and self.dialect is DIALECTS["hub-json"]:
            self.odd(at, "text for a number")
        value = number("a comma" if isinstance(found, str) and "," in found else found, self.prefix + at)
        if abs(value) > 1e300 or (place.kind != "num" and (value % 1 or abs(value) >= 2**31)):
            raise Malformed("not-a-number", self.prefix + at, value=found)
        if place.kind == "percent" and not 0 <= value <= 100:
            self.odd(at, f"{value} is not in 0 to 100")
            self.aside(at, found)
            return None
        return value if value % 1 else int(value)

    def words(self, place: Place, found: Any, at: str) -> str:
        """Text, or a code of a list."""
        plain = words(found, self.prefix + at)
        if not isinstance(found, str):
            self.odd(at, "a number for text")
        if place.canon not in FREE:
            plain = plain.strip()
        if plain and not self.dialect.allows(place, plain):
            self.odd(at, f"'{plain}' is not in the list")
        return next((right for right, wrong in MISSPELT.items() if plain == wrong), plain) if place.codes == "risk" else plain


def tidy_position(position: Tree, reading: Reading, at: str) -> None:
    """Only EPSG:4326 is read as coordinates; a position named before need not give them again."""
    if position.get("COORDSYS", "").endswith("4326"):
        del position["COORDSYS"]
    if "COORDSYS" in position:
        reading.odd(f"{at}COORDSYS", "not EPSG:4326, its coordinates are kept aside")
        return
    for index, corner in enumerate(position.get("COORD", ())):
        here = f"{reading.prefix}{at}COORD/{index}"
        if not corner.keys() >= {"LAT", "LONG"}:
            raise Malformed("missing", f"{here}/{'LONG' if 'LAT' in corner else 'LAT'}")
        geo.checked(corner["LAT"], corner["LONG"], here)
    if "COORD" in position:
        reading.known.setdefault(position.get("LOC_ID"), {name: position[name] for name in ("TYPE", "COORD") if name in position})
    elif "LOC_ID" in position:
        position.update(reading.known.get(position["LOC_ID"], {}))


def tidy_event(event: Tree, _: Reading, __: str) -> None:
    """The place of the incident stands first, a reference names one id, and EVAC n belongs to CASUALTIES n."""
    egeos, refers, hurt, moved = (event.get(name, []) for name in ("EGEO", "REFERENCE", "CASUALTIES", "EVAC"))
    event["EGEO"] = sorted(egeos, key=lambda egeo: egeo is not next(filter(is_here, egeos), None))
    event["REFERENCE"] = [{**each, "OTHER_EVENT_ID": [other]} for each in refers for other in each.get("OTHER_EVENT_ID", ())]
    event["REFERENCE"] += [each for each in refers if "OTHER_EVENT_ID" not in each]
    mine = [one.get("DATIME") == other.get("DATIME") for one, other in zip(hurt, moved, strict=False)]
    pairs = [each if same_time else {} for each, same_time in zip(moved, mine, strict=False)] + [{}] * (len(hurt) - len(moved))
    event["EVAC"] = trimmed(pairs + [each for index, each in enumerate(moved) if each and not (index < len(mine) and mine[index])])
    for name in [name for name, value in event.items() if value == []]:
        del event[name]


def tidy_mission(mission: Tree, _: Reading, __: str) -> None:
    """IPR50 is in progress, by half."""
    if found := re.fullmatch(r"IPR(\d{1,3})", mission.get("STATUS", "")):
        mission |= {"STATUS": "IPR", "PROGRESS": int(found[1])}


def tidy_resource(resource: Tree, _: Reading, __: str) -> None:
    """What stands there for the schema's sake says nothing; the position now and the one aimed at stand first."""
    kind, rgeos = resource.get("RTYPE", {}), resource.get("RGEO", [])
    if NO_STATUS in kind.get("CHARACTERISTICS", ()):
        kind["CHARACTERISTICS"] = [mark for mark in kind["CHARACTERISTICS"] if mark != NO_STATUS]
        resource.pop("STATUS", None)
    resource["RTYPE"] = {name: value for name, value in kind.items() if value not in ([], ALL_CLASSES)}
    first = [next((each for each in rgeos if each.get("TYPE") == aim and carries(each)), None) for aim in ("CUR", "TGT")]
    resource["RGEO"] = [each for each in first if each] + [each for each in rgeos if not any(each is one for one in first)]
    for name in ("RTYPE", "RGEO"):
        if not resource[name]:
            del resource[name]


TIDY: dict[str, Callable[[Tree, Reading, str], None]] = {
    "EVENT": tidy_event,
    "MISSION": tidy_mission,
    "POSITION": tidy_position,
    "RESOURCE": tidy_resource,
}


def carries(part: Tree) -> bool:
    """Whether an EGEO or RGEO says more than its type."""
    positions = part.get("POSITION", {})
    position = positions[0] if isinstance(positions, list) else positions
    return any(name in part for name in ("DATIME", "FREETEXT")) or bool(position.keys() & {"LOC_ID", "NAME", "ADDRESS", "COORD"})


def trimmed(parts: list[Any]) -> list[Any]:
    """The list without empty parts at its end."""
    return parts[: max((index for index, part in enumerate(parts, 1) if part), default=0)]


def opened(data: bytes) -> tuple[Dialect, Tree]:
    """The dialect and the message."""
    if data.lstrip(b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n")[:1] == b"<":
        root = xml.parse(data)
        if xml.name(root) not in ("emsi", "TSO_2_0"):
            raise Malformed("root", found=xml.name(root), wanted="emsi, TSO_2_0")
        message = xml.tree(root)
        dialect = DIALECTS["hub-xml" if xml.name(root) == "emsi" else "tso"]
    else:
        document = text.read_json(data)
        message = document.get("emsi", document) if isinstance(document, dict) else document
        context = message.get("CONTEXT") if isinstance(message, dict) and message is document else None
        counted = isinstance(context, dict) and not isinstance(context.get("CREATION", ""), str)
        dialect = DIALECTS["driver" if counted else "hub-json"]
    if not isinstance(message, dict) or not message.keys() & {"CONTEXT", "EVENT", "MISSION", "RESOURCE"}:
        raise Malformed("nothing-said")
    return dialect, message


# ---- tree to records and back, row by row

SCHEME = "urn:iso:tr:22351:"
OWN = {
    "certainty": {"100": "Observed", "75": "Likely", "25": "Possible", "0": "Unlikely"}
    | {str(number): "Likely" if number > 50 else "Possible" for number in range(1, 100)},
    "channel": {
        "PHNADD": "tel",
        "PMRADD": "radio",
        "EMLADD": "email",
        "FAXADD": "fax",
        "PSTADD": "post",
        "WWWADD": "web",
        "IPADD": "ip",
        "FTPADD": "ftp",
    },
    "priority": {str(number): str(number) for number in range(6)},
    "scale": {"5": "1", "4": "2", "3": "3", "2": "4", "1": "4"},
}
"""Crosswalks; where several codes mean the same, the first is written. SCALE runs from 1 to 5, the gravest."""


@cache
def listing(name: str) -> codes.Codes:
    """A list of EMSI's, or a crosswalk of ours."""
    return codes.simple(name, OWN[name]) if name in OWN else codes.load(f"emsi-{name}")


def spoken(**found: Any) -> Tree:
    """What of it is said."""
    return {name: value for name, value in found.items() if not (silent(value) or value == [])}


def whole(words: str | None) -> int | None:
    """A number that a list has as text."""
    return int(words) if words else None


def coded(name: str, found: list[str]) -> list[CodedValue]:
    """Native codes."""
    return [CodedValue(scheme=SCHEME + name, code=code) for code in found]


def uncoded(name: str, values: Iterable[CodedValue], my: "Emsi") -> list[str]:
    """The codes that the target knows."""
    return [value.code for value in values if value.scheme == SCHEME + name and my.speaks.knows(name, value.code)]


def local(kind: str, shared: str, my: "Emsi") -> str:
    """The native id, if it is read back as the shared one."""
    found = my.local_id(kind, shared) if my.agency else shared
    if not found or my.shared_id(kind, found) != shared:
        raise Unsupported("cannot-say", kind, format="emsi", reason=f"'{shared}' is no id")
    return found


Take = Callable[[Any, "Emsi"], Any]
VERBS: dict[str, Callable[[str], tuple[Take, Take]]] = {  # native to shared, and back; nothing: it cannot be said
    "same": lambda _: (lambda found, _: found, lambda value, _: value),
    "amount": lambda _: (lambda found, _: float(found), lambda value, _: value),
    "time": lambda _: (lambda found, _: datetime.fromisoformat(found), lambda value, _: times.iso(value)),
    "id": lambda kind: (lambda found, my: my.shared_id(kind, found), lambda value, my: local(kind, value, my)),
    "ids": lambda kind: (lambda found, my: [my.shared_id(kind, each) for each in found], lambda value, my: [local(kind, each, my) for each in value]),
    "code": lambda name: (lambda found, _: listing(name).means(found), lambda value, _: listing(name).writes(value)),
    "grade": lambda name: (lambda found, _: whole(listing(name).means(found)), lambda value, _: listing(name).writes(str(value))),
    "percent": lambda name: (lambda found, _: listing(name).means(str(found)), lambda value, _: whole(listing(name).writes(value))),
    "codes": lambda name: (lambda found, _: coded(name, found), lambda value, my: uncoded(name, value, my)),
    "kind": lambda name: (lambda found, _: coded(name, [found])[0], lambda value, my: next(iter(uncoded(name, [value], my)), None)),
    "skills": lambda name: (
        lambda found, _: [Capability(code=code) for code in coded(name, found)],
        lambda value, my: uncoded(name, (each.code for each in value), my),
    ),
    "org": lambda _: (lambda found, _: found, lambda value, my: None if value == my.owner else value),
    "links": lambda _: (lambda found, _: [each["ID"] for each in found if "ID" in each], lambda value, _: [{"ID": each} for each in value]),
    "files": lambda _: (
        lambda found, _: [Attachment(uri=each.get("URI"), description=each.get("FREETEXT")) for each in found],
        lambda value, _: [spoken(URI=each.uri, FREETEXT=each.description) for each in value],
    ),
    "refers": lambda _: (
        lambda found, _: [CodedValue(scheme=each.get("ORG_ID", ""), code=other) for each in found for other in each.get("OTHER_EVENT_ID", ())],
        lambda value, _: [spoken(ORG_ID=each.scheme, OTHER_EVENT_ID=[each.code]) for each in value],
    ),
    "place": lambda _: (lambda found, my: placed(found, my), lambda value, my: position(value, my)),
}


class Row(NamedTuple):
    """A shared field, where the tree has it, and its verb."""

    shared: str
    path: native.Path
    take: Take
    give: Take
    must: bool


def rows(table: str) -> tuple[Row, ...]:
    """``shared native verb``, line by line; ``!`` where the record must say it."""
    found = []
    for line in table.strip().splitlines():
        shared, path, verb = line.split()
        name, _, of = verb.rstrip("!").partition(":")
        found.append(Row(shared, native.steps(path), *VERBS[name](of), verb.endswith("!")))
    return tuple(found)


SAYS = rows("""
    mode                CONTEXT/MODE                code:mode
    action              CONTEXT/MSGTYPE             code:msg-type
    message_id          CONTEXT/ID                  same
    sent                CONTEXT/CREATION            time
    references          CONTEXT/LINK                links
    confidentiality     CONTEXT/SECLASS             code:seclass
""")
ROWS: dict[type[Record], tuple[Row, ...]] = {
    Incident: rows("""
        incident_id         EVENT/ID                    id:incident!
        name                EVENT/NAME                  same
        types               EVENT/ETYPE/CATEGORY        codes:category
        hazards             EVENT/ETYPE/ENV             codes:env
        source              EVENT/SOURCE                code:source
        level               EVENT/SCALE                 grade:scale
        certainty           EVENT/CERTAINTY             percent:certainty
        reported_at         EVENT/DECL_DATIME           time
        occurred_at         EVENT/OCC_DATIME            time
        observed_at         EVENT/OBS_DATIME            time
        lifecycle           EVENT/STATUS                code:event-status
        trend               EVENT/RISK_ASSESMENT        code:risk
        external_ids        EVENT/REFERENCE             refers
        cause               EVENT/CAUSE                 code:cause
        description         EVENT/FREETEXT              same
        attachments         CONTEXT/EXTERNAL_INFO       files
    """),
    Resource: rows("""
        resource_id         RESOURCE/ID                 id:resource!
        name                RESOURCE/NAME               same
        capabilities        RESOURCE/RTYPE/CAPABILITY   skills:capability
        quantity            RESOURCE/QUANTITY           amount
        unit                RESOURCE/UM                 code:unit
        attachments         CONTEXT/EXTERNAL_INFO       files
    """),
    ResourceState: rows("""
        resource_id         RESOURCE/ID                 id:resource!
        incident_id         EVENT/ID                    id:incident
    """),
    Mission: rows("""
        mission_id          MISSION/ID                  id:mission!
        incident_id         EVENT/ID                    id:incident
        parent_mission_id   MISSION/PARENT_MISSION_ID/0 id:mission
        assignee            MISSION/ORG_ID              org!
        resource_ids        MISSION/RESOURCE_ID         ids:resource
        type                MISSION/TYPE/0              kind:mission-type
        title               MISSION/NAME                same
        instructions        MISSION/FREETEXT            same
        state               MISSION/STATUS              code:mission-status
        progress_pct        MISSION/PROGRESS            same
        priority            MISSION/PRIORITY            grade:priority
        start_at            MISSION/START_TIME          time
        end_at              MISSION/END_TIME            time
        location            MISSION/POSITION            place
        attachments         CONTEXT/EXTERNAL_INFO       files
    """),
}


def picked(node: Any, path: native.Path) -> Any:
    """The value at a path; a number counts entries."""
    for step in path:
        if isinstance(node, list):
            node = node[int(step)] if int(step) < len(node) else None
        else:
            node = node.get(step) if isinstance(node, dict) else None
    return node


def planted(node: Any, path: native.Path, value: Any) -> Any:
    """The node with the value at a path; ``LookupError`` if its place in a list is not the next one."""
    if not path:
        return value
    step, counts = path[0], path[0].isdecimal()
    if node is None:
        node = [] if counts else {}
    if not isinstance(node, list if counts else dict):
        raise LookupError(step)
    if not counts:
        node[step] = planted(node.get(step), path[1:], value)
    elif int(step) < len(node):
        node[int(step)] = planted(node[int(step)], path[1:], value)
    elif int(step) == len(node):
        node.append(planted(None, path[1:], value))
    else:
        raise LookupError(step)
    return node


def left(found: Any, carried: Any, path: native.Path = ()) -> Iterator[tuple[native.Path, Any]]:
    """What of a tree is not in the one that its record gives back."""
    if isinstance(found, dict) and isinstance(carried, dict):
        for name, value in found.items():
            yield from left(value, carried.get(name), (*path, name))
    elif isinstance(found, list) and isinstance(carried, list):
        for index, value in enumerate(found):
            yield from left(value, carried[index] if index < len(carried) else None, (*path, str(index)))
    elif found not in native.SILENT and not same(found, carried, ""):
        yield path, found


# ---- what rows cannot say: places, casualties, classes, contacts

FIGURES = {"POINT": "", "CIRCLE": "", "ELLIPSE": "", "POLYGON": "Polygon", "SURFACE": "Polygon", "LINE": "LineString", "GRID": "MultiPoint"}
"""The types of a position, and the GeoJSON they are."""
HERE = {"GEN/EVENT", "GEN/INCGRD", "GEN/LOCAT", "GEN/ROUTE"}
"""Types of EGEO that say where the incident is; the others are zones."""
NOWHERE = "[place not said]"
KIND = re.compile(r"(?:(.+) )?\[kind ([^|\]]*)\|([^|\]]*)\]", re.DOTALL)
"""A zone's own kind in the free text beside TYPE: how the lists of others, and unknown codes, are said."""
SAFE = str.maketrans({char: f"%{ord(char):02X}" for char in "%|]"})
EARTH = 6371.0088
Corner = tuple[float, float, float | None]


def is_here(egeo: Tree) -> bool:
    """Whether an EGEO says where the incident is."""
    row = listing("egeo-type").row(egeo.get("TYPE", "GEN/LOCAT"))
    return carries(egeo) and row is not None and row.code in HERE


def figure(spot: Tree, my: "Emsi") -> tuple[str, list[Corner]]:
    """The type of a position and its corners, in WGS 84."""
    corners = [] if "COORDSYS" in spot else spot.get("COORD", [])
    kind = spot.get("TYPE", "").upper()
    points = [(*map(float, geo.from_datum(my.datum, each["LAT"], each["LONG"])), each.get("HEIGHT")) for each in corners]
    kind = kind if kind in FIGURES else "POINT" if len(points) == 1 else ""
    if FIGURES.get(kind) == "Polygon" and points and points[0] != points[-1]:
        points.append(points[0])
    return (kind, points) if points else ("", [])


def corner(lat: float, lon: float, alt: float | None, my: "Emsi") -> Tree:
    """A COORD."""
    north, east = geo.to_datum(my.datum, lat, lon)
    return {"LAT": north, "LONG": east, **spoken(HEIGHT=alt)}


def placed(spot: Tree, my: "Emsi", **more: Any) -> Tree:
    """A Location out of a POSITION."""
    kind, points = figure(spot, my)
    point = geometry = None
    if kind in ("POINT", "CIRCLE"):
        lat, lon, alt = points[0]
        point = GeoPoint(lat=lat, lon=lon, alt=alt)
    elif FIGURES.get(kind) and len(points) > 1:
        line: Any = [[lon, lat] if alt is None else [lon, lat, alt] for lat, lon, alt in points]
        geometry = text.write_json({"type": FIGURES[kind], "coordinates": [line] if FIGURES[kind] == "Polygon" else line}).decode()
    address = Address(text=spot["ADDRESS"][0]) if spot.get("ADDRESS") else None
    return spoken(location_id=spot.get("LOC_ID"), name=spot.get("NAME"), point=point, address=address, geometry=geometry, **more)


def position(place: Location | None, my: "Emsi") -> Tree:
    """A POSITION out of a Location; beside a point there is no room for a geometry."""
    if place is None:
        return {}
    spot = spoken(LOC_ID=place.location_id, NAME=place.name, ADDRESS=[place.address.text] if place.address and place.address.text else None)
    if place.point:
        return spot | {"TYPE": "POINT", "COORD": [corner(place.point.lat, place.point.lon, place.point.alt, my)]}
    return spot | (drawn(place.geometry, my) if place.geometry else {})


def drawn(geometry: str, my: "Emsi") -> Tree:
    """TYPE and COORD of a GeoJSON geometry that is one line."""
    try:
        shape = geo.moved(json.loads(geometry), lambda lat, lon: (lat, lon))
    except (ValueError, RecursionError, Rejected):
        return {}
    kind = next((kind for kind, name in FIGURES.items() if name == shape["type"]), None)
    line = shape.get("coordinates")
    if kind == "POLYGON":
        line = line[0] if len(line) == 1 and isinstance(line[0], list) and line[0][:1] == line[0][-1:] else None
    if not (kind and line and len(line) > 1 and shape.keys() == {"type", "coordinates"}):
        return {}
    if not all(isinstance(each, list) and len(each) in (2, 3) and isinstance(each[0], float) for each in line):
        return {}
    return {"TYPE": kind, "COORD": [corner(each[1], each[0], each[2] if len(each) == 3 else None, my) for each in line]}


def outline(spot: Tree, my: "Emsi") -> Tree:
    """Polygons and circles of a zone; a point is a circle without radius."""
    kind, points = figure(spot, my)
    if FIGURES.get(kind) == "Polygon":
        return {"polygons": [geo.polygon([(lat, lon) for lat, lon, _ in points])]}
    radius = 0.0 if kind == "POINT" else distance(*spot["COORD"]) if kind == "CIRCLE" and len(points) == 2 else math.inf
    if radius <= EARTH:
        return {"circles": [f"{points[0][0]!r},{points[0][1]!r} {round(radius, 9)!r}"]}
    return {}


def outlines(area: Area, my: "Emsi") -> Iterator[Tree]:
    """The reverse: one TYPE and COORD for every shape. A circle is its centre and the point due north or south of it."""
    for shape in area.polygons:
        ring = geo.ring(shape, "zones.area.polygons")
        if ring[0] != ring[-1]:
            raise Unsupported("wrong-value", "zones.area.polygons", value=shape, wanted="a closed ring")
        yield {"TYPE": "POLYGON", "COORD": [corner(lat, lon, None, my) for lat, lon in ring]}
    for shape in area.circles:
        (lat, lon), radius = geo.circle(shape, "zones.area.circles")
        centre, reach = corner(lat, lon, None, my), math.degrees(radius / EARTH)
        edge = centre | {"LAT": centre["LAT"] + (reach if lat < 0 else -reach)}
        if radius > EARTH:
            raise Unsupported("wrong-value", "zones.area.circles", value=shape, wanted="a circle on Earth")
        yield {"TYPE": "CIRCLE", "COORD": [centre, edge]} if radius else {"TYPE": "POINT", "COORD": [centre]}


def distance(one: Tree, other: Tree) -> float:
    """Kilometres between two corners, in the source's own datum: what distorts a place distorts its neighbour alike."""
    (lat, lon), (north, east) = ((math.radians(each["LAT"]), math.radians(each["LONG"])) for each in (one, other))
    chord = math.sin((north - lat) / 2) ** 2 + math.cos(lat) * math.cos(north) * math.sin((east - lon) / 2) ** 2
    return 2 * EARTH * math.asin(min(1, math.sqrt(chord)))


def take_places(tree: Tree, my: "Emsi") -> Tree:
    """Location, zones and weather out of the EGEOs; neighbours of one kind and LOC_ID are one zone of several shapes."""
    egeos = picked(tree, ("EVENT", "EGEO")) or []
    found: Tree = {"location": {}, "zones": [], "weather": coded("weather", egeos[0].get("WEATHER", []) if egeos else [])}
    before: tuple[Any, ...] = ()
    for index, egeo in enumerate(egeos):
        spot, note, moment = egeo.get("POSITION", {}), egeo.get("FREETEXT"), VERBS["time"]("")[0](egeo["DATIME"], my) if "DATIME" in egeo else None
        if index == 0 and is_here(egeo):
            found["location"] = placed(spot, my, observed_at=moment, note=note) if note != NOWHERE else {}
            continue
        shapes = outline(spot, my)
        ident = (egeo.get("TYPE"), moment, note, spot.get("NAME"), spot["LOC_ID"]) if shapes and "LOC_ID" in spot else ()
        if ident and ident == before:
            area = found["zones"][-1]["area"]
            found["zones"][-1]["area"] = area | {name: area.get(name, []) + shape for name, shape in shapes.items()}
            continue
        before = ident
        own = KIND.fullmatch(note or "")
        kind = (
            dict(label=own[1], scheme=unquote(own[2]), code=unquote(own[3]))
            if own
            else dict(label=note, scheme=SCHEME + "egeo-type", code=egeo.get("TYPE", ""))
        )
        found["zones"].append(dict(kind=kind, at=moment, area=spoken(description=spot.get("NAME")) | shapes))
    if kinds := picked(tree, ("EVENT", "ETYPE", "LOCTYPE")):
        found["location"]["kind"] = coded("loctype", kinds)[0]
    return found


def give_places(record: Any, tree: Tree, my: "Emsi") -> None:
    """The EGEOs of location, zones and weather."""
    egeos = [egeo for number, zone in enumerate(record.zones, 1) for egeo in give_zone(zone, number, my)]
    place, weather = record.location, uncoded("weather", record.weather, my)
    head = spoken(DATIME=place.observed_at and times.iso(place.observed_at), FREETEXT=place.note, POSITION=position(place, my))
    if not head and (any(map(is_here, egeos)) or (weather and not egeos)):
        head = {"FREETEXT": NOWHERE}
    if head:
        egeos.insert(0, {"TYPE": "GEN/LOCAT", **head})
    if weather:
        egeos[0]["WEATHER"] = weather
    if egeos:
        planted(tree, ("EVENT", "EGEO"), egeos)
    if place.kind and (kind := uncoded("loctype", [place.kind], my)):
        planted(tree, ("EVENT", "ETYPE", "LOCTYPE"), kind)


def give_zone(zone: Zone, number: int, my: "Emsi") -> Iterator[Tree]:
    """An EGEO for every shape. A kind that TYPE cannot say stands in the free text, beside the longest prefix that it can."""
    kind, label = zone.kind, zone.kind.label
    row = listing("egeo-type").row(kind.code) if kind.scheme == SCHEME + "egeo-type" else None
    if row is None or row.code != kind.code or KIND.fullmatch(label or ""):
        scheme, code = (words.translate(SAFE) for words in (kind.scheme, kind.code))
        label = f"{label} " * bool(label) + f"[kind {scheme}|{code}]"
    shapes = list(outlines(zone.area, my)) or [{}]
    ident = {"LOC_ID": f"zone-{number}"} if len(shapes) > 1 else {}
    for shape in shapes:
        spot = ident | spoken(NAME=zone.area.description) | shape
        yield {"TYPE": row.code if row else "GEN", **spoken(DATIME=zone.at and times.iso(zone.at), FREETEXT=label, POSITION=spot)}


HURT = {
    "decontaminated": "DECONT",
    "immediate": "TRIAGERED",
    "delayed": "TRIAGEYELLOW",
    "minor": "TRIAGEGREEN",
    "dead": "TRIAGEBLACK",
    "missing": "MISSING",
    "context": "CONTEXT",
}
MOVED = {"displaced": "DISPLACED", "evacuated": "EVACUATED"}


def take_casualties(tree: Tree, _: "Emsi") -> Tree:
    """CASUALTIES n and EVAC n are one report."""
    reports = []
    for hurt, moved in zip_longest(tree["EVENT"].get("CASUALTIES", []), tree["EVENT"].get("EVAC", []), fillvalue={}):
        both = moved | hurt
        counts = {field: both[name] for field, name in (HURT | MOVED).items() if name in both}
        reports.append(counts | ({"at": datetime.fromisoformat(both["DATIME"])} if "DATIME" in both else {}))
    return {"casualties": reports}


def give_casualties(record: Any, tree: Tree, _: "Emsi") -> None:
    """The reverse; a report of nothing but evacuation needs no CASUALTIES if no other report follows."""
    hurts, moves, needed = [], [], 0
    for index, report in enumerate(record.casualties, 1):
        at = spoken(DATIME=report.at and times.iso(report.at))
        hurt, moved = ({name: said for field, name in names.items() if (said := getattr(report, field)) not in (None, "")} for names in (HURT, MOVED))
        hurts.append(hurt | at)
        moves.append(moved and moved | at)
        needed = index if hurt or not moved else needed
    tree["EVENT"] |= spoken(CASUALTIES=hurts[:needed], EVAC=trimmed(moves))


def take_nature(tree: Tree, my: "Emsi") -> Tree:
    """The family, the sender, and the incident that this one is part of; the hub's shared id of this one is none."""
    event, origin = tree["EVENT"], picked(tree, ("CONTEXT", "ORIGIN")) or {}
    own, main = event.get("ID"), event.get("MAIN_EVENT_ID", "")
    sender = Contact(role="Sender", **spoken(agency=origin.get("ORG_ID"), name=origin.get("NAME")))
    return spoken(
        owner=my.owner,
        category=family(tree),
        contacts=[sender] if sender.agency or sender.name else [],
        parent_incident_id=None if main == own or main.endswith(f".{own}") else my.shared_id("incident", main),
    )


def family(tree: Tree) -> str | None:
    """The family of the first code that has one."""
    kinds = picked(tree, ("EVENT", "ETYPE")) or {}
    meanings = [listing(name).means(code) for name, place in (("category", "CATEGORY"), ("env", "ENV")) for code in kinds.get(place, ())]
    return next(filter(None, meanings), None)


def give_nature(record: Any, tree: Tree, my: "Emsi") -> None:
    """The reverse. ETYPE stands only if its family is the record's: a category made from a family would invent detail."""
    if (family(tree) or "Unknown") != record.category:
        tree["EVENT"].pop("ETYPE", None)
    if record.parent_incident_id:
        main, own = local("incident", record.parent_incident_id, my), tree["EVENT"]["ID"]
        if main == own or main.endswith(f".{own}"):
            raise Unsupported("cannot-say", "parent_incident_id", format="emsi", reason="it would be read as the incident itself")
        tree["EVENT"]["MAIN_EVENT_ID"] = main
    sender = next((each for each in record.contacts if each.role == "Sender" and (each.agency or each.name)), None)
    if sender:
        tree["CONTEXT"]["ORIGIN"] = spoken(ORG_ID=sender.agency, NAME=sender.name)


def take_class(tree: Tree, my: "Emsi") -> Tree:
    """Kind and types; a class that says no more than the kind is not repeated. Who controls it is a contact."""
    resource = tree["RESOURCE"]
    classes = picked(resource, ("RTYPE", "RCLASS")) or []
    kind = next(filter(None, map(listing("resource-class").means, classes)), None)
    bare = kind is not None and classes == [listing("resource-class").writes(kind)]
    contacts = [Contact(role="Owner", agency=resource["ORG_ID"])] if "ORG_ID" in resource else []
    contacts += [Contact(channel=listing("channel").means(each.get("TYPE", "")), value=each.get("DETAIL")) for each in resource.get("CONTACTS", ())]
    return spoken(owner=my.owner, kind=kind, types=[] if bare else coded("resource-class", classes), contacts=contacts) | {"sharing": "Unknown"}


def give_class(record: Any, tree: Tree, my: "Emsi") -> None:
    """The reverse; codes that mean another kind than the record's give way to the kind."""
    table = listing("resource-class")
    classes = uncoded("resource-class", record.types, my)
    if not classes or (next(filter(None, map(table.means, classes)), None) or "Unknown") != record.kind:
        classes = [code] if (code := table.writes(record.kind)) else []
    if classes:
        planted(tree, ("RESOURCE", "RTYPE", "RCLASS"), classes)
    owned = [each.agency for each in record.contacts[:1] if each.role == "Owner" and each.agency]
    ways = [spoken(TYPE=listing("channel").writes(each.channel or ""), DETAIL=each.value) for each in record.contacts[len(owned) :]]
    tree["RESOURCE"] |= spoken(ORG_ID=next(iter(owned), None), CONTACTS=ways)


def take_state(tree: Tree, my: "Emsi") -> Tree:
    """Availability, where it is, and where it is bound for; the native status where it says more."""
    status, table = tree["RESOURCE"].get("STATUS"), listing("resource-status")
    means = table.means(status) if status else None
    found = spoken(
        availability=means, native_status=coded("resource-status", [status])[0] if status and table.writes(means or "") != status else None
    )
    for rgeo in reversed(tree["RESOURCE"].get("RGEO", ())):
        spot, moment = next(iter(rgeo.get("POSITION", ())), {}), datetime.fromisoformat(rgeo["DATIME"]) if "DATIME" in rgeo else None
        if rgeo.get("TYPE") == "CUR":
            found |= spoken(at=moment, position=placed(spot, my).get("point"))
        elif rgeo.get("TYPE") == "TGT":
            found |= spoken(eta=moment, destination=placed(spot, my, note=rgeo.get("FREETEXT")))
    return found


def give_state(record: Any, tree: Tree, my: "Emsi") -> None:
    """The reverse; a state without a status is told by a position without a place."""
    table, place = listing("resource-status"), my.speaks.places["RESOURCE"]["STATUS"]
    status = [record.native_status.code] if record.native_status and record.native_status.scheme == SCHEME + "resource-status" else []
    status = [code for code in status if (table.means(code) or "Unknown") == record.availability] + [table.writes(record.availability)]
    status = [code for code in status if code and my.speaks.allows(place, code)]
    now = spoken(DATIME=record.at and times.iso(record.at), POSITION=record.position and [position(Location(point=record.position), my)])
    aim = spoken(
        DATIME=record.eta and times.iso(record.eta), POSITION=[position(record.destination, my)], FREETEXT=(record.destination or Location()).note
    )
    aim = {} if aim == {"POSITION": [{}]} else aim
    now = now or ({} if aim or status else {"FREETEXT": NOWHERE})
    rgeos = [{"TYPE": kind} | rgeo for kind, rgeo in (("CUR", now), ("TGT", aim)) if rgeo]
    tree["RESOURCE"] |= spoken(STATUS=next(iter(status), None), RGEO=rgeos)


Special = tuple[Callable[[Tree, "Emsi"], Tree], Callable[[Any, Tree, "Emsi"], None]]
SPECIAL: dict[type[Record], tuple[Special, ...]] = {
    Incident: ((take_places, give_places), (take_casualties, give_casualties), (take_nature, give_nature)),
    Resource: ((take_class, give_class),),
    ResourceState: ((take_state, give_state),),
}

# ---- tree to bytes: strictly what the schema allows


FILL = {("CONTEXT", "MSGTYPE"): "ALERT", ("EVENT", "ID"): "None", ("RTYPE", "RCLASS"): ALL_CLASSES}
"""What stands where something must be and nothing is known; anything else may be empty text."""


class Writing:
    """One message being written."""

    def __init__(self, adapter: "Emsi") -> None:
        """The dialect is the adapter's."""
        self.adapter, self.dialect = adapter, adapter.speaks
        self.full = adapter.dialect == "driver"

    def part(self, part: str, tree: Tree, at: str) -> Tree | None:
        """An object in the order of its schema; nothing if it cannot stand without something that is missing."""
        tree, found = self.dressed(part, tree), {}
        for place in self.dialect.places[part].values():
            said = self.value(place, tree.get(place.canon), f"{at}{place.name}")
            if said is None and "~" in place.flags and not self.full:
                return None
            if said is None and (set("!~") & set(place.flags) or ("^" in place.flags and self.dialect.space)):
                said = self.filler(part, place, f"{at}{place.name}")
            if said is not None or self.full:
                found[place.name] = [] if said is None and "*" in place.flags else said
        return found

    def dressed(self, part: str, tree: Tree) -> Tree:
        """With what only this dialect says, or says elsewhere."""
        hub = self.dialect.places is HUB
        if part == "POSITION" and "COORD" in tree:
            return {"COORDSYS": self.dialect.system, **tree}
        if part == "MISSION" and not hub and tree.get("STATUS") == "IPR" and 0 <= tree.get("PROGRESS", -1) < 100:
            return tree | {"STATUS": f"IPR{tree['PROGRESS']:02}"}
        if part == "RESOURCE" and hub and "STATUS" not in tree:
            kind = tree.get("RTYPE", {})
            return tree | {"STATUS": "VIRTUAL", "RTYPE": kind | {"CHARACTERISTICS": [*kind.get("CHARACTERISTICS", ()), NO_STATUS]}}
        if part == "EVENT" and any(self.value(self.dialect.places["EVENT"]["CASUALTIES"], each, "") is None for each in tree.get("CASUALTIES", ())):
            return {name: value for name, value in tree.items() if name != "CASUALTIES"}
        return tree

    def value(self, place: Place, value: Any, at: str) -> Any:
        """One or many; nothing if none of them can be said."""
        items = [self.one(place, item, at) for item in (value if isinstance(value, list) else [value]) if item is not None]
        items = [item for item in items if item is not None]
        if not items or items == [{}]:
            return None
        return items if "*" in place.flags else items[0]

    def filler(self, part: str, place: Place, at: str) -> Any:
        """What says nothing, and is read back as nothing."""
        if place.kind == "o":
            return self.part(place.canon, {}, f"{at}/")
        fill = FILL.get((part, place.name))
        if fill is None and (place.kind or (place.codes and not self.full)):
            raise Unsupported("cannot-say", at, format="emsi", reason="it must be there, from its list")
        fill = fill or ""
        return [fill] if "*" in place.flags and isinstance(fill, str) else fill

    def one(self, place: Place, value: Any, at: str) -> Any:
        """One value; nothing if its list does not have it or it is too long."""
        if place.kind == "o":
            return self.part(place.canon, value, f"{at}/")
        if place.kind == "time":
            return self.moment(datetime.fromisoformat(value), at)
        if place.kind:
            return self.number(place, number(value, at))
        plain = words(value, at)
        if plain.strip() in NOTHING or (place.canon not in FREE and plain != plain.strip()):
            raise Unsupported("wrong-value", at, value=plain, wanted="text that is read as it is written")
        plain = MISSPELT.get(plain, plain) if place.codes == "risk" and self.dialect.places is HUB else plain
        if not self.dialect.allows(place, plain):
            return None
        if place.limit and len(plain) > place.limit and not self.full:
            if {"!", "#"} & set(place.flags):
                raise Unsupported("cannot-say", at, format="emsi", reason=f"it has more than {place.limit} characters")
            return None
        return plain

    def moment(self, moment: datetime, at: str) -> Any:
        """The hub writes whole seconds with an offset, DRIVER milliseconds."""
        if self.full:
            millis = round(moment.timestamp() * 1000)
            times.epoch(millis, 0.001, at)
            return millis
        hub = self.dialect.places is HUB
        return times.iso(moment, zulu="+00:00", home=self.adapter.zone or "UTC", digits="seconds" if hub else "auto")

    def number(self, place: Place, value: float) -> Any:
        """XML has no exponents, DRIVER has counts as text."""
        plain = f"{Decimal(repr(value)):f}"
        return plain if self.dialect.space or (self.full and place.kind != "num") else value


# ---- the adapter


class ByDialect:
    """What a class says for its usual dialect, and an adapter for its own."""

    def __init__(self, usual: Any, **others: Any) -> None:
        """``others`` by dialect."""
        self.usual, self.others = usual, others

    def __get__(self, adapter: "Emsi | None", cls: object) -> Any:
        """The value."""
        return self.usual if adapter is None else self.others.get(adapter.dialect.replace("-", "_"), self.usual)


def lost(table: str) -> frozenset[str]:
    """``Record: path path.{part,part} …`` line by line, as paths."""
    found = set()
    for line in table.strip().splitlines():
        record, paths = line.strip().split(": ")
        for path in paths.split():
            head, _, parts = path.rstrip("}").partition("{")
            found |= {f"{record}.{head}{part}" for part in parts.split(",")}
    return frozenset(found)


ADDRESS = "address.{street,number,unit,locality,admin_code,postal_code,country_code}"
POINT = "{accuracy_m,heading_deg,speed_mps}"
FILE = "attachments.{mime_type,size_bytes,sha256,content}"
LOSES = lost(f"""
    Incident: revision owner updated_at external_ids.label links category types hazards lifecycle response_level severity source
    Incident: occurred_at reported_at observed_at closed_at location.point.{POINT} location.{ADDRESS} location.{{geometry,observed_at,kind}}
    Incident: zones.area.{{geocodes,altitude_m,ceiling_m,holes}} zones.at weather notes contacts {FILE} involved_agencies plan_ref extensions
    Incident: casualties.{{at,trapped,injured,hospitalised,affected,total_estimate}}
    Resource: revision owner updated_at kind types sector capabilities unit personnel home_base jurisdiction sharing available_from
    Resource: available_to mobilisation_minutes cost conditions contacts {FILE} extensions
    ResourceState: revision at availability native_status position.{POINT} mission_id eta fuel_or_battery_pct quantity_left extensions
    ResourceState: destination.point.{POINT} destination.{ADDRESS} destination.{{geometry,observed_at,kind}}
    Mission: revision at issuer type.label priority start_at end_at due_at progress_pct feedback plan_step {FILE} extensions
    Mission: location.point.{POINT} location.{ADDRESS} location.{{geometry,observed_at,kind,note}}
""")
TSO_LOSES = LOSES | lost("""
    Incident: name parent_incident_id external_ids casualties description attachments location zones.area.description
    Resource: name attachments
    ResourceState: destination
    Mission: parent_mission_id resource_ids type title instructions state location attachments
""")


class Emsi(Adapter):
    """EMSI and TSO in, one dialect of them out."""

    media_type: ClassVar[str] = cast("Any", ByDialect("application/json", hub_xml="application/xml", tso="application/xml"))
    records = (Incident, Resource, ResourceState, Mission)
    loses: ClassVar[frozenset[str]] = cast("Any", ByDialect(LOSES, tso=TSO_LOSES, driver=TSO_LOSES))

    dialect: Literal["hub-json", "hub-xml", "tso", "driver"] = "hub-json"
    """What is written; what is read is known by its bytes."""
    mode: Mode = "Unknown"
    """What is written where nobody says the mode; Unknown refuses."""
    zone: str | None = None
    """IANA zone of times that name none, and of those written."""
    datum: geo.Datum = "wgs84"
    """Datum of positions; nothing in the data says which."""

    @field_validator("zone")
    @classmethod
    def _known_zone(cls, name: str | None) -> str | None:
        return name and times.zone(name).key

    @property
    def speaks(self) -> Dialect:
        """The dialect that is written."""
        return DIALECTS[self.dialect]

    def decode(self, data: bytes) -> Iterator[Said | Rejected]:
        """The event, unless only its id is told; then resources with their states, and missions."""
        dialect, message = opened(data)
        listed = {part: native.entries(message, (part,)) for part in ("RESOURCE", "MISSION")}
        head = Reading(self.zone, dialect, {})
        tree = head.part("MESSAGE", {name: value for name, value in message.items() if name not in listed}, "")
        context, event = tree.get("CONTEXT", {}), tree.get("EVENT", {})
        for name in [name for name in ("ID", "MODE", "MSGTYPE") if name not in context]:
            head.odd(f"CONTEXT/{name}", "missing")
        says = Says.model_validate(self._taken(SAYS, tree))
        untold: Tree = {"CONTEXT": context}
        if event.keys() - {"ID"} or not any(listed.values()):
            if "ID" not in event:
                raise Malformed("missing", "EVENT/ID")
            yield self._said(Incident, tree, says, head)
            head, untold = Reading(self.zone, dialect, head.known), {}
        for part, index, found in [(part, index, each) for part, items in listed.items() for index, each in enumerate(items)]:
            own = Reading(self.zone, dialect, head.known, f"{part}/{index}/", f"{part}/")
            try:
                yield from self._part(untold | {"EVENT": spoken(ID=event.get("ID")), part: own.part(part, found, "")}, says, own.after(head))
            except Rejected as error:
                yield error
            else:
                head, untold = Reading(self.zone, dialect, head.known), {}

    def _part(self, tree: Tree, says: Says, own: Reading) -> Iterator[Said]:
        """A mission; or a resource, its state, or both."""
        for part in ("RESOURCE", "MISSION"):
            if "ID" not in tree.get(part, {"ID": ""}):
                raise Malformed("missing", f"{own.prefix}ID")
        if "MISSION" in tree:
            yield self._said(Mission, tree, says, own)
            return
        whole = tree["RESOURCE"]
        stated = whole.keys() & {"STATUS", "RGEO"}
        if whole.keys() - {"ID", "STATUS", "RGEO"} or not stated:
            yield self._said(Resource, tree | {"RESOURCE": {name: value for name, value in whole.items() if name != "RGEO"}}, says, own)
            tree, own = {"EVENT": tree["EVENT"]}, Reading(self.zone, own.dialect, {})
        if stated:
            state = {name: value for name, value in whole.items() if name in ("ID", "NAME", "STATUS", "RGEO")}
            classes = picked(whole, ("RTYPE", "RCLASS"))
            yield self._said(ResourceState, tree | {"RESOURCE": state | ({"RTYPE": {"RCLASS": classes}} if classes else {})}, says, own)

    def _said(self, cls: type[Record], tree: Tree, says: Says, own: Reading) -> Said:
        """A record, and in its extensions all that it would not give back."""
        found = self._taken(ROWS[cls], tree)
        for take, _ in SPECIAL.get(cls, ()):
            found |= take(tree, self)
        must = {name: value for name, value in SILENCE.items() if name in cls.model_fields and cls.model_fields[name].is_required()}
        record = cls.model_validate(dict.fromkeys(FILLED & cls.model_fields.keys(), self.owner) | must | found)
        try:
            carried = self.model_copy(update={"dialect": "driver"})._tree(record, says)  # the dialect in which any code can be said
        except Rejected:
            carried = {}
        for path, value in left(tree, carried):
            own.keep(native.pointer(path), native.pack(value))
        return Said(record.model_copy(update={"extensions": dict(own.extensions)}), says, tuple(own.deviations))

    def _taken(self, table: tuple[Row, ...], tree: Tree) -> Tree:
        found = {row.shared: row.take(value, self) for row in table if (value := picked(tree, row.path)) not in native.SILENT}
        return {name: value for name, value in found.items() if value is not None and value != {}}

    def encode(self, said: Said) -> bytes:
        """One record, its extensions where they were as long as the message then reads the same."""
        says = said.says if said.says.mode not in (None, "Unknown") else said.says.model_copy(update={"mode": self.mode})
        if says.mode == "Unknown":
            raise Unsupported("mode-unknown")
        tree = self._tree(said.record, says)
        tree["CONTEXT"].setdefault("ID", str(uuid5(NAMESPACE_URL, said.record.model_dump_json())))
        extensions: dict[str, str] = getattr(said.record, "extensions", {})
        paths = [(native.steps(key.removeprefix("emsi:")), value) for key, value in extensions.items() if key.startswith("emsi:")]
        kept = sorted(paths, key=lambda each: [step.zfill(9) for step in each[0]])
        for batch in [kept, *([each] for each in kept)]:
            trial = deepcopy(tree)
            try:
                for path, value in batch:
                    planted(trial, path, native.unpack(value))
            except LookupError:
                continue
            if batch and self._honest(said.record, tree, trial):
                tree = trial
                if batch is kept:
                    break
        return self._bytes(tree)

    def _tree(self, record: Record, says: Says) -> Tree:
        cls = type(record)
        tree: Tree = {"CONTEXT": {}, "EVENT": {}, **({} if cls is Incident else {"MISSION" if cls is Mission else "RESOURCE": {}})}
        for row, value in [(row, getattr(model, row.shared)) for table, model in ((SAYS, says), (ROWS[cls], record)) for row in table]:
            if silent(value) and row.must:
                raise Unsupported("cannot-say", row.shared, format="emsi", reason="it must be there")
            given = None if silent(value) else row.give(value, self)
            if given not in native.SILENT:
                planted(tree, row.path, given)
        for _, give in SPECIAL.get(cls, ()):
            give(record, tree, self)
        return tree

    def _bytes(self, tree: Tree) -> bytes:
        document = Writing(self).part("MESSAGE", tree, "") or {}
        if self.speaks.space:
            return xml.write(xml.grown(self.speaks.root, document, self.speaks.space))
        return text.write_json({self.speaks.root: document} if self.speaks.places is HUB else document)

    def _honest(self, record: Record, tree: Tree, trial: Tree) -> bool:
        """Whether the tree with extensions says nothing else."""
        try:
            read = [said.record for said in self.decode(self._bytes(trial)) if isinstance(said, Said) and type(said.record) is type(record)]
        except (Rejected, ArithmeticError, AttributeError, LookupError, TypeError, ValueError):  # extensions may hold anything
            return False
        changes = [each for back in read[:1] for each in differences(record, back) if not (each.lost or each.path in FILLED)]
        return bool(read) and not changes and self._taken(SAYS, trial) == self._taken(SAYS, tree)


SILENCE = {
    "category": "Unknown",
    "lifecycle": "Unknown",
    "kind": "Unknown",
    "availability": "Unknown",
    "state": "Unknown",
    "title": "",
    "location": {},
}
"""What a required field holds where the source is silent."""
