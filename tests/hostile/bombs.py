"""The bombs by name: bytes that have hurt parsers before, and the code with which each is refused."""

import bz2
import gzip
import io
import json
import lzma
import zipfile

from bridge.text import LIMIT

LARGE = 1_000_000
LAUGHS = "".join(f'<!ENTITY l{i} "{(f"&l{i - 1};" if i else "ha") * 10}">' for i in range(10))
DTDS = {
    "billion laughs": f"<!DOCTYPE a [{LAUGHS}]><alert>&l9;</alert>",
    "quadratic blowup": f'<!DOCTYPE a [<!ENTITY x "{"x" * 50_000}">]><alert>{"&x;" * 50_000}</alert>',
    "external entity": '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><alert>&x;</alert>',
    "external dtd": '<!DOCTYPE a SYSTEM "http://127.0.0.1:9/a.dtd"><alert/>',
    "parameter entity": '<!DOCTYPE a [<!ENTITY % x SYSTEM "file:///etc/passwd"> %x;]><alert/>',
    "entity inside an attribute": '<!DOCTYPE a [<!ENTITY x "y">]><alert a="&x;"/>',
    "empty doctype": "<!DOCTYPE alert><alert/>",
}
XML = {
    **{name: (words.encode(), "doctype") for name, words in DTDS.items()},
    "doctype in utf-16": (DTDS["billion laughs"].encode("utf-16"), "doctype"),
    "doctype in utf-7": (b'<?xml version="1.0" encoding="UTF-7"?>+ADwAIQ-DOCTYPE a+AD4-+ADw-a/+AD4-', "doctype"),
    "doctype in gbk": ('<?xml version="1.0" encoding="gbk"?><!DOCTYPE 嘉兴><a/>'.encode("gbk"), "doctype"),
    "deep": (b"<a>" * 100_000 + b"</a>" * 100_000, "not-xml"),
    "deep and open": (b"<a>" * 300_000, "not-xml"),
    "many elements": (b"<a>" + b"<b/>" * LARGE + b"</a>", "too-many"),
    "many attributes": (b"<a " + b" ".join(b'a%d="1"' % i for i in range(LARGE)) + b"/>", "too-large"),
    "one name of an attribute twice": (b'<alert a="1" a="2"/>', "not-xml"),
    "endless text": (b"<a>" + b"x" * (LIMIT - 10) + b"</a>", "not-xml"),
    "oversize": (b" " * (LIMIT + 1), "too-large"),
    "nothing but blanks": (b" " * LIMIT, "empty"),
    "half a character by number": (b"<a>&#xD800;</a>", "not-xml"),
    "nul by number": (b"<a>&#0;</a>", "not-xml"),
    "unknown entity": (b"<a>&what;</a>", "not-xml"),
    "unknown encoding": (b'<?xml version="1.0" encoding="no-such"?><a/>', "not-xml"),
    "two roots": (b"<alert/><alert/>", "not-xml"),
}
JSON = {
    "nan": (b'{"lat": NaN}', "not-finite"),
    "infinity": (b'{"lat": -Infinity}', "not-finite"),
    "1e999": (b'{"lat": 1e999}', "not-finite"),
    "an exponent without end": (b'{"lat": 1e' + b"9" * 5000 + b"}", "not-finite"),
    "a whole number without end": (b'{"lat": ' + b"9" * 5_000_000 + b"}", "not-finite"),
    "a fraction without end": (b'{"lat": ' + b"9" * 5_000_000 + b".5}", "not-finite"),
    "lone surrogate": (b'{"name": "\\ud800"}', "surrogate"),
    "lone surrogate in a name": (b'{"\\udc00": 1}', "surrogate"),
    "lone surrogates without end": (b'["' + b"\\ud83d" * 1_600_000 + b'"]', "surrogate"),
    "lone surrogate in bytes": (b'["\xed\xa0\x80"]', "encoding"),
    "one name twice": (b'{"severity": "Minor", "severity": "Extreme"}', "duplicate-key"),
    "one name twice among many": (json.dumps({f"k{i}": 1 for i in range(300_000)})[:-1].encode() + b', "k299999": 2}', "duplicate-key"),
    "deep": (b"[" * 150 + b"]" * 150, "too-deep"),
    "deep and open": (b"[" * 900_000, "too-deep"),
    "deep objects": (b'{"a":' * 900_000, "too-deep"),
    "deeper than any count": (b"[" * 5_000_000, "too-many"),
    "many values": (b"[" + b"[]," * 3_400_000 + b"[]]", "too-many"),
    "oversize": (b" " * (LIMIT + 1), "too-large"),
    "nothing but blanks": (b" " * LIMIT, "empty"),
    "text after the end": (b"{} {}", "not-json"),
}
CSV = {
    "an open quote": (b'a\n"' + b"x " * 200_000, "not-csv"),
    "a cell without end": (b"a\n" + b"x" * 9_000_000, "not-csv"),
    "many rows": (b"a\n" + b"1\n" * 4_000_000, "too-many"),
    "many rows of another system": (b"a\r" + b"1\r" * 4_000_000, "too-many"),
    "many empty rows": (b"a\n" + b"\n" * 9_000_000, "too-many"),
    "many columns": (b"a\n" + b"," * 9_000_000, "too-many"),
    "one column twice among many": (b",".join(b"c%d" % i for i in range(100_000)) + b",c99999\n", "duplicate-key"),
    "two columns without a name": (b",,a\n1,2,3\n", "duplicate-key"),
    "oversize": (b"a\n" * LIMIT, "too-large"),
    "bytes of no text": (b"a\n\xff\xfe\xfd\n", "encoding"),
    "nothing but a mark": (b"\xef\xbb\xbf", "empty"),
}


def _zipped():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("warning.xml", b"0" * LIMIT)
    return out.getvalue()


PACKED = {
    "gzip": gzip.compress(b"0" * LIMIT),
    "zip": _zipped(),
    "bzip2": bz2.compress(b"0" * LIMIT),
    "xz": lzma.compress(b"0" * LARGE),
    "zstd": b"\x28\xb5\x2f\xfd\x04\x58\x45\x00\x00\x10\x30\x30\x01\x00\xfb\xff\x39\xc0\x02",
}
TOPICS = {
    "empty": "",
    "another root": "rb/2/data/a/full/actual/alert/none/31/310105",
    "of the broker itself": "$SYS/broker/uptime",
    "a wildcard for one level": "rb/1/data/+/full/actual/alert/none/31/310105",
    "a wildcard for all": "rb/1/data/#",
    "upper case": "rb/1/data/Fire/full/actual/alert/none/31/310105",
    "an empty level": "rb/1/data//full/actual/alert/none/31/310105",
    "a line end": "rb/1/data/a\n/full/actual/alert/none/31/310105",
    "a line end at the end": "rb/1/to/a/b/actual/alert\n",
    "a nul": "rb/1/to/a/b/actual/\0",
    "a dot": "rb/1/data/../full/actual/alert/none/31/310105",
    "a level too many": "rb/1/data/a/full/actual/alert/none/31/310105/x",
    "a level too few": "rb/1/data/a/full/actual/alert/none/31",
    "a mode that is none": "rb/1/to/a/b/real/alert",
    "a kind in capitals": "rb/1/to/a/b/actual/Rumour",
    "digits of another script": "rb/1/data/a/full/actual/alert/none/٣١/310105",
    "a level of 65 letters": f"rb/1/to/{'a' * 65}/b/actual/alert",
    "65535 letters": "x" * 65_535,
    "65535 levels": "/" * 65_535,
    "half a character": "rb/1/to/\ud800/b/actual/alert",
}
