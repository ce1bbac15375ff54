"""What a partner runs to prove an adapter: golden cases, and the laws that every adapter keeps (DESIGN sections 5 and 10).

A golden case is a folder: ``in.*`` holds native bytes, ``options.json`` the adapter's options if it needs any, ``expected.json``
what reading says, ``out-N.*`` the bytes in which record N is written back.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bridge.adapter import Adapter, Said, read, undeclared, write
from bridge.errors import Rejected
from bridge.text import extension


def refusal(error: Rejected) -> dict[str, str]:
    """A verdict as a case holds it."""
    return {"error": type(error).__name__, "code": error.code, "at": error.at}


def observe(adapter: Adapter, data: bytes) -> tuple[dict[str, Any], dict[str, bytes]]:
    """What a case must hold: what reading says, and the bytes written back by file name."""
    try:
        found = read(adapter, data)
    except Rejected as error:
        return {"refused": refusal(error)}, {}
    said: list[dict[str, Any]] = []
    outs: dict[str, bytes] = {}
    for index, each in enumerate(found):
        if isinstance(each, Rejected):
            said.append({"refused": refusal(each)})
            continue
        entry = {
            type(each.record).__name__: each.record.model_dump(mode="json", exclude_defaults=True),
            "says": each.says.model_dump(mode="json", exclude_defaults=True),
            "deviations": list(each.deviations),
        }
        if adapter.writes:
            try:
                written = write(adapter, each)
            except Rejected as error:
                entry["unwritten"] = refusal(error)
            else:
                entry["losses"] = list(written.losses)
                outs[f"out-{index}.{extension(adapter.media_type)}"] = written.data
        said.append({name: value for name, value in entry.items() if value not in ({}, [])})
    return {"said": said}, outs


def cases(folder: Path) -> Iterator[Path]:
    """The golden cases below a folder."""
    yield from sorted({path.parent for path in folder.rglob("in.*")})


def sample(case: Path) -> bytes:
    """The native bytes of a case."""
    return next(iter(sorted(case.glob("in.*")))).read_bytes()


def configured(cls: type[Adapter], case: Path) -> Adapter:
    """The adapter with the options of a case."""
    options = case / "options.json"
    return cls.model_validate(json.loads(options.read_text("utf-8")) if options.exists() else {})


def bless(cls: type[Adapter], case: Path) -> None:
    """Writes what is seen as what is expected: for a new case, to be read by a human before it is kept."""
    expected, outs = observe(configured(cls, case), sample(case))
    for stale in case.glob("out-*"):
        stale.unlink()
    (case / "expected.json").write_text(json.dumps(expected, ensure_ascii=False, indent=2) + "\n", "utf-8")
    for name, data in outs.items():
        (case / name).write_bytes(data)


def check(cls: type[Adapter], case: Path) -> list[str]:
    """What differs from the case, in words; nothing if all is as expected."""
    expected, outs = observe(configured(cls, case), sample(case))
    wanted = json.loads((case / "expected.json").read_text("utf-8"))
    flaws = [] if expected == wanted else [f"{case.name}: read {json.dumps(expected, ensure_ascii=False)}, expected.json has something else"]
    kept = {path.name: path.read_bytes() for path in case.glob("out-*")}
    flaws += [f"{case.name}: {name} is written differently" for name in sorted({*outs, *kept}) if outs.get(name) != kept.get(name)]
    return flaws


def broken_laws(adapter: Adapter, data: bytes) -> Iterator[str]:
    """The laws that these bytes show to be broken: only verdicts, the same twice, written back unchanged, no loss undeclared."""
    try:
        found = read(adapter, data)
    except Rejected as error:
        if error.turn == "us":
            yield f"reading: {error}"
        return
    if [each for each in read(adapter, data) if isinstance(each, Said)] != [each for each in found if isinstance(each, Said)]:
        yield "reading the same bytes twice says two things"
    for each in found:
        if isinstance(each, Rejected):
            if each.turn == "us":
                yield f"reading a part: {each}"
        elif adapter.writes:
            yield from _broken_writing(adapter, each)


def _broken_writing(adapter: Adapter, said: Said) -> Iterator[str]:
    try:
        written = write(adapter, said)
    except Rejected as error:
        if error.turn == "us":
            yield f"writing: {error}"
        return
    for path in undeclared(adapter, said.record, written.losses):
        yield f"writing loses {path}, which is not declared"
