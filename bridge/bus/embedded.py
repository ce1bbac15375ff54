"""The embedded broker: amqtt on loopback, for trials and the demo.

It speaks 3.1.1 only, forgets what is unacknowledged when a connection drops, delivers queued messages marked retained and has
holes in its access rules: loopback only. What it forgets is offered again from the journal.
"""

import asyncio
import logging
import socket
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from amqtt.broker import Broker
from amqtt.contexts import BrokerConfig
from amqtt.session import Session

HOST = "127.0.0.1"
PATIENCE = 2
"""Seconds for the broker to end."""


class Filters(dict[str, Any]):
    """Who has subscribed to what. Walked through as it was at the beginning: amqtt waits on its way, and stumbles over whoever subscribes meanwhile."""

    def __iter__(self) -> Iterator[str]:
        """As they are now."""
        return iter(list(self.keys()))

    def items(self) -> Any:
        """As they are now."""
        return list(super().items())


class Mended(Broker):  # type: ignore[misc]  # amqtt is not typed
    """Without two of its faults: see ``Filters``; and who connects is not given what others have subscribed to."""

    def __init__(self, config: BrokerConfig) -> None:
        """As its own."""
        super().__init__(config)
        self._subscriptions = Filters()

    async def _publish_retained_messages_for_subscription(self, subscription: tuple[str, int], session: Session) -> None:
        if any(each.client_id == session.client_id for each, _ in self._subscriptions.get(subscription[0], ())):
            await super()._publish_retained_messages_for_subscription(subscription, session)


class Embedded:
    """A broker in this process."""

    def __init__(self, port: int = 0) -> None:
        """On this port of loopback, or on a free one."""
        self.port = port or free_port()
        logging.getLogger("amqtt").setLevel(logging.CRITICAL)
        logging.getLogger("transitions").setLevel(logging.CRITICAL)
        self.broker = Mended(
            BrokerConfig.from_dict(
                {
                    "listeners": {"default": {"type": "tcp", "bind": f"{HOST}:{self.port}"}},
                    "plugins": {"amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}},
                }
            )
        )

    @property
    def url(self) -> str:
        """Where it is."""
        return f"mqtt://{HOST}:{self.port}?protocol=3.1.1"

    async def start(self) -> None:
        """Begins to listen."""
        await self.broker.start()

    async def stop(self) -> None:
        """Ends; what it held is gone. It may wait for ever for a client that has just left: we do not."""
        with suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE):
                await self.broker.shutdown()


def free_port() -> int:
    """A port of loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port
