"""From a TOML file to an adapter. An error names file, line and field, and the nearest right word."""

from collections.abc import Iterable, Iterator
from copy import copy
from datetime import UTC, datetime
from pathlib import Path as File
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, field_validator

from bridge import codes
from bridge.adapter import FILLED, Says
from bridge.errors import ConfigError
from bridge.fields import Field as Carried
from bridge.fields import Fields, Target
from bridge.kinds import CLASSES
from bridge.losses import covered
from bridge.mapped import Mapped, Observing
from bridge.mapping import Each, Part
from bridge.model import Model
from bridge.native import Path
from bridge.records import CodedValue, GeoPoint, Observation
from bridge.sources import Csv, Json, Source, Xml
from bridge.toml import Place, Toml, nearest
from bridge.verbs import FORMS, UNITS, Coded, Fixed, Identity, Listed, Number, Point, Table, Text, Time, Verb

RECORDS = {cls.__name__: cls for cls in CLASSES.values()}
OPTIONS = ("zone", "datum", "encoding", "delimiter")


class Strict(BaseModel):
    """A table of the file; a word that is not foreseen is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Spec(Strict):
    """What a native place may need more than its name."""

    at: str | None = None
    """The native place."""
    id: str | None = None
    """It holds an id of this kind, as in ``{agency}.{kind}.{local}``."""
    table: dict[str, str] | None = None
    """Native code to symbol; the first code of a symbol is the one written."""
    codes: str | None = None
    """The same, as the name of a code list."""
    scheme: str | None = None
    """Of a coded value."""
    label: str | None = None
    """The native place of a coded value's label."""
    factor: float = Field(default=1.0, gt=0)
    """The native number times this is the shared one."""
    time: str = "iso"
    """``iso`` and ``local`` (both read any usual form), ``epoch``, ``epoch-ms`` or a strptime pattern."""
    split: str = ""
    """Separators of a list in one text; the first is written."""
    lat: str | None = None
    """The native place of a point's latitude."""
    lon: str | None = None
    """The native place of a point's longitude."""
    alt: str | None = None
    """The native place of a point's altitude."""
    fixed: str | int | float | None = None
    """The format always means this and never writes it."""
    default: str | int | float | None = None
    """What silence means."""
    silent: list[str] = []
    """Native words that mean silence."""
    as_text: bool | None = None
    """Numbers are written as text; left out: in CSV and XML only."""
    each: str | None = None
    """The native place of a list of parts."""
    fields: dict[str, Any] = {}
    """The fields of each part."""
    required: bool = False
    """The format cannot do without it."""
    strict: bool = False
    """A code outside the table is refused, on both ways: nobody may have to guess."""

    @field_validator("time")
    @classmethod
    def _known_form(cls, form: str) -> str:
        if form not in (*FORMS, *UNITS) and not ("%" in form and _is_pattern(form)):
            raise ValueError(f"'{form}' is no form of time: iso, local, epoch, epoch-ms, or a pattern such as %Y/%m/%d %H:%M")
        return form


def _is_pattern(form: str) -> bool:
    """Whether a time written with the pattern is read back."""
    try:
        datetime.strptime(datetime(2026, 7, 1, 12, 30, tzinfo=UTC).strftime(form), form.replace("%Z", ""))  # noqa: DTZ007
    except ValueError:
        return "%Z" in form
    return True


class RecordTable(Strict):
    """One record that an entry may say."""

    type: str
    each: str | None = None
    """The list whose parts say it, each one; what stands around a part is ``^.place``."""
    when: str | None = None
    fields: dict[str, Any]


class FileTable(Strict):
    """The whole file."""

    media_type: str
    format: Literal["json", "csv", "xml"]
    each: str | None = None
    root: str = ""
    space: str = ""
    columns: list[str] = []
    headless: bool = False
    zone: str | None = None
    datum: str = "wgs84"
    encoding: str = "utf-8"
    delimiter: str = ","
    record: list[RecordTable] = Field(min_length=1)
    says: dict[str, Any] = {}


class Words:
    """Where words stand that are no file's."""

    def wrong(self, place: Place, reason: str) -> ConfigError:
        """The error to raise for a part."""
        return ConfigError(f"{'.'.join(map(str, place))}: {reason}")


def load(path: File) -> type[Mapped]:
    """The adapter that the file describes; ``ConfigError`` says what is wrong with it, and where."""
    toml = Toml(path)
    table = validated(FileTable, toml.content, toml, ())
    compiler = Compiler(toml, table.format)
    found = tuple(compiler.part(index, entry) for index, entry in enumerate(table.record))
    envelope = compiler.fields(Says, table.says, ("says",), set())
    if table.format == "xml" and not table.root:
        raise toml.wrong(("format",), "xml needs 'root', the name of the document's root")
    cls: type[Mapped] = type(
        path.stem,
        (Observing if any(part.cls is Observation for part in found) else Mapped,),
        {
            "__doc__": next((line.lstrip("# ") for line in path.read_text("utf-8").splitlines() if line.startswith("#")), path.stem),
            "__module__": f"adapters.{path.stem}",
            "__annotations__": {name: Mapped.__annotations__[name] for name in OPTIONS},
            **{name: _defaulting(name, getattr(table, name)) for name in OPTIONS},
            "media_type": table.media_type,
            "records": tuple(dict.fromkeys(part.cls for part in found)),
            "loses": frozenset(lost for part in found for lost in losses(part.cls, part.fields)),
            "source": source(table, compiler, found),
            "parts": found,
            "envelope": envelope,
        },
    )
    try:
        cls(zone=table.zone, datum=table.datum, encoding=table.encoding, delimiter=table.delimiter)
    except ValidationError as error:
        flaw = error.errors(include_url=False)[0]
        raise toml.wrong(flaw["loc"], flaw["msg"]) from None
    return cls


def _defaulting(name: str, default: Any) -> Any:
    """An option of a mapping with the default that its file gives it."""
    found = copy(Mapped.model_fields[name])
    found.default = default
    return found


def validated(model: type[Any], content: Any, toml: Toml | Words, place: Place) -> Any:
    """A table of the file as its model; a wrong word names the nearest right one."""
    try:
        return model.model_validate(content)
    except ValidationError as error:
        flaw = error.errors(include_url=False)[0]
        at = (*place, *flaw["loc"])
        if flaw["type"] != "extra_forbidden":
            raise toml.wrong(at, flaw["msg"]) from None
        inner = RecordTable if at[:1] == ("record",) and model is FileTable else model
        raise toml.wrong(at, f"no such word; {nearest(str(at[-1]), inner.model_fields)}") from None


def source(table: FileTable, compiler: "Compiler", parts: tuple[Part, ...]) -> Source:
    """How the bytes hold entries."""
    each = compiler.path(table.each) if table.each else None
    if table.format == "json":
        return Json(each)
    if table.format == "xml":
        return Xml(table.root, table.space, each)
    named = [path[0] for part in parts for field in part.fields for path in field.verb.paths]
    return Csv(tuple(dict.fromkeys((*table.columns, *named))), table.headless)


def parts(records: list[dict[str, Any]], says: dict[str, Any]) -> tuple[tuple[Part, ...], Fields, frozenset[str]]:
    """The same words in Python, for a format that needs code beside its mapping: its records, what it says of the message, and its losses."""
    compiler = Compiler(Words(), "json")
    found = tuple(compiler.part(index, RecordTable.model_validate(record)) for index, record in enumerate(records))
    lost = frozenset(lost for part in found for lost in losses(part.cls, part.fields))
    return found, compiler.fields(Says, says, ("says",), set()), lost


class Compiler:
    """Makes verbs out of words."""

    def __init__(self, toml: Toml | Words, way: Literal["json", "csv", "xml"]) -> None:
        """``toml`` is where the words stand, ``way`` what holds the native values."""
        self.toml, self.way = toml, way

    def path(self, words: str) -> Path:
        """A native place: one step in a table, steps between dots elsewhere."""
        return (words,) if self.way == "csv" else tuple(words.split("."))

    def part(self, index: int, entry: RecordTable) -> Part:
        """One record of the file."""
        place: Place = ("record", index)
        if entry.type not in RECORDS:
            raise self.toml.wrong((*place, "type"), f"no such record; {nearest(entry.type, RECORDS)}")
        fields = self.fields(RECORDS[entry.type], entry.fields, (*place, "fields"), set(FILLED))
        return Part(RECORDS[entry.type], fields, self.path(entry.when) if entry.when else None, self.path(entry.each) if entry.each else None)

    def fields(self, cls: type[Model], table: dict[str, Any], place: Place, filled: set[str]) -> Fields:
        """The fields of one record or part; what it cannot do without must be among them."""
        found = Fields(self.field(cls, target, spec, (*place, target)) for target, spec in table.items())
        targets = [(tuple(step for step in field.target if isinstance(step, str)), words) for field, words in zip(found, table, strict=True)]
        self.complete(cls, targets, place, filled)
        return found

    def complete(self, cls: type[Model], targets: list[tuple[tuple[str, ...], str]], place: Place, filled: set[str], within: str = "") -> None:
        """Refuses a record, or a part of one that is named, without what it cannot do without; only the record itself is Unknown by silence."""
        for name, info in cls.model_fields.items():
            inside = [(target[1:], words) for target, words in targets if target[0] == name]
            kind = bare(info.annotation)
            kind = bare(get_args(kind)[0]) if get_origin(kind) is tuple else kind
            if isinstance(kind, type) and issubclass(kind, Model):
                if all(target for target, _ in inside) and (inside or info.is_required()):
                    self.complete(kind, inside, place, set(), f"{within}{name}.")
            elif info.is_required() and not inside and name not in filled and (within or "Unknown" not in get_args(kind)):
                near = (*place, targets[0][1]) if within and targets else place
                raise self.toml.wrong(near, f"'{within}{name}' is required and has no native place")

    def field(self, cls: type[Model], words: str, content: Any, place: Place) -> Carried:
        """One line of the file."""
        target: Target = tuple(int(step) if step.isdigit() else step for step in words.split("."))
        annotation = self.annotation(cls, target, place)
        spec: Spec = validated(Spec, {"at": content} if isinstance(content, str) else content, self.toml, place)
        try:
            verb = self.verb(annotation, spec, place)
        except ConfigError:
            raise
        except (TypeError, ValueError) as error:
            raise self.toml.wrong(place, str(error)) from None
        return Carried(target, verb, self.value(annotation, spec.default, place), spec.required)

    def value(self, annotation: Any, value: Any, place: Place) -> Any:
        """A value of the file, if the shared field can hold it."""
        if value is None:
            return None
        if isinstance(value, str) and get_origin(annotation) is Literal:
            return self.symbol(annotation, value, place)
        try:
            return TypeAdapter(annotation).validate_python(value)
        except ValidationError as error:
            raise self.toml.wrong(place, f"'{value}': {error.errors(include_url=False)[0]['msg']}") from None

    def annotation(self, cls: type[Model], target: Target, place: Place) -> Any:
        """The type at the end of a shared place."""
        found: Any = cls
        for step in target:
            if isinstance(step, int):
                found = bare(get_args(found)[0]) if get_origin(found) is tuple else None
            elif isinstance(found, type) and issubclass(found, Model) and step in found.model_fields:
                found = bare(found.model_fields[step].annotation)
            else:
                known = found.model_fields if isinstance(found, type) and issubclass(found, Model) else ()
                raise self.toml.wrong(place, f"'{step}' is no field of the record; {nearest(str(step), known)}")
        return found

    def verb(self, annotation: Any, spec: Spec, place: Place) -> Verb:
        """The verb for a shared type."""
        if spec.fixed is not None:
            return Fixed(self.value(annotation, spec.fixed, place))
        if spec.each is not None:
            part = bare(get_args(annotation)[0]) if get_origin(annotation) is tuple else None
            if not (isinstance(part, type) and issubclass(part, Model)):
                raise ValueError("'each' is for lists of parts, and this shared field is none")
            return Each(self.path(spec.each), part, self.fields(part, spec.fields, (*place, "fields"), set()))
        if annotation is GeoPoint:
            if not (spec.lat and spec.lon):
                raise ValueError("a point needs 'lat' and 'lon'")
            return Point(self.path(spec.lat), self.path(spec.lon), self.path(spec.alt) if spec.alt else None, self.text(spec))
        if spec.at is None:
            raise ValueError("it needs 'at', the native place")
        return self.scalar(annotation, spec, self.path(spec.at), place)

    def scalar(self, annotation: Any, spec: Spec, path: Path, place: Place) -> Verb:
        """The verb for a shared type with one native place."""
        silent = frozenset(spec.silent)
        if annotation is CodedValue:
            if not spec.scheme:
                raise ValueError("a coded value needs its 'scheme'")
            return Coded(path, spec.scheme, self.path(spec.label) if spec.label else None)
        if get_origin(annotation) is Literal or spec.table is not None or spec.codes is not None:
            as_text = spec.as_text is not False
            return Table(path, silent, as_text, codes=self.coding(annotation, spec, place), strict=spec.strict, whole=annotation is int)
        if annotation is AwareDatetime:
            return Time(path, silent, self.text(spec), spec.time)
        if annotation in (int, float):
            return Number(path, silent, self.text(spec), spec.factor, annotation is int)
        if get_origin(annotation) is tuple and bare(get_args(annotation)[0]) is str:
            if self.way == "csv" and not spec.split:
                raise ValueError("a list in one cell needs 'split', its separators")
            return Listed(path, silent, split=spec.split, kind=spec.id or "")
        if annotation is str:
            as_text = spec.as_text is not False
            return Identity(path, silent, as_text, spec.id) if spec.id else Text(path, silent, as_text)
        raise ValueError("this shared field cannot stand alone: name a part of it, or use 'each'")

    def text(self, spec: Spec) -> bool:
        """Whether numbers are written as text."""
        return self.way != "json" if spec.as_text is None else spec.as_text

    def coding(self, annotation: Any, spec: Spec, place: Place) -> codes.Codes:
        """The table of a field: its own, a list's, or the symbols themselves."""
        if spec.codes is not None:
            found = self.listed(spec.codes, place)
            for row in found.rows.values():
                if row.maps_to:
                    self.symbol(annotation, row.maps_to, place)
            return found
        symbols = get_args(annotation) if get_origin(annotation) is Literal else ()
        pairs = spec.table if spec.table is not None else {symbol: symbol for symbol in symbols}
        for symbol in pairs.values():
            self.symbol(annotation, symbol, place)
        return codes.simple(".".join(map(str, place)), pairs)

    def listed(self, name: str, place: Place) -> codes.Codes:
        """A code list of this installation."""
        if name not in codes.names():
            raise self.toml.wrong(place, f"there is no code list '{name}'; {nearest(name, codes.names())}")
        return codes.load(name)

    def symbol(self, annotation: Any, symbol: str, place: Place) -> str:
        """The symbol, if the shared field has it."""
        symbols = get_args(annotation)
        if get_origin(annotation) is Literal and symbol not in symbols:
            raise self.toml.wrong(place, f"'{symbol}' is no symbol of the field; {nearest(symbol, symbols)}")
        return symbol


def bare(annotation: Any) -> Any:
    """A type without its 'or nothing' and its bounds."""
    while True:
        origin = get_origin(annotation)
        if origin is Annotated:
            annotation = get_args(annotation)[0]
        elif origin in (Union, UnionType):
            annotation = next(part for part in get_args(annotation) if part is not NoneType)
        else:
            return annotation


def losses(cls: type[Model], fields: Iterable[Carried]) -> Iterator[str]:
    """What a mapping cannot carry: every shared place that none of its fields names, and what its verbs carry in part only."""
    whole: set[str] = set()
    if "extensions" in cls.model_fields:
        yield f"{cls.__name__}.extensions"  # those of other formats
    for field in fields:
        name = ".".join(step for step in field.target if isinstance(step, str))
        if any(isinstance(step, int) for step in field.target) or partial(field.verb, symbols(cls, field.target)):
            yield f"{cls.__name__}.{name}"
        if isinstance(field.verb, Point):
            yield from (f"{cls.__name__}.{name}.{part}" for part in POINT if part != "alt" or field.verb.alt is None)
        if isinstance(field.verb, Each):
            yield from (f"{cls.__name__}.{name}.{lost.partition('.')[2]}" for lost in losses(field.verb.model, field.verb.fields))
        whole.add(name)
    for path in places(cls):
        if not covered(path, frozenset(whole)) and path != "extensions":
            yield f"{cls.__name__}.{path}"


def partial(verb: Verb, known: tuple[Any, ...]) -> bool:
    """Whether a verb has no word for some value: a code of a list, digits of a time."""
    if isinstance(verb, Time):
        return verb.form not in ("iso", "epoch", "epoch-ms") and "%f" not in verb.form
    if isinstance(verb, Table):
        return not known or any(verb.codes.writes(symbol) is None for symbol in known if symbol != "Unknown")
    return isinstance(verb, Coded)


def symbols(cls: type[Model], target: Target) -> tuple[Any, ...]:
    """All values at a shared place, if they can be counted out: those of an enumeration, the grades of a scale."""
    found: Any = cls
    bounds: dict[str, int] = {}
    for step in target:
        info = None if isinstance(step, int) else found.model_fields[step]
        bounds = {name: getattr(bound, name) for bound in (info.metadata if info else ()) for name in ("ge", "le") if hasattr(bound, name)}
        found = bare(info.annotation if info else get_args(found)[0])
    if found is int and bounds.keys() == {"ge", "le"} and bounds["le"] - bounds["ge"] < GRADES:
        return tuple(map(str, range(bounds["ge"], bounds["le"] + 1)))
    return get_args(found) if get_origin(found) is Literal else ()


GRADES = 100
"""A scale with more numbers is no list of codes."""
POINT = ("alt", "accuracy_m", "heading_deg", "speed_mps")
"""What of a point a mapping has no place for."""


def places(cls: type[Model]) -> Iterator[str]:
    """Every canonical path of a model that can hold a value."""
    for name, info in cls.model_fields.items():
        annotation = bare(info.annotation)
        inner = bare(get_args(annotation)[0]) if get_origin(annotation) is tuple else annotation
        if isinstance(inner, type) and issubclass(inner, Model):
            yield from (f"{name}.{path}" for path in places(inner))
        else:
            yield name
