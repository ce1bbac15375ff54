"""What no single table can know: each check raises ``ConfigError`` with the line."""

from bridge.kinds import CLASSES
from bridge.settings.hub import Settings
from bridge.settings.ways import Link
from bridge.toml import Place, Toml, nearest

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


def names(settings: Settings, toml: Toml) -> None:
    """Names that stand twice, and names of what is not there."""
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


def neighbours(settings: Settings, toml: Toml) -> None:
    """Each once, and nobody is his own."""
    for name in ("relay", "peer"):
        hubs = [settings.hub, *(each.hub for each in getattr(settings, name))]
        for index, hub in enumerate(hubs[1:]):
            if hub in hubs[: index + 1]:
                raise toml.wrong((name, index, "hub"), f"'{hub}' is this hub itself, or stands there twice")


def picture(settings: Settings, toml: Toml) -> None:
    """Nobody beyond this machine sees the picture without a token."""
    found = settings.picture
    if found and found.token is None and found.token_file is None and settings.http.host not in LOOPBACK:
        raise toml.wrong(("picture",), f"a token is wanted: [http] listens on {settings.http.host}")


def _links(settings: Settings) -> list[tuple[Place, Link]]:
    return [(("inlet", i), link) for i, link in enumerate(settings.inlet)] + [(("outlet", i), link) for i, link in enumerate(settings.outlet)]


CHECKS = (names, neighbours, picture)
