"""What a partner or a way in would not take, until an operator has dealt with it; the hub runs on, and the sum adds up."""

import asyncio
import json
import sys

import pytest
from hubs import alert, settings
from playing import Partner, playing, total, until

SHANGHAI = "cn-shanghai-emergency"
STAGES = ("delivered", "refused", "expired", "withheld", "superseded", "set aside", "waiting")


@pytest.fixture(params=["sqlite", "redis"])
def ledger(request, tmp_path, monkeypatch):
    """Which ledger the settings name, in this process and in the commands'."""
    url = f"sqlite:///{tmp_path}/regionbus.db" if request.param == "sqlite" else request.getfixturevalue("own_redis").url
    monkeypatch.setenv("REGIONBUS_LEDGER", url)


@pytest.fixture
def own_redis(tmp_path):
    from servers import Redis  # noqa: PLC0415

    server = Redis(tmp_path / "redis").start()
    yield server
    server.kill()


async def command(path, *words, code=0):
    """A command in a process of its own, as an operator gives it while the hub runs."""
    program = [sys.executable, "-m", "bridge.cli", *words, "-c", str(path)]
    process = await asyncio.create_subprocess_exec(*program, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE)
    out, err = await process.communicate()
    assert process.returncode == code, (out, err)
    return out.decode()


async def listed(path):
    return json.loads(await command(path, "dlq", "list", "--json"))


def assert_adds_up(sums):
    for recipient in {recipient for recipient, _ in sums}:
        assert sums[recipient, "owed"] == sum(sums.get((recipient, stage), 0) for stage in STAGES)


def test_what_a_partner_refused_five_times_is_delivered_exactly_once_after_its_retry(tmp_path, ledger, monkeypatch):
    monkeypatch.setattr("bridge.links.outlet.AGAIN", 0.05)
    with Partner([422] * 5) as partner:
        path = settings(tmp_path, way_out=f'http = "{partner.url}"')

        async def refused():
            async with playing(path) as hub:
                (tmp_path / "in" / "a.xml").write_bytes(alert("a"))
                await until(lambda: len(partner.asked) == 5)

                async def shelved():
                    return (await total(hub)).get((SHANGHAI, "set aside")) == 1

                await until(shelved)
                (cause,) = await listed(path)
                assert (cause["code"], cause["where"], cause["count"]) == ("refused-by-partner", SHANGHAI, 1)
                (number,) = cause["numbers"]
                await asyncio.gather(*(command(path, "dlq", "retry", str(number)) for _ in range(2)))
                await until(lambda: partner.accepted)

                async def delivered():
                    return (await total(hub)).get((SHANGHAI, "delivered")) == 1

                await until(delivered)
                told = await command(path, "dlq", "retry", str(number))
                assert "delivered" in told
                return number, await total(hub)

        async def restarted(number):
            async with playing(path) as hub:
                assert "delivered" in await command(path, "dlq", "retry", str(number))
                await asyncio.sleep(1.5)
                return await total(hub), json.loads(await command(path, "trace", next(iter(partner.accepted)), "--json"))

        number, before = asyncio.run(refused())
        after, life = asyncio.run(restarted(number))
        assert [status for _, status, _ in partner.asked] == [422] * 5 + [200]
        assert (after[SHANGHAI, "owed"], after[SHANGHAI, "delivered"]) == (1, 1)
        assert [each for each in after.items() if each[0][0] == SHANGHAI] == [each for each in before.items() if each[0][0] == SHANGHAI]
        assert_adds_up(before)
        assert_adds_up(after)
        assert [step["stage"] for step in life["steps"] if step["recipient"] == SHANGHAI] == ["set aside", "retried", "delivered"]
        assert {receipt["stage"] for receipt in life["receipts"]} == {"SetAside", "Delivered"}


def test_input_that_the_settings_refused_is_a_message_once_they_are_mended(tmp_path, ledger):
    strict = 'folder = "in"\nmodes = ["Test"]'
    path = settings(tmp_path, way_in=strict)

    async def story():
        async with playing(path) as hub:
            (tmp_path / "in" / "a.xml").write_bytes(alert("a"))

            async def refused():
                return (await total(hub)).get(("none", "refused")) == 1

            await until(refused)
            ((number,),) = [cause["numbers"] for cause in await listed(path)]
            assert "still refused" in await command(path, "dlq", "retry", str(number), code=1)
            path.write_text(path.read_text().replace(strict, 'folder = "in"'))
            for _ in range(2):
                await command(path, "dlq", "retry", "--code", "not-in-list")
            await command(path, "dlq", "retry", str(number))
            await until(lambda: list((tmp_path / "out").glob("*.xml")))

            async def settled():
                return (await total(hub)).get((SHANGHAI, "delivered")) == 1

            await until(settled)
            sums = await total(hub)
            assert (sums["none", "owed"], sums["none", "refused"], sums[SHANGHAI, "owed"]) == (1, 1, 1)
            assert_adds_up(sums)
            assert await listed(path) == []

    asyncio.run(story())
