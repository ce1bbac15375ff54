"""The pages of a hub at work, as a browser without scripts meets them."""

import asyncio
import re
import socket
from importlib.metadata import version

import pytest
from hubs import alert
from looking import HTML, MONITOR, csrf, eventually, shown, visitor
from playing import total, until

from bridge.monitor.site import PATHS

SHANGHAI = "cn-shanghai-emergency"


async def delivered(hub, folder, name="a"):
    (folder / "in" / f"{name}.xml").write_bytes(alert(name))

    async def done():
        return (await total(hub)).get((SHANGHAI, "delivered"), 0) >= 1

    await until(done)


def run(folder, story, name="ada", **options):
    async def whole():
        async with shown(folder, **options) as (hub, url), visitor(url, name) as client:
            await story(hub, client)

    asyncio.run(whole())


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_page_comes_in_the_language_of_the_browser(tmp_path, lang):
    async def story(hub, client):
        await delivered(hub, tmp_path)
        for path in (*PATHS.values(), "/nothing"):
            page = await client.get(path, headers={"Accept-Language": lang})
            assert page.status_code == (404 if path == "/nothing" else 200), page.text
            assert f'<html lang="{"zh-CN" if lang == "zh" else "en"}">' in page.text
            words = re.sub(r'<[^>]*lang="[^"]*"[^>]*>[^<]*</a>|<[^>]+>', " ", page.text.partition("<main")[2])
            assert (re.search("[\u4e00-\u9fff]", words) is not None) == (lang == "zh")
            assert not re.search(r"(page|dlq|stage|alarm)-[a-z]", words)

    run(tmp_path, story)


def test_the_language_can_be_chosen_and_is_kept(tmp_path):
    async def story(hub, client):
        answer = await client.get("/lang/zh?back=/flow")
        assert (answer.status_code, answer.headers["location"]) == (303, "/flow")
        assert '<html lang="zh-CN">' in (await client.get("/flow")).text
        assert (await client.get("/lang/en?back=//evil.example")).headers["location"] == "/"

    run(tmp_path, story)


def test_the_front_page_says_that_all_is_well_and_shows_a_sum_that_adds_up(tmp_path):
    async def story(hub, client):
        await delivered(hub, tmp_path)
        page = await eventually(client, "/", SHANGHAI)
        assert "All is well" in page
        assert 'class="verdict yes"' in page
        assert "adds up" in page

    run(tmp_path, story)


def test_the_front_page_names_a_broker_that_is_away_and_whose_turn_it_is_before_any_alarm(tmp_path):
    async def story(hub, client):
        await asyncio.sleep(1.5)
        for connection in hub.watched.connections.values():
            connection.connected.clear()
        await asyncio.sleep(1.1)
        page = (await client.get("/")).text
        assert 'class="verdict no"' in page
        assert "Not working: no connection to the broker" in page
        assert "the administrator of the broker" in page
        assert not hub.watch.raised

    run(tmp_path, story)


def test_the_flow_names_who_says_how_much_to_whom(tmp_path):
    async def story(hub, client):
        await delivered(hub, tmp_path)
        page = await eventually(client, "/flow", "1 owed")
        assert re.search(r'<th scope="row">cn-jiaxing-weather</th>', page)
        assert re.search(r'<th scope="col">cn-shanghai-emergency</th>', page)

    run(tmp_path, story)


def test_a_message_is_traced_by_its_name_and_by_its_id(tmp_path):
    async def story(hub, client):
        await delivered(hub, tmp_path, "b")
        (message,) = [each async for each in hub.ledger.picture()]
        page = (await client.get("/trace", params={"q": message.message_id[:20]})).text
        assert "sealed" in page
        assert "delivered" in page
        assert "no message" in (await client.get("/trace", params={"q": "<b>nothing"})).text.lower()
        assert "<b>nothing" not in (await client.get("/trace", params={"q": "<b>nothing"})).text

    run(tmp_path, story)


def test_agencies_and_hubs_are_shown_with_their_links(tmp_path):
    async def story(hub, client):
        await until(lambda: hub.presences()[0].state == "online")
        await asyncio.sleep(1.1)
        page = (await client.get("/agencies")).text
        assert "cn-jiaxing" in page
        assert "online" in page
        assert "cn-jiaxing-weather-cap" in page

    run(tmp_path, story)


def test_the_topic_tree_shows_what_passes_while_somebody_looks(tmp_path):
    async def story(hub, client):
        await client.get("/topics")
        await asyncio.sleep(1.5)
        await delivered(hub, tmp_path)

        await eventually(client, "/topics", 'title="rb/1/data/cn-jiaxing-weather"')

    run(tmp_path, story)


def test_whoever_has_not_logged_in_is_sent_to_the_login(tmp_path):
    async def story(hub, client):
        for path in PATHS.values():
            answer = await client.get(path)
            assert answer.status_code == 303
            assert answer.headers["location"].startswith("/login?back=")
        assert (await client.get("/events/front", headers={"Accept": "text/event-stream"})).status_code == 401
        assert (await client.post("/letters/1/retry")).status_code == 401

    run(tmp_path, story, name=None)


def test_every_answer_carries_the_policy(tmp_path):
    async def story(hub, client):
        for path in ("/", "/login", "/static/monitor.css", "/leaflet/leaflet.js", "/nothing"):
            headers = (await client.get(path)).headers
            policy = headers["content-security-policy"]
            assert "default-src 'none'" in policy
            assert "unsafe" not in policy
            assert headers["x-content-type-options"] == "nosniff"
            assert headers["x-frame-options"] == "DENY"
        page = (await client.get("/")).text
        assert not re.search(r'<script(?! src="/)|\son[a-z]+="|style="|https?://', page)

    run(tmp_path, story)


def test_without_a_login_everybody_may_look_and_nobody_may_do_anything(tmp_path):
    async def story(hub, client):
        assert (await client.get("/")).status_code == 200
        token = csrf((await client.get("/login")).text)
        assert (await client.post("/letters/1/drop", data={"csrf": token, "reason": "x"})).status_code == 403

    run(tmp_path, story, name=None, more="[monitor]\nport = 0\nlogin = false\n")


def test_a_monitor_that_cannot_listen_does_not_keep_the_hub_from_work(tmp_path):
    async def story():
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            more = MONITOR.replace("port = 0", f"port = {taken.getsockname()[1]}")
            async with shown(tmp_path, more=more) as (hub, url):
                assert url is None
                await delivered(hub, tmp_path)

    asyncio.run(story())


def test_a_wrong_path_is_a_page_in_the_viewer_s_language(tmp_path):
    async def story(hub, client):
        page = await client.get("/nothing", headers={"Accept-Language": "zh", **HTML})
        assert page.status_code == 404
        assert "没有此页面" in page.text

    run(tmp_path, story)


@pytest.mark.parametrize(
    ("lang", "words"), [("en", ("no home: rides in extensions", "software")), ("zh", ("无对应字段：随 extensions 传递", "软件版本"))]
)
def test_the_agencies_page_shows_who_runs_what_and_which_fields_have_drifted_since_when(tmp_path, lang, words):
    async def story(hub, client):
        (tmp_path / "in" / "new.xml").write_bytes(alert("new").replace(b"</info>", b"<mood>calm</mood></info>"))

        async def found():
            return any(inlet.sentinel.found for inlet in hub.inlets.values()) and hub.drifts.recalled

        await until(found)
        await hub.drifts.keep()
        client.headers["Accept-Language"] = lang
        page = await eventually(client, "/agencies", f"<td>regionbus {version('regionbus')}</td>")
        assert all(each in page for each in words)
        row = re.search(r'<th scope="row">([^<]*mood)</th>.*?</tr>', page, re.DOTALL)[0]
        first, last, many = re.findall(r"<td[^>]*>([^<]+)</td>", row)[1:]
        assert re.fullmatch(r"\d\d:\d\d:\d\d", first)
        assert last >= first
        assert many == "1"

    run(tmp_path, story)
