"""The MQTT broker as the bridge sees it (DESIGN sections 2, 6 and 7)."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol


class Publication(NamedTuple):
    """What is to be published, QoS 1."""

    topic: str
    data: bytes
    retain: bool = False
    properties: tuple[tuple[str, str], ...] = ()
    """User properties, where the protocol has them; correctness never depends on them."""


class Delivery(NamedTuple):
    """What came, and under which number of which connection it must be acknowledged."""

    topic: str
    data: bytes
    retained: bool
    number: int
    connection: int
    again: bool = False
    """The broker says that it may have sent this before."""
    told: Sequence[tuple[str, str]] = ()
    """User properties."""


class Bus(Protocol):
    """One connection with a session of its own."""

    async def publish(self, batch: Sequence[Publication]) -> list[str | None]:
        """Hands over in order; for each one nothing if the broker has acknowledged it, else why not. Never raises for one of them.

        Raises ``Unavailable`` if the connection was lost before all were answered.
        """
        ...

    async def deliveries(self) -> list[Delivery]:
        """What has come since; waits for at least one."""
        ...

    def acknowledge(self, batch: Sequence[Delivery]) -> None:
        """Tells the broker that it may forget these, in the order of arrival; those of a lost connection are passed over."""
        ...

    async def close(self) -> None:
        """Lets go of the connection, not of the session."""
        ...
