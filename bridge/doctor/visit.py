"""One connection to the broker, driven by hand: what the broker grants, limits and keeps is asked one thing at a time."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from queue import Empty, SimpleQueue
from typing import Any

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes

from bridge.bus.mqtt import KEEPALIVE, Address, properties
from bridge.bus.trouble import Refusal
from bridge.errors import Unavailable

PATIENCE = 5.0
"""Seconds for an answer."""
KEPT = 60
"""Seconds for which a session outlives its connection: what is left by a doctor that was killed goes by itself."""
WINDOW = 20


class Visit:
    """A client; ``flags`` and ``limits`` are what the broker greeted it with."""

    def __init__(self, where: Address, client_id: str, *, clean: bool, kept: int) -> None:
        """``clean``: the session of an earlier visit is forgotten. ``kept``: seconds for which this one is to outlive its connection."""
        self.five = where.protocol == MQTTProtocolVersion.MQTTv5
        self.where, self.clean, self.kept = where, clean, kept
        self.client = Client(
            CallbackAPIVersion.VERSION2,
            client_id,
            clean_session=None if self.five else clean,
            protocol=where.protocol,
            reconnect_on_failure=False,
        )
        self.client.username_pw_set(where.username, where.password)
        if where.tls:
            self.client.tls_set_context(where.tls)
        self.answers: SimpleQueue[Any] = SimpleQueue()
        self.heard: SimpleQueue[tuple[str, bytes]] = SimpleQueue()
        self.present = False
        self.limits: Any = None
        self.gone = False
        self.client.on_connect = lambda _, __, flags, reason, limits: self.answers.put((flags, reason, limits))
        self.client.on_subscribe = lambda _, __, ___, reasons, ____: self.answers.put(reasons[0])
        self.client.on_publish = lambda _, __, ___, reason, ____: self.answers.put(reason)
        self.client.on_message = lambda _, __, message: self.heard.put((message.topic, bytes(message.payload)))
        self.client.on_disconnect = lambda *_: self._left()

    def enter(self) -> None:
        """Connects; raises ``Unavailable``, or ``OSError`` if there is no broker."""
        options: dict[str, Any] = {}
        if self.five:
            options = {"clean_start": self.clean, "properties": properties(PacketTypes.CONNECT, SessionExpiryInterval=self.kept)}
        self.client.connect_timeout = PATIENCE
        self.client.max_inflight_messages_set(WINDOW)
        self.client.connect(self.where.host, self.where.port, KEEPALIVE, **options)
        self.client.loop_start()
        flags, reason, self.limits = self.answer()
        if reason.is_failure:
            raise Refusal(str(reason))
        self.present = bool(flags.session_present)

    def limit(self, name: str, default: int) -> int:
        """What the broker stated of itself."""
        return int(getattr(self.limits, name, default))

    def _left(self) -> None:
        self.gone = True
        self.answers.put(None)

    def answer(self) -> Any:
        """The next; ``Unavailable`` if none comes."""
        try:
            found = self.answers.get(timeout=PATIENCE)
        except Empty:
            raise Unavailable(f"no answer in {PATIENCE:.0f} s") from None
        if found is None:
            raise Unavailable("the broker hung up")
        return found

    def subscribe(self, topic: str) -> Any:
        """The reason code: which quality was granted."""
        self.client.subscribe(topic, 1)
        return self.answer()

    def publish(self, topic: str, payloads: Sequence[bytes]) -> list[Any]:
        """The reason codes; no more is under way than the broker allows."""
        window, reasons = min(WINDOW, self.limit("ReceiveMaximum", WINDOW)), []
        for first in range(0, len(payloads), window):
            piece = payloads[first : first + window]
            for payload in piece:
                self.client.publish(topic, payload, 1)
            reasons += [self.answer() for _ in piece]
        return reasons

    def listen(self, count: int, quiet: float, mark: bytes = b"") -> list[tuple[str, bytes]]:
        """What comes and begins with ``mark``, until there is so much or nothing more for ``quiet`` seconds."""
        found: list[tuple[str, bytes]] = []
        while len(found) < count:
            try:
                heard = self.heard.get(timeout=quiet)
            except Empty:
                break
            if heard[1].startswith(mark):
                found.append(heard)
        return found

    def leave(self, *, forgotten: bool) -> None:
        """Disconnects; ``forgotten``: the session ends now, where the protocol can say so."""
        self.client.on_disconnect = None
        self.client.disconnect(properties=properties(PacketTypes.DISCONNECT, SessionExpiryInterval=0) if self.five and forgotten else None)
        self.client.loop_stop()


@contextmanager
def visit(where: Address, client_id: str, *, clean: bool = True, kept: int = KEPT, forgotten: bool = True) -> Iterator[Visit]:
    """A visit from door to door."""
    found = Visit(where, client_id, clean=clean, kept=kept)
    try:
        found.enter()
        yield found
    finally:
        found.leave(forgotten=forgotten)
