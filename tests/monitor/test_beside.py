"""The pages in a process of their own, beside a hub that comes and goes; and the commands for them."""

import asyncio
import io
import re
import sys
from contextlib import AsyncExitStack, asynccontextmanager

import pytest
from hubs import alert, settings
from looking import MONITOR, eventually, visitor
from playing import playing, total, until
from servers import free_port, wait_for_port

from bridge import settings as loading
from bridge.cli import monitor as command
from bridge.errors import ConfigError
from bridge.monitor.words import templates
from bridge.texts import catalogue

SHANGHAI = "cn-shanghai-emergency"


@asynccontextmanager
async def alone(path):
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "bridge.cli", "monitor", "-c", path)
    try:
        port = loading.load(path).monitor.port
        await asyncio.to_thread(wait_for_port, port, 30)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        assert await process.wait() == 0


def test_a_monitor_of_its_own_sees_the_hub_and_says_when_it_is_gone(tmp_path):
    path = settings(tmp_path, port=free_port(), more=MONITOR.replace("port = 0", f"port = {free_port()}"))

    async def story():
        async with AsyncExitStack() as stack:
            hub = await stack.enter_async_context(playing(path))
            (tmp_path / "in" / "a.xml").write_bytes(alert("a"))

            async def delivered():
                return (await total(hub)).get((SHANGHAI, "delivered")) == 1

            await until(delivered)
            async with alone(path) as url, visitor(url, "vera") as client:
                await eventually(client, "/", "All is well", 15)
                assert "cn-jiaxing-weather-cap" in (await client.get("/agencies")).text
                assert "1 owed" in (await client.get("/flow")).text
                assert "embedded broker" in (await client.get("/topics")).text
                await eventually(client, "/map", "暴雨橙色预警信号 a", 15)
                await stack.aclose()
                assert "process does not answer" in await eventually(client, "/", "Not working", 10)

    asyncio.run(story())


def test_a_password_becomes_lines_for_the_settings(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(sys, "stdin", io.StringIO("a long password\n"))
    assert command.passwd("ada", "admin") == 0
    lines = capsys.readouterr().out
    path = tmp_path / "regionbus.toml"
    path.write_text(f'hub = "cn-x"\n[monitor]\n{lines}')
    assert loading.load(path).monitor.user[0].role == "admin"
    monkeypatch.setattr(sys, "stdin", io.StringIO("short\n"))
    assert command.passwd("ada", "admin") == 1


def test_without_its_table_there_is_no_monitor(tmp_path):
    path = tmp_path / "regionbus.toml"
    path.write_text('hub = "cn-x"\n')
    with pytest.raises(ConfigError, match="monitor"):
        command.run(path)


def words():
    """Every code that a template names, whole or in its beginning."""
    for name in templates().list_templates():
        source = templates().loader.get_source(templates(), name)[0]
        for code, more in re.findall(r"\bt\('([\w-]+)'( ~)?", source):
            yield name, code, bool(more)


def test_every_word_of_a_template_is_in_the_catalogue():
    found = list(words())
    assert len(found) > 100
    assert [
        (name, code) for name, code, more in found if not (any(each.startswith(code) for each in catalogue()) if more else code in catalogue())
    ] == []


def test_every_word_of_the_pages_is_used(root):
    sources = "\n".join(path.read_text("utf-8") for path in (root / "bridge/monitor").rglob("*") if path.suffix in {".py", ".html"})
    made = {code for _, code, more in words() if more} | {"page-turn-", "page-wrong-", "page-map-", "page-map-sign-", "page-map-many-"}
    lost = [
        code
        for code in catalogue()
        if code.startswith("page-") and code not in sources and not any(code.startswith(each) for each in made - {"page-"})
    ]
    assert lost == []
