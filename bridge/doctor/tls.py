"""Certificates: whether they can be used, by whom their keys can be read, and how many days are left."""

import socket
import ssl
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from bridge.bus.mqtt import Address, address
from bridge.doctor.check import Check, Details, is_open, judged
from bridge.errors import ConfigError
from bridge.settings import Settings

DAYS = 21
"""Days in which a new certificate is asked for, issued and installed."""
PATIENCE = 3.0
DAY = 24 * 3600


def examine(found: Settings, clock: datetime) -> Iterator[Check]:
    """Every check of the broker's certificate and of ours."""
    files = [Path(name) for name in (found.tls.ca, found.tls.certificate, found.tls.key) if name]
    unusable: list[Details] = [{"path": path} for path in files if not path.is_file()]
    if not unusable and found.bus.startswith("mqtts:"):
        try:
            broker = address(found.bus, **found.tls.model_dump())
            yield from judged("tls-broker", late(until_shown(broker), broker.host, clock))
        except ConfigError:
            unusable = [{"path": ", ".join(map(str, files))}]
    yield from judged("tls-files", unusable)
    if not unusable:
        own = [Path(name) for name in (found.tls.ca, found.tls.certificate) if name]
        yield from judged("tls-days", [flaw for path in own for flaw in late(until(path), path, clock)])
        key = found.tls.key or found.tls.certificate
        yield from judged("tls-key", [{"path": key}] if key and is_open(Path(key)) else [])


def late(until: str | None, what: object, clock: datetime) -> Iterator[Details]:
    """Whether too few days are left."""
    if until is not None:
        days = (ssl.cert_time_to_seconds(until) - clock.timestamp()) / DAY
        if days < DAYS:
            yield {"what": what, "days": int(days), "until": until}


def until(path: Path) -> str | None:
    """The last day of the first certificate in a file; nothing if it holds none."""
    with suppress(ssl.SSLError, ValueError):
        return str(ssl._ssl._test_decode_cert(str(path))["notAfter"])  # type: ignore[attr-defined]  # noqa: SLF001  the library reads it nowhere else
    return None


def until_shown(broker: Address) -> str | None:
    """The last day of the certificate that a broker shows; nothing if it does not hold, which the bus tells with its reason."""
    assert broker.tls is not None
    with (
        suppress(OSError),
        socket.create_connection((broker.host, broker.port), PATIENCE) as line,
        broker.tls.wrap_socket(line, server_hostname=broker.host) as shown,
    ):
        return str((shown.getpeercert() or {})["notAfter"])
    return None
