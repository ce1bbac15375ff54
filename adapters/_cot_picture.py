"""Cursor on Target: the event that shows a record on a map."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from adapters import _cot
from adapters._cot_detail import Detail, Shape
from adapters._cot_event import OPEX, UNKNOWN
from adapters._cot_said import TYPE
from bridge import Alert, Incident, Mission, Rejected, Resource, ResourceState, Said, SituationReport, Unsupported, times, xml

IDS: dict[Any, tuple[str, str]] = {
    Alert: ("", "identifier"),
    Incident: ("incident", "incident_id"),
    Mission: ("mission", "mission_id"),
    Resource: ("resource", "resource_id"),
    ResourceState: ("resource", "resource_id"),
    SituationReport: ("report", "report_id"),
}
TIMES: dict[Any, str] = {Alert: "sent", Mission: "at", ResourceState: "at", SituationReport: "prepared_at"}
"""The field of the time, where it is not ``updated_at``."""
END = datetime.max.replace(tzinfo=UTC)
STATE_STALE, STALE = timedelta(minutes=5), timedelta(days=1)
MODES: dict[Any, str] = {mode: letter for letter, mode in OPEX.items()}
USUAL = {"version", "uid", "type", "how", "time", "start", "stale", "opex"}
ENDED = ("Closed", "Cancelled")
WORD = re.compile(r"\w+(-\w+)*(;[^;]*)?")
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")


class Picture:
    """One record as an event. What it cannot show is left out."""

    def __init__(self, adapter: Any, said: Said) -> None:
        """``event`` is what comes of it."""
        self.adapter, self.said = adapter, said
        self.record = cast("Any", said.record)
        cls = type(self.record)
        mark = f"{adapter.name}:"
        self.kept: dict[str, str] = {key.removeprefix(mark): value for key, value in self.record.extensions.items() if key.startswith(mark)}
        self.event, self.shape = xml.root("event"), self.outline()
        self.attributes(cls)
        self.point()
        Detail(self.event, self.record, self.shape, self.kept).fill()

    def attributes(self, cls: type[Any]) -> None:
        """What, when, and how it is known."""
        kind, field = IDS[cls]
        moment = getattr(self.record, TIMES.get(cls, "updated_at")) or self.said.says.sent
        if moment is None:
            raise Unsupported("cannot-say", TIMES.get(cls, "updated_at"), format=self.adapter.name, reason="an event without a time")
        identifier = getattr(self.record, field)
        uid = self.kept.get("@uid", self.adapter.local_id(kind, identifier) if kind else identifier)
        if not uid.strip() or xml.UNWRITABLE.search(uid):
            raise Unsupported("cannot-say", field, format=self.adapter.name, reason="an id that XML cannot hold, or none")
        how = "h-e" if getattr(self.record, "source", "") == "HumanObserved" or cls in (Alert, Mission) else "m-g"
        how = "h-g-i-g-o" if cls is SituationReport else how
        opex, mode = self.kept.get("@opex", ""), self.said.says.mode
        found = {
            "version": "2.0",
            "uid": uid,
            "type": self.type(),
            "how": self.kept.get("@how", how),
            "time": written(moment),
            "start": written(self.moment("@start") or moment),
            "stale": written(self.moment("@stale") or self.stale(moment)),
            "opex": opex if opex and (mode is None or OPEX.get(opex[0]) == mode) else MODES.get(mode or "", ""),
        }
        others = {key[1:]: value for key, value in self.kept.items() if NAME.fullmatch(key[1:]) and key[0] == "@" and key[1:] not in USUAL}
        for name, value in (found | others).items():
            if value and not xml.UNWRITABLE.search(value):
                self.event.set(name, value)

    def stale(self, moment: datetime) -> datetime:
        """When it goes from the map: at once, if it is over."""
        record = self.record
        if getattr(record, "lifecycle", "") in ENDED or getattr(record, "msg_type", "") == "Cancel":
            return moment
        if isinstance(record, ResourceState):
            return self.said.says.expires_at or later(moment, STATE_STALE)
        return max((info.expires for info in getattr(record, "infos", ()) if info.expires), default=later(moment, STALE))

    def moment(self, name: str) -> datetime | None:
        """A time that was kept."""
        try:
            return times.instant(self.kept[name], name)[0]
        except (KeyError, Rejected):
            return None

    def type(self) -> str:
        """The type: the record's own, else one that shows it."""
        record = self.record
        coded = [*getattr(record, "types", ()), getattr(record, "type", None)]
        own = [each.code for each in coded if each and each.scheme == TYPE and not each.code.startswith("t-x")]
        usual: dict[Any, str] = {
            Resource: _cot.SHOWN[getattr(record, "kind", "Unknown")],
            ResourceState: "a-f-G",
            SituationReport: "b-t-f",
            Mission: "t",
        }
        drawn = "b-m-p-s-m" if not self.shape else "u-d-c-c" if self.shape[1] else "u-d-f"
        found: list[str] = [*own, self.kept.get("@type", ""), usual.get(type(record), drawn)]
        return next(words for words in found if WORD.fullmatch(words))

    def outline(self) -> Shape | None:
        """What is drawn: the shape of a location, else the first area that has one."""
        place = getattr(self.record, "location", None)
        if place and (line := _cot.path(place.geometry)):
            return line, None
        areas = [area for info in getattr(self.record, "infos", ()) for area in info.areas]
        if not (place and place.point):
            areas += [zone.area for zone in getattr(self.record, "zones", ())]
        for zone in getattr(self.record, "zones", ()):
            for (centre, *_), reach in _cot.outline([zone.area]):
                if place and place.point and reach and centre == (place.point.lat, place.point.lon):
                    return [centre], reach
        return next(_cot.outline(areas), None)

    def point(self) -> None:
        """The position, with 9999999 for what is not known."""
        record = self.record
        place = record.position if isinstance(record, ResourceState) else getattr(getattr(record, "location", None), "point", None)
        lat, lon = (place.lat, place.lon) if place else _cot.middle(self.shape[0]) if self.shape else (0.0, 0.0)
        values = {"lat": lat, "lon": lon, "hae": place.alt if place else None, "ce": place.accuracy_m if place else None, "le": None}
        found = {name: _cot.decimal(UNKNOWN if value is None else value) for name, value in values.items()}
        for key, value in self.kept.items():
            name = key.removeprefix("point/@")
            if name != key and NAME.fullmatch(name) and float(found.get(name, UNKNOWN)) == UNKNOWN and not xml.UNWRITABLE.search(value):
                found[name] = value
        element = xml.add(self.event, "point")
        for name, value in found.items():
            element.set(name, value)


def later(moment: datetime, by: timedelta) -> datetime:
    """The moment and some time; where the calendar ends, the moment."""
    return moment + by if moment < END - by else moment


def written(moment: datetime) -> str:
    """A time as all programs of TAK read it."""
    return times.iso(moment, digits="milliseconds")
