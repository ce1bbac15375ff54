"""What the house promises about itself."""

import subprocess
import sys
import tomllib
import zipfile
from importlib.metadata import packages_distributions
from importlib.util import find_spec
from pathlib import Path

import pytest

from bridge.cli import adapters as table
from schemas import generate

WRONG = {
    "bridge never names an adapter": ("bridge/kinds.py", "import adapters.cap"),
    "schemas import nobody": ("schemas/generate.py", "import bridge.codes"),
    "adapters see only bridge's public face": ("adapters/cap.py", "import bridge.adapter"),
    "inside bridge, downwards only": ("bridge/losses.py", "import bridge.adapter"),
}


def test_the_models_are_what_the_schemas_say(root):
    assert (root / "bridge/records.py").read_text("utf-8") == generate.records(), "stale: make generate"


def test_the_writers_are_what_the_schemas_say(root):
    assert (root / "bridge/writers.py").read_text("utf-8") == generate.writers(), "stale: make generate"


def test_the_data_dictionary_is_what_the_schemas_say(root):
    assert (root / "docs/data-dictionary.md").read_text("utf-8") == generate.dictionary(), "stale: make generate"


def test_the_table_of_formats_is_what_the_adapters_say(root):
    assert (root / "docs/adapters.md").read_text("utf-8") == table.page(table.rows([])), "stale: make generate"


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """A copy of the code that may be broken."""
    root, place = Path(__file__).parent.parent.parent, tmp_path_factory.mktemp("house")
    for name in ("adapters", "bridge", "schemas"):
        for path in (root / name).rglob("*.py"):
            target = place / path.relative_to(root)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(path.read_bytes())
    (place / "pyproject.toml").write_bytes((root / "pyproject.toml").read_bytes())
    return place


@pytest.mark.parametrize("contract", WRONG)
def test_each_import_contract_sees_what_it_forbids(copy, contract):
    name, line = WRONG[contract]
    file = copy / name
    good = file.read_text()
    file.write_text(f"{good}\n{line}\n")
    try:
        program = Path(sys.executable).with_name("lint-imports")
        found = subprocess.run([program, "--no-cache"], cwd=copy, env={"PYTHONPATH": str(copy)}, capture_output=True, text=True, check=False)
    finally:
        file.write_text(good)
    assert found.returncode == 1
    assert f"{contract} BROKEN" in found.stdout


def test_the_wheel_holds_the_three_packages_and_their_files(root, tmp_path):
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=root, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("regionbus-*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.partition("/")[0] for name in names if "dist-info" not in name} == {"adapters", "bridge", "schemas"}
    assert {
        "schemas/incident.avsc",
        "schemas/codes/gb-2260.csv",
        "adapters/resource-csv.toml",
        "bridge/texts.toml",
        "bridge/ledger/sqlite.sql",
    } <= set(names)


@pytest.mark.parametrize("name", ["adapters", "bridge", "schemas"])
def test_the_three_names_belong_to_us(root, name):
    assert set(packages_distributions().get(name, [])) <= {"regionbus"}
    assert Path(find_spec(name).origin).is_relative_to(root)


def test_every_dependency_is_pinned_and_no_pin_names_an_address(root):
    project = tomllib.loads((root / "pyproject.toml").read_text())["project"]
    wanted = [*project["dependencies"], *(each for extra in project["optional-dependencies"].values() for each in extra)]
    pins = [line for line in (root / "constraints.txt").read_text().splitlines() if not line.startswith("#")]
    pinned = {line.partition("==")[0].lower().replace("_", "-") for line in pins}
    names = {each.split(">")[0].split("=")[0].split("<")[0].strip().lower().replace("_", "-") for each in wanted}
    assert names <= pinned
    assert not [line for line in pins if "://" in line or "@" in line]
