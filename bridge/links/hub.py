"""What every link of a hub shares."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bridge.ledger import Ledger
from bridge.links.border import Border
from bridge.links.feed import Feeds
from bridge.links.wanted import Wanted
from bridge.metrics import Measures
from bridge.presence import Presences


@dataclass(frozen=True, slots=True)
class Hub:
    """One city's bridge, as its links see it."""

    ledger: Ledger
    feeds: Feeds
    clock: Callable[[], datetime]
    memory: timedelta
    """How long the ledger knows a message again; what is older is refused."""
    expires: bool = True
    """Off for demonstrations with old samples: then no message is too old to be delivered."""
    presences: Presences = field(default_factory=Presences)
    """What is known of other hubs."""
    measures: Measures = field(default_factory=Measures)
    """What is counted on the way."""
    border: Border = field(default_factory=Border)
    """What outlets have seen of subjects that may leave their areas."""
    wanted: Wanted = field(default_factory=Wanted)
    """The schemas that messages wait for."""
