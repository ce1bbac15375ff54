"""What hostile bytes do to an adapter: nothing."""

import re
import time
from contextlib import suppress
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from bridge import testing
from bridge.adapter import Adapter, Said, read
from bridge.conformance.reading import SLOW, of_samples
from bridge.conformance.report import Aside, Failed
from bridge.conformance.subject import AGENCY, Sample, Subject
from bridge.errors import Rejected
from bridge.fuzz import decoders, runs

MUTATIONS = 300
SEED = 1
BOMBS = (b"[" * 100_000, b'{"a":' * 50_000, b"<a>" * 100_000, b"," * 2_000_000, b"<" * 100_000, b'"' * 100_000)
DTD = b'<!DOCTYPE x [<!ENTITY boom "boom-boom">]>'


def refused(adapter: Adapter, data: bytes, what: str) -> None:
    """Bytes of no message must say nothing, and nothing but a verdict may be raised."""
    try:
        found = read(adapter, data)
    except Rejected as error:
        if error.turn == "us":
            raise Failed("law", file=what, law=error) from None
        return
    if any(isinstance(each, Said) for each in found):
        raise Failed("not-refused", what=what)


def empty(about: Subject) -> None:
    """No bytes are no message."""
    for data in (b"", b" \r\n"):
        refused(about.cls(agency=AGENCY), data, repr(data))
        with suppress(Rejected):
            read(about.cls(agency=AGENCY), data)
            raise Failed("not-refused", what=repr(data))


def binary(about: Subject) -> None:
    """Bytes of no text are no message."""
    for data in (bytes(range(256)), b"\x1f\x8b\x08" + bytes(64), b"\xff\xd8\xff\xe0" + bytes(64)):
        refused(about.cls(agency=AGENCY), data, repr(data[:4]))


def cut(sample: Sample) -> None:
    """A message that ends too soon breaks nothing."""
    for eighth in range(1, 8):
        data = sample.data[: len(sample.data) * eighth // 8]
        for law in testing.broken_laws(sample.adapter, data):
            raise Failed("law", file=f"{sample.name} ({len(data)} bytes)", law=law)


def marked(about: Subject) -> None:
    """A byte order mark changes nothing."""
    found = [each for each in about.samples if each.said and not each.data.startswith(b"\xef\xbb\xbf") and is_utf8(each.data)]
    if not found:
        raise Aside("no-utf8")
    for sample in found:
        if sample._replace(data=b"\xef\xbb\xbf" + sample.data).said != sample.said:
            raise Failed("marked", file=sample.name)


def is_utf8(data: bytes) -> bool:
    """Whether it is text in UTF-8."""
    try:
        return bool(data.decode())
    except UnicodeDecodeError:
        return False


def bombs(about: Subject) -> None:
    """What is small but swells is refused in time."""
    for data in BOMBS:
        begun = time.process_time()
        refused(about.cls(agency=AGENCY), data, f"{data[:6]!r}…")
        if time.process_time() - begun > SLOW:
            raise Failed("slow", file=f"{data[:6]!r}…", seconds=SLOW)


def entities(about: Subject) -> None:
    """Entities of a document type are not resolved."""
    found = [each for each in about.samples if each.said and each.data.lstrip(b"\xef\xbb\xbf \r\n").startswith(b"<")]
    if not found:
        raise Aside("no-xml")
    for sample in found:
        start = re.match(rb"(?:\xef\xbb\xbf)?\s*(?:<\?.*?\?>)?\s*", sample.data, re.DOTALL)
        at = start.end() if start else 0
        swollen = sample.data[:at] + DTD + re.sub(rb">[^<>&]*</", b">&boom;</", sample.data[at:], count=1)
        if sample._replace(data=swollen).said:
            raise Failed("entities", file=sample.name)


def mutated(about: Subject) -> None:
    """Mutated samples: no crash, no hang, nothing but verdicts, no law broken."""
    if not about.samples:
        raise Aside("no-samples")
    given = tuple(decoders.Sample(each.data, partial(taken, each.adapter)) for each in about.samples)
    with TemporaryDirectory() as folder:
        result = runs.run(decoders.Decoder(about.cls.name, given), MUTATIONS, SEED, 1, Path(folder))
    for finding in result.examples:
        raise Failed("mutated", kind=finding.kind, number=finding.number, many=sum(result.findings.values()), reason=finding.reason)


def taken(adapter: Adapter, data: bytes) -> str:
    """The code of a verdict on a mutated sample; raises what is no verdict."""
    for law in testing.broken_laws(adapter, data):
        raise decoders.Broken(law)
    return "taken"


CHECKS = (empty, binary, of_samples(cut), marked, bombs, entities, mutated)
