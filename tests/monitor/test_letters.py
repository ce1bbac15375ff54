"""Dead letters on the pages: seen by cause, given again once, edited, dropped with a reason, by whom who may."""

import asyncio
import re
from contextlib import asynccontextmanager

from hubs import alert
from looking import csrf, eventually, shown, visitor
from playing import Partner, total, until

from bridge.monitor.pages.letters import edited, marked

SHANGHAI = "cn-shanghai-emergency"
BROKEN = alert("a").replace(b"<identifier>a</identifier>", b"")


@asynccontextmanager
async def refused(folder, data=BROKEN):
    """A hub that could not read a piece, and its number."""
    async with shown(folder) as (hub, url):
        (folder / "in" / "a.xml").write_bytes(data)

        async def shelved():
            return bool(await hub.ledger.asides(1))

        await until(shelved)
        (dead,) = await hub.ledger.asides(2)
        yield hub, url, dead.number


async def act(client, number, what, **fields):
    page = (await client.get(f"/letters/{number}")).text
    token = csrf(page)
    answer = await client.post(f"/letters/{number}/{what}", data={"csrf": token, **fields})
    return answer, (await client.get(f"/letters/{number}")).text


def test_a_letter_shows_both_sides_with_the_failing_field_marked(tmp_path):
    async def story():
        async with refused(tmp_path) as (_, url, number), visitor(url, "vera") as client:
            page = await eventually(client, "/letters", f'href="/letters/{number}"')
            assert "identifier is missing" in page
            assert "sender" in page
            page = (await client.get(f"/letters/{number}")).text
            assert "<mark>identifier is missing</mark>" in page
            assert "&lt;alert xmlns=" in page

    asyncio.run(story())


def test_the_innermost_name_that_stands_there_is_marked():
    lines = marked("{\n  'info': [\n  {'severity': 'x'},\n  {'insensitivity': 1}\n]}", "info[0].severity")
    assert [line.words.strip() for line in lines if line.marked] == ["{'severity': 'x'},"]
    assert not any(line.marked for line in marked("nothing of it", "info[0].severity"))


def test_a_letter_that_a_partner_refused_is_delivered_once_however_often_retry_is_pressed(tmp_path, monkeypatch):
    monkeypatch.setattr("bridge.links.outlet.AGAIN", 0.05)

    async def story():
        with Partner([422] * 5) as partner:
            async with shown(tmp_path, way_out=f'http = "{partner.url}"') as (hub, url), visitor(url, "otto") as client:
                (tmp_path / "in" / "a.xml").write_bytes(alert("a"))

                async def shelved():
                    return (await total(hub)).get((SHANGHAI, "set aside")) == 1

                await until(shelved)
                (dead,) = await hub.ledger.asides(2)
                token = csrf((await client.get(f"/letters/{dead.number}")).text)
                presses = [client.post(f"/letters/{dead.number}/retry", data={"csrf": token}) for _ in range(5)]
                assert {answer.status_code for answer in await asyncio.gather(*presses)} == {303}

                async def delivered():
                    return (await total(hub)).get((SHANGHAI, "delivered")) == 1

                await until(delivered)
                await asyncio.sleep(0.5)
                assert [status for _, status, _ in partner.asked].count(200) == 1
                assert "retried" in (await client.get(f"/letters/{dead.number}")).text

    asyncio.run(story())


def test_an_edited_letter_is_read_and_delivered_once(tmp_path):
    async def story():
        async with refused(tmp_path) as (hub, url, number), visitor(url, "ada") as client:
            page = (await client.get(f"/letters/{number}")).text
            assert 'name="words"' in page
            for _ in range(2):
                token = csrf(page)
                answer = await client.post(f"/letters/{number}/edit", data={"csrf": token, "words": alert("mended").decode()})
                assert answer.status_code == 303

            async def delivered():
                return (await total(hub)).get((SHANGHAI, "delivered")) == 1

            await until(delivered)
            await asyncio.sleep(0.5)
            assert (await total(hub))[SHANGHAI, "owed"] == 1
            assert len(list((tmp_path / "out").iterdir())) == 1

    asyncio.run(story())


def test_what_is_still_wrong_after_an_edit_is_told_and_stays(tmp_path):
    async def story():
        async with refused(tmp_path) as (hub, url, number), visitor(url, "ada") as client:
            _, page = await act(client, number, "edit", words=BROKEN.decode())
            assert 'class="notice bad"' in page
            assert "identifier is missing" in page
            assert (await hub.ledger.aside(number)).ended is None

    asyncio.run(story())


def test_a_form_gives_back_the_line_ends_that_there_were():
    assert edited("a\r\nb", b"x\ny") == b"a\nb"
    assert edited("a\r\nb", b"x\r\ny") == b"a\r\nb"


def test_dropping_wants_a_reason_and_keeps_it_with_the_name(tmp_path):
    async def story():
        async with refused(tmp_path) as (hub, url, number), visitor(url, "otto") as client:
            _, page = await act(client, number, "drop", reason=" ")
            assert "A reason is wanted" in page
            assert (await hub.ledger.aside(number)).ended is None
            _, page = await act(client, number, "drop", reason="sent again by telephone")
            assert "sent again by telephone (otto)" in page
            assert (await hub.ledger.aside(number)).ended.how == "dropped"
            assert f"/letters/{number}" not in (await client.get("/letters")).text

    asyncio.run(story())


def test_a_viewer_may_look_and_not_drop_and_an_operator_may_not_edit(tmp_path):
    async def story():
        async with refused(tmp_path) as (hub, url, number):
            async with visitor(url, "vera") as client:
                page = (await client.get(f"/letters/{number}")).text
                assert "/drop" not in page
                for what in ("retry", "edit", "drop"):
                    answer = await client.post(f"/letters/{number}/{what}", data={"csrf": csrf(page), "reason": "x", "words": "x"})
                    assert answer.status_code == 403
            async with visitor(url, "otto") as client:
                page = (await client.get(f"/letters/{number}")).text
                assert "/drop" in page
                assert "/edit" not in page
                answer = await client.post(f"/letters/{number}/edit", data={"csrf": csrf(page), "words": "x"})
                assert answer.status_code == 403
            assert (await hub.ledger.aside(number)).ended is None

    asyncio.run(story())


def test_a_form_without_the_token_of_its_session_does_nothing(tmp_path):
    async def story():
        async with refused(tmp_path) as (hub, url, number), visitor(url, "ada") as client, visitor(url, "otto") as other:
            foreign = csrf((await other.get(f"/letters/{number}")).text)
            for fields in ({}, {"csrf": ""}, {"csrf": foreign}, {"csrf": "é"}):
                answer = await client.post(f"/letters/{number}/drop", data={"reason": "x", **fields})
                assert answer.status_code == 403
            assert (await hub.ledger.aside(number)).ended is None

    asyncio.run(story())


def test_bytes_that_are_no_text_are_shown_and_not_edited(tmp_path):
    async def story():
        async with refused(tmp_path, b"\xff\xfe\x00<script>alert(1)</script>") as (_, url, number), visitor(url, "ada") as client:
            page = (await client.get(f"/letters/{number}")).text
            assert re.search("000000 fffe", page)
            assert 'name="words"' not in page
            assert (await act(client, number, "edit", words="x"))[0].status_code == 409

    asyncio.run(story())
