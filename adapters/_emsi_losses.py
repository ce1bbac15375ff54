"""What EMSI cannot carry, by dialect."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from adapters.emsi import Emsi


class ByDialect:
    """What a class says for its usual dialect, and an adapter for its own."""

    def __init__(self, usual: Any, **others: Any) -> None:
        """``others`` by dialect."""
        self.usual, self.others = usual, others

    def __get__(self, adapter: "Emsi | None", cls: object) -> Any:
        """The value."""
        return self.usual if adapter is None else self.others.get(adapter.dialect.replace("-", "_"), self.usual)


def lost(table: str) -> frozenset[str]:
    """``Record path path.{part,part} …`` line by line, as paths."""
    found = set()
    for record, *paths in map(str.split, table.strip().splitlines()):
        for path in paths:
            head, _, parts = path.rstrip("}").partition("{")
            found |= {f"{record}.{head}{part}" for part in parts.split(",")}
    return frozenset(found)


ADDRESS = "address.{street,number,unit,locality,admin_code,postal_code,country_code}"
POINT = "{accuracy_m,heading_deg,speed_mps}"
FILE = "attachments.{mime_type,size_bytes,sha256,content}"
LOSES = lost(f"""
    Incident       revision owner updated_at external_ids.label links category types hazards lifecycle response_level severity source
    Incident       occurred_at reported_at observed_at closed_at location.point.{POINT} location.{ADDRESS} location.{{geometry,observed_at,kind}}
    Incident       zones.area.{{geocodes,altitude_m,ceiling_m,holes}} zones.at weather notes contacts {FILE} involved_agencies plan_ref extensions
    Incident       casualties.{{at,trapped,injured,hospitalised,affected,total_estimate}}
    Resource       revision owner updated_at kind types sector capabilities unit personnel home_base jurisdiction sharing available_from
    Resource       available_to mobilisation_minutes cost conditions contacts {FILE} extensions
    ResourceState  revision at native_status position.{POINT} mission_id eta fuel_or_battery_pct quantity_left extensions
    ResourceState  destination.point.{POINT} destination.{ADDRESS} destination.{{geometry,observed_at,kind}}
    Mission        revision at issuer type.label priority start_at end_at due_at progress_pct feedback plan_step {FILE} extensions
    Mission        location.point.{POINT} location.{ADDRESS} location.{{geometry,observed_at,kind,note}}
""")
TSO_LOSES = LOSES | lost("""
    Incident       name parent_incident_id external_ids casualties description attachments location zones.area.description
    Resource       name attachments
    ResourceState  destination
    Mission        parent_mission_id resource_ids title instructions location attachments
""")
