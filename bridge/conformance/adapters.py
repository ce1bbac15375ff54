"""Checks on an adapter, by number: 1-6 what it declares, 7-18 how it reads, 19-25 hostile bytes, 26-31 what it writes, 32-33 golden cases."""

from bridge.conformance import declaring, golden, hostile, reading, writing
from bridge.conformance.report import Checks
from bridge.conformance.subject import Subject

CHECKS: Checks[Subject] = dict(enumerate((*declaring.CHECKS, *reading.CHECKS, *hostile.CHECKS, *writing.CHECKS, *golden.CHECKS), 1))
