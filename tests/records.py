"""Records for the laws: any record at all."""

from collections.abc import Iterator
from datetime import UTC
from typing import Any, Literal, get_args, get_origin

from hypothesis import strategies as st
from pydantic import AwareDatetime

from bridge.filled import FITTING, KIND, NOON, full
from bridge.kinds import CLASSES
from bridge.model import Model, Record
from bridge.spec import bare

__all__ = ["NOON", "any_of", "classes", "full"]

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
