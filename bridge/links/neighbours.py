"""All that ties this hub to its neighbours: relays from them, answers to them, and how far each has come."""

import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from typing import Any

from bridge import topics
from bridge.bus.mqtt import Connection
from bridge.door import Door
from bridge.kinds import LANES, Lane
from bridge.links.answers import Answers
from bridge.links.gaps import Gaps
from bridge.links.heads import Herald
from bridge.links.hub import Hub
from bridge.links.language import Retained
from bridge.links.newer import Newer
from bridge.links.relay import Relay
from bridge.settings import Relay as RelaySettings
from bridge.settings import Settings
from bridge.streams import Scope
from bridge.topics import MODES

Connect = Callable[[str, list[str]], Connection]
"""A connection to our own broker, by a name of its own and what it hears."""
Reach = Callable[[RelaySettings, str, list[str]], Connection]
"""The same to a neighbour's."""


class Neighbours:
    """Begins with the hub; nothing if the settings name none."""

    def __init__(self, settings: Settings, hub: Hub, connect: Connect, reach: Reach) -> None:
        """``reach`` connects to a neighbour's broker, ``connect`` to our own."""
        self.settings, self.hub, self.reach = settings, hub, reach
        self.own = settings.hub
        self.relays: dict[str, dict[Lane, Relay]] = {}
        """By the neighbour's name."""
        self.gaps: dict[str, Gaps] = {}
        self.newer: dict[str, Newer] = {}
        self.places: list[Retained] = []
        """Where schemas can be asked for, besides our own bus."""
        peers = {peer.hub: scope(peer.agencies, peer.modes, peer.inboxes) for peer in settings.peer}
        ask = [topics.ask(self.own, peer, what) for peer in peers for what in ("replay", "snapshot")]
        self.answers = Answers(self.own, connect("answers", ask), peers, hub)
        self.state = connect("state", [topics.state(self.own, "heads")])
        self.herald = Herald(self.own, self.state, hub, timedelta(seconds=settings.heads_seconds))
        for relay in settings.relay:
            self._relay(relay)

    def _relay(self, relay: RelaySettings) -> None:
        own = self.settings.addresses
        modes = [MODES[mode] for mode in relay.modes]
        wanted = scope(relay.agencies, relay.modes, [*own, *relay.inboxes])
        agencies = frozenset(agency.id for agency in self.settings.agency)
        door = Door(self.own, relay.hub, wanted, relay.transit, agencies, self.hub.memory)
        lanes = self.relays[relay.hub] = {}
        for lane in LANES:
            heard = topics.pulled(lane, relay.agencies, modes, [*own, *relay.inboxes])
            lanes[lane] = Relay(f"relay/{relay.hub}/{lane}", self.reach(relay, lane, heard), door, self.hub)
        self.places.append(Retained(self.reach(relay, "schemas", []), self.hub.wanted))
        state = self.reach(relay, "state", [topics.state("+", "heads"), topics.state("+", "presence"), topics.answer(relay.hub, self.own, "#")])
        answers = Relay(f"relay/{relay.hub}/answers", state, door, self.hub)
        newer = partial(topics.pulled_kinds, agencies=relay.agencies, modes=modes, recipients=[*own, *relay.inboxes])
        self.newer[relay.hub] = Newer([answers, *lanes.values()], {lane: each.bus for lane, each in lanes.items()}, newer)
        self.gaps[relay.hub] = Gaps(state, answers, lanes, self.state, self.herald, snapshot=relay.join == "snapshot")

    def open(self) -> dict[str, list[float]]:
        """By neighbour: since how many seconds each gap in its streams is open."""
        now = time.monotonic()
        return {peer: [now - since for since in gaps.since.values()] for peer, gaps in self.gaps.items()}

    def work(self) -> Iterator[tuple[str, Any]]:
        """What must run, by name."""
        yield "heads", self.herald.run([gaps.bus for gaps in self.gaps.values()])
        yield "answers/hear", self.answers.hear()
        yield "answers", self.answers.run()
        for lanes in self.relays.values():
            for relay in lanes.values():
                yield relay.name, relay.run()
        for peer, gaps in self.gaps.items():
            yield f"gaps/{peer}/hear", gaps.hear()
            yield f"gaps/{peer}", gaps.fill()
            yield f"newer/{peer}", self.newer[peer].run()


def scope(agencies: list[str], modes: list[Any], inboxes: list[str]) -> Scope:
    """What the settings grant."""
    return Scope(frozenset(agencies), frozenset(MODES[mode] for mode in modes), frozenset(inboxes))
