"""Records with every field said, each value of the sort that its name asks for: for whoever proves a format."""

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, get_args, get_origin

from pydantic import AwareDatetime

from bridge.model import Model
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


def full(cls: type[Model], seed: int = 0, agency: str = "cn-jiaxing-fire") -> Any:
    """A record whose ids are the agency's; other seeds say other values."""
    return cls.model_validate(
        {name: _value(name, info.annotation, seed + place, agency) for place, (name, info) in enumerate(cls.model_fields.items())}
    )


def _value(name: str, annotation: Any, seed: int, agency: str) -> Any:
    kind = bare(annotation)
    if get_origin(kind) is tuple:
        return tuple(_value(name, get_args(kind)[0], seed + more, agency) for more in range(1 + seed % 2))
    if get_origin(kind) is Literal:
        symbols = [symbol for symbol in get_args(kind) if symbol != "Unknown"]
        return symbols[seed % len(symbols)]
    if get_origin(kind) is dict:
        return {}
    if isinstance(kind, type) and issubclass(kind, Model):
        return full(kind, seed, agency)
    return (
        _fitting(name, seed, agency)
        or {
            AwareDatetime: NOON + timedelta(minutes=seed, milliseconds=seed % 2 * 250),
            bool: True,
            bytes: b"inline",
            float: 30.5 + seed / 100,
            int: 1 + seed % 4,
            str: f"{name}-嘉兴-{seed}",
        }[kind]
    )


def _fitting(name: str, seed: int, agency: str) -> Any:
    """A value that the name asks for, if it asks for one."""
    if thing := KIND.fullmatch(name):
        return f"{agency}.{thing[1]}.{seed}"
    return SEVERAL[name][seed % 2] if name in SEVERAL else FITTING.get(name)
