"""``GET /snapshot``: the newest of every subject that a neighbour may have, for who joins late. Over MQTT: ``bridge.links.answers``."""

import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Mapping

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from bridge import wire
from bridge.errors import ConfigError, Unavailable
from bridge.ledger import Ledger
from bridge.links.answers import pieces
from bridge.links.neighbours import scope
from bridge.ports.http import problem
from bridge.settings import Settings
from bridge.streams import Scope

NDJSON = "application/x-ndjson"
LOCKED = "the bearer token is missing or wrong"


def scopes(settings: Settings) -> dict[str, Scope]:
    """What the neighbours may have, by their tokens. ``ConfigError`` if two have the same one."""
    found: dict[str, Scope] = {}
    for peer in settings.peer:
        token = peer.secret
        if token in found:
            raise ConfigError(f"peer '{peer.hub}' has the token of another one")
        if token is not None:
            found[token] = scope(peer.agencies, peer.modes, peer.inboxes)
    return found


def bearer(request: Request) -> bytes:
    """The token that is shown."""
    return request.headers.get("authorization", "").removeprefix("Bearer ").encode()


class Snapshots:
    """``GET /snapshot``: the newest carriers that a neighbour may have, one to a line, for who joins late."""

    def __init__(self, ledger: Ledger, peers: Mapping[str, Scope]) -> None:
        """``peers`` by their token."""
        self.ledger, self.peers = ledger, {token.encode(): scope for token, scope in peers.items()}

    def routes(self) -> list[Route]:
        """What the gate serves for it."""
        return [Route("/snapshot", self.page, methods=["GET"])]

    async def page(self, request: Request) -> Response:
        """Its last line says how many there were and their digest; without that line something is missing."""
        shown = bearer(request)
        found = [scope for token, scope in self.peers.items() if hmac.compare_digest(shown, token)]
        return StreamingResponse(self._lines(found[0]), 200, {"Cache-Control": "no-store"}, NDJSON) if found else problem(401, LOCKED)

    async def _lines(self, scope: Scope) -> AsyncIterator[bytes]:
        ids, complete = [], True
        try:
            async for piece in pieces(self.ledger.picture(), scope):
                ids += [message.message_id for message in piece]
                carriers = ((message.topic, base64.b64encode(wire.encode(message.carrier)).decode()) for message in piece)
                yield b"".join(line({"topic": topic, "carrier": carrier}) for topic, carrier in carriers)
        except Unavailable:
            complete = False
        yield line({"sent": len(ids), "digest": hashlib.sha256("".join(ids).encode()).hexdigest(), "complete": complete})


def line(found: object) -> bytes:
    """One of NDJSON."""
    return json.dumps(found, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
