"""A paho client as the rules want it, and what it says when it connects."""

from typing import Any

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes

from bridge.bus import Publication, lean
from bridge.bus.mqtt.address import Address
from bridge.bus.mqtt.told import properties

lean.install()
INFLIGHT = 10
"""Unanswered publishes, unless the broker allows more: paho does not look at the CONNACK's Receive Maximum."""
MOST_INFLIGHT = 100
UNACKNOWLEDGED = 500
"""Deliveries that the broker may send before we acknowledge (MQTT 5 Receive Maximum)."""
SESSION = 7 * 24 * 3600
"""Seconds that the broker keeps our session without us."""
KEEPALIVE = 20
PATIENCE = 10.0
"""Seconds for the broker to answer a CONNECT, SUBSCRIBE or PUBLISH."""


def made(where: Address, client_id: str, protocol: MQTTProtocolVersion, will: Publication | None) -> Client:
    """Not connected yet, and without ears."""
    client = Client(
        CallbackAPIVersion.VERSION2,
        client_id,
        clean_session=None if protocol == MQTTProtocolVersion.MQTTv5 else False,
        protocol=protocol,
        manual_ack=True,
        reconnect_on_failure=False,
    )
    client.max_inflight_messages_set(MOST_INFLIGHT)
    client.connect_timeout = PATIENCE
    client.username_pw_set(where.username and where.username.replace("{client}", client_id), where.password)
    if where.tls:
        client.tls_set_context(where.tls)
    if will:
        client.will_set(will.topic, will.data, 1, will.retain)
    client.on_socket_register_write = lambda *_: None  # paho then leaves writing to us: we write once, after the work
    return client


def connect(client: Client, where: Address) -> None:
    """Opens the socket and writes the CONNECT; takes its time."""
    options: dict[str, Any] = {}
    if client.protocol == MQTTProtocolVersion.MQTTv5:
        session = properties(PacketTypes.CONNECT, SessionExpiryInterval=SESSION, ReceiveMaximum=UNACKNOWLEDGED)
        options = {"clean_start": False, "properties": session}
    client.connect(where.host, where.port, KEEPALIVE, **options)
