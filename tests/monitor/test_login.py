"""Who gets in: the right password, soon enough, and until he leaves."""

import asyncio

import pytest
from looking import HASH, MONITOR, PASSWORD, USERS, csrf, enter, shown, visitor

from bridge import settings as loading
from bridge.errors import ConfigError
from bridge.monitor.guard import local
from bridge.monitor.login import LASTS, LOCKED, TRIES, Locked, Users, hashed, matches
from bridge.monitor.words import preferred
from bridge.settings import Monitor, User


def users(clock):
    return Users(Monitor(user=[User(name=name, password=HASH, role=role) for name, role in USERS.items()]), clock)


def test_after_five_wrong_passwords_the_right_one_has_to_wait():
    moment = [1000.0]
    found = users(lambda: moment[0])

    async def story():
        for _ in range(TRIES):
            assert not await found.enter("ada", "wrong", "here", {})
        with pytest.raises(Locked):
            await found.enter("ada", PASSWORD, "here", {})
        assert await found.enter("ada", PASSWORD, "elsewhere", {})
        moment[0] += LOCKED + 1
        assert await found.enter("ada", PASSWORD, "here", {})

    asyncio.run(story())


def test_many_wrong_passwords_at_once_count_too():
    found = users(lambda: 1000.0)

    async def story():
        return await asyncio.gather(*(found.enter("ada", "wrong", "here", {}) for _ in range(20)), return_exceptions=True)

    assert sum(isinstance(each, Locked) for each in asyncio.run(story())) == 20 - TRIES


def test_a_session_ends_with_its_time_and_with_the_user_s_leave():
    moment = [1000.0]
    found, session = users(lambda: moment[0]), {}
    asyncio.run(found.enter("otto", PASSWORD, "here", session))
    copy = dict(session)
    assert found.of(session).role == "operator"
    moment[0] += LASTS + 1
    assert found.of(session) is None
    moment[0] -= LASTS
    assert found.of(session)
    found.leave(session)
    assert found.of(copy) is None


def test_a_password_is_kept_only_as_its_hash():
    made = hashed("a long password")
    assert "password" not in made
    assert matches(User(name="x", password=made), "a long password")
    assert not matches(User(name="x", password=made), "another password")
    assert not matches(None, "a long password")


def test_a_monitor_that_nobody_could_enter_stops_the_start(tmp_path):
    path = tmp_path / "regionbus.toml"
    path.write_text('hub = "cn-x"\n[monitor]\n')
    with pytest.raises(ConfigError, match="passwd"):
        loading.load(path)
    path.write_text('hub = "cn-x"\n' + MONITOR)
    assert loading.load(path).monitor.user[0].name == "vera"


@pytest.mark.parametrize("path", ["//evil.example", "https://evil.example", "/\\evil", "", "\n/x", "/a\r\nb"])
def test_nobody_is_sent_elsewhere(path):
    assert local(path) == "/"


@pytest.mark.parametrize(("header", "lang"), [("zh-CN,zh;q=0.9,en;q=0.8", "zh"), ("de,en;q=0.5,zh;q=0.3", "en"), ("de", None), ("zh;q=x", None)])
def test_the_browser_s_language_is_taken_by_its_weight(header, lang):
    assert preferred(header) == lang


def test_the_login_locks_a_name_and_says_for_how_long(tmp_path):
    async def story():
        async with shown(tmp_path) as (_, url), visitor(url) as client:
            for _ in range(TRIES):
                assert (await enter(client, "ada", "wrong")).status_code == 401
            answer = await enter(client, "ada")
            assert answer.status_code == 429
            assert "try again in" in answer.text
            assert (await client.get("/")).status_code == 303

    asyncio.run(story())


def test_the_cookie_is_strict_and_leaving_ends_every_session(tmp_path):
    async def story():
        async with shown(tmp_path) as (_, url), visitor(url) as client:
            answer = await enter(client, "ada", back="/flow")
            assert answer.headers["location"] == "/flow"
            cookie = answer.headers["set-cookie"].lower()
            assert "samesite=strict" in cookie
            assert "httponly" in cookie
            kept = dict(client.cookies)
            page = (await client.get("/")).text
            assert (await client.post("/logout", data={"csrf": csrf(page)})).status_code == 303
            client.cookies.update(kept)
            assert (await client.get("/")).status_code == 303
            client.cookies.set("regionbus", "forged")
            assert (await client.get("/")).status_code == 303

    asyncio.run(story())
