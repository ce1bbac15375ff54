"""The door of a hub for what comes from a neighbour's bus: what may pass, and with which hops (DESIGN section 5, Loops)."""

from datetime import datetime, timedelta
from typing import NamedTuple

from bridge.envelope import opened, stated_age
from bridge.errors import Malformed
from bridge.ledger import Relayed
from bridge.model import in_millis
from bridge.records import Carrier, Hop
from bridge.streams import Scope

HOPS = 4
"""Hubs that a message passes at most."""


class Turned(NamedTuple):
    """What does not pass, and why: nothing is wrong with it."""

    reason: str
    """``own``, ``passed`` (it was here), ``hops``, ``transit`` or ``scope``."""


class Door(NamedTuple):
    """Between one peer and us."""

    own: str
    peer: str
    scope: Scope
    transit: bool = False
    """Whether we take what the peer has from others."""
    agencies: frozenset[str] = frozenset()
    """Ours: no other hub speaks for them."""
    memory: timedelta = timedelta(days=7)

    def passed(self, topic: str, data: bytes, now: datetime, *, asked: bool = False) -> Relayed | Turned:
        """The message with one more hop. ``asked``: our journal lacks it, so it may be our own, or one that was here.

        Raises ``Malformed``, ``Invalid`` for what is too old, or ``UnknownSchema``; the record stays closed.
        """
        place, carrier, envelope = opened(topic, data)
        if envelope.agency in self.agencies and carrier.hub != self.own:
            raise Malformed("disagrees", "hub", found=carrier.hub, wanted=self.own)
        ours = asked and carrier.hub == self.own
        if reason := self._turned(carrier, asked=asked) or ("" if ours or self.scope.has(place) else "scope"):
            return Turned(reason)
        stated_age(envelope, now, self.memory)
        hops = (*carrier.hops, Hop(hub=self.own, at=in_millis(now)))
        return Relayed(topic, carrier.model_copy(update={"hops": hops}), envelope)

    def _turned(self, carrier: Carrier, *, asked: bool) -> str:
        if not asked and carrier.hub == self.own:
            return "own"
        if not asked and any(hop.hub == self.own for hop in carrier.hops):
            return "passed"
        if len(carrier.hops) >= HOPS:
            return "hops"
        return "" if self.transit or carrier.hub in {self.own, self.peer} else "transit"
