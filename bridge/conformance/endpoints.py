"""Checks on an agency's own endpoint, which takes what the hub gives: POST with Idempotency-Key, 2xx when it holds the message.

By number: 41-52 what is taken, 53-61 what is refused, 62-67 how it holds up.
"""

from bridge.conformance import lasting, refusing, taking
from bridge.conformance.report import Checks
from bridge.conformance.wire import Endpoint

CHECKS: Checks[Endpoint] = dict(enumerate((*taking.CHECKS, *refusing.CHECKS, *lasting.CHECKS), 41))
