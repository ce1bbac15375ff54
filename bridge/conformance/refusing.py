"""How an agency's endpoint refuses: for good, with a reason, and answered whatever came."""

from collections.abc import Callable

from bridge.conformance.report import Aside, Failed
from bridge.conformance.taking import expect_taken
from bridge.conformance.wire import BROKEN, Endpoint
from bridge.errors import Rejected
from bridge.ports.http import AWAY
from bridge.text import read_json

LARGE = 1 << 20


def refuses(to: Endpoint) -> None:
    """What is no message is answered with 4xx."""
    answer = to.post(BROKEN)
    if not 400 <= answer.status < 500:
        raise Failed("not-4xx", what="no message", status=answer.status)


def for_good(to: Endpoint) -> None:
    """And not with one that means: later."""
    answer = to.post(BROKEN)
    if answer.status in AWAY or answer.status >= 500:
        raise Failed("means-later", status=answer.status)


def explains(to: Endpoint) -> None:
    """And with a reason."""
    answer = to.post(BROKEN)
    if answer.taken:
        raise Aside("took-it")
    if len(answer.body.strip()) < 3:
        raise Failed("no-reason", status=answer.status)


def readable(to: Endpoint) -> None:
    """The reason is text in UTF-8; JSON if it says so."""
    answer = to.post(BROKEN)
    try:
        answer.body.decode()
        if "json" in answer.headers.get("content-type", "") and answer.body:
            read_json(answer.body)
    except (Rejected, UnicodeDecodeError) as error:
        raise Failed("unreadable", reason=error) from None


def empty(to: Endpoint) -> None:
    """No bytes are no message."""
    answer = to.post(b"")
    if not 400 <= answer.status < 500:
        raise Failed("not-4xx", what="0 bytes", status=answer.status)


def large(to: Endpoint) -> None:
    """A message of a megabyte is taken."""
    if not to.media_type.endswith(("json", "xml")):
        raise Aside("no-padding")
    expect_taken(to.post(to.messages[0].rstrip() + b" " * LARGE), "1 MiB")


def huge(to: Endpoint) -> None:
    """One beyond all limits is refused or taken, but answered: 413 or another 4xx, never 5xx."""
    if not to.media_type.endswith(("json", "xml")):
        raise Aside("no-padding")
    answer = to.post(to.messages[0].rstrip() + b" " * 12 * LARGE)
    if answer.status >= 500:
        raise Failed("not-4xx", what="12 MiB", status=answer.status)


def _harmless(method: str) -> Callable[[Endpoint], None]:
    def check(to: Endpoint) -> None:
        answer = to.ask(method, None, to.headers())
        if answer.status >= 500:
            raise Failed("method", method=method, status=answer.status)

    return check


CHECKS = (refuses, for_good, explains, readable, empty, large, huge, _harmless("HEAD"), _harmless("GET"))
