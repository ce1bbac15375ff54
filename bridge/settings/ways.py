"""The ways to and from agencies: inlets and outlets."""

import re
from pathlib import Path
from typing import Any, ClassVar

from pydantic import Field, SecretStr, field_validator, model_validator

from bridge.errors import ConfigError
from bridge.records import AckMode, Mode
from bridge.settings.agencies import Area
from bridge.settings.tables import Table

TOPIC = re.compile(r"[^+#\x00{}]+")
"""What may be published to, its places filled."""
PLACES = ("agency", "kind", "mode", "message_id")
"""What a topic may name of the message."""


class Link(Table):
    """A way to or from an agency: exactly one of folder, http and mqtt (in: or feed), and the format spoken there."""

    ways: ClassVar[tuple[str, ...]] = ("folder", "http", "mqtt")

    agency: str
    """Which agency it belongs to."""
    adapter: str
    """The format: one of ``regionbus adapters``, or the path of a .toml file."""
    name: str = ""
    """Of the link; left out: the agency and the format."""
    options: dict[str, Any] = {}
    """Of the adapter, such as zone, datum, encoding."""
    folder: Path | None = None
    """A drop folder."""
    http: str | None = None
    """In: the path to POST to. Out: the URL to POST to."""
    mqtt: str | None = None
    """The agency's own broker, such as mqtts://user:password@broker:8883."""
    topics: list[str] = []
    """In, with mqtt: what to subscribe to."""
    topic: str = ""
    """Out, with mqtt: what to publish to, such as region/{mode}/{kind}; it may name {agency}, {kind}, {mode} and {message_id}."""
    token: SecretStr | None = Field(default=None, min_length=1)
    """In: the bearer token that proves the agency. Out: the bearer token shown."""
    token_file: Path | None = None
    """The same, in a file."""

    @model_validator(mode="after")
    def _one_way(self) -> "Link":
        chosen = [way for way in self.ways if getattr(self, way) is not None]
        if len(chosen) != 1:
            wanted = f"{', '.join(self.ways[:-1])} and {self.ways[-1]}"
            raise ValueError(f"exactly one of {wanted} is wanted, found: {', '.join(chosen) or 'none'}")
        return self

    @property
    def title(self) -> str:
        """The link's name."""
        return self.name or f"{self.agency}-{Path(self.adapter).stem}"

    @property
    def secret(self) -> str | None:
        """The token."""
        if self.token_file is not None:
            if not (found := self.token_file.read_text("utf-8").strip()):
                raise ConfigError(f"{self.token_file}: there is no token in this file; an empty one would open the door to everybody")
            return found
        return self.token.get_secret_value() if self.token else None


class Snapshot(Table):
    """How a list of what is in force tells that something has ended."""

    polls: int = Field(default=3, ge=1)
    """After how many good lists without it."""
    empty: bool = False
    """On: an empty list says that nothing is in force. Off: it says nothing, and ends nothing."""


class Inlet(Link):
    """A way in."""

    ways: ClassVar[tuple[str, ...]] = (*Link.ways, "feed")

    feed: str | None = None
    """The URL of a page to ask for again and again."""
    every: float = Field(default=60, ge=1)
    """With feed: seconds between two polls."""
    snapshot: Snapshot | None = None
    """Each piece is the list of all that is in force (``true``, or a table): what it names no longer has ended."""
    mode: Mode = "Unknown"
    """What silence about the mode means; left out: silence is refused."""
    modes: list[Mode] = ["Actual", "Exercise", "Test"]
    """What may be taken here at all."""
    callback: str | None = None
    """An http:// or https:// address to which receipts are POSTed."""
    ack: AckMode | None = None
    """Which receipts the agency wants; left out: Delivered, and none in the bulk lane."""

    @field_validator("snapshot", mode="before")
    @classmethod
    def _default(cls, found: Any) -> Any:
        return (Snapshot() if found else None) if isinstance(found, bool) else found

    @model_validator(mode="after")
    def _asked(self) -> "Inlet":
        if self.feed is not None and not self.feed.startswith(("http://", "https://")):
            raise ValueError("a feed begins with http:// or https://")
        if self.mqtt is not None and not self.topics:
            raise ValueError("with mqtt, topics is wanted: what to subscribe to")
        return self


class Outlet(Link):
    """A way out. An empty list passes nothing, ``*`` everything."""

    agencies: list[str] = []
    """Whose messages."""
    kinds: list[str] = []
    """Which kinds."""
    modes: list[Mode] = ["Actual"]
    """In which modes."""
    keywords: list[str] = []
    """Of what is addressed to nobody, only what carries one of these; left out: all."""
    area: Area | None = None
    """Of what is addressed to nobody, only what concerns this area; left out: the agency's."""

    @model_validator(mode="after")
    def _published(self) -> "Outlet":
        try:
            filled = self.topic.format_map(dict.fromkeys(PLACES, "x"))
        except (KeyError, ValueError, IndexError, AttributeError):
            raise ValueError(f"a topic may name {', '.join(f'{{{place}}}' for place in PLACES)} and nothing else: {self.topic}") from None
        if self.mqtt is not None and not TOPIC.fullmatch(filled):
            raise ValueError(f"with mqtt, topic is wanted: what to publish to, without + and #; found '{self.topic}'")
        return self
