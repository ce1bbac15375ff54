"""Lists of what is in force: what such a list names no longer has ended, though no message says so.

What the list named last is remembered in the ledger, in the step that accepts it: no ending is lost and none is said twice, whatever
dies. An ending is said after several good polls without its subject. A poll is good if nothing of it was refused and it is not
empty: of a list that is in ruins nobody knows what it lacks. What comes back after its ending is news again.
"""

import asyncio
import json
import zlib
from base64 import b64decode, b64encode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple

import structlog

from bridge import times, wire
from bridge.adapter import Said
from bridge.envelope import Sealed, said_of, seal
from bridge.errors import Rejected, Unavailable
from bridge.ledger import Note, Outcome, Refused, Taking
from bridge.links.inlet import PATIENCE
from bridge.links.polled import Polled
from bridge.model import Record, in_millis
from bridge.ports import Answer, Taken
from bridge.records import Alert, Envelope, Incident, Resource, ResourceState

log = structlog.get_logger()
MARK = {"regionbus:ended_by": "disappeared"}
"""In ``extensions``: this hub's inference, not its source's word."""
REMARK = "Inferred: its source no longer lists it. 推断：来源列表中已不再列出。"
"""The same, where formats without extensions have room for it."""


class Held(NamedTuple):
    """What a list has named: its edition, and in how many good polls since it was missing."""

    digest: str
    envelope: bytes
    missing: int = 0


Key = tuple[str, str, str]
"""Mode, kind and subject."""
InForce = Mapping[Key, Held]


class Snapshot(Polled):
    """An inlet that takes lists."""

    def __init__(self, *inlet: Any, polls: int, empty: bool, once: bool) -> None:
        """``polls`` without a subject end it; an ``empty`` list is a good one; what is refused is set aside ``once``, not with every list."""
        super().__init__(*inlet)
        self.polls, self.empty, self.once = polls, empty, once
        self.held: InForce | None = None
        """Nothing while only the ledger knows it."""
        self.next: InForce = {}
        self.place = f"snapshot/{self.name}"

    async def work(self, batch: list[Taken]) -> int:
        """See ``Inlet``. List by list: each is judged by the one before it."""
        try:
            if self.held is None:
                self.held = unpacked((await self.hub.ledger.notes(self.place)).get(self.place))
        except Unavailable as error:
            log.warning("unavailable", link=self.name, reason=str(error))
            await batch[0].done(Answer(later=str(error)))
            await asyncio.sleep(PATIENCE)
            return 1
        return await super().work(batch[:1])

    def read(self, taken: Taken) -> Taking:
        """See ``Inlet``; with what has ended, and what is in force from now on."""
        held, self.held = self.held or {}, None  # what becomes of it only the ledger knows
        taking = super().read(taken)
        good = not self.flaws and (bool(taking.sealed) or self.empty)
        if held and not taking.sealed and not self.flaws and not self.empty:
            log.warning("empty-list", link=self.name, count=len(held))
        self.next, gone = compared(held, taking.sealed, self.polls, good=good)
        ended: list[Sealed] = []
        refused: list[Refused] = []
        for envelope in gone:
            try:
                ended += self.ended(envelope)
            except Rejected as error:
                refused.append(Refused(error.verdict, envelope))
        note = Note(self.place, packed(self.next)) if self.next != held else None
        return replace(taking, sealed=(*taking.sealed, *ended), refused=(*taking.refused, *refused), note=note)

    def ended(self, data: bytes) -> list[Sealed]:
        """The editions that say that something has ended, if that can be said of it."""
        envelope, now = wire.decode(data, Envelope), self.hub.clock()
        said = said_of(envelope)
        record = ending(said.record, now)
        if record is None:
            return []
        log.info("ended", link=self.name, kind=envelope.kind, subject=envelope.subject, polls=self.polls)
        cancels = isinstance(record, Alert)
        changes = {"action": "Cancel" if cancels else "Update", "references": (envelope.subject,) if cancels else ()}
        silent = dict.fromkeys(("message_id", "sent", "expires_at", "correlation_id"))
        return seal(Said(record, said.says.model_copy(update={**silent, **changes})), self.terms, now)

    def _note(self, taking: Taking, outcome: Outcome) -> None:
        self.held = None if outcome.again else self.next
        super()._note(taking, outcome)


def compared(held: InForce, listed: Sequence[Sealed], polls: int, *, good: bool) -> tuple[InForce, list[bytes]]:
    """What is in force from now on, and the envelopes of what has ended.

    What a listed alert refers to was retired by its own source: nothing need be inferred of it.
    """
    now: dict[Key, Held] = {}
    for each in listed:
        key: Key = (each.envelope.mode, each.envelope.kind, each.envelope.subject)
        last = held.get(key)
        now[key] = last if last and not last.missing and last.digest == each.digest else Held(each.digest, each.data)
    retired = {("alert", subject) for each in listed if each.envelope.kind == "alert" for subject in each.envelope.references}
    gone = []
    for key, lost in held.items():
        if key in now or key[1:] in retired:
            continue
        missing = lost.missing + good
        if missing < polls:
            now[key] = lost._replace(missing=missing)
        else:
            gone.append(lost.envelope)
    return now, gone


def ending(record: Record, now: datetime) -> Record | None:
    """The record that says that it has ended, marked as inferred; nothing if it said so itself, or its kind knows no end.

    ``revision`` and ``updated_at`` stay what the source said: what comes back must not look older than its ending.
    """
    match record:
        case Alert() if record.msg_type in ("Unknown", "Alert", "Update"):
            remark = "\n".join(filter(None, (record.note, REMARK)))
            sent = in_millis(now).replace(microsecond=0)
            changes: dict[str, Any] = dict(msg_type="Cancel", sent=sent, sent_text=None, references=(triple(record),), note=remark)
        case Incident() if record.lifecycle not in ("Closed", "Cancelled"):
            changes = dict(lifecycle="Closed")
        case Resource() if record.sharing != "NotShared":
            changes = dict(sharing="NotShared")
        case ResourceState() if record.availability != "Unknown":
            return ResourceState(resource_id=record.resource_id, availability="Unknown", extensions=MARK)
        case _:
            return None
    return record.model_copy(update={**changes, "extensions": {**vars(record)["extensions"], **MARK}})


def triple(alert: Alert) -> str:
    """How other alerts refer to it (CAP 1.2 section 3.2.1)."""
    stated = alert.sent_text if alert.sent_text and not set(alert.sent_text) & set(" ,") else None
    return f"{alert.sender},{alert.identifier},{stated or times.iso(alert.sent, zulu='-00:00', digits='seconds')}"


def packed(held: InForce) -> bytes:
    """As the ledger keeps it."""
    rows = [[*key, each.digest, b64encode(each.envelope).decode(), each.missing] for key, each in held.items()]
    return zlib.compress(json.dumps(rows, ensure_ascii=False).encode("utf-8", "surrogatepass"))


def unpacked(data: bytes | None) -> InForce:
    """The reverse."""

    def rows() -> Iterator[tuple[Key, Held]]:
        for mode, kind, subject, digest, envelope, missing in json.loads(zlib.decompress(data)) if data else ():
            yield (mode, kind, subject), Held(digest, b64decode(envelope), missing)

    return dict(rows())
