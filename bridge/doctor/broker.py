"""What a broker, and who is on it, says of itself."""

import json
import re
from collections.abc import Iterator

from bridge import topics, wire
from bridge.bus.mqtt import INFLIGHT, SESSION
from bridge.doctor.check import Check, Details, judged
from bridge.doctor.visit import Visit

OLDEST = (2, 0)
"""Of Mosquitto: it tells a publisher that it may not."""
HUBS = 1000
"""Retained lists looked at."""
PAUSE = 0.3
"""Seconds in which an eviction, or what is retained, arrives."""


def limits(seen: Visit) -> Iterator[Check]:
    """What the broker says of itself when it greets."""
    window, largest, kept = (
        seen.limit("ReceiveMaximum", 65535),
        seen.limit("MaximumPacketSize", 1 << 28),
        seen.limit("SessionExpiryInterval", SESSION),
    )
    yield from judged("bus-window", [{"window": window}] if window < INFLIGHT else [], note=True)
    yield from judged("bus-size", [{"largest": largest >> 10, "wanted": wire.LIMIT >> 10}] if largest < wire.LIMIT else [])
    yield from judged("bus-expiry", [{"seconds": kept, "wanted": SESSION}] if kept < SESSION else [])
    yield from judged("bus-retained", [] if seen.limit("RetainAvailable", 1) else [{}])


def old(listener: Visit) -> Iterator[Details]:
    """A broker that says its version, and it is one that forgets to tell."""
    listener.subscribe("$SYS/broker/version")
    for _, words in listener.listen(1, PAUSE):
        version = re.search(rb"mosquitto version (\d+)\.(\d+)", words)
        if version and (int(version[1]), int(version[2])) < OLDEST:
            yield {"version": words.decode("ascii", "replace")}


def strange(listener: Visit, hub: str) -> Iterator[Details]:
    """Hubs that say, retained, that they write by schemas which nobody has brought here."""
    listener.subscribe(topics.schemas("+"))
    for topic, words in listener.listen(HUBS, PAUSE, b"["):
        other = topic.split("/")[3]
        try:
            names = [row["name"] for row in json.loads(words) if row["sha256"] not in wire.language().own]
        except (ValueError, KeyError, TypeError):
            names = ["?"]
        if other != hub and names:
            yield {"hub": other, "names": ", ".join(sorted(names))}
