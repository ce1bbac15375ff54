"""Receipts for an author at another hub: they go there, and nothing of them stays behind."""

import asyncio

import pytest
from playing import total, until
from regions import Region, story
from structlog.testing import capture_logs


@pytest.fixture
def pair(tmp_path):
    region = Region(tmp_path, {"cn-a": ["cn-b"], "cn-b": ["cn-a"]})
    for path in region.paths.values():
        path.write_text(path.read_text().replace('ack = "NotRequested"', 'ack = "Delivered"'))
    return region


@story
async def test_a_receipt_for_the_neighbours_author_comes_to_him_and_waits_nowhere_else(pair):
    async with pair.brokers_up(), pair.playing() as (a, b):
        with capture_logs() as logs:
            pair.say("cn-a", "flood")
            await until(lambda: [*(pair.folder / "cn-a/in/receipts").glob("*.json")] and pair.has("cn-b", ["flood"]))
            receipts = next((pair.folder / "cn-a/in/receipts").glob("*.json"))
            await until(lambda: "cn-b-desk" in receipts.read_text())
            await asyncio.sleep(2.5)  # both hubs have looked through their journals
        for hub in (a, b):
            assert {key: many for key, many in (await total(hub)).items() if key[1] == "waiting" and many} == {}
        assert [each for each in logs if each["event"] == "reoffered"] == []
        assert b.hub.measures.forgotten == 0
