"""What becomes of the corpus, as a table: ``python -m tests.corpus.table`` writes docs/corpus.md."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from time import process_time
from typing import NamedTuple

from bridge import registry
from bridge.adapter import Said, read
from bridge.errors import Rejected

from .test_corpus import CORPUS, NO_MESSAGES, READERS, index

PAGE = Path(__file__).parents[2] / "docs/corpus.md"
READINGS = 5
HEAD = """\
# What becomes of real messages

Written by `python -m tests.corpus.table` from a corpus of real messages of real systems, which stands outside this repository. Valid: nothing in
it may be refused, but what is no message of its format. Odd: breaks its standard somewhere; translated with its deviations named, or refused
with the reason. Invalid: refused with the reason. Times are of the processor, the median of five readings on the machine that wrote the page; counts are held by a test.

| folder | adapter | files | valid translated | no message | odd translated | odd refused | invalid refused | µs each | µs per KB |
|---|---|--:|--:|--:|--:|--:|--:|--:|--:|
"""


class Fate(NamedTuple):
    """What became of a file."""

    name: str
    validity: str
    end: str
    """``translated``, ``refused`` with a reason, or ``raised`` what is no verdict."""
    size: int
    seconds: float


def folders() -> dict[str, list[str]]:
    """The files of the index by folder, as far as an adapter reads them."""
    known = registry.entries()
    found: dict[str, list[str]] = {}
    for name in index():
        folder = name.partition("/")[0]
        if READERS.get(folder, folder) in known:
            found.setdefault(folder, []).append(name)
    return dict(sorted(found.items()))


def fates(folder: str, readings: int) -> Iterator[Fate]:
    """Every file of a folder, read so often."""
    adapter = registry.load(READERS.get(folder, folder))(agency="cn-jiaxing-fire")
    for name in folders()[folder]:
        data, seconds, end = (CORPUS / name).read_bytes(), [], ""
        for _ in range(readings):
            begun = process_time()
            end = ending(adapter, data, whole=index()[name] == "valid")
            seconds.append(process_time() - begun)
        yield Fate(name, index()[name], end, len(data), median(seconds))


def ending(adapter, data, *, whole):
    """How reading ends; of what is valid every part must be said."""
    try:
        found = read(adapter, data)
    except Rejected as error:
        return "refused" if error.turn == "sender" else "raised"
    except Exception:  # noqa: BLE001  that is what is looked for
        return "raised"
    if any(isinstance(each, Rejected) and each.turn == "us" for each in found):
        return "raised"
    return "translated" if (all if whole else any)(isinstance(each, Said) for each in found) else "refused"


def row(folder: str, found: list[Fate]) -> str:
    """A line of the table: counts first, times last."""
    many = Counter((fate.validity, fate.end) for fate in found)
    total = Counter(fate.validity for fate in found)
    strange = sum(fate.validity == "valid" and fate.end == "refused" and fate.name.partition("/")[2] in NO_MESSAGES for fate in found)
    seconds, size = sum(fate.seconds for fate in found), sum(fate.size for fate in found)
    cells = (
        folder,
        READERS.get(folder, folder),
        len(found),
        f"{many['valid', 'translated']}/{total['valid'] - strange}",
        strange or "",
        many["odd", "translated"],
        many["odd", "refused"],
        f"{many['invalid', 'refused']}/{total['invalid']}",
        f"{seconds / len(found) * 1e6:.0f}",
        f"{seconds / size * 1024e6:.1f}",
    )
    return f"| {' | '.join(map(str, cells))} |"


def page(readings: int = READINGS) -> str:
    """The text of docs/corpus.md."""
    every = {folder: list(fates(folder, readings)) for folder in folders()}
    raised = [fate.name for found in every.values() for fate in found if fate.end == "raised"]
    files = sum(map(len, every.values()))
    end = f"\n{files} files; raised what is no verdict: {', '.join(raised) or 'none'}.\n"
    return HEAD + "\n".join(row(folder, found) for folder, found in every.items()) + "\n" + end


def counts(text: str) -> list[str]:
    """A page without its times."""
    return [line.rsplit("|", 3)[0] if line.startswith("| ") else line for line in text.splitlines()]


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
