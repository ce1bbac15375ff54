"""What an adapter writes: the same that was said, in its own form, and losing only what it declares."""

from collections.abc import Callable

from bridge import filled, text, xml
from bridge.adapter import Said, Says, Written, undeclared, write
from bridge.conformance.report import Aside, Failed
from bridge.conformance.subject import Sample, Subject
from bridge.errors import AdapterFault, Malformed, Rejected
from bridge.model import Model, Record

OWN = "cn-jiaxing-fire"
"""Whose records are written that no sample says."""
SEEDS = 12
SAYS = Says(mode="Actual", action="Report", message_id="m-1")
AWKWARD = '=1+1 <b>&amp;</b> "嘉兴"，\'; 🚒\n第二行'
"""Text that formats trip over: a formula, markup, quotes, separators, a character of four bytes, a second line."""
FORMS = {b"<": "xml", b"{": "json", b"[": "json"}
READERS: dict[str, Callable[[bytes], object]] = {
    "json": lambda data: text.read_json(data, encoding="gb18030"),
    "xml": xml.parse,
    "csv": lambda data: list(text.read_csv(data, encoding="gb18030")),
}


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


CHECKS = (unchanged, declared, steady, well_formed, full, awkward)
