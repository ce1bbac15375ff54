"""Sealing what was said into envelopes, and opening what came: the letter around a record (DATA-MODEL, the two wrappers)."""

import hashlib
import os
import re
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from pydantic import BaseModel, ConfigDict

from bridge import kinds, topics, wire
from bridge.adapter import Said, Says
from bridge.errors import Invalid, Malformed
from bridge.model import Record, in_millis
from bridge.records import AckMode, Carrier, Envelope, Mode, ResourceRequest
from bridge.topics import Data, To, Topic
from bridge.tracing import spanned

MESSAGE_ID = re.compile("[0-9A-Za-z-]{1,64}")
"""Another hub's id, too, becomes a file's name, a header and a key."""


class Terms(BaseModel):
    """What a link's settings say for everything it takes."""

    model_config = ConfigDict(frozen=True)

    agency: str
    mode: Mode = "Unknown"
    """What silence about the mode means; Unknown: silence is refused."""
    modes: tuple[Mode, ...] = ("Actual", "Exercise", "Test")
    """What may be taken at all."""
    view: str = "full"
    division: str = kinds.NATION
    """``province/division`` of the agency, for records that name no place."""
    ack: AckMode | None = None
    """Which receipts the agency wants; left out: Delivered, and none in the bulk lane."""
    format: str = ""


class Sealed(NamedTuple):
    """One edition of a message, ready for the journal."""

    topic: Topic
    envelope: Envelope
    data: bytes
    """The envelope's bytes, never encoded again."""
    digest: str
    """Of what is said; the same words said again have the same one."""
    revision: int | None = None
    updated_at: datetime | None = None

    @property
    def stream(self) -> str:
        """The unit of order."""
        return self.topic.stream


def uuid7(now: datetime) -> str:
    """A UUID of version 7 (RFC 9562 section 5.7): the time in milliseconds, then chance."""
    return _uuid(int(now.timestamp() * 1000) << 80 | int.from_bytes(os.urandom(10), "big"), 7)


def uuid8(words: str) -> str:
    """A UUID of version 8 (RFC 9562 section 5.8): the same words, the same id, in any process."""
    return _uuid(int.from_bytes(hashlib.sha256(words.encode("utf-8", "surrogatepass")).digest()[:16], "big"), 8)


def _uuid(number: int, version: int) -> str:
    number = number & ~(0xF << 76) | version << 76
    words = f"{number & ~(0x3 << 62) | 0x2 << 62:032x}"
    return f"{words[:8]}-{words[8:12]}-{words[12:16]}-{words[16:20]}-{words[20:]}"


@spanned("seal")
def seal(  # noqa: PLR0913  all that an envelope takes from around a record
    said: Said,
    terms: Terms,
    now: datetime,
    *,
    source: bytes | None = None,
    correlation: str | None = None,
    place: str | None = None,
    trace: str | None = None,
) -> list[Sealed]:
    """The editions of what was said: one for each recipient or group that it names, and one for all if it names none, or roles.

    ``source`` is the native original, ``correlation`` joins the records of one native message. ``place`` names what is said for good:
    whoever seals it again, in any process, makes the same message ids. ``trace`` is the trace context that it came with. Raises ``Invalid`` if the mode is unknown or not taken here.
    """
    says, record = said.says, said.record
    mode, named = _mode(says, terms), recipients(said)
    payload = wire.encode(record)
    said_now = _stated(said, terms, mode, named, payload)
    concerned = {name: found for name in ("recipient_roles", "keywords", "area") if (found := getattr(says, name))}
    words = repr((*said_now.values(), says.expires_at and says.expires_at.timestamp(), *concerned.items()))
    digest = hashlib.sha256(payload + words.encode("utf-8", "surrogatepass")).hexdigest()
    if says.correlation_id is None:
        said_now["correlation_id"] = correlation
    said_now |= concerned
    said_now["expires_at"] = says.expires_at
    said_now["payload"] = payload
    said_now["traceparent"] = trace
    said_now["source_digest"] = hashlib.sha256(source).hexdigest() if source else None
    editions = _editions(said, terms, topics.MODES[mode], named)
    return [_sealed(said_now, topic, now, digest, record, place and f"{place}/{topic}") for topic in editions]


def _mode(says: Says, terms: Terms) -> Mode:
    mode = terms.mode if says.mode is None or says.mode == "Unknown" else says.mode
    if mode == "Unknown":
        raise Invalid("mode-unknown", "mode")
    if mode not in terms.modes:
        raise Invalid("not-in-list", "mode", value=mode, allowed=", ".join(terms.modes))
    return mode


def _stated(said: Said, terms: Terms, mode: Mode, named: tuple[str, ...], payload: bytes) -> dict[str, Any]:
    """What counts when it is said again: the same words are no news."""
    says, record, kind = said.says, said.record, kinds.KINDS[type(said.record)]
    return dict(
        agency=terms.agency,
        subject=kinds.subject(record, says.message_id or hashlib.sha256(payload).hexdigest()),
        kind=kind,
        mode=mode,
        action=says.action or "Unknown",
        view=terms.view,
        recipients=named,
        confidentiality=says.confidentiality or "Unknown",
        priority=4 if says.priority is None else says.priority,
        ack_requested=terms.ack or ("NotRequested" if kinds.lane(kind) == "bulk" or kind == "receipt" else "Delivered"),
        references=says.references,
        correlation_id=says.correlation_id,
        source_format=terms.format or None,
        lang=says.lang,
    )


def _editions(said: Said, terms: Terms, mode: str, named: tuple[str, ...]) -> list[Topic]:
    """One for each that is named, and one for all if none is, or roles are."""
    kind = kinds.KINDS[type(said.record)]
    editions: list[Topic] = [To(to, terms.agency, mode, kind) for to in named]
    if said.says.recipient_roles or not editions:
        province, _, division = kinds.division(said.record, terms.division).partition("/")
        editions.append(Data(terms.agency, terms.view, mode, kind, kinds.family(said.record), province, division))
    return editions


def _sealed(said_now: dict[str, Any], topic: Topic, now: datetime, digest: str, record: Record, place: str | None) -> Sealed:  # noqa: PLR0913
    envelope = Envelope.trusted(message_id=uuid8(f"{place}/{digest}") if place else uuid7(now), sent_at=in_millis(now), **said_now)
    stated = vars(record)
    return Sealed(topic, envelope, wire.encode(envelope), digest, stated.get("revision"), stated.get("updated_at"))


def recipients(said: Said) -> tuple[str, ...]:
    """Whom the message names, each once: by the source's own address, or by the request itself.

    ``Invalid`` if one is no agency of any hub: what is addressed must never go to all, nor get lost.
    """
    named = said.says.recipients
    if not named and isinstance(said.record, ResourceRequest) and topics.is_level(said.record.to_agency or ""):
        named = (said.record.to_agency or "",)
    for recipient in named:
        if not topics.is_level(recipient):
            raise Invalid("no-recipient", "recipients", value=recipient)
    return tuple(dict.fromkeys(named))


def stated_age(envelope: Envelope, now: datetime, limit: timedelta) -> None:
    """Refuses what is older than this hub remembers: it could not know whether it had it already."""
    if now - envelope.sent_at > limit:
        raise Invalid("too-old", "sent_at", age=now - envelope.sent_at, limit=limit)


def opened(topic: str, data: bytes) -> tuple[Topic, Carrier, Envelope]:
    """Carrier and envelope of a delivery, if they are what the topic claims; the record stays closed.

    Raises ``Malformed`` if not.
    """
    place, carrier = topics.parse(topic), wire.decode(data, Carrier)
    envelope = wire.decode(carrier.envelope, Envelope)
    if not MESSAGE_ID.fullmatch(envelope.message_id):
        raise Malformed("field", "message_id", reason="no id of letters, digits and hyphens, 64 at most")
    claims = {
        "agency": (envelope.agency, place.agency),
        "mode": (topics.MODES.get(envelope.mode), place.mode),
        "kind": (envelope.kind, place.kind),
        "stream": (carrier.stream, topics.stream_as(place, carrier.stream)),
    }
    if isinstance(place, Data):
        claims["view"] = (envelope.view, place.view)
    elif place.recipient not in envelope.recipients:
        claims["recipients"] = (", ".join(envelope.recipients), place.recipient)
    for at, (found, wanted) in claims.items():
        if found != wanted:
            raise Malformed("disagrees", at, found=found, wanted=wanted)
    return place, carrier, envelope


def record_of(envelope: Envelope) -> Record:
    """The record inside."""
    cls = kinds.CLASSES.get(envelope.kind)
    if cls is None or envelope.payload_encoding != "Avro":
        raise Malformed("wrong-record", found=envelope.kind, wanted="a kind and an encoding known here")
    return wire.decode(envelope.payload, cls)


def said_of(envelope: Envelope) -> Said:
    """What an adapter writes: the record, and what its envelope says about it."""
    says = Says.trusted(
        mode=envelope.mode,
        action=envelope.action,
        message_id=envelope.message_id,
        sent=envelope.sent_at,
        expires_at=envelope.expires_at,
        recipients=envelope.recipients,
        recipient_roles=envelope.recipient_roles,
        keywords=envelope.keywords,
        area=envelope.area,
        references=envelope.references,
        correlation_id=envelope.correlation_id,
        confidentiality=envelope.confidentiality,
        priority=envelope.priority,
        lang=envelope.lang,
    )
    return Said(record_of(envelope), says)
