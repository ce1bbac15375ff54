"""Seeded mutations: the same seed and number make the same bytes, so a finding is known by its number alone."""

import re
from collections.abc import Callable, Sequence
from random import Random

NASTY = (
    *(b"NaN", b"-Infinity", b"1e999", b"-1e-999", b"-0", b"9" * 400, b"9" * 5000, b"0." + b"3" * 400, b"0x1F", b"1_000", "٣".encode()),
    *(b"null", b"true", b"{}", b"[]", b'""', b'"', b"'", b",", b":", b"\\", b"\\u0000", b'"\\ud800"', b"\\udfff", b"[" * 150, b'{"a":' * 150),
    *(b"[" * 5000, b"<a>" * 300, b"</a>", b"<!DOCTYPE a [<!ENTITY b 'c'>]>", b"<!--", b"]]>", b"<![CDATA[", b"&b;", b"&#xD800;", b"&#0;", b"<?a?>"),
    *(
        b"\x00",
        b"\xef\xbb\xbf",
        b"\xff\xfe",
        b"\xed\xa0\x80",
        b"\xc0\x80",
        b"\xf4\x90\x80\x80",
        b"\x81\x30\x81\x30",
        "\u202e\u2028\ufffe\U0001f6d2".encode(),
    ),
    *(b"0001-01-01T00:00:00+14:00", b"9999-12-31T23:59:60-14:00", b"2026-02-30T24:00:00Z", b"99999999999999999999", b"-9223372036854775808"),
    *(b"\r\n", b"\r", b"\t", b";", b"=cmd|' /C calc'!A0", b"rb/1/", b"/", b"+", b"#", b".", b"..", b"@", b"^", b"%s", b"{0}"),
    *(b"\xff" * 9 + b"\x01", b"\xfe" + b"\xff" * 8 + b"\x01", b"\x01", b"\x80" * 20, b"\x02", bytes(6) + b"\xf8\x7f", bytes(6) + b"\xf0\xff"),
)
"""What has hurt parsers before: of every format in all of them."""
TOKEN = re.compile(rb'"[^"\\]{0,80}"|<[^<>]{0,80}>|[\w.+:\-\x80-\xff]{1,80}|[^\s\w]')
PUNCTUATION = frozenset(b"<>{}[](),;=/'&\\")
MOST = 5000
"""Tokens looked at in one sample."""


def tokens(sample: bytes) -> list[tuple[int, int]]:
    """Where the words of a sample stand."""
    return [found.span() for found, _ in zip(TOKEN.finditer(sample), range(MOST), strict=False)]


def mutated(samples: Sequence[bytes], places: Sequence[Sequence[tuple[int, int]]], which: int, random: Random) -> bytes:
    """A changed copy of one sample; ``places`` are the tokens of each."""
    bad = bytearray(samples[which])
    spans = places[which]
    by_token = bool(spans) and random.random() < 0.7
    if by_token:
        _tokens(bad, spans, random)
    if not by_token or random.random() < 0.3:
        for _ in range(random.choice((1, 1, 1, 2, 4))):
            random.choice(CHANGES)(bad, random)
    if random.random() < 0.05:
        other = random.choice(samples)
        bad[random.randint(0, len(bad)) :] = other[random.randint(0, len(other)) :]
    return bytes(bad)


def _tokens(bad: bytearray, spans: Sequence[tuple[int, int]], random: Random) -> None:
    """One word in the place of another, doubled, gone or made nasty."""
    first, last = random.choice(spans)
    for _ in range(8):  # mostly one of its own kind: a parser that refuses at once shields what is behind it
        start, end = random.choice(spans)
        if (bad[start] in PUNCTUATION) == (bad[first] in PUNCTUATION):
            break
    word = (bytes(bad[start:end]), bytes(bad[first:last]) * 2, b"", random.choice(NASTY))[random.randrange(4)]
    quoted = bad[first : first + 1] == b'"' and random.random() < 0.7
    bad[first:last] = b'"' + word.strip(b'"') + b'"' if quoted else word


def _flip(bad: bytearray, random: Random) -> None:
    if bad:
        bad[random.randrange(len(bad))] ^= 1 << random.randrange(8)


def _set(bad: bytearray, random: Random) -> None:
    if bad:
        bad[random.randrange(len(bad))] = random.choice((0, 1, 2, 0x20, 0x30, 0x7F, 0x80, 0xFF, random.randrange(256)))


def _cut(bad: bytearray, random: Random) -> None:
    at = random.randint(0, len(bad))
    del bad[at : at + random.choice((1, 2, 8, 64, len(bad)))]


def _double(bad: bytearray, random: Random) -> None:
    at = random.randint(0, len(bad))
    bad[at:at] = bad[at : at + random.choice((1, 4, 16, 64, 256))] * random.choice((1, 1, 2, 20))


def _insert(bad: bytearray, random: Random) -> None:
    at = random.randint(0, len(bad))
    bad[at : at + random.choice((0, 0, 1, 4))] = random.choice(NASTY)


CHANGES: tuple[Callable[[bytearray, Random], None], ...] = (_flip, _flip, _set, _cut, _double, _insert)
