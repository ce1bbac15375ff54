"""The bare relay that everything is measured against: stock paho, its own network loop, QoS 1 in and out, and no work at all."""

import sys

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion


def main(port: int) -> None:
    """Hands on whatever comes on ``in/#``."""
    client = Client(CallbackAPIVersion.VERSION2, "relay", protocol=MQTTProtocolVersion.MQTTv5)
    client.on_connect = lambda *_: client.subscribe("in/#", 1)
    client.on_message = lambda _, __, message: client.publish("rb/1/data/relay", message.payload, 1)
    client.connect("127.0.0.1", port, clean_start=True)
    client.loop_forever()


if __name__ == "__main__":
    main(int(sys.argv[1]))
