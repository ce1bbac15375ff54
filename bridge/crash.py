"""Named places where a test may kill the process: ``REGIONBUS_CRASH_AT=name`` or ``name:5`` for the fifth passing.

Each lies between two steps of a message's way (DESIGN section 2); in production a place costs one comparison.
"""

import os
import signal
from collections import Counter

POINTS = (
    "taken",  # the port has the piece, nobody has read it
    "sealed",  # read and sealed, not yet in the ledger
    "accept-begun",  # inside the ledger's transaction
    "numbered",  # it has its place in the stream, and no row yet
    "accept-written",  # all rows written, not yet committed
    "accepted",  # committed, the source has no receipt yet
    "receipted",  # the source has its receipt
    "filing",  # folder: the reason is written, the file not yet moved
    "filed",  # folder: the file has been moved
    "publishing",  # read from the queue, not yet on the socket
    "sent",  # on the socket, the broker has not answered
    "published",  # the broker has acknowledged, the ledger does not know
    "publish-settled",  # the ledger knows
    "heard",  # a delivery came from the bus
    "heard-accepted",  # it is in the ledger, the broker has no acknowledgement
    "heard-acknowledged",  # the broker has it
    "relay-accepted",  # a neighbour's message is in the ledger, its broker has no acknowledgement
    "opened",  # an outlet has read the record
    "written",  # it is in the partner's format
    "giving",  # folder: the file is written, not yet renamed
    "renamed",  # folder: the file has its name, which may not be on the disk
    "given",  # the partner has it, the ledger does not know
    "settle-begun",  # inside the ledger's transaction
    "settle-written",  # all rows written, not yet committed
    "settled",  # the ledger knows
    "telling",  # a receipt waits for its author
    "told",  # the author has it, the ledger does not know
    "told-settled",  # the ledger knows
    "reoffering",  # read in the journal, not yet offered again
    "reoffered",  # a re-offer from the journal is in the ledger
    "adopted",  # Redis is back and knows what the side ledger remembered
    "handed-over",  # Redis has a piece of what waited there, the side ledger has it still
    "forgetting",  # Redis has all of it, the side ledger's file is still there
)
ONLY = {
    "taken": "folder: nothing is moved or renamed elsewhere",
    "filing": "folder: nothing is moved or renamed elsewhere",
    "filed": "folder: nothing is moved or renamed elsewhere",
    "giving": "folder: nothing is moved or renamed elsewhere",
    "renamed": "folder: nothing is moved or renamed elsewhere",
    "relay-accepted": "relay: it passes no other",
    "numbered": "sqlite: a step of Redis is one script, which nothing of ours interrupts",
    "reoffering": "broker: one that keeps what it has acknowledged brings it back itself",
    "reoffered": "broker: one that keeps what it has acknowledged brings it back itself",
    "adopted": "redis: SQLite has no side ledger",
    "handed-over": "redis: SQLite has no side ledger",
    "forgetting": "redis: SQLite has no side ledger",
}
"""Places that not every message passes, and why."""
PLAN, _, NTH = os.environ.get("REGIONBUS_CRASH_AT", "").partition(":")
passed: Counter[str] = Counter()


def point(name: str) -> None:
    """Dies here, without a last word, if the test wants it."""
    if name != PLAN:
        return
    passed[name] += 1
    if passed[name] == int(NTH or 1):
        os.kill(os.getpid(), signal.SIGKILL)
