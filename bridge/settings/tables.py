"""What the tables of the file have alike."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from bridge import topics
from bridge.errors import ConfigError

NAME = f"^{topics.LEVEL.pattern}$"
Level = Field(pattern=NAME)


class Table(BaseModel):
    """A table of the file."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Guarded(Table):
    """What a bearer token opens."""

    token: SecretStr | None = Field(default=None, min_length=1)
    """The bearer token that is wanted."""
    token_file: Path | None = None
    """The same, in a file."""

    @property
    def secret(self) -> str | None:
        """The token; ``ConfigError`` if its file holds none."""
        if self.token_file is None:
            return self.token.get_secret_value() if self.token else None
        try:
            found = self.token_file.read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(f"token_file {self.token_file}: {error}") from None
        if not found:
            raise ConfigError(f"token_file {self.token_file} is empty")
        return found


class Tls(Table):
    """For brokers with mqtts://."""

    ca: str | None = None
    """File of the authority that vouches for the broker; left out: the system's."""
    certificate: str | None = None
    """Our own certificate."""
    key: str | None = None
    """Its key."""
