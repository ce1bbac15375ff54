"""Checks on an adapter: what it declares, how it reads, what hostile bytes do to it, what it writes, and its golden cases."""

import base64
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from bridge import filled, testing, text, wire, xml
from bridge.adapter import Adapter, Said, Says, Written, read, undeclared, write
from bridge.conformance.report import Aside, Checks, Failed
from bridge.conformance.subject import AGENCY, Sample, Subject
from bridge.errors import AdapterFault, Malformed, Rejected
from bridge.fuzz import decoders, runs
from bridge.kinds import KINDS, subject
from bridge.model import Model, Record
from bridge.spec import places
from bridge.texts import catalogue
from bridge.topics import is_level

SLOW = 2.0
"""Seconds that one message may take."""
MUTATIONS = 300
SEED = 1
OWN = "cn-jiaxing-fire"
"""Whose records are written that no sample says."""
SEEDS = 12
SAYS = Says(mode="Actual", action="Report", message_id="m-1")
AWKWARD = '=1+1 <b>&amp;</b> "嘉兴"，\'; 🚒\n第二行'
"""Text that formats trip over: a formula, markup, quotes, separators, a character of four bytes, a second line."""
BOMBS = (b"[" * 100_000, b'{"a":' * 50_000, b"<a>" * 100_000, b"," * 2_000_000, b"<" * 100_000, b'"' * 100_000)
DTD = b'<!DOCTYPE x [<!ENTITY boom "boom-boom">]>'


def loads(about: Subject) -> None:
    """It loads, and its name may stand in settings."""
    if not is_level(about.cls.name):
        raise Failed("bad-name", name=about.cls.name)


def described(about: Subject) -> None:
    """It says what format it is."""
    if not (about.cls.__doc__ or "").strip():
        raise Failed("no-docstring")


def media(about: Subject) -> None:
    """Its media type is one."""
    found = getattr(about.cls, "media_type", "")
    if not re.fullmatch(r"[\w.+-]+/[\w.+-]+", found):
        raise Failed("bad-media", found=found)


def kinds(about: Subject) -> None:
    """It names records that are messages."""
    found = getattr(about.cls, "records", ())
    if not found or any(cls not in KINDS for cls in found):
        raise Failed("bad-records", found=", ".join(getattr(cls, "__name__", str(cls)) for cls in found) or "-")


def optional(about: Subject) -> None:
    """It works without options."""
    needed = [name for name, option in about.cls.model_fields.items() if option.is_required()]
    if needed:
        raise Failed("needs-options", names=", ".join(needed))


def losses(about: Subject) -> None:
    """Declared losses are places of its records."""
    known = {f"{cls.__name__}.{path}" for cls in about.cls.records for path in places(cls)}
    strange = [lost for lost in about.cls.loses if not any(path == lost or path.startswith(f"{lost}.") for path in known)]
    if strange:
        raise Failed("strange-losses", paths=", ".join(sorted(strange)))


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


def quick(sample: Sample) -> None:
    """A message is read in time."""
    begun = time.process_time()
    _ = sample.found
    if time.process_time() - begun > SLOW:
        raise Failed("slow", file=sample.name, seconds=SLOW)


def written(about: Subject) -> list[tuple[Sample, Said, Written]]:
    """What samples say, written back; what the format cannot say is left out. ``Failed`` if it says something else, or nothing."""
    if not about.cls.writes:
        raise Aside("reads-only")
    found, refusals = [], []
    pairs = [(sample, each) for sample in about.samples for each in sample.said if isinstance(each.record, about.cls.records)]
    for sample, said in pairs:
        try:
            found.append((sample, said, write(sample.adapter, said)))
        except AdapterFault as error:
            raise Failed("law", file=sample.name, law=error) from None
        except Rejected as error:
            refusals.append(error)
    if refusals and not found:
        raise Failed("not-written", reason=refusals[0])
    if not found:
        raise Aside("nothing-to-write")
    return found


def unchanged(about: Subject) -> None:
    """What is written back says the same."""
    written(about)


def declared(about: Subject) -> None:
    """Every loss is declared."""
    for sample, said, made in written(about):
        for path in undeclared(sample.adapter, said.record, made.losses):
            raise Failed("law", file=sample.name, law=f"{type(said.record).__name__}.{path}")


def steady(about: Subject) -> None:
    """The same record is written in the same bytes."""
    for sample, said, made in written(about):
        if sample.adapter.encode(said) != made.data:
            raise Failed("two-writings", file=sample.name)


FORMS = {b"<": "xml", b"{": "json", b"[": "json"}
READERS: dict[str, Callable[[bytes], object]] = {
    "json": lambda data: text.read_json(data, encoding="gb18030"),
    "xml": xml.parse,
    "csv": lambda data: list(text.read_csv(data, encoding="gb18030")),
}


def form(data: bytes) -> str:
    """What a document looks like."""
    return FORMS.get(data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1], "csv")


def well_formed(about: Subject) -> None:
    """What is written is of its media type, or of the form in which the sample came."""
    for sample, _, made in written(about):
        found = form(made.data)
        if found not in {text.extension(about.cls.media_type).replace("geojson", "json"), form(sample.data)}:
            raise Failed("other-media", file=sample.name, found=found, wanted=about.cls.media_type)
        try:
            READERS[found](made.data)
        except Malformed as error:
            raise Failed("law", file=sample.name, law=error) from None


def full(about: Subject) -> None:
    """A record with every field said is written, and loses just what is declared."""
    whole(about, lambda cls, seed: filled.full(cls, seed, OWN))


def awkward(about: Subject) -> None:
    """So is one full of text that formats trip over."""
    whole(about, lambda cls, seed: _awkward(filled.full(cls, seed, OWN)))


def _awkward(record: Record) -> Record:
    texts = {"name", "title", "description", "instructions", "comment", "summary", "note", "conditions"}
    return record.model_copy(update=dict.fromkeys(type(record).model_fields.keys() & texts, AWKWARD))


def whole(about: Subject, made: Callable[[type[Model], int], Record]) -> None:
    """Records of every kind declared; ``not-carried`` if none of a kind can be written."""
    if not about.cls.writes:
        raise Aside("reads-only")
    adapter = about.cls(agency=OWN)
    for cls in about.cls.records:
        refusals: list[Rejected] = []
        for seed in range(SEEDS):
            said = Said(made(cls, seed), SAYS)
            try:
                lost = undeclared(adapter, said.record, write(adapter, said).losses)
            except AdapterFault as error:
                raise Failed("law", file=cls.__name__, law=error) from None
            except Rejected as error:
                refusals.append(error)
                continue
            if lost:
                raise Failed("law", file=cls.__name__, law=", ".join(lost))
        if len(refusals) == SEEDS:
            raise Failed("not-carried", kind=cls.__name__, reason=refusals[0])


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


CHECKS: Checks[Subject] = dict(
    enumerate(
        (
            *(loads, described, media, kinds, optional, losses),
            *(sampled, of_samples(verdicts), something, of_samples(twice), reversed_order, elsewhere, of_samples(reasons), of_samples(named)),
            *(of_samples(spoken), of_samples(kept), of_samples(wired), of_samples(quick)),
            *(empty, binary, of_samples(cut), marked, bombs, entities, mutated),
            *(unchanged, declared, steady, well_formed, full, awkward),
            *(golden, both_ways),
        ),
        1,
    )
)
"""By number: 1-6 what it declares, 7-18 how it reads, 19-25 hostile bytes, 26-31 what it writes, 32-33 golden cases."""
