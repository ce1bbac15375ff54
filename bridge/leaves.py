"""The places and values of samples, and what values alone tell: forms of times, pairs of coordinates; pure."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from bridge import times
from bridge.errors import Invalid, Rejected
from bridge.lexicon import EXACT, fit, lexicon, plain, words
from bridge.native import AROUND, SILENT, Path, flat

HOME = "Asia/Shanghai"
PATTERNS = (
    *("%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M", "%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M", "%Y%m%d%H%M%S", "%Y%m%d%H%M"),
    *(
        "%Y年%m月%d日 %H:%M:%S",
        "%Y年%m月%d日%H:%M:%S",
        "%Y年%m月%d日%H时%M分%S秒",
        "%Y年%m月%d日%H时%M分",
        "%Y年%m月%d日 %H时%M分",
        "%Y.%m.%d %H:%M:%S",
    ),
    *("%d/%m/%Y %H:%M:%S", "%d/%m/%Y %H:%M", "%m/%d/%Y %H:%M:%S", "%m/%d/%Y %H:%M", "%d.%m.%Y %H:%M:%S", "%d.%m.%Y %H:%M"),
)
"""Times without a zone, beside ``2026-07-01 14:03:22``."""


class Leaves:
    """The native places of all entries, with their values."""

    def __init__(self, entries: Sequence[Mapping[str, Any]]) -> None:
        """Lists and what stands around the entries count for no place; nor do names that a mapping cannot write."""
        self.entries = [{key: value for key, value in entry.items() if key != AROUND} for entry in entries]
        self.values: dict[Path, list[Any]] = {}
        for entry in self.entries:
            for path, value in flat(entry):
                if not isinstance(value, list) and path and all(path):
                    self.values.setdefault(path, [])
                    if value not in SILENT:
                        self.values[path].append(value)

    def filled(self, path: Path) -> bool:
        """Whether every entry says something there."""
        return len(self.values.get(path, ())) == len(self.entries)


def zone(leaves: Leaves) -> str | None:
    """The zone of times that name none, if there are such times."""
    wild = {str(value) for values in leaves.values.values() for value in values[:5] if isinstance(value, str)}
    return HOME if any(unzoned(each) for each in wild) else None


def unzoned(value: str) -> bool:
    """Whether it is a time that names no zone."""
    try:
        times.instant(value, "")
    except Invalid:
        return True
    except Rejected:
        return any(patterned([value], pattern) for pattern in PATTERNS)
    return False


def patterned(values: Sequence[Any], pattern: str) -> bool:
    """Whether all are times of a pattern."""
    try:
        return all(bool(times.patterned(value, pattern, "", HOME)) for value in values)
    except Rejected:
        return False


def pairs(leaves: Leaves) -> list[tuple[Path, Path, Path | None]]:
    """Places of latitude, longitude and altitude that stand beside each other."""
    found = []
    lines = lexicon()["point"]
    for lat in sorted((path for path in leaves.values if fit(path, lines["lat"])), key=lambda path: -fit(path, lines["lat"])):
        beside = [path for path in leaves.values if path[:-1] == lat[:-1] and fit(path, lines["lon"]) == fit(lat, lines["lat"])]
        prefix = stem(lat, lines["lat"])
        for lon in (path for path in beside if stem(path, lines["lon"]) == prefix):
            alt = next((path for path in leaves.values if path[:-1] == lat[:-1] and fit(path, lines["alt"]) == EXACT), None)
            found.append((lat, lon, alt))
    return found


def stem(path: Path, line: str) -> str:
    """What a name says before the word of the lexicon: ``当前`` of ``当前纬度``."""
    own = plain(path[-1])
    return min((own.removesuffix(word) for word in words(line) if own.endswith(word)), key=len, default=own)


def form(values: Sequence[Any]) -> dict[str, Any] | None:
    """What a mapping says of these times beside their place; nothing if they are none."""
    for form, low in (("epoch", 946_684_800), ("epoch-ms", 946_684_800_000)):
        if all(not isinstance(each, bool) and re.fullmatch(r"\d{9,13}", str(each)) and low <= int(each) < low * 4.33 for each in values):
            return {"time": form}
    if not all(isinstance(value, str) for value in values):
        return None
    if form := next((pattern for pattern in PATTERNS if patterned(values, pattern)), ""):
        return {"time": form}
    try:
        zoned = [times.instant(value, "", HOME)[1] for value in values]
    except Rejected:
        return None
    return {} if all(zoned) else {"time": "local"}
