"""A row of a Sahana table, and what rows of several tables say alike."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from adapters._entry import Entry, Tree
from bridge import Malformed, Rejected, Said, times, validated

if TYPE_CHECKING:
    from adapters.sahana_csv import SahanaCsv

ORDERS = {"mdy": "%m/%d/%y", "dmy": "%d/%m/%y", "ymd": "%y/%m/%d"}
UNITS = {"piece": "H87", "unit": "H87", "units": "H87", "kg": "KGM", "m2": "MTK", "m": "MTR", "litre": "LTR", "liter": "LTR", "l": "LTR"}
"""UN/CEFACT Recommendation 20."""
SCHEME = "urn:sahana"


class Row:
    """One row being read."""

    def __init__(self, adapter: "SahanaCsv", entry: Entry) -> None:
        """``entry`` holds its cells by column."""
        self.adapter, self.entry = adapter, entry

    def made(self, cls: type[Any], tree: Tree, *, last: bool = True) -> Said:
        """The record; the ``last`` of a row takes what is left."""
        tree = {name: value for name, value in tree.items() if value is not None}
        return Said(
            validated(cls, tree | ({"extensions": self.entry.rest()} if last else {}), self.entry.at), deviations=tuple(self.entry.deviations)
        )

    def named(self, kind: str, *columns: str) -> str:
        """An id out of the names that tell a thing apart."""
        found = [words for column in columns if (words := self.entry.text(column))]
        if not found:
            raise Malformed("missing", self.entry.place(columns[0]))
        return self.adapter.shared_id(kind, "/".join(found))

    def place(self, *, name: str | None = None) -> Tree | None:
        """Where it is: the position, the address, and the divisions from the greatest down."""
        take = self.entry.text
        point = self.entry.point(("Lat",), ("Lon",))
        levels = [words for column in ("L1", "L2", "L3") if (words := take(column))]
        address = {
            "street": take("Address"),
            "unit": take("Building"),
            "postal_code": take("Postcode"),
            "text": ", ".join(levels),
            "country_code": take("Country"),
        }
        address = {key: value for key, value in address.items() if value}
        found = {"name": name, "address": address, "point": point and point.model_dump(exclude_defaults=True)}
        return {key: value for key, value in found.items() if value} or None

    def resource(self, identifier: str, kind: str, **more: Any) -> Tree:
        """What all resources say: whose they are."""
        owner = self.entry.text("Branch") or self.entry.text("Organisation")
        return {
            "resource_id": identifier,
            "owner": self.adapter.owner,
            "kind": kind,
            "contacts": [{"role": "Owner", "agency": owner}] if owner else [],
            **more,
        }

    def coded(self, column: str, scheme: str) -> list[Tree]:
        """A native code."""
        found = self.entry.text(column)
        return [{"scheme": f"{SCHEME}:{scheme}", "code": found}] if found else []

    def moment(self, day: str, hour: str) -> str | None:
        """A date and a time of day as an instant, if the zone is known."""
        words = [self.entry.text(column) for column in (day, hour)]
        if None not in words and self.adapter.zone:
            try:
                pattern = f"{ORDERS[self.adapter.dates]} %I:%M:%S %p"
                found: datetime = times.patterned(" ".join(filter(None, words)), pattern, self.entry.place(day), self.adapter.zone)
                return times.iso(found)
            except Rejected:
                self.entry.unread(" ".join(filter(None, words)), "time", day)
        self.entry.claimed -= {(day,), (hour,)}
        return None
