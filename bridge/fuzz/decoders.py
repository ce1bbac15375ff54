"""What is fuzzed: every adapter with the law of writing back, every record on the wire, deliveries, topics, settings and mappings."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from bridge import envelope, registry, settings, spec, testing, topics, wire
from bridge.adapter import Adapter, Said, read
from bridge.envelope import Terms, seal
from bridge.errors import ConfigError, Rejected
from bridge.filled import NOON, full
from bridge.kinds import CLASSES
from bridge.model import Record
from bridge.records import Carrier

Decode = Callable[[bytes], str]


class Broken(Exception):
    """A decoder took the bytes and broke a law."""


class Sample(NamedTuple):
    """Good bytes, and what reads their like: gives the code of a verdict, raises what is nobody's verdict."""

    data: bytes
    decode: Decode


class Decoder(NamedTuple):
    """One decoder and what its inputs are mutations of."""

    name: str
    samples: tuple[Sample, ...]


def decoders(samples: Path) -> dict[str, Callable[[], Iterator[Sample]]]:
    """The samples of every decoder, made when asked for; ``samples`` has a folder of golden cases or of files for each adapter."""
    adapters = {name: partial(_of_adapter, entry, samples / name) for name, entry in registry.entries().items() if (samples / name).is_dir()}
    records = {f"wire/{cls.__name__}": partial(_of_record, cls) for cls in sorted(Record.__subclasses__(), key=lambda cls: cls.__name__)}
    return {**adapters, **records, "delivery": _of_delivery, "topic": _of_topic, "mapping": _of_mapping, "settings": _of_settings}


def _of_adapter(entry: registry.Entry, folder: Path) -> Iterator[Sample]:
    cls, cases = entry.load(), list(testing.cases(folder))
    for case in cases:
        yield Sample(testing.sample(case), partial(_adapter, testing.configured(cls, case)))
    for file in () if cases else sorted(folder.rglob("*")):
        if file.is_file():
            yield Sample(file.read_bytes(), partial(_adapter, cls(agency="cn-jiaxing-fire")))


def _of_record(cls: type[Record]) -> Iterator[Sample]:
    for seed in range(4):
        yield Sample(wire.encode(full(cls, seed)), partial(_wire, cls))


def _of_delivery() -> Iterator[Sample]:
    for cls in CLASSES.values():
        topic, data = delivery(full(cls))
        yield Sample(topic.encode() + b"\n" + data, _delivery)


def _of_topic() -> Iterator[Sample]:
    for cls in CLASSES.values():
        yield Sample(delivery(full(cls))[0].encode(), _topic)


def _of_mapping() -> Iterator[Sample]:
    for entry in registry.entries().values():
        if entry.file.suffix == ".toml":
            yield Sample(entry.file.read_bytes(), partial(_file, spec.load))


def _of_settings() -> Iterator[Sample]:
    yield Sample(SETTINGS.encode(), partial(_file, settings.load))


def _adapter(adapter: Adapter, data: bytes) -> str:
    try:
        found = read(adapter, data)
    except Rejected as error:
        if error.turn == "us":
            raise
        return error.code
    for law in testing.broken_laws(adapter, data):
        raise Broken(law)
    return "ok" if any(isinstance(each, Said) for each in found) else "all parts refused"


def _wire(cls: type[Record], data: bytes) -> str:
    try:
        record = wire.decode(data, cls)
    except Rejected as error:
        return error.code
    except wire.UnknownSchema:
        return "unknown-schema"
    if wire.decode(wire.encode(record), cls) != record:
        raise Broken("the wire does not keep the record")
    return "ok"


def _delivery(data: bytes) -> str:
    topic, _, rest = data.partition(b"\n")
    try:
        _, _, letter = envelope.opened(topic.decode("utf-8", "replace"), rest)
        envelope.record_of(letter)
    except Rejected as error:
        return error.code
    except wire.UnknownSchema:
        return "unknown-schema"
    return "ok"


def _topic(data: bytes) -> str:
    words = data.decode("utf-8", "replace")
    try:
        found = topics.parse(words)
    except Rejected as error:
        return error.code
    if str(found) != words:
        raise Broken(f"the topic {words!r} is read as {found}")
    return "ok"


def _file(load: Callable[[Path], object], data: bytes) -> str:
    with TemporaryDirectory() as folder:
        path = Path(folder, "fuzzed.toml")
        path.write_bytes(data)
        try:
            load(path)
        except ConfigError:
            return "config"
    return "ok"


def delivery(record: Record) -> tuple[str, bytes]:
    """A record as it comes from the bus: topic and bytes."""
    (sealed, *_) = seal(Said(record), Terms(agency="cn-jiaxing-fire", mode="Actual"), NOON)
    return str(sealed.topic), wire.encode(Carrier(hub="cn-jiaxing", stream=sealed.stream, epoch=1, sequence=1, envelope=sealed.data))


SETTINGS = """\
hub = "cn-jiaxing"
bus = "mqtts://user:password@127.0.0.1:8883"
ledger = "sqlite:///regionbus.db"
remember_days = 7
heads_seconds = 15
adapters = ["own"]
[tls]
ca = "ca.pem"
[http]
host = "127.0.0.1"
port = 8080
[[agency]]
id = "cn-jiaxing-fire"
name = "消防救援支队"
division = "33/330400"
[[inlet]]
agency = "cn-jiaxing-fire"
adapter = "own/stock.toml"
folder = "in"
mode = "Actual"
modes = ["Actual", "Test"]
options = { zone = "Asia/Shanghai" }
[[outlet]]
agency = "cn-jiaxing-fire"
adapter = "own"
name = "out"
http = "https://127.0.0.1/in"
token = "secret"
agencies = ["*"]
kinds = ["alert", "incident"]
"""
