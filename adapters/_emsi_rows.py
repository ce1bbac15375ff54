"""Where each shared field stands in EMSI's tree, the verb that carries it, and what no place carries."""

from collections.abc import Callable
from typing import Any, NamedTuple

from adapters._emsi_grammar import Tree
from adapters._emsi_verbs import VERBS
from bridge import Incident, Mission, Record, Resource, ResourceState, native


class Row(NamedTuple):
    """A shared place and the way to it, where our tree has it, and what its verb does, and with what."""

    shared: str
    way: tuple[str, ...]
    path: native.Path
    take: Callable[..., Any]
    give: Callable[..., Any]
    of: str


def rows(table: str) -> tuple[Row, ...]:
    """``shared native verb:of``, line by line."""
    found = []
    for shared, path, verb in map(str.split, table.strip().splitlines()):
        name, _, of = verb.partition(":")
        found.append(Row(shared, tuple(shared.split(".")), native.steps(path), *VERBS[name], of))
    return tuple(found)


SAYS = rows("""
    mode                    CONTEXT/MODE                    code:mode
    action                  CONTEXT/MSGTYPE                 code:msg-type
    message_id              CONTEXT/ID                      same
    sent                    CONTEXT/CREATION                time
    references              CONTEXT/LINK                    links
    confidentiality         CONTEXT/SECLASS                 code:seclass
""")
SPOT = """
    {shared}.geometry       {spot}                          geometry
    {shared}.point          {spot}                          point
    {shared}.location_id    {spot}/LOC_ID                   same
    {shared}.name           {spot}/NAME                     same
    {shared}.address.text   {spot}/ADDRESS/0                same
"""
ROWS: dict[type[Record], tuple[Row, ...]] = {
    Incident: rows("""
        incident_id         EVENT/ID                        id:incident
        name                EVENT/NAME                      same
        parent_incident_id  EVENT/MAIN_EVENT_ID             id:incident
        category            EVENT/ETYPE                     family
        types               EVENT/ETYPE/CATEGORY            codes:category
        hazards             EVENT/ETYPE/ENV                 codes:env
        source              EVENT/SOURCE                    code:source
        level               EVENT/SCALE                     code:scale
        certainty           EVENT/CERTAINTY                 percent:certainty
        reported_at         EVENT/DECL_DATIME               time
        occurred_at         EVENT/OCC_DATIME                time
        observed_at         EVENT/OBS_DATIME                time
        lifecycle           EVENT/STATUS                    code:event-status
        trend               EVENT/RISK_ASSESMENT            code:risk
        external_ids        EVENT/REFERENCE                 refers
        casualties          EVENT                           reports
        zones               EVENT/EGEO                      zones
        location.observed_at EVENT/EGEO/0/DATIME            time
        location.kind       EVENT/EGEO/0/LOCTYPE            one:loctype
        location.note       EVENT/EGEO/0/FREETEXT           same
        weather             EVENT/EGEO/0/WEATHER            codes:weather
        cause               EVENT/CAUSE                     code:cause
        description         EVENT/FREETEXT                  same
        contacts            CONTEXT/ORIGIN                  sender
        attachments         CONTEXT/EXTERNAL_INFO           files
    """)
    + rows(SPOT.format(shared="location", spot="EVENT/EGEO/0/POSITION")),
    Resource: rows("""
        resource_id         RESOURCE/ID                     id:resource
        name                RESOURCE/NAME                   same
        kind                RESOURCE/RTYPE/RCLASS           means:resource-class
        types               RESOURCE/RTYPE/RCLASS           class:resource-class
        capabilities        RESOURCE/RTYPE/CAPABILITY       skills:capability
        quantity            RESOURCE/QUANTITY               same
        unit                RESOURCE/UM                     code:unit
        contacts            RESOURCE                        contacts
        attachments         CONTEXT/EXTERNAL_INFO           files
    """),
    ResourceState: rows("""
        resource_id         RESOURCE/ID                     id:resource
        incident_id         EVENT/ID                        id:incident
        availability        RESOURCE/STATUS                 state:resource-status
        native_status       RESOURCE/STATUS                 status:resource-status
        at                  RESOURCE/RGEO/0/DATIME          time
        position            RESOURCE/RGEO/0/POSITION/0      point
        destination.note    RESOURCE/RGEO/1/FREETEXT        same
        eta                 RESOURCE/RGEO/1/DATIME          time
    """)
    + rows(SPOT.format(shared="destination", spot="RESOURCE/RGEO/1/POSITION/0")),
    Mission: rows("""
        mission_id          MISSION/ID                      id:mission
        incident_id         EVENT/ID                        id:incident
        parent_mission_id   MISSION/PARENT_MISSION_ID/0     id:mission
        assignee            MISSION/ORG_ID                  org
        resource_ids        MISSION/RESOURCE_ID             ids:resource
        type                MISSION/TYPE/0                  kind:mission-type
        title               MISSION/NAME                    same
        instructions        MISSION/FREETEXT                same
        state               MISSION/STATUS                  state:mission-status
        progress_pct        MISSION/PROGRESS                same
        priority            MISSION/PRIORITY                code:priority
        start_at            MISSION/START_TIME              time
        end_at              MISSION/END_TIME                time
        attachments         CONTEXT/EXTERNAL_INFO           files
    """)
    + rows(SPOT.format(shared="location", spot="MISSION/POSITION")),
}
OURS = {"assignee", "issuer", "owner"}
"""Required fields that hold the link's agency where the source is silent."""
REQUIRED = {cls: {name for name, field in cls.model_fields.items() if field.is_required()} for cls in ROWS}
MUST = {"incident_id", "resource_id", "mission_id", "assignee"}
"""Required fields without which nothing can be said."""
SILENCE: Tree = dict.fromkeys("category lifecycle kind availability state".split(), "Unknown") | {"title": "", "location": {}}
"""What the other required fields hold where the source is silent."""
