"""Who hears: a partner with an HTTP address that is sometimes slow, busy, mute or dead, one with a broker, one with a folder."""

import asyncio
import os
import random
import re
from pathlib import Path

from bridge.bus.mqtt import Connection
from bridge.chaos.tally import Partner

WORD = re.compile(rb'"id":"(?:[^"]*\.)?([a-z]-\d+)"')
VERSION = re.compile(rb'"quantity_left":(\d+)')
MESSAGE_ID = re.compile(rb'"message_id":"([^"]+)"')
IDENTIFIER = re.compile(rb"<identifier>(.*?)</identifier>")
SLOWNESS = (0.02, 0.2)
"""Seconds for an answer of a slow partner."""
LOOK = 0.2


class Region:
    """The partner with an address; GeoJSON comes in."""

    def __init__(self, port: int, partner: Partner) -> None:
        """``partner`` keeps what comes."""
        self.port, self.partner = port, partner
        self.dead = self.slow = self.busy = self.mute = 0
        """How many faults want it so."""
        self.server: asyncio.Server | None = None
        self.writers: set[asyncio.StreamWriter] = set()

    async def start(self) -> None:
        """Listens, unless it is to be dead."""
        if not self.dead and self.server is None:
            self.server = await asyncio.start_server(self._connected, "127.0.0.1", self.port)

    async def stop(self) -> None:
        """Nobody listens any more, and every connection ends."""
        server, self.server = self.server, None
        if server:
            server.close()
        for writer in list(self.writers):
            writer.transport.abort()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.writers.add(writer)
        try:
            while await self._one(reader, writer):
                pass
        except (OSError, EOFError, asyncio.CancelledError):  # also when the run is over
            pass
        finally:
            self.writers.discard(writer)
            writer.close()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """One request; whether the connection goes on."""
        head = (await reader.readuntil(b"\r\n\r\n")).lower().split(b"\r\n")
        fields = dict(line.split(b": ", 1) for line in head[1:] if b": " in line)
        data = await reader.readexactly(int(fields[b"content-length"]))
        if self.slow:
            await asyncio.sleep(random.uniform(*SLOWNESS))  # noqa: S311  chance
        if self.busy:
            writer.write(b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n")
            return True
        take(self.partner, data, fields[b"idempotency-key"].decode())
        if self.mute:
            return False
        writer.write(b"HTTP/1.1 204 Thanks\r\n\r\n")
        return True


def take(partner: Partner, data: bytes, message_id: str) -> None:
    """A message in GeoJSON."""
    word, version = WORD.search(data), VERSION.search(data)
    assert word is not None
    partner.take(word[1].decode(), int(version[1]) if version and word[1].startswith(b"s") else None, message_id)


async def listen(broker: Connection, partner: Partner) -> None:
    """Hears what comes to a partner's own broker, in GeoJSON."""
    while True:
        batch = await broker.deliveries()
        for delivery in batch:
            found = MESSAGE_ID.search(delivery.data)
            assert found is not None
            take(partner, delivery.data, found[1].decode())
        broker.acknowledge(batch)


async def look(folder: Path, partner: Partner) -> None:
    """Reads what comes into the folder of a partner, CAP, and takes it away."""
    while True:
        for name in await asyncio.to_thread(os.listdir, folder):
            if not name.startswith(".") and name.endswith(".xml"):
                found = IDENTIFIER.search((folder / name).read_bytes())
                assert found is not None
                partner.take(found[1].decode(), None, name.removesuffix(".xml"))
                (folder / name).unlink()
        await asyncio.sleep(LOOK)
