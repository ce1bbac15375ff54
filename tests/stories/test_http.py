"""The way in and out over HTTP, as a partner's system meets it."""

import asyncio
import socket

import httpx
import pytest
from hubs import alert, settings
from playing import Partner, playing, total, until
from servers import free_port
from starlette.applications import Starlette

from bridge.errors import Unavailable
from bridge.ports.http import HttpIn

TOKEN = {"Authorization": "Bearer s3cret"}


def run(folder, story, **options):
    port = free_port()
    path = settings(folder, way_in='http = "/in/weather"\ntoken = "s3cret"', port=port, **options)

    async def whole():
        async with playing(path) as hub, httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", headers=TOKEN) as client:
            await story(hub, client)

    asyncio.run(whole())


def test_202_means_that_the_ledger_holds_it(tmp_path):
    async def story(hub, client):
        answer = await client.post("/in/weather", content=alert("a"))
        assert answer.status_code == 202
        (message,) = answer.json()["messages"]
        assert message["state"] == "accepted"
        assert [step.recipient for step in await hub.ledger.trace(message["message_id"])][0] == "bus"

    run(tmp_path, story)


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [(b"<alert", 400, "not-xml"), (b"", 400, "empty"), (alert("a").replace(b"<status>Actual", b"<status>Maybe"), 422, "not-in-list")],
)
def test_a_refused_message_is_answered_with_its_verdict(tmp_path, body, status, code):
    async def story(hub, client):
        answer = await client.post("/in/weather", content=body)
        assert answer.status_code == status
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["refused"][0]["code"] == code
        assert (await total(hub))["none", "refused"] == 1

    run(tmp_path, story)


def test_what_is_too_large_is_refused_without_being_read_to_its_end(tmp_path):
    async def story(hub, client):
        answer = await client.post("/in/weather", content=b"x" * (10 * 1024 * 1024 + 5))
        assert answer.status_code == 413

    run(tmp_path, story)


def test_without_the_token_nothing_is_taken(tmp_path):
    async def story(hub, client):
        for headers in ({"Authorization": "Bearer wrong"}, {"Authorization": ""}):
            assert (await client.post("/in/weather", content=alert("a"), headers=headers)).status_code == 401
            assert (await client.get("/in/weather/receipts/x", headers=headers)).status_code == 401
        assert await total(hub) == {}

    run(tmp_path, story)


def test_the_same_idempotency_key_gives_the_same_answer_and_one_message(tmp_path):
    async def story(hub, client):
        one, two = [await client.post("/in/weather", content=alert("a"), headers={"Idempotency-Key": "7"}) for _ in range(2)]
        assert one.json() == two.json()
        said = [fate for fate in await hub.ledger.sum() if fate.stream.startswith("cn-jiaxing-weather/")]  # its receipt goes over the bus, too
        assert [fate.many for fate in said if (fate.recipient, fate.stage) == ("bus", "owed")] == [1]

    run(tmp_path, story)


def test_the_same_message_without_a_key_is_told_to_be_repeated(tmp_path):
    async def story(hub, client):
        one, two = [(await client.post("/in/weather", content=alert("a"))).json()["messages"][0] for _ in range(2)]
        assert (two["state"], two["message_id"]) == ("repeated", one["message_id"])

    run(tmp_path, story)


def test_503_with_retry_after_when_the_ledger_cannot_hold_it(tmp_path):
    async def story(hub, client):
        async def full(_):
            raise Unavailable("disk full")

        hub.ledger.accept, accept = full, hub.ledger.accept
        answer = await client.post("/in/weather", content=alert("a"))
        assert answer.status_code == 503
        assert int(answer.headers["retry-after"]) > 0
        hub.ledger.accept = accept
        await asyncio.sleep(1.1)
        assert (await client.post("/in/weather", content=alert("a"))).status_code == 202

    run(tmp_path, story)


def test_503_when_too_much_waits_already():
    async def story():
        door = HttpIn("/in", None, None)
        door.queue = asyncio.Queue(1)
        transport = httpx.ASGITransport(Starlette(routes=door.routes()))
        async with httpx.AsyncClient(transport=transport, base_url="http://hub") as client:
            first = asyncio.create_task(client.post("/in", content=alert("a")))
            await until(door.queue.full)
            answer = await client.post("/in", content=alert("b"))
            await door.close()
            assert (answer.status_code, (await first).status_code) == (503, 503)
            assert int(answer.headers["retry-after"]) > 0

    asyncio.run(story())


def test_receipts_can_be_asked_for(tmp_path):
    async def story(hub, client):
        message = (await client.post("/in/weather", content=alert("a"))).json()["messages"][0]["message_id"]
        where = f"/in/weather/receipts/{message}"

        async def there():
            return (await client.get(where)).status_code == 200

        await until(there)
        (receipt,) = (await client.get(where)).json()["receipts"]
        assert receipt["stage"] == "Delivered"
        assert (await client.get("/in/weather/receipts/no-such-message")).status_code == 404

    run(tmp_path, story)


def test_a_partner_that_is_away_is_asked_again_and_nothing_counts_against_the_message(tmp_path):
    with Partner([503, 500, 429, 401, 408]) as partner:

        async def story(hub, client):
            await client.post("/in/weather", content=alert("a"))
            await until(lambda: partner.accepted, 40)
            assert len(partner.asked) == 6
            assert len({key for key, _, _ in partner.asked}) == 1
            assert ("cn-shanghai-emergency", "set aside") not in await total(hub)

        quick(run, tmp_path, story, way_out=f'http = "{partner.url}"')


def test_a_message_that_the_partner_does_not_want_is_set_aside_after_five_attempts_and_the_next_goes_on(tmp_path, monkeypatch):
    monkeypatch.setattr("bridge.links.outlet.AGAIN", 0.05)
    poison = alert("poison")

    def judge(body):
        return 422 if b"<identifier>poison<" in body else 200

    with Partner([judge] * 50) as partner:

        async def story(hub, client):
            await client.post("/in/weather", content=poison)
            await client.post("/in/weather", content=alert("next"))
            await until(lambda: partner.accepted)

            async def aside():
                return (await total(hub)).get(("cn-shanghai-emergency", "set aside"), 0) == 1

            await until(aside, 40)
            assert [status for _, status, body in partner.asked if b"poison" in body] == [422] * 5
            (dead,) = await hub.ledger.asides(5)
            assert dead.verdict.code == "refused-by-partner"

        quick(run, tmp_path, story, way_out=f'http = "{partner.url}"')


def quick(run, *args, **options):
    """The same with short patience."""
    from bridge.links import outlet  # noqa: PLC0415

    patience, outlet.PATIENCE = outlet.PATIENCE, (0.05, 0.2)
    try:
        run(*args, **options)
    finally:
        outlet.PATIENCE = patience


def test_a_port_that_another_has_is_said_and_ends_no_process(tmp_path):
    async def whole():
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            with pytest.raises(Unavailable, match=f"cannot listen on 127.0.0.1:{port}"):
                async with playing(settings(tmp_path, way_in='http = "/in"', port=port)):
                    pass

    asyncio.run(whole())
