"""What a Redis ledger tells of the places in its journal."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from redis.asyncio import Redis as Client

from bridge.ledger.places import DIGESTED, PAGE, Held, Place, Places


class RedisPlaces(Places):
    """The answers of a ``Redis``. Of the streams in ``streams`` the hub itself is the origin; of the others ``places`` tells."""

    client: Client
    prefix: str
    hub: str
    _ask: Callable[[Callable[[], Awaitable[Any]]], Awaitable[Any]]
    _command: Callable[..., Awaitable[Any]]

    async def _places(self) -> list[Place]:
        own = dict.fromkeys(await self._ask(lambda: self._command("HKEYS", "streams")), self.hub.encode())
        found = own | await self._ask(lambda: self._command("HGETALL", "places"))
        return [Place(hub.decode(), stream, int(epoch)) for place, hub in found.items() for stream, _, epoch in [place.decode().rpartition("|")]]

    async def _held(self, place: Place) -> Held | None:
        key = f"{self.prefix}j:{place.stream}:{place.epoch}"

        async def read() -> Any:
            pipeline = self.client.pipeline(transaction=True)  # one moment, whatever another process adds
            pipeline.zcount(key, 1, "+inf")
            pipeline.zrangebyscore(key, 1, "+inf", 0, 1, withscores=True)
            pipeline.zrevrangebyscore(key, "+inf", 1, 0, DIGESTED, withscores=True)
            return await pipeline.execute()

        many, lowest, newest = await self._ask(read)
        if not many:
            return None
        return Held(int(lowest[0][1]), int(newest[0][1]), many, [message_id.decode() for message_id, _ in newest])

    async def _many(self, stream: str, epoch: int, first: int, last: int) -> int:
        return int(await self._ask(lambda: self._command("ZCOUNT", f"j:{stream}:{epoch}", first, last)))

    async def _sequences(self, stream: str, epoch: int, first: int, last: int) -> Sequence[int]:
        values = (f"j:{stream}:{epoch}", first, last, "WITHSCORES", "LIMIT", 0, PAGE)
        rows = await self._ask(lambda: self._command("ZRANGEBYSCORE", *values))
        return [int(float(score)) for score in rows[1::2]]
