"""``regionbus picture``: what a hub knows of every subject, and where it is, whether the hub is at work or not."""

import json
import sys
from datetime import datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from bridge import app, features, settings
from bridge.cli.ledger import ask, shown
from bridge.errors import ConfigError, Invalid
from bridge.finding import Page, Query, Seen
from bridge.ledger import Ledger
from bridge.links.picture import Reader
from bridge.texts import harmless, language, text

COLUMNS = ("kind", "title", "agency", "status", "place", "sent")


def run(config: Path, words: dict[str, list[str]], *, as_json: bool, as_geojson: bool) -> None:
    """Prints it."""
    page = found(config, asked(words))
    if as_geojson:
        print(json.dumps(features.collection(page), ensure_ascii=False))
    elif as_json:
        print(json.dumps([feature["properties"] for feature in features.collection(page)["features"]], ensure_ascii=False))
    else:
        show(page)


def asked(words: dict[str, list[str]]) -> Query:
    """The question; ``ConfigError`` says what is wrong with it."""
    try:
        return features.query(words)
    except Invalid as error:
        raise ConfigError(error.verdict.zh if language() == "zh" else error.verdict.en) from None


def found(config: Path, query: Query) -> Page:
    """What the ledger has to say to it."""

    async def read(ledger: Ledger) -> Page:
        reader = Reader(ledger)
        await reader.read()
        return reader.picture.find(query, app.now())

    return ask(settings.load(config), read)


def show(page: Page) -> None:
    """For people."""
    table = Table(*(text(f"picture-{name}") for name in COLUMNS))
    for seen in page.seen:
        said = seen.entry.envelope
        cells = (said.kind, harmless(seen.entry.title or said.subject), said.agency, standing(seen), where(seen), shown(newest(seen)))
        table.add_row(*map(Text, cells))
    Console().print(table)
    if page.unplaced:
        print(text("picture-unplaced", None, count=page.unplaced), file=sys.stderr)
    if page.more:
        print(text("picture-more"), file=sys.stderr)


def standing(seen: Seen) -> str:
    """How it stands: by the clock, and by its own word."""
    facts = features.properties(seen)
    own = facts.get("availability") or facts.get("lifecycle") or ""
    return f"{text(f'status-{seen.status}')} {own}".rstrip()


def where(seen: Seen) -> str:
    """How far and in which direction, or in the middle of which longitude and latitude."""
    if seen.way:
        return f"{seen.way.metres:,.0f} m {seen.way.bearing:.0f}°"
    ground = seen.position.ground
    return f"{ground.centroid.x:.5f},{ground.centroid.y:.5f}" if ground else ""


def newest(seen: Seen) -> datetime:
    """When something was last said of it."""
    return (seen.state or seen.entry).envelope.sent_at
