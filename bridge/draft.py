"""A first mapping out of samples of a format: guessed by names and values, every guess with its reason; pure.

A guess stands only if its verb reads every entry of the samples. What is not guessed rides in ``extensions`` and is listed.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Literal, get_origin

from pydantic import AwareDatetime

from bridge.adapter import Says
from bridge.drafts import Draft, Guess, Part, spec_of
from bridge.errors import ConfigError, Rejected
from bridge.leaves import Leaves, form, pairs, zone
from bridge.lexicon import ENDING, annotation_of, fit, known_words, lexicon, plain, rank, table_of, words
from bridge.mapped import Mapped
from bridge.model import Model, Record
from bridge.native import AROUND, SILENT, Path, flat, unclaimed
from bridge.records import CodedValue, ResourceState
from bridge.shapes import Sample, Shape, shape
from bridge.spec import RECORDS, Compiler, Words
from bridge.texts import harmless, text
from bridge.toml import nearest

FEW = 24
"""More different values are no list of codes."""
IDS = {
    "incident_id": "incident",
    "resource_id": "resource",
    "mission_id": "mission",
    "request_id": "request",
    "report_id": "report",
}
"""Fields that hold ids of things, and the word for the thing in a shared id."""


def draft(name: str, samples: Sequence[Sample], kind: str | None = None) -> Draft:
    """The mapping of a format called ``name``; ``kind`` is the record if it is known. ``ConfigError`` if nothing can be made of the samples."""
    kinds = [each for each in lexicon() if each in RECORDS]
    if kind is not None and kind not in kinds:
        raise ConfigError(text("draft-type", None, kind=kind, hint=nearest(kind, kinds)))
    found = shape(samples, lambda entries: max(_worth(each, Leaves(entries)) for each in ([kind] if kind else kinds)), lexicon()["wrappers"].split())
    leaves = Leaves(found.entries)
    about = plain(" ".join((name, *(sample.name for sample in samples), found.root, *(found.each or ()))))
    ranked = [kind] if kind else sorted(kinds, key=lambda each: -_worth(each, leaves) - 4 * _hints(each, about, leaves))
    reasons = []
    for each in ranked:
        try:
            return _drafted(name, found, each, leaves)
        except ConfigError as error:
            reasons.append(str(error))
    raise ConfigError(reasons[0])


def _hints(kind: str, about: str, leaves: Leaves) -> int:
    """How many words for the record stand in the names of files, wrappers and places."""
    names = {plain(path[-1]) for path in leaves.values}
    return sum(word in about or any(name.startswith(word) for name in names) for word in words(lexicon()[kind]["hints"]))


def _worth(kind: str, leaves: Leaves) -> int:
    """How well the names fit a record."""
    fields = lexicon()[kind]["fields"]
    fitting = {target: max((_fits(kind, target, path, leaves) for path in leaves.values), default=0) for target in fields}
    return sum(fitting.values()) + 2 * bool(fitting[next(iter(fields))]) + 2 * bool(pairs(leaves))


def _fits(kind: str, target: str, path: Path, leaves: Leaves) -> int:
    """How well a place fits a field by its name; codes count for more if their words are known, and for little if they are not."""
    found = fit(path, lexicon()[kind]["fields"][target])
    annotation = annotation_of(RECORDS[kind], target)
    if not found or get_origin(annotation) is not Literal:
        return found
    return found + 2 if known_words(annotation, leaves.values[path]) else ENDING


def _drafted(name: str, found: Shape, kind: str, leaves: Leaves) -> Draft:
    made = Draft(name, found)
    made.zone = zone(leaves)
    guesser = Guesser(made, leaves)
    made.says = guesser.record(Says, lexicon()["says"])
    made.parts = [Part(kind, guesser.record(RECORDS[kind], lexicon()[kind]["fields"]))]
    if kind == "Resource" and (state := guesser.state(made.parts[0].guesses[0])):
        made.parts.append(state)
    for guess in (part.guesses for part in made.parts):
        guess.sort(key=lambda each: _rank(each.target, kind))
    around = [(path, value) for path, value in flat(dict(found.entries[0]).get(AROUND, {}))]
    claimed = {path for path in guesser.claimed if path in leaves.values}
    rest = {path: value for entry in leaves.entries for path, value in unclaimed(entry, claimed) if value not in SILENT}
    made.left = [(".".join(path), _shown(value)) for path, value in (*rest.items(), *(((AROUND, *path), value) for path, value in around))]
    return made


def _rank(target: str, kind: str) -> int:
    names = list(RECORDS[kind].model_fields)
    head = target.partition(".")[0]
    return names.index(head) if head in names else len(names)


def _shown(value: Any) -> str:
    return harmless(json.dumps(value, ensure_ascii=False) if not isinstance(value, str) else value)


class Guesser:
    """Finds native places for the fields of records; a place is given once."""

    def __init__(self, made: Draft, leaves: Leaves) -> None:
        """``made`` tells format and zone."""
        self.leaves, self.name, self.way = leaves, made.name, made.shape.format
        self.setting = Mapped(zone=made.zone, encoding=made.shape.encoding)
        self.claimed: set[Path] = set()

    def record(self, cls: type[Model], fields: Mapping[str, str], known: Guess | None = None) -> list[Guess]:
        """The guesses for one record; ``ConfigError`` if it cannot do without what the samples do not have."""
        found: dict[str, Guess] = {}
        first = next(iter(fields))
        if issubclass(cls, Record) and known is None:
            self._identity(cls, first, fields[first], found)
        positions = pairs(self.leaves)
        for target in (target for target, line in fields.items() if not line):
            if point := next((guess for pair in positions if (guess := self._point(cls, target, *pair))), None):
                found[target] = point
        tried = [(fit(path, line), target, path) for target, line in fields.items() for path in self.leaves.values if fit(path, line)]
        order = {target: index for index, target in enumerate(fields)}
        for _, target, path in sorted(tried, key=lambda each: (-each[0], len(each[2]), rank(each[2], fields[each[1]]), order[each[1]])):
            if target in found or (target == TIMED.get(cls.__name__) and not self.leaves.filled(path)):
                continue
            if guess := self.scalar(cls, target, path, text("draft-why-name", None, name=path[-1])):
                found[target] = guess
        if issubclass(cls, Record):
            self._by_value(cls, fields, found)
            self._complete(cls, fields, found)
        return list(found.values())

    def state(self, own: Guess) -> Part | None:
        """What a list of resources says of their state, if it says any; ``own`` is how it says which resource."""
        fields = lexicon()["ResourceState"]["fields"]
        saying = [path for path in self.leaves.values if path not in self.claimed and fit(path, fields["availability"])]
        if not saying:
            return None
        taken = self.claimed
        self.claimed = {path for path in taken if not fit(path, fields["at"])}
        guesses = [own, *self.record(ResourceState, {target: line for target, line in fields.items() if target != own.target}, known=own)]
        self.claimed |= taken
        when = next((each.content["at"] for each in guesses if each.target == "availability"), "")
        return Part("ResourceState", guesses, when) if when else None

    def _identity(self, cls: type[Model], target: str, line: str, found: dict[str, Guess]) -> None:
        """The id: by its name, else any place whose values all differ."""
        full = [
            path for path, values in self.leaves.values.items() if self.leaves.filled(path) and not any(isinstance(each, bool) for each in values)
        ]
        named = sorted((path for path in full if fit(path, line)), key=lambda path: (-fit(path, line), len(path), rank(path, line)))
        unique = [path for path in full if len(set(map(str, self.leaves.values[path]))) == len(self.leaves.entries)]
        many = len(self.leaves.entries)
        others = sorted(filter(self._wordy, full), key=lambda path: -len(set(map(str, self.leaves.values[path]))))
        for path in (*(path for path in named if path in unique), *named, *others, *unique):
            differ = text("draft-why-unique" if path in unique else "draft-why-not-unique", None, many=many)
            reason = f"{text('draft-why-name', None, name=path[-1])}; {differ}" if path in named else differ
            if guess := self.scalar(cls, target, path, reason, required=True):
                found[target] = guess
                return
        raise ConfigError(text("draft-no-id", None, kind=cls.__name__))

    def _wordy(self, path: Path) -> bool:
        """Whether it may be an id: neither a time nor a fraction."""
        return all(not isinstance(value, float) and len(str(value)) < 80 and form([value]) is None for value in self.leaves.values[path])

    def _by_value(self, cls: type[Model], fields: Mapping[str, str], found: dict[str, Guess]) -> None:
        """Fields without a place of their name: times are known by their form, codes by their words."""
        for path, values in self.leaves.values.items():
            if path in self.claimed or not values:
                continue
            for target in (target for target in fields if target not in found and fields[target]):
                annotation = annotation_of(cls, target)
                if annotation is AwareDatetime and target in MAIN and form(values):
                    why = text("draft-why-time", None, value=values[0])
                elif get_origin(annotation) is Literal and known_words(annotation, values) == len(set(map(str, values))) > 1:
                    why = text("draft-why-codes", None, value=values[0])
                else:
                    continue
                if guess := self.scalar(cls, target, path, why):
                    found[target] = guess
                    break

    def _complete(self, cls: type[Model], fields: Mapping[str, str], found: dict[str, Guess]) -> None:
        """What a record cannot do without has a default where samples are silent; times have none."""
        needed = list(REQUIRED.get(cls.__name__, ()))
        needed += INFO if any(target.startswith("infos.") for target in (*found, *needed)) else ()
        if cls.__name__ in TIMED and TIMED[cls.__name__] not in found:
            raise ConfigError(text("draft-no-time", None, kind=cls.__name__))
        for target in needed:
            known = found.get(target)
            listed = get_origin(annotation_of(cls, target)) is Literal
            if known and not listed and self.leaves.filled(Compiler(Words(), self.way).path(known.content["at"])):
                continue
            default = "Unknown" if listed else self.name
            if known:
                found[target] = known._replace(content=known.content | {"default": default})
            else:
                free = next((word for word in words(fields[target]) if (word,) not in self.leaves.values), "x")
                found[target] = Guess(target, {"at": free, "default": default}, text("draft-why-stand-in"))
        if cls.__name__ == "Observation":
            found["property.scheme"] = Guess("property.scheme", {"at": "scheme", "default": f"urn:{self.name}:property"}, text("draft-why-scheme"))

    def _point(self, cls: type[Model], target: str, lat: Path, lon: Path, alt: Path | None) -> Guess | None:
        """A position."""
        content = {"lat": ".".join(lat), "lon": ".".join(lon)}
        if alt is not None and alt not in self.claimed:
            content["alt"] = ".".join(alt)
        paths = [path for path in (lat, lon, alt) if path]
        textual = self.way == "json" and any(isinstance(value, str) for path in paths for value in self.leaves.values[path])
        guess = Guess(target, content | ({"as_text": True} if textual else {}), text("draft-why-point", None, lat=lat[-1], lon=lon[-1]))
        return guess if self.claimed.isdisjoint((lat, lon)) and self._stands(cls, guess, paths) else None

    def scalar(self, cls: type[Model], target: str, path: Path, why: str, *, required: bool = False) -> Guess | None:
        """The line for a field at one place, if everything that stands there can be read so."""
        values = self.leaves.values[path]
        if path in self.claimed or not values or path[-1] == "#text" or (self.way != "csv" and any("." in step for step in path)):
            return None
        annotation = annotation_of(cls, target)
        more = self._more(annotation, target, path, values)
        if more is None:
            return None
        counted = annotation in (int, float) or more.get("time", "").startswith("epoch")
        if self.way == "json" and counted and all(isinstance(value, str) for value in values):
            more["as_text"] = True
        if self.way == "json" and annotation not in (int, float, AwareDatetime) and not any(isinstance(value, str) for value in values):
            more["as_text"] = False
        if annotation is CodedValue:
            more.pop("as_text", None)
        guess = Guess(target, {"at": ".".join(path), **more, **({"required": True} if required else {})}, why)
        return guess if self._stands(cls, guess, [path]) else None

    def _more(self, annotation: Any, target: str, path: Path, values: Sequence[Any]) -> dict[str, Any] | None:
        """What the field needs more than its place; nothing if the values do not suit it."""
        last = target.rpartition(".")[2]
        if annotation is AwareDatetime:
            return form(values)
        if annotation is CodedValue:
            return {"scheme": f"urn:{self.name}:{plain(path[-1])}"}
        if get_origin(annotation) is Literal or last in ("level", "response_level"):
            known = known_words(annotation, values)
            return {"table": table_of(annotation, values)} if known or len(set(map(str, values))) <= FEW else None
        if annotation in (int, float):
            return {}
        return {"id": IDS[last]} if last in IDS else {}

    def _stands(self, cls: type[Model], guess: Guess, paths: Sequence[Path]) -> bool:
        """Whether every entry can be read so; then the places are taken."""
        verb = Compiler(Words(), self.way).field(cls, guess.target, spec_of(guess), ()).verb
        try:
            for entry in self.leaves.entries:
                verb.read(entry, self.setting)
        except Rejected:
            return False
        self.claimed.update(paths)
        return True


MAIN = frozenset({"at", "sent", "updated_at", "prepared_at", "occurred_at"})
"""Times that a record says first."""
REQUIRED = {
    "Alert": ("sender",),
    "Mission": ("title",),
    "Observation": ("station_id", "property.code"),
    "SituationReport": ("summary",),
}
"""What records cannot do without, beside their id."""
INFO = ("infos.0.event", "infos.0.urgency", "infos.0.severity", "infos.0.certainty")
"""What an information block of an alert cannot do without."""
TIMED = {"Alert": "sent", "Observation": "at"}
"""Times that a record cannot do without."""
