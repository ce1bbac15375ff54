"""``regionbus new``: a mapping and golden cases out of samples, proved by reading them at once."""

import json
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from bridge import registry, spec, testing
from bridge.adapter import Said, read
from bridge.cli.convert import sentence
from bridge.draft import draft
from bridge.drafts import Draft
from bridge.errors import ConfigError, Rejected
from bridge.shapes import Sample
from bridge.texts import text
from bridge.topics import is_level

AGENCY = "cn-place-agency"
"""Whose messages the golden cases are, until their author sets it."""


def run(name: str, paths: Sequence[Path], kind: str | None, folder: Path) -> int:
    """Writes ``NAME.toml`` and ``golden/NAME/…``; 1 if the draft refuses anything of the samples. Never over another."""
    if not is_level(name):
        raise ConfigError(text("new-name", None, name=name))
    if name in registry.entries():
        raise ConfigError(text("new-known", None, name=name))
    mapping, golden = folder / f"{name}.toml", folder / "golden" / name
    for taken in (mapping, golden):
        if taken.exists():
            raise ConfigError(text("new-exists", None, path=taken))
    samples = [Sample(path.name, path.read_bytes()) for path in paths]
    made = draft(name, samples, kind)
    with TemporaryDirectory() as trial:  # nothing is left behind of a draft that does not load
        Path(trial, mapping.name).write_text(made.toml, "utf-8")
        spec.load(Path(trial, mapping.name))
    golden.mkdir(parents=True)
    mapping.write_text(made.toml, "utf-8")
    cases = [case(golden, path, index, made) for index, path in enumerate(paths)]
    flaws = list(proved(mapping, cases))
    tell(made, mapping, golden, flaws)
    return 1 if flaws else 0


def case(golden: Path, path: Path, index: int, made: Draft) -> Path:
    """A golden case of one sample."""
    place = golden / (path.stem if not (golden / path.stem).exists() else f"{path.stem}-{index}")
    place.mkdir()
    (place / f"in.{made.shape.format}").write_bytes(path.read_bytes())
    (place / "options.json").write_text(json.dumps({"agency": AGENCY}) + "\n", "utf-8")
    return place


def proved(mapping: Path, cases: Sequence[Path]) -> list[str]:
    """What the draft refuses, and laws that it breaks; the cases are blessed with what it reads."""
    cls, flaws = spec.load(mapping), []
    for place in cases:
        testing.bless(cls, place)
        adapter, data = testing.configured(cls, place), testing.sample(place)
        try:
            refused = [each for each in read(adapter, data) if not isinstance(each, Said)]
        except Rejected as error:
            refused = [error]
        flaws += [text("new-refused", None, file=place.name, reason=sentence(error)) for error in refused]
        flaws += [*testing.check(cls, place), *testing.broken_laws(adapter, data)]
    return flaws


def tell(made: Draft, mapping: Path, golden: Path, flaws: Sequence[str]) -> None:
    """What was guessed and why, what is refused, and the next step."""
    guesses = [guess for part in made.parts for guess in part.guesses]
    records = ", ".join(part.type for part in made.parts)
    print(text("new-written", None, path=mapping, records=records, entries=len(made.shape.entries), fields=len(guesses), left=len(made.left)))
    for guess in guesses:
        place = guess.content.get("at") or f"{guess.content.get('lat')}, {guess.content.get('lon')}"
        print("  " + text("new-guess", None, target=guess.target, place=place, why=guess.why))
    for flaw in flaws:
        print(flaw)
    print(text("new-next", None, path=mapping, golden=golden))
