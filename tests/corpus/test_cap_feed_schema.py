"""What the feed of CAP writes, checked against the published schema of what is inside."""

import os
from contextlib import suppress
from functools import cache
from pathlib import Path

import pytest
from lxml import etree

from bridge import registry
from bridge.adapter import Said, read, write
from bridge.errors import Rejected, Unsupported

CORPUS = Path(os.environ.get("REGIONBUS_CORPUS", Path(__file__).parents[3] / "shared/corpus"))
FEEDS = sorted((CORPUS / "cap-feed").iterdir()) if CORPUS.exists() else []
ATOM = "{http://www.w3.org/2005/Atom}"
MUST = ("id", "title", "updated")
"""What RFC 4287 demands of a feed and of an entry."""


@cache
def schema():
    return etree.XMLSchema(etree.parse(CORPUS / "_schemas/cap/cap12.xsd"))


def written(path):
    adapter = registry.load("cap-feed")(agency="cn-jiaxing-weather")
    with suppress(Rejected):
        for each in read(adapter, path.read_bytes()):
            with suppress(Unsupported):  # an index does not say whether it is actual
                if isinstance(each, Said):
                    yield etree.fromstring(write(adapter, each).data)


@pytest.mark.parametrize("path", FEEDS, ids=lambda path: path.name)
def test_a_written_feed_is_atom_around_valid_cap(path):
    for feed in written(path):
        entry = feed.find(f"{ATOM}entry")
        assert all(part.findtext(f"{ATOM}{name}") for part in (feed, entry) for name in MUST)
        assert entry.findtext(f"{ATOM}author/{ATOM}name")
        schema().assertValid(entry.find(f"{ATOM}content")[0])


def test_most_feeds_can_be_written():
    assert not FEEDS or sum(any(True for _ in written(path)) for path in FEEDS) >= 6
