"""EMSI, the tactical situation object of ISO/TR 22351: incidents, resources and their states, missions.

Four dialects, told apart by their bytes: ``hub-json`` and ``hub-xml`` (EMSI of the French health hub, cisu 2.0), ``tso`` (TSO 2.0 of
CEN/WS ISDEM) and ``driver`` (plain JSON of the DRIVER+ Avro record). A message may say many records; each is written alone. What the
shared model has no place for rides in ``extensions`` under ``emsi:<path>`` and goes back there, if the message then still says the same.
Lost on the way out: fractions of a second, all of an address but its text, holes, heights and codes of areas, a geometry beside a point,
links to other incidents, notes, and codes that the target's lists do not have. A zone or mission of a kind, or a state, that the target
has no code for is noted at the end of its free text, beside the nearest code. No dialect can say a message whose mode nobody knows.
"""

import json
import math
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
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
    Area,
    Attachment,
    Capability,
    Casualties,
    CodedValue,
    Contact,
    GeoPoint,
    Incident,
    Lenient,
    Malformed,
    Mission,
    Mode,
    Record,
    Rejected,
    Resource,
    ResourceState,
    Said,
    Says,
    Unsupported,
    Zone,
    codes,
    geo,
    losses,
    native,
    text,
    times,
    verbs,
    xml,
)

Tree = dict[str, Any]
"""A message under the hub's names: times in UTC, numbers as numbers, what may repeat in lists. Besides, in our tree

EGEO 0 is where the incident is, the others are zones; RGEO 0 is where the resource is and RGEO 1 where it is bound for (each may be empty);
EVAC n belongs to CASUALTIES n; a REFERENCE has one id; a TYPE or STATUS with a bar in it has no code of its own.
"""

# ---- the dialects: what differs between them is said here


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


def grammar(table: str) -> Grammar:
    """The elements of every part, in the order of the schema: ``name/ours``, flags, ``:kind``, ``=codes``, ``<limit``."""
    found: Grammar = {}
    for part, *tokens in map(str.split, table.strip().splitlines()):
        for name, canon, flags, kind, listed, limit in (TOKEN.findall(token)[0] for token in tokens):
            found.setdefault(part, {})[name] = Place(name, canon or name, flags, kind, listed, int(limit or 0))
    return found


HUB = grammar(r"""
    MESSAGE        CONTEXT!:o EVENT!:o MISSION*:o RESOURCE*:o
    CONTEXT        ID! MODE!=mode MSGTYPE!=msg-type CREATION:time LINK*:o LEVEL=level SECLASS=seclass FREETEXT ORIGIN:o EXTERNAL_INFO*:o
    CONTEXT        URGENCY=urgency
    LINK           ID! LINK_ROLE=link-role
    ORIGIN         ORG_ID USER_ID NAME
    EXTERNAL_INFO  FREETEXT URI! TYPE=external-info
    EVENT          ID! NAME MAIN_EVENT_ID ETYPE:o SOURCE=source SCALE=[1-5] CERTAINTY:percent DECL_DATIME:time OCC_DATIME:time OBS_DATIME:time
    EVENT          STATUS=event-status RISK_ASSESMENT=risk REFERENCE*:o CASUALTIES*:o EVAC*:o EGEO*:o CAUSE=cause FREETEXT
    ETYPE          CATEGORY~*=category ACTOR~*=actor LOCTYPE!* ENV+=env
    REFERENCE      ORG_ID! OTHER_EVENT_ID~*
    CASUALTIES     CONTEXT! DATIME:time DECONT:int TRIAGERED:int TRIAGEYELLOW:int TRIAGEGREEN:int TRIAGEBLACK:int MISSING:int
    EVAC           DATIME:time DISPLACED:int EVACUATED:int
    EGEO           DATIME:time TYPE!=egeo-type WEATHER*=weather FREETEXT POSITION^:o
    POSITION       LOC_ID^ NAME TYPE HEIGHT_ROLE COORDSYS COORD*:o ADDRESS*
    COORD          LAT!:num LONG!:num HEIGHT:num
    MISSION        TYPE!+=mission-type FREETEXT ID! ORG_ID NAME! STATUS!=mission-status START_TIME:time END_TIME:time RESOURCE_ID*
    MISSION        PARENT_MISSION_ID* CHILD_MISSION_ID* MAIN_MISSION_ID POSITION:o PRIORITY=[0-5]
    RESOURCE       RTYPE!:o ID! ORG_ID NAME! FREETEXT RGEO*:o QUANTITY:num UM=unit STATUS!=resource-status NATIONALITY CONTACTS*:o
    RTYPE          RCLASS!*=resource-class CAPABILITY* CHARACTERISTICS*
    RGEO           DATIME:time TYPE!=rgeo-type FREETEXT ID POSITION*:o
    CONTACTS       TYPE~=contact-type DETAIL!
""")
# What TSO calls parents and children comes before and after; its main mission is what the hub calls the parent.
TSO = grammar(r"""
    MESSAGE        CONTEXT!:o EVENT!:o RESOURCE*:o MISSION*:o
    CONTEXT        ID!<40 MODE!=mode MSGTYPE!=msg-type CREATION:time LINK*:o LEVEL=level SECLASS=seclass FREETEXT<500 URGENCY=urgency ORIGIN:o
    CONTEXT        EXTERNAL_INFO*:o
    LINK           ID!<40 ROLE/LINK_ROLE<6
    ORIGIN         ORG_ID~<40 USER_ID<80 NAME<80
    EXTERNAL_INFO  FREETEXT<500 URI~=[-\w.~:/?#@!$&'()*+,;=%]*<200 TYPE<8
    EVENT          ID!<40 NAME<40 MAIN_EVENT_ID<40 ETYPE:o SOURCE=source SCALE=[1-5] CERTAINTY:percent DECL_DATIME:time OCC_DATIME:time
    EVENT          OBS_DATIME:time STATUS=event-status RISK_ASSESSMNT/RISK_ASSESMENT=risk REFERENCE*:o CASUALTIES*:o EVAC*:o EGEO*:o CAUSE=cause
    EVENT          FREETEXT<500
    ETYPE          CATEGORY~*<80 ACTOR!*<80 LOCTYPE!*<80 ENV*<80
    REFERENCE      ORG_ID~<40 OTHER_EVENT_ID~*<40
    CASUALTIES     CONTEXT~=casualty-context DATIME:time DECONT:int TRIAGERED:int TRIAGEYELLOW:int TRIAGEGREEN:int TRIAGEBLACK:int MISSING:int
    EVAC           DATIME:time DISPLACED:int EVACUATED:int
    EGEO           DATIME:time TYPE!<80 POSITION!:o WEATHER*<40 FREETEXT<500 ID<40 STATUS=GONE|PLANNED|INPLACE
    POSITION       LOC_ID<80 NAME<80 TYPE=POINT|CIRCLE|LINE|SURFACE|GRID|POLYGON|ELLIPSE COORDSYS<10 COORD*:o HEIGHT_ROLE=MIN|MAX|AVE ADDRESS*<256
    COORD          LAT!:num LON/LONG!:num HEIGHT:num
    RESOURCE       RTYPE!:o ID!<80 ORG_ID<40 NAME<40 FREETEXT<500 RGEO*:o QUANTITY:num UM<8 STATUS=resource-status NATIONALITY=.{2} CONTACT/CONTACTS*:o
    RTYPE          CLASS/RCLASS!+<80 CAPABILITY*<80 CHARACTERISTICS*<80
    RGEO           DATIME:time TYPE!<80 POSITION!+:o FREETEXT<500 ID<40
    CONTACTS       TYPE~=contact-type DETAIL~<200
    MISSION        TYPE!*<80 FREETEXT<500 ID!<40 MAIN_MISSION_ID/PARENT_MISSION_ID+<40 ORG_ID#<40 NAME<80 STATUS=ABO|CANCLD|COM|IPR(\d\d)?|NST|PAU
    MISSION        START_TIME:time END_TIME:time RESOURCE_ID*<80 PARENT_MISSION_ID/AFTER_MISSION_ID*<40 CHILD_MISSION_ID/BEFORE_MISSION_ID*<40
    MISSION        POSITION:o PRIORITY=[0-5]
""")


def named(own: Grammar, other: Grammar) -> Grammar:
    """The elements by every name they are known by."""
    canon = {part: {place.canon: place for place in places.values()} for part, places in own.items()}
    return {part: {name: canon[part].get(place.canon, place) for name, place in other[part].items()} | own[part] for part in own}


@dataclass(frozen=True)
class Dialect:
    """One way to spell the tree."""

    places: Grammar
    names: Grammar
    space: str = ""
    edition: str = ""
    """Words must come from this edition of the lists; empty: any will do."""
    lacking: str = "-"

    @property
    def hub(self) -> bool:
        """Whether it is one of the hub's."""
        return self.places is HUB

    @property
    def full(self) -> bool:
        """Whether all elements are there, as Avro's JSON has them, and any word will do."""
        return not self.edition

    @cached_property
    def lists(self) -> dict[str, Place]:
        """Where a list of codes is used."""
        return {place.codes: place for places in self.places.values() for place in places.values() if place.codes}

    def knows(self, name: str, code: str) -> bool:
        """Whether its list, if it has one, holds a code; none holds what we write with a bar."""
        return "|" not in code and (name not in self.lists or self.allows(self.lists[name], code))

    def allows(self, place: Place, word: str) -> bool:
        """Whether a word may stand here."""
        if not place.codes or self.full:
            return True
        if not place.codes[0].islower():
            return re.fullmatch(place.codes, word) is not None
        row = codes.load(f"emsi-{place.codes}").rows.get(word)
        return row is not None and self.edition in row.source and self.lacking not in row.source


DIALECTS = {
    "hub-json": Dialect(HUB, named(HUB, TSO), "", "hub", "not in the JSON schema"),
    "hub-xml": Dialect(HUB, named(HUB, TSO), "urn:emergency:cisu:2.0:emsi", "hub", "not in the XSD"),
    "tso": Dialect(TSO, named(TSO, HUB), "http://tacticalsituationobject.org/schemas/TSO/2_0", "TSO"),
    "driver": Dialect(TSO, named(TSO, HUB)),
}

# ---- bytes to tree: whatever was meant

NOTHING = ("None", "null")
"""Words that some senders write where they have nothing to say."""
FREE = {"ADDRESS", "DETAIL", "FREETEXT", "LOC_ID", "NAME"}
"""Text in which blanks count."""
RIGHT, WRONG = "INCREA", "NCREA"
"""The hub's schema misspells it, and its messages must."""


class Reading(Lenient):
    """One part of a message being read."""

    def __init__(self, zone: str | None, dialect: Dialect, known: Tree, prefix: str = "", home: str = "") -> None:
        """``known`` are the positions met before, by their LOC_ID; ``home`` is where the part stands in our tree."""
        super().__init__("emsi", prefix, zone)
        self.dialect, self.known, self.home = dialect, known, home

    def aside(self, at: str, value: Any) -> None:
        """Keeps what the tree has no place for."""
        if value not in native.SILENT:
            self.keep(self.home + at, native.pack(value))

    def part(self, part: str, found: Any, at: str = "") -> Tree:
        """An object, its elements under the hub's names."""
        if found in native.SILENT:
            return {}
        if not isinstance(found, dict):
            raise Malformed("wrong-shape", f"{self.prefix}{at}".rstrip("/"), found=native.shape(found), wanted="an object")
        tree: Tree = {}
        names, ours = self.dialect.names[part], self.dialect.places[part]
        for name, value in found.items():
            place = names.get(name)
            here = at + (name if place else native.pointer((name,)))
            if name not in ours:
                self.odd(here, "not in this dialect")
            if place is None or place.canon in tree:
                self.aside(here, value)
            elif (clean := self.value(place, value, here)) not in native.SILENT:
                tree[place.canon] = clean
        tidy(part, tree, self, at)
        return {name: value for name, value in tree.items() if value not in native.SILENT}

    def value(self, place: Place, found: Any, at: str) -> Any:
        """What an element holds; a list if it may repeat in some dialect."""
        many, listed = isinstance(found, list), "*" in place.flags
        if (many and len(found) > 1 and not listed) or (listed and not many and found is not None and not self.dialect.space):
            self.odd(at, "a list" if many else "not a list")
        items = [self.one(place, item, f"{at}/{index}") for index, item in enumerate(found)] if many else [self.one(place, found, at)]
        if listed or "+" in place.flags:
            return trimmed([item for item in items if item is not None])
        for index, extra in enumerate(items[1:], 1):
            self.aside(f"{at}/{index}", extra)
        return items[0] if items else None

    def one(self, place: Place, found: Any, at: str) -> Any:
        """One value in the tree's own form."""
        if place.kind == "o":
            return self.part(place.canon, found, f"{at}/")
        if found in native.SILENT:
            return None
        if isinstance(found, str) and found.strip() in NOTHING:
            self.odd(at, f"'{found}' for nothing")
            return None
        if place.kind:
            return self.instant(found, at) if place.kind == "time" else self.number(place, found, at)
        return self.words(place, found, at)

    def instant(self, found: Any, at: str) -> str:
        """A time in UTC; DRIVER counts milliseconds."""
        if not isinstance(found, str):
            return times.iso(times.epoch(verbs.number(found, self.prefix + at), 0.001, self.prefix + at))
        moment, zoned = times.instant(found, self.prefix + at, self.zone)
        if not zoned:
            self.odd(at, f"no offset, {self.zone} assumed")
        return times.iso(moment)

    def number(self, place: Place, found: Any, at: str) -> float | None:
        """A number; all but measures are whole."""
        if isinstance(found, str) and self.dialect is DIALECTS["hub-json"]:
            self.odd(at, "text for a number")
        value = verbs.number("a comma" if isinstance(found, str) and "," in found else found, self.prefix + at)
        if abs(value) > 1e300 or (place.kind != "num" and (value % 1 or not -(2**31) <= value < 2**31)):
            raise Malformed("not-a-number", self.prefix + at, value=found)
        if place.kind == "percent" and not 0 <= value <= 100:
            self.odd(at, f"{value} is not in 0 to 100")
            self.aside(at, found)
            return None
        return float(value) if place.kind == "num" else int(value)

    def words(self, place: Place, found: Any, at: str) -> str:
        """Text, or a code of a list."""
        plain = verbs.words(found, self.prefix + at)
        if not isinstance(found, str):
            self.odd(at, "a number for text")
        if place.canon not in FREE:
            plain = plain.strip()
        if plain and not self.dialect.allows(place, plain):
            self.odd(at, f"'{plain}' is not in the list")
        return RIGHT if plain == WRONG and place.codes == "risk" else plain


def trimmed(parts: list[Any]) -> list[Any]:
    """The list without empty parts at its end."""
    return parts[: max((index for index, part in enumerate(parts, 1) if part), default=0)]


def opened(data: bytes) -> tuple[Dialect, Tree, str]:
    """The dialect, the message, and what is odd about its namespace."""
    if data.lstrip(b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n")[:1] == b"<":
        root = xml.parse(data)
        if xml.name(root) not in ("emsi", "TSO_2_0"):
            raise Malformed("root", found=xml.name(root), wanted="emsi, TSO_2_0")
        dialect, message, space = DIALECTS["hub-xml" if xml.name(root) == "emsi" else "tso"], xml.tree(root), xml.namespace(root)
    else:
        dialect, message, space = DIALECTS["hub-json"], text.read_json(data), ""
        if isinstance(message, dict) and isinstance(message.get("emsi"), dict):
            message = message | message.pop("emsi")
        elif isinstance(message, dict) and isinstance(context := message.get("CONTEXT"), dict) and not isinstance(context.get("CREATION", ""), str):
            dialect = DIALECTS["driver"]
    if not isinstance(message, dict) or not message.keys() & HUB["MESSAGE"].keys():
        raise Malformed("nothing-said")
    known = space == dialect.space or (dialect.hub and space.startswith("urn:emergency:"))
    return dialect, message, "" if known else f"namespace '{space}'"


# ---- what our tree holds otherwise than the bytes, and back

HERE = {"GEN/EVENT", "GEN/INCGRD", "GEN/LOCAT", "GEN/ROUTE"}
"""Types of EGEO that say where the incident is."""
ALL_CLASSES = ["FAC", "HUM", "MAT", "ORG"]
"""Stands where a class must be and none is known: together they say nothing."""
NOWHERE = "[place not said]"
NOTE = re.compile(r"(?:(.*) )?\[not in the list: ([^|\]]*)\|([^|\]]*)\|([^|\]]*)\]", re.DOTALL)
"""Ends the free text where TYPE or STATUS cannot say what is meant: whose list, which code, what state."""
MARK = "regionbus:availability="
"""The same for a resource, among its characteristics."""
NEAREST = {
    "egeo-type": {"": "GEN"},
    "mission-type": {"": "GEN/SUPRTN"},
    "mission-status": {"Acknowledged": "NST", "Accepted": "NST", "Refused": "ABO"},
    "resource-status": {"": "VIRTUAL", "Committed": "UNAV", "AtDestination": "UNAV", "Transporting": "IN_USE/MOBILE", "Returning": "IN_USE/MOBILE"},
}
"""What stands beside such a note: something less, but nothing wrong."""
SAFE = str.maketrans({char: f"%{ord(char):02X}" for char in "%|]"})


def worded(name: str, kind: CodedValue) -> str:
    """A code of EMSI's own; with its scheme and a bar before it, one of another list."""
    own = kind.scheme == SCHEME + name and kind.code and "|" not in kind.code
    return kind.code if own else f"{kind.scheme.translate(SAFE)}|{kind.code.translate(SAFE)}"


def unworded(name: str, word: str, label: str | None = None) -> CodedValue:
    """The reverse."""
    scheme, bar, code = word.partition("|")
    return CodedValue(scheme=unquote(scheme), code=unquote(code), label=label) if bar else CodedValue(scheme=SCHEME + name, code=word, label=label)


def stated(name: str, state: str) -> str:
    """The code of a state; with a bar before it, one that has no code."""
    return listing(name).writes(state) or f"|{state}" * bool(state)


def is_here(egeo: Tree) -> bool:
    """Whether an EGEO says where the incident is."""
    row = listing("egeo-type").row(egeo.get("TYPE", "GEN/LOCAT"))
    return row is not None and row.code in HERE


def is_own(event: Tree) -> bool:
    """Whether MAIN_EVENT_ID is the hub's shared id of the event itself."""
    own, main = event.get("ID", ""), event.get("MAIN_EVENT_ID", "")
    return bool(main == own or main.endswith(f".{own}"))


def tidy(part: str, tree: Tree, reading: Reading, at: str) -> None:
    """From what was read to our tree."""
    if part == "POSITION":
        tidy_position(tree, reading, at)
    elif part == "EVENT":
        tidy_event(tree)
    elif part in ("EGEO", "MISSION"):
        tidy_note(part, tree)
    elif part == "RESOURCE":
        kind, rgeos = tree.get("RTYPE", {}), tree.get("RGEO", [])
        for mark in [each for each in kind.get("CHARACTERISTICS", ()) if each.startswith(MARK)][:1]:
            tree["STATUS"] = stated("resource-status", mark.removeprefix(MARK))
            kind["CHARACTERISTICS"] = [each for each in kind["CHARACTERISTICS"] if not each.startswith(MARK)]
        first: list[Tree] = [next((each for each in rgeos if each.get("TYPE") == aim), {}) for aim in ("CUR", "TGT")]
        rest = [each for each in rgeos if not any(each is one for one in first)]
        tree["RGEO"] = trimmed([{name: value for name, value in each.items() if name != "TYPE"} for each in first] + rest)
        tree["RTYPE"] = {name: value for name, value in kind.items() if value not in ([], ALL_CLASSES)}


def tidy_note(part: str, tree: Tree) -> None:
    """What the note at the end of the free text says, and IPR50: in progress, by half."""
    if found := NOTE.fullmatch(tree.get("FREETEXT", "")):
        label, scheme, code, state = found.groups()
        name = "egeo-type" if part == "EGEO" else "mission-type"
        kind = worded(name, CodedValue(scheme=unquote(scheme), code=unquote(code))) if scheme or code else ""
        tree |= {"FREETEXT": label, "TYPE": kind if part == "EGEO" else [kind] * bool(kind) + tree.get("TYPE", [])[1:]}
        if state:
            tree["STATUS"] = stated("mission-status", unquote(state))
    if part == "MISSION" and (found := re.fullmatch(r"IPR(\d{1,3})", tree.get("STATUS", ""))):
        tree |= {"STATUS": "IPR", "PROGRESS": int(found[1])}


def tidy_position(spot: Tree, reading: Reading, at: str) -> None:
    """Only WGS 84 is read as coordinates; a position named before need not give them again."""
    system, place = spot.pop("COORDSYS", ""), spot.get("LOC_ID")
    if not re.search("^$|4326|WGS", system):
        reading.odd(f"{at}COORDSYS", "not WGS 84, its coordinates are kept aside")
        spot["COORDSYS"] = system
        return
    for index, each in enumerate(spot.get("COORD", ())):
        here = f"{reading.prefix}{at}COORD/{index}"
        if not each.keys() >= {"LAT", "LONG"}:
            raise Malformed("missing", f"{here}/{'LONG' if 'LAT' in each else 'LAT'}")
        geo.checked(each["LAT"], each["LONG"], here)
    if place and "COORD" in spot:
        reading.known.setdefault(place, {name: spot[name] for name in ("TYPE", "COORD") if name in spot})
    elif place:
        spot.update(reading.known.get(place, {}))


def tidy_event(event: Tree) -> None:
    """Where it is comes first, a reference has one id, EVAC n belongs to CASUALTIES n, the hub's shared id is no other event."""
    egeos, refers, hurts, moves = (event.get(name, []) for name in ("EGEO", "REFERENCE", "CASUALTIES", "EVAC"))
    head: Tree = next(filter(is_here, egeos), {})
    here = {name: value for name, value in head.items() if (name, value) != ("TYPE", "GEN/LOCAT")}
    if kinds := event.get("ETYPE", {}).pop("LOCTYPE", []):
        here["LOCTYPE"] = kinds[0]
        event["ETYPE"] |= spoken(LOCTYPE=kinds[1:])
    event["EGEO"] = trimmed([here] + [each for each in egeos if each is not head])
    event["REFERENCE"] = [each | {"OTHER_EVENT_ID": [other]} for each in refers for other in each.get("OTHER_EVENT_ID", ())]
    event["REFERENCE"] += [each for each in refers if "OTHER_EVENT_ID" not in each]
    mine = [index < len(hurts) and each.get("DATIME") == hurts[index].get("DATIME") for index, each in enumerate(moves)]
    pairs = [each if same_time else {} for each, same_time in zip(moves, mine, strict=True)][: len(hurts)] + [{}] * (len(hurts) - len(moves))
    event["EVAC"] = trimmed(pairs + [each for each, same_time in zip(moves, mine, strict=True) if each and not same_time])
    if "MAIN_EVENT_ID" in event and is_own(event):
        event["SHARED_ID"] = event.pop("MAIN_EVENT_ID")


def dressed(part: str, tree: Tree, dialect: Dialect) -> Tree:
    """The reverse of ``tidy``, with what this dialect wants besides."""
    if part == "POSITION" and "COORD" in tree:
        return {"COORDSYS": "EPSG-4326" if dialect.hub else "EPSG:4326"} | tree
    if part == "EVENT":
        return dressed_event(tree, dialect)
    if part in ("EGEO", "MISSION"):
        return dressed_note(part, tree, dialect)
    if part == "RESOURCE":
        rgeos, status, kind = tree.get("RGEO", []), tree.get("STATUS", ""), tree.get("RTYPE", {})
        rgeos = [{"TYPE": aim} | each for aim, each in zip(("CUR", "TGT"), rgeos, strict=False) if each] + rgeos[2:]
        status, state = nearest("resource-status", status, dialect) if status or dialect.hub else ("", None)
        if state is not None:
            kind = kind | {"CHARACTERISTICS": [*kind.get("CHARACTERISTICS", ()), MARK + state]}
        return tree | {"RGEO": rgeos, "RTYPE": kind} | spoken(STATUS=status)
    return tree


def dressed_note(part: str, tree: Tree, dialect: Dialect) -> Tree:
    """A type or state that the target's list does not have is noted at the end of the free text, beside the nearest that it has."""
    name, status, free, state = "egeo-type" if part == "EGEO" else "mission-type", tree.get("STATUS", ""), tree.get("FREETEXT", ""), None
    kind, *more = [tree.get("TYPE", "")] if part == "EGEO" else tree.get("TYPE") or [""]
    if part == "MISSION":
        if not dialect.hub and status == "IPR" and 0 <= tree.get("PROGRESS", -1) < 100:
            status = f"IPR{tree['PROGRESS']:02}"
        status, state = nearest("mission-status", status, dialect)
    if state is not None or not dialect.knows(name, kind) or NOTE.fullmatch(free):
        meant = unworded(name, kind) if kind else CodedValue(scheme="", code="")
        free += " " * bool(free) + f"[not in the list: {'|'.join(each.translate(SAFE) for each in (meant.scheme, meant.code, state or ''))}]"
        kind = "" if "|" in kind else kind
        while kind and not dialect.knows(name, kind):
            kind = kind.rpartition("/")[0]
        kind = kind or NEAREST[name][""]
    return tree | spoken(TYPE=kind if part == "EGEO" else [kind, *more], STATUS=status, FREETEXT=free)


def nearest(name: str, code: str, dialect: Dialect) -> tuple[str, str | None]:
    """A code of a state that the dialect knows; and the state, if the code does not say it."""
    if dialect.knows(name, code):
        return code, None
    state = code.partition("|")[2] or listing(name).means(code) or ""
    usual = listing(name).writes(state) or ""
    if usual and dialect.knows(name, usual):
        return usual, None
    return NEAREST[name].get(state, NEAREST[name].get("", "")), state


def dressed_event(event: Tree, dialect: Dialect) -> Tree:
    """TSO must know what casualties are counted."""
    here, *zones = event.get("EGEO") or [{}]
    here, kinds = dict(here), event.get("ETYPE", {})
    if "LOCTYPE" in here:
        kinds = kinds | {"LOCTYPE": [here.pop("LOCTYPE"), *kinds.get("LOCTYPE", ())]}
    if "MAIN_EVENT_ID" in event and is_own(event):
        raise Unsupported("cannot-say", "parent_incident_id", format="emsi", reason="it would be read as the incident itself")
    counted = event.get("CASUALTIES", [])
    if not all(dialect.knows("casualty-context", each.get("CONTEXT", "")) for each in counted):
        counted = []
    egeos = ([{"TYPE": "GEN/LOCAT"} | here] if here or any(map(is_here, zones)) else []) + zones
    return {"MAIN_EVENT_ID": event.get("SHARED_ID")} | event | {"EGEO": egeos, "ETYPE": kinds, "CASUALTIES": counted}


# ---- tree to bytes: strictly what the schema allows

FILL = {("CONTEXT", "MSGTYPE"): "ALERT", ("EVENT", "ID"): "None", ("RTYPE", "RCLASS"): ALL_CLASSES}
"""What stands where something must be and nothing is known; elsewhere that is empty text."""


class Writing:
    """One message being written."""

    def __init__(self, dialect: Dialect, zone: str | None) -> None:
        """``zone`` is the one of the hub's times."""
        self.dialect, self.zone, self.full = dialect, zone, dialect.full

    def part(self, part: str, tree: Tree, at: str = "") -> Tree | None:
        """An object in the order of its schema; nothing if it cannot stand without something that is missing."""
        tree, found = dressed(part, tree, self.dialect), {}
        for place in self.dialect.places[part].values():
            said = self.value(place, tree[place.canon], f"{at}{place.name}") if place.canon in tree else None
            if said is None and "~" in place.flags and not self.full:
                return None
            if said is None and (set("!~") & set(place.flags) or ("^" in place.flags and self.dialect.space)):
                said = self.filler(part, place, f"{at}{place.name}")
            if said is not None or self.full:
                found[place.name] = [] if said is None and "*" in place.flags else said
        return found

    def value(self, place: Place, value: Any, at: str) -> Any:
        """One or many; nothing if none of them can be said."""
        found = [self.one(place, item, at) for item in (value if isinstance(value, list) else [] if value in (None, {}) else [value])]
        items = [item for item in found if item is not None]
        if not items or items == [{}]:
            return None
        return items if "*" in place.flags else items[0]

    def filler(self, part: str, place: Place, at: str) -> Any:
        """What says nothing, and is read back as nothing."""
        if place.kind == "o":
            return self.part(place.canon, {}, f"{at}/")
        fill = FILL.get((part, place.name), "")
        if not fill and (place.kind or (place.codes and not self.full)):
            raise Unsupported("cannot-say", at, format="emsi", reason="it must be there, from its list")
        if "*" in place.flags and isinstance(fill, str):
            return [] if self.full else [fill]
        return fill

    def one(self, place: Place, value: Any, at: str) -> Any:
        """One value; nothing if its list does not have it or it is too long."""
        if place.kind == "o":
            return self.part(place.canon, value, f"{at}/")
        if place.kind == "time":
            return self.moment(datetime.fromisoformat(value), at)
        if place.kind:  # XML has no exponents, DRIVER has counts as text
            exact = value if verbs.number(value, at) % 1 else int(value)
            return f"{Decimal(repr(exact)):f}" if self.dialect.space or (self.full and place.kind != "num") else exact
        plain = verbs.words(value, at)
        if plain.strip() in NOTHING or (place.canon not in FREE and plain != plain.strip()):
            raise Unsupported("wrong-value", at, value=plain, wanted="text that is read as it is written")
        plain = WRONG if plain == RIGHT and self.dialect.hub and place.codes == "risk" else plain
        if not self.dialect.allows(place, plain):
            return None
        if not place.limit or len(plain) <= place.limit or self.full:
            return plain
        if {"!", "#"} & set(place.flags) or NOTE.fullmatch(plain):
            raise Unsupported("cannot-say", at, format="emsi", reason=f"it has more than {place.limit} characters")
        return None

    def moment(self, moment: datetime, at: str) -> Any:
        """The hub writes whole seconds with an offset, DRIVER milliseconds."""
        if not self.full:
            home = self.zone or "UTC" if 1970 <= moment.year < 9999 else "UTC"  # before, local offsets had seconds
            return times.iso(moment, zulu="+00:00", home=home, digits="seconds" if self.dialect.hub else "auto")
        millis = round(moment.timestamp() * 1000)
        times.epoch(millis, 0.001, at)
        return millis


# ---- what rows carry: codes, ids, positions, zones, casualties, contacts

SCHEME = "urn:iso:tr:22351:"
OWN = {
    "certainty": {"100": "Observed", "75": "Likely", "25": "Possible", "0": "Unlikely"}
    | {str(number): "Likely" if number > 50 else "Possible" for number in range(1, 100)},
    "priority": {str(number): str(number) for number in range(6)},
    "scale": {"5": "1", "4": "2", "3": "3", "2": "4", "1": "4"},
}
"""Crosswalks; where several codes mean the same, the first is written. SCALE runs from 1 to 5, the gravest."""


@cache
def listing(name: str) -> codes.Codes:
    """A list of EMSI's, or a crosswalk of ours."""
    return codes.simple(name, OWN[name]) if name in OWN else codes.load(f"emsi-{name}")


def meaning(name: str, found: Iterable[str]) -> str | None:
    """What the first code means that means anything."""
    return next(filter(None, map(listing(name).means, found)), None)


def family(etype: Tree) -> str | None:
    """The family of the first code that has one."""
    return meaning("category", etype.get("CATEGORY", ())) or meaning("env", etype.get("ENV", ()))


def spoken(**found: Any) -> Tree:
    """What of it is said."""
    return {name: value for name, value in found.items() if value not in native.SILENT}


def take_code(found: Any, name: str, _: "Emsi") -> Any:
    """The symbol or grade that a code means."""
    symbol = listing(name).means(str(found))
    return int(symbol) if symbol and symbol.isdigit() else symbol


def coded(found: Iterable[str], name: str) -> tuple[CodedValue, ...]:
    """Native codes."""
    return tuple(CodedValue(scheme=SCHEME + name, code=code) for code in found)


def uncoded(values: Iterable[CodedValue], name: str, my: "Emsi") -> list[str]:
    """The codes that the target knows."""
    return [value.code for value in values if value.scheme == SCHEME + name and my.speaks.knows(name, value.code)]


def take_class(found: list[str], name: str, _: "Emsi") -> Any:
    """The classes; one that says no more than the shared word is not repeated."""
    return None if found == [listing(name).writes(meaning(name, found) or "")] else coded(found, name)


def take_status(found: str, name: str, _: "Emsi") -> Any:
    """The status, if it says more than the shared word."""
    return None if "|" in found or found == listing(name).writes(listing(name).means(found) or "") else coded([found], name)[0]


def give_status(value: CodedValue, name: str, my: "Emsi") -> str | None:
    """A code that would be read as nothing at all is not written."""
    known = uncoded([value], name, my)
    return known[0] if known else value.code if value.scheme == SCHEME + name and listing(name).means(value.code) else None


def local(shared: str, kind: str, my: "Emsi") -> str:
    """The native id, if it is read back as the shared one."""
    found = my.local_id(kind, shared)
    if not found or my.shared_id(kind, found) != shared:
        raise Unsupported("cannot-say", kind, format="emsi", reason=f"'{shared}' is no id")
    return found


FIGURES = {"POINT": "", "CIRCLE": "", "ELLIPSE": "", "POLYGON": "Polygon", "SURFACE": "Polygon", "LINE": "LineString", "GRID": "MultiPoint"}
"""The types of a position, and the GeoJSON they are."""
EARTH = 6371.0088
Corner = tuple[float, float, float | None]


def figure(spot: Tree, my: "Emsi") -> tuple[str, list[Corner]]:
    """The type of a position and its corners, in WGS 84."""
    corners = [] if "COORDSYS" in spot else spot.get("COORD", [])
    points = [(*map(float, geo.from_datum(my.datum, each["LAT"], each["LONG"])), each.get("HEIGHT")) for each in corners]
    kind = spot.get("TYPE", "").upper()
    kind = kind if kind in FIGURES else "POINT" if len(points) == 1 else ""
    if FIGURES.get(kind) == "Polygon" and points and points[0] != points[-1]:
        points.append(points[0])
    return (kind, points) if points else ("", [])


def corner(lat: float, lon: float, alt: float | None, my: "Emsi") -> Tree:
    """A COORD; one that the datum would not bring back, at the edge of its realm, cannot be said."""
    north, east = geo.to_datum(my.datum, lat, lon)
    back = geo.from_datum(my.datum, north, east)
    if abs(back[0] - lat) + abs(back[1] - lon) > geo.CLOSE:
        raise Unsupported("cannot-say", "COORD", format="emsi", reason=f"{my.datum} does not reach there")
    return {"LAT": north, "LONG": east} | spoken(HEIGHT=alt)


def take_point(spot: Tree, _: str, my: "Emsi") -> GeoPoint | None:
    """A point, or the centre of a circle."""
    kind, points = figure(spot, my)
    if kind not in ("POINT", "CIRCLE"):
        return None
    lat, lon, alt = points[0]
    return GeoPoint(lat=lat, lon=lon, alt=alt)


def give_point(point: GeoPoint, _: str, my: "Emsi") -> Tree:
    """The reverse; beside a point there is no room for a geometry."""
    return {"TYPE": "POINT", "COORD": [corner(point.lat, point.lon, point.alt, my)]}


def take_geometry(spot: Tree, _: str, my: "Emsi") -> str | None:
    """The GeoJSON of a position of several corners."""
    kind, points = figure(spot, my)
    line = [[lon, lat] if alt is None else [lon, lat, alt] for lat, lon, alt in points]
    return sketched(kind, line) if FIGURES.get(kind) and len(points) > 1 else None


def sketched(kind: str, line: list[Any]) -> str:
    """The GeoJSON of a position."""
    return json.dumps({"type": FIGURES[kind], "coordinates": [line] if FIGURES[kind] == "Polygon" else line})


def give_geometry(geometry: str, _: str, my: "Emsi") -> Tree:
    """TYPE and COORD, if it is one line or ring and would be read as it is."""
    try:
        shape = geo.moved(json.loads(geometry), lambda lat, lon: (lat, lon))
    except (ValueError, RecursionError, Rejected):
        return {}
    kind = next((kind for kind, name in FIGURES.items() if name == shape["type"]), "")
    line = shape.get("coordinates", [])
    line = line if kind != "POLYGON" else line[0] if len(line) == 1 and line[0] and line[0][0] == line[0][-1] else []
    flat = all(isinstance(each, list) and len(each) in (2, 3) and isinstance(each[0], float) for each in line)
    if not kind or not flat or len(line) < 2 or not losses.same(geometry, sketched(kind, line), "geometry"):
        return {}
    return {"TYPE": kind, "COORD": [corner(each[1], each[0], each[2] if len(each) == 3 else None, my) for each in line]}


def moment(part: Tree) -> datetime | None:
    """The time of a part."""
    return datetime.fromisoformat(part["DATIME"]) if "DATIME" in part else None


def take_zones(egeos: list[Tree], _: str, my: "Emsi") -> tuple[Zone, ...]:
    """All EGEOs but the first; neighbours of one kind and LOC_ID are one zone of several shapes."""
    found: list[Tree] = []
    before = None
    for egeo in egeos[1:]:
        spot, shapes = egeo.get("POSITION", {}), outline(egeo.get("POSITION", {}), my)
        ident = [*map(egeo.get, ("TYPE", "DATIME", "FREETEXT")), spot.get("NAME"), spot["LOC_ID"]] if shapes and "LOC_ID" in spot else None
        if ident and ident == before:
            area = found[-1]["area"]
            area |= {name: area.get(name, []) + shape for name, shape in shapes.items()}
            continue
        before = ident
        kind = unworded("egeo-type", egeo.get("TYPE", ""), egeo.get("FREETEXT"))
        found.append(dict(kind=kind, at=moment(egeo), area=spoken(description=spot.get("NAME")) | shapes))
    return tuple(Zone.model_validate(zone) for zone in found)


def give_zones(zones: tuple[Zone, ...], _: str, my: "Emsi") -> list[Tree]:
    """An EGEO for every shape."""
    if not all(zone.kind.scheme or zone.kind.code for zone in zones):
        raise Unsupported("empty", "zones.kind")
    egeos: list[Tree] = [{}]
    for index, zone in enumerate(zones, 1):
        said = spoken(TYPE=worded("egeo-type", zone.kind), DATIME=zone.at and times.iso(zone.at), FREETEXT=zone.kind.label)
        shapes = list(outlines(zone.area, my)) or [{}]
        spot = spoken(NAME=zone.area.description, LOC_ID=f"zone-{index}" if len(shapes) > 1 else None)
        egeos += [said | {"POSITION": spot | shape} for shape in shapes]
    return egeos


def outline(spot: Tree, my: "Emsi") -> Tree:
    """Polygons and circles of a zone; a point is a circle without radius."""
    kind, points = figure(spot, my)
    if FIGURES.get(kind) == "Polygon":
        return {"polygons": [geo.polygon([(lat, lon) for lat, lon, _ in points])]}
    radius = 0.0 if kind == "POINT" else distance(*spot["COORD"]) if kind == "CIRCLE" and len(points) == 2 else math.inf
    return {"circles": [f"{points[0][0]!r},{points[0][1]!r} {round(radius, 9)!r}"]} if radius <= EARTH else {}


def outlines(area: Area, my: "Emsi") -> Iterator[Tree]:
    """The reverse: TYPE and COORD of every shape. A circle is its centre and the point due north or south of it."""
    for shape in area.polygons:
        ring = geo.ring(shape, "zones.area.polygons")
        if ring[0] != ring[-1]:
            raise Unsupported("wrong-value", "zones.area.polygons", value=shape, wanted="a closed ring")
        yield {"TYPE": "POLYGON", "COORD": [corner(lat, lon, None, my) for lat, lon in ring]}
    for shape in area.circles:
        (lat, lon), radius = geo.circle(shape, "zones.area.circles")
        if radius > EARTH:
            raise Unsupported("wrong-value", "zones.area.circles", value=shape, wanted="a circle on Earth")
        centre = corner(lat, lon, None, my)
        edge = centre | {"LAT": centre["LAT"] + math.copysign(math.degrees(radius / EARTH), -lat)}
        yield {"TYPE": "CIRCLE", "COORD": [centre, edge]} if radius else {"TYPE": "POINT", "COORD": [centre]}


def distance(one: Tree, other: Tree) -> float:
    """Kilometres between two corners, in the source's own datum: what distorts a place distorts its neighbour alike."""
    (lat, lon), (north, east) = ((math.radians(each["LAT"]), math.radians(each["LONG"])) for each in (one, other))
    chord = math.sin((north - lat) / 2) ** 2 + math.cos(lat) * math.cos(north) * math.sin((east - lon) / 2) ** 2
    return 2 * EARTH * math.asin(min(1, math.sqrt(chord)))


COUNTED = "TRIAGERED TRIAGEYELLOW TRIAGEGREEN TRIAGEBLACK MISSING DECONT CONTEXT".split()
HURT = dict(zip("immediate delayed minor dead missing decontaminated context".split(), COUNTED, strict=True))
MOVED = {"displaced": "DISPLACED", "evacuated": "EVACUATED"}


def take_reports(event: Tree, *_: Any) -> tuple[Casualties, ...]:
    """CASUALTIES n and EVAC n are one report."""
    nothing: Tree = {}
    both = [moved | hurt for hurt, moved in zip_longest(event.get("CASUALTIES", []), event.get("EVAC", []), fillvalue=nothing)]
    return tuple(Casualties(at=moment(each), **{field: each[name] for field, name in (HURT | MOVED).items() if name in each}) for each in both)


def give_reports(reports: tuple[Casualties, ...], *_: Any) -> Tree:
    """The reverse; a report of nothing but evacuation needs no CASUALTIES if no other report follows."""
    hurts, moves, needed = [], [], 0
    for index, report in enumerate(reports, 1):
        at = spoken(DATIME=report.at and times.iso(report.at))
        hurt, moved = (spoken(**{name: getattr(report, field) for field, name in names.items()}) for names in (HURT, MOVED))
        hurts.append(hurt | at)
        moves.append(moved and moved | at)
        needed = index if hurt or (at and not moved) else needed
    return {"CASUALTIES": hurts[:needed], "EVAC": trimmed(moves)}


def give_refers(refers: tuple[CodedValue, ...], *_: Any) -> list[Tree]:
    """The ids that others gave the incident."""
    if not all(each.code for each in refers):
        raise Unsupported("empty", "external_ids.code")
    return [spoken(ORG_ID=each.scheme, OTHER_EVENT_ID=[each.code]) for each in refers]


def take_contacts(resource: Tree, *_: Any) -> tuple[Contact, ...]:
    """Who controls it, and the ways to reach it."""
    owned = [Contact(role="Owner", agency=resource["ORG_ID"])] if "ORG_ID" in resource else []
    ways = [Contact(channel=listing("contact-type").means(each.get("TYPE", "")), value=each.get("DETAIL")) for each in resource.get("CONTACTS", ())]
    return (*owned, *ways)


def give_contacts(contacts: tuple[Contact, ...], *_: Any) -> Tree:
    """The reverse; the owner must come first."""
    owned = [each.agency for each in contacts[:1] if each.role == "Owner" and each.agency]
    ways = [spoken(TYPE=listing("contact-type").writes(each.channel or ""), DETAIL=each.value) for each in contacts[len(owned) :]]
    return spoken(ORG_ID=next(iter(owned), None), CONTACTS=ways)


# ---- tree to records and back, row by row

VERBS: dict[str, tuple[Callable[..., Any], Callable[..., Any]]] = {
    # native to shared, and back, of (value, what stands behind the colon, adapter); nothing: it cannot be said
    "same": (lambda found, *_: found, lambda value, *_: value),
    "time": (lambda found, *_: datetime.fromisoformat(found), lambda value, *_: times.iso(value)),
    "id": (lambda found, kind, my: my.shared_id(kind, found), local),
    "ids": (lambda found, kind, my: tuple(my.shared_id(kind, each) for each in found), lambda value, *of: [local(each, *of) for each in value]),
    "org": (lambda found, *_: found, lambda value, _, my: None if value == my.owner else value),
    "code": (take_code, lambda value, name, _: listing(name).writes(str(value))),
    "percent": (take_code, lambda value, name, _: int(listing(name).writes(value) or 0)),
    "state": (
        lambda found, name, _: found[1:] if found[1:] in NEAREST[name] else listing(name).means(found),
        lambda value, name, _: stated(name, value),
    ),
    "status": (take_status, give_status),
    "codes": (lambda found, name, _: coded(found, name), uncoded),
    "one": (lambda found, name, _: coded([found], name)[0], lambda value, *of: next(iter(uncoded([value], *of)), None)),
    "class": (take_class, uncoded),
    "means": (lambda found, name, _: meaning(name, found), lambda *_: None),
    "family": (lambda found, *_: family(found), lambda *_: None),
    "kind": (lambda found, name, _: unworded(name, found), lambda value, name, _: worded(name, value)),
    "skills": (
        lambda found, name, _: tuple(Capability(code=code) for code in coded(found, name)),
        lambda value, *of: uncoded((each.code for each in value), *of),
    ),
    "links": (lambda found, *_: tuple(each["ID"] for each in found if "ID" in each), lambda value, *_: [{"ID": each} for each in value]),
    "files": (
        lambda found, *_: tuple(Attachment(uri=each.get("URI"), description=each.get("FREETEXT")) for each in found),
        lambda value, *_: [spoken(URI=each.uri, FREETEXT=each.description) for each in value],
    ),
    "point": (take_point, give_point),
    "geometry": (take_geometry, give_geometry),
    "zones": (take_zones, give_zones),
    "reports": (take_reports, give_reports),
    "refers": (
        lambda found, *_: tuple(CodedValue(scheme=each.get("ORG_ID", ""), code=other) for each in found for other in each.get("OTHER_EVENT_ID", ())),
        give_refers,
    ),
    "contacts": (take_contacts, give_contacts),
    "sender": (
        lambda found, *_: (Contact(role="Sender", agency=found.get("ORG_ID"), name=found.get("NAME")),) if found.keys() & {"ORG_ID", "NAME"} else (),
        lambda value, *_: next((said for each in value if each.role == "Sender" and (said := spoken(ORG_ID=each.agency, NAME=each.name))), None),
    ),
}


class Row(NamedTuple):
    """A shared place, where our tree has it, and what its verb does, and with what."""

    shared: str
    path: native.Path
    take: Callable[..., Any]
    give: Callable[..., Any]
    of: str


def rows(table: str) -> tuple[Row, ...]:
    """``shared native verb:of``, line by line."""
    found = []
    for shared, path, verb in map(str.split, table.strip().splitlines()):
        name, _, of = verb.partition(":")
        found.append(Row(shared, native.steps(path), *VERBS[name], of))
    return tuple(found)


SAYS = rows("""
    mode                    CONTEXT/MODE                    code:mode
    action                  CONTEXT/MSGTYPE                 code:msg-type
    message_id              CONTEXT/ID                      same
    sent                    CONTEXT/CREATION                time
    references              CONTEXT/LINK                    links
    confidentiality         CONTEXT/SECLASS                 code:seclass
""")
SPOT = """
    {shared}.geometry       {spot}                          geometry
    {shared}.point          {spot}                          point
    {shared}.location_id    {spot}/LOC_ID                   same
    {shared}.name           {spot}/NAME                     same
    {shared}.address.text   {spot}/ADDRESS/0                same
"""
ROWS: dict[type[Record], tuple[Row, ...]] = {
    Incident: rows("""
        incident_id         EVENT/ID                        id:incident
        name                EVENT/NAME                      same
        parent_incident_id  EVENT/MAIN_EVENT_ID             id:incident
        category            EVENT/ETYPE                     family
        types               EVENT/ETYPE/CATEGORY            codes:category
        hazards             EVENT/ETYPE/ENV                 codes:env
        source              EVENT/SOURCE                    code:source
        level               EVENT/SCALE                     code:scale
        certainty           EVENT/CERTAINTY                 percent:certainty
        reported_at         EVENT/DECL_DATIME               time
        occurred_at         EVENT/OCC_DATIME                time
        observed_at         EVENT/OBS_DATIME                time
        lifecycle           EVENT/STATUS                    code:event-status
        trend               EVENT/RISK_ASSESMENT            code:risk
        external_ids        EVENT/REFERENCE                 refers
        casualties          EVENT                           reports
        zones               EVENT/EGEO                      zones
        location.observed_at EVENT/EGEO/0/DATIME            time
        location.kind       EVENT/EGEO/0/LOCTYPE            one:loctype
        location.note       EVENT/EGEO/0/FREETEXT           same
        weather             EVENT/EGEO/0/WEATHER            codes:weather
        cause               EVENT/CAUSE                     code:cause
        description         EVENT/FREETEXT                  same
        contacts            CONTEXT/ORIGIN                  sender
        attachments         CONTEXT/EXTERNAL_INFO           files
    """)
    + rows(SPOT.format(shared="location", spot="EVENT/EGEO/0/POSITION")),
    Resource: rows("""
        resource_id         RESOURCE/ID                     id:resource
        name                RESOURCE/NAME                   same
        kind                RESOURCE/RTYPE/RCLASS           means:resource-class
        types               RESOURCE/RTYPE/RCLASS           class:resource-class
        capabilities        RESOURCE/RTYPE/CAPABILITY       skills:capability
        quantity            RESOURCE/QUANTITY               same
        unit                RESOURCE/UM                     code:unit
        contacts            RESOURCE                        contacts
        attachments         CONTEXT/EXTERNAL_INFO           files
    """),
    ResourceState: rows("""
        resource_id         RESOURCE/ID                     id:resource
        incident_id         EVENT/ID                        id:incident
        availability        RESOURCE/STATUS                 state:resource-status
        native_status       RESOURCE/STATUS                 status:resource-status
        at                  RESOURCE/RGEO/0/DATIME          time
        position            RESOURCE/RGEO/0/POSITION/0      point
        destination.note    RESOURCE/RGEO/1/FREETEXT        same
        eta                 RESOURCE/RGEO/1/DATIME          time
    """)
    + rows(SPOT.format(shared="destination", spot="RESOURCE/RGEO/1/POSITION/0")),
    Mission: rows("""
        mission_id          MISSION/ID                      id:mission
        incident_id         EVENT/ID                        id:incident
        parent_mission_id   MISSION/PARENT_MISSION_ID/0     id:mission
        assignee            MISSION/ORG_ID                  org
        resource_ids        MISSION/RESOURCE_ID             ids:resource
        type                MISSION/TYPE/0                  kind:mission-type
        title               MISSION/NAME                    same
        instructions        MISSION/FREETEXT                same
        state               MISSION/STATUS                  state:mission-status
        progress_pct        MISSION/PROGRESS                same
        priority            MISSION/PRIORITY                code:priority
        start_at            MISSION/START_TIME              time
        end_at              MISSION/END_TIME                time
        attachments         CONTEXT/EXTERNAL_INFO           files
    """)
    + rows(SPOT.format(shared="location", spot="MISSION/POSITION")),
}
OURS = {"assignee", "issuer", "owner"}
"""Required fields that hold the link's agency where the source is silent."""
MUST = {"incident_id", "resource_id", "mission_id", "assignee"}
"""Required fields without which nothing can be said."""
SILENCE: Tree = dict.fromkeys("category lifecycle kind availability state".split(), "Unknown") | {"title": "", "location": {}}
"""What the other required fields hold where the source is silent."""


def nested(found: Tree) -> Tree:
    """``location.note`` as the note of a location."""
    tree: Tree = {}
    for shared, value in found.items():
        node = tree
        *way, last = shared.split(".")
        for step in way:
            node = node.setdefault(step, {})
        node[last] = value
    return tree


def agree(record: Record, tree: Tree, my: "Emsi") -> None:
    """A native code must not mean another than the shared word beside it; a state that can say nothing says that."""
    if isinstance(record, Incident) and (family(tree["EVENT"].get("ETYPE", {})) or "Unknown") != record.category:
        tree["EVENT"].pop("ETYPE", None)  # a category made from a family would invent detail
    elif isinstance(record, Resource):
        kinds, table = tree["RESOURCE"].setdefault("RTYPE", {}), listing("resource-class")
        if (meaning("resource-class", kinds.get("RCLASS", ())) or "Unknown") != record.kind:
            kinds["RCLASS"] = [code] if (code := table.writes(record.kind)) else []
    elif isinstance(record, ResourceState):
        resource = tree["RESOURCE"]
        if (my.taken(ROWS[ResourceState], tree).get("availability") or "Unknown") != record.availability:
            resource["STATUS"] = stated("resource-status", record.availability)
        if not (resource.get("STATUS") or any(resource.get("RGEO", ()))):
            resource["RGEO"] = [{"FREETEXT": NOWHERE}]


def planted(node: Any, path: native.Path, value: Any) -> Any:
    """A copy of the node with the value at a path, beside what an object there holds; ``LookupError`` if its list is too short."""
    if not path:
        return node | value if isinstance(node, dict) and isinstance(value, dict) else value
    step, rest = path[0], path[1:]
    if isinstance(node, dict) or not step.isdecimal():
        node = node or {}
        return {**node, step: planted(node.get(step), rest, value)}
    items, index = list(node or ()), int(step)
    items += [{}] * (index == len(items) + 1)
    if index > len(items):
        raise LookupError(step)
    items[index : index + 1] = [planted(items[index] if index < len(items) else None, rest, value)]
    return items


def left(found: Any, carried: Any, path: native.Path = ()) -> Iterator[tuple[native.Path, Any]]:
    """What of a tree is not in the one that its record gives back."""
    if found == carried or found in native.SILENT:
        return
    if isinstance(found, dict) and isinstance(carried, dict) and "LAT" not in found:  # half a position means nothing
        for name, value in found.items():
            yield from left(value, carried.get(name), (*path, name))
    elif isinstance(found, list) and isinstance(carried, list):
        for index, value in enumerate(found):
            yield from left(value, carried[index] if index < len(carried) else None, (*path, str(index)))
    elif not losses.same(found, carried, ""):
        yield path, found


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
    """``Record path path.{part,part} …`` line by line, as paths."""
    found = set()
    for record, *paths in map(str.split, table.strip().splitlines()):
        for path in paths:
            head, _, parts = path.rstrip("}").partition("{")
            found |= {f"{record}.{head}{part}" for part in parts.split(",")}
    return frozenset(found)


ADDRESS = "address.{street,number,unit,locality,admin_code,postal_code,country_code}"
POINT = "{accuracy_m,heading_deg,speed_mps}"
FILE = "attachments.{mime_type,size_bytes,sha256,content}"
LOSES = lost(f"""
    Incident       revision owner updated_at external_ids.label links category types hazards lifecycle response_level severity source
    Incident       occurred_at reported_at observed_at closed_at location.point.{POINT} location.{ADDRESS} location.{{geometry,observed_at,kind}}
    Incident       zones.area.{{geocodes,altitude_m,ceiling_m,holes}} zones.at weather notes contacts {FILE} involved_agencies plan_ref extensions
    Incident       casualties.{{at,trapped,injured,hospitalised,affected,total_estimate}}
    Resource       revision owner updated_at kind types sector capabilities unit personnel home_base jurisdiction sharing available_from
    Resource       available_to mobilisation_minutes cost conditions contacts {FILE} extensions
    ResourceState  revision at native_status position.{POINT} mission_id eta fuel_or_battery_pct quantity_left extensions
    ResourceState  destination.point.{POINT} destination.{ADDRESS} destination.{{geometry,observed_at,kind}}
    Mission        revision at issuer type.label priority start_at end_at due_at progress_pct feedback plan_step {FILE} extensions
    Mission        location.point.{POINT} location.{ADDRESS} location.{{geometry,observed_at,kind,note}}
""")
TSO_LOSES = LOSES | lost("""
    Incident       name parent_incident_id external_ids casualties description attachments location zones.area.description
    Resource       name attachments
    ResourceState  destination
    Mission        parent_mission_id resource_ids title instructions location attachments
""")

Heard = tuple[type[Record], Tree, Says, Reading]
"""One record as a tree, with what its message says of itself, and how it was read."""


class Emsi(Adapter):
    """EMSI and TSO in, one dialect of them out."""

    media_type: ClassVar[str] = cast("Any", ByDialect("application/json", hub_xml="application/xml", tso="application/xml"))
    records = tuple(ROWS)
    loses: ClassVar[frozenset[str]] = cast("Any", ByDialect(LOSES, tso=TSO_LOSES))

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
        for each in self._heard(data):
            yield each if isinstance(each, Rejected) else self._said(*each)

    def _heard(self, data: bytes) -> Iterator[Heard | Rejected]:
        dialect, message, odd = opened(data)
        parts = [(part, index, each) for part in ("RESOURCE", "MISSION") for index, each in enumerate(native.entries(message, (part,)))]
        head = Reading(self.zone, dialect, {})
        tree = head.part("MESSAGE", {name: value for name, value in message.items() if name not in ("RESOURCE", "MISSION")})
        if odd:
            head.odd("emsi", odd)
        context, event = tree.get("CONTEXT", {}), tree.get("EVENT", {})
        for name in sorted({"ID", "MODE", "MSGTYPE"} - context.keys()):
            head.odd(f"CONTEXT/{name}", "missing")
        told = {"CONTEXT": {name: context[name] for name in ("LINK", "MODE", "SECLASS") if name in context}, "EVENT": spoken(ID=event.get("ID"))}
        says = Says.model_validate(self.taken(SAYS, tree))
        if event.keys() - {"ID"} or not parts:
            if "ID" not in event:
                raise Malformed("missing", "EVENT/ID")
            yield Incident, tree, says, head
            tree, head = told, Reading(self.zone, dialect, head.known)
        for part, index, each in parts:
            own = Reading(self.zone, dialect, head.known, f"{part}/{index}/", f"{part}/")
            try:
                whole = own.part(part, each)
                if "ID" not in whole:
                    raise Malformed("missing", f"{part}/{index}/ID")
            except Rejected as error:
                yield error
                continue
            own.deviations[:0] = head.deviations
            own.extensions |= head.extensions
            yield from self._parts(part, whole, (tree, told), says, own)
            tree, head = told, Reading(self.zone, dialect, head.known)

    def _parts(self, part: str, whole: Tree, heads: tuple[Tree, Tree], says: Says, own: Reading) -> Iterator[Heard]:
        """A mission; or a resource, its state, or both: each keeps of the other what a RESOURCE cannot do without."""
        (tree, told), stated = heads, whole.keys() & {"STATUS", "RGEO"}
        if part == "MISSION":
            yield Mission, {**tree, part: whole}, says, own
            return
        if whole.keys() - {"ID", "STATUS", "RGEO"} or not stated:
            yield Resource, {**tree, part: {name: value for name, value in whole.items() if name != "RGEO"}}, says, own
            tree, own = told, Reading(self.zone, own.dialect, {})
        if stated:
            state = {name: value for name, value in whole.items() if name in ("ID", "NAME", "STATUS", "RGEO")}
            state |= spoken(RTYPE=spoken(RCLASS=whole.get("RTYPE", {}).get("RCLASS")))
            yield ResourceState, {**tree, part: state}, says, own

    def _said(self, cls: type[Record], tree: Tree, says: Says, own: Reading) -> Said:
        """A record, and in its extensions all that it would not give back."""
        silence = {name: SILENCE.get(name, self.owner) for name, field in cls.model_fields.items() if field.is_required()}
        record = cls.model_validate(silence | nested(self.taken(ROWS[cls], tree)))
        try:
            carried = self._tree(record, says, speaking_freely(self))
        except Rejected:
            carried = {}
        for path, value in left(tree, carried):
            own.keep(native.pointer(path), native.pack(value))
        return Said(record.model_copy(update={"extensions": own.extensions}), says, tuple(own.deviations))

    def taken(self, table: Iterable[Row], tree: Tree) -> Tree:
        """What rows find in a tree."""
        found = ((row, native.find(tree, row.path)) for row in table)
        return spoken(**{row.shared: row.take(value, row.of, self) for row, value in found if value not in native.SILENT})

    def encode(self, said: Said) -> bytes:
        """One record; its extensions where they were, as long as the message then reads the same."""
        says = said.says if said.says.mode not in (None, "Unknown") else said.says.model_copy(update={"mode": self.mode})
        if says.mode == "Unknown":
            raise Unsupported("mode-unknown")
        tree = self._tree(said.record, says, self)
        tree["CONTEXT"].setdefault("ID", str(uuid5(NAMESPACE_URL, said.record.model_dump_json())))
        return self._restored(said.record, tree) or self._bytes(tree)

    def _tree(self, record: Record, says: Says, my: "Emsi") -> Tree:
        tree: Tree = {"CONTEXT": {}, "EVENT": {}}
        for model, table in ((says, SAYS), (record, ROWS[type(record)])):
            for row in table:
                value: Any = model
                for step in row.shared.split("."):
                    value = getattr(value, step, None)
                if losses.silent(value):
                    if row.shared in MUST and type(record).model_fields[row.shared].is_required():
                        raise Unsupported("cannot-say", row.shared, format="emsi", reason="it must be there")
                elif (given := row.give(value, row.of, my)) not in native.SILENT:
                    tree = planted(tree, row.path, given)
        agree(record, tree, my)
        return tree

    def _bytes(self, tree: Tree) -> bytes:
        document, root = Writing(self.speaks, self.zone).part("MESSAGE", tree) or {}, "emsi" if self.speaks.hub else "TSO_2_0"
        if self.speaks.space:
            return xml.write(xml.grown(root, document, self.speaks.space))
        return text.write_json({root: document} if root == "emsi" else document)

    def _restored(self, record: Record, tree: Tree) -> bytes | None:
        """The bytes with extensions where they were: all, or those that change nothing; then without any that come back as others."""
        event = "EVENT/" if isinstance(record, Incident) else "EVENT/ID"  # one of more than its id would be an incident of its own
        mine = tuple(f"emsi:{part}" for part in (event, *(f"{part}/" for part in tree if part != "EVENT")))
        kept = {key: words for key, words in getattr(record, "extensions", {}).items() if key.startswith(mine)}
        for wary in (False, False, True, True) if kept else ():
            with suppress(*ODD):
                data, changed = self._tried(record, tree, kept, wary=wary)
                if not changed:
                    return data
                kept = {key: words for key, words in kept.items() if f"extensions.{key}" not in changed}
        return None

    def _tried(self, record: Record, tree: Tree, kept: dict[str, str], *, wary: bool) -> tuple[bytes, set[str]]:
        """The bytes with extensions, and where they then say something else than the record."""
        table = SAYS + ROWS[type(record)]
        read, whole = self.taken(table, tree), tree
        places = [(native.steps(key.removeprefix("emsi:")), words) for key, words in kept.items()]
        for path, words in sorted(places, key=lambda each: [step.zfill(9) for step in each[0]]):
            with suppress(*ODD):
                trial = planted(whole, path, native.unpack(words))
                if not wary or (self._bytes(trial) and not any(losses.differences(read, self.taken(table, trial)))):
                    whole = trial
        data = self._bytes(whole)
        back = next((each.record for each in self.decode(data) if isinstance(each, Said) and isinstance(each.record, type(record))), None)
        changed = {each.path for each in losses.differences(record, back) if not each.lost} - OURS
        return data, changed | {each.path for each in losses.differences(read, self.taken(table, whole))}


ODD = (Rejected, ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
"""What may happen when extensions are put back: they may hold anything."""


@cache
def speaking_freely(my: Emsi) -> Emsi:
    """The same adapter in the dialect in which any code can be said."""
    return my.model_copy(update={"dialect": "driver"})
