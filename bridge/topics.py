"""The topics of the bus: built, parsed and refused (DESIGN section 6). Fixed positions, so that access rules are patterns."""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

from bridge.errors import Malformed
from bridge.kinds import CLASSES, FAMILIES, LANES, Lane, lane

ROOT = "rb/1"
LEVEL = re.compile(r"[a-z0-9-]{1,64}")
MODES = {"Actual": "actual", "Exercise": "exercise", "Test": "test"}
NAMES = {level: mode for mode, level in MODES.items()}


class Data(NamedTuple):
    """``rb/1/data/…``: a record for whom it may concern."""

    agency: str
    view: str
    mode: str
    kind: str
    family: str
    province: str
    division: str

    def __str__(self) -> str:
        """The topic."""
        return "/".join((ROOT, "data", *self))

    @property
    def stream(self) -> str:
        """The unit of order, gap detection and replay."""
        return f"{self.agency}/{self.view}/{self.mode}/{lane(self.kind)}"


class To(NamedTuple):
    """``rb/1/to/…``: a record for one recipient."""

    recipient: str
    agency: str
    mode: str
    kind: str

    def __str__(self) -> str:
        """The topic."""
        return "/".join((ROOT, "to", *self))

    @property
    def stream(self) -> str:
        """The unit of order, gap detection and replay."""
        return f"to/{self.recipient}/{self.agency}/{self.mode}/{lane(self.kind)}"


Topic = Data | To


def stream_as(topic: Topic, stated: str) -> str:
    """The topic's stream, where a carrier states one: of a kind that only newer hubs know the lane is its origin's to say."""
    place, _, of = stated.rpartition("/")
    foreign = topic.kind not in CLASSES and of in LANES
    return stated if foreign and place == topic.stream.rpartition("/")[0] else topic.stream


def is_level(word: str) -> bool:
    """Whether a word may be a level: agencies, hubs, views."""
    return LEVEL.fullmatch(word) is not None


@lru_cache(maxsize=4096)
def parse(topic: str) -> Topic:
    """The topic of a record, also of a kind that only newer hubs know; ``Malformed`` (``topic``) names what is wrong with it."""
    levels = topic.split("/")
    for level in levels[2:]:
        if not is_level(level):
            raise Malformed("topic", topic=topic, reason=f"'{level}' is no level")
    match levels:
        case ["rb", "1", "data", *rest] if len(rest) == len(Data._fields):
            record = Data(*rest)
            if record.family not in {*FAMILIES.values(), "none"} or not (record.province.isdigit() and record.division.isdigit()):
                raise Malformed("topic", topic=topic, reason="no such family or division")
            found: Topic = record
        case ["rb", "1", "to", *rest] if len(rest) == len(To._fields):
            found = To(*rest)
        case _:
            raise Malformed("topic", topic=topic, reason="neither rb/1/data/… nor rb/1/to/… with all their levels")
    if found.mode not in NAMES:
        raise Malformed("topic", topic=topic, reason="no such mode")
    return found


def filters(of: Lane, recipients: Iterable[str]) -> list[str]:
    """What a hub subscribes to for one lane: all records of it, and what is addressed to its own agencies."""
    kinds = [kind for kind in CLASSES if lane(kind) == of]
    records = [f"{ROOT}/data/+/+/+/{kind}/#" for kind in kinds if kind != "receipt"]
    return records + [f"{ROOT}/to/{recipient}/+/+/{kind}" for recipient in recipients for kind in kinds]


def pulled(of: Lane, agencies: Iterable[str], modes: Iterable[str], recipients: Iterable[str]) -> list[str]:
    """What a relay subscribes to for one lane: whole streams of records, and all that is addressed to some recipients; ``*`` is everybody."""
    return pulled_kinds([kind for kind in CLASSES if lane(kind) == of], agencies, modes, recipients)


def pulled_kinds(kinds: Sequence[str], agencies: Iterable[str], modes: Iterable[str], recipients: Iterable[str]) -> list[str]:
    """The same for some kinds, also for those that only newer hubs know."""
    places = [f"{ROOT}/data/{level(agency)}/+/{mode}" for agency in agencies for mode in modes]
    inboxes = [f"{ROOT}/to/{level(recipient)}/+/+" for recipient in recipients]
    return [f"{place}/{kind}/#" for place in places for kind in kinds if kind != "receipt"] + [f"{box}/{kind}" for box in inboxes for kind in kinds]


def level(name: str) -> str:
    """A name in a filter; ``*`` is everybody."""
    return "+" if name == "*" else name


def state(hub: str, what: str) -> str:
    """Where a hub says, retained, what it is (``presence``) and how far it has come (``heads``)."""
    return f"{ROOT}/state/{hub}/{what}"


def ask(hub: str, asker: str, what: str) -> str:
    """Where a hub is asked for a ``replay``, a ``snapshot`` or an echo (``ping``)."""
    return f"{ROOT}/ask/{hub}/{asker}/{what}"


def answer(hub: str, asker: str, request: str) -> str:
    """Where a request is answered: here the end of it, below it the messages, each under its own topic's levels."""
    return f"{ROOT}/answer/{hub}/{asker}/{request}"


def schemas(hub: str) -> str:
    """Where a hub says, retained, which schemas its records are written with."""
    return f"{ROOT}/meta/{hub}/schemas"


def schema(sha256: str) -> str:
    """Where a schema lies, retained: the same on every bus."""
    return f"{ROOT}/meta/schema/{sha256[:16]}"
