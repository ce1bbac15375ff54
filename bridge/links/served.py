"""The picture over HTTP, to who has its token; to nobody unless the settings say so."""

import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import datetime
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bridge import features
from bridge.errors import Invalid
from bridge.links.joining import LOCKED, bearer
from bridge.links.picture import Reader
from bridge.ports.http import problem


class Shown:
    """``GET /picture.geojson``."""

    def __init__(self, reader: Reader, token: str | None, clock: Callable[[], datetime]) -> None:
        """Without a token it is for whoever reaches it."""
        self.reader, self.token, self.clock = reader, token, clock

    def routes(self) -> list[Route]:
        """What the gate serves for it."""
        return [Route("/picture.geojson", self.page, methods=["GET"])]

    async def page(self, request: Request) -> Response:
        """What is asked for; 304 if the asker has it already."""
        if self.token is not None and not hmac.compare_digest(bearer(request), self.token.encode()):
            return problem(401, LOCKED)
        if not self.reader.ready.is_set():
            return problem(503, "the picture is not read yet")
        try:
            asked = features.query(parse_qs(request.url.query, keep_blank_values=True, max_num_fields=50))
        except Invalid as error:
            return problem(400, error.verdict.en, detail=error.verdict.zh, at=error.verdict.at)
        except ValueError as error:
            return problem(400, str(error))
        found = features.collection(self.reader.picture.find(asked, self.clock()))
        body = json.dumps(found, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode("utf-8", "replace")
        tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
        headers = {"ETag": tag, "Cache-Control": "private, no-cache", "Vary": "Authorization"}
        told = {each.strip().removeprefix("W/") for each in request.headers.get("if-none-match", "").split(",")}
        return Response(status_code=304, headers=headers) if told & {tag, "*"} else Response(body, 200, headers, features.MEDIA_TYPE)
