"""Text, JSON and CSV from outside: bounded, in one known encoding, nothing silently repaired."""

import codecs
import csv
import io
import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from bridge.errors import Malformed

LIMIT = 10 * 1024 * 1024
"""Bytes of one native message; the largest real one seen is 594 KB."""
DEPTH = 100
VALUES = 1_000_000
"""Values in one message; a larger one is a bomb: three bytes each that cost hundreds when they are read."""
ROWS = 100_000
"""Lines of one table."""
CELL = 131_072
"""Characters of one CSV field: the limit of Python's csv module."""

PACKED = re.compile(rb"\x1f\x8b|PK\x03\x04|BZh[1-9]1AY&SY|\xfd7zXZ\x00|\x28\xb5\x2f\xfd")
"""How gzip, zip, bzip2, xz and zstd begin."""
BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
ALONE = ("utf-16", "utf-32", "utf-7", "hz", "iso2022", "iso-2022")
"""Encodings whose bytes are valid UTF-8 too, but mean something else."""
FAMILY = {"gb2312", "gbk", "gb18030"}
"""Codecs of the GB family: their labels are all read as the superset GB18030."""
# GB18030-2022 gave these 18 characters their place in Unicode; Python's codec is the 2005 edition, with private use.
EDITION_2005 = (*range(0xE78D, 0xE797), 0xE81E, 0xE826, 0xE82B, 0xE82C, 0xE832, 0xE843, 0xE854, 0xE864)
EDITION_2022 = (0xFE10, 0xFE12, 0xFE11, *range(0xFE13, 0xFE1A), *range(0x9FB4, 0x9FBC))
SWAPPED = dict(zip((*EDITION_2005, *EDITION_2022), (*EDITION_2022, *EDITION_2005), strict=True))
"""The two editions of the codec differ by exchanging them."""


def in_family(encoding: str) -> bool:
    """Whether an encoding is of the GB family; ``LookupError`` if it is none at all."""
    return codecs.lookup(encoding).name in FAMILY


def check_size(data: bytes, limit: int = LIMIT) -> None:
    """Refuses what is too large, before anything parses it."""
    if len(data) > limit:
        raise Malformed("too-large", size=len(data), limit=limit)


def check_plain(data: bytes) -> None:
    """Refuses what is compressed: a few bytes of it may hold any number."""
    if PACKED.match(data):
        raise Malformed("compressed")


def check_count(many: int) -> None:
    """Refuses what is small but would be large when it is read."""
    if many > VALUES:
        raise Malformed("too-many", "document", limit=VALUES)


def decode(data: bytes, encoding: str = "utf-8") -> str:
    """The text: by its byte order mark, else strictly UTF-8, else strictly the ``encoding`` set for the source.

    No detector guesses: it would be wrong in silence. Labels of the GB family mean GB18030, edition 2022.
    """
    check_plain(data)
    first = encoding if encoding.lower().startswith(ALONE) else "utf-8"
    chosen = next((name for mark, name in BOMS if data.startswith(mark)), first)
    try:
        return data.decode(chosen)
    except (LookupError, UnicodeDecodeError):
        if chosen != "utf-8" or encoding == "utf-8":
            raise Malformed("encoding", encoding=chosen) from None
    try:
        family = in_family(encoding)
        words = data.decode("gb18030" if family else encoding)
    except (UnicodeDecodeError, LookupError):
        raise Malformed("encoding", encoding=encoding) from None
    return words.translate(SWAPPED) if family else words


def encode(words: str, encoding: str = "utf-8") -> bytes:
    """The bytes; a character the encoding lacks raises ``Malformed``, none is replaced."""
    try:
        return words.translate(SWAPPED).encode("gb18030") if in_family(encoding) else words.encode(encoding)
    except UnicodeEncodeError as error:
        raise Malformed("character", encoding, point=f"{ord(words[error.start]):04X}") from None


def repeated(names: Iterable[str]) -> str | None:
    """The first name that stands there a second time."""
    seen: set[str] = set()
    for name in names:
        if name in seen:
            return name
        seen.add(name)
    return None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise Malformed("duplicate-key", name=repeated(name for name, _ in pairs))
    return found


def _constant(word: str) -> float:
    raise Malformed("not-finite", word)


def _float(word: str) -> float:
    number = float(word)
    if number in (float("inf"), float("-inf")):
        raise Malformed("not-finite", word)
    return number


def _integer(word: str) -> int:  # what no double holds no other number can be reckoned with
    number = int(word)
    _float(word)
    return number


PLAIN = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_constant)
WARY = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_constant, parse_float=_float, parse_int=_integer)
SHAPE = bytes.maketrans(b"123456789E", b"000000000e")
LARGE = (b"0e00", b"0e+00", b"0" * 200)
"""What numbers look like that may not be finite, every digit taken for a nought: far faster to look for than a pattern."""
ALL_BUT_OPENED = bytes(set(range(256)) - set(b"[{"))
HALF_CHARACTER = re.compile(r"\\u[dD][89a-fA-F]")


def read_json(data: bytes, *, encoding: str = "utf-8", limit: int = LIMIT) -> Any:
    """The document. ``Malformed`` for NaN, infinity, duplicate names, lone surrogates, excessive depth or size (RFC 8259)."""
    check_size(data, limit)
    words = decode(data, encoding)
    start = len(words) - len(words.lstrip())
    if start == len(words):
        raise Malformed("empty", "document")
    shape = words.encode().translate(SHAPE)
    opened = shape.translate(None, ALL_BUT_OPENED)
    check_count(len(opened) + shape.count(b","))
    decoder = WARY if LARGE[0] in shape or LARGE[1] in shape or LARGE[2] in shape else PLAIN
    try:
        found, end = decoder.raw_decode(words, start)
    except json.JSONDecodeError as error:
        raise Malformed("not-json", line=error.lineno, column=error.colno, reason=error.msg) from None
    except RecursionError:
        raise Malformed("too-deep", limit=DEPTH) from None
    except ValueError:  # an integer of more than 4300 digits
        raise Malformed("not-finite", "number") from None
    if rest := words[end:].strip():
        at = words.index(rest, end)
        raise Malformed("not-json", line=words.count("\n", 0, at) + 1, column=at - words.rfind("\n", 0, at), reason="text after the end")
    if len(opened) > DEPTH:
        _check_depth(found)
    if HALF_CHARACTER.search(words):
        _check_characters(found)
    return found


def _check_depth(found: Any) -> None:
    layer = [found]
    for _ in range(DEPTH):
        inner = [item.values() if type(item) is dict else item for item in layer]
        layer = [part for parts in inner for part in parts if type(part) is dict or type(part) is list]
        if not layer:
            return
    raise Malformed("too-deep", limit=DEPTH)


def _check_characters(found: Any) -> None:
    try:
        json.dumps(found, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise Malformed("surrogate") from None


def write_json(document: Any, encoding: str = "utf-8") -> bytes:
    """Compact JSON in the given encoding."""
    return encode(json.dumps(document, ensure_ascii=False, allow_nan=False, separators=(",", ":")), encoding)


DANGEROUS = "=+-@\t\r'"
NUMBER = re.compile(r"[+-]?[\d.,]+(?:[eE][+-]?\d+)?%?")


def guard(cell: str) -> str:
    """A cell that a spreadsheet will not run: an apostrophe goes before what it would take for a formula."""
    return f"'{cell}" if cell[:1] in DANGEROUS and cell and not NUMBER.fullmatch(cell) else cell


def unguard(cell: str) -> str:
    """The reverse of ``guard``."""
    return cell[1:] if cell[:1] == "'" and cell[1:2] in DANGEROUS and cell[1:] else cell


def read_csv(
    data: bytes, *, encoding: str = "utf-8", delimiter: str = ",", columns: tuple[str, ...] = (), limit: int = LIMIT
) -> Iterator[tuple[int, dict[str, str] | Malformed]]:
    """Line number and row by row; a row that does not fit its header comes as ``Malformed`` and the next goes on.

    ``columns`` names the columns of a file without a header (RFC 4180).
    """
    check_size(data, limit)
    words = decode(data, encoding)
    if max(words.count("\n"), words.count("\r")) > ROWS + 1:
        raise Malformed("too-many", "rows", limit=ROWS)
    check_count(words.count(delimiter))
    rows = csv.reader(io.StringIO(words, newline=""), delimiter=delimiter, strict=True)
    header = list(columns)
    try:
        for row in rows:
            if not any(map(str.strip, row)):
                continue
            if not header:
                header = [unguard(cell.strip()) for cell in row]
                while not header[-1]:  # spreadsheets leave empty columns behind the last
                    header.pop()
                if (twice := repeated(header)) is not None:
                    raise Malformed("duplicate-key", name=twice)
            elif len(row := row[: len(header)] if not any(row[len(header) :]) else row) != len(header):
                yield rows.line_num, Malformed("columns", f"line {rows.line_num}", line=rows.line_num, found=len(row), wanted=len(header))
            else:
                yield rows.line_num, {column: unguard(cell) if cell[:1] == "'" else cell for column, cell in zip(header, row, strict=True)}
    except csv.Error as error:
        raise Malformed("not-csv", line=rows.line_num, reason=error) from None
    if not header:
        raise Malformed("empty", "document")


def write_csv(rows: list[dict[str, str]], columns: tuple[str, ...], *, encoding: str = "utf-8", delimiter: str = ",", header: bool = True) -> bytes:
    """The table, lines ended as RFC 4180 says, formulas guarded."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=delimiter)
    if header:
        writer.writerow([guard(column) for column in columns])
    for row in rows:
        writer.writerow([guard(row.get(column, "")) for column in columns])
    return encode(out.getvalue(), encoding)


def cell(value: Any) -> str:
    """A native value as a cell of a table."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


ENDINGS = {"application/json": "json", "application/geo+json": "geojson", "text/csv": "csv"}


def extension(media_type: str) -> str:
    """The ending of a file of this media type."""
    return ENDINGS.get(media_type) or ("xml" if media_type.endswith("xml") else "json" if media_type.endswith("json") else "bin")
