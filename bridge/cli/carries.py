"""The table of what each format carries: ``python -m bridge.cli.carries`` prints docs/carries.md."""

from collections.abc import Iterator, Mapping
from typing import get_args, get_origin

from bridge import registry
from bridge.adapter import Adapter, Said, Says, write
from bridge.errors import Unsupported
from bridge.filled import full
from bridge.kinds import CLASSES
from bridge.losses import covered, leaves
from bridge.model import Model, Record
from bridge.spec import bare

CARRIED, PARTLY, LOST = "✓", "~", "–"
AGENCY = "cn-jiaxing-fire"
SAYS = Says(mode="Actual", action="Report", message_id="m-1")
SEEDS = 12
"""Records with every field said, of each kind: each says other values."""


def rows(cls: type[Record]) -> Iterator[str]:
    """The fields of a record; of its parts their fields."""
    for name, info in cls.model_fields.items():
        kind = bare(info.annotation)
        part = bare(get_args(kind)[0]) if get_origin(kind) is tuple else kind
        if isinstance(part, type) and issubclass(part, Model):
            yield from (f"{name}.{inner}" for inner in part.model_fields)
        elif name != "extensions":
            yield name


def carried(adapter: type[Adapter], cls: type[Record]) -> dict[str, str]:
    """What a format does with each row, seen by writing: whole, in part or not every value, not at all."""
    speaker = adapter(agency=AGENCY)
    lost: set[str] = set()
    kept: set[str] = set()
    for seed in range(SEEDS):
        record = full(cls, seed, AGENCY)
        try:
            losses = frozenset(write(speaker, Said(record, SAYS)).losses)
        except Unsupported:  # a feed for the public, say, takes no restricted record
            continue
        for leaf in leaves(record):
            (lost if covered(leaf, losses) else kept).add(leaf)
    if not kept | lost:
        raise ValueError(f"{adapter.name} writes no {cls.__name__}")
    return {row: _mark(row, cls, adapter, lost, kept) for row in rows(cls)}


def _mark(row: str, cls: type[Record], adapter: type[Adapter], lost: set[str], kept: set[str]) -> str:
    def within(path: str, place: str) -> bool:
        return path == place or path.startswith(f"{place}.")

    if not any(within(path, row) for path in kept):
        return LOST
    place = f"{cls.__name__}.{row}"
    partly = covered(place, adapter.loses) or any(within(path, place) for path in adapter.loses) or any(within(path, row) for path in lost)
    return PARTLY if partly else CARRIED


def page(adapters: Mapping[str, type[Adapter]]) -> str:
    """The text of docs/carries.md."""
    lines = ["# What each format carries", "", "Generated from the adapters by `make generate`.", ""]
    lines += [
        f"{CARRIED} carried, {PARTLY} in part or not every value ([adapters.md](adapters.md) says which), {LOST} lost. Formats that only read stand"
    ]
    lines += ["nowhere here: what they read arrives whole. What one message loses is in its receipt, and `regionbus convert --losses` prints it."]
    for kind, cls in CLASSES.items():
        speaking = {name: carried(adapter, cls) for name, adapter in adapters.items() if adapter.writes and cls in adapter.records}
        if speaking:
            lines += ["", f"## {cls.__name__} (`{kind}`)", "", f"| {cls.__name__} | {' | '.join(speaking)} |", "|---|" + ":-:|" * len(speaking)]
            lines += [f"| {row} | {' | '.join(marks[row] for marks in speaking.values())} |" for row in rows(cls)]
    return "\n".join(lines) + "\n"


def found() -> dict[str, type[Adapter]]:
    """All adapters of this installation, by name."""
    return {name: entry.load() for name, entry in sorted(registry.entries().items())}


if __name__ == "__main__":
    print(page(found()), end="")
