"""What paho-mqtt makes anew for every packet of MQTT 5, its tables of names, made once: they are half of what a packet costs to read.

Only the making is cheaper; what is read is what paho reads, and a law holds one against the other.
"""

from typing import Any

from paho.mqtt import _packet
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

TABLES = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
NONE = b"\x00"


class Lean(Properties):
    """The properties of one packet."""

    types, names, properties = TABLES.types, TABLES.names, TABLES.properties

    def __init__(self, packet_type: int) -> None:
        """Of one type of packet; none yet."""
        self.__dict__["packetType"] = packet_type

    def clear(self) -> None:
        """None any more."""
        kind = self.packetType
        self.__dict__.clear()
        self.__dict__["packetType"] = kind

    def unpack(self, buffer: bytes) -> Any:
        """Those that stand at the beginning of the bytes, and how many bytes they are."""
        if buffer[:1] == NONE:
            self.clear()
            return self, 1
        return super().unpack(buffer)  # type: ignore[no-untyped-call]


class Reason(ReasonCode):
    """Why a packet is answered as it is; nearly always it is Success."""

    def __init__(self, packetType: int, aName: str = "Success", identifier: int = -1) -> None:  # noqa: N803  paho names them
        """As in paho; by name, or by number."""
        if packetType == PacketTypes.PUBACK and aName == "Success" and identifier == -1:
            self.packetType, self.value = packetType, 0
        else:
            super().__init__(packetType, aName, identifier)


def install() -> None:
    """From now on paho reads packets with these."""
    _packet.Properties, _packet.ReasonCode = Lean, Reason  # type: ignore[attr-defined]
