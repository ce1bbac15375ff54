"""What settings say that can be written and cannot be meant: nothing outside is touched but the secrets' files."""

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import urlsplit

from bridge.adapter import Adapter
from bridge.bus.mqtt import SESSION
from bridge.doctor.check import Check, Details, is_here, is_open, judged
from bridge.errors import ConfigError
from bridge.kinds import KINDS, NATION
from bridge.settings import Inlet, Link, Outlet, Settings

DAY = 24 * 3600


def examine(found: Settings, adapters: Mapping[str, Adapter], file: Path) -> Iterator[Check]:
    """Every check of settings that have loaded; ``file``: where they stand."""
    yield from judged("outlet-passes", ({"link": out.title} for out in found.outlet if not (out.agencies and out.kinds and out.modes)))
    yield from judged("outlet-writes", speechless(found, adapters))
    yield from judged("inlet-modes", modeless(found))
    yield from judged("inlet-paths", lost_paths(found))
    yield from judged("agency-linked", unlinked(found), note=True)
    yield from judged("agency-division", placeless(found), note=True)
    yield from judged("token", tokenless(found))
    yield from judged("token-private", ({"link": link.title, "path": link.token_file} for link in links(found) if told(link)), note=True)
    yield from judged("door", doors(found))
    yield from judged("plain", plain(found), note=True)
    yield from judged("settings-private", [{"path": file}] if is_open(file, 0o004) and holds_secrets(found) else [], note=True)
    short = found.remember_days * DAY < SESSION
    yield from judged("retention", [{"days": found.remember_days, "session": SESSION // DAY}] if short else [], note=True)


def links(found: Settings) -> tuple[Inlet | Outlet, ...]:
    """All of them."""
    return (*found.inlet, *found.outlet)


def speechless(found: Settings, adapters: Mapping[str, Adapter]) -> Iterator[Details]:
    """Outlets whose format can say nothing of what they pass."""
    for out in found.outlet:
        adapter = adapters[out.title]
        kinds = {KINDS[cls] for cls in adapter.records} if adapter.writes else set()
        if out.kinds and not kinds & (kinds if "*" in out.kinds else set(out.kinds)):
            yield {"link": out.title, "adapter": adapter.name, "kinds": ", ".join(out.kinds)}


def modeless(found: Settings) -> Iterator[Details]:
    """Inlets that refuse their own default."""
    for way in found.inlet:
        if not way.modes or (way.mode != "Unknown" and way.mode not in way.modes):
            yield {"link": way.title, "mode": way.mode, "modes": ", ".join(way.modes)}


def lost_paths(found: Settings) -> Iterator[Details]:
    """HTTP paths that are never reached."""
    paths = Counter(way.http.rstrip("/") for way in found.inlet if way.http is not None)
    for path, count in paths.items():
        if count > 1 or not path.startswith("/") or path.startswith("/health/"):
            yield {"path": path}


def unlinked(found: Settings) -> Iterator[Details]:
    """Agencies that neither speak nor hear."""
    linked = {link.agency for link in links(found)}
    yield from ({"agency": agency.id} for agency in found.agency if agency.id not in linked)


def placeless(found: Settings) -> Iterator[Details]:
    """Agencies that speak and whose place nobody has said."""
    speaking = {way.agency for way in found.inlet}
    yield from ({"agency": agency.id, "division": NATION} for agency in found.agency if agency.id in speaking and agency.division == NATION)


def tokenless(found: Settings) -> Iterator[Details]:
    """Links whose token is none: an empty one proves nothing."""
    for link in links(found):
        if (link.token is not None or link.token_file is not None) and not secret(link):
            yield {"link": link.title, "path": link.token_file or "token"}


def secret(link: Link) -> str | None:
    """The token, if it can be had."""
    try:
        return link.secret
    except (OSError, UnicodeDecodeError, ConfigError):
        return None


def told(link: Link) -> bool:
    """Whether others can read its token."""
    return link.token_file is not None and is_open(link.token_file)


def doors(found: Settings) -> Iterator[Details]:
    """Ways in that whoever reaches this machine may use."""
    if not is_here(found.http.host):
        yield from (
            {"link": way.title, "host": found.http.host}
            for way in found.inlet
            if way.http is not None and way.token is None and way.token_file is None
        )


def plain(found: Settings) -> Iterator[Details]:
    """Words and passwords that travel in clear beyond this machine."""
    urls = [("bus", found.bus), ("ledger", found.ledger), *((link.title, link.mqtt or "") for link in links(found))]
    urls += [
        (link.title, url)
        for link in links(found)
        if secret(link)
        for url in (link.http, getattr(link, "callback", None), getattr(link, "feed", None))
        if url
    ]
    for name, url in urls:
        parts = urlsplit(url)
        if parts.scheme in {"mqtt", "redis", "redis+sentinel", "redis+cluster", "http"} and not is_here(parts.hostname):
            yield {"link": name, "where": parts.hostname, "scheme": parts.scheme}


def holds_secrets(found: Settings) -> bool:
    """Whether a password or token stands in the settings themselves."""
    urls = [found.bus, found.ledger, *(link.mqtt or "" for link in links(found))]
    return any(link.token is not None for link in links(found)) or any(urlsplit(url).password for url in urls)
