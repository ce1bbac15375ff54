"""The verbs of EMSI's rows: native to shared, and back."""

from collections.abc import Callable
from datetime import datetime
from itertools import zip_longest
from typing import Any

from adapters._emsi_codes import coded, family, give_status, listing, local, meaning, spoken, take_class, take_code, take_status, uncoded, utc
from adapters._emsi_forms import NEAREST, stated, unworded, worded
from adapters._emsi_grammar import Tree, trimmed
from adapters._emsi_places import give_geometry, give_point, give_zones, moment, take_geometry, take_point, take_zones
from bridge import Attachment, Capability, Casualties, CodedValue, Contact, Unsupported

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
        at = spoken(DATIME=report.at and utc(report.at))
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


VERBS: dict[str, tuple[Callable[..., Any], Callable[..., Any]]] = {
    # native to shared, and back, of (value, what stands behind the colon, adapter); nothing: it cannot be said
    "same": (lambda found, *_: found, lambda value, *_: value),
    "time": (lambda found, *_: datetime.fromisoformat(found), lambda value, *_: utc(value)),
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
