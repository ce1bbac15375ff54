"""The broker: whether it answers, carries, keeps, and lets in only whom it should. Only the hub's own canary topic is used.

The accounts are those of a reader and a speaker, ``{hub}-doctor`` and ``{hub}-doctor-out``, where each client has its own.
"""

import asyncio
import os
import time
from collections.abc import Iterator

from paho.mqtt.enums import MQTTProtocolVersion

from bridge.bus.mqtt import SESSION, Address, Connection, address
from bridge.bus.trouble import trouble
from bridge.doctor.broker import PAUSE, limits, old, strange
from bridge.doctor.check import Check, Details, judged
from bridge.doctor.visit import Visit, visit
from bridge.errors import ConfigError, Unavailable
from bridge.liveness import ping
from bridge.settings import Settings

PATIENCE = 10.0
"""Seconds for the first connection."""
LASTING = frozenset({"bus-authority", "bus-certificate", "bus-expired", "bus-name", "bus-unknown"})
"""Troubles that no second attempt ends."""
QUEUED = 1200
"""Messages for a session that sleeps: more than brokers keep by their defaults."""
QUIET = 1.0
NOWHERE = "regionbus/doctor"
"""No hub may write there, and nobody reads it."""


async def examine(found: Settings) -> list[Check]:
    """Every check of the broker."""
    if found.bus == "embedded:":
        return [Check("bus", "fix-embedded", note=True)]
    try:
        where = address(found.bus, **found.tls.model_dump())
    except ConfigError as error:
        return [Check("bus", "fix-bus", {"reason": error})]
    connection = Connection(own(where, f"{found.hub}-doctor"), f"{found.hub}-doctor", quiet=True)
    try:
        async with asyncio.timeout(PATIENCE):
            while not (connection.connected.is_set() or (connection.trouble and connection.trouble.code in LASTING)):  # noqa: ASYNC110  a trouble is no event
                await asyncio.sleep(0.02)
    except TimeoutError:
        if not connection.trouble:
            return [Check("bus", "fix-bus", {"reason": f"{where.host}:{where.port} did not answer in {PATIENCE:.0f} s"})]
    finally:
        await connection.close()
    if told := connection.trouble:
        return [Check("bus", told.code, {"where": told.where, "reason": told.reason})]
    return await asyncio.to_thread(lambda: list(visits(found, where._replace(protocol=connection.protocol))))


def own(where: Address, client_id: str) -> Address:
    """With ``{client}`` each client has an account of its own."""
    return where._replace(username=where.username and where.username.replace("{client}", client_id))


def visits(found: Settings, where: Address) -> Iterator[Check]:
    """One thing after the other; what ends them on the way is told as the bus's."""
    ears, mouth, topic, mark = f"{found.hub}-doctor", f"{found.hub}-doctor-out", ping(found.hub), os.urandom(8)
    five = where.protocol == MQTTProtocolVersion.MQTTv5  # before it, a session that begins clean is not kept
    try:
        with visit(own(where, mouth), mouth, kept=SESSION) as speaker, visit(own(where, ears), ears, clean=five, forgotten=False) as listener:
            time.sleep(PAUSE)
            yield from judged("bus-evicts", [{}] if speaker.gone else [])
            if speaker.gone:
                return
            yield from limits(speaker)
            granted = min(speaker.limit("MaximumQoS", 1), listener.subscribe(topic).value)
            yield from judged("bus-quality", [{"granted": granted}] if granted < 1 else [])
            if granted < 1:
                return
            came = carried(listener, speaker, topic, mark)
            yield came
            if came.flaw:
                return
            yield from judged("bus-version", old(listener))
            yield from judged("schemas-alike", strange(listener, found.hub))
            yield from judged("bus-rules", unruled(speaker), note=True)
        with visit(own(where, mouth), mouth) as speaker:
            speaker.publish(topic, [mark] * QUEUED)
        with visit(own(where, ears), ears, clean=False) as listener:
            yield from judged("bus-session", [] if listener.present else [{}])
            kept = len(listener.listen(QUEUED, QUIET, mark)) if listener.present else QUEUED
            yield from judged("bus-queue", [{"kept": kept, "sent": QUEUED}] if kept < QUEUED else [])
            yield from judged("bus-identity", unbound(where, listener, ears, mouth), note=True)
        with visit(own(where, ears), ears):  # begins clean: nothing of the sleeper is left, in any protocol
            pass
        yield from judged("bus-strangers", strangers(found, where), note=True)
    except (OSError, Unavailable) as error:
        told = trouble(error, f"{where.host}:{where.port}", tls=where.tls is not None)
        yield Check("bus", told.code, {"where": told.where, "reason": told.reason})


def carried(listener: Visit, speaker: Visit, topic: str, mark: bytes) -> Check:
    """Whether a message comes back: a granted subscription proves nothing."""
    (reason,) = speaker.publish(topic, [mark])
    if reason.is_failure:
        return Check("bus", "fix-bus", {"reason": reason})
    heard = listener.listen(1, QUIET, mark)
    return Check("bus", "" if heard else "fix-bus", {"reason": f"{topic} is not heard"})


def unruled(speaker: Visit) -> Iterator[Details]:
    """Whether anything may be written anywhere; a broker of 3.1.1 does not tell."""
    if speaker.five and not speaker.publish(NOWHERE, [b""])[0].is_failure:
        yield {"topic": NOWHERE}


def unbound(where: Address, listener: Visit, ears: str, mouth: str) -> Iterator[Details]:
    """Whether an account may call itself as it likes: bound to it, a second client of it takes the place of the first."""
    with visit(own(where, ears), mouth):
        time.sleep(PAUSE)
        if not listener.gone:
            yield {"account": own(where, ears).username or "-"}


def strangers(found: Settings, where: Address) -> Iterator[Details]:
    """Whether it lets in who shows nothing."""
    nobody = address(f"{found.bus.partition(':')[0]}://{where.host}:{where.port}", ca=found.tls.ca)._replace(protocol=where.protocol)
    try:
        with visit(nobody, f"{found.hub}-doctor-stranger"):
            yield {"where": f"{where.host}:{where.port}"}
    except (OSError, Unavailable):
        return
