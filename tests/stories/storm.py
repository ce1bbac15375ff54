"""A region in a storm: links are cut and brokers are killed, some forget everything, while every hub has something to say."""

import asyncio
import random
from contextlib import AsyncExitStack, asynccontextmanager
from typing import NamedTuple

from regions import Region
from servers import free_port

from bridge.chaos.proxy import Proxy


class Weather(NamedTuple):
    """How a storm went."""

    cuts: int
    kills: int
    forgot: int
    replayed: int
    seconds: float
    """From the end of the storm until every hub had everything."""


@asynccontextmanager
async def linked(folder, pulls, **options):
    """A region whose every relay goes through a proxy of its own."""
    ports = {(hub, peer): free_port() for hub, peers in pulls.items() for peer in peers}
    buses = {pair: f"mqtt://127.0.0.1:{port}" for pair, port in ports.items()}
    region = Region(folder, pulls, buses=buses, **options)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(region.brokers_up())
        proxies = {}
        for (hub, peer), port in ports.items():
            proxies[hub, peer] = Proxy(port, region.brokers[peer].port)
            await proxies[hub, peer].start()
            stack.push_async_callback(proxies[hub, peer].stop)
        yield region, proxies


async def cut(proxy, seconds):
    proxy.cuts += 1
    proxy.reset()
    await asyncio.sleep(seconds)
    proxy.cuts -= 1


async def kill(broker, seconds, *, forget):
    await asyncio.to_thread(broker.kill)
    if forget:
        broker.forget()
    await asyncio.sleep(seconds)
    await asyncio.to_thread(broker.start)


async def storm(region, proxies, done, seed):
    """Until ``done``; says how many links were cut, and how many brokers were killed and made to forget."""
    rng, cuts, kills, forgot = random.Random(seed), 0, 0, 0
    while not done.is_set():
        if rng.random() < 0.7:
            cuts += 1
            await cut(rng.choice(list(proxies.values())), rng.uniform(0.2, 1.0))
        else:
            forget = rng.random() < 0.5
            kills, forgot = kills + 1, forgot + forget
            await kill(rng.choice(list(region.brokers.values())), rng.uniform(0.1, 0.6), forget=forget)
        await asyncio.sleep(rng.uniform(0.1, 0.5))
    return cuts, kills, forgot


async def speaking(region, said, per_second):
    """Every hub says its words, a few at a time."""
    for first in range(0, max(map(len, said.values())), 10):
        for hub, names in said.items():
            await asyncio.to_thread(region.say, hub, *names[first : first + 10])
        await asyncio.sleep(10 * len(said) / per_second)


async def weather(region, proxies, hubs, said, *, per_second, seed, patience):
    """Plays a storm over all that is said; returns when every hub has everything."""
    loop, done = asyncio.get_running_loop(), asyncio.Event()
    raging = asyncio.create_task(storm(region, proxies, done, seed))
    await speaking(region, said, per_second)
    done.set()
    cuts, kills, forgot = await raging
    begun = loop.time()
    everything = {name for names in said.values() for name in names}
    while not all(await asyncio.gather(*(asyncio.to_thread(region.has, hub, everything) for hub in region.pulls))):
        assert loop.time() < begun + patience, {hub: len(everything - region.heard(hub).keys()) for hub in region.pulls}
        await asyncio.sleep(0.5)
    for origin in region.pulls:
        while not await equal(hubs, origin):
            assert loop.time() < begun + patience, origin
            await asyncio.sleep(0.2)
    replayed = sum(gaps.replayed for hub in hubs for gaps in hub.neighbours.gaps.values())
    return Weather(cuts, kills, forgot, replayed, loop.time() - begun)


async def equal(hubs, origin):
    """Whether all journals hold the same of an origin."""
    found = [{(head.stream, head.epoch): head for _, head in await hub.ledger.heads(origin)} for hub in hubs]
    return bool(found[0]) and all(each == found[0] for each in found)
