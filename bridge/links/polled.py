"""An inlet whose source is asked again and again: what is refused of its list is set aside once, not at every poll."""

import re
from collections import Counter
from dataclasses import replace

from bridge.ledger import Outcome, Refused, Taking
from bridge.links.inlet import Inlet
from bridge.ports import Taken

Flaws = Counter[tuple[str, str, str]]


class Polled(Inlet):
    """Every piece is the whole list again."""

    once = True
    """Off: set aside with every list, as for sources that are told what was refused."""
    flaws: Flaws = Flaws()
    """What was refused of the piece that is being read."""
    known: Flaws = Flaws()
    """What was refused of the last one that was accepted."""

    def read(self, taken: Taken) -> Taking:
        """See ``Inlet``; without what was refused of the last piece, too."""
        taking = super().read(taken)
        self.flaws = Flaws(map(flaw, taking.refused))
        left, new = self.known.copy() if self.once else Flaws(), []
        for refused in taking.refused:
            left[flaw(refused)] -= 1
            if left[flaw(refused)] < 0:
                new.append(refused)
        return replace(taking, refused=tuple(new))

    def _note(self, taking: Taking, outcome: Outcome) -> None:
        self.known = self.flaws
        super()._note(taking, outcome)


def flaw(refused: Refused) -> tuple[str, str, str]:
    """By what a refused part is known again; in the next list it may stand elsewhere."""
    verdict = refused.verdict
    return verdict.code, re.sub(r"\d+", "", verdict.at), verdict.en.replace(verdict.at or "-", "")
