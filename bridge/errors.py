"""Errors say what happens next: stop, ask the sender, ask us, or wait (DESIGN section 4)."""

from collections.abc import Mapping
from typing import ClassVar

from pydantic import BaseModel, ConfigDict

from bridge.texts import text


class RegionbusError(Exception):
    """Anything regionbus raises on purpose."""


class ConfigError(RegionbusError):
    """The settings cannot be used: stop at the start. The message names file, line and remedy."""


class Unavailable(RegionbusError):
    """The other side is away: keep the message, wait, try again. Never counts as an attempt."""

    def __init__(self, reason: str, retry_after: float | None = None) -> None:
        """``retry_after`` is in seconds, when the other side named a time."""
        super().__init__(reason)
        self.retry_after = retry_after


class Verdict(BaseModel):
    """Why something was refused and whose turn it is, ready to be stored and shown."""

    model_config = ConfigDict(frozen=True)

    error: str
    code: str
    at: str = ""
    en: str
    zh: str

    @property
    def turn(self) -> str:
        """Whose turn it is: ``sender``, ``format`` (this format cannot say it) or ``us``."""
        return TURNS[self.error]

    def __str__(self) -> str:
        """The English sentence."""
        return self.en


class Rejected(RegionbusError):
    """One message is refused: set it aside and go on with the next.

    ``code`` names an entry of the catalogue ``bridge/texts.toml`` (or is itself the sentence, for a partner's own
    adapters), ``at`` the place in the native message or the shared record, ``details`` fill the sentence.
    """

    turn: ClassVar[str]

    def __init__(self, code: str, at: str = "", **details: object) -> None:
        """Nothing is formatted before somebody reads it: refusing must stay cheap."""
        super().__init__(code, at, details)
        self.code, self.at, self.details = code, at, details

    @property
    def verdict(self) -> Verdict:
        """What is stored, shown and sent back."""
        shown: Mapping[str, object] = {"at": self.at or "-", **self.details}
        return Verdict(
            error=type(self).__name__,
            code=self.code,
            at=self.at,
            en=text(self.code, "en", **shown),
            zh=text(self.code, "zh", **shown),
        )

    def __str__(self) -> str:
        """The English sentence."""
        return self.verdict.en


class Malformed(Rejected):
    """The bytes are not what the format says: ask the sender."""

    turn = "sender"


class Invalid(Rejected):
    """Well-formed, but what it says cannot be: ask the sender."""

    turn = "sender"


class Unsupported(Rejected):
    """The target format cannot say this: nothing to repair, choose another format for this kind."""

    turn = "format"


class AdapterFault(Rejected):
    """The adapter broke its own promise: ask its author."""

    turn = "us"


TURNS = {error.__name__: error.turn for error in (Malformed, Invalid, Unsupported, AdapterFault)}
