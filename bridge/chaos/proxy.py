"""A TCP proxy that delays, cuts, slices and resets what passes between the bridge and its broker."""

import asyncio
import random
import socket
import struct
from contextlib import suppress

CHUNK = 65536
LINGER = struct.pack("ii", 1, 0)
"""Closing then sends a reset."""
SLICES = 12
"""Single bytes at the head of each chunk; the rest follows in pieces."""


class Proxy:
    """Listens on ``port`` and carries bytes to ``target``, both on loopback."""

    def __init__(self, port: int, target: int) -> None:
        """Clear weather at first."""
        self.port, self.target = port, target
        self.cuts = self.slices = 0
        self.delays: list[float] = []
        """Seconds for each chunk; several add up."""
        self.writers: set[asyncio.StreamWriter] = set()
        self.tasks: set[asyncio.Task[None]] = set()
        self.server: asyncio.Server | None = None

    async def start(self) -> None:
        """Listens."""
        self.server = await asyncio.start_server(self._connected, "127.0.0.1", self.port)

    async def stop(self) -> None:
        """Ends."""
        if self.server:
            self.server.close()
        self.reset()
        await asyncio.gather(*self.tasks, return_exceptions=True)

    def reset(self) -> None:
        """Every connection ends with a reset, whatever was under way."""
        for writer in list(self.writers):
            if not writer.is_closing():
                writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER)
                writer.transport.abort()

    def hang_up(self) -> None:
        """Every connection ends in good order."""
        for writer in list(self.writers):
            writer.close()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.cuts:
            writer.close()
            return
        task = asyncio.current_task()
        assert task is not None
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)
        with suppress(OSError):
            there, back = await asyncio.open_connection("127.0.0.1", self.target)
            self.writers |= {writer, back}
            await asyncio.gather(self._carry(reader, back), self._carry(there, writer))
            self.writers -= {writer, back}
        writer.close()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while chunk := await reader.read(CHUNK):
                for delay in self.delays:
                    await asyncio.sleep(delay)
                for piece in sliced(chunk) if self.slices else (chunk,):
                    writer.write(piece)
                    await writer.drain()
                    if self.slices:
                        await asyncio.sleep(0)
        writer.close()


def sliced(chunk: bytes) -> list[bytes]:
    """Byte by byte at first, then in pieces of any length."""
    found, place = [chunk[i : i + 1] for i in range(min(SLICES, len(chunk)))], SLICES
    while place < len(chunk):
        length = random.randint(1, 1500)  # noqa: S311  where TCP cuts is anybody's guess
        found.append(chunk[place : place + length])
        place += length
    return found
