"""What we pack ourselves is what paho packs."""

import pytest
from paho.mqtt.packettypes import PacketTypes

from bridge.bus.mqtt import Told, properties


@pytest.mark.parametrize("pairs", [[], [("message_id", "0190-7")], [("键", "值"), ("a", "x" * 300)], [("long", "y" * 20000)]])
def test_user_properties_are_packed_as_paho_packs_them(pairs):
    assert Told(pairs).pack() == properties(PacketTypes.PUBLISH, UserProperty=pairs).pack()
