"""``regionbus convert``: one message, from one format into another."""

import json
import sys
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from bridge import registry
from bridge.adapter import Adapter, Said, Written, read, write
from bridge.errors import ConfigError, Rejected
from bridge.kinds import KINDS
from bridge.text import extension
from bridge.texts import language
from bridge.toml import nearest


def adapter(name: str, agency: str | None, options: list[str] | None, folders: list[Path] | None) -> Adapter:
    """An adapter with options given as ``name=value``."""
    cls = registry.load(name, folders or [])
    values: dict[str, Any] = {"agency": agency} if agency else {}
    for option in options or []:
        key, equals, value = option.partition("=")
        if not equals or key not in cls.model_fields:
            raise ConfigError(f"'{option}' is no option of {name}; {nearest(key, cls.model_fields)}")
        values[key] = value
    try:
        return cls.model_validate(values)
    except ValidationError as error:
        flaw = error.errors(include_url=False)[0]
        raise ConfigError(f"option {'.'.join(map(str, flaw['loc']))} of {name}: {flaw['msg']}") from None


def sentence(error: Rejected) -> str:
    """A verdict in the operator's language."""
    return error.verdict.zh if language() == "zh" else error.verdict.en


def run(source: Adapter, target: Adapter, data: bytes, out: Path | None, *, losses: bool, as_json: bool) -> int:
    """Translates; 1 if anything was refused."""
    refused: list[Rejected] = []
    done: list[tuple[Said, Written]] = []
    try:
        found = read(source, data)
    except Rejected as error:
        found = [error]
    for each in found:
        try:
            if not isinstance(each, Said):
                raise each
            done.append((each, write(target, each)))
        except Rejected as error:
            refused.append(error)
    if as_json:
        print(json.dumps({"written": [entry(said, written) for said, written in done], "refused": [e.verdict.model_dump() for e in refused]}))
    else:
        put([written.data for _, written in done], target, out)
        for verdict in refused:
            print(sentence(verdict), file=sys.stderr)
        for path in sorted({path for _, written in done for path in written.losses}) if losses else ():
            print(path, file=sys.stderr)
    return 1 if refused else 0


def entry(said: Said, written: Written) -> dict[str, Any]:
    """A translated record for programs."""
    return {
        "kind": KINDS[type(said.record)],
        "data": written.data.decode("utf-8", "backslashreplace"),
        "losses": list(written.losses),
        "deviations": list(said.deviations),
    }


def put(documents: list[bytes], target: Adapter, out: Path | None) -> None:
    """To standard output, or one file a record."""
    if out is None:
        sys.stdout.buffer.write(b"\n".join(documents) + (b"\n" if documents else b""))
        return
    out.mkdir(parents=True, exist_ok=True)
    for index, document in enumerate(documents):
        (out / f"{index}.{extension(target.media_type)}").write_bytes(document)
