"""``regionbus fuzz``: mutated messages through every decoder; nothing may crash, hang, or raise what is no verdict."""

import json
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

from bridge.errors import ConfigError
from bridge.fuzz import runs
from bridge.fuzz.decoders import Decoder, decoders
from bridge.fuzz.runs import Result
from bridge.texts import text
from bridge.toml import nearest

KINDS = ("crash", "hang", "untyped", "law")


def run(names: list[str], *, samples: Path, count: int, seed: int, jobs: int, keep: Path | None, as_json: bool) -> int:
    """Every decoder named, or all; 1 if anything was found."""
    folder = keep or Path(tempfile.mkdtemp(prefix="regionbus-fuzz-"))
    folder.mkdir(parents=True, exist_ok=True)
    results = []
    for decoder in chosen(names, samples):
        results.append(runs.run(decoder, count, seed, jobs, folder))
        found = sum(results[-1].findings.values())
        print(text("fuzz-done", decoder=decoder.name, inputs=count, seconds=round(results[-1].seconds), found=found), file=sys.stderr)
    if as_json:
        print(json.dumps([{**vars(each), "examples": [vars(finding) for finding in each.examples]} for each in results], ensure_ascii=False))
    else:
        show(results)
    if not any(folder.iterdir()):
        folder.rmdir()
    return 1 if any(result.findings for result in results) else 0


def chosen(names: list[str], samples: Path) -> list[Decoder]:
    """The decoders of these names; ``wire`` is all of ``wire/…``."""
    known = decoders(samples)
    for name in names:
        if name not in known and not any(each.startswith(f"{name}/") for each in known):
            raise ConfigError(f"there is no decoder '{name}' with samples in {samples}; {nearest(name, known)}")
    return [Decoder(name, tuple(of())) for name, of in known.items() if not names or name in names or name.partition("/")[0] in names]


def show(results: Iterable[Result]) -> None:
    """A table, and each sort of finding with its input."""
    from rich.console import Console
    from rich.table import Table

    console = Console()
    table = Table(*(text(f"fuzz-{name}") for name in ("decoder", "inputs", "rate", "slowest", "verdicts", *KINDS)))
    for each in results:
        verdicts = " ".join(f"{code} {many}" for code, many in each.verdicts.most_common())
        rate = f"{each.inputs / max(each.seconds, 0.001):.0f}"
        table.add_row(each.decoder, str(each.inputs), rate, f"{each.slowest_ms:.0f}", verdicts, *(str(each.findings[kind]) for kind in KINDS))
    console.print(table)
    for each in results:
        for finding in each.examples:
            console.print(f"{each.decoder} {text(f'fuzz-{finding.kind}')}: {finding.reason}\n  {finding.file}", markup=False)
