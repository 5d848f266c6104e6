"""The Redis adapters keep the same promises as the memory ones, among two processes."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence

import pytest
import pytest_asyncio

from adapters.memory.attempts import MemoryAttempts
from adapters.memory.database import MemoryDatabase, MemoryLink
from adapters.memory.rate_limits import MemoryRateLimits
from adapters.memory.streams import MemoryJournal
from adapters.redis.attempts import RedisAttempts
from adapters.redis.cache import RedisCache
from adapters.redis.client import RedisLink
from adapters.redis.external_signals import RedisExternalSignals
from adapters.redis.locks import RedisLocks
from adapters.redis.rate_limits import RedisRateLimits
from adapters.redis.signals import RedisSignalStream
from adapters.redis.streams import RedisEventStream
from adapters.system.randomness import SystemRandomness
from adapters.system.time import SystemClock, SystemSleeper
from ports.attempts import Attempts
from ports.cache import Cache
from ports.locks import Locks
from ports.rate_limits import RateLimits
from ports.signals import ExternalSignals, SignalStream
from ports.streams import EventStream
from tests.contracts import signals
from tests.contracts.attempts import AttemptsContract
from tests.contracts.cache import CacheContract
from tests.contracts.external_signals import ExternalSignalsContract, Put
from tests.contracts.locks import LocksContract
from tests.contracts.passing import Pass, really
from tests.contracts.rate_limits import RateLimitsContract
from tests.contracts.signals import SignalStreamContract
from tests.contracts.streams.events import EventStreamContract, Start
from tests.integration.redis.links import link_to, new_space

CLOCK, CHANCE = SystemClock(), SystemRandomness()
Links = Sequence[RedisLink]


class OverRedis:
    """Two links to one Redis, as two processes have."""

    @pytest_asyncio.fixture
    async def links(self, redis_url: str) -> AsyncIterator[Links]:
        space = new_space()
        async with link_to(redis_url, space=space) as one, link_to(redis_url, space=space) as other:
            yield one, other

    @pytest.fixture
    async def passes(self) -> Pass:
        return really


class TestRedisCache(OverRedis, CacheContract):
    @pytest.fixture
    async def caches(self, links: Links) -> Sequence[Cache]:
        return [
            RedisCache(
                link=link,
                locks=RedisLocks(link=link, randomness=CHANCE),
                clock=CLOCK,
                sleeper=SystemSleeper(),
                randomness=CHANCE,
            )
            for link in links
        ]


class TestRedisLocks(OverRedis, LocksContract):
    @pytest.fixture
    async def locks(self, links: Links) -> Sequence[Locks]:
        return [RedisLocks(link=link, randomness=CHANCE) for link in links]


class TestRedisRateLimits(OverRedis, RateLimitsContract):
    @pytest.fixture
    async def limits(self, links: Links) -> Sequence[RateLimits]:
        return [
            RedisRateLimits(link=link, alone=MemoryRateLimits(clock=CLOCK), processes=2)
            for link in links
        ]


class TestRedisAttempts(OverRedis, AttemptsContract):
    @pytest.fixture
    async def attempts(self, links: Links) -> Sequence[Attempts]:
        return [RedisAttempts(link=link, alone=MemoryAttempts(clock=CLOCK)) for link in links]


class TestRedisExternalSignals(OverRedis, ExternalSignalsContract):
    @pytest.fixture
    async def entries(self, links: Links) -> ExternalSignals:
        return RedisExternalSignals(link=links[0], stream=links[0].key("outside"))

    @pytest.fixture
    async def put(self, links: Links) -> Put:
        async def put(fields: Mapping[str, str]) -> None:
            pairs = [text for pair in fields.items() for text in pair]
            await links[1].ask("XADD", links[1].key("outside"), "*", *pairs)

        return put


class TestRedisSignalStream(OverRedis, SignalStreamContract):
    @pytest.fixture
    async def stream(self, links: Links) -> SignalStream:
        return RedisSignalStream(
            link=links[0],
            length_max=signals.LENGTH_MAX,
            handed_out_max=signals.HANDED_OUT_MAX,
        )


class TestRedisEventStream(OverRedis, EventStreamContract):
    @pytest.fixture
    async def stream(self, links: Links) -> EventStream:
        journal = MemoryJournal(MemoryLink(MemoryDatabase()))
        return RedisEventStream(link=links[0], journal=journal, sleeper=SystemSleeper())

    @pytest_asyncio.fixture
    async def following(self) -> AsyncIterator[list[asyncio.Task[None]]]:
        tasks: list[asyncio.Task[None]] = []
        yield tasks
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    @pytest.fixture
    async def start(self, stream: RedisEventStream, following: list[asyncio.Task[None]]) -> Start:
        async def begin() -> None:
            await stream.join()
            following.append(asyncio.create_task(stream.follow()))

        return begin
