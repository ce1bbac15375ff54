"""The invertible verbs of a mapping: each reads a native value and writes it back.

``read`` gives the shared value, or nothing where the source is silent; ``write`` is its exact reverse.
"""

import json
import math
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, ClassVar, Protocol

from bridge import geo, times
from bridge.avro import EPOCH
from bridge.codes import Codes
from bridge.errors import Invalid, Malformed, Unsupported
from bridge.native import SILENT, Path, get, pointer, put, shape, unpack
from bridge.records import CodedValue, GeoPoint


class Setting(Protocol):
    """What a verb may ask of the adapter at work: its options."""

    name: ClassVar[str]

    @property
    def zone(self) -> str | None:
        """IANA zone of times that name none."""
        ...

    @property
    def datum(self) -> geo.Datum:
        """Datum of positions."""
        ...

    def shared_id(self, kind: str, local: str) -> str:
        """``{agency}.{kind}.{local}``."""
        ...

    def local_id(self, kind: str, shared: str) -> str:
        """The reverse."""
        ...


class Verb(Protocol):
    """One way to carry a value between a native place and the shared record."""

    @property
    def paths(self) -> Iterable[Path]:
        """The native places it claims."""
        ...

    @property
    def doubts(self) -> bool:
        """Whether it must be asked if it claims them; else it does so where it has read something."""
        ...

    def read(self, node: Any, setting: Setting) -> Any:
        """The shared value."""
        ...

    def claims(self, node: Any, value: Any) -> bool:
        """Whether what stands in its places is carried by the value read there; else it is left to the extensions."""
        ...

    def write(self, said: Any, node: dict[str, Any], setting: Setting) -> None:
        """Puts the value where ``read`` finds it; ``LookupError`` if there is no word for it."""
        ...


def number(found: Any, at: str) -> float:
    """A native number, however it is written."""
    if type(found) is float and math.isfinite(found):
        return found
    try:
        value = geo.decimal(found.replace(",", "")) if isinstance(found, str) else found
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise Malformed("not-a-number", at, value=shape(found))
        if not math.isfinite(value):
            raise Malformed("not-finite", at)
    except (OverflowError, ValueError):
        code = "not-finite" if str(found).strip("+-").lower() in {"nan", "inf", "infinity"} else "not-a-number"
        raise Malformed(code, at, value=found) from None
    return value


def numeral(said: str, at: str) -> float:
    """Text as a number, if it is one to the letter."""
    value = number(said, at)
    value = int(value) if float(value).is_integer() else value
    if json.dumps(value) != said:
        raise Invalid("wrong-value", at, value=said, wanted="a number to the letter")
    return value


def words(found: Any, at: str) -> str:
    """Native text; a number or truth value is taken by its JSON form."""
    if isinstance(found, str):
        return found
    if isinstance(found, int | float):
        return json.dumps(found)
    raise Malformed("wrong-shape", at, found=shape(found), wanted="text")


@dataclass(frozen=True)
class Scalar:
    """What verbs with one native place share: the place, what counts as silence there, and the JSON type written."""

    path: Path
    silent: frozenset[str] = frozenset()
    as_text: bool = True

    @cached_property
    def paths(self) -> tuple[Path, ...]:
        """The one place."""
        return (self.path,)

    @cached_property
    def at(self) -> str:
        """The place as it is named in errors."""
        return pointer(self.path)

    @property
    def doubts(self) -> bool:
        """Words that mean silence are carried by silence."""
        return bool(self.silent)

    def read(self, node: Any, setting: Setting) -> Any:
        """The value read by the verb, nothing where the source is silent."""
        found = self.found(node)
        return self.heard(found, setting) if found or found not in SILENT else None

    def heard(self, found: Any, setting: Setting) -> Any:
        """The value of something that stands there: nothing if it is a word for silence."""
        return None if self.means_silence(found) else self.take(found, setting)

    def found(self, node: Any) -> Any:
        """The native value; a list of one stands for its element."""
        found = get(node, self.path)
        return found[0] if type(found) is list and len(found) == 1 else found

    def means_silence(self, found: Any) -> bool:
        """Whether a native word is one of those that mean silence."""
        return bool(self.silent) and isinstance(found, str | int | float) and str(found).strip() in self.silent

    def claims(self, node: Any, value: Any) -> bool:
        """Whether what stands there is carried; else it is left to the extensions."""
        return value is not None or self.means_silence(self.found(node))

    def write(self, said: Any, node: dict[str, Any], setting: Setting) -> None:
        """Puts what the verb makes of it; a word that would be taken for silence cannot be said."""
        value = self.give(said, setting)
        if self.means_silence(value):
            raise Invalid("wrong-value", self.at, value=said, wanted="a word that does not mean silence")
        put(node, self.path, value)

    def take(self, found: Any, setting: Setting) -> Any:
        """Native to shared."""
        raise NotImplementedError

    def give(self, said: Any, setting: Setting) -> Any:
        """Shared to native."""
        raise NotImplementedError


@dataclass(frozen=True)
class Text(Scalar):
    """Text as it stands."""

    def take(self, found: Any, setting: Setting) -> Any:  # noqa: ARG002
        """The text."""
        return found if type(found) is str else words(found, self.at)

    def give(self, said: Any, setting: Setting) -> Any:  # noqa: ARG002
        """The text; as a number only if it is one to the letter."""
        return said if self.as_text else numeral(said, self.at)


@dataclass(frozen=True)
class Identity(Text):
    """The id of a thing: shared outside, local inside its own agency."""

    kind: str = ""

    def take(self, found: Any, setting: Setting) -> Any:
        """The shared id."""
        return setting.shared_id(self.kind, found if type(found) is str else words(found, self.at))

    def give(self, said: Any, setting: Setting) -> Any:
        """The local id, if it is the agency's own; one that would come back as another cannot be said."""
        local = setting.local_id(self.kind, said)
        if not local.strip() or setting.shared_id(self.kind, local) != said:
            raise Invalid("wrong-value", self.at, value=said, wanted=f"an id such as {{agency}}.{self.kind}.{{local}}")
        return super().give(local, setting)


@dataclass(frozen=True)
class Number(Scalar):
    """A number, times the ``factor`` of its unit."""

    factor: float = 1.0
    whole: bool = False

    def take(self, found: Any, setting: Setting) -> Any:  # noqa: ARG002
        """The number in the shared unit."""
        at = self.at
        value = number(found, at) * self.factor
        if self.factor != 1:
            value = number(value, at)
        if not self.whole:
            return float(value)
        nearest = round(value)
        if not math.isclose(value, nearest, rel_tol=1e-9):
            raise Malformed("not-a-number", at, value=found)
        return nearest

    def give(self, said: Any, setting: Setting) -> Any:  # noqa: ARG002
        """The number in the native unit."""
        exact = said / self.factor
        short = round(exact, 9)
        value = said if self.factor == 1 else short if math.isclose(short * self.factor, said, rel_tol=1e-9) else exact
        value = int(value) if float(value).is_integer() else value
        return json.dumps(value) if self.as_text else value


@dataclass(frozen=True)
class Time(Scalar):
    """An instant: any form that ``times.instant`` reads; written as ``form`` says.

    ``iso`` names its offset, ``local`` is the time on the wall of the source's zone to the second, ``epoch`` and ``epoch-ms`` count
    since 1970, anything else is a pattern.
    """

    form: str = "iso"

    def take(self, found: Any, setting: Setting) -> Any:
        """The instant."""
        at = self.at
        if self.form in UNITS:
            return times.epoch(number(found, at), UNITS[self.form], at)
        if self.form not in FORMS:
            return times.patterned(words(found, at), self.form, at, setting.zone)
        return times.instant(words(found, at), at, setting.zone)[0]

    def give(self, said: datetime, setting: Setting) -> Any:
        """The native form, in the source's own zone."""
        if self.form in UNITS:
            millis = (said - EPOCH) // timedelta(milliseconds=1)
            times.epoch(millis, UNITS["epoch-ms"], self.at)  # what would not be read back cannot be said
            return millis if self.form == "epoch-ms" else millis // 1000 if millis % 1000 == 0 else millis / 1000
        home = setting.zone or "UTC"
        if self.form == "local":
            return times.wall(said, self.at, home)
        return times.iso(said, home=home) if self.form == "iso" else times.local(said, self.at, home).strftime(self.form)


UNITS = {"epoch": 1.0, "epoch-ms": 0.001}
FORMS = ("iso", "local")


@dataclass(frozen=True)
class Table(Scalar):
    """A code of a list, and the symbol it means; compared after NFKC, for Ⅳ and IV are one.

    A code that means nothing, or that is not the one written for its symbol, rides along in the extensions. ``strict``: a code that
    means nothing is refused, and so is a symbol without a code: for what nobody may have to guess.
    """

    codes: Codes = field(kw_only=True)
    strict: bool = False
    whole: bool = False
    doubts = True

    def take(self, found: Any, setting: Setting) -> Any:  # noqa: ARG002
        """The symbol, or nothing if the code is unknown."""
        return self.known[found] if type(found) is str and found in self.known else self.meaning(found)

    def meaning(self, found: Any) -> Any:
        """The same for what is not to the letter in the list."""
        code = unicodedata.normalize("NFKC", words(found, self.at).strip())
        symbol = self.codes.means(code)
        if symbol is None and self.strict:
            raise Invalid("not-in-list", self.at, value=found, allowed=", ".join(self.codes.rows))
        return int(symbol) if symbol and self.whole else symbol

    @cached_property
    def known(self) -> dict[str, Any]:
        """What the codes mean that are written for what they mean."""
        plain = [code for code in self.codes.written.values() if unicodedata.normalize("NFKC", code.strip()) == code and not self.whole]
        return {code: self.meaning(code) for code in plain}

    def claims(self, node: Any, value: Any) -> bool:
        """Whether the symbol says all that the code does."""
        if value is None and not self.silent:
            return False
        found = self.found(node)
        if self.means_silence(found):
            return True
        return value is not None and self.codes.writes(str(value)) == (found if type(found) is str else words(found, "")).strip()

    def give(self, said: Any, setting: Setting) -> Any:
        """The first code that means it."""
        code = self.codes.writes(str(said))
        if code is None:
            if self.strict:
                raise Unsupported("cannot-say", self.at, format=setting.name, reason=f"it has no word for {said}")
            raise LookupError(said)
        return code if self.as_text else unpack(code)


@dataclass(frozen=True)
class Listed(Scalar):
    """A list: of text in a JSON list, or in one text with separators (``split``, the first of which is written).

    ``kind``: its parts are ids of this kind.
    """

    split: str = ""
    kind: str = ""

    def take(self, found: Any, setting: Setting) -> Any:
        """The parts, without blanks around them."""
        parts = self.parts(found)
        return tuple(Identity(self.path, kind=self.kind).take(part, setting) for part in parts) if self.kind else parts

    def parts(self, found: Any) -> tuple[str, ...]:
        """The native parts."""
        at = self.at
        if not self.split:
            return tuple(words(item, at) for item in (found if isinstance(found, list) else [found]))
        text = words(found, at)
        for separator in self.split[1:]:
            text = text.replace(separator, self.split[0])
        return tuple(part.strip() for part in text.split(self.split[0]) if part.strip())

    def give(self, said: tuple[str, ...], setting: Setting) -> Any:
        """The list, or the text; a part that holds a separator cannot be said."""
        if self.kind:
            said = tuple(Identity(self.path, kind=self.kind).give(part, setting) for part in said)
        if not self.split:
            if "" in said:
                raise Invalid("wrong-value", self.at, value="", wanted="no empty part")
            return list(said)
        for part in said:
            if any(char in part for char in self.split) or part != part.strip() or not part:
                raise Invalid("wrong-value", self.at, value=part, wanted=f"no part with any of {self.split}")
        return self.split[0].join(said)


class Whole:
    """What verbs with several native places share: half of them is left to the extensions."""

    doubts = False

    def read(self, node: Any, setting: Setting) -> Any:
        """The shared value."""
        raise NotImplementedError

    def claims(self, node: Any, value: Any) -> bool:  # noqa: ARG002
        """Whether what stands there is carried."""
        return value is not None


@dataclass(frozen=True)
class Coded(Whole):
    """A ``CodedValue`` of one scheme: its code, and its label if the source has one."""

    path: Path
    scheme: str
    label: Path | None = None

    @cached_property
    def paths(self) -> tuple[Path, ...]:
        """Code and label."""
        return (self.path, self.label) if self.label else (self.path,)

    def read(self, node: Any, setting: Setting) -> Any:  # noqa: ARG002
        """The coded value."""
        found = get(node, self.path)
        if found in SILENT:
            return None
        label = get(node, self.label) if self.label else None
        return CodedValue(
            scheme=self.scheme,
            code=found if type(found) is str else words(found, pointer(self.path)),
            label=None if label in (None, "") else words(label, pointer(self.label or ())),
        )

    def write(self, said: CodedValue, node: dict[str, Any], setting: Setting) -> None:  # noqa: ARG002
        """Code and label; a code of another scheme cannot be said here."""
        if said.scheme != self.scheme or not said.code:
            raise LookupError(said.scheme)
        put(node, self.path, said.code)
        if self.label and said.label:
            put(node, self.label, said.label)


@dataclass(frozen=True)
class Point(Whole):
    """A position, converted from and to the datum that the link's settings name."""

    lat: Path
    lon: Path
    alt: Path | None = None
    as_text: bool = False

    @cached_property
    def paths(self) -> tuple[Path, ...]:
        """Latitude, longitude, and altitude if there is one."""
        return (self.lat, self.lon, self.alt) if self.alt else (self.lat, self.lon)

    @cached_property
    def at(self) -> tuple[str, str, str]:
        """The places as they are named in errors."""
        return pointer(self.lat), pointer(self.lon), pointer(self.alt or ())

    def read(self, node: Any, setting: Setting) -> Any:
        """The point in WGS-84."""
        lat, lon = get(node, self.lat), get(node, self.lon)
        if lat in (None, "") and lon in (None, ""):
            return None
        at, beside, above = self.at
        pair = geo.checked(number(lat, at), number(lon, beside), at)
        alt = get(node, self.alt) if self.alt else None
        north, east = geo.from_datum(setting.datum, *pair)
        return GeoPoint(lat=float(north), lon=float(east), alt=None if alt in (None, "") else float(number(alt, above)))

    def write(self, said: GeoPoint, node: dict[str, Any], setting: Setting) -> None:
        """The point in the native datum; one that the datum would not bring back, at the edge of its realm, cannot be said."""
        there = geo.to_datum(setting.datum, said.lat, said.lon)
        back = geo.from_datum(setting.datum, *geo.checked(*there, pointer(self.lat)))
        if abs(back[0] - said.lat) + abs(back[1] - said.lon) > geo.CLOSE:
            raise Unsupported("cannot-say", pointer(self.lat), format=setting.name, reason=f"{setting.datum} does not reach there")
        for path, value in zip((self.lat, self.lon), there, strict=True):
            put(node, path, json.dumps(value) if self.as_text else value)
        if self.alt and said.alt is not None:
            put(node, self.alt, json.dumps(said.alt) if self.as_text else said.alt)


@dataclass(frozen=True)
class Fixed(Whole):
    """A value that the format always means and never writes."""

    value: Any
    paths: Iterable[Path] = ()

    def read(self, node: Any, setting: Setting) -> Any:  # noqa: ARG002
        """Always the same."""
        return self.value

    def write(self, said: Any, node: dict[str, Any], setting: Setting) -> None:  # noqa: ARG002
        """Nothing is written; another value cannot be said."""
        if said != self.value:
            raise Unsupported("cannot-say", str(said), format=setting.name, reason=f"it always means {self.value}")
