"""A watched folder: a file that lies still is a piece; it moves to ``done/`` or ``refused/`` with the reason beside it.

Out: ``<message_id>.<ending>``, written aside, synced and renamed, so that nobody sees half a file and giving twice overwrites itself.
"""

import asyncio
import hashlib
import json
import os
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from watchfiles import awatch

from bridge import crash
from bridge.errors import Unavailable
from bridge.ports import Answer, Given, Taken
from bridge.text import LIMIT, extension

UNFINISHED = (".tmp", ".part", ".filepart", ".crdownload")
STILL = 0.3
"""Seconds without change after which a file counts as finished."""
MOST = 100
"""Files in one batch."""
LEFT = 3600.0
"""Seconds after which nobody goes on with a file that was written aside."""
AGAIN = 2.0
"""Seconds until the folder is looked at again without being told."""


class Look(NamedTuple):
    """How a file looked."""

    size: int
    changed: int


class Folder:
    """A drop folder and its sub-folders."""

    width = 8
    tells = True

    def __init__(self, path: Path) -> None:
        """Makes the folder if it is not there."""
        self.path = path
        self.looks: dict[Path, Look] = {}
        self.taken: set[Path] = set()
        self.watch: AsyncIterator[Any] | None = None
        path.mkdir(parents=True, exist_ok=True)
        sweep(path)

    async def take(self) -> list[Taken]:
        """See ``Port``."""
        while True:
            found = self._still()
            if found:
                return [piece for file in found[:MOST] if (piece := self._piece(file))]
            await self._change()

    def _still(self) -> list[Path]:
        """Files that have not changed since the last look, oldest first."""
        now = {file: look for file, look in self._files() if file not in self.taken}
        still = [file for file, look in now.items() if self.looks.get(file) == look]
        self.looks = now
        return sorted(still, key=lambda file: (now[file].changed, file.name))

    def _files(self) -> Iterator[tuple[Path, Look]]:
        try:
            with os.scandir(self.path) as entries:
                for entry in entries:
                    if entry.is_file(follow_symlinks=False) and not entry.name.startswith(".") and not entry.name.endswith(UNFINISHED):
                        found = entry.stat(follow_symlinks=False)
                        yield Path(entry.path), Look(found.st_size, found.st_mtime_ns)
        except OSError:  # gone or not ours: the next look will tell
            return

    async def _change(self) -> None:
        """Waits for news: a moment if a file is still being written, else until told, or for a while."""
        try:
            async with asyncio.timeout(STILL if self.looks.keys() - self.taken else AGAIN):
                self.watch = self.watch or aiter(awatch(self.path, recursive=False, step=50, debounce=100))
                await anext(self.watch)
        except (TimeoutError, StopAsyncIteration, OSError):
            self.watch = None

    def _piece(self, file: Path) -> Taken | None:
        try:
            changed = file.stat().st_mtime_ns
            with file.open("rb") as source:
                data = source.read(LIMIT + 1)  # one byte too many is enough to refuse it
        except OSError:  # gone or not readable: the next look will tell
            return None
        crash.point("taken")
        self.taken.add(file)
        key = f"folder:{file.name}:{changed}:{hashlib.sha256(data).hexdigest()}"

        async def done(answer: Answer) -> None:
            self.taken.discard(file)
            self.looks.pop(file, None)
            if answer.later:
                return
            whole = not answer.messages and bool(answer.refused)
            verdicts = [verdict.model_dump() for verdict in answer.refused]
            self._move(file, "refused" if whole else "done", verdicts, "reason" if whole else "refused")
            crash.point("filed")

        return Taken(data, key, done)

    def _move(self, file: Path, where: str, verdicts: list[dict[str, Any]], word: str) -> None:
        """The reason first, then the file: who sees the file finds the reason."""
        (self.path / where).mkdir(exist_ok=True)
        target = self.path / where / file.name
        for count in range(1, 10_000):
            if not target.exists():
                break
            target = self.path / where / f"{file.stem}-{count}{file.suffix}"
        if verdicts:
            write_safely(target.with_name(f"{target.name}.{word}.json"), json.dumps(verdicts, ensure_ascii=False, indent=2).encode())
        crash.point("filing")
        try:
            file.replace(target)
        except FileNotFoundError:  # somebody took it away: the ledger holds what it said
            return

    async def give(self, given: Given) -> None:
        """See ``Port``."""
        target = self.path / f"{given.message_id}.{extension(given.media_type)}"
        await self._write(target, given.data)

    async def tell(self, message_id: str, receipts: list[dict[str, Any]]) -> None:
        """See ``Port``."""
        await self._write(self.path / "receipts" / f"{message_id}.json", json.dumps(receipts, ensure_ascii=False, indent=2).encode())

    async def _write(self, target: Path, data: bytes) -> None:
        try:
            target.parent.mkdir(exist_ok=True)
            await asyncio.to_thread(write_safely, target, data)
        except OSError as error:
            raise Unavailable(f"{target.parent}: {error.strerror}") from error

    async def close(self) -> None:
        """See ``Port``."""
        self.watch = None


def sweep(folder: Path) -> None:
    """Takes away what a process that died had written aside."""
    for aside in folder.glob("**/.*.tmp"):
        with suppress(OSError):
            if time.time() - aside.stat().st_mtime > LEFT:
                aside.unlink()


def write_safely(target: Path, data: bytes) -> None:
    """Writes aside, syncs, renames, syncs the folder: after a crash there is the whole file or none.

    Aside under a name of its own each time: another process may be writing the same message, and neither empties what the other renames.
    """
    aside = target.with_name(f".{target.name}.{os.urandom(8).hex()}.tmp")
    try:
        with aside.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        aside.unlink(missing_ok=True)
        raise
    crash.point("giving")
    aside.replace(target)
    crash.point("renamed")
    folder = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
