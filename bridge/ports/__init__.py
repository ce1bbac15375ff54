"""The ways to reach a system, and nothing else: any adapter goes with any port (DESIGN section 1)."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

from bridge.errors import Verdict


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a piece: what the source gets as its receipt."""

    messages: tuple[tuple[str, str], ...] = ()
    """Message id and state: accepted, repeated, superseded."""
    refused: tuple[Verdict, ...] = ()
    """Parts that were refused; without messages the whole."""
    later: str = ""
    """Not now, and why: nothing was kept."""

    def document(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "messages": [{"message_id": message_id, "state": state} for message_id, state in self.messages],
            "refused": [verdict.model_dump() for verdict in self.refused],
        }


@dataclass(frozen=True, slots=True)
class Taken:
    """One piece from a source."""

    data: bytes
    key: str
    """Under which the piece is known again when it comes twice."""
    done: Callable[[Answer], Awaitable[None]] = field(compare=False)
    """Gives the source its receipt; called once the ledger holds the piece, or cannot."""
    fresh: bool = False
    """The source itself says that this is no repetition."""
    traceparent: str | None = None
    """The trace context that the source states (W3C)."""


class Given(NamedTuple):
    """One message for a recipient, in its own format."""

    data: bytes
    message_id: str
    kind: str
    media_type: str
    agency: str = ""
    """Who says it."""
    mode: str = ""
    """Of a topic: actual, exercise, test."""
    traceparent: str | None = None
    """The trace context that it came with."""


class Port(Protocol):
    """A way in, out, or both."""

    width: int
    """How many may be given, or told of, at once."""
    tells: bool
    """Whether ``tell`` reaches the author."""

    async def take(self) -> list[Taken]:
        """What has come; waits for at least one piece."""
        ...

    async def give(self, given: Given) -> None:
        """Hands over, durably. Giving twice overwrites itself or carries the same id.

        Raises ``Unavailable`` to be asked again, ``Rejected`` if the other side does not want this one.
        """
        ...

    async def tell(self, message_id: str, receipts: list[dict[str, Any]]) -> None:
        """Hands the author all receipts that there are for one of its messages."""
        ...

    async def close(self) -> None:
        """Lets go."""
        ...
