"""How an agency's endpoint holds up: over one connection and many, after what was refused or broke off."""

import time
from concurrent.futures import ThreadPoolExecutor

from bridge.conformance.report import Failed
from bridge.conformance.taking import expect_taken
from bridge.conformance.wire import BROKEN, Endpoint

NOTICED = 0.3
"""Seconds until a server has seen that a line was cut."""
AT_ONCE = 8


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


CHECKS = (on_the_spot, keeps, several, goes_on, survives, unknown_header)
