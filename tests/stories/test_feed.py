"""A page that is asked for again and again, over real HTTP."""

import asyncio
import gzip
import subprocess
import time
import tracemalloc
from email.utils import formatdate

import pytest
from hubs import alert, settings
from pages import Pages, bomb
from playing import playing, total, until
from structlog.testing import capture_logs

from bridge.errors import Unavailable
from bridge.ports import Answer
from bridge.ports.feed import DAY, Feed, confided, retry_after
from bridge.texts import text


@pytest.fixture
def pages():
    with Pages() as found:
        yield found


def asking(pages, story, path="/list", **options):
    """Runs a story with a feed port of its own."""

    async def whole():
        feed = Feed("weather", pages.url(path), **{"every": 0.05, **options})
        try:
            async with asyncio.timeout(20):
                return await story(feed)
        finally:
            await feed.close()

    return asyncio.run(whole())


async def taken(feed, later=""):
    (piece,) = await feed.take()
    await piece.done(Answer(later=later))
    return piece.data


async def silent(feed, seconds=0.4):
    """No piece comes, though the page is asked for."""
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(seconds):
            await feed.take()


def failing(pages, path="/list", **options):
    """The sentence with which a poll fails."""

    async def story(feed):
        for name, value in options.items():
            setattr(feed, name, value)
        with pytest.raises(Unavailable) as error:
            await feed.poll()
        return error.value

    return asking(pages, story, path)


# ---- what is new


def test_a_page_that_has_not_changed_is_no_piece_and_one_that_comes_back_is(pages):
    async def story(feed):
        pages.show(b"A")
        assert await taken(feed) == b"A"
        await silent(feed)
        assert len(pages.asked_for()) > 2
        pages.show(b"B")
        assert await taken(feed) == b"B"
        pages.show(b"A")
        assert await taken(feed) == b"A"

    asking(pages, story)


def test_a_page_is_asked_for_by_its_own_tag_and_time_and_304_is_no_piece(pages):
    async def story(feed):
        pages.tagged(b"A", '"1"')
        assert await taken(feed) == b"A"
        await silent(feed)
        pages.tagged(b"B", '"2"')
        assert await taken(feed) == b"B"
        first, second, *_ = pages.asked_for()
        assert "If-None-Match" not in first
        assert (second["If-None-Match"], second["If-Modified-Since"]) == ('"1"', "Wed, 01 Jul 2026 04:00:00 GMT")

    asking(pages, story)


def test_what_the_ledger_could_not_hold_is_asked_for_whole_again(pages):
    async def story(feed):
        pages.tagged(b"A", '"1"')
        assert await taken(feed, later="disk full") == b"A"
        assert await taken(feed) == b"A"
        assert ["If-None-Match" in headers for headers in pages.asked_for()] == [False, False]

    asking(pages, story)


def test_who_wants_every_poll_has_the_page_again_though_it_has_not_changed(pages):
    async def story(feed):
        pages.tagged(b"A", '"1"')
        assert [await taken(feed) for _ in range(3)] == [b"A"] * 3
        assert "If-None-Match" in pages.asked_for()[2]

    asking(pages, story, always=True)


def test_a_304_that_nobody_asked_for_is_no_answer(pages):
    pages.show(b"", status=304)
    assert "304" in str(failing(pages))


def test_the_token_is_shown(pages):
    pages.show(b"A")
    asking(pages, taken, token="s3cret")
    assert pages.asked_for()[0]["Authorization"] == "Bearer s3cret"


# ---- what cannot be had whole


@pytest.mark.parametrize("packed", [False, True])
def test_a_page_that_is_too_large_is_left_before_its_end(pages, packed):
    size = 50 * 1024 * 1024
    pages.show(bomb(size) if packed else bytes(3_000_000), **({"Content_Encoding": "gzip"} if packed else {}))
    tracemalloc.start()
    try:
        assert "1000000" in str(failing(pages, limit=1_000_000))
        assert tracemalloc.get_traced_memory()[1] < 16_000_000
    finally:
        tracemalloc.stop()


def test_a_page_of_just_the_limit_is_taken(pages):
    async def story(feed):
        feed.limit = 1000
        return await taken(feed)

    pages.show(gzip.compress(bytes(1000)), Content_Encoding="gzip")
    assert asking(pages, story) == bytes(1000)
    pages.show(gzip.compress(bytes(1001)), Content_Encoding="gzip")
    assert "1000" in str(failing(pages, limit=1000))


@pytest.mark.parametrize(
    "body",
    [gzip.compress(b"A" * 1000)[:-9], b"no gzip at all", b"", gzip.compress(b"A") + gzip.compress(b"")],
    ids=["cut off", "not packed", "empty", "two members"],
)
def test_a_packed_page_that_is_broken_or_cut_off_is_no_piece(pages, body):
    pages.show(body, Content_Encoding="gzip")
    assert str(failing(pages)) == text("feed-cut")


def test_a_page_that_is_cut_off_is_no_piece(pages):
    pages.show(b"half of", Content_Length="100")
    assert "hangs up" in str(failing(pages))


def test_a_packing_that_was_not_asked_for_is_named(pages):
    pages.show(b"?", Content_Encoding="br")
    assert "'br'" in str(failing(pages))


def test_a_server_that_drips_is_left(pages, monkeypatch):
    monkeypatch.setattr("bridge.ports.feed.WHOLE", 0.3)
    pages.content["/list"] = lambda _: time.sleep(1) or (200, {}, b"late")
    begun = time.monotonic()
    assert str(failing(pages)) == text("feed-slow")
    assert time.monotonic() - begun < 0.9


def test_a_few_redirects_are_followed_and_no_more(pages):
    for number in range(10):
        pages.show(b"", f"/{number}", status=302, Location=f"/{number + 1}")
    pages.show(b"there", "/10")
    assert asking(pages, taken, path="/5") == b"there"
    assert "5" in str(failing(pages, path="/4"))
    assert len(pages.asked_for("/10")) == 1


def test_a_token_stays_with_its_host(pages):
    with Pages() as other:
        other.show(b"elsewhere")
        pages.show(b"", status=302, Location=other.url())
        assert asking(pages, taken, token="s3cret") == b"elsewhere"
        assert "Authorization" not in other.asked_for()[0]


@pytest.mark.parametrize(
    ("asked", "url", "told"),
    [
        ("http://a/list", "http://a/there", True),
        ("http://a/list", "https://a/there", True),
        ("http://a/list", "http://b/list", False),
        ("http://a:8080/list", "http://a:9090/list", False),
        ("http://a:8080/list", "https://a/list", False),
        ("https://a/list", "http://a/list", False),
    ],
)
def test_a_token_goes_on_to_the_same_host_and_to_its_safe_door(asked, url, told):
    assert confided(asked, url) == told


def test_what_was_asked_for_safely_is_not_had_in_plain_text(pages, tmp_path, monkeypatch):
    certificate, key = tmp_path / "certificate.pem", tmp_path / "key.pem"
    wanted = ["-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    subprocess.run(["openssl", "req", *wanted, "-keyout", key, "-out", certificate], check=True, capture_output=True)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with Pages(certificate, key) as safe:
        safe.show(b"safe", "/safe")
        assert asking(safe, taken, path="/safe") == b"safe"
        pages.show(b"plain")
        safe.show(b"", status=302, Location=pages.url())
        assert "127.0.0.1" in str(failing(safe))
        assert pages.asked == []


# ---- when to ask again


@pytest.mark.parametrize(
    ("words", "seconds"),
    [(None, None), ("7", 7), (" 120 ", 120), ("soon", None), ("-5", None), ("Wed, 01 Jul 2015 04:00:00 GMT", 0)],
)
def test_retry_after_is_a_number_of_seconds_or_a_date(words, seconds):
    assert retry_after(words) == seconds


def test_retry_after_a_date_to_come_is_the_time_until_then():
    assert 50 < retry_after(formatdate(time.time() + 60, usegmt=True)) <= 60


def test_a_failure_doubles_the_time_to_the_next_poll_and_retry_after_is_waited_for(pages):
    async def story(feed):
        def after(error):
            feed._failed(error)
            return feed.due - time.monotonic()

        waits = [after(Unavailable("x")) for _ in range(20)]
        assert 19 < waits[0] <= 22.1
        assert waits[0] < waits[1] < waits[2]
        assert 890 < waits[-1] < 1000
        assert 4999 < after(Unavailable("x", 5000)) < 5600
        assert after(Unavailable("x", 1e12)) < DAY * 1.2
        feed._well()
        assert feed.due - time.monotonic() < 11.1

    asking(pages, story, every=10)


def test_a_server_in_trouble_is_asked_later_and_said_to_be_in_trouble_once(pages):
    answers = [(503, {"Retry-After": "1"}, b"")] + [(500, {}, b"")] * 2 + [(200, {}, b"A")] * 9
    times = []
    pages.content["/list"] = lambda _: times.append(time.monotonic()) or answers.pop(0)

    async def story(feed):
        with capture_logs() as logs:
            assert await taken(feed) == b"A"
        assert [(each["event"], each["log_level"]) for each in logs] == [
            ("unavailable", "warning"),
            ("unavailable", "warning"),
            ("unavailable", "debug"),
            ("feed-back", "info"),
        ]
        assert times[1] - times[0] >= 1

    asking(pages, story)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_failure_speaks_the_operators_language(pages, monkeypatch, lang):
    monkeypatch.setenv("REGIONBUS_LANG", lang)
    pages.show(b"", status=404)
    assert str(failing(pages)) == {"en": "the server answers with status 404", "zh": "服务器返回状态码 404"}[lang]


# ---- a whole hub


def listed(*names):
    return b'<alerts xmlns="urn:oasis:names:tc:emergency:cap:1.2">' + b"".join(names) + b"</alerts>"


def test_what_a_page_lists_comes_out_once_however_often_it_changes_around_it(tmp_path, pages):
    way = f'feed = "{pages.url()}"\nevery = 1'

    async def whole():
        bad = alert("").replace(b"x1", b"x2")
        pages.show(listed(alert("a"), bad))
        async with playing(settings(tmp_path, way_in=way)) as hub:
            await until(lambda: len(list((tmp_path / "out").glob("*.xml"))) == 1)
            pages.show(listed(bad, alert("a"), alert("b")))
            await until(lambda: len(list((tmp_path / "out").glob("*.xml"))) == 2)
            found = await total(hub)
            assert [found[key] for key in (("bus", "repeated"), ("none", "owed"), ("cn-shanghai-emergency", "owed"))] == [1, 1, 2]
            assert len(await hub.ledger.asides(10)) == 1

    asyncio.run(whole())
