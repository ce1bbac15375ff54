"""Cursor on Target: the detail of an event that shows a record on a map."""

from typing import Any

from adapters import _cot
from adapters._cot import Tree
from bridge import Alert, Malformed, Mission, Resource, ResourceState, SituationReport, geo, native, xml

Shape = tuple[list[geo.Pair], float | None]
"""The corners of what is drawn, or the middle and the radius in kilometres of a circle."""


class Detail:
    """The detail of one event."""

    def __init__(self, event: xml.Element, record: Any, shape: Shape | None, kept: dict[str, str]) -> None:
        """``shape`` is what is drawn, ``kept`` what the record has from another event of its own."""
        self.event, self.record, self.shape, self.kept = event, record, shape, kept
        self.detail = xml.add(event, "detail")

    def fill(self) -> None:
        """What there is to say, and what was kept."""
        pictures: dict[Any, Any] = {
            Alert: self.alert,
            Mission: self.mission,
            Resource: self.resource,
            ResourceState: self.state,
            SituationReport: self.report,
        }
        pictures.get(type(self.record), self.incident)()
        self.restore()

    def add(self, name: str, words: str | None = None, attributes: Tree | None = None) -> None:
        """An element of the detail with what there is to say."""
        said = {key: str(value) for key, value in (attributes or {}).items() if value not in (None, "") and not xml.UNWRITABLE.search(str(value))}
        words = words if words and words.strip() and not xml.UNWRITABLE.search(words) else None
        if said or words:
            element = xml.add(self.detail, name, words)
            for key, value in said.items():
                element.set(key, value)

    def resource(self) -> None:
        """Who it is and how it is reached."""
        reach = {contact.channel: contact.value for contact in reversed(self.record.contacts)}
        self.add("contact", None, {"callsign": self.record.name, "phone": reach.get("tel"), "emailAddress": reach.get("email")})
        self.add("uid", None, {"Droid": self.record.name})

    def state(self) -> None:
        """How it moves, and what it is ready for."""
        place, battery = self.record.position, self.record.fuel_or_battery_pct
        if place and (place.heading_deg is not None or place.speed_mps is not None):
            moving = {"course": place.heading_deg, "speed": place.speed_mps}
            self.add("track", None, {name: None if value is None else _cot.decimal(value) for name, value in moving.items()})
        charge = None if battery is None else _cot.decimal(battery).removesuffix(".0")
        self.add("status", None, {"readiness": {"Available": "true", "Unavailable": "false"}.get(self.record.availability), "battery": charge})

    def incident(self) -> None:
        """A marker or a drawing."""
        self.add("contact", None, {"callsign": self.record.name})
        self.add("remarks", self.record.description)
        if self.record.lifecycle == "Cancelled" and self.event.get("type", "").startswith("b-a") and "detail/emergency" not in self.kept:
            self.add("emergency", None, {"cancel": "true"})
        self.drawing()

    def mission(self) -> None:
        """A tasking."""
        self.add("contact", None, {"callsign": self.record.title})
        self.add("remarks", self.record.instructions)
        self.drawing()

    def report(self) -> None:
        """A line of a chat, or a file on offer."""
        sender = self.record.prepared_by.name if self.record.prepared_by else None
        file = next(iter(self.record.attachments), None)
        if self.event.get("type", "").startswith("b-f-t") and file:
            found = {"name": self.record.summary, "senderUrl": file.uri, "sha256": file.sha256, "sizeInBytes": file.size_bytes}
            self.add("fileshare", None, found | {"senderCallsign": sender})
        else:
            room = None if "detail/__chat" in self.kept else "All Chat Rooms"
            self.add("__chat", None, {"id": room, "chatroom": room, "senderCallsign": sender})
            self.add("remarks", self.record.summary)

    def alert(self) -> None:
        """A warning where it holds."""
        info = next(iter(self.record.infos), None)
        if info:
            self.add("contact", None, {"callsign": info.headline or info.event})
            self.add("remarks", "\n".join(words for words in (info.description, info.instruction) if words))
        self.drawing()

    def drawing(self) -> None:
        """The corners of a drawing, or its circle, unless they were kept."""
        if not self.shape or "detail/shape" in self.kept or 'point="' in self.kept.get("detail/link", ""):
            return
        corners, reach = self.shape
        if reach:
            metres = _cot.decimal(reach * 1000)
            ellipse = xml.add(xml.add(self.detail, "shape"), "ellipse")
            for name, value in (("major", metres), ("minor", metres), ("angle", "360")):
                ellipse.set(name, value)
        for lat, lon in corners if not reach else ():
            self.add("link", None, {"point": f"{_cot.decimal(lat)},{_cot.decimal(lon)}"})

    def restore(self) -> None:
        """Puts back the elements that were kept."""
        ours = {xml.name(child): child for child in self.detail if xml.name(child) not in ("link", "shape")}
        for key, words in self.kept.items():
            name = native.steps(key)[1:2]
            try:
                element = xml.parse(words.encode()) if key.startswith("detail/") else None
            except Malformed:
                continue
            if element is None or xml.name(element) != name[0] or xml.outer(element) != words:
                continue
            mine = ours.pop(name[0], None)
            if mine is None or set(mine.keys()) & set(element.keys()) or (mine.text and (element.text or len(element))):
                self.detail.append(element)
            else:
                mine.attrib.update(element.attrib)
                mine.text = mine.text or element.text
                mine.extend(element)
