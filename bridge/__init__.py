"""regionbus: the public face for authors of adapters. Everything an adapter may use is imported from here.

from bridge import Adapter, Incident, Invalid, Said, xml
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bridge import codes as codes
    from bridge import geo as geo
    from bridge import losses as losses
    from bridge import mapping as mapping
    from bridge import native as native
    from bridge import text as text
    from bridge import times as times
    from bridge import verbs as verbs
    from bridge import xml as xml
    from bridge.adapter import Adapter as Adapter
    from bridge.adapter import Said as Said
    from bridge.adapter import Says as Says
    from bridge.adapter import validated as validated
    from bridge.errors import Invalid as Invalid
    from bridge.errors import Malformed as Malformed
    from bridge.errors import Rejected as Rejected
    from bridge.errors import Unsupported as Unsupported
    from bridge.lenient import Field as Field
    from bridge.lenient import Lenient as Lenient
    from bridge.lenient import Order as Order
    from bridge.lenient import Parts as Parts
    from bridge.lenient import Table as Table
    from bridge.lenient import table as table
    from bridge.mapped import Mapped as Mapped
    from bridge.model import Record as Record
    from bridge.records import *  # noqa: F403
    from bridge.records import __all__ as __all__
    from bridge.registry import inner as inner
    from bridge.spec import parts as parts
    from bridge.thresholds import Watching as Watching

HOMES = {
    "codes geo losses mapping native text times verbs xml": "",
    "Adapter Said Says validated": "adapter",
    "Invalid Malformed Rejected Unsupported": "errors",
    "Field Lenient Order Parts Table table": "lenient",
    "Mapped": "mapped",
    "Record": "model",
    "inner": "registry",
    "parts": "spec",
    "Watching": "thresholds",
}


def __getattr__(name: str) -> Any:
    """Nothing is imported before it is used: the command line must start fast."""
    home = next((home for names, home in HOMES.items() if name in names.split()), "records")
    if not home:
        return import_module(f"bridge.{name}")
    try:
        return getattr(import_module(f"bridge.{home}"), name)
    except AttributeError:
        raise AttributeError(f"module 'bridge' has no attribute '{name}'") from None
