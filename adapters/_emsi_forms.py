"""What dialects of EMSI say differently: places that are none, notes beside the nearest code, events."""

import re
from typing import TYPE_CHECKING
from urllib.parse import unquote

from adapters._emsi_codes import SCHEME, listing, spoken
from adapters._emsi_grammar import Dialect, Tree, trimmed
from bridge import CodedValue, Malformed, Unsupported, geo

if TYPE_CHECKING:
    from adapters._emsi_reading import Reading


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


def tidy(part: str, tree: Tree, reading: "Reading", at: str) -> None:
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


def tidy_position(spot: Tree, reading: "Reading", at: str) -> None:
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
