"""``regionbus chaos``: faults on purpose against a private hub, and what became of every message."""

import json
import os
import platform
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from bridge.chaos import schedule, servers, story
from bridge.chaos.tally import Tally
from bridge.texts import text

RATES = (100.0, 500.0)
"""Messages per second that the authors try to say, in a short and in a long run: the faults and the machine leave room for fewer."""
CROWDS = (600, 1200)
"""Messages on the way to a partner at most; in a long run what the machine misses while a server loads its ledger is made up for."""
PROGRAMS = {"sqlite": ["mosquitto"], "redis": ["mosquitto", "redis-server"]}
EVERY = 10.0
SHOWN = 5
console = Console(highlight=False)


def run(*, seed: int, minutes: float, ledger: str, as_json: bool, keep: Path | None) -> int:
    """Plays; 0 only if nothing was lost or doubled and all sums add up."""
    faults = schedule.schedule(seed, minutes, ledger)
    if not as_json:
        console.print(
            text(
                "chaos-begins",
                None,
                seed=seed,
                minutes=minutes,
                ledger=ledger,
                faults=len(faults),
                share=percent(schedule.overlapping(faults), len(faults)),
            )
        )
    long = schedule.is_long(minutes)
    plan = story.Plan(faults, minutes * 60, ledger, RATES[long], bug=os.environ.get("REGIONBUS_BUG", ""), crowd=CROWDS[long])
    found = document(story.run(plan, keep=keep, tell=(lambda *_: None) if as_json else teller()), seed, minutes, ledger)
    if as_json:
        print(json.dumps(found, ensure_ascii=False, indent=2))
    else:
        show(found)
    return 0 if not found["wrong"] else 1


def teller() -> story.Tell:
    """Says now and then how far it is."""
    last = {"at": 0.0}

    def tell(seconds: float, tally: Tally, faults: int) -> None:
        if seconds >= last["at"] + EVERY:
            last["at"] = seconds
            came = sum(partner.messages for partner in tally.partners.values())
            console.print(" ", text("chaos-progress", None, seconds=round(seconds), faults=faults, accepted=tally.total, came=came))

    return tell


def machine(ledger: str) -> str:
    """Where it ran."""
    pages = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    where = f"{os.cpu_count()} × {platform.machine()}, {pages >> 30} GiB, {platform.system()} {platform.release()}"
    return ", ".join((where, f"Python {platform.python_version()}", *map(servers.version, PROGRAMS[ledger])))


def percent(part: int, whole: int) -> int:
    """The share of a part."""
    return round(100 * part / max(1, whole))


def document(found: story.Result, seed: int, minutes: float, ledger: str) -> dict[str, Any]:
    """The result as JSON."""
    findings = found.findings
    asked = found.asked
    return {
        "seed": seed,
        "minutes": minutes,
        "ledger": ledger,
        "machine": machine(ledger),
        "faults": found.faults.total(),
        "overlapping_percent": percent(found.overlapping, found.faults.total()),
        "kinds": dict(sorted(found.faults.items())),
        "left_out": dict(found.left_out),
        "accepted": findings.accepted,
        "delivered": findings.delivered,
        "absorbed": findings.absorbed,
        "asked_again": asked.total() - asked["202"],
        "reoffered": found.events["reoffered"],
        "lives": found.lives,
        "recovery_seconds": {name: round(found.recovery(share), 2) for name, share in (("p50", 0.5), ("p99", 0.99), ("max", 1.0))},
        "recoveries": len(found.recoveries),
        "struck_again": sum(each.struck for each in found.recoveries),
        "slowest": [{"seconds": round(each.seconds, 2), "burst": each.burst} for each in found.recoveries[: -SHOWN - 1 : -1]],
        "caught_up_seconds": round(found.catching_up, 1),
        "megabytes": found.megabytes,
        "tickets": found.tickets,
        "sums": {name: dict(stages) for name, stages in found.sums.items()},
        "wrong": findings.wrong,
        **{name: getattr(findings, name) for name in ("lost", "waiting", "doubled", "backwards", "refused", "unsummed", "unbounded", "strange")},
    }


def show(found: dict[str, Any]) -> None:
    """For people."""
    kinds = Table(text("chaos-fault"), text("chaos-times"))
    for kind, times in found["kinds"].items():
        kinds.add_row(f"{text(f'chaos-kind-{kind}')} [dim]({kind})[/]", str(times))
    console.print(kinds)
    figures = Table(show_header=False)
    for name in (
        "ledger",
        "faults",
        "overlapping_percent",
        "accepted",
        "delivered",
        "absorbed",
        "asked_again",
        "reoffered",
        "lives",
        "megabytes",
        "tickets",
        "caught_up_seconds",
        "recoveries",
        "struck_again",
    ):
        figures.add_row(text(f"chaos-{name}"), str(found[name]))
    figures.add_row(text("chaos-recovery"), " / ".join(f"{seconds:.2f}" for seconds in found["recovery_seconds"].values()))
    for name in ("lost", "doubled", "waiting", "backwards", "refused", "unsummed", "unbounded", "strange"):
        many = found[name] if name == "unbounded" else len(found[name])
        figures.add_row(text(f"chaos-{name}"), f"[{'red' if many else 'green'}]{many}[/]")
    console.print(figures)
    for each in found["slowest"]:
        console.print(f"  {each['seconds']:6.2f} s  {each['burst']}", markup=False)
    for name in found["wrong"]:
        if name != "unbounded":
            console.print(
                f"  {text(f'chaos-{name}')}: {', '.join(map(str, found[name][:SHOWN]))}{' …' if len(found[name]) > SHOWN else ''}", markup=False
            )
    if found["left_out"]:
        console.print(text("chaos-left-out", None, kinds=", ".join(found["left_out"])))
    console.print(text("chaos-machine", None, machine=found["machine"], seed=found["seed"]))
    console.print(text("chaos-failed" if found["wrong"] else "chaos-passed"))
