"""Much at once: incidents and resources all over the Yangtze delta, sealed as if agencies had said them. The same on every run."""

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import get_args

from bridge.adapter import Said, Says
from bridge.envelope import Sealed, Terms, seal
from bridge.ledger import Ledger, Taking
from bridge.model import Record
from bridge.records import Availability, GeoPoint, Incident, IncidentFamily, Location, Mode, Resource, ResourceState

AGENCY = "cn-jiaxing-fire"
BOX = 118.3, 28.9, 122.2, 32.9
"""From west of Nanjing to the sea, from Jinhua to Yancheng."""
CITIES = [(121.47, 31.23), (120.75, 30.76), (120.16, 30.27), (120.58, 31.30), (120.31, 31.49), (118.80, 32.06), (121.55, 29.87), (120.08, 30.89)]
OPEN = ("Reported", "Confirmed", "InProgress", "Contained")
BATCH = 250


def delta(incidents: int, resources: int, now: datetime) -> Iterator[Sealed]:
    """Each incident and each resource with its state: a fifth in a tight place, a tenth old, a tenth an exercise."""
    chance = random.Random(7)
    for number in range(incidents):
        yield from said(incident(number, chance), now, chance, number)
    for number in range(resources):
        unit = resource(number, chance)
        yield from said(unit, now, chance, number)
        yield from said(state(unit, number, chance), now, chance, number)


def said(record: Record, now: datetime, chance: random.Random, number: int) -> list[Sealed]:
    """As its agency said it: whatever ends in 3 three days ago, whatever ends in 9 in an exercise."""
    ago = timedelta(days=3) if number % 10 == 3 else timedelta(minutes=chance.uniform(1, 30))
    mode: Mode = "Exercise" if number % 10 == 9 else "Actual"
    return seal(Said(record, Says()), Terms(agency=AGENCY, mode=mode), now - ago)


def incident(number: int, chance: random.Random) -> Incident:
    """Of any family, grade and state that is not over."""
    family, state, level = chance.choice(get_args(IncidentFamily)), chance.choice(OPEN), chance.choice([None, 1, 2, 3, 4])
    named = {"name": f"{family} {number}号", "description": "现场情况待核实。" * chance.randrange(6)}
    where = Location(point=somewhere(number, chance))
    return Incident(incident_id=f"{AGENCY}.incident.{number}", owner=AGENCY, category=family, lifecycle=state, level=level, location=where, **named)


def resource(number: int, chance: random.Random) -> Resource:
    """Where it is at home."""
    home = Location(point=somewhere(number, chance))
    return Resource(
        resource_id=f"{AGENCY}.resource.{number}", owner=AGENCY, kind="Vehicle", name=f"消防车 {number}", home_base=home, sharing="FreeToUse"
    )


def state(unit: Resource, number: int, chance: random.Random) -> ResourceState:
    """How it is; half of all have left their home."""
    position = somewhere(number, chance) if number % 2 else None
    return ResourceState(resource_id=unit.resource_id, availability=chance.choice(get_args(Availability)), position=position)


def somewhere(number: int, chance: random.Random) -> GeoPoint:
    """Half in and around cities, a fifth within a city's block, the rest anywhere."""
    if number % 10 >= 7:
        return GeoPoint(lon=chance.uniform(BOX[0], BOX[2]), lat=chance.uniform(BOX[1], BOX[3]))
    (lon, lat), wide = chance.choice(CITIES), 0.002 if number % 10 < 2 else 0.12
    return GeoPoint(lon=chance.gauss(lon, wide), lat=chance.gauss(lat, wide))


async def told(ledger: Ledger, sealed: list[Sealed]) -> None:
    """All of it accepted, in batches as an inlet does."""
    for first in range(0, len(sealed), BATCH):
        await ledger.accept([Taking(f"delta-{first + place}", "delta", AGENCY, (each,)) for place, each in enumerate(sealed[first : first + BATCH])])
