"""Golden cases of an adapter."""

from bridge import testing
from bridge.adapter import Said
from bridge.conformance.report import Aside, Failed
from bridge.conformance.subject import Subject


def golden(about: Subject) -> None:
    """Golden cases hold."""
    if not about.cases:
        raise Aside("no-golden")
    for case in about.cases:
        for flaw in testing.check(about.cls, case):
            raise Failed("law", file=case.name, law=flaw)


def both_ways(about: Subject) -> None:
    """Golden cases show what is taken and what is refused."""
    if not about.cases:
        raise Aside("no-golden")
    kinds = {isinstance(each, Said) for sample in about.samples for each in sample.found}
    if kinds != {True, False}:
        raise Failed("one-way")


CHECKS = (golden, both_ways)
