"""EMSI's grammar as tables: what every part of a message holds, under the names of each dialect."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from bridge import codes

Tree = dict[str, Any]
"""A message under the hub's names: times in UTC, numbers as numbers, what may repeat in lists. Besides, in our tree

EGEO 0 is where the incident is, the others are zones; RGEO 0 is where the resource is and RGEO 1 where it is bound for (each may be empty);
EVAC n belongs to CASUALTIES n; a REFERENCE has one id; a TYPE or STATUS with a bar in it has no code of its own.
"""


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
    many: bool
    listed: bool
    """In our tree it is a list: it may repeat, or the first of several counts."""


Grammar = dict[str, dict[str, Place]]
TOKEN = re.compile(r"([A-Z_]+)(?:/([A-Z_]+))?([!~^#*+]*)(?::(\w+))?(?:=([^<]+))?(?:<(\d+))?")


def grammar(table: str) -> Grammar:
    """The elements of every part, in the order of the schema: ``name/ours``, flags, ``:kind``, ``=codes``, ``<limit``."""
    found: Grammar = {}
    for part, *tokens in map(str.split, table.strip().splitlines()):
        for name, canon, flags, kind, listed, limit in (TOKEN.findall(token)[0] for token in tokens):
            found.setdefault(part, {})[name] = Place(
                name, canon or name, flags, kind, listed, int(limit or 0), "*" in flags, not {*"*+"}.isdisjoint(flags)
            )
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


def fields(own: Grammar, part: str = "MESSAGE", above: str = "") -> Iterator[str]:
    """Every path of our tree that a grammar knows; a place in a list is ``*``. Each record stands alone, so the top has no lists."""
    for place in own[part].values():
        path = f"{above}{place.canon}"
        yield path
        if above and place.flags.strip("!~^#"):
            path += "/*"
            yield path
        if place.kind == "o":
            yield from fields(own, place.canon, f"{path}/")


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

    @cached_property
    def words(self) -> dict[str, frozenset[str]]:
        """What the lists hold that may be said in this dialect."""
        rows = {name: codes.load(f"emsi-{name}").rows for name in self.lists if name[0].islower()}
        return {name: frozenset(word for word, row in found.items() if self.said(row.source)) for name, found in rows.items()}

    def said(self, source: str) -> bool:
        """Whether a code of this source may be said."""
        return self.edition in source and self.lacking not in source

    def knows(self, name: str, code: str) -> bool:
        """Whether its list, if it has one, holds a code; none holds what we write with a bar."""
        return "|" not in code and (name not in self.lists or self.allows(self.lists[name], code))

    def allows(self, place: Place, word: str) -> bool:
        """Whether a word may stand here."""
        if not place.codes or self.full:
            return True
        return word in self.words[place.codes] if place.codes in self.words else re.fullmatch(place.codes, word) is not None


DIALECTS = {
    "hub-json": Dialect(HUB, named(HUB, TSO), "", "hub", "not in the JSON schema"),
    "hub-xml": Dialect(HUB, named(HUB, TSO), "urn:emergency:cisu:2.0:emsi", "hub", "not in the XSD"),
    "tso": Dialect(TSO, named(TSO, HUB), "http://tacticalsituationobject.org/schemas/TSO/2_0", "TSO"),
    "driver": Dialect(TSO, named(TSO, HUB)),
}

NOTHING = ("None", "null")
"""Words that some senders write where they have nothing to say."""
FREE = {"ADDRESS", "DETAIL", "FREETEXT", "LOC_ID", "NAME"}
"""Text in which blanks count."""
RIGHT, WRONG = "INCREA", "NCREA"
"""The hub's schema misspells it, and its messages must."""


def trimmed(parts: list[Any]) -> list[Any]:
    """The list without empty parts at its end."""
    return parts[: max((index for index, part in enumerate(parts, 1) if part), default=0)]
