"""How samples of an unknown format hold their entries: JSON, CSV or XML, the encoding, and the list inside a wrapper; pure."""

import csv
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from bridge import text, xml
from bridge.errors import ConfigError, Malformed, Rejected
from bridge.mapped import Mapped
from bridge.native import SILENT, Path
from bridge.sources import Csv, Json, Source, Xml
from bridge.texts import text as sentence

ENCODINGS = ("gb18030", "big5", "cp1252")
"""Tried in this order on what is no UTF-8; each takes more than the one before would be right to."""
DELIMITERS = ",;\t|"
MEDIA = {"json": "application/json", "csv": "text/csv", "xml": "application/xml"}
DEEP = 4
"""Objects within objects that are looked through for a list."""


class Sample(NamedTuple):
    """A native message and the name of its file."""

    name: str
    data: bytes


@dataclass(frozen=True)
class Shape:
    """What a mapping says first of a format."""

    format: Literal["json", "csv", "xml"]
    encoding: str = "utf-8"
    each: Path | None = None
    root: str = ""
    space: str = ""
    delimiter: str = ","
    columns: tuple[str, ...] = ()
    entries: tuple[dict[str, Any], ...] = field(default=(), compare=False)

    @property
    def media_type(self) -> str:
        """What senders call it."""
        return MEDIA[self.format]

    @property
    def source(self) -> Source:
        """What reads it."""
        if self.format == "csv":
            return Csv(self.columns)
        return Json(self.each) if self.format == "json" else Xml(self.root, self.space, self.each)


def shape(samples: Sequence[Sample], worth: Callable[[Sequence[dict[str, Any]]], int], wrappers: Sequence[str]) -> Shape:
    """The shape of all samples; ``worth`` tells how much of some entries is understood. ``ConfigError`` if they are not of one format."""
    formats = {way(each) for each in samples}
    if len(formats) != 1:
        raise ConfigError(sentence("draft-mixed", None, formats=", ".join(sorted(formats))))
    (found,) = formats
    coded = encoding([each.data for each in samples])
    if found == "csv":
        return _table(samples, coded)
    documents = [_document(each, found, coded) for each in samples]
    root, space = ("", "") if found == "json" else _root(samples, coded)
    flat = [entry for document in documents for entry in (document if isinstance(document, list) else [document])]
    best, gain = None, worth([_bare(entry) for entry in flat if isinstance(entry, dict)])
    for path in dict.fromkeys(path for document in documents for path in lists(document, wrappers, root)):
        inside = worth(list(_within(documents, path)))
        if inside > gain or (inside == gain and (root or path[-1].casefold() in wrappers)):
            best, gain = path, inside
    return _filled(Shape(found, coded, best, root, space), samples)


def way(sample: Sample) -> Literal["json", "csv", "xml"]:
    """What a message looks like."""
    start = sample.data.replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")[:1]
    if not start:
        raise ConfigError(sentence("draft-empty", None, file=sample.name))
    return "xml" if start == b"<" else "json" if start in (b"{", b"[") else "csv"


def encoding(found: Sequence[bytes]) -> str:
    """The first encoding that all are in."""
    for name in ("utf-8", *ENCODINGS):
        try:
            for data in found:
                text.decode(data, name)
        except Malformed:
            continue
        return name
    raise ConfigError(sentence("draft-encoding", None, tried=", ".join(("utf-8", *ENCODINGS))))


def _document(sample: Sample, found: str, coded: str) -> Any:
    try:
        return text.read_json(sample.data, encoding=coded) if found == "json" else xml.tree(xml.parse(sample.data, fallback=coded))
    except Rejected as error:
        raise ConfigError(sentence("draft-unread", None, file=sample.name, reason=error)) from None


def _root(samples: Sequence[Sample], coded: str) -> tuple[str, str]:
    roots = {(xml.name(root), xml.namespace(root)) for root in (xml.parse(each.data, fallback=coded) for each in samples)}
    if len({name for name, _ in roots}) != 1:
        raise ConfigError(sentence("draft-mixed", None, formats=", ".join(sorted(name for name, _ in roots))))
    return min(roots)


def lists(node: Any, wrappers: Sequence[str], parent: str = "", path: Path = ()) -> Iterator[Path]:
    """Where lists of objects are, through objects only. In XML a list of one is its element: known by its name, or by its parent's."""
    if not isinstance(node, dict) or len(path) >= DEEP:
        return
    for name, inner in node.items():
        if "." in name or not name:
            continue
        alone = bool(parent) and isinstance(inner, dict) and (name.casefold() in wrappers or _plural(parent, name))
        if alone or (isinstance(inner, list) and inner and all(isinstance(each, dict) for each in inner)):
            yield (*path, name)
        yield from lists(inner, wrappers, name if parent else "", (*path, name))


def _plural(parent: str, name: str) -> bool:
    return parent.casefold() in {f"{name.casefold()}{ending}" for ending in ("s", "es", "list", "_list", "列表")}


def _within(documents: Sequence[Any], path: Path) -> Iterator[dict[str, Any]]:
    for document in documents:
        node = document
        for step in path:
            node = node.get(step) if isinstance(node, dict) else None
        yield from (each for each in (node if isinstance(node, list) else [node]) if isinstance(each, dict))


def _bare(entry: dict[str, Any]) -> dict[str, Any]:
    """An entry without its lists."""
    return {name: _bare(inner) if isinstance(inner, dict) else inner for name, inner in entry.items() if not isinstance(inner, list)}


def _table(samples: Sequence[Sample], coded: str) -> Shape:
    heads = [text.decode(each.data, coded).lstrip("\ufeff").lstrip().splitlines()[0] for each in samples]
    delimiter = max(DELIMITERS, key=lambda mark: min(head.count(mark) for head in heads))
    names = [column.strip() for head in heads for column in next(csv.reader([head], delimiter=delimiter))]
    return _filled(Shape("csv", coded, delimiter=delimiter, columns=tuple(dict.fromkeys(filter(None, names)))), samples)


def _filled(found: Shape, samples: Sequence[Sample]) -> Shape:
    setting, entries = Mapped(encoding=found.encoding, delimiter=found.delimiter), []
    for sample in samples:
        try:
            entries += [entry for _, entry in found.source.read(sample.data, setting) if isinstance(entry, dict)]
        except Rejected as error:
            raise ConfigError(sentence("draft-unread", None, file=sample.name, reason=error)) from None
    if not any(value not in SILENT for entry in entries for value in entry.values()):
        raise ConfigError(sentence("draft-empty", None, file=samples[0].name))
    return Shape(**{**vars(found), "entries": tuple(entries)})
