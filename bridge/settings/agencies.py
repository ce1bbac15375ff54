"""The organisations that are attached to a hub, and what concerns them."""

from typing import Annotated

from pydantic import Field, model_validator

from bridge import geo
from bridge.errors import Malformed
from bridge.kinds import NATION
from bridge.settings.tables import Level, Table


class Area(Table):
    """Where something must happen to concern an agency: in a polygon, circle or division, or near it; what names no place always does."""

    polygons: list[str] = []
    """Such as "30.5,120.3 31.1,120.3 31.1,121.3 30.5,120.3": latitude,longitude of the corners, as in CAP."""
    circles: list[str] = []
    """Such as "30.75,120.75 40": latitude,longitude and the radius in km, as in CAP."""
    divisions: list[Annotated[str, Field(pattern=r"^(\d{6}|\d{9}|\d{12})$")]] = []
    """GB/T 2260 codes, such as 330400: all below, and all that these are part of."""
    within: float = Field(default=0, ge=0, le=1_000_000, allow_inf_nan=False)
    """Metres around polygons and circles that are near enough."""

    @model_validator(mode="after")
    def _drawn(self) -> "Area":
        if not (self.polygons or self.circles or self.divisions):
            raise ValueError("an area wants polygons, circles or divisions")
        try:
            outlines = [geo.ring(polygon, "polygons") for polygon in self.polygons]
            for circle in self.circles:
                geo.circle(circle, "circles")
        except Malformed as error:
            raise ValueError(str(error)) from None
        if any(len(set(outline)) < 3 for outline in outlines):
            raise ValueError("a polygon wants three corners or more")
        return self


class Agency(Table):
    """An organisation that is attached to this hub."""

    id: str = Level
    """Such as cn-jiaxing-fire."""
    name: str = ""
    """As operators know it."""
    contact: str = ""
    """Whom to call about it, for operators, such as a telephone number."""
    division: str = Field(default=NATION, pattern=r"^\d{2}/\d{6}$")
    """Province and division (GB/T 2260), such as 33/330400: for records that name no place."""
    groups: list[Annotated[str, Level]] = []
    """Names under which several agencies are addressed, such as delta-fire; each has an inbox of its own."""
    roles: list[str] = []
    """What it is, as senders call it, such as fire."""
    area: Area | None = None
    """Whose incidents concern it; left out: all."""
