"""The socket of a client: read until nothing new arrives, write at once what has gathered."""

import asyncio
import socket
from collections.abc import Callable
from typing import Any

import structlog
from paho.mqtt.client import Client
from paho.mqtt.enums import MQTTErrorCode

log = structlog.get_logger()
CORK: int | None = getattr(socket, "TCP_CORK", None)
"""Linux only."""


class Pump:
    """Drives one client after the other."""

    def __init__(self, name: str, came: Callable[[], None], broke: Callable[[], None]) -> None:
        """``came`` is told once for all that was read in one go, ``broke`` when what was read cannot be taken."""
        self.name, self.came, self.broke = name, came, broke
        self.client: Client | None = None
        self.socket: Any = None
        self.progress = 0
        """Packets that have come: whoever takes one counts it."""
        self.gathering = False
        """What is to be written leaves together, when this turn of the loop is over."""

    def open(self) -> None:
        """The client has a socket now."""
        assert self.client is not None
        self.socket = self.client.socket()
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        asyncio.get_running_loop().add_reader(self.socket, self._readable)
        self.flush()

    def shut(self) -> None:
        """The socket is the loop's no more."""
        if self.socket is not None:
            loop = asyncio.get_running_loop()
            loop.remove_reader(self.socket)
            loop.remove_writer(self.socket)
            self.socket = None

    def _readable(self) -> None:
        while self.socket is not None:
            before = self.progress
            if not self._read():
                break
            if self.progress == before and not getattr(self.socket, "pending", int)():
                break
        self.came()

    def _read(self) -> bool:
        """One packet. What paho or a callback of ours stumbles over would be read again for ever: better a new connection."""
        assert self.client is not None
        try:
            return self.client.loop_read() == MQTTErrorCode.MQTT_ERR_SUCCESS
        except Exception as error:
            log.exception("unavailable", link=f"bus/{self.name}", reason=f"{type(error).__name__}: {error}")
            self.shut()
            self.broke()
            return False

    def flush(self) -> None:
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

    def flush_soon(self) -> None:
        """Once, when this turn of the loop is over."""
        if not self.gathering:
            self.gathering = True
            asyncio.get_running_loop().call_soon(self.flush)

    def _cork(self, shut: int) -> None:
        """Many small packets leave as few segments: paho writes each by itself."""
        if CORK is not None and self.socket is not None:
            self.socket.setsockopt(socket.IPPROTO_TCP, CORK, shut)

    def _writable(self) -> None:
        if self.socket is not None:
            asyncio.get_running_loop().remove_writer(self.socket)
        self.flush()
