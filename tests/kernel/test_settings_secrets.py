"""Passwords of addresses stand in files."""

import pytest

from bridge.errors import ConfigError
from bridge.settings import load

SETTINGS = """\
hub = "cn-jiaxing"
bus = "mqtts://{client}:{file:secrets/bus}@broker:8883"
ledger = "redis://:{file:secrets/ledger}@server:6379/0"
[[agency]]
id = "cn-jiaxing-fire"
[[inlet]]
agency = "cn-jiaxing-fire"
adapter = "cap"
mqtt = "mqtts://hub:{file:secrets/fire}@fire:8883"
topics = ["fire/#"]
[[relay]]
hub = "cn-shanghai"
bus = "mqtts://{client}:{file:secrets/shanghai}@there:8883"
"""


@pytest.fixture
def file(tmp_path):
    (tmp_path / "secrets").mkdir()
    for name, word in {"bus": "b/1\n", "ledger": "l@2", "fire": "f:3", "shanghai": "上海"}.items():
        (tmp_path / "secrets" / name).write_text(word, "utf-8")
    path = tmp_path / "regionbus.toml"
    path.write_text(SETTINGS)
    return path


def test_a_password_is_read_from_its_file_and_fits_into_the_address_whatever_it_is(file):
    found = load(file)
    assert found.bus == "mqtts://{client}:b%2F1@broker:8883"
    assert found.ledger == "redis://:l%402@server:6379/0"
    assert found.inlet[0].mqtt == "mqtts://hub:f%3A3@fire:8883"
    assert found.relay[0].bus == "mqtts://{client}:%E4%B8%8A%E6%B5%B7@there:8883"


def test_the_environment_may_name_a_file_too(file, monkeypatch):
    monkeypatch.setenv("REGIONBUS_BUS", "mqtt://hub:{file:secrets/fire}@other:1883")
    assert load(file).bus == "mqtt://hub:f%3A3@other:1883"


def test_a_password_that_cannot_be_read_stops_the_start_and_names_its_file(file):
    (file.parent / "secrets/shanghai").unlink()
    with pytest.raises(ConfigError, match=r"secrets/shanghai, .* cannot be read: No such file"):
        load(file)


def test_who_needs_no_password_asks_for_none(file):
    (file.parent / "secrets/bus").unlink()
    assert load(file, secrets=False).bus == "mqtts://{client}:{file:secrets/bus}@broker:8883"
