"""Where a broker is and how to enter."""

import ssl
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from paho.mqtt.enums import MQTTProtocolVersion

from bridge.errors import ConfigError


class Address(NamedTuple):
    """Where a broker is and how to enter: ``mqtt[s]://user:password@host:port``, ``?protocol=3.1.1`` to try that first.

    With ``{client}`` in the user's name every connection has an account of its own, named as its client id.
    """

    host: str
    port: int
    protocol: MQTTProtocolVersion = MQTTProtocolVersion.MQTTv5
    username: str | None = None
    password: str | None = None
    tls: ssl.SSLContext | None = None


def address(url: str, *, ca: str | None = None, certificate: str | None = None, key: str | None = None) -> Address:
    """The address in a URL; ``mqtts`` verifies the broker by ``ca`` (else the system's) and shows our certificate if there is one."""
    parts = urlsplit(url)
    if parts.scheme not in {"mqtt", "mqtts"} or not parts.hostname:
        raise ConfigError(f"'{url}' is no broker address such as mqtt://127.0.0.1:1883 or mqtts://user:password@broker:8883")
    context = None
    if parts.scheme == "mqtts":
        try:
            context = ssl.create_default_context(cafile=ca)
            if certificate:
                context.load_cert_chain(certificate, key)
        except OSError as error:
            raise ConfigError(f"[tls] ca = {ca}, certificate = {certificate}, key = {key}: one of these files cannot be used ({error})") from None
    user, password = (unquote(word) if word else None for word in (parts.username, parts.password))
    protocol = MQTTProtocolVersion.MQTTv311 if parts.query == "protocol=3.1.1" else MQTTProtocolVersion.MQTTv5
    return Address(parts.hostname, parts.port or (8883 if context else 1883), protocol, user, password, context)
