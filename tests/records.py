"""Records for the laws: every field filled, and any record at all."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, get_args, get_origin

from hypothesis import strategies as st
from pydantic import AwareDatetime

from bridge.kinds import CLASSES
from bridge.model import Model, Record
from bridge.spec import bare

SEVERAL = {"unit": ("KGM", "HUR"), "priority": (2, 9)}
"""Codes that some formats have no word for."""
KIND = re.compile(r"(?:parent_)?(incident|resource|mission)_ids?")
"""Ids that say whose thing it is: ``{agency}.{kind}.{local}``."""
NOON = datetime(2026, 7, 1, 4, 0, 0, 0, UTC)
RING = "30.9,121 30.95,121 30.95,121.1 30.9,121"
GEOMETRY = json.dumps({"type": "LineString", "coordinates": [[121.0, 30.9], [121.1, 30.95]]})
FITTING = {
    "addresses": "ops@example.org",
    "categories": "Fire",
    "circles": "30.9,121 2",
    "currency": "CNY",
    "geometry": GEOMETRY,
    "holes": RING,
    "lang": "zh-CN",
    "polygons": RING,
    "response_types": "Evacuate",
    "sent_text": "2026-07-01T12:00:00+08:00",
    "sha256": "0" * 64,
    "uri": "https://example.org/a",
    "web": "https://example.org/b",
}


def full(cls: type[Model], seed: int = 0) -> Any:
    """A record with every field said, valid for its formats."""
    return cls.model_validate({name: _full(name, info.annotation, index + seed) for index, (name, info) in enumerate(cls.model_fields.items())})


def _full(name: str, annotation: Any, seed: int) -> Any:
    kind = bare(annotation)
    if get_origin(kind) is tuple:
        return tuple(_full(name, get_args(kind)[0], seed + more) for more in range(1 + seed % 2))
    if get_origin(kind) is Literal:
        symbols = [symbol for symbol in get_args(kind) if symbol != "Unknown"]
        return symbols[seed % len(symbols)]
    if get_origin(kind) is dict:
        return {}
    if isinstance(kind, type) and issubclass(kind, Model):
        return full(kind, seed)
    return (
        _fitting(name, seed)
        or {
            AwareDatetime: NOON + timedelta(minutes=seed, milliseconds=seed % 2 * 250),
            bool: True,
            bytes: b"inline",
            float: 30.5 + seed / 100,
            int: 1 + seed % 4,
            str: f"{name}-{seed}",
        }[kind]
    )


def _fitting(name: str, seed: int) -> Any:
    """A value that the name asks for, if it asks for one."""
    if thing := KIND.fullmatch(name):
        return f"cn-jiaxing-fire.{thing[1]}.{seed}"
    return SEVERAL[name][seed % 2] if name in SEVERAL else FITTING.get(name)


TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]) | st.sampled_from("\n\t\r"), max_size=20)
WORD = st.text("abcdefghijklmnopqrstuvwxyz0123456789-", min_size=1, max_size=12)
TIMES = st.datetimes(NOON.replace(year=1990, tzinfo=None), NOON.replace(year=2090, tzinfo=None), timezones=st.just(UTC)).map(
    lambda moment: moment.replace(microsecond=moment.microsecond // 1000 * 1000)
)
SHAPES = {name: st.just(FITTING[name]) for name in ("polygons", "circles", "holes", "geometry")}
SPECIAL = SHAPES | {
    "lang": st.sampled_from(["zh-CN", "en-US", "de"]),
    "categories": st.sampled_from(["Fire", "Met"]),
    "response_types": st.just("Monitor"),
}


def any_of(cls: type[Record]) -> st.SearchStrategy[Any]:
    """Any record of a class."""
    return _model(cls)


def _model(cls: type[Model]) -> st.SearchStrategy[Any]:
    return st.fixed_dictionaries(
        {name: _value(name, info.annotation) for name, info in cls.model_fields.items() if info.is_required()},
        optional={name: _value(name, info.annotation) for name, info in cls.model_fields.items() if not info.is_required()},
    ).map(cls.model_validate)


def _value(name: str, annotation: Any) -> st.SearchStrategy[Any]:
    kind = bare(annotation)
    if get_origin(kind) is tuple:
        return st.lists(_value(name, get_args(kind)[0]), max_size=2).map(tuple)
    if get_origin(kind) is Literal:
        return st.sampled_from(get_args(kind))
    if get_origin(kind) is dict:
        return st.dictionaries(WORD.map(lambda word: f"other:{word}"), TEXT, max_size=2)
    if isinstance(kind, type) and issubclass(kind, Model):
        return _model(kind)
    if name in SPECIAL or KIND.fullmatch(name):
        return SPECIAL.get(name, TEXT | WORD.map(lambda local: f"cn-jiaxing-fire.{KIND.fullmatch(name)[1]}.{local}"))
    numbers = {"lat": (-90, 90), "lon": (-180, 180)}.get(name, (-1e6, 1e6))
    whole = {"level": (1, 4), "response_level": (1, 4), "priority": (0, 9)}.get(name, (-(2**31), 2**31 - 1))
    return {
        AwareDatetime: TIMES,
        bool: st.booleans(),
        bytes: st.binary(max_size=20),
        float: st.floats(*numbers, allow_nan=False),
        int: st.integers(*whole),
        str: TEXT,
    }[kind]


def classes() -> Iterator[type[Record]]:
    """Every record that can be a message."""
    yield from CLASSES.values()
