"""The broker inside: what was mended of it."""

import asyncio
import gc
import socket
from contextlib import AsyncExitStack

import pytest

from bridge.bus import Publication
from bridge.bus.embedded import Embedded
from bridge.bus.mqtt import Connection, address


@pytest.fixture
def playing():
    async def run(story):
        async with AsyncExitStack() as stack:
            broker = Embedded()
            await broker.start()
            stack.push_async_callback(broker.stop)

            async def connection(name, *filters):
                found = Connection(address(broker.url), name, filters)
                stack.push_async_callback(found.close)
                await asyncio.wait_for(found.connected.wait(), 10)
                return found

            await story(connection)

    return lambda story: asyncio.run(run(story))


def test_who_connects_is_given_what_is_retained_for_its_own_filters_only(playing):
    async def story(connection):
        first = await connection("first", "rb/1/state/+/heads")
        assert await first.publish([Publication("rb/1/state/cn-a/heads", b"heads", retain=True)]) == [None]
        await connection("second", "rb/1/data/#")
        second = await connection("second-again", "rb/1/data/#")
        third = await connection("third", "rb/1/state/+/heads")
        found = await asyncio.wait_for(third.deliveries(), 5)
        assert {delivery.topic for delivery in found} == {"rb/1/state/cn-a/heads"}
        assert second.inbox == []

    playing(story)


def test_who_subscribes_while_others_come_back_disturbs_nobody(playing, caplog):
    async def story(connection):
        writer = await connection("writer", "rb/1/state/#")
        for number in range(20):
            assert await writer.publish([Publication(f"rb/1/state/cn-{number}/heads", b"x", retain=True)]) == [None]
        old = [await connection(f"old-{number}", "rb/1/state/+/heads") for number in range(20)]
        for each in old:
            each.pump.socket.shutdown(socket.SHUT_RDWR)
            each.connected.clear()
        new = []
        while not all(each.connected.is_set() for each in old):
            new.append(await connection(f"new-{len(new)}", f"rb/1/data/{len(new)}/#"))
        for number, each in enumerate(new):
            assert await writer.publish([Publication(f"rb/1/data/{number}/x", b"y")]) == [None]
            await asyncio.wait_for(brought(each, f"rb/1/data/{number}/x"), 5)

    playing(story)
    gc.collect()  # an exception that nobody has asked for is told when its task is forgotten
    assert "dictionary changed size" not in caplog.text


async def brought(bus, topic):
    while topic not in {delivery.topic for delivery in await bus.deliveries()}:
        pass
