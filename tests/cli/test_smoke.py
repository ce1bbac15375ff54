"""deploy/smoke.sh, which proves an image from inside, proves an installation just as well."""

import os
import subprocess
import sys
from pathlib import Path

from servers import free_port

SCRIPT = Path(__file__).parents[2] / "deploy" / "smoke.sh"


def smoke(tmp_path, script):
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    surroundings = {**os.environ, "PATH": path, "PORT": str(free_port()), "TMPDIR": str(tmp_path)}
    return subprocess.run(["sh", "-c", script], env=surroundings, capture_output=True, text=True, timeout=120, check=False)


def test_an_installation_is_proven_by_a_message_that_goes_through_it(tmp_path):
    done = smoke(tmp_path, SCRIPT.read_text("utf-8"))
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.endswith("the image works\n")


def test_what_refuses_the_message_is_not_proven(tmp_path):
    done = smoke(tmp_path, SCRIPT.read_text("utf-8").replace("<identifier>smoke-1</identifier>", ""))
    assert done.returncode != 0
    assert "422" in done.stderr
