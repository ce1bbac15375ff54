"""Native times to instants and back. A time without a zone takes the zone set for its source, never this machine's."""

import re
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from functools import cache, lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bridge.avro import EPOCH
from bridge.errors import Invalid, Malformed
from bridge.model import in_millis

LOOSE = re.compile(
    r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})(?:日\s*|[T\s]\s*)(\d{1,2})[:时時点](\d{1,2})(?:[:分](\d{1,2})(?:[.,](\d{1,9}))?秒?|分)?"
    r"\s*(?:(Z|UTC|GMT|HKT|KST|JST)|(?:UTC|GMT)?\s*([+-])(\d{1,2}):?(\d{2})?)?"
)
COMPACT = re.compile(r"(\d{4})(\d\d)(\d\d)T?(\d\d)(\d\d)(\d\d)?()(Z)?()()()")
NAMED = {"Z": 0, "UTC": 0, "GMT": 0, "HKT": 8, "KST": 9, "JST": 9}
BAD_OFFSET = re.compile(r"[+-]\d\d:?[6-9]\d$")
"""Python takes 75 minutes for an hour and a quarter."""
NAME = re.compile(r"\b(?:" + "|".join(NAMED) + r")\b")
LOCAL = frozenset({"", "Factory", "localtime", "posixrules"})
"""Names under which tz databases hold this machine's own zone, or none."""
AMBIGUOUS = re.compile(r"\bCST\b|\bIST\b|\bBST\b", re.IGNORECASE)
EPOCHS = (datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC))


@cache
def zone(name: str) -> ZoneInfo:
    """The IANA time zone; ``ValueError`` if there is none of this name."""
    wrong = ValueError(f"'{name}' is not an IANA time zone such as Asia/Shanghai")
    if name in LOCAL:
        raise wrong
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise wrong from None


def instant(words: str, at: str, home: str | None = None) -> tuple[datetime, bool]:
    """The instant, and whether the text itself named its zone.

    Reads ISO 8601, RFC 3339 and 5322, slashes, compact stamps, Chinese and loose forms. ``home`` is the zone of the source;
    without either, ``Invalid`` (``no-zone``). A date alone is not an instant.
    """
    try:
        moment, zoned = _instant(words, home)
    except (ValueError, OverflowError, TypeError, IndexError):
        raise Malformed("not-a-time", at, value=words.strip()) from None
    if moment is None:
        raise Invalid("no-zone", at, value=words.strip())
    return moment, zoned


@lru_cache(maxsize=4096)
def _instant(words: str, home: str | None) -> tuple[datetime | None, bool]:
    """The same times stand in every language of a warning, and in many messages of one event."""
    moment = _read(words.strip())
    if moment.tzinfo is not None:
        return in_millis(moment), True
    return (None if home is None else in_millis(moment.replace(tzinfo=zone(home)))), False


def _read(words: str) -> datetime:
    if len(words) > len("2026-06-14T09:5") and not BAD_OFFSET.search(words):
        with suppress(ValueError):
            return datetime.fromisoformat(words.upper())
    found = LOOSE.fullmatch(words) or COMPACT.fullmatch(words)
    if found is None:
        return _rfc5322(words)
    year, month, day, hour, minute, second, fraction, named, sign, hours, minutes = found.groups()
    late = hour == "24"  # ISO 8601 allows the end of a day to be written so; Python does not
    if late and (int(minute) or int(second or 0)):
        raise ValueError(words)
    moment = datetime(int(year), int(month), int(day), 0 if late else int(hour), int(minute), int(second or 0))  # noqa: DTZ001  the zone follows
    moment += timedelta(days=1 if late else 0, microseconds=int((fraction or "").ljust(6, "0")[:6]))
    if named:
        return moment.replace(tzinfo=timezone(timedelta(hours=NAMED[named])))
    if sign:
        if int(minutes or 0) > 59:
            raise ValueError(words)
        shift = timedelta(hours=int(hours), minutes=int(minutes or 0))
        return moment.replace(tzinfo=timezone(-shift if sign == "-" else shift))
    return moment


def _rfc5322(words: str) -> datetime:
    """A date of mail and feeds. A zone that is unknown, or that means several, is refused; -0000 is UTC (section 3.3)."""
    moment = parsedate_to_datetime(words)
    last = words.rsplit(maxsplit=1)[-1]
    if AMBIGUOUS.search(words) or (moment.tzinfo is None and last != "-0000" and ":" not in last):
        raise ValueError(words)
    return moment.replace(tzinfo=UTC) if last == "-0000" else moment


def patterned(words: str, pattern: str, at: str, home: str | None = None) -> datetime:
    """The instant read by a ``strptime`` pattern, in the zone ``home`` if the pattern has none."""
    try:
        if "%Z" in pattern:  # strptime would forget what it read there
            words = NAME.sub(lambda name: f"{NAMED[name[0]]:+03d}00", words)
        moment = datetime.strptime(words.strip(), pattern.replace("%Z", "%z"))  # noqa: DTZ007  the zone follows
        if moment.tzinfo is None:
            if home is None:
                raise Invalid("no-zone", at, value=words)
            moment = moment.replace(tzinfo=zone(home))
        return in_millis(moment)
    except (ValueError, OverflowError):
        raise Malformed("not-a-time", at, value=words) from None


def epoch(number: float, unit: float, at: str) -> datetime:
    """The instant of a count of seconds (``unit`` 1) or milliseconds (0.001) since 1970; between 2000 and 2100 or ``Malformed``."""
    try:
        moment = EPOCH + timedelta(milliseconds=round(number * unit * 1000))
    except (OverflowError, ValueError, TypeError):
        raise Malformed("not-a-time", at, value=number) from None
    if not EPOCHS[0] <= moment < EPOCHS[1]:
        raise Malformed("not-a-time", at, value=number)
    return moment


def local(moment: datetime, at: str, home: str) -> datetime:
    """The moment on the clocks of a zone; ``Invalid`` where the calendar ends."""
    try:
        return moment.astimezone(zone(home))
    except OverflowError:
        raise Invalid("not-a-time", at, value=moment) from None


def wall(moment: datetime, at: str, home: str) -> str:
    """``2026-07-01 14:03:22``, the time on the wall; one that the clock shows twice is written with its offset."""
    there = local(moment.replace(microsecond=0), at, home)
    shown = there.replace(tzinfo=None).isoformat(" ")
    return shown if instant(shown, at, home)[0] == there else there.isoformat(" ")


def iso(moment: datetime, *, zulu: str = "Z", home: str = "UTC", digits: str = "auto") -> str:
    """RFC 3339 in the zone ``home``; UTC is written ``zulu``. ``digits`` as ``timespec`` of ``isoformat``; auto: milliseconds if there are any."""
    there = local(moment, "time", home)
    spec = ("milliseconds" if there.microsecond else "seconds") if digits == "auto" else digits
    written = there.isoformat(timespec=spec)
    return written.removesuffix("+00:00") + zulu if home == "UTC" else written


def day(words: str, at: str) -> date:
    """A calendar day, ISO 8601."""
    try:
        return date.fromisoformat(words.strip())
    except ValueError:
        raise Malformed("not-a-time", at, value=words) from None
