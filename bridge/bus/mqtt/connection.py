"""One connection to a broker: it stays connected, and hands over what is to be published and what has come."""

import asyncio
import random
from collections.abc import Callable, Sequence
from typing import Any

import structlog
from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTMessage
from paho.mqtt.enums import LogLevel, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from bridge import crash
from bridge.bus import Delivery, Publication
from bridge.bus.mqtt.address import Address
from bridge.bus.mqtt.answers import CONNECT, Answers
from bridge.bus.mqtt.client import INFLIGHT, MOST_INFLIGHT, PATIENCE, connect, made
from bridge.bus.mqtt.pump import Pump
from bridge.bus.mqtt.told import Told
from bridge.bus.trouble import Refusal, Trouble, trouble
from bridge.errors import Unavailable

log = structlog.get_logger()
RETRY = (0.2, 2.0)
"""Seconds before the first and between later attempts to connect."""


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
        self.connected = asyncio.Event()
        self.lost = asyncio.Event()
        self.inbox: list[Delivery] = []
        self.arrived = asyncio.Event()
        self.answers = Answers()
        self.pump = Pump(client_id, self._came, self.lost.set)
        self.proven = False
        self.trouble: Trouble | None = None
        """Why there is no connection."""
        self.noted = ""
        """What paho has noted while it connected."""
        self.echoes: dict[str, Callable[[bytes], None]] = {}
        """What hears a topic at once, past all that waits in the inbox."""
        self.tasks = [asyncio.create_task(self._stay_connected())]

    @property
    def progress(self) -> int:
        """Packets that have come; whoever watches sees that it still grows."""
        return self.pump.progress

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
        client = made(self.where, self.client_id, self.protocol, self.will() if self.will else None)
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.on_message = self._on_message
        client.on_publish = client.on_subscribe = self._on_answer
        client.on_socket_close = self._on_socket_close
        client.on_log = self._on_log
        return client

    async def _connect(self) -> None:
        client = self.pump.client = self._client()
        greeting = self.answers.expect(CONNECT)
        self.noted = ""
        await asyncio.get_running_loop().run_in_executor(None, connect, client, self.where)
        self.number += 1
        self.pump.open()
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
        assert self.pump.client is not None
        rc, number = self.pump.client.subscribe([(topic, 1) for topic in filters])
        if rc != MQTTErrorCode.MQTT_ERR_SUCCESS or number is None:
            raise Unavailable("the broker is gone")
        granted = self.answers.expect(number)
        self.pump.flush()
        async with asyncio.timeout(PATIENCE):
            refused = [topic for topic, code in zip(filters, await granted, strict=True) if code.is_failure]
        if refused:
            raise Unavailable(f"the broker refuses {', '.join(refused)}")

    async def _serve(self) -> None:
        """Keeps the connection alive until it is lost."""
        while not self.lost.is_set():
            assert self.pump.client is not None
            self.pump.client.loop_misc()
            self.pump.flush()
            try:
                async with asyncio.timeout(1):
                    await self.lost.wait()
            except TimeoutError:
                continue

    def _drop(self, why: str) -> None:
        """Whatever was under way is no more: the broker sends again what we have not acknowledged, we publish again."""
        self.connected.clear()
        self.pump.shut()
        self.inbox.clear()
        if self.pump.client is not None:
            self.pump.client.drop_out_messages()
        self.answers.fail(why)

    # ---- paho's callbacks: they only put things where the loop finds them

    def _came(self) -> None:
        """One wake-up for all that came."""
        if self.inbox:
            self.arrived.set()

    def _on_connect(self, client: Client, _: Any, __: ConnectFlags, reason: ReasonCode, found: Properties | None) -> None:
        self.pump.progress += 1
        greeting = self.answers.take(CONNECT)
        if client is not self.pump.client or greeting is None:
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
        if client is self.pump.client:
            self.lost.set()
            self.answers.fail("the broker hung up")

    def _on_socket_close(self, client: Client, _: Any, __: Any) -> None:
        if client is self.pump.client:
            self.pump.shut()

    def _on_message(self, client: Client, _: Any, message: MQTTMessage) -> None:
        self.pump.progress += 1
        if client is not self.pump.client:
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

    def _on_answer(self, client: Client, _: Any, number: int, answer: Any, __: Properties | None) -> None:
        """To a PUBLISH its reason, to a SUBSCRIBE one for each filter."""
        self.pump.progress += 1
        waiting = self.answers.take(number)
        if client is self.pump.client and waiting is not None:
            waiting.set_result(answer)

    # ---- what links use

    async def publish(self, batch: Sequence[Publication]) -> list[str | None]:
        """See ``Bus``."""
        outcomes: list[str | None] = []
        while len(outcomes) < len(batch):
            await self.connected.wait()
            answers = [self._send(each) for each in batch[len(outcomes) : len(outcomes) + self.window]]
            self.pump.flush()
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
        if self.pump.client is not None and self.connected.is_set():
            self.pump.client.publish(topic, data, 0)
            self.pump.flush()

    def _send(self, each: Publication) -> asyncio.Future[Any]:
        assert self.pump.client is not None
        found = None
        if self.protocol == MQTTProtocolVersion.MQTTv5 and each.properties:
            found = Told(each.properties)
        info = self.pump.client.publish(each.topic, each.data, 1, each.retain, found)
        if info.rc != MQTTErrorCode.MQTT_ERR_SUCCESS:
            raise Unavailable(f"the broker is gone: {info.rc!s}")
        return self.answers.expect(info.mid)

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
        if self.pump.client is None or self.pump.socket is None:
            return
        for delivery in batch:
            if delivery.connection == self.number:
                self.pump.client.ack(delivery.number, 1)
        self.pump.flush_soon()

    async def close(self) -> None:
        """See ``Bus``. Without the farewell, which needs the socket, the broker would publish the will."""
        if self.pump.client is not None and self.pump.socket is not None:
            self.pump.client.disconnect()
            self.pump.flush()
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        self.pump.shut()
