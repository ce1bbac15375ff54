"""The settings of a hub: one TOML file, the environment above it; a wrong word names its line and the nearest right one."""

import re
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, get_args
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, SettingsError

from bridge import geo, topics
from bridge.errors import ConfigError, Malformed
from bridge.kinds import CLASSES, NATION
from bridge.records import AckMode, Mode
from bridge.toml import Place, Toml, nearest

NAME = f"^{topics.LEVEL.pattern}$"
Level = Field(pattern=NAME)
TOPIC = re.compile(r"[^+#\x00{}]+")
"""What may be published to, its places filled."""
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
PLACES = ("agency", "kind", "mode", "message_id")
"""What a topic may name of the message."""
SECRET = re.compile(r"\{file:([^{}]+)\}")
"""In the address of a broker or of the ledger: a password that stands in a file."""


class Table(BaseModel):
    """A table of the file."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Area(Table):
    """Where something must happen to concern an agency: in a polygon, circle or division, or near it; what names no place always does."""

    polygons: list[str] = []
    """Such as "30.5,120.3 31.1,120.3 31.1,121.3 30.5,120.3": latitude,longitude of the corners, as in CAP."""
    circles: list[str] = []
    """Such as "30.75,120.75 40": latitude,longitude and the radius in km, as in CAP."""
    divisions: list[Annotated[str, Field(pattern=r"^(\d{6}|\d{9}|\d{12})$")]] = []
    """GB/T 2260 codes, such as 330400: all below, and all that these are part of."""
    within: float = Field(default=0, ge=0, le=1_000_000, allow_inf_nan=False)
    """Metres around polygons and circles that are near enough."""

    @model_validator(mode="after")
    def _drawn(self) -> "Area":
        if not (self.polygons or self.circles or self.divisions):
            raise ValueError("an area wants polygons, circles or divisions")
        try:
            outlines = [geo.ring(polygon, "polygons") for polygon in self.polygons]
            for circle in self.circles:
                geo.circle(circle, "circles")
        except Malformed as error:
            raise ValueError(str(error)) from None
        if any(len(set(outline)) < 3 for outline in outlines):
            raise ValueError("a polygon wants three corners or more")
        return self


class Agency(Table):
    """An organisation that is attached to this hub."""

    id: str = Level
    """Such as cn-jiaxing-fire."""
    name: str = ""
    """As operators know it."""
    contact: str = ""
    """Whom to call about it, for operators, such as a telephone number."""
    division: str = Field(default=NATION, pattern=r"^\d{2}/\d{6}$")
    """Province and division (GB/T 2260), such as 33/330400: for records that name no place."""
    groups: list[Annotated[str, Level]] = []
    """Names under which several agencies are addressed, such as delta-fire; each has an inbox of its own."""
    roles: list[str] = []
    """What it is, as senders call it, such as fire."""
    area: Area | None = None
    """Whose incidents concern it; left out: all."""


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


class Relay(Table):
    """A neighbouring hub whose bus is read. Empty lists pull nothing, ``*`` everything."""

    hub: str = Level
    """Such as cn-shanghai."""
    bus: str
    """Its broker, with the account that we have there: it may read, and publish what we ask for."""
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


class Peer(Guarded):
    """A neighbouring hub that may ask us for what it has missed, with a token also for ``GET /snapshot``. Empty lists grant nothing, ``*`` everything."""

    hub: str = Level
    agencies: list[str] = []
    """Whose records."""
    modes: list[Mode] = ["Actual"]
    inboxes: list[str] = []
    """For which agencies it may have what is addressed to them: those that are attached to it."""


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


class Tls(Table):
    """For brokers with mqtts://."""

    ca: str | None = None
    """File of the authority that vouches for the broker; left out: the system's."""
    certificate: str | None = None
    """Our own certificate."""
    key: str | None = None
    """Its key."""


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


def load(path: Path, *, secrets: bool = True) -> Settings:
    """The settings in a file; ``ConfigError`` says what is wrong, on which line, and what was probably meant. ``secrets``: passwords are read from their files."""
    toml = Toml(path)
    try:
        settings = Settings(**toml.content)
    except ValidationError as error:
        raise _wrong(toml, error) from None
    except SettingsError as error:
        raise ConfigError(f"the environment: {error}") from None
    _check(settings, toml)
    _check_neighbours(settings, toml)
    _check_picture(settings, toml)
    found = settings.model_copy(update=_resolved(settings, path.parent))
    return found.model_copy(update=_opened(found, path.parent)) if secrets else found


def _check(settings: Settings, toml: Toml) -> None:
    """What no single table can know: names that stand twice, and names of what is not there."""
    agencies, titles = [agency.id for agency in settings.agency], [link.title for _, link in _links(settings)]
    for index, agency in enumerate(agencies):
        if agency in agencies[:index]:
            raise toml.wrong(("agency", index), f"there are two agencies '{agency}'")
        for group in settings.agency[index].groups:
            if group in agencies:
                raise toml.wrong(("agency", index, "groups"), f"'{group}' is an agency: a group needs a name of its own")
    for place, link in _links(settings):
        if link.agency not in agencies:
            raise toml.wrong((*place, "agency"), f"there is no agency '{link.agency}'; {nearest(link.agency, agencies)}")
        if titles.count(link.title) > 1:
            raise toml.wrong(place, f"two links are called '{link.title}': give one a name of its own")
        for kind in getattr(link, "kinds", ()):
            if kind not in CLASSES and kind != "*":
                raise toml.wrong((*place, "kinds"), f"there is no kind '{kind}'; {nearest(kind, CLASSES)}")


def _check_neighbours(settings: Settings, toml: Toml) -> None:
    """Each once, and nobody is his own."""
    for name in ("relay", "peer"):
        hubs = [settings.hub, *(each.hub for each in getattr(settings, name))]
        for index, hub in enumerate(hubs[1:]):
            if hub in hubs[: index + 1]:
                raise toml.wrong((name, index, "hub"), f"'{hub}' is this hub itself, or stands there twice")


def _check_picture(settings: Settings, toml: Toml) -> None:
    """Nobody beyond this machine sees the picture without a token."""
    picture = settings.picture
    if picture and picture.token is None and picture.token_file is None and settings.http.host not in LOOPBACK:
        raise toml.wrong(("picture",), f"a token is wanted: [http] listens on {settings.http.host}")


def _links(settings: Settings) -> list[tuple[Place, Link]]:
    return [(("inlet", i), link) for i, link in enumerate(settings.inlet)] + [(("outlet", i), link) for i, link in enumerate(settings.outlet)]


def _resolved(settings: Settings, home: Path) -> dict[str, Any]:
    """Paths are relative to the file that names them."""

    def placed(link: Any) -> Any:
        adapter = str(home / link.adapter) if link.adapter.endswith(".toml") else link.adapter
        paths = {name: home / path for name in ("folder", "token_file") if (path := getattr(link, name)) is not None}
        return link.model_copy(update={**paths, "adapter": adapter})

    def guarded(table: Any) -> Any:
        return table.model_copy(update={"token_file": home / table.token_file}) if table and table.token_file else table

    return {
        "inlet": [placed(link) for link in settings.inlet],
        "outlet": [placed(link) for link in settings.outlet],
        "peer": [guarded(peer) for peer in settings.peer],
        "picture": guarded(settings.picture),
        "adapters": [home / folder for folder in settings.adapters],
        "ledger": _ledger(settings.ledger, home),
        "side": settings.side and home / settings.side,
        "tls": settings.tls.model_copy(update={name: str(home / path) for name, path in settings.tls.model_dump().items() if path}),
    }


def _opened(settings: Settings, home: Path) -> dict[str, Any]:
    """Addresses of brokers and of the ledger with the passwords that stand in files."""

    def read(place: re.Match[str]) -> str:
        file = home / place[1]
        try:
            return quote(file.read_text("utf-8").strip(), safe="")
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(f"the password in {file}, which an address names, cannot be read: {getattr(error, 'strerror', error)}") from None

    def full(each: Any, name: str) -> Any:
        url = getattr(each, name)
        return each if url is None else each.model_copy(update={name: SECRET.sub(read, url)})

    own = full(full(settings, "bus"), "ledger")
    relays = [full(relay, "bus") for relay in settings.relay]
    inlets, outlets = ([full(link, "mqtt") for link in links] for links in (settings.inlet, settings.outlet))
    return {"bus": own.bus, "ledger": own.ledger, "relay": relays, "inlet": inlets, "outlet": outlets}


def _ledger(url: str, home: Path) -> str:
    kind, _, rest = url.partition(":///")
    return f"{kind}:///{home.resolve() / rest}" if kind == "sqlite" else url


def _wrong(toml: Toml, error: ValidationError) -> ConfigError:
    flaws = error.errors(include_url=False)
    flaw = next((each for each in flaws if each["type"] == "extra_forbidden"), flaws[0])  # a misspelt word explains a missing one
    place: Place = tuple(flaw["loc"])
    if flaw["type"] != "extra_forbidden":
        return toml.wrong(place, flaw["msg"].removeprefix("Value error, "))
    return toml.wrong(place, f"there is no such setting; {nearest(str(place[-1]), _known(place[:-1]))}")


def _known(place: Place) -> list[str]:
    """The right words at a place."""
    model: Any = Settings
    for step in place:
        if isinstance(step, str) and step in model.model_fields:
            annotation = model.model_fields[step].annotation
            model = (get_args(annotation) or (annotation,))[0]
    return list(model.model_fields)
