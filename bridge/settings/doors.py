"""Where a hub listens, and who may enter: its own web, its picture, the monitor."""

from typing import Literal

from pydantic import Field, SecretStr, model_validator

from bridge.settings.tables import Guarded, Table


class Http(Table):
    """Where this process listens."""

    host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=0, le=65535)


class Picture(Guarded):
    """``GET /picture.geojson``; without this table there is none, without a token only where [http] listens on this machine alone."""


class User(Table):
    """Who may enter the monitor."""

    name: str = Field(pattern=r"^[\w.@-]{1,64}$")
    password: str = Field(pattern=r"^\$argon2id\$")
    """Its hash, as ``regionbus passwd`` makes it."""
    role: Literal["viewer", "operator", "admin"] = "viewer"
    """A viewer looks; an operator also retries and drops what was set aside; an admin also edits it."""


class Monitor(Table):
    """The pages for operators; without this table there are none."""

    host: str = "127.0.0.1"
    port: int = Field(default=8090, ge=0, le=65535)
    login: bool = True
    """Off: whoever reaches the pages may look, and nobody may do anything."""
    secure: bool = False
    """On: the pages are behind HTTPS, and cookies travel nowhere else."""
    secret: SecretStr | None = None
    """Signs the sessions, so that they outlive a restart; left out: a new one at every start."""
    user: list[User] = []

    @model_validator(mode="after")
    def _passable(self) -> "Monitor":
        if self.login and not self.user:
            raise ValueError("nobody could enter: add a [[monitor.user]] (regionbus passwd makes the hash of a password), or set login = false")
        return self
