"""Lost, doubled, still waiting, or all well: what authors and partners know, held against what the ledger holds."""

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from bridge import wire
from bridge.chaos.tally import Partner, Tally
from bridge.kinds import LANES
from bridge.ledger import NOBODY, STAGES, Ledger, bus_queue, outlet_queue
from bridge.ledger.rows import moment
from bridge.links.feed import MEMORY
from bridge.records import Envelope

WORD = re.compile(r"[a-z]-\d+$")
EVERYTHING = 10_000_000
SPARE = 100
"""Tickets that a feed may hold beyond its bound: a batch that comes while another is fetched."""


@dataclass
class Held:
    """What the ledger holds at the end."""

    sums: dict[str, Counter[str]]
    """By recipient, by stage."""
    words: dict[str, set[str]]
    """Words that wait, by the outlet that they wait for; under ``bus`` those that wait for all."""


async def held(ledger: Ledger, outlets: Iterable[str]) -> Held:
    """Reads the ledger of a hub that has stopped, as one of its bridges sees it."""
    sums: defaultdict[str, Counter[str]] = defaultdict(Counter)
    words: defaultdict[str, set[str]] = defaultdict(set)
    for lane in LANES:
        for name, queue in (("bus", bus_queue(lane)), *((name, outlet_queue(name, lane)) for name in outlets)):
            words[name] |= {word(ticket.message.carrier.envelope) for ticket in await ledger.waiting(queue, EVERYTHING)}
    words["bus"] |= {word(message.carrier.envelope) for message in await ledger.unheard(moment(2**41), EVERYTHING)}
    for fate in await ledger.sum():
        sums[fate.recipient][fate.stage] += fate.many
    return Held(sums, words)


def word(envelope: bytes) -> str:
    """The word that an envelope speaks of; empty for a receipt."""
    found = WORD.search(wire.decode(envelope, Envelope).subject)
    return found[0] if found else ""


@dataclass
class Findings:
    """What became of everything; ``wrong`` names what must not be."""

    accepted: int = 0
    delivered: int = 0
    absorbed: int = 0
    lost: list[str] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    backwards: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    unsummed: list[str] = field(default_factory=list)
    """Recipients for whom *owed = delivered + … + waiting* does not hold, or whose partner counts otherwise."""
    unbounded: int = 0
    """Tickets in one feed, if they were more than there may be."""
    strange: list[int] = field(default_factory=list)
    """Exit codes of bridges that nobody had killed."""

    @property
    def wrong(self) -> list[str]:
        """Empty if all is well."""
        names = ("lost", "waiting", "doubled", "backwards", "refused", "unsummed", "unbounded", "strange")
        return [name for name in names if getattr(self, name)]


def judge(tally: Tally, found: Held) -> Findings:
    """Every accepted word once at every partner; what is missing is waiting if the ledger still holds it, else lost."""
    findings = Findings(accepted=tally.total, refused=tally.refused)
    for name, partner in tally.partners.items():
        kept = found.words.get("bus", set()) | found.words.get(name, set())
        missing = [*tally.missing(partner), *old(tally, partner)]
        findings.waiting += [f"{name}: {each}" for each in missing if each in kept]
        findings.lost += [f"{name}: {each}" for each in missing if each not in kept]
        findings.doubled += [f"{name}: {each}" for each in partner.doubled]
        findings.backwards += [f"{name}: {each}" for each in partner.backwards]
        findings.absorbed += partner.absorbed
        findings.delivered += partner.messages
        sums = found.sums.get(f"cn-chaos-{name}", Counter())
        most = sums["delivered"] + sums["waiting"] + sums["superseded"]  # given, but not settled yet or overtaken meanwhile
        if not sums["delivered"] <= partner.messages <= most:
            findings.unsummed.append(f"{name}: {partner.messages} came, {sums['delivered']} were settled")
    for recipient, stages in found.sums.items():
        if recipient != NOBODY and stages["owed"] != sum(stages[each] for each in STAGES):
            findings.unsummed.append(f"{recipient}: {dict(stages)}")
    return findings


def old(tally: Tally, partner: Partner) -> list[str]:
    """Series whose newest version is not the last one that came."""
    if "s" not in partner.kinds:
        return []
    return [name for name, version in tally.newest.items() if partner.newest.get(name) != version]


def unbounded(tickets: float) -> int:
    """How many, if that is more than a feed may hold."""
    return int(tickets) if tickets > MEMORY + SPARE else 0


def told(logs: Iterable[Path]) -> Counter[str]:
    """What the bridges wrote in their logs: how often which event; of re-offers, how many messages."""
    events: Counter[str] = Counter()
    for log in logs:
        if not log.exists():
            continue
        with log.open(encoding="utf-8", errors="replace") as lines:
            for line in lines:
                try:
                    event = json.loads(line)
                except ValueError:
                    events["not a log line"] += 1
                    continue
                events[event["event"]] += event.get("count", 1)
    return events
