"""How an adapter reads samples: the same each time and everywhere, nothing but records and verdicts, and nothing lost."""

import base64
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable

from bridge import wire
from bridge.conformance.report import Aside, Failed
from bridge.conformance.subject import Sample, Subject
from bridge.errors import Rejected
from bridge.kinds import KINDS, subject
from bridge.texts import catalogue

SLOW = 2.0
"""Seconds that one message may take."""


def sampled(about: Subject) -> None:
    """There are samples."""
    if not about.samples:
        raise Failed("no-samples")


def of_samples(look: Callable[[Sample], None]) -> Callable[[Subject], None]:
    """A check of each sample; the first that fails is named."""

    def check(about: Subject) -> None:
        if not about.samples:
            raise Aside("no-samples")
        for sample in about.samples:
            look(sample)

    return check


def verdicts(sample: Sample) -> None:
    """Only records and verdicts come out."""
    for each in sample.found:
        if isinstance(each, Rejected) and each.turn == "us":
            raise Failed("law", file=sample.name, law=each)


def something(about: Subject) -> None:
    """Some sample says something."""
    if not about.samples:
        raise Aside("no-samples")
    if not any(sample.said for sample in about.samples):
        raise Failed("nothing-said", file=about.samples[0].name, reason=next(iter(about.samples[0].found), "-"))


def twice(sample: Sample) -> None:
    """The same bytes say the same."""
    if sample.said != sample.said:
        raise Failed("two-things", file=sample.name)


def reversed_order(about: Subject) -> None:
    """No sample changes what another says: an adapter has no memory."""
    if len(about.samples) < 2:
        raise Aside("one-sample")
    forth = [sample.said for sample in about.samples]
    back = [sample.said for sample in reversed(about.samples)]
    for sample, one, other in zip(about.samples, forth, reversed(back), strict=True):
        if one != other:
            raise Failed("remembers", file=sample.name)


def elsewhere(about: Subject) -> None:
    """Another process with another clock, zone and hash seed reads the same."""
    if not about.samples:
        raise Aside("no-samples")
    lines = [json.dumps([each.adapter.model_dump(exclude_unset=True, mode="json"), base64.b64encode(each.data).decode()]) for each in about.samples]
    command = [sys.executable, "-m", "bridge.conformance.again", about.target]
    outs = []
    for seed, zone, ahead in (("1", "Asia/Shanghai", "0"), ("2", "America/New_York", "-9000")):
        surroundings = os.environ | {"PYTHONHASHSEED": seed, "TZ": zone, "DAYS_AHEAD": ahead}
        done = subprocess.run(command, input="\n".join(lines), env=surroundings, capture_output=True, text=True, timeout=120, check=False)  # noqa: S603  our own program
        if done.returncode:
            raise Failed("elsewhere-raised", reason=(done.stderr.strip().splitlines() or ["-"])[-1])
        outs.append(done.stdout.splitlines())
    for sample, one, other in zip(about.samples, *outs, strict=True):
        if one != other:
            raise Failed("elsewhere", file=sample.name)


def reasons(sample: Sample) -> None:
    """Refusals have a sentence in both languages."""
    for each in sample.found:
        if isinstance(each, Rejected) and each.code not in catalogue():
            raise Failed("no-sentence", file=sample.name, code=each.code)


def named(sample: Sample) -> None:
    """Every record is about something."""
    for each in sample.said:
        if not subject(each.record).strip(" ,"):
            raise Failed("no-id", file=sample.name, kind=type(each.record).__name__)


def spoken(sample: Sample) -> None:
    """Only kinds that are messages come out."""
    for each in sample.said:
        if type(each.record) not in KINDS:
            raise Failed("undeclared-kind", file=sample.name, kind=type(each.record).__name__)


def kept(sample: Sample) -> None:
    """What has no home is kept under the format's own name."""
    for each in sample.said:
        strange = [key for key in getattr(each.record, "extensions", {}) if not re.match(r"[\w.-]+:", key)]
        if strange:
            raise Failed("strange-extension", file=sample.name, key=strange[0])


def wired(sample: Sample) -> None:
    """Every record fits the wire."""
    for each in sample.said:
        try:
            same = wire.decode(wire.encode(each.record), type(each.record)) == each.record
        except (Rejected, ValueError) as error:
            raise Failed("law", file=sample.name, law=error) from None
        if not same:
            raise Failed("off-wire", file=sample.name, kind=type(each.record).__name__)


def quick(sample: Sample) -> None:
    """A message is read in time."""
    begun = time.process_time()
    _ = sample.found
    if time.process_time() - begun > SLOW:
        raise Failed("slow", file=sample.name, seconds=SLOW)


CHECKS = (
    *(sampled, of_samples(verdicts), something, of_samples(twice), reversed_order, elsewhere, of_samples(reasons), of_samples(named)),
    *(of_samples(spoken), of_samples(kept), of_samples(wired), of_samples(quick)),
)
