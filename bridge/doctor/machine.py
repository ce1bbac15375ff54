"""The machine below a hub: room, rights, and whether what is written stays."""

import os
import resource
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path

import httpx

from bridge.doctor.check import Check, Details, judged
from bridge.settings import Settings

FREE = 1 << 30
INODES = 10_000
FILES = 1024
MEMORY = 256 << 20
VOLATILE = frozenset({"ramfs", "tmpfs"})
REMOTE = frozenset({"9p", "ceph", "cifs", "fuse.glusterfs", "fuse.sshfs", "nfs", "nfs4", "smb3"})
"""SQLite's locks and syncs cannot be relied on there."""


def examine(found: Settings) -> Iterator[Check]:
    """Every check of the machine."""
    home = ledger_folder(found)
    free, inodes = shutil.disk_usage(home).free, os.statvfs(home)
    yield from judged("disk", [{"free": free >> 20, "folder": home}] if free < FREE else [])
    few = inodes.f_files and inodes.f_favail < INODES  # some file systems do not count them
    yield from judged("inodes", [{"free": inodes.f_favail, "folder": home}] if few else [])
    kind = file_system(home.resolve(), Path("/proc/self/mountinfo").read_text("utf-8"))
    yield from judged("durable", [{"folder": home, "kind": kind}] if kind in VOLATILE | REMOTE else [])
    files = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    yield from judged("files", [{"limit": files}] if files < FILES else [])
    memory = available(Path("/proc/meminfo").read_text("utf-8"))
    yield from judged("memory", [{"free": memory >> 20}] if memory < MEMORY else [])
    yield from judged("root", [{}] if os.geteuid() == 0 else [], note=True)
    yield from judged("port", port(found))


def ledger_folder(found: Settings) -> Path:
    """Where the ledger lies, or with Redis the side ledger."""
    kind, _, path = found.ledger.partition(":///")
    wanted = Path(path) if kind == "sqlite" else (found.side or Path("side")).absolute()
    return next(place for place in wanted.parents if place.exists())


def file_system(folder: Path, mounts: str) -> str:
    """The type of file system that a folder lies on, by proc_pid_mountinfo(5)."""
    points = {}
    for line in mounts.splitlines():
        left, _, right = line.partition(" - ")
        points[Path(left.split(" ")[4].replace("\\040", " "))] = right.split(" ")[0]
    return next((points[place] for place in (folder, *folder.parents) if place in points), "")


def available(words: str) -> int:
    """Bytes of memory that can be had, by proc_meminfo(5)."""
    line = next(line for line in words.splitlines() if line.startswith("MemAvailable:"))
    return int(line.split()[1]) << 10


def port(found: Settings) -> Iterator[Details]:
    """Whether we can listen, or a hub listens there already."""
    if not any(link.http for link in found.inlet) and "http" not in found.model_fields_set:
        return
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((found.http.host, found.http.port))
        except OSError as error:
            if not is_hub(found):
                yield {"where": f"{found.http.host}:{found.http.port}", "reason": error.strerror}


def is_hub(found: Settings) -> bool:
    """Whether a hub answers at our address: it is the one that is looked at, at work."""
    try:
        health = httpx.get(f"http://{found.http.host}:{found.http.port}/health/live", timeout=2, trust_env=False).json()
    except (httpx.HTTPError, ValueError):
        return False
    return isinstance(health, dict) and "alive" in health
