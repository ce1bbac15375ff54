"""Properties of MQTT 5 as they go on the wire."""

from collections.abc import Sequence
from typing import Any

from paho.mqtt.properties import Properties, VariableByteIntegers


class Told(Properties):
    """The user properties of one PUBLISH, packed here: paho tries every name there is for each message, at the cost of a publish."""

    def __init__(self, pairs: Sequence[tuple[str, str]]) -> None:
        """Pairs of text (MQTT 5 section 3.3.2.3.7)."""
        body = b"".join(b"\x26" + _text(name) + _text(value) for name, value in pairs)
        object.__setattr__(self, "packed", VariableByteIntegers.encode(len(body)) + body)  # type: ignore[no-untyped-call]

    def pack(self) -> bytes:
        """As it goes on the wire."""
        return self.__dict__["packed"]  # type: ignore[no-any-return]


def _text(words: str) -> bytes:
    """Text behind its length (MQTT 5 section 1.5.4)."""
    plain = words.encode()
    return len(plain).to_bytes(2, "big") + plain


def properties(packet: int, **values: Any) -> Properties:
    """MQTT 5 properties of a packet."""
    found = Properties(packet)  # type: ignore[no-untyped-call]
    for name, value in values.items():
        setattr(found, name, value)
    return found
