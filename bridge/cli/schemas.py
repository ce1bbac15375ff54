"""``regionbus schemas``: the shared records, their fingerprints, and the rules they keep."""

import json
from pathlib import Path

from bridge import wire
from bridge.errors import ConfigError
from bridge.lint import lint as flaws
from bridge.toml import nearest


def run(name: str | None, *, lint: bool, publish: Path | None, settings: bool, as_json: bool) -> int:
    """Prints what is asked for; 1 if a rule is broken."""
    today = wire.language().today
    if lint:
        found = list(flaws(list(wire.sources())))
        print("\n".join(found) or "every rule is kept")
        return 1 if found else 0
    if settings:
        from bridge.settings import Settings

        print(json.dumps(Settings.model_json_schema(), ensure_ascii=False, indent=2))
    elif publish is not None:
        freeze(publish)
    elif name is not None:
        if name not in today:
            raise ConfigError(f"there is no record '{name}'; {nearest(name, today)}")
        print(json.dumps(json.loads(today[name].text), ensure_ascii=False, indent=2))
    else:
        rows = [{"record": name, "fingerprint": version.mark[2:].hex(), "sha256": version.sha256} for name, version in sorted(today.items())]
        print(json.dumps(rows) if as_json else "\n".join(f"{row['record']:18} {row['fingerprint']} {row['sha256'][:16]}" for row in rows))
    return 0


def freeze(folder: Path) -> None:
    """Writes every version of today that is not there yet."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, version in wire.language().today.items():
        (folder / f"{name}-{version.sha256[:16]}.avsc").write_text(version.text + "\n", "utf-8")
