"""How long a hub needs to be itself again after a burst of faults.

Recovery runs from the end of the last fault of a burst until something that was accepted later has come: to the partner with an
address if the burst hurt it, else to any. If the next burst strikes before that, the hub has not recovered and the two count as
one burst: the clock starts anew at the end of the last fault that hit. How often that was so is told beside it.
"""

from collections.abc import Iterable
from typing import NamedTuple

from bridge.chaos.schedule import Fault, bursts
from bridge.chaos.tally import Tally

HURT = "region"
"""The partner that faults aim at."""


class Recovery(NamedTuple):
    """One recovery; ``burst`` names the faults before it, ``struck`` how many more bursts struck into it."""

    seconds: float
    burst: str
    struck: int = 0


class Span(NamedTuple):
    """A burst as it was: from its first strike until its last fault was over."""

    begin: float
    end: float
    hurt: bool
    names: str


def played(over: dict[Fault, float], begun: float) -> list[Fault]:
    """The faults of a run that began at that moment, each as long as it was: ``over`` says when it ended."""
    return sorted(fault._replace(duration=end - begun - fault.at) for fault, end in over.items())


def spans(faults: list[Fault], begun: float) -> list[Span]:
    """Their bursts."""
    found = []
    for burst in bursts(faults):
        hurt = any(fault.kind.startswith("partner") for fault in burst)
        found.append(Span(begun + burst[0].at, begun + max(fault.end for fault in burst), hurt, "+".join(fault.kind for fault in burst)))
    return found


def recoveries(found: list[Span], tally: Tally) -> list[Recovery]:
    """One for each burst that the hub was left to recover from, the quickest first; infinite if nothing came any more."""
    ends = [span.end for span in found]
    firsts = {name: tally.first_after(ends, name) for name in tally.partners}
    measured: list[Recovery] = []
    before: list[Span] = []
    for place, span in enumerate(found):
        whole = [*before, span]
        names: Iterable[str] = [HURT] if any(each.hurt for each in whole) else tally.partners
        first = min(firsts[name][place] for name in names)
        if place + 1 < len(found) and first > found[place + 1].begin:
            before = whole
            continue
        measured.append(Recovery(first - span.end, " / ".join(each.names for each in whole), len(before)))
        before = []
    return sorted(measured)
