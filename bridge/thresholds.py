"""Thresholds: an observation that crosses one is told as what it is, and as an alert.

[[inlet.options.thresholds]]
property = "rain-1h"          # code of what is observed
above = 50.0                  # or below; in the unit of the observation
event = "暴雨"
color = "Orange"
severity = "Severe"
"""

import hashlib
import json
from collections.abc import Iterable, Iterator
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from bridge.adapter import Said
from bridge.errors import Rejected
from bridge.records import Alert, AlertInfo, Area, Certainty, CodedValue, Observation, Severity, Urgency, WarningColor

EVENTS = "urn:cn:gb:35561"
GRAVITY = ("Unknown", "Minor", "Moderate", "Severe", "Extreme")


class Threshold(BaseModel):
    """One line that observations may cross, and the alert that follows."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    property: str
    """Code of what is observed."""
    above: float | None = None
    """Crossed by what is greater, in the unit of the observation."""
    below: float | None = None
    """Crossed by what is less; with ``above``: by what lies outside of both."""
    unit: str | None = None
    """Only observations in this unit are compared; left out: whatever unit they are in."""
    stations: tuple[str, ...] = ()
    """Only these stations; left out: all."""
    event: str
    """What the alert calls it."""
    event_code: str | None = None
    """Its code after GB/T 35561."""
    severity: Severity = "Unknown"
    """Of several lines crossed at once the gravest speaks."""
    color: WarningColor = "Unknown"
    """Colour of the warning."""
    urgency: Urgency = "Immediate"
    certainty: Certainty = "Observed"
    categories: tuple[str, ...] = ("Met",)
    """CAP categories."""
    status: Literal["Actual", "Exercise", "Test"] = "Actual"
    """What the alert is; what the observation itself says of its mode goes before."""
    lang: str = "zh-CN"
    instruction: str | None = None

    @model_validator(mode="after")
    def _has_a_line(self) -> Self:
        if self.above is None and self.below is None:
            raise ValueError("a threshold needs 'above', 'below', or both")
        return self

    def crossed(self, seen: Observation) -> bool:
        """Whether the observation lies beyond the line."""
        here = seen.property.code == self.property and self.unit in (None, seen.unit) and (not self.stations or seen.station_id in self.stations)
        if seen.value is None or not here:
            return False
        return (self.above is not None and seen.value > self.above) or (self.below is not None and seen.value < self.below)


class Watching(BaseModel):
    """The option of every adapter that may say observations."""

    thresholds: tuple[Threshold, ...] = Field(default=())
    """Lines that turn an observation into an alert as well."""

    def watched(self, found: Iterable[Said | Rejected], sender: str) -> Iterator[Said | Rejected]:
        """All that is said, and after each observation the alert that it gives cause to."""
        for each in found:
            yield each
            if self.thresholds and isinstance(each, Said) and isinstance(each.record, Observation):
                yield from alerts(each, each.record, self.thresholds, sender)


def alerts(said: Said, seen: Observation, thresholds: Iterable[Threshold], sender: str) -> Iterator[Said]:
    """The alert of an observation: for each event the gravest line that it crosses."""
    gravest: dict[str, Threshold] = {}
    for line in thresholds:
        if line.crossed(seen) and (line.event not in gravest or GRAVITY.index(line.severity) > GRAVITY.index(gravest[line.event].severity)):
            gravest[line.event] = line
    for line in gravest.values():
        mode: Any = said.says.mode if said.says.mode not in (None, "Unknown") else line.status
        yield Said(alert(seen, line, sender, mode), said.says.model_copy(update={"mode": mode, "action": "Report", "message_id": None}))


def alert(seen: Observation, line: Threshold, sender: str, status: Any) -> Alert:
    """The alert; its identifier follows from station, property, time and event, so that the same observation never alerts twice."""
    where, unit = seen.location, f" {seen.unit}" if seen.unit else ""
    named = (where and where.name) or seen.station_id
    what = seen.property.label or seen.property.code
    info = AlertInfo(
        lang=line.lang,
        categories=line.categories,
        event=line.event,
        event_codes=(CodedValue(scheme=EVENTS, code=line.event_code, label=line.event),) if line.event_code else (),
        urgency=line.urgency,
        severity=line.severity,
        certainty=line.certainty,
        color=line.color,
        onset=seen.at,
        headline=f"{line.event}: {named}",
        description=f"{what} {seen.value:.10g}{unit} ({bounds(line)}{unit})",
        instruction=line.instruction,
        parameters=(CodedValue(scheme=seen.property.scheme, code=f"{seen.value:.10g}", label=seen.property.code),),
        areas=(Area(description=named, circles=(f"{where.point.lat!r},{where.point.lon!r} 0",) if where and where.point else ()),),
    )
    parts = [seen.station_id, seen.property.scheme, seen.property.code, seen.at.isoformat(), line.event]
    digest = hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]
    return Alert(
        identifier=f"{seen.at:%Y%m%dT%H%M%SZ}-{digest}",
        sender=sender,
        sent=seen.at,
        status=status,
        msg_type="Alert",
        scope="Restricted",
        restriction="derived from an observation",
        source=seen.station_id,
        infos=(info,),
        extensions={"regionbus:observation_id": seen.observation_id},
    )


def bounds(line: Threshold) -> str:
    """The line in signs: ``> 50``, ``< 0``."""
    return ", ".join(f"{sign} {value:.10g}" for sign, value in ((">", line.above), ("<", line.below)) if value is not None)
