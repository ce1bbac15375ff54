import sys

import pytest

from bridge import registry
from bridge.adapter import Adapter
from bridge.errors import ConfigError
from bridge.mapped import Mapped

TOML = """media_type = "application/json"
format = "json"
[[record]]
type = "Resource"
[record.fields]
resource_id = "id"
kind = "k"
"""
PYTHON = """
from bridge import Adapter, Alert
class {}(Adapter):
    media_type = "x"
    records = (Alert,)
"""


@pytest.fixture
def folder(tmp_path):
    """A folder of an agency's own adapters."""
    (tmp_path / "own").mkdir()
    return tmp_path / "own"


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A partner's package of adapters, found by an entry point of its own."""
    (tmp_path / "partner_adapters").mkdir()
    (tmp_path / "partner_adapters" / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    ours = list(registry.packages())
    monkeypatch.setattr(registry, "packages", lambda: iter([*ours, ("partner_adapters", tmp_path / "partner_adapters")]))
    yield tmp_path / "partner_adapters"
    for name in [name for name in sys.modules if name.startswith("partner_adapters")]:
        del sys.modules[name]


def test_our_own_adapters_are_found():
    assert issubclass(registry.load("cap"), Adapter)


def test_every_adapter_is_called_after_its_file():
    found = registry.entries()
    assert found
    assert all(entry.name == name == entry.file.stem.replace("_", "-") for name, entry in found.items())


def test_every_adapter_can_be_loaded_and_knows_its_name():
    for name in registry.entries():
        found = registry.load(name)
        assert (found.name, bool(found.records), bool(found.media_type)) == (name, True, True)


def test_a_toml_file_in_a_folder_is_an_adapter(folder):
    (folder / "river_watch.toml").write_text(TOML, "utf-8")
    found = registry.load("river-watch", [folder])
    assert issubclass(found, Mapped)
    assert found.name == "river-watch"


def test_a_toml_file_can_be_named_by_its_path(folder):
    (folder / "river.toml").write_text(TOML, "utf-8")
    assert registry.load(str(folder / "river.toml")).name == "river"


@pytest.mark.parametrize("name", ["_draft.toml", "river.py", "river.txt", "river.toml.bak"])
def test_nothing_else_in_a_folder_is_an_adapter(folder, name):
    (folder / name).write_text("raise SystemExit", "utf-8")
    assert registry.entries([folder]).keys() == registry.entries().keys()


def test_two_adapters_of_one_name_stop_the_start(folder):
    (folder / "cap.toml").write_text(TOML, "utf-8")
    with pytest.raises(ConfigError, match=r"two adapters are called 'cap': .*cap\.py and .*own/cap\.toml; rename one"):
        registry.entries([folder])


def test_a_dash_and_an_underscore_make_one_name(folder):
    (folder / "river-watch.toml").write_text(TOML, "utf-8")
    (folder / "river_watch.toml").write_text(TOML, "utf-8")
    with pytest.raises(ConfigError, match="two adapters are called 'river-watch'"):
        registry.entries([folder])


def test_an_adapter_that_there_is_not_is_named_with_the_nearest(folder):
    (folder / "river-watch.toml").write_text(TOML, "utf-8")
    with pytest.raises(ConfigError, match=r"there is no adapter 'river-wach'; did you mean 'river-watch'\?"):
        registry.load("river-wach", [folder])


def test_a_file_that_is_not_there_stops_the_start(folder):
    with pytest.raises(ConfigError, match="cannot be read"):
        registry.load(str(folder / "none.toml"))


def test_a_folder_that_is_not_there_stops_the_start(folder):
    with pytest.raises(ConfigError, match="there is no such folder of adapters"):
        registry.entries([folder / "none"])


def test_a_wrong_adapter_does_no_harm_before_somebody_wants_it(folder):
    (folder / "broken.toml").write_text("nonsense", "utf-8")
    assert "broken" in registry.entries([folder])
    with pytest.raises(ConfigError, match="not TOML"):
        registry.load("broken", [folder])


def test_a_partners_package_is_found_like_ours(package):
    (package / "siren_net.py").write_text(PYTHON.format("Siren"), "utf-8")
    (package / "river.toml").write_text(TOML, "utf-8")
    assert registry.entries().keys() >= {"cap", "siren-net", "river"}
    assert registry.load("siren-net").name == "siren-net"


@pytest.mark.parametrize(("content", "count"), [("", 0), (PYTHON.format("One") + PYTHON.format("Two"), 2)])
def test_a_module_holds_exactly_one_adapter(package, content, count):
    (package / "siren.py").write_text(content, "utf-8")
    with pytest.raises(ConfigError, match=f"holds {count} adapters, one is wanted"):
        registry.load("siren")
