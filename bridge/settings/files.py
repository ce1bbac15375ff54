"""What settings name by files: paths beside the file that names them, and passwords that stand in files of their own."""

import re
from pathlib import Path
from typing import Any
from urllib.parse import quote

from bridge.errors import ConfigError
from bridge.settings.hub import Settings
from bridge.settings.tables import Tls

SECRET = re.compile(r"\{file:([^{}]+)\}")
"""In the address of a broker or of the ledger: a password that stands in a file."""


def resolved(settings: Settings, home: Path) -> dict[str, Any]:
    """Paths are relative to the file that names them."""

    def placed(link: Any) -> Any:
        adapter = str(home / link.adapter) if link.adapter.endswith(".toml") else link.adapter
        paths = {name: home / path for name in ("folder", "token_file") if (path := getattr(link, name)) is not None}
        return link.model_copy(update={**paths, "adapter": adapter})

    def guarded(table: Any) -> Any:
        return table.model_copy(update={"token_file": home / table.token_file}) if table and table.token_file else table

    def papers(tls: Tls) -> Tls:
        return tls.model_copy(update={name: str(home / path) for name, path in tls.model_dump().items() if path})

    return {
        "inlet": [placed(link) for link in settings.inlet],
        "outlet": [placed(link) for link in settings.outlet],
        "peer": [guarded(peer) for peer in settings.peer],
        "picture": guarded(settings.picture),
        "adapters": [home / folder for folder in settings.adapters],
        "ledger": _ledger(settings.ledger, home),
        "side": settings.side and home / settings.side,
        "relay": [relay.model_copy(update={"tls": relay.tls and papers(relay.tls)}) for relay in settings.relay],
        "tls": papers(settings.tls),
    }


def opened(settings: Settings, home: Path) -> dict[str, Any]:
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
