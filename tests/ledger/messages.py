"""Small messages for ledger tests."""

from datetime import UTC, datetime

from bridge.adapter import Said, Says
from bridge.envelope import Terms, opened, seal
from bridge.ledger import Heard, Owed, Relayed, Taking
from bridge.records import Alert, AlertInfo, Carrier, Hop, Incident, Location, ResourceState
from bridge.wire import encode

NOON = datetime(2026, 7, 1, 4, 0, tzinfo=UTC)
FIRE = Terms(agency="cn-jiaxing-fire", mode="Actual")
HOSPITAL = Owed("outlet/hospital/normal", "cn-jiaxing-hospital")


def incident(words="fire", *, revision=None, updated_at=None, subject="cn-jiaxing-fire.incident.1"):
    return Incident(
        incident_id=subject,
        owner="cn-jiaxing-fire",
        category="Accident",
        lifecycle="Reported",
        location=Location(),
        description=words,
        revision=revision,
        updated_at=updated_at,
    )


def alert(identifier="a"):
    info = AlertInfo(event="Rain", urgency="Expected", severity="Severe", certainty="Likely")
    return Alert(identifier=identifier, sender="weather", sent=NOON, status="Actual", msg_type="Alert", scope="Public", infos=(info,))


def state(availability, subject="cn-jiaxing-fire.resource.7"):
    return ResourceState(resource_id=subject, availability=availability)


def taking(*records, key=None, terms=FIRE, now=NOON, says=None, refused=()):
    sealed = tuple(each for record in records for each in seal(Said(record, says or Says()), terms, now))
    return Taking(key or f"key-{id(records)}-{len(sealed)}-{hash(tuple(s.data for s in sealed))}", "inlet", terms.agency, sealed, tuple(refused))


def heard(ticket, *owed):
    """What the bus brings back of a published ticket."""
    _, carrier, envelope = opened(ticket.message.topic, encode(ticket.message.carrier))
    return Heard(ticket.message.topic, carrier, envelope, owed)


def relayed(record, sequence, *, epoch=7, terms=FIRE, hub="cn-shanghai"):
    """What a relay brings of another hub's message."""
    (sealed,) = taking(record, terms=terms).sealed
    hops = (Hop(hub=hub, at=NOON),)
    carrier = Carrier(hub=hub, stream=sealed.stream, epoch=epoch, sequence=sequence, hops=hops, envelope=sealed.data)
    return Relayed(str(sealed.topic), carrier, sealed.envelope)


def summed(fates):
    """The sum by recipient and stage, over all streams."""
    total: dict[tuple[str, str], int] = {}
    for fate in fates:
        total[fate.recipient, fate.stage] = total.get((fate.recipient, fate.stage), 0) + fate.many
    return total


def adds_up(fates):
    """Whether owed is the sum of all stages, for each recipient and stream."""
    stages: dict[tuple[str, str], int] = {}
    for fate in fates:
        by = 1 if fate.stage == "owed" else 0 if fate.stage == "repeated" else -1
        stages[fate.recipient, fate.stream] = stages.get((fate.recipient, fate.stream), 0) + by * fate.many
    return all(rest == 0 for rest in stages.values())
