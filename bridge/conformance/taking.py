"""How an agency's endpoint takes a message: reached in safety, known again by its key, whatever is written in it."""

import socket
import ssl
from collections.abc import Callable

from bridge.conformance.report import Aside, Failed
from bridge.conformance.wire import PATIENCE, Answered, Endpoint

BRISK = 5.0
"""Seconds for an answer: half of what the hub waits."""


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


CHECKS = (reached, secured, modern, takes, in_time, twice, same_answer, other_key, charset, utf8, _not_with("wrong"), _not_with(None))
