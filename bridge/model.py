"""What every generated record is made of: strict, frozen, finite, with times in whole milliseconds UTC."""

from datetime import UTC, datetime
from functools import cache
from typing import Annotated, Any, Self, TypeVar

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field


def in_millis(moment: datetime) -> datetime:
    """The moment in UTC, cut to the millisecond: the resolution of Avro's timestamp-millis. ``ValueError`` if UTC has no such year."""
    if moment.tzinfo is not UTC:
        try:
            moment = moment.astimezone(UTC)
        except OverflowError:
            raise ValueError("before the year 1 or after the year 9999 in UTC") from None
    rest = moment.microsecond % 1000
    return moment.replace(microsecond=moment.microsecond - rest) if rest else moment


Timestamp = Annotated[AwareDatetime, AfterValidator(in_millis)]
Str = Annotated[str, Field(max_length=10 * 1024 * 1024)]
"""Text no longer than a message; the bound also lets pydantic refuse half characters."""
Int = Annotated[int, Field(ge=-(2**31), le=2**31 - 1)]
Long = Annotated[int, Field(ge=-(2**63), le=2**63 - 1)]
T = TypeVar("T")
Many = Annotated[tuple[T, ...], Field(strict=False)]
Map = dict[Str, Str]


@cache
def defaults(cls: "type[Model]") -> dict[str, Any]:
    """What the fields of a model hold if nothing is said."""
    return {name: field.default for name, field in cls.model_fields.items()}


class Model(BaseModel):
    """A record or a part of one."""

    model_config = ConfigDict(
        allow_inf_nan=False,
        extra="forbid",
        frozen=True,
        ser_json_bytes="base64",
        strict=True,
        val_json_bytes="base64",
    )

    @classmethod
    def trusted(cls, **values: Any) -> Self:
        """A model out of values that have been checked before: a third of the cost, on the way of every message."""
        made = cls.__new__(cls)
        for name, value in (
            ("__dict__", defaults(cls) | values),
            ("__pydantic_fields_set__", set(values)),
            ("__pydantic_extra__", None),
            ("__pydantic_private__", None),
        ):
            object.__setattr__(made, name, value)
        return made


class Record(Model):
    """A record of its own: with the Envelope it is a message."""
