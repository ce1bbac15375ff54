"""A check, its outcome, and how a list of checks is run: one that fails stops no other."""

from collections.abc import Callable, Iterator, Mapping
from typing import Literal, NamedTuple, TypeVar

from bridge.texts import text

State = Literal["passed", "failed", "not-applicable"]
S = TypeVar("S")
Checks = Mapping[int, Callable[[S], None]]
"""A check returns, or raises ``Failed`` or ``Aside``; its number names its title and remedy in the catalogue."""


class Failed(Exception):
    """What is wrong: a code of the catalogue, and its details."""

    def __init__(self, code: str, /, **details: object) -> None:
        """Nothing is formatted before somebody reads it."""
        super().__init__(code, details)
        self.code, self.details = code, details

    def __str__(self) -> str:
        """In the operator's language."""
        return text(f"conform-{self.code}", None, **self.details)


class Aside(Failed):
    """The check has nothing to look at, and why."""


class Outcome(NamedTuple):
    """What became of a check."""

    number: int
    state: State
    reason: str = ""

    @property
    def title(self) -> str:
        """What was looked at."""
        return text(f"conform-{self.number}")

    @property
    def remedy(self) -> str:
        """What to do if it failed."""
        return text(f"conform-{self.number}-do") if self.state == "failed" else ""


def run(checks: Checks[S], subject: S) -> Iterator[Outcome]:
    """Every check in turn. An exception that is none of ours is a failure too: it came out of what is looked at."""
    for number, check in checks.items():
        try:
            check(subject)
        except Aside as reason:
            yield Outcome(number, "not-applicable", str(reason))
        except Failed as reason:
            yield Outcome(number, "failed", str(reason))
        except Exception as error:  # noqa: BLE001  what a partner's code raises may be anything
            yield Outcome(number, "failed", text("conform-raised", None, error=f"{type(error).__name__}: {error}"))
        else:
            yield Outcome(number, "passed")
