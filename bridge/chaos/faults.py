"""How each kind of fault strikes, and how it is healed; any of them may be at work at once."""

import asyncio
import signal
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bridge.chaos.bridges import Bridge
from bridge.chaos.partners import Region
from bridge.chaos.proxy import Proxy
from bridge.chaos.schedule import Fault
from bridge.chaos.servers import Disk, Mosquitto, Redis

DELAY = 0.12
"""Seconds that each piece is late."""
DIES_WITHIN = 3.0
"""Seconds in which a bridge that is to die at a place of the way has to pass it."""


@dataclass(frozen=True)
class Scene:
    """All that can be hurt."""

    bridges: list[Bridge]
    broker: Mosquitto
    proxy: Proxy
    region: Region
    disk: Disk
    agency: Mosquitto
    """The authors' own broker, which nothing happens to."""
    redis: Redis | None = None

    async def strike(self, fault: Fault) -> float:
        """The fault from beginning to end; says when it was over (``time.monotonic``)."""
        if self.allows(fault):
            await STRIKES[fault.kind](self, fault)
        return time.monotonic()

    def allows(self, fault: Fault) -> bool:
        """Whether the machine lets us do this."""
        return self.disk.real or fault.kind != "disk-full"

    def bridge(self, fault: Fault) -> Bridge:
        """Which bridge it hits."""
        return self.bridges[fault.target % len(self.bridges)]


async def kill_bridge(scene: Scene, fault: Fault) -> None:
    """Kill -9."""
    scene.bridge(fault).kill()


async def crash_bridge(scene: Scene, fault: Fault) -> None:
    """Kill -9, and again at a place of the way in the next life."""
    bridge, end = scene.bridge(fault), time.monotonic() + DIES_WITHIN
    lives, bridge.crash_at = bridge.lives, fault.detail
    bridge.kill()
    while bridge.lives < lives + 2 and time.monotonic() < end:
        await asyncio.sleep(0.02)
    if bridge.lives < lives + 2:  # it does not pass there: it shall not lie in wait
        bridge.kill()


async def stop_bridge(scene: Scene, fault: Fault) -> None:
    """Stopped in the middle of whatever it does, then it goes on."""
    process = scene.bridge(fault).send(signal.SIGSTOP)
    await asyncio.sleep(fault.duration)
    if process is scene.bridge(fault).process:
        scene.bridge(fault).send(signal.SIGCONT)


async def kill_broker(scene: Scene, fault: Fault) -> None:
    """Kill -9; what it has not saved is gone."""
    async with scene.broker.down():
        await asyncio.sleep(fault.duration)


async def forget_broker(scene: Scene, fault: Fault) -> None:
    """Kill -9, and its database is deleted: sessions and messages are gone."""
    async with scene.broker.down():
        scene.broker.forget()
        await asyncio.sleep(fault.duration)


async def tiny_broker(scene: Scene, fault: Fault) -> None:
    """Restarted with queues of a few messages and no persistence, and back."""
    for step in (1, -1):
        scene.broker.tiny += step
        await scene.broker.kill()
        await scene.broker.start()
        await asyncio.sleep(fault.duration if step > 0 else 0)


async def cut_proxy(scene: Scene, fault: Fault) -> None:
    """No connection to the broker."""
    scene.proxy.cuts += 1
    scene.proxy.hang_up()
    await asyncio.sleep(fault.duration)
    scene.proxy.cuts -= 1


async def delay_proxy(scene: Scene, fault: Fault) -> None:
    """Everything is late."""
    scene.proxy.delays.append(DELAY)
    await asyncio.sleep(fault.duration)
    scene.proxy.delays.pop()


async def slice_proxy(scene: Scene, fault: Fault) -> None:
    """Bytes come one by one."""
    scene.proxy.slices += 1
    await asyncio.sleep(fault.duration)
    scene.proxy.slices -= 1


async def reset_proxy(scene: Scene, _: Fault) -> None:
    """Every connection is reset."""
    scene.proxy.reset()


async def fill_disk(scene: Scene, fault: Fault) -> None:
    """No room for the ledger."""
    scene.disk.fill()
    await asyncio.sleep(fault.duration)
    scene.disk.heal()


async def step_clock(scene: Scene, fault: Fault) -> None:
    """The hub's clock is wrong for a while."""
    step = float(fault.detail)
    scene.bridge(fault).sky.step += step
    await asyncio.sleep(fault.duration)
    scene.bridge(fault).sky.step -= step


async def kill_partner(scene: Scene, fault: Fault) -> None:
    """Nobody listens at the partner's."""
    scene.region.dead += 1
    await scene.region.stop()
    await asyncio.sleep(fault.duration)
    scene.region.dead -= 1
    await scene.region.start()


def moody(mood: str) -> Callable[[Scene, Fault], Awaitable[None]]:
    """A partner that is slow, busy or mute for a while."""

    async def strike(scene: Scene, fault: Fault) -> None:
        setattr(scene.region, mood, getattr(scene.region, mood) + 1)
        await asyncio.sleep(fault.duration)
        setattr(scene.region, mood, getattr(scene.region, mood) - 1)

    return strike


async def kill_redis(scene: Scene, fault: Fault) -> None:
    """Kill -9 and a restart from what it has appended."""
    assert scene.redis is not None
    async with scene.redis.down():
        await asyncio.sleep(fault.duration)


async def stop_redis(scene: Scene, fault: Fault) -> None:
    """Stopped, then it goes on."""
    assert scene.redis is not None
    process = scene.redis.signal(signal.SIGSTOP)
    await asyncio.sleep(fault.duration)
    if process is scene.redis.process:
        scene.redis.signal(signal.SIGCONT)


STRIKES: dict[str, Callable[[Scene, Fault], Awaitable[None]]] = {
    "bridge-kill": kill_bridge,
    "bridge-crash": crash_bridge,
    "bridge-stop": stop_bridge,
    "broker-kill": kill_broker,
    "broker-forget": forget_broker,
    "broker-tiny": tiny_broker,
    "proxy-cut": cut_proxy,
    "proxy-delay": delay_proxy,
    "proxy-slice": slice_proxy,
    "proxy-reset": reset_proxy,
    "disk-full": fill_disk,
    "clock-step": step_clock,
    "partner-dead": kill_partner,
    "partner-slow": moody("slow"),
    "partner-busy": moody("busy"),
    "partner-mute": moody("mute"),
    "redis-kill": kill_redis,
    "redis-stop": stop_redis,
}
