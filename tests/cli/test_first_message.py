"""docs/first-message.md, as a new user would follow it."""

import itertools
import os
import re
import subprocess
import sys
from pathlib import Path

from servers import free_port

PAGE = Path(__file__).parents[2] / "docs" / "first-message.md"
STAMP = 'printf "%s\\n" "$EPOCHREALTIME" >> "$STAMPS"\n'


def test_every_command_of_the_page_works_in_its_order_and_the_message_is_where_the_page_says(tmp_path):
    install, *steps = re.findall(r"```sh\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    assert "pip install" in install
    folder, stamps = tmp_path / "new", tmp_path / "stamps"
    folder.mkdir()
    script = "set -eu -o pipefail -m\n" + STAMP + STAMP.join(steps) + STAMP
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    surroundings = {**os.environ, "PATH": path, "STAMPS": str(stamps), "REGIONBUS_HTTP__PORT": str(free_port()), "NO_COLOR": "1"}
    done = subprocess.run(["bash", "-c", script], cwd=folder, env=surroundings, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    written = "".join(each.read_text("utf-8") for each in (folder / "agencies/fire/out").glob("*.geojson"))
    for word in ("消防水泵", "发电机", "Available", "Committed"):
        assert word in written
    assert "cn-jiaxing-fire" in done.stdout
    assert "delivered" in done.stdout
    times = [float(each) for each in stamps.read_text().split()]
    print("seconds, step by step from 2:", *(f"{end - begin:.1f}" for begin, end in itertools.pairwise(times)))
