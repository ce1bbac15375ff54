"""A run from beginning to end: authors speak, faults strike, partners hear; then the checker looks at what became of it."""

import asyncio
import contextlib
import signal
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

from bridge import settings
from bridge.app import now
from bridge.assembly import ledger_of
from bridge.bugs import BUGS
from bridge.bus import Publication
from bridge.bus.mqtt import Connection, address
from bridge.chaos import bridges, checker
from bridge.chaos.agencies import Authors, alert
from bridge.chaos.faults import Scene
from bridge.chaos.partners import listen, look
from bridge.chaos.recovery import Recovery, played, recoveries, spans
from bridge.chaos.scene import build
from bridge.chaos.schedule import Fault, overlapping
from bridge.chaos.tally import Partner, Tally
from bridge.errors import ConfigError, Unavailable
from bridge.ledger import Ledger
from bridge.toml import nearest

PATIENCE = 120.0
"""Seconds after the last fault in which everything has to arrive."""
START = 30.0
"""Seconds in which the hub has to be at work."""
WATCH = 0.5
"""Seconds between looks at memory and progress."""
CANARY = 0
"""The number of its word."""


@dataclass(frozen=True)
class Plan:
    """What a run shall be."""

    faults: Sequence[Fault]
    seconds: float
    ledger: str = "sqlite"
    rate: float = 100.0
    """Messages per second that the authors say."""
    bug: str = ""
    """One of ``bridge.bugs``."""
    patience: float = PATIENCE
    crowd: int = 600
    """How many may be on the way to a partner before all but the alerts wait: the machine sets the pace. More is caught up faster after a fault, and later."""


@dataclass(frozen=True)
class Result:
    """What a run came to."""

    findings: checker.Findings
    faults: Counter[str]
    overlapping: int
    """How many struck while another was at work."""
    recoveries: list[Recovery]
    """The quickest first."""
    asked: Counter[str]
    """How the authors' requests ended."""
    events: Counter[str]
    """What the bridges wrote in their logs."""
    lives: int
    megabytes: int
    """The most that a bridge has held in memory."""
    tickets: int
    """The most that waited in the memory of one feed."""
    catching_up: float
    """Seconds until everything had arrived once the authors were silent."""
    sums: dict[str, Counter[str]]
    left_out: Counter[str]
    """Faults that this machine does not allow: without a right to mount there is no small disk to fill."""

    def recovery(self, share: float) -> float:
        """The recovery that this share of all does not exceed, in seconds."""
        return self.recoveries[min(len(self.recoveries) - 1, int(len(self.recoveries) * share))].seconds if self.recoveries else 0.0


Tell = Callable[[float, Tally, int], None]


def run(plan: Plan, *, keep: Path | None = None, tell: Tell = lambda *_: None) -> Result:
    """Plays in a folder of its own, or in one that stays; ``tell`` hears seconds, tally and faults so far. Ends all that it began."""

    async def whole(folder: Path) -> Result:
        task = asyncio.current_task()
        assert task is not None
        with contextlib.suppress(ValueError, RuntimeError):  # only the main thread hears signals
            asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
        return await Run(plan, folder, tell).play()

    if plan.bug and plan.bug not in BUGS:
        raise ConfigError(f"there is no bug '{plan.bug}'; {nearest(plan.bug, BUGS)}")
    if keep and keep.exists() and any(keep.iterdir()):
        raise ConfigError(f"{keep} is not empty")
    if keep:
        return asyncio.run(whole(keep.resolve()))
    with tempfile.TemporaryDirectory(prefix="regionbus-chaos-", ignore_cleanup_errors=True) as folder:
        return asyncio.run(whole(Path(folder)))


class Run:
    """One run."""

    def __init__(self, plan: Plan, folder: Path, tell: Tell) -> None:
        """Everything lies in ``folder``."""
        self.plan, self.folder, self.tell = plan, folder, tell
        self.region, self.map, self.archive = Partner("aimfts"), Partner("r"), Partner("amf")
        self.tally = Tally(partners={"region": self.region, "map": self.map, "archive": self.archive})
        self.over: dict[Fault, float] = {}
        """When each fault was over."""
        self.begun: float | None = None

    async def play(self) -> Result:
        """The whole."""
        await asyncio.to_thread(bridges.warm)
        async with AsyncExitStack() as stack:
            scene = await build(stack, self.folder, self.plan.ledger, self.plan.seconds / 60, self.region, self.plan.bug)
            where = address(f"mqtt://127.0.0.1:{scene.agency.port}?protocol=3.1.1")  # to read the properties of MQTT 5 costs paho more than all else
            author, reader = Connection(where, "author"), Connection(where, "reader", ["out/map"])
            stack.push_async_callback(author.close)
            stack.push_async_callback(reader.close)
            works = (self._watch(scene), look(self.folder / "archive", self.archive), listen(reader, self.map))
            watching = [asyncio.create_task(work) for work in works]
            stack.callback(lambda: [task.cancel() for task in watching])
            staying = [asyncio.create_task(bridge.stay()) for bridge in scene.bridges]
            stack.callback(lambda: [task.cancel() for task in staying])
            await self._sing(author)
            self.begun = time.monotonic()
            authors = Authors(self.tally, [bridge.port for bridge in scene.bridges], author, self.folder / "in", self.plan.rate, self.plan.crowd)
            await self._hurt(scene, authors)
            silent = time.monotonic()
            await self._wait()
            for task in watching:
                if task.done():
                    task.result()  # who no longer looks sees nothing come
            orderly = all([await bridge.stop() for bridge in scene.bridges])
            return await self._look_back(scene, time.monotonic() - silent, orderly=orderly)

    async def _sing(self, author: Connection) -> None:
        """A canary proves the whole way before anything is counted."""
        end = time.monotonic() + START
        while not all(partner.came[CANARY] for partner in (self.region, self.archive)):
            if time.monotonic() > end:
                raise ConfigError(f"within {START:.0f} s not one message came through; the bridge's log says why (--keep)")
            with contextlib.suppress(Unavailable):
                await author.publish([Publication("in/cap", alert(f"c-{CANARY}"))])
            await asyncio.sleep(0.3)

    async def _hurt(self, scene: Scene, authors: Authors) -> None:
        """Authors speak until the last fault is over."""
        speaking = asyncio.create_task(authors.speak())
        try:
            async with asyncio.TaskGroup() as group:
                for fault in self.plan.faults:
                    group.create_task(self._strike(scene, fault))
                await asyncio.sleep(self.plan.seconds)
            authors.silent = True
            async with asyncio.timeout(self.plan.patience):
                await asyncio.shield(speaking)
        except TimeoutError:
            pass  # who has no receipt for its last words has not been promised anything
        finally:
            speaking.cancel()

    async def _strike(self, scene: Scene, fault: Fault) -> None:
        assert self.begun is not None
        await asyncio.sleep(self.begun + fault.at - time.monotonic())
        self.over[fault] = await scene.strike(fault)

    async def _watch(self, scene: Scene) -> None:
        while True:
            for bridge in scene.bridges:
                bridge.watch()
            if self.begun:
                self.tell(time.monotonic() - self.begun, self.tally, len(self.over))
            await asyncio.sleep(WATCH)

    async def _wait(self) -> None:
        """Until everything is everywhere, or patience ends."""
        end = time.monotonic() + self.plan.patience
        while not self.tally.complete() and time.monotonic() < end:
            await asyncio.sleep(WATCH / 2)
        await asyncio.sleep(2 * WATCH)  # what comes now would come twice

    async def _held(self, ledger: Ledger) -> checker.Held:
        """What it holds: a server that was hurt until now may take its time to answer."""
        end = time.monotonic() + START
        while True:
            try:
                return await checker.held(ledger, self.tally.partners)
            except Unavailable:
                if time.monotonic() > end:
                    raise
                await asyncio.sleep(WATCH)

    async def _look_back(self, scene: Scene, waited: float, *, orderly: bool) -> Result:
        held = checker.Held({}, {})
        for bridge in scene.bridges:  # the sums are one for all, what waits may wait beside one of them
            ledger = ledger_of(settings.load(bridge.path), now)
            found = await self._held(ledger)
            await ledger.close()
            held = checker.Held(found.sums, {name: found.words[name] | held.words.get(name, set()) for name in found.words})
        findings = checker.judge(self.tally, held)
        begun = self.begun or 0.0
        faults = played({fault: end for fault, end in self.over.items() if scene.allows(fault)}, begun)
        tickets = max(bridge.sky.held for bridge in scene.bridges)
        findings.unbounded = checker.unbounded(tickets)
        findings.strange = [code for bridge in scene.bridges for code in bridge.strange] + ([] if orderly else [1])
        return Result(
            findings,
            Counter(fault.kind for fault in faults),
            overlapping(faults),
            recoveries(spans(faults, begun), self.tally),
            self.tally.asked,
            checker.told(bridge.log for bridge in scene.bridges),
            sum(bridge.lives for bridge in scene.bridges),
            max(bridge.memory for bridge in scene.bridges) >> 20,
            int(tickets),
            waited,
            held.sums,
            Counter(fault.kind for fault in self.over if not scene.allows(fault)),
        )
