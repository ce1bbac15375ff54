"""What settings name, made: ledger, adapters, ports, and what links are told."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from pydantic import ValidationError

from bridge import registry
from bridge.adapter import Adapter
from bridge.agreements import Grant
from bridge.bus.mqtt import address
from bridge.envelope import Terms
from bridge.errors import ConfigError
from bridge.ledger import Ledger
from bridge.ledger.redis_where import SCHEMES
from bridge.ledger.side import Sided
from bridge.ledger.sqlite import Sqlite
from bridge.ports import Port
from bridge.ports.feed import Feed
from bridge.ports.folder import Folder
from bridge.ports.http import HttpIn, HttpOut, Receipts
from bridge.ports.mqtt import Mqtt
from bridge.settings import Agency, Inlet, Link, Outlet, Settings


def ledger_of(settings: Settings, clock: Callable[[], datetime]) -> Ledger:
    """The ledger that a URL names."""
    kind, _, path = settings.ledger.partition(":///")
    if kind == "sqlite" and path:
        try:
            Path(path).parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ConfigError(f"ledger {path}: {error.strerror}") from None
        return Sqlite(path, settings.hub, clock)
    if settings.ledger.partition("://")[0] in SCHEMES:
        memory = timedelta(days=settings.remember_days)
        side = settings.side or Path(f"{settings.hub}-{settings.process}-side.db")
        return Sided(side, settings.ledger, settings.hub, clock, process=settings.process, memory=memory)
    raise ConfigError(f"'{settings.ledger}' is no ledger such as sqlite:///regionbus.db or redis://localhost:6379/0")


def adapter_of(link: Link, folders: list[Path]) -> Adapter:
    """The adapter of a link, with its options."""
    cls = registry.load(link.adapter, folders)
    try:
        return cls.model_validate({"agency": link.agency, **link.options})
    except ValidationError as error:
        flaw = error.errors(include_url=False)[0]
        raise ConfigError(f"link '{link.title}', option {'.'.join(map(str, flaw['loc']))}: {flaw['msg']}") from None


def agency_of(link: Link, settings: Settings) -> Agency:
    """To whom a link belongs."""
    return next(agency for agency in settings.agency if agency.id == link.agency)


def terms_of(link: Inlet, agency: Agency) -> Terms:
    """What an inlet's settings say for all it takes."""
    return Terms(agency=agency.id, mode=link.mode, modes=tuple(link.modes), division=agency.division, ack=link.ack, format=Path(link.adapter).stem)


def grant(link: Outlet, agency: Agency) -> Grant:
    """What an outlet may have; ``ConfigError`` if its area is no area."""
    may = (frozenset(link.agencies), frozenset(link.kinds), frozenset(link.modes))
    found = Grant(link.title, link.agency, *may, frozenset(agency.groups), frozenset(agency.roles), frozenset(link.keywords))
    if (area := link.area or agency.area) is None:
        return found
    from bridge.area import Territory  # noqa: PLC0415  only a hub whose agencies have areas pays for shapely

    return found._replace(area=Territory.of(area.polygons, area.circles, area.divisions, area.within))


def port_in(link: Inlet, settings: Settings, receipts: Receipts) -> Port:
    """An inlet's port; ``receipts`` are what a message of the agency's has come to."""
    if link.folder is not None:
        return Folder(link.folder)
    if link.http is not None:
        return HttpIn(link.http, link.secret, receipts)
    if link.feed is not None:
        return Feed(link.title, link.feed, every=link.every, token=link.secret, always=link.snapshot is not None)
    return mqtt(link, settings, filters=link.topics)


def port_out(link: Outlet, settings: Settings) -> Port:
    """An outlet's port."""
    if link.folder is not None:
        return Folder(link.folder)
    if link.http is not None:
        return HttpOut(link.http, headers={"Authorization": f"Bearer {link.secret}"} if link.secret else None)
    return mqtt(link, settings, topic=link.topic)


def mqtt(link: Link, settings: Settings, *, filters: list[str] | None = None, topic: str = "") -> Mqtt:
    """A connection to an agency's own broker."""
    where = address(link.mqtt or "", **settings.tls.model_dump())
    return Mqtt(where, f"{settings.hub}-{settings.process}-{link.title}", filters=filters or [], topic=topic)
