"""What we pack and read ourselves is what paho packs and reads."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from paho.mqtt import _packet
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from bridge.bus.lean import Lean, Reason
from bridge.bus.mqtt import Told, properties


@pytest.mark.parametrize("pairs", [[], [("message_id", "0190-7")], [("键", "值"), ("a", "x" * 300)], [("long", "y" * 20000)]])
def test_user_properties_are_packed_as_paho_packs_them(pairs):
    assert Told(pairs).pack() == properties(PacketTypes.PUBLISH, UserProperty=pairs).pack()


VALUES = {
    "PayloadFormatIndicator": st.integers(0, 1),
    "MessageExpiryInterval": st.integers(0, 2**32 - 1),
    "ContentType": st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=40),
    "CorrelationData": st.binary(max_size=40),
    "SubscriptionIdentifier": st.integers(1, 2**28 - 1),
    "UserProperty": st.lists(st.tuples(*[st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=20)] * 2), min_size=1, max_size=4),
}


def read_by(kind, data):
    found = kind(PacketTypes.PUBLISH)
    _, size = found.unpack(data)
    return found.json(), size, found.isEmpty()


@given(st.fixed_dictionaries({}, optional=VALUES), st.binary(max_size=10))
def test_properties_are_read_as_paho_reads_them(values, payload):
    data = properties(PacketTypes.PUBLISH, **values).pack() + payload
    assert read_by(Lean, data) == read_by(Properties, data)


@given(st.binary(min_size=1, max_size=30))
def test_what_paho_refuses_is_refused_alike(data):
    outcomes = []
    for kind in (Lean, Properties):
        try:
            outcomes.append(read_by(kind, data))
        except Exception as error:  # noqa: BLE001  whatever paho raises
            outcomes.append(type(error))
    assert outcomes[0] == outcomes[1]


@pytest.mark.parametrize("packet", [PacketTypes.PUBACK, PacketTypes.CONNACK, PacketTypes.DISCONNECT])
@pytest.mark.parametrize("code", [0, 0x87, 0x97])
def test_reasons_are_those_of_paho(packet, code):
    ours, theirs = Reason(packet), ReasonCode(packet)
    assert (str(ours), ours.is_failure) == (str(theirs), theirs.is_failure)
    outcomes = []
    for reason in (ours, theirs):
        try:
            outcomes.append((reason.unpack(bytes([code])), str(reason), reason.is_failure))
        except Exception as error:  # noqa: BLE001  not every code belongs to every packet
            outcomes.append(type(error))
    assert outcomes[0] == outcomes[1]


def test_paho_reads_packets_with_ours():
    assert (_packet.Properties, _packet.ReasonCode) == (Lean, Reason)
