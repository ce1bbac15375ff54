"""Cursor on Target: one event being read."""

from datetime import UTC, datetime, timedelta
from typing import Any

from adapters import _cot
from bridge import (
    Alert,
    Incident,
    Invalid,
    Malformed,
    Mission,
    Rejected,
    Resource,
    ResourceState,
    Said,
    Says,
    SituationReport,
    geo,
    text,
    times,
    validated,
    xml,
)

Tree = dict[str, Any]
CLASSES: dict[str, type[Any]] = {cls.__name__: cls for cls in (Alert, Incident, Mission, Resource, ResourceState, SituationReport)}
TYPE = "urn:mitre:cot:type"
OPEX: dict[str, Any] = {"o": "Actual", "e": "Exercise", "s": "Test"}
MOVING = {"track", "status", "precisionlocation", "_flow-tags_"}
"""Details of the moment: they belong to the state."""
TAKEN = {"contact", "fileshare", "remarks", "status", "track", "uid", "__chat"}
"""Elements of which nothing is left once their words are taken; others, such as ``archive``, speak by being there."""
OWN = "_regionbus_"
UNKNOWN = 9999999.0
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Event:
    """One event being read. What is taken is taken out of it; what is left is kept."""

    def __init__(self, adapter: Any, root: xml.Element) -> None:
        """``root`` is changed."""
        if xml.name(root) != "event":
            raise Malformed("root", found=xml.name(root), wanted="event")
        self.adapter, self.root = adapter, root
        found = root.find("{*}detail")
        self.detail = xml.root("detail") if found is None else found
        self.parts: dict[str, xml.Element] = {}
        for child in self.detail:
            self.parts.setdefault(xml.name(child), child)
        self.odd: list[str] = []
        self.kept: dict[str, str] = {}
        self.type = self.must("type")

    def must(self, name: str) -> str:
        """An attribute without which nobody knows what is spoken of."""
        if not (found := self.root.get(name, "")).strip():
            raise Malformed("missing", f"@{name}")
        del self.root.attrib[name]
        return found

    def said(self) -> list[Said]:
        """The records that the event says."""
        words = self.type
        own = self.take_own()
        if own is None and words.startswith("t-x") and not words.startswith("t-x-d-d"):
            return []
        self.uid, self.time = self.must("uid"), self.instant(self.must("time"), "time")
        self.stale = self.moment("stale")
        if (start := self.moment("start")) and start != self.time:
            self.keep("@start", times.iso(start))
        opex = self.root.get("opex", "")
        self.says = Says(mode=OPEX.get(opex[:1]), sent=self.time)
        if opex in OPEX:
            del self.root.attrib["opex"]
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
        return Said(validated(cls, tree, f"detail/{OWN}"), shown.says if shown else self.says, tuple(self.odd))

    def take_own(self) -> Tree | None:
        """What we wrote beside the picture."""
        own = self.parts.pop(OWN, None)
        if own is None:
            return None
        at, name = f"detail/{OWN}", own.get("record", "")
        if name not in CLASSES:
            raise Invalid("not-in-list", f"{at}/@record", value=name, allowed=", ".join(CLASSES))
        more = text.read_json(own.text.encode()) if own.text else {}
        if not isinstance(more, dict):
            raise Malformed("wrong-shape", at, found="something else", wanted="an object")
        self.detail.remove(own)
        return {"record": name, "more": more}

    def resource(self) -> list[Said]:
        """A thing, and its state."""
        place = self.point()
        state: Tree = {"availability": {"true": "Available", "false": "Unavailable"}.get(self.take("status", "readiness") or "", "Unknown")}
        state |= {"position": self.moved(place) if place else None, "fuel_or_battery_pct": self.number("status", "battery")}
        self.attributes("m-g")
        self.elements(MOVING)
        kept, self.kept = {f"{self.adapter.name}:@type": self.type, **self.kept}, {}
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
        return Said(Resource.model_validate(tree | {"extensions": self.kept}), self.says, tuple(self.odd))

    def state(self, uid: str, tree: Tree, kept: dict[str, str]) -> Said:
        """How it is with a thing now."""
        revision = (self.time - EPOCH) // timedelta(milliseconds=1)
        tree = {"resource_id": self.adapter.shared_id("resource", uid), "revision": revision, "at": self.time, **tree, "extensions": kept}
        return Said(ResourceState.model_validate(tree), self.says.model_copy(update={"expires_at": self.stale}), tuple(self.odd))

    def incident(self) -> list[Said]:
        """A marker, a drawing, a sighting or an emergency."""
        ended = self.type.startswith("b-a-o-can") or self.cancelled()
        by_hand, circle = self.root.get("how", "").startswith("h"), _cot.radius(self.detail)
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
        return [Said(Incident.model_validate(tree | {"extensions": self.kept}), self.says, tuple(self.odd))]

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
        return [Said(Mission.model_validate(tree | {"extensions": self.kept}), self.says, tuple(self.odd))]

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
        return [Said(SituationReport.model_validate(tree | {"extensions": self.kept}), self.says, tuple(self.odd))]

    def deleted(self) -> list[Said]:
        """What the link names is gone from the map."""
        link = self.detail.find("{*}link[@uid]")
        if link is None or not (target := link.get("uid", "")).strip():
            raise Malformed("missing", "detail/link/@uid")
        self.says = self.says.model_copy(update={"action": "Cancel"})
        self.point()
        self.kept |= {f"{self.adapter.name}:@type": self.type, f"{self.adapter.name}:@uid": self.uid}
        known = link.get("type", "a-f")
        self.attributes("m-g")
        self.elements()
        self.ends()
        self.stale = None
        if known.startswith("a-") and known[2:3] in _cot.RESOURCE:
            return [self.state(target, {"availability": "Unknown"}, self.kept)]
        shared = self.adapter.shared_id("incident", target)
        tree: Tree = {"incident_id": shared, "owner": self.adapter.owner, "updated_at": self.time, "category": "Unknown", "lifecycle": "Cancelled"}
        return [Said(Incident.model_validate(tree | {"location": {}, "extensions": self.kept}), self.says, tuple(self.odd))]

    def keep(self, at: str, words: str) -> None:
        """Keeps what has no home."""
        key = f"{self.adapter.name}:{at}"
        again = 0
        while key in self.kept:
            again += 1
            key = f"{self.adapter.name}:{at}/{again}"
        self.kept[key] = words

    def coded(self) -> Tree:
        """The type, as it stands."""
        return {"scheme": TYPE, "code": self.type}

    def instant(self, words: str, name: str) -> datetime:
        """A time; the standard wants Z."""
        found, zoned = times.instant(words, f"@{name}", self.adapter.zone)
        if not zoned:
            self.odd.append(f"@{name}: no offset, {self.adapter.zone} assumed")
        return found

    def moment(self, name: str) -> datetime | None:
        """A time that the event can do without."""
        words = self.root.attrib.pop(name, None)
        try:
            return None if words is None else self.instant(str(words), name)
        except Rejected:
            self.odd.append(f"@{name}: '{words}' is no time")
            self.keep(f"@{name}", str(words))
            return None

    def ends(self) -> None:
        """Keeps when it goes from the map: that does not end what is said."""
        if self.stale:
            self.keep("@stale", times.iso(self.stale))

    def attributes(self, how: str) -> None:
        """Keeps the attributes that nobody took; ``how`` is the usual origin."""
        for name, value in self.root.attrib.items():
            if (name, value) not in (("how", how), ("version", "2.0")):
                self.keep(f"@{name}", str(value))
        for name in {"how", "version"}.difference(self.root.keys()):
            self.odd.append(f"@{name}: missing")

    def elements(self, only: set[str] | None = None) -> None:
        """Keeps the elements of the detail that nobody took."""
        for child in list(self.detail):
            name = xml.name(child)
            if only is None or name in only:
                self.detail.remove(child)
                if name not in TAKEN or len(child) or child.attrib or (child.text or "").strip():
                    self.keep(f"detail/{name}", xml.outer(child))

    def value(self, element: str, name: str) -> str | None:
        """An attribute of an element of the detail."""
        found = self.parts.get(element)
        return None if found is None else found.get(name) or None

    def take(self, element: str, name: str) -> str | None:
        """The same, taken out."""
        found = self.parts.get(element)
        words = "" if found is None else str(found.attrib.pop(name, ""))
        return words if words.strip() else None

    def number(self, element: str, name: str) -> float | None:
        """A number of the detail; one that is none stays."""
        words = self.value(element, name)
        found = _cot.number(words)
        if found is not None:
            self.take(element, name)
        elif words:
            self.odd.append(f"detail/{element}/@{name}: '{words}' is no number")
        return found

    def callsign(self) -> str | None:
        """The name, which TAK says twice."""
        name = self.take("contact", "callsign")
        if name and self.value("uid", "Droid") == name:
            self.take("uid", "Droid")
        return name

    def remarks(self) -> str | None:
        """The text of the remarks; several, or one with more in it, stay."""
        found = self.detail.findall("{*}remarks")
        if len(found) != 1 or len(found[0]) or not (found[0].text or "").strip():
            return None
        words, found[0].text = found[0].text, None
        return words

    def cancelled(self) -> bool:
        """Whether an emergency is called off."""
        return (self.value("emergency", "cancel") or "").lower() == "true"

    def point(self) -> Tree | None:
        """The position; what is unknown, and 0, 0, is none."""
        found = self.root.find("{*}point")
        if found is None:
            self.odd.append("point: missing")
            return None
        lat, lon = _cot.number(found.get("lat")), _cot.number(found.get("lon"))
        if lat is None or lon is None:
            raise Malformed("not-a-position", "point", value=f"{found.get('lat')},{found.get('lon')}")
        geo.checked(lat, lon, "point")
        heights = {name: _cot.number(found.get(name)) for name in ("hae", "ce", "le")}
        known = {name: None if value is None or abs(value) >= UNKNOWN else value for name, value in heights.items()}
        nowhere = lat == lon == 0
        for name, value in found.attrib.items():
            if name not in (*heights, "lat", "lon") or (name in heights and (heights[name] is None or ((name == "le" or nowhere) and known[name]))):
                self.keep(f"point/@{name}", str(value))
        return None if nowhere else {"lat": lat, "lon": lon, "alt": known["hae"], "accuracy_m": known["ce"]}

    def moved(self, place: Tree) -> Tree:
        """The position, and how it moves."""
        return place | {"heading_deg": self.number("track", "course"), "speed_mps": self.number("track", "speed")}

    def location(self) -> Tree:
        """The position and the shape."""
        drawn = _cot.geometry(self.detail, self.type)
        for link in [each for each in self.detail.iterfind("{*}link[@point]") if each.keys() == ["point"]] if drawn else ():
            self.detail.remove(link)
        place = self.point()
        return {name: value for name, value in (("point", place), ("geometry", drawn)) if value}
