"""Everything that a hub needs to know, in one model: the file, and the environment above it."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from bridge.settings.agencies import Agency
from bridge.settings.doors import Http, Monitor, Picture
from bridge.settings.neighbours import Peer, Relay
from bridge.settings.tables import NAME, Level, Tls
from bridge.settings.ways import Inlet, Outlet


class Settings(BaseSettings):
    """Everything a hub needs to know."""

    model_config = SettingsConfigDict(extra="forbid", frozen=True, env_prefix="REGIONBUS_", env_nested_delimiter="__")

    hub: str = Level
    """Such as cn-jiaxing."""
    process: str = Field(default="1", pattern=NAME)
    """Tells several processes of one hub apart."""
    bus: str = "embedded:"
    """mqtt://host:1883, mqtts://user:{file:secrets/bus}@host:8883 with the password in a file, or ``embedded:`` for trials; with {client} as the user
    every connection has an account of its own."""
    tls: Tls = Tls()
    ledger: str = "sqlite:///regionbus.db"
    """sqlite:///file, relative to the settings, or sqlite:////absolute/file; redis://host:6379/0 for several processes, redis+sentinel://…, redis+cluster://…"""
    side: Path | None = None
    """With Redis: the file through which the urgent lane goes on while Redis is away; left out: {hub}-{process}-side.db in the working folder."""
    remember_days: float = Field(default=7, gt=0)
    """How long a message is known again and can be replayed; also parts of a day."""
    heads_seconds: int = Field(default=15, ge=1, le=60)
    """How often what the broker forgot is offered again."""
    adapters: list[Path] = []
    """Folders of your own .toml adapters."""
    http: Http = Http()
    monitor: Monitor | None = None
    picture: Picture | None = None
    agency: list[Agency] = []
    inlet: list[Inlet] = []
    outlet: list[Outlet] = []
    relay: list[Relay] = []
    peer: list[Peer] = []

    def tls_of(self, relay: Relay) -> Tls:
        """What is shown to a neighbour's broker, and who vouches for that."""
        return relay.tls or self.tls

    @property
    def addresses(self) -> list[str]:
        """Whose inboxes this hub empties: its own agencies' and their groups'."""
        return list(dict.fromkeys(name for agency in self.agency for name in (agency.id, *agency.groups)))

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment above the file."""
        return env_settings, init_settings
