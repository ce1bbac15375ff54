"""``regionbus init``: a commented settings file for a hub."""

from pathlib import Path
from string import Template

from bridge.errors import ConfigError
from bridge.texts import text
from bridge.topics import is_level

SETTINGS = Template("""\
# Settings of the hub $hub.  枢纽 $hub 的配置。
# Check them with: regionbus doctor -c $path      Run with: regionbus run -c $path
# The environment goes above this file: REGIONBUS_LEDGER, REGIONBUS_BUS, REGIONBUS_HTTP__PORT …
hub = "$hub"

# The broker: "embedded:" for trials on this machine, then "mqtt://host:1883" or "mqtts://user:password@host:8883".
bus = "embedded:"

# What must never be lost: a file on a disk of its own.
ledger = "sqlite:///regionbus.db"

# How long a message is known again and can be replayed.
remember_days = 7

[http]                          # where agencies POST to
host = "127.0.0.1"
port = 8080

# ---- Who is attached to this hub: id is country, place, function in [a-z0-9-].
[[agency]]
id = "$hub-fire"
name = "消防救援支队"
division = "33/330400"          # province/division, GB/T 2260

[[agency]]
id = "$hub-emergency"
name = "应急管理局"
division = "33/330400"

# ---- What they say. Exactly one of folder, http, mqtt; the formats are listed by: regionbus adapters
[[inlet]]
agency = "$hub-fire"
adapter = "dispatch-119"
folder = "agencies/fire/in"     # files move to done/ or refused/ with the reason beside them
mode = "Actual"                 # what silence about the mode means: Actual, Exercise, Test
# options = { zone = "Asia/Shanghai", datum = "gcj02" }

# [[inlet]]
# agency = "$hub-emergency"
# adapter = "cap"
# http = "/in/emergency"        # POST here; 202 only when the ledger holds it
# token_file = "secrets/emergency.token"
# mode = "Actual"

# ---- What they hear. An empty list passes nothing; "*" passes everything.
[[outlet]]
agency = "$hub-emergency"
adapter = "geojson"
folder = "agencies/emergency/out"
agencies = ["$hub-fire"]
kinds = ["incident", "resource", "resource-state", "alert"]
modes = ["Actual"]
""")


def run(hub: str, path: Path) -> None:
    """Writes the file; never over another."""
    if not is_level(hub):
        raise ConfigError(f"'{hub}' is no name for a hub: use [a-z0-9-], such as cn-jiaxing")
    if path.exists():
        raise ConfigError(text("init-exists", path=path))
    path.write_text(SETTINGS.substitute(hub=hub, path=path.name), "utf-8")
    print(text("init-written", path=path))
