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
    "accept-written",  # all rows written, not yet committed
    "accepted",  # committed, the source has no receipt yet
    "receipted",  # the source has its receipt
    "filed",  # folder: the file has been moved
    "publishing",  # read from the queue, not yet on the socket
    "published",  # the broker has acknowledged, the ledger does not know
    "publish-settled",  # the ledger knows
    "heard",  # a delivery came from the bus
    "heard-accepted",  # it is in the ledger, the broker has no acknowledgement
    "heard-acknowledged",  # the broker has it
    "opened",  # an outlet has read the record
    "written",  # it is in the partner's format
    "giving",  # folder: the file is written, not yet renamed
    "given",  # the partner has it, the ledger does not know
    "settle-begun",  # inside the ledger's transaction
    "settle-written",  # all rows written, not yet committed
    "settled",  # the ledger knows
    "reoffered",  # a re-offer from the journal is in the ledger
)
PLAN, _, NTH = os.environ.get("REGIONBUS_CRASH_AT", "").partition(":")
passed: Counter[str] = Counter()


def point(name: str) -> None:
    """Dies here, without a last word, if the test wants it."""
    if name != PLAN:
        return
    passed[name] += 1
    if passed[name] == int(NTH or 1):
        os.kill(os.getpid(), signal.SIGKILL)
