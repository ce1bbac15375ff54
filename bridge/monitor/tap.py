"""A sample of what passes on the bus, taken while somebody looks: at most so many messages a second, whatever passes.

The subscription is given up when a second's share is used, and taken up again with the next second; the time that the share took tells the rate.
"""

import threading
import time
from collections import OrderedDict
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion

from bridge.bus.mqtt import Address
from bridge.topics import ROOT

SHARE = 200
"""Messages looked at in a second."""
IDLE = 5.0
"""Seconds without a look until the sample ends."""
TOPICS = 500
"""Topics remembered, those heard last."""
LEVELS = 8
"""Levels of a topic that are told apart: what is below is one."""
CALM = 0.3
"""Weight of the last second in a rate."""
FILTERS = (f"{ROOT}/data/#", f"{ROOT}/to/#")


@dataclass(slots=True)
class Heard:
    """What is known of one topic."""

    rate: float = 0.0
    """Messages a second."""
    seen: float = 0.0
    """Seconds since 1970 when the last was heard."""
    size: int = 0
    """Bytes of the last."""


@dataclass(slots=True)
class Second:
    """One second's sample."""

    begun: float = field(default_factory=time.monotonic)
    counts: dict[str, int] = field(default_factory=dict)
    total: int = 0
    full: float = 0.0
    """When the share was used up; 0 if it is not."""


class Tap:
    """The sample of one bus."""

    def __init__(self, where: Address, client_id: str) -> None:
        """Connects when somebody looks."""
        self.where, self.client_id = where, client_id
        self.topics: OrderedDict[str, Heard] = OrderedDict()
        self.second, self.looked = Second(), 0.0
        self.lock = threading.Lock()
        self.client: Client | None = None

    def look(self) -> dict[str, Heard]:
        """What is known now; keeps the sample going. Called once a second by who shows it."""
        self.looked = time.monotonic()
        if self.client is None:
            self._begin()
        elif time.monotonic() - self.second.begun >= 1.0:
            self._turn()
        return dict(sorted(self.topics.items()))

    def rest(self) -> None:
        """Ends the sample if nobody has looked for a while."""
        if self.client is not None and time.monotonic() - self.looked > IDLE:
            self.close()

    def close(self) -> None:
        """Ends the sample."""
        client, self.client = self.client, None
        if client is not None:
            client.disconnect()
            client.loop_stop()

    def _begin(self) -> None:
        client = self.client = Client(CallbackAPIVersion.VERSION2, self.client_id, clean_session=True)
        account = self.where.username and self.where.username.replace("{client}", self.client_id)
        client.username_pw_set(account, self.where.password)
        if self.where.tls:
            client.tls_set_context(self.where.tls)
        client.on_connect = lambda *_: self._subscribe()
        client.on_message = self._hear
        client.connect_async(self.where.host, self.where.port)
        client.loop_start()
        self.second = Second()

    def _subscribe(self) -> None:
        if self.client is not None:
            with suppress(ValueError):  # not connected: on_connect comes again
                self.client.subscribe([(each, 0) for each in FILTERS])

    def _hear(self, client: Client, _: Any, message: MQTTMessage) -> None:
        """In paho's thread."""
        levels = message.topic.split("/")
        with self.lock:
            second, name = self.second, "/".join(levels[:LEVELS])
            second.counts[name] = second.counts.get(name, 0) + 1
            second.total += 1
            heard = self.topics.setdefault(name, Heard())
            heard.seen, heard.size = time.time(), len(message.payload)
            self.topics.move_to_end(name)
            while len(self.topics) > TOPICS:
                self.topics.popitem(last=False)
            used = second.total >= SHARE and not second.full
            if used:
                second.full = time.monotonic()
        if used:
            client.unsubscribe(list(FILTERS))

    def _turn(self) -> None:
        """The next second: rates from what the last one has shown."""
        with self.lock:
            last, self.second = self.second, Second()
            span = (last.full or time.monotonic()) - last.begun
            for name, heard in self.topics.items():
                heard.rate += CALM * (last.counts.get(name, 0) / max(span, 0.001) - heard.rate)
        if last.full:
            self._subscribe()
