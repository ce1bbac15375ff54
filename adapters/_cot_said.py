"""Cursor on Target: what each sort of event says."""

from datetime import UTC, datetime, timedelta
from typing import Any

from adapters import _cot
from adapters._cot import Tree
from adapters._cot_event import Event
from bridge import Alert, Incident, Invalid, Malformed, Mission, Resource, ResourceState, Said, SituationReport, text, validated

CLASSES: dict[str, type[Any]] = {cls.__name__: cls for cls in (Alert, Incident, Mission, Resource, ResourceState, SituationReport)}
TYPE = "urn:mitre:cot:type"
MOVING = {"track", "status", "precisionlocation", "_flow-tags_"}
"""Details of the moment: they belong to the state."""
OWN = "_regionbus_"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)


class Reading(Event):
    """One event being read."""

    def said(self) -> list[Said]:
        """The records that the event says."""
        words = self.type
        own = self.take_own()
        if own is None and words.startswith("t-x") and not words.startswith("t-x-d-d"):
            return []
        self.head()
        if words.startswith("t-x-d-d"):
            found = self.deleted()
        elif words.startswith("a-") and words[2:3] in _cot.RESOURCE:
            found = self.resource()
        elif words.startswith(("b-t", "b-f-t")):
            found = self.report()
        else:
            found = self.mission() if words.startswith("t-") else self.incident()
        return [self.whole(own, found)] if own else found

    def whole(self, own: Tree, found: list[Said]) -> Said:
        """What we wrote ourselves: one record, of which the picture says a part."""
        cls = CLASSES[own["record"]]
        shown = next((each for each in found if type(each.record) is cls), None)
        tree: Tree = shown.record.model_dump(mode="json", exclude_defaults=True) if shown else {}
        tree = {name: value for name, value in (tree | own["more"]).items() if value is not None}
        return Said(validated(cls, tree, f"detail/{OWN}"), shown.says if shown else self.says(), tuple(self.odd))

    def take_own(self) -> Tree | None:
        """What we wrote beside the picture."""
        own = next(iter(self.parts.pop(OWN, ())), None)
        if own is None:
            return None
        at, name = f"detail/{OWN}", own.get("record", "")
        if name not in CLASSES:
            raise Invalid("not-in-list", f"{at}/@record", value=name, allowed=", ".join(CLASSES))
        more = text.read_json(own.text.encode()) if own.text else {}
        if not isinstance(more, dict):
            raise Malformed("wrong-shape", at, found="something else", wanted="an object")
        self.left = [each for each in self.left if each[1] is not own]
        return {"record": name, "more": more}

    def resource(self) -> list[Said]:
        """A thing, and its state."""
        place = self.point()
        state: Tree = {"availability": {"true": "Available", "false": "Unavailable"}.get(self.take("status", "readiness") or "", "Unknown")}
        state |= {"position": self.moved(place) if place else None, "fuel_or_battery_pct": self.number("status", "battery")}
        self.attributes("m-g")
        self.elements(MOVING)
        kept, self.kept = {f"{self.prefix}@type": self.type, **self.kept}, {}
        moving = self.state(self.uid, state, kept)
        return [self.thing(), moving]

    def thing(self) -> Said:
        """What a thing is."""
        reach = [("tel", self.take("contact", "phone")), ("email", self.take("contact", "emailAddress"))]
        tree = {
            "resource_id": self.adapter.shared_id("resource", self.uid),
            "owner": self.adapter.owner,
            "kind": _cot.kind(self.type, self.adapter.kinds),
            "types": [self.coded()],
            "name": self.callsign(),
            "contacts": [{"channel": channel, "value": value} for channel, value in reach if value],
        }
        self.elements()
        return Said(Resource.model_validate(tree | {"extensions": self.kept}), self.says(), tuple(self.odd))

    def state(self, uid: str, tree: Tree, kept: dict[str, str]) -> Said:
        """How it is with a thing now."""
        revision = (self.time - EPOCH) // MILLISECOND
        tree = {"resource_id": self.adapter.shared_id("resource", uid), "revision": revision, "at": self.time, **tree, "extensions": kept}
        return Said(ResourceState.model_validate(tree), self.says(expires_at=self.stale), tuple(self.odd))

    def incident(self) -> list[Said]:
        """A marker, a drawing, a sighting or an emergency."""
        ended = self.type.startswith("b-a-o-can") or self.cancelled()
        by_hand, circle = self.root.get("how", "").startswith("h"), _cot.radius(self.parts.get("shape", ()))
        tree: Tree = {
            "incident_id": self.adapter.shared_id("incident", self.uid),
            "owner": self.adapter.owner,
            "updated_at": self.time,
            "name": self.callsign(),
            "category": "Unknown",
            "types": [self.coded()],
            "lifecycle": "Cancelled" if ended else "Reported" if self.type.startswith("b-a") else "Unknown",
            "source": "HumanObserved" if by_hand else "Sensor",
            "location": self.location(),
        }
        if circle and (point := tree["location"].get("point")):
            tree["zones"] = [{"kind": self.coded(), "area": {"circles": [f"{point['lat']!r},{point['lon']!r} {circle!r}"]}}]
        tree["description"] = self.remarks()
        self.attributes("h-e" if by_hand else "m-g")
        self.ends()
        self.elements()
        return [Said(Incident.model_validate(tree | {"extensions": self.kept}), self.says(), tuple(self.odd))]

    def mission(self) -> list[Said]:
        """A tasking."""
        tree = {
            "mission_id": self.adapter.shared_id("mission", self.uid),
            "at": self.time,
            "issuer": self.adapter.owner,
            "assignee": self.adapter.owner,
            "type": self.coded(),
            "title": self.callsign() or self.type,
            "state": "Issued",
            "instructions": self.remarks(),
            "location": self.location(),
        }
        self.attributes("h-e")
        self.ends()
        self.elements()
        return [Said(Mission.model_validate(tree | {"extensions": self.kept}), self.says(), tuple(self.odd))]

    def report(self) -> list[Said]:
        """A line of a chat, or a file on offer."""
        author = self.take("__chat", "senderCallsign") or self.take("fileshare", "senderCallsign")
        size = _cot.number(self.value("fileshare", "sizeInBytes"))
        file: Tree = {"uri": self.take("fileshare", "senderUrl"), "sha256": self.take("fileshare", "sha256")}
        if size is not None and 0 <= size < 2**53 and size == int(size):
            file["size_bytes"] = int(size)
            self.take("fileshare", "sizeInBytes")
        tree: Tree = {
            "report_id": self.adapter.shared_id("report", self.uid),
            "version": "Unknown",
            "prepared_by": {"role": "Sender", "name": author} if author else None,
            "prepared_at": self.time,
            "summary": self.remarks() or self.take("fileshare", "name") or self.type,
            "location": self.location() or None,
            "attachments": [file] if any(value is not None for value in file.values()) else [],
        }
        self.keep("@type", self.type)
        self.attributes("h-g-i-g-o")
        self.ends()
        self.elements()
        return [Said(SituationReport.model_validate(tree | {"extensions": self.kept}), self.says(), tuple(self.odd))]

    def deleted(self) -> list[Said]:
        """What the link names is gone from the map."""
        link = next((each for each in self.parts.get("link", ()) if "uid" in each.attrib), None)
        if link is None or not (target := link.get("uid", "")).strip():
            raise Malformed("missing", "detail/link/@uid")
        self.stated["action"] = "Cancel"
        self.point()
        self.kept |= {f"{self.prefix}@type": self.type, f"{self.prefix}@uid": self.uid}
        known = link.get("type", "a-f")
        self.attributes("m-g")
        self.elements()
        self.ends()
        self.stale = None
        if known.startswith("a-") and known[2:3] in _cot.RESOURCE:
            return [self.state(target, {"availability": "Unknown"}, self.kept)]
        shared = self.adapter.shared_id("incident", target)
        tree: Tree = {"incident_id": shared, "owner": self.adapter.owner, "updated_at": self.time, "category": "Unknown", "lifecycle": "Cancelled"}
        return [Said(Incident.model_validate(tree | {"location": {}, "extensions": self.kept}), self.says(), tuple(self.odd))]

    def coded(self) -> Tree:
        """The type, as it stands."""
        return {"scheme": TYPE, "code": self.type}

    def cancelled(self) -> bool:
        """Whether an emergency is called off."""
        return (self.value("emergency", "cancel") or "").lower() == "true"
