"""What an adapter declares: its name, its format, its records, its options, its losses."""

import re

from bridge.conformance.report import Failed
from bridge.conformance.subject import Subject
from bridge.kinds import KINDS
from bridge.spec import places
from bridge.topics import is_level


def loads(about: Subject) -> None:
    """It loads, and its name may stand in settings."""
    if not is_level(about.cls.name):
        raise Failed("bad-name", name=about.cls.name)


def described(about: Subject) -> None:
    """It says what format it is."""
    if not (about.cls.__doc__ or "").strip():
        raise Failed("no-docstring")


def media(about: Subject) -> None:
    """Its media type is one."""
    found = getattr(about.cls, "media_type", "")
    if not re.fullmatch(r"[\w.+-]+/[\w.+-]+", found):
        raise Failed("bad-media", found=found)


def kinds(about: Subject) -> None:
    """It names records that are messages."""
    found = getattr(about.cls, "records", ())
    if not found or any(cls not in KINDS for cls in found):
        raise Failed("bad-records", found=", ".join(getattr(cls, "__name__", str(cls)) for cls in found) or "-")


def optional(about: Subject) -> None:
    """It works without options."""
    needed = [name for name, option in about.cls.model_fields.items() if option.is_required()]
    if needed:
        raise Failed("needs-options", names=", ".join(needed))


def losses(about: Subject) -> None:
    """Declared losses are places of its records."""
    known = {f"{cls.__name__}.{path}" for cls in about.cls.records for path in places(cls)}
    strange = [lost for lost in about.cls.loses if not any(path == lost or path.startswith(f"{lost}.") for path in known)]
    if strange:
        raise Failed("strange-losses", paths=", ".join(sorted(strange)))


CHECKS = (loads, described, media, kinds, optional, losses)
