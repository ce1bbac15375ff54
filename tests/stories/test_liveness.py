"""A hub that is stuck is noticed by what no longer moves, and says so."""

import asyncio
import re
import signal
import subprocess
import sys
import time
from functools import partial

import httpx
import pytest
from hubs import Hub, alert, settings, wait_for
from playing import playing, total, until
from servers import free_port, mosquitto

from bridge import liveness

BLOCKED = """
import asyncio, time
from bridge import app, liveness, settings, telemetry
telemetry.configure(plain=False)
async def block():
    await asyncio.sleep(1.5)
    {work}
async def whole():
    task = asyncio.create_task(block())
    await app.serve(settings.load(__import__("pathlib").Path("regionbus.toml")))
asyncio.run(whole())
"""
HELD = 're.match("(a+)+$", "a" * 60 + "b")'  # one call into C that never lets another thread in


def blocked(folder, work):
    """How a hub whose loop is blocked ends: code, seconds after it was blocked, standard error."""
    settings(folder)
    code = BLOCKED.format(work=f'import re; print("blocked", flush=True); {work}')
    with (folder / "told").open("wb") as told:
        hub = subprocess.Popen([sys.executable, "-c", code], cwd=folder, stdout=subprocess.PIPE, stderr=told)
    with hub:
        assert hub.stdout.readline() == b"blocked\n", (folder / "told").read_text()
        begun = time.monotonic()
        hub.wait(60)
    return hub.returncode, time.monotonic() - begun, (folder / "told").read_text()


def test_a_blocked_loop_ends_the_process_with_70_and_every_stack(tmp_path):
    code, seconds, told = blocked(tmp_path, "time.sleep(60)")
    assert code == liveness.STUCK == 70
    assert 7 < seconds < 10
    assert '"event": "stuck"' in told
    assert re.search(r'File "<string>", line \d+ in block', told)


def test_a_call_that_lets_no_other_thread_in_ends_the_process_too(tmp_path):
    code, _, told = blocked(tmp_path, f"liveness.BUSY = 2; await asyncio.sleep(1); {HELD}")
    assert code == -signal.SIGPROF
    assert "in block" in told


def asked(port, what):
    try:
        found = httpx.get(f"http://127.0.0.1:{port}/health/{what}", timeout=5)
    except httpx.HTTPError:
        return 0, {}
    return found.status_code, found.json()


def test_a_frozen_broker_is_noticed_and_so_is_its_return(tmp_path):
    port = free_port()
    with mosquitto(tmp_path / "broker") as broker:
        hub = Hub(settings(tmp_path, broker.url, port=port)).wait_until_started()
        try:
            wait_for(lambda: asked(port, "ready")[0] == 200)
            assert asked(port, "ready")[1]["canary_seconds"] is not None
            broker.process.send_signal(signal.SIGSTOP)
            frozen = time.monotonic()
            wait_for(lambda: asked(port, "ready")[0] == 503)
            assert time.monotonic() - frozen < 11
            code, found = asked(port, "live")
            assert code == 200  # to start again would not help: nobody answers
            assert "broker" in found["reasons"][0]
            broker.process.send_signal(signal.SIGCONT)
            wait_for(lambda: asked(port, "ready")[0] == 200, 40)
            assert hub.alive
        finally:
            broker.process.send_signal(signal.SIGCONT)
            assert hub.stop() == 0


def test_a_partner_that_is_away_shows_in_the_oldest_unsettled(tmp_path, monkeypatch):
    monkeypatch.setattr(liveness, "OVERDUE", 0.5)
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.xml").write_bytes(alert("a"))
    path = settings(tmp_path, way_out=f'http = "http://127.0.0.1:{free_port()}/away"')

    async def story():
        async with playing(path) as hub:
            await until(partial(waits, hub))
            await until(lambda: hub.canary.seconds is not None)
            await asyncio.sleep(1)
            found = await hub.health()
            assert 1 <= found.oldest_unsettled_seconds < 30
            assert any("outlet/cn-shanghai-emergency-cap/urgent" in reason for reason in found.reasons)
            assert found.ready  # one partner's absence is no reason to send this hub nothing

    async def waits(hub):
        return (await total(hub)).get(("cn-shanghai-emergency", "waiting")) == 1

    asyncio.run(story())


class Line:
    """A connection as the canary sees it."""

    def __init__(self):
        self.echoes, self.progress, self.number = {}, 0, 1
        self.connected, self.lost = asyncio.Event(), asyncio.Event()
        self.connected.set()

    def whisper(self, topic, data):
        self.said = data


def deaf(monkeypatch):
    """A canary whose last flight was long ago, its connections, and what would have ended the process."""
    ended = []
    monkeypatch.setattr(liveness, "end", lambda event, **_: ended.append(event))
    out, ears = Line(), Line()
    canary = liveness.Canary("cn-jiaxing", out, ears)
    canary.seconds = 0.01
    canary.look()
    canary.heard -= 100
    canary.moved -= 100
    return canary, out, ears, ended


def test_who_hears_nothing_connects_anew_and_then_ends(monkeypatch):
    canary, out, ears, ended = deaf(monkeypatch)
    canary.look()
    assert (out.lost.is_set(), ears.lost.is_set(), ended) == (True, True, [])
    canary.look()
    assert ended == []  # the new connections have their time
    canary.moved -= 100
    canary.look()
    assert ended == ["deaf"]


@pytest.mark.parametrize("why", ["something else arrives", "nobody answers", "it never flew"])
def test_who_is_only_behind_or_alone_goes_on(monkeypatch, why):
    canary, out, ears, ended = deaf(monkeypatch)
    if why == "something else arrives":
        ears.progress += 1
    elif why == "nobody answers":
        ears.connected.clear()
    else:
        canary.seconds = None  # not allowed to, perhaps: to start again would not help
    canary.look()
    assert (out.lost.is_set(), ears.lost.is_set(), ended) == (False, False, [])


def test_a_canary_that_comes_back_ends_the_silence(monkeypatch):
    canary, _, ears, _ = deaf(monkeypatch)
    canary.look()
    canary.flown = time.monotonic()
    ears.echoes["rb/1/ask/cn-jiaxing/cn-jiaxing/ping"](canary.mark + canary.number.to_bytes(8, "big"))
    assert canary.silence < 1
    assert not canary.renewed
    ears.echoes[canary.topic](b"of another process")
    assert canary.seconds < 1
