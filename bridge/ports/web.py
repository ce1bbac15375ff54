"""Asking other systems over HTTP: one client for who posts and for who polls."""

import os
import ssl
from collections.abc import Mapping
from urllib.request import getproxies

import aiohttp
import certifi

CONNECT, READ, WHOLE = 5.0, 10.0, 60.0
"""Seconds for a connection, between two pieces of an answer, and for all of it: a server that drips is away."""
KEPT = 4.0
"""Seconds for which an idle connection is kept: less than the five after which many servers close it."""


def client(url: str, headers: Mapping[str, str]) -> aiohttp.ClientSession:
    """Keeps connections to ``url``, and no cookies; unpacks nothing that comes. ``headers`` go with every request."""
    tls = trusted() if url.startswith("https:") else True  # reading all authorities takes 0.2 s, which plain HTTP need not wait for
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0, ssl=tls, keepalive_timeout=KEPT),
        timeout=aiohttp.ClientTimeout(total=WHOLE, sock_connect=CONNECT, sock_read=READ),
        headers=headers,
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
        trust_env=bool(getproxies()),  # looked for at every request: only where there is one
    )


def trusted() -> ssl.SSLContext:
    """The authorities in ``SSL_CERT_FILE`` or ``SSL_CERT_DIR``, else those that browsers trust."""
    file, folder = os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR")
    return ssl.create_default_context(cafile=file or (None if folder else certifi.where()), capath=folder)


async def beginning(answer: aiohttp.ClientResponse, most: int) -> bytes:
    """The answer's bytes as they came, no more than ``most``; a connection is kept only if these are all."""
    found = bytearray()
    while len(found) < most and (chunk := await answer.content.read(most - len(found))):
        found += chunk
    return bytes(found)
