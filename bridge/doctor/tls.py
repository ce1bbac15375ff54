"""Certificates: whether they can be used, by whom their keys can be read, and how many days are left."""

import socket
import ssl
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from bridge.bus.mqtt import Address, address
from bridge.bus.trouble import trouble
from bridge.doctor.check import Check, Details, is_open, judged
from bridge.errors import ConfigError
from bridge.settings import Settings, Tls

DAYS = 21
"""Days in which a new certificate is asked for, issued and installed."""
PATIENCE = 3.0
DAY = 24 * 3600


def examine(found: Settings, clock: datetime) -> Iterator[Check]:
    """Every check of the certificates of brokers, ours and our neighbours', and of what we show them."""
    sites = [(found.bus, found.tls), *((relay.bus, found.tls_of(relay)) for relay in found.relay)]
    papers = list(dict.fromkeys(tls for _, tls in sites))
    unusable: list[Details] = [{"path": path} for tls in papers for path in files(tls) if not path.is_file()]
    secure = [(url, tls) for url, tls in sites if url.startswith("mqtts:") and not unusable]
    shown: list[Details] = []
    for url, tls in secure:
        try:
            broker = address(url, **tls.model_dump())
            shown += late(until_shown(broker), broker.host, clock)
        except ConfigError:
            unusable.append({"path": ", ".join(map(str, files(tls)))})
    yield from judged("tls-broker", shown) if secure and not unusable else ()
    yield from untrusted(found) if not unusable else ()
    yield from judged("tls-files", unusable)
    if not unusable:
        own = dict.fromkeys(Path(name) for tls in papers for name in (tls.ca, tls.certificate) if name)
        yield from judged("tls-days", [flaw for path in own for flaw in late(until(path), path, clock)])
        keys = dict.fromkeys(tls.key or tls.certificate for tls in papers)
        yield from judged("tls-key", [{"path": key} for key in keys if key and is_open(Path(key))])


def untrusted(found: Settings) -> Iterator[Check]:
    """Neighbours' brokers that show what does not hold, or want to see something else; of ours the bus tells."""
    for relay in found.relay:
        broker = address(relay.bus, **found.tls_of(relay).model_dump())
        try:
            if broker.tls:
                shake(broker)
        except ssl.SSLError as error:
            told = trouble(error, f"{broker.host}:{broker.port}", tls=True)
            yield Check("tls-broker", told.code, {"where": told.where, "reason": told.reason})
        except OSError:  # away, which the ways to partners tell
            continue


def files(tls: Tls) -> list[Path]:
    """What a table names."""
    return [Path(name) for name in (tls.ca, tls.certificate, tls.key) if name]


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
    with suppress(OSError):
        return shake(broker)
    return None


def shake(broker: Address) -> str:
    """The same; raises ``OSError``."""
    assert broker.tls is not None
    with (
        socket.create_connection((broker.host, broker.port), PATIENCE) as line,
        broker.tls.wrap_socket(line, server_hostname=broker.host) as shown,
    ):
        return str((shown.getpeercert() or {})["notAfter"])
