"""Publishing notices through our Redis stream, beside a bare pipeline of 100 XADD.

Ours encodes each notice, chains it to the one before, so that a reader sees any gap, trims
the stream, and bounds the time that it waits. Theirs adds the same bytes, encoded beforehand,
untrimmed. Both wait for the server's answer to each hundred, on the same Redis.
"""

from collections.abc import Awaitable, Callable
from time import perf_counter
from uuid import UUID

import msgspec
import uvloop
from redis.asyncio import Redis

from adapters.memory.database import MemoryDatabase, MemoryLink
from adapters.memory.streams import MemoryJournal
from adapters.redis.client import RedisLimits, RedisLink
from adapters.redis.streams import RedisEventStream
from adapters.system.randomness import SystemRandomness
from adapters.system.time import SystemSleeper
from bench.rows import Better, Row, compare
from bench.servers import own_server
from bench.stats import interleave
from domain.shared.notices import Notice
from tests import builders

TURNS = 7
BATCH = 100
BATCHES = 100
PEER = "redis-py pipeline of 100 XADD"
GOAL = 0.8
SPACE = "bench"


def measure() -> Row:
    """Measure notices per second; a Redis of the benchmark's own ends with it."""
    with own_server("redis") as url:
        uvloop.run(_unlogged(url))
        ours, theirs = interleave(
            lambda: uvloop.run(_ours(url)),
            lambda: uvloop.run(_theirs(url)),
            repeats=TURNS,
        )
    return compare(
        name="redis_bus_publish",
        unit="1/s",
        better=Better.HIGHER,
        ours=ours,
        reference=theirs,
        reference_name=PEER,
        goal=GOAL,
    )


async def _unlogged(url: str) -> None:
    """Keep the disk out of it: the server of the tests syncs every write."""
    client = Redis.from_url(url)
    await client.config_set("appendonly", "no")
    await client.aclose()


def _notices() -> list[Notice]:
    tenant_id = UUID(int=1)
    return [
        builders.notice(
            tenant_id=tenant_id,
            account_id=UUID(int=2),
            channel="orders",
            sequence=number,
            type="order.accepted",
            body={"state": "accepted", "symbol": "IBM", "quantity": "10", "filled": "0"},
        )
        for number in range(1, BATCH + 1)
    ]


async def _ours(url: str) -> float:
    link = RedisLink(
        url=url, randomness=SystemRandomness(), limits=RedisLimits(answer_s=5.0), space=SPACE
    )
    await link.start()
    journal = MemoryJournal(MemoryLink(MemoryDatabase()))
    stream = RedisEventStream(link=link, journal=journal, sleeper=SystemSleeper())
    notices = _notices()
    try:
        return await _rate(lambda: stream.publish(notices))
    finally:
        await link.stop()


async def _theirs(url: str) -> float:
    client = Redis.from_url(url)
    bodies = [msgspec.json.encode(one) for one in _notices()]

    async def add() -> None:
        async with client.pipeline(transaction=False) as pipeline:
            for body in bodies:
                pipeline.xadd(f"{SPACE}:bare", {"notice": body})
            await pipeline.execute()

    try:
        rate = await _rate(add)
        await client.delete(f"{SPACE}:bare")
        return rate
    finally:
        await client.aclose()


async def _rate(publish: Callable[[], Awaitable[None]]) -> float:
    """Return how many notices a second are published."""
    await publish()
    began = perf_counter()
    for _ in range(BATCHES):
        await publish()
    return BATCH * BATCHES / (perf_counter() - began)
