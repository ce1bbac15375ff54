"""The few atoms of Avro's binary encoding (Avro 1.11) that the generated writers are made of."""

import struct
from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)
double = struct.Struct("<d").pack
NULL, SOME = b"\x00", b"\x02"
FALSE, TRUE = b"\x00", b"\x01"
END = b"\x00"


def varint(number: int) -> bytes:
    """A number of any size, seven bits a byte, the lowest first."""
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


FIRST = [bytes((number & 0x7F | 0x80, number >> 7 | 0x80)) for number in range(1 << 14)]
LAST = [varint(number) for number in range(1 << 14)]
"""Two bytes at a time are looked up: there are times in every message, six bytes each."""


def zigzag(number: int) -> bytes:
    """A number as Avro writes int and long."""
    rest, out = (number << 1) ^ (number >> 63), b""
    while rest >= 1 << 14:
        out += FIRST[rest & 0x3FFF]
        rest >>= 14
    return out + LAST[rest]


SMALL = [zigzag(number) for number in range(4096)]
"""Nearly every length and count there is: looked up, not computed."""


def long(number: int) -> bytes:
    """An int or long."""
    return SMALL[number] if 0 <= number < len(SMALL) else zigzag(number)


def blob(value: bytes) -> bytes:
    """Bytes behind their length."""
    size = len(value)
    return (SMALL[size] if size < 4096 else zigzag(size)) + value


def string(value: str) -> bytes:
    """Text behind its length in UTF-8."""
    plain = value.encode()
    size = len(plain)  # as in blob: a call for every text in every message would be felt
    return (SMALL[size] if size < 4096 else zigzag(size)) + plain


def millis(moment: datetime) -> bytes:
    """A timestamp-millis."""
    return zigzag((moment - EPOCH) // MILLISECOND)


def symbols(*names: str) -> dict[str, bytes]:
    """An enumeration: every symbol with its written index."""
    return {name: zigzag(index) for index, name in enumerate(names)}
