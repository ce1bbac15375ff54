"""What an adapter is, and the two ways through it: ``read`` and ``write`` (DESIGN sections 4 and 5).

Authors of adapters write naive Python; here, in one place, a ``KeyError`` becomes ``Malformed: 'warnId' is missing``.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from bridge.errors import AdapterFault, Invalid, Malformed, Rejected, Unsupported
from bridge.kinds import KINDS, subject
from bridge.losses import covered, differences
from bridge.model import Many, Model, Record, Timestamp
from bridge.records import Area, Confidentiality, DistributionKind, Mode
from bridge.text import LIMIT, check_size

M = TypeVar("M", bound=Model)


class Says(Model):
    """What the source itself states of the Envelope; nothing: not said, the link's settings fill it at seal."""

    mode: Mode | None = None
    action: DistributionKind | None = None
    message_id: str | None = None
    sent: Timestamp | None = None
    expires_at: Timestamp | None = None
    recipients: Many[str] = ()
    recipient_roles: Many[str] = ()
    keywords: Many[str] = ()
    area: Area | None = None
    references: Many[str] = ()
    correlation_id: str | None = None
    confidentiality: Confidentiality | None = None
    priority: int | None = None
    lang: str | None = None


NOTHING_SAID = Says()
FILLED = frozenset({"assignee", "from_agency", "issuer", "owner"})
"""Fields that an adapter fills with the link's agency where the source is silent: so filled, they were not said."""


@dataclass(frozen=True, slots=True)
class Said:
    """One thing said: a record, what its source states about the message, and where the source broke its own standard."""

    record: Record
    says: Says = NOTHING_SAID
    deviations: tuple[str, ...] = ()


class Written(NamedTuple):
    """Native bytes, and the canonical paths that they could not carry."""

    data: bytes
    losses: tuple[str, ...]


class Adapter(BaseModel):
    """A format. Its fields are its options, what settings may set; it knows no clock, socket, file, logger or memory.

    ``loses`` names, as ``Record.path``, what its bytes cannot carry; a path covers all below it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    media_type: ClassVar[str]
    records: ClassVar[tuple[type[Record], ...]]
    loses: ClassVar[frozenset[str]] = frozenset()
    name: ClassVar[str]
    writes: ClassVar[bool] = True

    agency: str | None = None
    """Set by the link: fills owner, issuer and the like where the source is silent, and prefixes local ids."""

    def decode(self, data: bytes) -> Iterator[Said | Rejected]:
        """The records in the bytes. Raise ``Rejected`` to refuse the whole, yield it to refuse a part."""
        raise NotImplementedError

    def encode(self, said: Said) -> bytes:
        """The bytes that say it."""
        raise NotImplementedError

    def __init_subclass__(cls, **options: Any) -> None:
        """The file name is the adapter's name."""
        super().__init_subclass__(**options)
        cls.name = cls.__module__.rpartition(".")[2].replace("_", "-")

    @property
    def claimed(self) -> frozenset[str]:
        """Native paths that it reads: what rides in ``extensions`` of them is a wording, not a field without a home."""
        return frozenset()

    @property
    def owner(self) -> str:
        """The agency that speaks where the source names none."""
        return self.agency or "unknown"

    def shared_id(self, kind: str, local: str) -> str:
        """``{agency}.{kind}.{local}``; an id that is already shared, or that has no agency to share it, stays."""
        if self.agency is None or is_shared(kind, local):
            return local
        return f"{self.agency}.{kind}.{local}"

    def local_id(self, kind: str, shared: str) -> str:
        """The reverse of ``shared_id``: this agency's own ids lose their prefix, others keep it."""
        local = shared.removeprefix(f"{self.agency}.{kind}.")
        return local if self.agency and local and not is_shared(kind, local) else shared


def is_shared(kind: str, identifier: str) -> bool:
    """Whether an id already has the form ``{agency}.{kind}.{local}``."""
    agency, found, local = (*identifier.split(".", 2), "", "")[:3]
    return found == kind and bool(agency) and bool(local)


def _translated(error: Exception, adapter: Adapter) -> Rejected:
    """The verdict on an exception out of an adapter's naive Python."""
    match error:
        case KeyError():
            return Malformed("missing", str(error.args[0]) if error.args else "")
        case ValidationError():
            flaw = error.errors(include_url=False)[0]
            return Invalid("field", ".".join(map(str, flaw["loc"])), reason=flaw["msg"])
        case RecursionError():
            return Malformed("too-deep", limit=100)
    return AdapterFault("fault", format=adapter.name, reason=f"{type(error).__name__}: {error}")


def read(adapter: Adapter, data: bytes, limit: int = LIMIT) -> list[Said | Rejected]:
    """Everything the bytes say, and the parts refused. A raised ``Rejected`` refuses the whole."""
    check_size(data, limit)
    try:
        return list(adapter.decode(data))
    except Rejected:
        raise
    except Exception as error:
        raise _translated(error, adapter) from error


def write(adapter: Adapter, said: Said) -> Written:
    """The bytes and what they lose, found by reading them back.

    Raises ``Unsupported`` if the format cannot say it, ``AdapterFault`` if it would say something else.
    """
    if not (adapter.writes and isinstance(said.record, adapter.records)):
        kinds = ", ".join(KINDS[cls] for cls in adapter.records)
        raise Unsupported("record-kind", format=adapter.name, kind=KINDS[type(said.record)], kinds=kinds)
    try:
        data = adapter.encode(said)
    except (Malformed, Invalid) as error:  # the record holds something that this format's rules forbid
        raise Unsupported(error.code, error.at, **error.details) from None
    except Rejected:
        raise
    except Exception as error:
        raise AdapterFault("fault", format=adapter.name, reason=f"{type(error).__name__}: {error}") from error
    return Written(data, _losses(adapter, said.record, data))


def _losses(adapter: Adapter, record: Record, data: bytes) -> tuple[str, ...]:
    back = _read_back(adapter, record, data)
    lost: set[str] = set()
    for each in differences(record, back):
        filled = each.path in FILLED and each.found == adapter.owner
        if not (each.lost or filled):
            raise AdapterFault("changed", each.path, format=adapter.name, said=each.said, found=each.found)
        lost.add(each.path)
    return tuple(sorted(lost))


def _read_back(adapter: Adapter, record: Record, data: bytes) -> Record:
    try:
        found = [said.record for said in read(adapter, data, limit=len(data)) if isinstance(said, Said)]
    except Rejected as error:
        raise AdapterFault("does-not-read-back", format=adapter.name, reason=error) from None
    alike = [back for back in found if type(back) is type(record)]
    same = [back for back in alike if subject(back) == subject(record)]
    if not alike:
        raise AdapterFault("does-not-read-back", format=adapter.name, reason=f"no {type(record).__name__} in it")
    return (same or alike)[0]


def validated(cls: type[M], content: Any, at: str = "") -> M:
    """A record or part out of its JSON content; ``Invalid`` names the field, seen from ``at``."""
    try:
        return cls.model_validate_json(json.dumps(content))
    except ValidationError as error:
        flaw = error.errors(include_url=False)[0]
        raise Invalid("field", "/".join(filter(None, (at, *map(str, flaw["loc"])))), reason=flaw["msg"]) from None


def undeclared(adapter: Adapter | type[Adapter], record: Record, losses: tuple[str, ...]) -> list[str]:
    """The losses that the adapter does not declare."""
    name = type(record).__name__
    return [path for path in losses if not covered(f"{name}.{path}", adapter.loses)]
