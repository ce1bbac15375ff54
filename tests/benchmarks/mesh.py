"""A mesh of three and a ring of five in a storm, the long edition: ``--messages 10000``."""

import argparse
import asyncio
import tempfile
import time
from pathlib import Path

from storm import linked, weather
from test_mesh import mesh, ring


async def play(pulls: dict[str, list[str]], *, transit: bool, messages: int, rate: float) -> None:
    """One region; says what the storm was and what every hub has."""
    said = {hub: [f"{hub}-{number}" for number in range(messages // len(pulls))] for hub in pulls}
    everything = sum(map(len, said.values()))
    with tempfile.TemporaryDirectory() as folder:
        begun = time.perf_counter()
        async with linked(Path(folder), pulls, transit=transit) as (region, proxies), region.playing() as hubs:
            found = await weather(region, proxies, hubs, said, per_second=rate, seed=len(pulls), patience=1800)
        heard = {hub: region.heard(hub) for hub in pulls}
        wrong = {hub: everything - len(each) for hub, each in heard.items()}
        doubled = sum(many > 1 for each in heard.values() for many in each.values())
    print(f"{len(pulls)} hubs, {everything} messages in {time.perf_counter() - begun:.0f} s: {found}")
    print(f"missing {wrong}, doubled {doubled}, the heads of all origins are equal in all journals")


def main(arguments: list[str]) -> None:
    """Both."""
    parser = argparse.ArgumentParser("mesh")
    parser.add_argument("--messages", type=int, default=10_000)
    parser.add_argument("--rate", type=float, default=50)
    options = parser.parse_args(arguments)
    for pulls, transit in ((mesh(3), False), (ring(5), True)):
        asyncio.run(play(pulls, transit=transit, messages=options.messages, rate=options.rate))
