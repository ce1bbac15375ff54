"""Checks on a hub's way in, as a partner meets it: 202, 400, 413, 422, 401 and receipts (docs/partners.md)."""

from typing import Any

from bridge.conformance.report import Aside, Checks, Failed
from bridge.conformance.taking import reached, secured
from bridge.conformance.wire import BROKEN, Answered, Endpoint
from bridge.errors import Rejected
from bridge.text import LIMIT, read_json


def document(answer: Answered, wanted: int, what: str) -> dict[str, Any]:
    """The JSON of an answer with the status wanted."""
    if answer.status != wanted:
        raise Failed("status", what=what, status=answer.status, wanted=wanted)
    try:
        found = read_json(answer.body)
    except Rejected as error:
        raise Failed("unreadable", reason=error) from None
    if not isinstance(found, dict):
        raise Failed("unreadable", reason="no object")
    return found


def held(to: Endpoint) -> None:
    """202, and every message with its id and state."""
    for number, data in enumerate(to.messages):
        found = document(to.post(data), 202, f"#{number}")
        if not all(each.get("message_id") and each.get("state") for each in found.get("messages", [{}])):
            raise Failed("no-ids", what=f"#{number}")


def same_key(to: Endpoint) -> None:
    """The same key gives the same answer."""
    headers = to.headers(to.key())
    one, other = (document(to.post(to.messages[0], headers), 202, "same key") for _ in range(2))
    if one != other:
        raise Failed("other-answer")


def repeated(to: Endpoint) -> None:
    """The same message without a key is known again."""
    document(to.post(to.messages[0], to.headers()), 202, "first")
    found = document(to.post(to.messages[0], to.headers()), 202, "second")
    states = {each["state"] for each in found["messages"]}
    if states - {"repeated", "superseded"}:
        raise Failed("not-repeated", states=", ".join(sorted(states)))


def refused(to: Endpoint) -> None:
    """What is no message is 400 or 422, as a problem document."""
    answer = to.post(BROKEN)
    if answer.status not in (400, 422):
        raise Failed("status", what="no message", status=answer.status, wanted="400, 422")
    if answer.headers.get("content-type", "").partition(";")[0] != "application/problem+json":
        raise Failed("no-problem", found=answer.headers.get("content-type", "-"))


def bilingual(to: Endpoint) -> None:
    """With a reason in both languages."""
    answer = to.post(BROKEN)
    found = document(answer, answer.status, "no message")
    if not all(each.get("en") and each.get("zh") and each.get("code") for each in found.get("refused", [{}])):
        raise Failed("no-reason", status=answer.status)


def limited(to: Endpoint) -> None:
    """What is too large is 413."""
    document(to.post(b" " * (LIMIT + 1)), 413, f"{LIMIT + 1} bytes")


def closed(to: Endpoint) -> None:
    """Without the token, or with another, 401."""
    if to.secret is None:
        raise Aside("no-secret")
    for secret in (None, "wrong"):
        document(to.post(to.messages[0], to.headers(to.key(), secret)), 401, "token")


def receipts(to: Endpoint) -> None:
    """Receipts can be asked for; of a message that is not known there are none."""
    document(to.ask("GET", None, to.headers(), path="/receipts/no-such-message"), 404, "receipts")
    found = document(to.post(to.messages[0]), 202, "receipts")
    answer = to.ask("GET", None, to.headers(), path=f"/receipts/{found['messages'][0]['message_id']}")
    if answer.status not in (200, 404):
        raise Failed("status", what="receipts", status=answer.status, wanted="200, 404")


def no_get(to: Endpoint) -> None:
    """Only POST says something."""
    answer = to.ask("GET", None, to.headers())
    if answer.status != 405:
        raise Failed("status", what="GET", status=answer.status, wanted=405)


CHECKS: Checks[Endpoint] = dict(enumerate((reached, secured, held, same_key, repeated, refused, bilingual, limited, closed, receipts, no_get), 71))
"""By number: 71-81."""
