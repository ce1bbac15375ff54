"""A partner's adapter with samples, as the checks see it."""

import importlib.util
import sys
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from bridge import registry, testing
from bridge.adapter import Adapter, Said, read
from bridge.errors import ConfigError, Rejected
from bridge.texts import text

AGENCY = "cn-place-agency"
"""For whom samples are read that come without options."""
SUFFIXES = (".toml", ".py")


class Sample(NamedTuple):
    """Native bytes, where they come from, and the adapter with its options."""

    name: str
    data: bytes
    adapter: Adapter

    @property
    def found(self) -> list[Said | Rejected]:
        """What reading says; one that is refused as a whole is a list of one refusal."""
        try:
            return read(self.adapter, self.data)
        except Rejected as error:
            return [error]

    @property
    def said(self) -> list[Said]:
        """What is not refused."""
        return [each for each in self.found if isinstance(each, Said)]


class Subject:
    """What is looked at. The adapter is loaded at the first question: one that does not load fails the first check only."""

    def __init__(self, target: str, samples: Path | None = None) -> None:
        """``target`` is a name, or a file; ``samples`` a folder of golden cases or of messages."""
        self.target, self.folder = target, samples

    @cached_property
    def cls(self) -> type[Adapter]:
        """The adapter."""
        return loaded(self.target)

    @cached_property
    def cases(self) -> list[Path]:
        """Golden cases with what is expected."""
        return [] if self.folder is None else [case for case in testing.cases(self.folder) if (case / "expected.json").exists()]

    @cached_property
    def samples(self) -> list[Sample]:
        """Golden cases with their options, and all other files."""
        if self.folder is None:
            return []
        cases = list(testing.cases(self.folder))
        found = [Sample(case.name, testing.sample(case), testing.configured(self.cls, case)) for case in cases]
        files = (path for path in sorted(self.folder.rglob("*")) if path.is_file() and path.parent not in cases)
        return found + [Sample(path.name, path.read_bytes(), self.cls(agency=AGENCY)) for path in files]


def targets(words: str) -> Iterator[str]:
    """The adapters meant: a name, a file, or every file of a folder."""
    if not Path(words).is_dir():
        yield words
        return
    found = [str(path) for path in sorted(Path(words).iterdir()) if path.suffix in SUFFIXES and not path.name.startswith("_")]
    if not found:
        raise ConfigError(text("conform-no-adapter", None, folder=words))
    yield from found


def loaded(target: str) -> type[Adapter]:
    """The adapter of this name, or in this file; ``ConfigError`` if there is none."""
    if not target.endswith(SUFFIXES):
        return registry.load(target)
    path = Path(target)
    if path.suffix == ".toml":
        return registry.load(target)
    spec = importlib.util.spec_from_file_location(f"adapters.{path.stem}", path)
    if spec is None or spec.loader is None or not path.is_file():
        raise ConfigError(text("conform-no-file", None, file=target))
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # pydantic looks up annotations there
    spec.loader.exec_module(module)
    found = [cls for cls in vars(module).values() if isinstance(cls, type) and issubclass(cls, Adapter) and cls.__module__ == module.__name__]
    if len(found) != 1:
        raise ConfigError(text("conform-adapters", None, file=target, many=len(found)))
    return found[0]
