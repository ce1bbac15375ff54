"""Tables of Sahana Eden (CSV for its imports, as its templates have them), in only: which table it is, its columns say.

``asset`` and ``inv_item`` (stocks), ``org_resource`` and ``warehouse`` are Resources, ``cr_shelter`` a Resource and a ResourceState, ``event_human_resource``
a person and what he does, ``event_asset`` a ResourceState, ``incident_report`` an Incident, ``inv_req`` and ``inv_req_item`` a ResourceRequest, the items
of one request in one. Sahana knows its things by name: where a table has no number, the names that tell a thing apart are its id, and so an incident's
name is its id.

Dates have two digits of the year and no order of their own: option ``dates``; times of day are of ``zone``, and without a zone they are kept as they
are, as is a date without a time. A line ``End`` closes a table. What has no home rides in ``extensions`` under the name of its column.
"""

import math
import re
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any, Literal

from adapters._entry import Entry
from bridge import Adapter, Incident, Malformed, Rejected, Resource, ResourceRequest, ResourceState, Said, text, times, validated

Tree = dict[str, Any]
ORDERS = {"mdy": "%m/%d/%y", "dmy": "%d/%m/%y", "ymd": "%y/%m/%d"}
UNITS = {"piece": "H87", "unit": "H87", "units": "H87", "kg": "KGM", "m2": "MTK", "m": "MTR", "litre": "LTR", "liter": "LTR", "l": "LTR"}
"""UN/CEFACT Recommendation 20."""
KINDS = {"Vehicle": "Vehicle", "Vehicles": "Vehicle", "Relief Item": "Supply", "Radio": "Equipment", "Shelter": "Shelter"}
STATES = {
    "Open": "Available",
    "Closed": "Unavailable",
    "Alerted": "Reserved",
    "Standing By": "Reserved",
    "Active": "Committed",
    "Deployed": "Committed",
    "En Route": "EnRoute",
    "On Scene": "OnScene",
    "Stood Down": "Available",
    "Unable": "Unavailable",
}
URGENCY = {"High": "Immediate", "Medium": "Expected", "Low": "Future"}
END = re.compile(rb"\r?\nEnd,*\s*\Z")
SCHEME = "urn:sahana"


class SahanaCsv(Adapter):
    """Sahana Eden, in only."""

    media_type = "text/csv"
    records = (Incident, Resource, ResourceRequest, ResourceState)
    writes = False

    dates: Literal["mdy", "dmy", "ymd"] = "mdy"
    """Order of day, month and year."""
    zone: str | None = None
    """IANA zone of times; left out: they are kept as they are."""
    encoding: str = "utf-8"
    """Encoding of bytes that are not UTF-8."""

    def decode(self, data: bytes) -> Iterator[Said | Rejected]:
        """Row by row; a wrong one is refused alone."""
        rows = text.read_csv(END.sub(b"", data), encoding=self.encoding)
        asked: dict[str, list[Entry]] = {}
        for line, row in rows:
            if isinstance(row, Malformed):
                yield row
                continue
            try:
                entry = Entry(self.name, {name: value.strip() for name, value in row.items()}, f"line {line}", self.zone)
                if {"Request", "Item", "Quantity"} <= row.keys():
                    asked.setdefault(entry.must("Request"), []).append(entry)
                else:
                    yield from list(Row(self, entry).said())
            except Rejected as error:
                yield error
        for number, entries in asked.items():
            yield self.items(number, entries)

    def items(self, number: str, entries: list[Entry]) -> Said:
        """All that one request asks for."""
        lines: list[Tree] = []
        kept: dict[str, str] = {}
        odd: list[str] = []
        for index, entry in enumerate(entries, 1):
            pack, item = entry.text("Pack"), entry.text("Item")
            kind = {"scheme": f"{SCHEME}:item", "code": item} if item else None
            lines.append({"line_id": str(index), "kind": kind, "quantity": entry.number("Quantity"), "unit": UNITS.get((pack or "").lower(), pack)})
            kept |= {f"{key}/{index}": words for key, words in entry.rest().items()}
            odd += entry.deviations
        tree = {"request_id": self.shared_id("request", number), "step": "Request", "from_agency": self.owner, "lines": lines, "extensions": kept}
        return Said(validated(ResourceRequest, tree), deviations=tuple(odd))


class Row:
    """One row being read."""

    def __init__(self, adapter: SahanaCsv, entry: Entry) -> None:
        """``entry`` holds its cells by column."""
        self.adapter, self.entry = adapter, entry

    def said(self) -> Iterator[Said]:
        """What the row says, by the columns that it has."""
        found = next((table for columns, table in TABLES if set(columns.split(",")) <= self.entry.node.keys()), None)
        if found is None:
            raise Malformed("nothing-said", self.entry.at)
        return found(self)

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

    def asset(self) -> Iterator[Said]:
        """A thing with a number."""
        kind = self.entry.code(KINDS, "Category", default="Equipment")
        tree = self.resource(self.named("resource", "Asset No"), kind, name=self.entry.text("Item Name"), types=self.coded("Category", "category"))
        yield self.made(Resource, tree | {"home_base": self.place(name=self.entry.text("Facility"))})

    def stock(self) -> Iterator[Said]:
        """What lies in a warehouse."""
        place, unit = self.entry.text("Warehouse"), self.entry.text("Units")
        identifier = self.named(
            "resource", "Warehouse", "Item Name", "Item Code", "Brand", "Model", "Pack", "Tracking Number", "Bin", "Supplier/Donor", "Expiry Date"
        )
        price, currency = self.entry.text("Unit Value"), self.entry.text("Currency")
        tree = self.resource(
            identifier, "Supply", name=self.entry.text("Item Name"), types=self.coded("Category", "category"), home_base={"name": place}
        )
        count = {"quantity": self.entry.number("Quantity"), "unit": UNITS.get((unit or "").lower(), unit)}
        for column in ("Item Code", "Brand", "Model", "Pack", "Tracking Number", "Bin", "Supplier/Donor", "Expiry Date"):
            self.entry.claimed.discard((column,))
        yield self.made(Resource, tree | count | {"cost": " ".join(filter(None, (price, currency))) or None})

    def kind(self) -> Iterator[Said]:
        """How many of a kind an organisation has."""
        identifier = self.named("resource", "Organisation", "Branch", "Resource Type", "L1", "L2", "L3")
        tree = self.resource(identifier, "Unknown", name=self.entry.text("Resource Type"), types=self.coded("Resource Type", "resource-type"))
        yield self.made(
            Resource, tree | {"quantity": self.entry.number("Quantity"), "home_base": self.place(), "conditions": self.entry.text("Comments")}
        )

    def facility(self) -> Iterator[Said]:
        """A warehouse."""
        tree = self.resource(self.named("resource", "Name"), "Facility", name=self.entry.text("Name"), home_base=self.place())
        reach = [(channel, self.entry.text(column)) for channel, column in (("tel", "Phone1"), ("tel", "Phone2"), ("email", "Email"), ("fax", "Fax"))]
        tree["contacts"] += [{"channel": channel, "value": value} for channel, value in reach if value]
        yield self.made(Resource, tree | {"conditions": self.entry.text("Comments")})

    def shelter(self) -> Iterator[Said]:
        """A shelter and how full it is."""
        identifier = self.named("resource", "Name")
        capacity, inside = self.entry.number("Capacity"), self.entry.number("Population")
        free = capacity - inside if capacity is not None and inside is not None else None
        state = {"resource_id": identifier, "availability": self.entry.code(STATES, "Status"), "quantity_left": free}
        if free is not None and math.isfinite(free):
            self.entry.claimed.discard(("Population",))
        tree = self.resource(identifier, "Shelter", name=self.entry.text("Name"), quantity=capacity, unit="IE", home_base=self.place())
        yield self.made(Resource, tree, last=False)
        yield self.made(ResourceState, state)

    def person(self) -> Iterator[Said]:
        """Somebody, and what he is told off for."""
        identifier = self.named("resource", "First Name", "Last Name", "Organisation")
        name = " ".join(words for column in ("First Name", "Last Name") if (words := self.entry.text(column)))
        yield self.made(Resource, self.resource(identifier, "Person", name=name), last=False)
        yield self.state(identifier)

    def state(self, identifier: str | None = None) -> Said:
        """What a thing does in an incident."""
        incident = self.entry.text("Incident")
        tree = {
            "resource_id": identifier or self.named("resource", "Asset"),
            "availability": self.entry.code(STATES, "Status"),
            "incident_id": self.adapter.shared_id("incident", incident) if incident else None,
        }
        return self.made(ResourceState, tree)

    def assigned(self) -> Iterator[Said]:
        """An asset in an incident."""
        yield self.state()

    def incident(self) -> Iterator[Said]:
        """A report of an incident."""
        name = " ".join(words for part in ("First", "Last") if (words := self.entry.text(f"Reported By {part} Name")))
        phone = self.entry.text("Reported By Phone")
        contact = {"role": "Sender", "name": name or None, "channel": "tel" if phone else None, "value": phone}
        tree = {
            "incident_id": self.named("incident", "Name"),
            "owner": self.adapter.owner,
            "name": self.entry.text("Name"),
            "category": "Unknown",
            "types": self.coded("Type", "incident-type"),
            "lifecycle": "Reported",
            "location": self.place() or {},
            "description": self.entry.text("Comments"),
            "contacts": [contact] if name or phone else [],
        }
        yield self.made(Incident, tree)

    def request(self) -> Iterator[Said]:
        """A request; what it asks for stands in another table."""
        purpose, place = self.entry.text("Purpose"), self.entry.text("Requested for Facility")
        asking, approving = self.entry.text("Requester"), self.entry.text("Approved by")
        people = [("Requester", asking), ("Approver", approving)]
        tree = {
            "request_id": self.named("request", "Request Number"),
            "step": "Request",
            "at": self.moment("Date Requested", "Time Requested"),
            "from_agency": self.adapter.owner,
            "purpose": {"scheme": f"{SCHEME}:purpose", "code": purpose} if purpose else None,
            "urgency": self.entry.code(URGENCY, "Priority"),
            "needed_by": self.moment("Date Required", "Time Required"),
            "deliver_to": {"name": place} if place else None,
            "contacts": [{"role": role, "name": name} for role, name in people if name],
            "comment": self.entry.text("Comments"),
        }
        yield self.made(ResourceRequest, tree)

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


TABLES: list[tuple[str, Callable[[Row], Iterator[Said]]]] = [
    ("Asset No,Item Name", Row.asset),
    ("Warehouse,Item Name,Quantity", Row.stock),
    ("Resource Type,Quantity", Row.kind),
    ("Name,Capacity,Status", Row.shelter),
    ("Incident,First Name,Status", Row.person),
    ("Incident,Asset,Status", Row.assigned),
    ("Request Number,Date Requested", Row.request),
    ("Name,Type,Date", Row.incident),
    ("Name,Organisation,Address", Row.facility),
]
"""The columns that give a table away; the first that has them all."""
