"""The hubs around: whose bus is read, and who may ask us."""

from typing import Literal

from bridge.records import Mode
from bridge.settings.tables import Guarded, Level, Table, Tls


class Relay(Table):
    """A neighbouring hub whose bus is read. Empty lists pull nothing, ``*`` everything."""

    hub: str = Level
    """Such as cn-shanghai."""
    bus: str
    """Its broker, with the account that we have there: it may read, and publish what we ask for."""
    tls: Tls | None = None
    """Which authority vouches for its broker, and what we show there; left out: those of [tls]."""
    agencies: list[str] = []
    """Whose records."""
    modes: list[Mode] = ["Actual"]
    """In which modes; what is addressed to our agencies comes in every mode, and is withheld from those who do not take it."""
    inboxes: list[str] = []
    """Further agencies for which addressed messages are taken along, besides our own."""
    transit: bool = False
    """Also what that hub itself has from others."""
    join: Literal["replay", "snapshot"] = "replay"
    """What is fetched at the first contact: all that the neighbour's journal holds, or the newest of every subject only."""


class Peer(Guarded):
    """A neighbouring hub that may ask us for what it has missed, with a token also for ``GET /snapshot``. Empty lists grant nothing, ``*`` everything."""

    hub: str = Level
    agencies: list[str] = []
    """Whose records."""
    modes: list[Mode] = ["Actual"]
    inboxes: list[str] = []
    """For which agencies it may have what is addressed to them: those that are attached to it."""
