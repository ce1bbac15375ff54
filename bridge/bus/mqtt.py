"""paho-mqtt driven by the event loop through its public calls: read until nothing new arrives, work, write once.

The rules of DESIGN section 7 live here: callback API V2; a session that outlives the connection; acknowledgements by hand, in the
order of arrival and only on the connection that they belong to; callbacks that only enqueue; a publish judged by its reason
code; nothing published offline; few messages in flight; reconnecting with jitter.
"""

import asyncio
import random
import socket
import ssl
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit

import structlog
from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, LogLevel, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties, VariableByteIntegers
from paho.mqtt.reasoncodes import ReasonCode

from bridge import crash
from bridge.bus import Delivery, Publication, lean
from bridge.bus.trouble import Refusal, Trouble, trouble
from bridge.errors import ConfigError, Unavailable

log = structlog.get_logger()
lean.install()
INFLIGHT = 10
"""Unanswered publishes, unless the broker allows more: paho does not look at the CONNACK's Receive Maximum."""
MOST_INFLIGHT = 100
UNACKNOWLEDGED = 500
"""Deliveries that the broker may send before we acknowledge (MQTT 5 Receive Maximum)."""
SESSION = 7 * 24 * 3600
"""Seconds that the broker keeps our session without us."""
KEEPALIVE = 20
PATIENCE = 10.0
"""Seconds for the broker to answer a CONNECT, SUBSCRIBE or PUBLISH."""
CORK: int | None = getattr(socket, "TCP_CORK", None)
"""Linux only."""
RETRY = (0.2, 2.0)
"""Seconds before the first and between later attempts to connect."""


class Address(NamedTuple):
    """Where a broker is and how to enter: ``mqtt[s]://user:password@host:port``, ``?protocol=3.1.1`` to try that first.

    With ``{client}`` in the user's name every connection has an account of its own, named as its client id.
    """

    host: str
    port: int
    protocol: MQTTProtocolVersion = MQTTProtocolVersion.MQTTv5
    username: str | None = None
    password: str | None = None
    tls: ssl.SSLContext | None = None


def address(url: str, *, ca: str | None = None, certificate: str | None = None, key: str | None = None) -> Address:
    """The address in a URL; ``mqtts`` verifies the broker by ``ca`` (else the system's) and shows our certificate if there is one."""
    parts = urlsplit(url)
    if parts.scheme not in {"mqtt", "mqtts"} or not parts.hostname:
        raise ConfigError(f"'{url}' is no broker address such as mqtt://127.0.0.1:1883 or mqtts://user:password@broker:8883")
    context = None
    if parts.scheme == "mqtts":
        try:
            context = ssl.create_default_context(cafile=ca)
            if certificate:
                context.load_cert_chain(certificate, key)
        except OSError as error:
            raise ConfigError(f"[tls] ca = {ca}, certificate = {certificate}, key = {key}: one of these files cannot be used ({error})") from None
    user, password = (unquote(word) if word else None for word in (parts.username, parts.password))
    protocol = MQTTProtocolVersion.MQTTv311 if parts.query == "protocol=3.1.1" else MQTTProtocolVersion.MQTTv5
    return Address(parts.hostname, parts.port or (8883 if context else 1883), protocol, user, password, context)


class Connection:
    """One client, its session, and the loop that drives it."""

    def __init__(
        self, where: Address, client_id: str, filters: Sequence[str] = (), *, quiet: bool = False, will: Callable[[], Publication] | None = None
    ) -> None:
        """``filters``: what to subscribe to, anew at every connection without a session. ``quiet`` for who looks at ``trouble`` himself.

        ``will``: what the broker publishes when a connection ends without a farewell; asked for each connection.
        """
        self.where, self.client_id, self.filters, self.quiet, self.will = where, client_id, list(filters), quiet, will
        self.protocol = where.protocol
        self.number = 0
        """Counts connections; a delivery is acknowledged only on its own."""
        self.window = INFLIGHT
        self.gathering = False
        """Acknowledgements leave together, when this turn of the loop is over."""
        self.connected = asyncio.Event()
        self.inbox: list[Delivery] = []
        self.arrived = asyncio.Event()
        self.answers: dict[int, asyncio.Future[Any]] = {}
        self.client: Client | None = None
        self.socket: Any = None
        self.proven = False
        self.trouble: Trouble | None = None
        """Why there is no connection."""
        self.noted = ""
        """What paho has noted while it connected."""
        self.lost = asyncio.Event()
        self.progress = 0
        """Packets that have come; whoever watches sees that it still grows."""
        self.echoes: dict[str, Callable[[bytes], None]] = {}
        """What hears a topic at once, past all that waits in the inbox."""
        self.tasks = [asyncio.create_task(self._stay_connected())]

    # ---- connecting

    async def _stay_connected(self) -> None:
        attempt = 0
        while True:
            self.lost.clear()
            try:
                await self._connect()
                attempt = 0
                await self._serve()
            except (OSError, TimeoutError, Unavailable, ValueError) as error:
                attempt += 1
                self._tell(error)
            finally:
                self._drop("the connection to the broker was lost")
            least, most = RETRY
            await asyncio.sleep(random.uniform(least, min(most, least * 2**attempt)))  # noqa: S311  jitter, no secret

    def _tell(self, error: Exception) -> None:
        """Why there is no connection; logged once, until it is another reason."""
        told = trouble(error, f"{self.where.host}:{self.where.port}", tls=self.where.tls is not None, noted=self.noted)
        if not self.quiet and (self.trouble is None or self.trouble.code != told.code):
            log.warning("unavailable", link=f"bus/{self.client_id}", reason=told.sentence)
        self.trouble = told

    def _client(self) -> Client:
        five = self.protocol == MQTTProtocolVersion.MQTTv5
        client = Client(
            CallbackAPIVersion.VERSION2,
            self.client_id,
            clean_session=None if five else False,
            protocol=self.protocol,
            manual_ack=True,
            reconnect_on_failure=False,
        )
        client.max_inflight_messages_set(MOST_INFLIGHT)
        client.connect_timeout = PATIENCE
        account = self.where.username and self.where.username.replace("{client}", self.client_id)
        client.username_pw_set(account, self.where.password)
        if self.where.tls:
            client.tls_set_context(self.where.tls)
        if self.will:
            last = self.will()
            client.will_set(last.topic, last.data, 1, last.retain)
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.on_message = self._on_message
        client.on_publish = self._on_publish
        client.on_subscribe = self._on_subscribe
        client.on_socket_close = self._on_socket_close
        client.on_socket_register_write = lambda *_: None  # paho then leaves writing to us: we write once, after the work
        return client

    async def _connect(self) -> None:
        loop = asyncio.get_running_loop()
        client = self.client = self._client()
        options: dict[str, Any] = {}
        if self.protocol == MQTTProtocolVersion.MQTTv5:
            options = {
                "clean_start": False,
                "properties": properties(PacketTypes.CONNECT, SessionExpiryInterval=SESSION, ReceiveMaximum=UNACKNOWLEDGED),
            }
        greeting = self.answers[0] = loop.create_future()
        self.noted = ""
        client.on_log = self._on_log
        await loop.run_in_executor(None, lambda: client.connect(self.where.host, self.where.port, KEEPALIVE, **options))
        self.number += 1
        self.socket = client.socket()
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        loop.add_reader(self.socket, self._readable)
        self._flush()
        try:
            async with asyncio.timeout(PATIENCE):
                await greeting
        except (TimeoutError, Unavailable):
            self._other_protocol()
            raise
        self.proven = True
        client.on_log = None  # it costs, for every packet
        if self.filters:
            await self._subscribe(self.filters)
        self.trouble = None
        self.connected.set()

    def _other_protocol(self) -> None:
        """A broker of 3.1.1 meets MQTT 5 with a refusal, a hang-up or silence; one that has greeted us keeps its protocol."""
        if not self.proven:
            five = self.protocol == MQTTProtocolVersion.MQTTv5
            self.protocol = MQTTProtocolVersion.MQTTv311 if five else MQTTProtocolVersion.MQTTv5

    async def _subscribe(self, filters: Sequence[str]) -> None:
        assert self.client is not None
        rc, number = self.client.subscribe([(topic, 1) for topic in filters])
        if rc != MQTTErrorCode.MQTT_ERR_SUCCESS or number is None:
            raise Unavailable("the broker is gone")
        granted = self.answers[number] = asyncio.get_running_loop().create_future()
        self._flush()
        async with asyncio.timeout(PATIENCE):
            refused = [topic for topic, code in zip(filters, await granted, strict=True) if code.is_failure]
        if refused:
            raise Unavailable(f"the broker refuses {', '.join(refused)}")

    async def _serve(self) -> None:
        """Keeps the connection alive until it is lost."""
        while not self.lost.is_set():
            assert self.client is not None
            self.client.loop_misc()
            self._flush()
            try:
                async with asyncio.timeout(1):
                    await self.lost.wait()
            except TimeoutError:
                continue

    def _drop(self, why: str) -> None:
        """Whatever was under way is no more: the broker sends again what we have not acknowledged, we publish again."""
        self.connected.clear()
        self._forget_socket()
        self.inbox.clear()
        if self.client is not None:
            self.client.drop_out_messages()
        answers, self.answers = self.answers, {}
        for answer in answers.values():
            if not answer.done():
                answer.set_exception(Unavailable(why))
                answer.exception()  # nobody may be waiting for it

    def _forget_socket(self) -> None:
        if self.socket is not None:
            loop = asyncio.get_running_loop()
            loop.remove_reader(self.socket)
            loop.remove_writer(self.socket)
            self.socket = None

    # ---- the socket

    def _readable(self) -> None:
        """Reads until nothing new arrives, then wakes the work: one wake-up for all that came."""
        assert self.client is not None
        while self.socket is not None:
            before = self.progress
            if not self._read():
                break
            if self.progress == before and not getattr(self.socket, "pending", int)():
                break
        if self.inbox:
            self.arrived.set()

    def _read(self) -> bool:
        """One packet. What paho or a callback of ours stumbles over would be read again for ever: better a new connection."""
        assert self.client is not None
        try:
            return self.client.loop_read() == MQTTErrorCode.MQTT_ERR_SUCCESS
        except Exception as error:
            log.exception("unavailable", link=f"bus/{self.client_id}", reason=f"{type(error).__name__}: {error}")
            self._forget_socket()
            self.lost.set()
            return False

    def _flush(self) -> None:
        """Writes what has gathered; what the socket does not take waits until it does."""
        self.gathering = False
        if self.client is None or self.socket is None:
            return
        if self.client.want_write():
            self._cork(1)
            self.client.loop_write()
            self._cork(0)
        if self.client.want_write() and self.socket is not None:
            asyncio.get_running_loop().add_writer(self.socket, self._writable)

    def _cork(self, shut: int) -> None:
        """Many small packets leave as few segments: paho writes each by itself."""
        if CORK is not None and self.socket is not None:
            self.socket.setsockopt(socket.IPPROTO_TCP, CORK, shut)

    def _writable(self) -> None:
        if self.socket is not None:
            asyncio.get_running_loop().remove_writer(self.socket)
        self._flush()

    # ---- paho's callbacks: they only put things where the loop finds them

    def _on_connect(self, client: Client, _: Any, __: ConnectFlags, reason: ReasonCode, found: Properties | None) -> None:
        self.progress += 1
        greeting = self.answers.pop(0, None)
        if client is not self.client or greeting is None or greeting.done():
            return
        if reason.is_failure:
            greeting.set_exception(Refusal(str(reason)))
            return
        self.window = min(getattr(found, "ReceiveMaximum", INFLIGHT), MOST_INFLIGHT)
        greeting.set_result(None)

    def _on_log(self, _: Client, __: Any, level: int, words: str) -> None:
        """Paho keeps the broker's TLS alert to itself but for this."""
        if level in {LogLevel.MQTT_LOG_ERR, LogLevel.MQTT_LOG_WARNING}:
            self.noted = self.noted or words

    def _on_disconnect(self, client: Client, _: Any, __: DisconnectFlags, ___: ReasonCode, ____: Properties | None) -> None:
        if client is self.client:
            self.lost.set()
            for answer in self.answers.values():
                if not answer.done():
                    answer.set_exception(Unavailable("the broker hung up"))
                    answer.exception()  # nobody may be waiting for it

    def _on_socket_close(self, client: Client, _: Any, __: Any) -> None:
        if client is self.client and self.socket is not None:
            self._forget_socket()

    def _on_message(self, client: Client, _: Any, message: MQTTMessage) -> None:
        self.progress += 1
        if client is not self.client:
            return
        try:
            topic = message.topic
        except UnicodeDecodeError:  # refused like any topic that is not ours
            topic = ""
        if echo := self.echoes.get(topic):
            client.ack(message.mid, message.qos)
            echo(bytes(message.payload))
            return
        told = getattr(message.properties, "UserProperty", ())
        self.inbox.append(Delivery(topic, bytes(message.payload), message.retain, message.mid, self.number, message.dup, told))

    def _on_publish(self, client: Client, _: Any, number: int, reason: ReasonCode, __: Properties) -> None:
        self._answer(client, number, reason)

    def _on_subscribe(self, client: Client, _: Any, number: int, reasons: list[ReasonCode], __: Properties | None) -> None:
        self._answer(client, number, reasons)

    def _answer(self, client: Client, number: int, answer: Any) -> None:
        self.progress += 1
        waiting = self.answers.pop(number, None)
        if client is self.client and waiting is not None and not waiting.done():
            waiting.set_result(answer)

    # ---- what links use

    async def publish(self, batch: Sequence[Publication]) -> list[str | None]:
        """See ``Bus``."""
        outcomes: list[str | None] = []
        while len(outcomes) < len(batch):
            await self.connected.wait()
            answers = [self._send(each) for each in batch[len(outcomes) : len(outcomes) + self.window]]
            self._flush()
            crash.point("sent")
            try:
                async with asyncio.timeout(PATIENCE):
                    reasons = [await answer for answer in answers]
            except TimeoutError:
                self.lost.set()
                raise Unavailable("the broker does not answer") from None
            outcomes += [str(reason) if reason.is_failure else None for reason in reasons]
        return outcomes

    def whisper(self, topic: str, data: bytes) -> None:
        """Sends without waiting, QoS 0: no answer comes, and no place of the window is taken."""
        if self.client is not None and self.connected.is_set():
            self.client.publish(topic, data, 0)
            self._flush()

    def _send(self, each: Publication) -> asyncio.Future[Any]:
        assert self.client is not None
        found = None
        if self.protocol == MQTTProtocolVersion.MQTTv5 and each.properties:
            found = Told(each.properties)
        info = self.client.publish(each.topic, each.data, 1, each.retain, found)
        if info.rc != MQTTErrorCode.MQTT_ERR_SUCCESS:
            raise Unavailable(f"the broker is gone: {info.rc!s}")
        answer = self.answers[info.mid] = asyncio.get_running_loop().create_future()
        return answer

    async def subscribe(self, filters: Sequence[str]) -> None:
        """Subscribes to more, now and at every later connection. Raises ``Unavailable`` if the broker does not grant it."""
        await self.connected.wait()
        try:
            await self._subscribe(filters)
        except TimeoutError:
            raise Unavailable("the broker does not answer") from None
        self.filters += filters

    async def deliveries(self) -> list[Delivery]:
        """See ``Bus``."""
        while not self.inbox:
            self.arrived.clear()
            await self.arrived.wait()
        batch, self.inbox = self.inbox, []
        return batch

    def acknowledge(self, batch: Sequence[Delivery]) -> None:
        """See ``Bus``."""
        if self.client is None or self.socket is None:
            return
        for delivery in batch:
            if delivery.connection == self.number:
                self.client.ack(delivery.number, 1)
        if not self.gathering:
            self.gathering = True
            asyncio.get_running_loop().call_soon(self._flush)

    async def close(self) -> None:
        """See ``Bus``. Without the farewell, which needs the socket, the broker would publish the will."""
        if self.client is not None and self.socket is not None:
            self.client.disconnect()
            self._flush()
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        self._forget_socket()


class Told(Properties):
    """The user properties of one PUBLISH, packed here: paho tries every name there is for each message, at the cost of a publish."""

    def __init__(self, pairs: Sequence[tuple[str, str]]) -> None:
        """Pairs of text (MQTT 5 section 3.3.2.3.7)."""
        body = b"".join(b"\x26" + _text(name) + _text(value) for name, value in pairs)
        object.__setattr__(self, "packed", VariableByteIntegers.encode(len(body)) + body)  # type: ignore[no-untyped-call]

    def pack(self) -> bytes:
        """As it goes on the wire."""
        return self.__dict__["packed"]  # type: ignore[no-any-return]


def _text(words: str) -> bytes:
    """Text behind its length (MQTT 5 section 1.5.4)."""
    plain = words.encode()
    return len(plain).to_bytes(2, "big") + plain


def properties(packet: int, **values: Any) -> Properties:
    """MQTT 5 properties of a packet."""
    found = Properties(packet)  # type: ignore[no-untyped-call]
    for name, value in values.items():
        setattr(found, name, value)
    return found
