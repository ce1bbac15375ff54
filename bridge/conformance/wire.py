"""Another's HTTP server as the checks see it: requests as the hub makes them, and what is answered."""

import http.client
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import count
from secrets import token_hex
from typing import NamedTuple
from urllib.parse import SplitResult, urlsplit

from bridge.conformance.report import Failed

PATIENCE = 10.0
"""Seconds that the hub waits for an answer."""
BROKEN = b"\x00\x01 this is no message \xff"


class Answered(NamedTuple):
    """An answer."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    seconds: float

    @property
    def taken(self) -> bool:
        """Whether it says that the message is held."""
        return 200 <= self.status < 300


@dataclass
class Endpoint:
    """An address that takes messages, the messages, and the secret that opens it."""

    url: str
    messages: tuple[bytes, ...]
    media_type: str
    secret: str | None = None
    ca: str | None = None
    """A file of authorities to trust beside those of the system."""
    run: str = field(default_factory=lambda: token_hex(4))
    numbers: "count[int]" = field(default_factory=count)

    @cached_property
    def where(self) -> SplitResult:
        """The parts of the address."""
        return urlsplit(self.url)

    @property
    def local(self) -> bool:
        """Whether it is on this machine."""
        return self.where.hostname in {"localhost", "127.0.0.1", "::1"}

    def key(self) -> str:
        """A new Idempotency-Key."""
        return f"conformance-{self.run}-{next(self.numbers)}"

    def connection(self, patience: float = PATIENCE) -> http.client.HTTPConnection:
        """A connection of its own."""
        host = self.where.hostname or ""
        if self.where.scheme == "https":
            context = ssl.create_default_context(cafile=self.ca)
            return http.client.HTTPSConnection(host, self.where.port, timeout=patience, context=context)
        return http.client.HTTPConnection(host, self.where.port, timeout=patience)

    def headers(self, key: str | None = None, secret: str | None = "", media_type: str | None = None) -> dict[str, str]:
        """The headers of the hub; ``secret`` empty: the right one."""
        found = {"Content-Type": media_type or self.media_type} | ({"Idempotency-Key": key} if key else {})
        shown = self.secret if secret == "" else secret
        return found | ({"Authorization": f"Bearer {shown}"} if shown else {})

    def post(self, data: bytes, headers: Mapping[str, str] | None = None, *, path: str = "") -> Answered:
        """One message over a connection of its own."""
        return self.ask("POST", data, headers or self.headers(self.key()), path=path)

    def ask(self, method: str, data: bytes | None, headers: Mapping[str, str], *, path: str = "") -> Answered:
        """One request over a connection of its own."""
        connection = self.connection()
        try:
            return self.over(connection, method, data, headers, path=path)
        finally:
            connection.close()

    def over(
        self, connection: http.client.HTTPConnection, method: str, data: bytes | None, headers: Mapping[str, str], *, path: str = ""
    ) -> Answered:
        """One request over this connection; ``Failed`` if there is no answer."""
        begun = time.monotonic()
        try:
            connection.request(method, self.target(path), data, dict(headers))
            answer = connection.getresponse()
            return Answered(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read(), time.monotonic() - begun)
        except (OSError, http.client.HTTPException) as error:
            raise Failed("no-answer", method=method, reason=f"{type(error).__name__}: {error}") from None

    def target(self, path: str = "") -> str:
        """What stands behind the method; ``path`` goes behind that of the address."""
        query = f"?{self.where.query}" if self.where.query else ""
        return f"{self.where.path.rstrip('/')}{path}{query}" if path else f"{self.where.path or '/'}{query}"
