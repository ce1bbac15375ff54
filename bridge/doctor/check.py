"""What a check says: its name, and for each flaw the sentence of the catalogue that names it and what to do."""

from collections.abc import Iterable, Iterator, Mapping
from ipaddress import ip_address
from pathlib import Path
from typing import NamedTuple

from bridge.texts import catalogue, text

Details = Mapping[str, object]
OTHERS = 0o077
"""The rights that nobody but the owner should have."""


class Check(NamedTuple):
    """What was looked at; a flaw's code names its sentence in the catalogue."""

    name: str
    flaw: str = ""
    details: Details = {}  # noqa: RUF012  a tuple's default is never changed
    note: bool = False
    """It works; but who runs it in earnest should change it."""

    @property
    def state(self) -> str:
        """``good``, ``note`` or ``wrong``."""
        return "good" if not self.flaw else "note" if self.note else "wrong"

    @property
    def sentence(self) -> str:
        """What is wrong and what to do."""
        return text(self.flaw, None, **self.details) if self.flaw else ""


def judged(name: str, flaws: Iterable[Details], *, note: bool = False) -> Iterator[Check]:
    """One check for each flaw, told by ``fix-name``; without any, one that is good."""
    found = [Check(name, f"fix-{name}", details, note=note) for details in flaws]
    yield from found or [Check(name)]


def names() -> list[str]:
    """Every check that there is."""
    return [code.removeprefix("check-") for code in catalogue() if code.startswith("check-")]


def is_here(host: str | None) -> bool:
    """Whether a host is this machine's loopback."""
    try:
        return ip_address(host or "").is_loopback
    except ValueError:
        return host == "localhost"


def is_open(path: Path, rights: int = OTHERS) -> bool:
    """Whether a file grants others these rights; one that is not there grants nothing."""
    return path.is_file() and bool(path.stat().st_mode & rights)
