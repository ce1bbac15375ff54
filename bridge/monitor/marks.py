"""What the map's script draws: marks and clusters, with their words in the viewer's language."""

import math
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from bridge.monitor.pages.clusters import Box, Cluster, Groups
from bridge.monitor.pages.map import MODES, Mark
from bridge.monitor.words import clock, label
from bridge.texts import Lang, text

ROMAN = "ⅠⅡⅢⅣ"
ZOOMS = 18


class Asked(NamedTuple):
    """A part of the map."""

    modes: frozenset[str]
    zoom: int
    box: Box | None
    """In whole tiles of this zoom, so that many who look at the same have the same question."""

    @classmethod
    def of(cls, words: Mapping[str, str]) -> "Asked":
        """From the words of a URL; ``ValueError`` if they are none."""
        modes, zoom = frozenset(words.get("modes", "Actual").split(",")) & frozenset(MODES), max(0, min(ZOOMS, int(words.get("zoom", "0"))))
        if "box" not in words:
            return cls(modes, zoom, None)
        west, south, east, north = (float(word) for word in words["box"].split(","))
        if not all(abs(edge) <= 720 for edge in (west, south, east, north)):
            raise ValueError("no box")
        tile = 360 / 2**zoom
        low, high = (math.floor(edge / tile) * tile for edge in (west, south)), (math.ceil(edge / tile) * tile for edge in (east, north))
        return cls(modes, zoom, (*low, *high))


def told(groups: Groups, lang: Lang) -> dict[str, Any]:
    """As the script draws it."""
    return {"marks": [pin(each, lang) for each in groups.alone], "clusters": [bunch(each, lang) for each in groups.clusters]}


def around(marks: Iterable[Mark]) -> Box | None:
    """Where all marks are; nothing if none has a place."""
    places = [(each.lon, each.lat) for each in marks if each.lon is not None and each.lat is not None]
    if not places:
        return None
    lons, lats = zip(*places, strict=True)
    return min(lons) - 0.05, min(lats) - 0.05, max(lons) + 0.05, max(lats) + 0.05


def pin(mark: Mark, lang: Lang) -> dict[str, Any]:
    """One subject."""
    sign = "■" if mark.kind == "resource" else "⚠" if mark.kind == "alert" else text(f"page-map-sign-{mark.family}", lang)
    grade = [f"{text('page-map-grade', lang)} {ROMAN[mark.grade - 1]}"] if mark.grade else []
    state = [label(lang, mark.state)] if mark.state else []
    stale = [text("page-map-stale", lang)] if mark.status == "stale" else []
    mode = [label(lang, f"Mode.{mark.mode}")] if mark.mode != "Actual" else []
    words = [mark.title, " · ".join([*grade, text(f"page-map-{mark.family}", lang), *state, *stale, *mode]), f"{mark.agency} · {clock(mark.sent_at)}"]
    return {"lon": mark.lon, "lat": mark.lat, "classes": classes(mark), "sign": sign, "words": words, "outline": mark.outline}


def classes(mark: Mark) -> str:
    """How it looks: kind and grade, greyed if stale, hatched if it is no actual one."""
    found = [mark.kind, f"grade{mark.grade}" if mark.grade else "", mark.state.partition(".")[2] if mark.kind == "resource" else ""]
    return " ".join(filter(None, [*found, "stale" if mark.status == "stale" else "", "" if mark.mode == "Actual" else "exercise"]))


def bunch(cluster: Cluster, lang: Lang) -> dict[str, Any]:
    """Several as one."""
    words = text(f"page-map-many-{cluster.kind}", lang, count=cluster.many)
    named = f"{cluster.kind} grade{cluster.grade}" if cluster.grade else cluster.kind
    return {"lon": cluster.lon, "lat": cluster.lat, "classes": named, "count": cluster.many, "box": cluster.box, "words": words}
