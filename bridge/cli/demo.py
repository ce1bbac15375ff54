"""``regionbus demo``: a plant fire at a city border, played by two hubs in this process; or your own files through one."""

import asyncio
import signal
import tempfile
from pathlib import Path

from bridge.demo.samples import carry
from bridge.demo.story import Story


def run(*, once: bool, samples: Path | None, adapter: str | None, folder: Path | None) -> int:
    """Plays; 0 if every sum adds up and nothing waits."""
    place = folder or Path(tempfile.mkdtemp(prefix="regionbus-demo-"))
    place.mkdir(parents=True, exist_ok=True)
    playing = carry(samples, adapter or samples.name, place) if samples else Story(place, once=once).play()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # its brokers end with it
    try:
        return asyncio.run(playing)
    except KeyboardInterrupt:
        return 0
