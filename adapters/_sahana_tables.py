"""The tables of Sahana, known by their columns, and what a row of each says."""

import math
from collections.abc import Callable, Iterator

from adapters._sahana_row import SCHEME, UNITS, Row
from bridge import Incident, Malformed, Resource, ResourceRequest, ResourceState, Said

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


class Table(Row):
    """A row, and the tables that it may be of."""

    def said(self) -> Iterator[Said]:
        """What the row says, by the columns that it has."""
        found = next((table for columns, table in TABLES if columns <= self.entry.node.keys()), None)
        if found is None:
            raise Malformed("nothing-said", self.entry.at)
        return found(self)

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


TABLES: list[tuple[set[str], Callable[[Table], Iterator[Said]]]] = [
    ({"Asset No", "Item Name"}, Table.asset),
    ({"Warehouse", "Item Name", "Quantity"}, Table.stock),
    ({"Resource Type", "Quantity"}, Table.kind),
    ({"Name", "Capacity", "Status"}, Table.shelter),
    ({"Incident", "First Name", "Status"}, Table.person),
    ({"Incident", "Asset", "Status"}, Table.assigned),
    ({"Request Number", "Date Requested"}, Table.request),
    ({"Name", "Type", "Date"}, Table.incident),
    ({"Name", "Organisation", "Address"}, Table.facility),
]
"""The columns that give a table away; the first that has them all."""
