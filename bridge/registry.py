"""Which adapters there are: every .py and .toml of the packages that entry points of ``regionbus.adapters`` name, and of folders set."""

import importlib
import importlib.util
from collections.abc import Iterable, Iterator, Mapping
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, NamedTuple

from bridge.adapter import Adapter
from bridge.errors import ConfigError
from bridge.toml import nearest

GROUP = "regionbus.adapters"


class Entry(NamedTuple):
    """An adapter that can be loaded."""

    name: str
    file: Path
    package: str
    """Empty for a file outside any package."""

    def load(self) -> type[Adapter]:
        """The adapter; nothing is imported before somebody wants it."""
        if self.file.suffix == ".toml":
            from bridge import spec  # noqa: PLC0415  only formats in TOML pay for its import

            return spec.load(self.file)
        module = importlib.import_module(f"{self.package}.{self.file.stem}")
        found = [cls for cls in vars(module).values() if isinstance(cls, type) and issubclass(cls, Adapter) and cls.__module__ == module.__name__]
        if len(found) != 1:
            raise ConfigError(f"{self.file}: holds {len(found)} adapters, one is wanted")
        return found[0]


def packages() -> Iterator[tuple[str, Path]]:
    """The packages that entry points name."""
    for point in entry_points(group=GROUP):
        found = importlib.util.find_spec(point.value)
        if found is None or not found.submodule_search_locations:
            raise ConfigError(f"the entry point '{point.name}' of {GROUP} names '{point.value}', which is no package")
        yield from ((point.value, Path(folder)) for folder in found.submodule_search_locations)


def entries(folders: Iterable[Path] = ()) -> dict[str, Entry]:
    """All adapters by name; two of one name stop the start."""
    found: dict[str, Entry] = {}
    for package, folder in (*packages(), *(("", Path(folder)) for folder in folders)):
        if not folder.is_dir():
            raise ConfigError(f"{folder}: there is no such folder of adapters")
        for file in sorted(folder.iterdir()):
            if file.suffix not in {".py", ".toml"} or file.stem.startswith("_") or (file.suffix == ".py" and not package):
                continue
            entry = Entry(file.stem.replace("_", "-"), file, package)
            if entry.name in found:
                raise ConfigError(f"two adapters are called '{entry.name}': {found[entry.name].file} and {file}; rename one")
            found[entry.name] = entry
    return found


def load(name: str, folders: Iterable[Path] = ()) -> type[Adapter]:
    """The adapter of this name, or the one in this .toml file."""
    if name.endswith(".toml"):
        return Entry(Path(name).stem, Path(name), "").load()
    known = entries(folders)
    if name not in known:
        raise ConfigError(f"there is no adapter '{name}'; {nearest(name, known)}")
    return known[name].load()


def inner(name: str, outer: Adapter, options: Mapping[str, Any]) -> Adapter:
    """The adapter of what an envelope holds: for the same agency, with its own options. A wrapper names it and never imports it."""
    if name == outer.name:
        raise ConfigError(f"'{name}' cannot stand inside itself")
    return load(name).model_validate({"agency": outer.agency, **options})
