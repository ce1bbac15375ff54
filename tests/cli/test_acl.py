"""The access list knows every connection that a hub makes, and grants what each asks for."""

import asyncio
import itertools
import re
from pathlib import Path

import pytest

from bridge import settings as loading
from bridge.app import App
from bridge.bus import mqtt
from bridge.cli.acl import page

DEPLOY = Path(__file__).parents[2] / "deploy"
HUBS = [file.stem for file in sorted((DEPLOY / "hubs").glob("*.toml"))]
PROCESSES = ["1", "2", "3"]
"""Those that the Kubernetes manifests may start."""


def settings(hub):
    return loading.load(DEPLOY / f"hubs/{hub}.toml", secrets=False)


def granted(words):
    """What each account may read."""
    blocks = re.findall(r"^user (\S+)\n((?:topic .+\n?)+)", words, re.MULTILINE)
    return {name: re.findall(r"^topic read (\S+)$", lines, re.MULTILINE) for name, lines in blocks}


def within(asked, filters):
    """Whether one of the filters grants all that is asked for."""
    return any(
        all(g == "#" or (g is not None and a is not None and (g in ("+", a)) and a != "#") for g, a in levels(given, asked)) for given in filters
    )


def levels(given, asked):
    for g, a in itertools.zip_longest(given.split("/"), asked.split("/")):
        yield g, a
        if g == "#":
            return


@pytest.mark.parametrize("hub", HUBS)
def test_the_access_lists_that_ship_are_what_the_settings_say(hub):
    assert (DEPLOY / f"mosquitto/acl/{hub}.acl").read_text("utf-8") == page(settings(hub), PROCESSES), "stale: make generate"


@pytest.fixture
def made(monkeypatch, tmp_path):
    """The connections that a hub makes, by the port of the broker; none of them is there."""
    found = []
    real = mqtt.Connection.__init__

    def noted(self, where, client_id, filters=(), **options):
        found.append((where.port, client_id, list(filters)))
        real(self, where, client_id, filters, **options)

    monkeypatch.setattr(mqtt.Connection, "__init__", noted)
    monkeypatch.chdir(tmp_path)
    return found


def begun(hub, made, tmp_path, **changes):
    """Starts a hub without servers, and stops it when it has tried to tell that it is there, which is its last connection."""
    (relay,) = settings(hub).relay
    nowhere = dict(bus="mqtt://{client}:x@127.0.0.1:1", ledger=f"sqlite:///{tmp_path}/x.db", tls=loading.Tls(), inlet=[], http=loading.Http(port=0))
    relays = [relay.model_copy(update={"bus": "mqtt://{client}:x@127.0.0.1:2"})]
    chosen = settings(hub).model_copy(update={**nowhere, "relay": relays, **changes})

    async def story():
        async with App(chosen).running():
            while not any(name.endswith("-presence") for _, name, _ in made):
                await asyncio.sleep(0.02)

    asyncio.run(asyncio.wait_for(story(), 20))
    return chosen


def test_every_connection_of_a_hub_has_an_account_that_may_read_what_it_asks_for(made, tmp_path):
    outlets = settings("cn-jiaxing").outlet
    outlets = [each.model_copy(update={"folder": tmp_path / "out"}) for each in outlets]
    for given in (outlets, []):
        made.clear()
        chosen = begun("cn-jiaxing", made, tmp_path, outlet=given)
        ours, theirs = granted(page(chosen)), granted(page(settings("cn-shanghai")))
        assert {name for port, name, _ in made if port == 1} == {name for name in ours if name.startswith("cn-jiaxing-1-")} - {
            "cn-jiaxing-1-monitor"
        }  # it looks on only while somebody does
        assert {name for port, name, _ in made if port == 2} == {name for name in theirs if name.startswith("cn-jiaxing-1-")}
        may = {1: ours, 2: theirs}
        asked = [(port, name, each) for port, name, filters in made for each in filters if port == 1 or "state" in name]
        assert [each for each in asked if not within(each[2], may[each[0]][each[1]])] == []


def test_a_neighbour_is_granted_what_the_settings_grant_and_nothing_else():
    reads = granted(page(settings("cn-jiaxing")))
    lane = reads["cn-shanghai-1-from-cn-jiaxing-urgent"]
    assert within("rb/1/data/cn-jiaxing-weather/full/actual/alert/none/33/330400", lane)
    assert within("rb/1/to/cn-shanghai-weather/cn-jiaxing-weather/test/alert", lane)
    for other in (
        "rb/1/data/cn-jiaxing-fire/full/actual/alert/none/33/330400",
        "rb/1/data/cn-jiaxing-weather/full/exercise/alert/none/33/330400",
        "rb/1/to/cn-jiaxing-weather/cn-shanghai-weather/actual/alert",
        "rb/1/state/cn-jiaxing/heads",
    ):
        assert not within(other, lane)
