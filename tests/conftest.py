"""What every test may ask for."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile("steady", max_examples=50, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
settings.load_profile("steady")

ROOT = Path(__file__).parent.parent
os.environ["PATH"] += os.pathsep + "/usr/sbin"
os.environ.pop("REGIONBUS_LANG", None)
os.environ["LC_ALL"] = "C.UTF-8"


@pytest.fixture
def root() -> Path:
    return ROOT
