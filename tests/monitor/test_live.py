"""A page that stays true: each change once, nothing twice after a break, and nobody queued for."""

import asyncio
from contextlib import AsyncExitStack

from looking import shown, visitor

from bridge.monitor import live as living
from bridge.monitor.live import Live, digest


def quick(monkeypatch):
    monkeypatch.setattr(living, "EVERY", 0.01)
    monkeypatch.setattr(living, "BEAT", 0.1)


async def take(stream, many, seconds=5):
    """So many events, without beats."""
    found = []
    async with asyncio.timeout(seconds):
        async for each in stream:
            if each.startswith("id:"):
                found.append(each)
            if len(found) == many:
                return found
    return found


def test_a_viewer_who_comes_back_gets_what_has_changed_and_nothing_twice(monkeypatch):
    quick(monkeypatch)
    words = ["one"]

    async def make():
        return words[0]

    async def story():
        live = Live()
        first = live.follow("page", make, "")
        (event,) = await take(first, 1)
        assert event == f"id: {digest('one')}\nevent: content\ndata: one\n\n"
        await first.aclose()
        words[0] = "two\nlines"
        again = live.follow("page", make, digest("one"))
        (event,) = await take(again, 1)
        assert event.endswith("data: two\ndata: lines\n\n")
        await again.aclose()
        same = live.follow("page", make, digest("two\nlines"))
        beats = [await anext(same) for _ in range(3)]
        assert beats[1:] == [": still here\n\n"] * 2
        await same.aclose()

    asyncio.run(story())


def test_a_page_is_made_once_for_all_who_look_and_never_for_nobody(monkeypatch):
    quick(monkeypatch)
    made = []

    async def make():
        made.append(1)
        return f"content {len(made)}"

    async def story():
        live = Live()
        streams = [live.follow("page", make, "") for _ in range(50)]
        await asyncio.gather(*(take(stream, 1) for stream in streams))
        assert len(made) < 10
        for stream in streams:
            await stream.aclose()
        await asyncio.sleep(0.05)
        before = len(made)
        await asyncio.sleep(0.1)
        assert len(made) == before
        assert live.channels == {}

    asyncio.run(story())


def test_what_many_get_is_written_once(monkeypatch):
    quick(monkeypatch)
    written = []
    monkeypatch.setattr(living, "event", lambda words: written.append(words) or f"id: {words}\n\n")

    async def make():
        return "content"

    async def story():
        live = Live()
        streams = [live.follow("page", make, "") for _ in range(50)]
        assert await asyncio.gather(*(take(stream, 1) for stream in streams)) == [["id: content\n\n"]] * 50
        assert written == ["content"]
        for stream in streams:
            await stream.aclose()

    asyncio.run(story())


def test_a_slow_viewer_is_given_the_newest_and_misses_what_was_between(monkeypatch):
    quick(monkeypatch)
    count = [0]

    async def make():
        count[0] += 1
        return str(count[0])

    async def story():
        live = Live()
        stream = live.follow("page", make, "")
        await take(stream, 1)
        await asyncio.sleep(0.5)
        at = count[0]
        (event,) = await take(stream, 1)
        assert abs(int(event.split("data: ")[1]) - at) <= 1
        await stream.aclose()

    asyncio.run(story())


def test_a_page_that_fails_once_goes_on(monkeypatch):
    quick(monkeypatch)
    tries = []

    async def make():
        tries.append(1)
        if len(tries) == 2:
            raise ValueError
        return f"content {len(tries)}"

    async def story():
        stream = Live().follow("page", make, "")
        events = await take(stream, 2)
        assert "content 3" in events[1]
        await stream.aclose()

    asyncio.run(story())


def test_a_browser_resumes_where_it_was(tmp_path):
    async def story():
        async with shown(tmp_path) as (_, url), visitor(url, "vera") as client:
            async with client.stream("GET", "/events/letters") as answer:
                assert answer.headers["content-type"].startswith("text/event-stream")
                lines = [line async for line in first(answer.aiter_lines(), 3)]
            (seen,) = [line.removeprefix("id: ") for line in lines if line.startswith("id: ")]
            async with client.stream("GET", "/events/letters", headers={"Last-Event-ID": seen}) as answer:
                (tmp_path / "in" / "broken.xml").write_bytes(b"<alert/>")
                event = [line async for line in first(answer.aiter_lines(), 4)]
                assert not any(line == f"id: {seen}" for line in event)
                assert any(line.startswith("id: ") for line in event)

    async def first(lines, many):
        async with asyncio.timeout(10):
            async for line in lines:
                if line:
                    yield line
                    many -= 1
                if not many:
                    return

    asyncio.run(story())


def test_the_hub_ends_soon_while_somebody_looks(tmp_path):
    async def story():
        loop = asyncio.get_running_loop()
        async with AsyncExitStack() as stack:
            async with shown(tmp_path) as (_, url):
                client = await stack.enter_async_context(visitor(url, "vera"))
                answer = await client.send(client.build_request("GET", "/events/front"), stream=True)
                await anext(answer.aiter_lines())
                begun = loop.time()
            assert loop.time() - begun < 5

    asyncio.run(story())
