"""Checks on an agency's own endpoint, which takes what the hub gives: POST with Idempotency-Key, 2xx when it holds the message."""

import socket
import ssl
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from bridge.conformance.report import Aside, Checks, Failed
from bridge.conformance.wire import BROKEN, PATIENCE, Answered, Endpoint
from bridge.errors import Rejected
from bridge.ports.http import AWAY
from bridge.text import read_json

NOTICED = 0.3
"""Seconds until a server has seen that a line was cut."""
BRISK = 5.0
"""Seconds for an answer: half of what the hub waits."""
LARGE = 1 << 20
AT_ONCE = 8


def expect_taken(answer: Answered, what: str) -> None:
    """2xx or it failed."""
    if not answer.taken:
        raise Failed("not-taken", what=what, status=answer.status, body=answer.body[:80].decode("utf-8", "replace"))


def reached(to: Endpoint) -> None:
    """Something listens."""
    port = to.where.port or (443 if to.where.scheme == "https" else 80)
    try:
        socket.create_connection((to.where.hostname or "", port), PATIENCE).close()
    except OSError as error:
        raise Failed("no-connection", where=f"{to.where.hostname}:{port}", reason=error) from None


def secured(to: Endpoint) -> None:
    """TLS with a certificate that can be verified."""
    if to.where.scheme != "https":
        if to.local:
            raise Aside("loopback")
        raise Failed("plain-http")
    try:
        to.connection().connect()
    except (ssl.SSLError, OSError) as error:
        raise Failed("tls", reason=error) from None


def modern(to: Endpoint) -> None:
    """TLS of a version that is not broken."""
    if to.where.scheme != "https":
        raise Aside("no-tls")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with socket.create_connection((to.where.hostname or "", to.where.port or 443), PATIENCE) as plain, context.wrap_socket(plain) as safe:
        if safe.version() not in {"TLSv1.2", "TLSv1.3"}:
            raise Failed("tls", reason=safe.version())


def takes(to: Endpoint) -> None:
    """Every message is answered with 2xx."""
    for number, data in enumerate(to.messages):
        expect_taken(to.post(data), f"#{number}")


def in_time(to: Endpoint) -> None:
    """In time."""
    seconds = max(to.post(data).seconds for data in to.messages)
    if seconds > BRISK:
        raise Failed("late", seconds=round(seconds, 1), limit=BRISK)


def twice(to: Endpoint) -> None:
    """The same key a second time is the same message: 2xx again."""
    headers = to.headers(to.key())
    for turn in ("first", "second"):
        expect_taken(to.post(to.messages[0], headers), f"{turn} time")


def same_answer(to: Endpoint) -> None:
    """And the status is the same."""
    headers = to.headers(to.key())
    one, other = (to.post(to.messages[0], headers).status for _ in range(2))
    if one != other:
        raise Failed("other-status", first=one, second=other)


def other_key(to: Endpoint) -> None:
    """The same content under another key is another message."""
    for _ in range(2):
        expect_taken(to.post(to.messages[0]), "other key")


def charset(to: Endpoint) -> None:
    """A Content-Type with a parameter is the same type."""
    expect_taken(to.post(to.messages[0], to.headers(to.key(), media_type=f"{to.media_type}; charset=utf-8")), f"{to.media_type}; charset=utf-8")


def utf8(to: Endpoint) -> None:
    """Text that is no ASCII."""
    found = [data for data in to.messages if not data.isascii()]
    if not found:
        raise Aside("only-ascii")
    expect_taken(to.post(found[0]), "UTF-8")


def _not_with(secret: str | None) -> Callable[[Endpoint], None]:
    def check(to: Endpoint) -> None:
        if to.secret is None:
            raise Aside("no-secret")
        answer = to.post(to.messages[0], to.headers(to.key(), secret))
        if answer.status not in (401, 403):
            raise Failed("open-door", status=answer.status)

    return check


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


def on_the_spot(to: Endpoint) -> None:
    """No other address: the hub does not follow."""
    answer = to.post(to.messages[0])
    if 300 <= answer.status < 400:
        raise Failed("elsewhere-http", status=answer.status, where=answer.headers.get("location", "-"))


def keeps(to: Endpoint) -> None:
    """Two messages over one connection."""
    connection = to.connection()
    try:
        expect_taken(to.over(connection, "POST", to.messages[0], to.headers(to.key())), "keep-alive")
        first = connection.sock
        expect_taken(to.over(connection, "POST", to.messages[0], to.headers(to.key())), "keep-alive")
        if first is None or connection.sock is not first:
            raise Failed("closes")
    finally:
        connection.close()


def several(to: Endpoint) -> None:
    """Several at once."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for answer in pool.map(lambda _: to.post(to.messages[0]), range(AT_ONCE)):
            expect_taken(answer, f"{AT_ONCE} at once")


def goes_on(to: Endpoint) -> None:
    """A refused message is in nobody's way."""
    to.post(BROKEN)
    expect_taken(to.post(to.messages[0]), "after a refused one")


def survives(to: Endpoint) -> None:
    """Half a message, and the line is cut: the next is taken."""
    connection = to.connection()
    try:
        connection.putrequest("POST", to.target())
        for name, value in (to.headers(to.key()) | {"Content-Length": str(len(to.messages[0]) + 100)}).items():
            connection.putheader(name, value)
        connection.endheaders(to.messages[0])
    except OSError as error:
        raise Failed("no-answer", method="POST", reason=error) from None
    finally:
        connection.close()
    time.sleep(NOTICED)
    expect_taken(to.post(to.messages[0]), "after a broken line")


def unknown_header(to: Endpoint) -> None:
    """A header that nobody knows is ignored."""
    more = {"traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "X-Unknown": "1"}
    expect_taken(to.post(to.messages[0], to.headers(to.key()) | more), "unknown headers")


CHECKS: Checks[Endpoint] = dict(
    enumerate(
        (
            *(reached, secured, modern, takes, in_time, twice, same_answer, other_key, charset, utf8, _not_with("wrong"), _not_with(None)),
            *(refuses, for_good, explains, readable, empty, large, huge, _harmless("HEAD"), _harmless("GET")),
            *(on_the_spot, keeps, several, goes_on, survives, unknown_header),
        ),
        41,
    )
)
"""By number: 41-52 what is taken, 53-59 what is refused, 60-67 how it holds up."""
