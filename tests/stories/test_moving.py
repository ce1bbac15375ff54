"""A neighbour that was told of a fire in its area is told where it went, and no more of it; nothing on the way makes it miss that word."""

import asyncio
import json

import pytest
from hubs import Hub, wait_for
from playing import playing, total, until
from regions import PEER, RELAY, story
from servers import Mosquitto

CITY, NEIGHBOUR = "cn-jiaxing", "cn-shanghai"
HUB = 'hub = "{hub}"\nbus = "{bus}"\nheads_seconds = 1\n[[agency]]\nid = "{hub}-fire"\n'
WAYS = {
    CITY: '[[inlet]]\nagency = "cn-jiaxing-fire"\nadapter = "geojson"\nfolder = "in"\nmode = "Actual"\n',
    NEIGHBOUR: '[[outlet]]\nagency = "cn-shanghai-fire"\nadapter = "geojson"\nfolder = "out"\nagencies = ["*"]\nkinds = ["incident"]\n'
    'area = { circles = ["31.2,121.5 20"] }\n',
}
STATE = {"category": "Accident", "lifecycle": "InProgress"}
THERE, ELSEWHERE, FARTHER = (31.2, 121.5), (30.75, 120.75), (30, 120)


def settings(folder, hub, buses):
    peer = CITY if hub == NEIGHBOUR else NEIGHBOUR
    pulls = RELAY.format(peer=CITY, bus=buses[CITY], transit="false", join="replay") if hub == NEIGHBOUR else PEER.format(peer=peer)
    path = folder / hub / "regionbus.toml"
    path.parent.mkdir(parents=True)
    path.write_text(HUB.format(hub=hub, bus=buses[hub]) + WAYS[hub] + pulls)
    return path


class Border:
    """A city, and its neighbour that wants to hear what is near."""

    def __init__(self, folder):
        self.folder = folder
        self.brokers = {hub: Mosquitto(folder / f"{hub}-broker").start() for hub in (CITY, NEIGHBOUR)}
        buses = {hub: broker.url for hub, broker in self.brokers.items()}
        self.paths = {hub: settings(folder, hub, buses) for hub in (CITY, NEIGHBOUR)}

    def say(self, words, place, fire="fire"):
        """The city's word on a fire; each has other words."""
        lat, lon = place
        said = {"record": "Incident", "mode": "Actual", "incident_id": fire, "owner": f"{CITY}-fire", "name": words} | STATE
        feature = {"type": "Feature", "id": fire, "geometry": {"type": "Point", "coordinates": [lon, lat]}, "properties": said}
        path = self.folder / CITY / "in" / f"{words}.geojson"
        path.parent.mkdir(exist_ok=True)
        path.with_suffix(".tmp").write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
        path.with_suffix(".tmp").rename(path)

    def heard(self):
        """What the neighbour was given, by its words."""
        paths = (self.folder / NEIGHBOUR / "out").glob("*.geojson")
        return sorted(json.loads(path.read_text())["features"][0]["properties"]["name"] for path in paths)


@pytest.fixture
def border(tmp_path):
    found = Border(tmp_path)
    yield found
    for broker in found.brokers.values():
        broker.stop()


async def journalled(hub, many):
    """Until a hub has so many messages, and its own bus has brought them all."""

    async def has():
        heads = [head for _, head in await hub.ledger.heads(CITY)]
        return sum(head.count for head in heads) == many and not await hub.ledger.unheard(hub.clock(), 1)

    await until(has)


@story
async def test_who_saw_a_fire_hears_once_where_it_went_and_again_when_it_is_back(border):
    async with playing(border.paths[CITY]), playing(border.paths[NEIGHBOUR]) as hub:
        said = [("a-far", ELSEWHERE), ("b-near", THERE), ("c-gone", ELSEWHERE), ("d-farther", FARTHER), ("e-back", THERE), ("f-gone", ELSEWHERE)]
        for number, (words, place) in enumerate(said, 1):
            border.say(words, place)
            await journalled(hub, number)
        await until(lambda: len(border.heard()) == 4)
        assert border.heard() == ["b-near", "c-gone", "e-back", "f-gone"]
        assert (await total(hub))["cn-shanghai-fire", "owed"] == 4


@story
async def test_another_life_of_the_hub_knows_what_was_seen_on_this_side(border):
    async with playing(border.paths[CITY]):
        async with playing(border.paths[NEIGHBOUR]) as hub:
            for number, (fire, place) in enumerate({"one": THERE, "two": ELSEWHERE, "three": THERE}.items(), 1):
                border.say(f"a-{fire}", place, fire)
                await journalled(hub, number)
            border.say("b-three", ELSEWHERE, "three")
            await journalled(hub, 4)
            await until(lambda: border.heard() == ["a-one", "a-three", "b-three"])
        async with playing(border.paths[NEIGHBOUR]) as hub:
            for number, fire in enumerate(("one", "two", "three"), 5):
                border.say(f"c-{fire}", FARTHER, fire)
                await journalled(hub, number)
            await until(lambda: len(border.heard()) == 4)
            assert border.heard() == ["a-one", "a-three", "b-three", "c-one"]


@pytest.mark.parametrize("place", ["heard", "heard-accepted"])
def test_who_dies_with_the_word_in_hand_has_it_in_the_next_life(border, place):
    async def whole():
        async with playing(border.paths[CITY]):
            dying = await asyncio.to_thread(Hub, border.paths[NEIGHBOUR], f"{place}:2")
            border.say("a-near", THERE)
            await until(lambda: border.heard() == ["a-near"])
            border.say("b-gone", ELSEWHERE)
            await asyncio.to_thread(wait_for, lambda: not dying.alive)
            async with playing(border.paths[NEIGHBOUR]):
                await until(lambda: border.heard() == ["a-near", "b-gone"])

    asyncio.run(whole())
