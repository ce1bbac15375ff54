"""Which Redis may be written: one server, the master that sentinels name, or the node of a cluster that holds our slot.

All keys of a hub are in one slot, so one connection is enough; it looks anew, each time it connects, for who may be written now.
"""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, NamedTuple
from urllib.parse import parse_qs, unquote, urlsplit

from redis.asyncio import Redis as Client
from redis.asyncio.connection import Connection, ConnectionPool
from redis.asyncio.sentinel import Sentinel
from redis.crc import key_slot
from redis.exceptions import ClusterDownError, ConnectionError, MovedError, ReadOnlyError, RedisError  # noqa: A004

from bridge.errors import ConfigError

SCHEMES = ("redis", "rediss", "redis+sentinel", "redis+cluster")
HELD = 300
"""Milliseconds for replicas to hold what was written: with the writing itself, less than a connection waits."""
Host = tuple[str, int]


class Where(NamedTuple):
    """A client, and how many replicas must hold what it has written before it counts."""

    client: Client
    replicas: int


class Searching(Connection):
    """A connection to whoever may be written."""

    def __init__(self, *, look: Callable[[], Awaitable[Host]], **options: Any) -> None:
        """``look`` finds it, and raises ``ConnectionError`` if nobody may be."""
        super().__init__(**options)
        self.look = look

    async def _connect(self) -> None:
        self.host, self.port = await self.look()
        await super()._connect()  # type: ignore[no-untyped-call]

    async def read_response(self, *values: Any, **options: Any) -> Any:
        """Who may not be written any more is left, so that the next call looks again."""
        try:
            return await super().read_response(*values, **options)
        except (ReadOnlyError, MovedError, ClusterDownError) as error:
            await self.disconnect()
            raise ConnectionError(str(error)) from error


def where(url: str, prefix: str, **once: Any) -> Where:
    """What a URL names; ``once`` is how a connection waits. Raises ``ConfigError`` if it names nothing.

    ``redis+sentinel://user:password@host:26379,host:26379/service/0?replicas=1``; ``redis+cluster://host:6379,host:6379?replicas=1``.
    """
    parts = urlsplit(url)
    replicas = int(parse_qs(parts.query).get("replicas", ["1"])[0])
    if parts.scheme in {"redis", "rediss"}:
        return Where(Client.from_url(url, single_connection_client=True, protocol=2, **once), 0)
    service, _, db = parts.path.removeprefix("/").partition("/")
    if parts.scheme == "redis+sentinel" and not service:
        raise ConfigError(f"'{url}' names no service: redis+sentinel://host:26379/service/0")
    account: dict[str, Any] = {"username": parts.username, "password": parts.password and unquote(parts.password)}
    if parts.scheme == "redis+sentinel":
        look: Callable[[], Awaitable[Host]] = partial(Sentinel(hosts(url, 26379), **once).discover_master, service)  # type: ignore[no-untyped-call]
    else:
        look = partial(holder, hosts(url, 6379), key_slot(prefix.encode()), **account, **once)
    pool = ConnectionPool(connection_class=Searching, look=look, db=int(db or 0), protocol=2, **account, **once)
    client = Client(connection_pool=pool, single_connection_client=True)
    client.auto_close_connection_pool = True
    return Where(client, replicas)


def hosts(url: str, port: int) -> list[Host]:
    """All that a URL names, in its order."""
    named = urlsplit(url).netloc.rpartition("@")[2].split(",")
    return [(host, int(number or port)) for each in named for host, _, number in [each.partition(":")]]


async def holder(seeds: list[Host], slot: int, **options: Any) -> Host:
    """The master of a slot, as the first node knows it that answers."""
    for host, port in seeds:
        async with Client(host=host, port=port, protocol=2, **options) as node:
            try:
                ranges = await node.execute_command("CLUSTER SLOTS")  # type: ignore[no-untyped-call]
            except (RedisError, OSError):
                continue
        for first, last, master, *_ in ranges:
            if first <= slot <= last:
                return (master[0].decode() or host, int(master[1]))
    raise ConnectionError(f"no node of the cluster says who holds slot {slot}")
