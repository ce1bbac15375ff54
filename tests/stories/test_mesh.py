"""Meshes and rings of hubs in a storm: every hub ends with every message that it may have, exactly once, and all journals agree."""

import os

import pytest
from regions import story
from storm import linked, weather

MESSAGES = int(os.environ.get("REGIONBUS_MESH", "400"))
"""Of all hubs together; ``make bench ARGS=mesh`` plays the long edition."""
CITIES = ("cn-jiaxing", "cn-shanghai", "cn-suzhou", "cn-huzhou", "cn-hangzhou")


def mesh(many):
    return {hub: [peer for peer in CITIES[:many] if peer != hub] for hub in CITIES[:many]}


def ring(many):
    return {hub: [CITIES[place - 1], CITIES[(place + 1) % many]] for place, hub in enumerate(CITIES[:many])}


@pytest.mark.parametrize(("pulls", "transit"), [(mesh(3), False), (ring(5), True)], ids=["mesh of three", "ring of five"])
@story
async def test_every_hub_ends_with_every_message_exactly_once_whatever_was_cut_and_killed(tmp_path, pulls, transit):
    said = {hub: [f"{hub}-{number}" for number in range(MESSAGES // len(pulls))] for hub in pulls}
    async with linked(tmp_path, pulls, transit=transit) as (region, proxies), region.playing() as hubs:
        found = await weather(region, proxies, hubs, said, per_second=100, seed=len(pulls), patience=60 + MESSAGES / 20)
        print(found)
        sums = [fate for hub in hubs for fate in await hub.ledger.sum()]
    everything = [name for names in said.values() for name in names]
    assert all(region.heard(hub) == dict.fromkeys(everything, 1) for hub in pulls)
    assert found.cuts
    assert found.kills
    assert balanced(sums)


def balanced(sums):
    """Whether every sum adds up: owed is what has come to an end, and what waits."""
    totals = {}
    for fate in sums:
        if fate.stage != "repeated":
            place = (fate.recipient, fate.stream)
            totals[place] = totals.get(place, 0) + (fate.many if fate.stage == "owed" else -fate.many)
    return totals and not any(totals.values())
