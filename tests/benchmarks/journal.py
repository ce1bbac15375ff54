"""What one message costs the ledger as its journal grows, as ratios to the smallest: accept, hand on, settle, in batches of 64.

``--kind sqlite --most 100000``
"""

import argparse
import asyncio
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from bridge import registry
from bridge.adapter import Said, read
from bridge.app import ledger_of
from bridge.envelope import Terms, seal
from bridge.ledger import Ledger, Settlement, Taking
from bridge.settings import Settings
from tests.benchmarks.load import alert
from tests.benchmarks.scene import Scene

BATCH = 64
ROUNDS = 30
TERMS = Terms(agency="cn-jiaxing-weather", mode="Actual")


def takings(first: int) -> list[Taking]:
    """A batch of pieces, each unlike any other."""
    adapter = registry.load("cap")(agency=TERMS.agency)
    now, found = datetime.now(UTC), []
    for number in range(first, first + BATCH):
        (said,) = read(adapter, alert(number))
        assert isinstance(said, Said)
        found.append(Taking(f"cap:{number}", "cap", TERMS.agency, tuple(seal(said, TERMS, now)), (), fresh=True))
    return found


async def step(ledger: Ledger, batch: list[Taking]) -> float:
    """Microseconds for each message, from its accept to its end."""
    begin = time.perf_counter()
    outcomes = await ledger.accept(batch)
    await ledger.settle([Settlement(ticket, "delivered") for outcome in outcomes for ticket in outcome.tickets])
    return (time.perf_counter() - begin) / BATCH * 1e6


async def run(ledger: Ledger, most: int) -> None:
    """Grows the journal tenfold again and again, and measures on every landing."""
    await ledger.waiting("bus/urgent", 1)
    size, bare = 0, 0.0
    for goal in (10**power for power in range(2, len(str(most)))):
        while size < goal:
            await step(ledger, takings(size))
            size += BATCH
        batches = [takings(size + number * BATCH) for number in range(ROUNDS)]
        cost = median([await step(ledger, batch) for batch in batches])
        size += ROUNDS * BATCH
        bare = bare or cost
        print(f"{goal:8} in the journal: {cost:6.0f} µs each, {cost / bare:.2f} × the smallest", flush=True)
    await ledger.close()


def main(arguments: list[str]) -> None:
    """One run."""
    options = argparse.ArgumentParser("journal")
    options.add_argument("--kind", default="sqlite")
    options.add_argument("--most", type=int, default=100_000)
    chosen = options.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder, Scene(Path(folder) / "journal", chosen.kind) as scene:
        settings = Settings.model_validate(
            {
                "hub": "cn-jiaxing",
                "bus": scene.broker.url,
                "ledger": scene.ledger,
                "side": Path(folder) / "side.db",
                "agency": [],
                "inlet": [],
                "outlet": [],
            }
        )

        async def whole() -> None:
            await run(ledger_of(settings, lambda: datetime.now(UTC)), chosen.most)

        asyncio.run(whole())
