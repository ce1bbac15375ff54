"""The three ways in which bytes hold entries: JSON, CSV and XML, each read and written."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

from bridge import text, xml
from bridge.errors import Malformed, Rejected
from bridge.native import AROUND, Path, entries, pointer, put, unclaimed


class Reading(Protocol):
    """The options that reading and writing bytes depend on."""

    @property
    def encoding(self) -> str:
        """Of bytes that are not UTF-8, and of what is written."""
        ...

    @property
    def delimiter(self) -> str:
        """Between the fields of a CSV row."""
        ...


class Source(Protocol):
    """Bytes to entries, and entries to bytes."""

    def read(self, data: bytes, setting: Reading) -> Iterator[tuple[str, Any]]:
        """Every entry with its place; the place is empty when the document is one entry. A broken one comes as ``Rejected``."""
        ...

    def write(self, node: dict[str, Any], setting: Reading) -> bytes:
        """The document for one entry."""
        ...


def _listed(document: Any, each: Path | None) -> Iterator[tuple[str, Any]]:
    """The entries; the first carries what stands around the list, so that it is not lost."""
    if each is None and not isinstance(document, list):
        yield "", document
        return
    around = {} if each is None else _around(document, each)
    for index, entry in enumerate(document if each is None else entries(document, each)):
        more = {AROUND: around} if around and not index and isinstance(entry, dict) else {}
        yield pointer((*(each or ()), str(index))), {**entry, **more} if more else entry


def _around(document: Any, each: Path) -> dict[str, Any]:
    """The document without its list."""
    around: dict[str, Any] = {}
    for path, value in unclaimed(document, {each}):
        put(around, path, value)
    return around


def _wrapped(node: dict[str, Any], each: Path | None) -> dict[str, Any]:
    if each is None:
        return node
    document: dict[str, Any] = node.pop(AROUND, {})
    put(document, each, [node])
    return document


@dataclass(frozen=True)
class Json:
    """A JSON document (RFC 8259): one entry, a list of them, or a list at ``each``."""

    each: Path | None = None

    def read(self, data: bytes, setting: Reading) -> Iterator[tuple[str, Any]]:
        """The entries."""
        return _listed(text.read_json(data, encoding=setting.encoding), self.each)

    def write(self, node: dict[str, Any], setting: Reading) -> bytes:
        """The document."""
        return text.write_json(_wrapped(node, self.each), setting.encoding)


@dataclass(frozen=True)
class Xml:
    """An XML document with the root ``root`` in the namespace ``space``."""

    root: str
    space: str = ""
    each: Path | None = None

    def read(self, data: bytes, setting: Reading) -> Iterator[tuple[str, Any]]:
        """The entries."""
        root = xml.parse(data, fallback=setting.encoding)
        if xml.name(root) != self.root:
            raise Malformed("root", found=xml.name(root), wanted=self.root)
        return _listed(xml.tree(root), self.each)

    def write(self, node: dict[str, Any], setting: Reading) -> bytes:  # noqa: ARG002  always UTF-8, as the declaration says
        """The document."""
        return xml.write(xml.grown(self.root, _wrapped(node, self.each), self.space))


@dataclass(frozen=True)
class Csv:
    """A table (RFC 4180); every row is an entry. ``headless``: the file has no header, its columns are known."""

    columns: tuple[str, ...]
    headless: bool = False

    def read(self, data: bytes, setting: Reading) -> Iterator[tuple[str, Any | Rejected]]:
        """The rows."""
        columns = self.columns if self.headless else ()
        for line, row in text.read_csv(data, encoding=setting.encoding, delimiter=setting.delimiter, columns=columns):
            yield f"line {line}", row

    def write(self, node: dict[str, Any], setting: Reading) -> bytes:
        """A table of one row; columns that came from elsewhere follow the known ones, but one without a name, which would end the header too soon."""
        others = [column for column in node if column not in self.columns]
        columns = (*(column for column in others if not column), *self.columns, *filter(None, others))
        row = {column: text.cell(value) for column, value in node.items()}
        return text.write_csv([row], columns, encoding=setting.encoding, delimiter=setting.delimiter, header=not self.headless)
