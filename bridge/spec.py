"""From a TOML file to an adapter. An error names file, line and field, and the nearest right word."""

from collections.abc import Iterable, Iterator
from pathlib import Path as File
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from bridge import codes
from bridge.adapter import FILLED, Says
from bridge.errors import ConfigError
from bridge.kinds import CLASSES
from bridge.losses import covered
from bridge.mapped import Mapped
from bridge.mapping import Each, Field, Part, Target
from bridge.model import Model
from bridge.native import Path
from bridge.records import CodedValue, GeoPoint
from bridge.sources import Csv, Json, Source, Xml
from bridge.toml import Place, Toml, nearest
from bridge.verbs import Coded, Fixed, Identity, Listed, Number, Point, Table, Text, Time, Verb

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
    factor: float = 1.0
    """The native number times this is the shared one."""
    time: str = "iso"
    """``iso`` (reads any usual form), ``epoch``, ``epoch-ms`` or a strptime pattern."""
    split: str = ""
    """Separators of a list in one text; the first is written."""
    lat: str | None = None
    """The native place of a point's latitude."""
    lon: str | None = None
    """The native place of a point's longitude."""
    alt: str | None = None
    """The native place of a point's altitude."""
    fixed: str | None = None
    """The format always means this and never writes it."""
    default: str | None = None
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


class RecordTable(Strict):
    """One record that an entry may say."""

    type: str
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
    record: list[RecordTable]
    says: dict[str, Any] = {}


def load(path: File) -> type[Mapped]:
    """The adapter that the file describes; ``ConfigError`` says what is wrong with it, and where."""
    toml = Toml(path)
    table = validated(FileTable, toml.content, toml, ())
    compiler = Compiler(toml, table)
    parts = tuple(compiler.part(index, entry) for index, entry in enumerate(table.record))
    envelope = compiler.fields(Says, table.says, ("says",), set())
    options = {name: (Mapped.model_fields[name].annotation, getattr(table, name)) for name in OPTIONS}
    cls: type[Mapped] = type(
        path.stem,
        (Mapped,),
        {
            "__doc__": next((line.lstrip("# ") for line in path.read_text("utf-8").splitlines() if line.startswith("#")), path.stem),
            "__module__": f"adapters.{path.stem}",
            "__annotations__": {name: kind for name, (kind, _) in options.items()},
            **{name: default for name, (_, default) in options.items()},
            "media_type": table.media_type,
            "records": tuple(dict.fromkeys(part.cls for part in parts)),
            "loses": frozenset(lost for part in parts for lost in losses(part.cls, part.fields)),
            "source": compiler.source(parts),
            "parts": parts,
            "envelope": envelope,
        },
    )
    try:
        cls(zone=table.zone, datum=table.datum, encoding=table.encoding, delimiter=table.delimiter)
    except ValidationError as error:
        flaw = error.errors(include_url=False)[0]
        raise toml.wrong(flaw["loc"], flaw["msg"]) from None
    return cls


def validated(model: type[Any], content: Any, toml: Toml, place: Place) -> Any:
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


class Compiler:
    """Makes verbs out of the words of one file."""

    def __init__(self, toml: Toml, table: FileTable) -> None:
        """For this file."""
        self.toml, self.table = toml, table

    def source(self, parts: tuple[Part, ...]) -> Source:
        """How the bytes hold entries."""
        each = self.path(self.table.each) if self.table.each else None
        if self.table.format == "json":
            return Json(each)
        if self.table.format == "xml":
            return Xml(self.table.root, self.table.space, each)
        named = [path[0] for part in parts for field in part.fields for path in field.verb.paths]
        return Csv(tuple(dict.fromkeys((*self.table.columns, *named))), self.table.headless)

    def path(self, words: str) -> Path:
        """A native place: one step in a table, steps between dots elsewhere."""
        return (words,) if self.table.format == "csv" else tuple(words.split("."))

    def part(self, index: int, entry: RecordTable) -> Part:
        """One record of the file."""
        place: Place = ("record", index)
        if entry.type not in RECORDS:
            raise self.toml.wrong((*place, "type"), f"no such record; {nearest(entry.type, RECORDS)}")
        fields = self.fields(RECORDS[entry.type], entry.fields, (*place, "fields"), set(FILLED))
        return Part(RECORDS[entry.type], fields, self.path(entry.when) if entry.when else None)

    def fields(self, cls: type[Model], table: dict[str, Any], place: Place, filled: set[str]) -> tuple[Field, ...]:
        """The fields of one record or part; what it cannot do without must be among them."""
        found = tuple(self.field(cls, target, spec, (*place, target)) for target, spec in table.items())
        known = {str(field.target[0]) for field in found} | filled
        for name, info in cls.model_fields.items():
            annotation = bare(info.annotation)
            if info.is_required() and name not in known and not (isinstance(annotation, type) and issubclass(annotation, Model)):
                raise self.toml.wrong(place, f"'{name}' is required in a {cls.__name__} and has no native place")
        return found

    def field(self, cls: type[Model], words: str, content: Any, place: Place) -> Field:
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
        return Field(target, verb, spec.default, spec.required)

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
            return Fixed(self.symbol(annotation, spec.fixed, place))
        if spec.each is not None:
            part = bare(get_args(annotation)[0])
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
            return Table(path, silent, codes=self.codes(annotation, spec, place))
        if annotation is AwareDatetime:
            return Time(path, silent, self.text(spec), spec.time)
        if annotation in (int, float):
            return Number(path, silent, self.text(spec), spec.factor, annotation is int)
        if get_origin(annotation) is tuple and bare(get_args(annotation)[0]) is str:
            return Listed(path, silent, split=spec.split)
        if annotation is str:
            as_text = spec.as_text is not False
            return Identity(path, silent, as_text, spec.id) if spec.id else Text(path, silent, as_text)
        raise ValueError("this shared field cannot stand alone: name a part of it, or use 'each'")

    def text(self, spec: Spec) -> bool:
        """Whether numbers are written as text."""
        return self.table.format != "json" if spec.as_text is None else spec.as_text

    def codes(self, annotation: Any, spec: Spec, place: Place) -> codes.Codes:
        """The table of a field: its own, a list's, or the symbols themselves."""
        if spec.codes is not None:
            return codes.load(spec.codes)
        symbols = get_args(annotation) if get_origin(annotation) is Literal else ()
        pairs = spec.table if spec.table is not None else {symbol: symbol for symbol in symbols}
        for symbol in pairs.values():
            self.symbol(annotation, symbol, place)
        return codes.simple(".".join(map(str, place)), pairs)

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


def losses(cls: type[Model], fields: Iterable[Field]) -> Iterator[str]:
    """What a mapping cannot carry: every shared place that none of its fields names, and what its verbs carry in part only."""
    whole: set[str] = set()
    for field in fields:
        name = ".".join(step for step in field.target if isinstance(step, str))
        partly = any(isinstance(step, int) for step in field.target) or isinstance(field.verb, Table | Coded | Time)
        if partly:
            yield f"{cls.__name__}.{name}"
        if isinstance(field.verb, Each):
            yield from (f"{cls.__name__}.{name}.{lost.partition('.')[2]}" for lost in losses(field.verb.model, field.verb.fields))
        whole.add(name)
    for path in places(cls):
        if not covered(path, frozenset(whole)) and path != "extensions":
            yield f"{cls.__name__}.{path}"


def places(cls: type[Model]) -> Iterator[str]:
    """Every canonical path of a model that can hold a value."""
    for name, info in cls.model_fields.items():
        annotation = bare(info.annotation)
        inner = bare(get_args(annotation)[0]) if get_origin(annotation) is tuple else annotation
        if isinstance(inner, type) and issubclass(inner, Model):
            yield from (f"{name}.{path}" for path in places(inner))
        else:
            yield name
