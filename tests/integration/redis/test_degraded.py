"""Without Redis, or with one that lost its memory, everything goes on safely."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TypeVar

import pytest

from adapters.memory.attempts import MemoryAttempts
from adapters.memory.rate_limits import MemoryRateLimits
from adapters.redis.attempts import RedisAttempts
from adapters.redis.cache import RedisCache
from adapters.redis.client import RedisLink
from adapters.redis.locks import RedisLocks
from adapters.redis.rate_limits import RedisRateLimits
from adapters.redis.signals import RedisSignalStream
from adapters.system.randomness import SystemRandomness
from adapters.system.time import SystemClock, SystemSleeper
from ports.locks import LocksUnavailable
from ports.rate_limits import RateLimit
from ports.signals import SignalsUnavailable
from tests.contracts.cache import Source, key, policy
from tests.contracts.signals import read, signals
from tests.integration.redis.links import link_to
from tests.services.service import Service
from tests.waiting import WITHIN_S, eventually

CLOCK, CHANCE = SystemClock(), SystemRandomness()
LIMIT = RateLimit(name="test", per_s=0.01, burst=12)
PROCESSES = 3
Given = TypeVar("Given")


def limits(link: RedisLink, *, processes: int = PROCESSES) -> RedisRateLimits:
    return RedisRateLimits(link=link, alone=MemoryRateLimits(clock=CLOCK), processes=processes)


def cache(link: RedisLink) -> RedisCache:
    return RedisCache(
        link=link,
        locks=RedisLocks(link=link, randomness=CHANCE),
        clock=CLOCK,
        sleeper=SystemSleeper(),
        randomness=CHANCE,
    )


async def admitted(ask: Callable[[], Awaitable[float]], *, of: int = 64) -> int:
    """Return how many of so many at once are let through."""
    return (await asyncio.gather(*(ask() for _ in range(of)))).count(0.0)


async def test_processes_without_redis_admit_together_no_more_than_the_limit(
    link: RedisLink, broken: Service
) -> None:
    processes = [limits(link) for _ in range(PROCESSES)]
    await asyncio.to_thread(broken.kill)
    await eventually(lambda: link.why_away is not None)
    let = [await admitted(partial(one.take, limit=LIMIT, key="k")) for one in processes]
    assert let == [LIMIT.burst // PROCESSES] * PROCESSES
    assert await limits(link).take(limit=LIMIT, key="k", cost=LIMIT.burst) > 0


async def test_what_was_taken_before_redis_went_counts_afterwards(
    link: RedisLink, broken: Service
) -> None:
    one = limits(link)
    assert await admitted(lambda: one.take(limit=LIMIT, key="k"), of=4) == 4
    await asyncio.to_thread(broken.pause)
    # Those that are on their way when it stops are decided by the process as well.
    assert await admitted(lambda: one.take(limit=LIMIT, key="k")) == 0
    assert await admitted(lambda: one.take(limit=LIMIT, key="other")) == 4
    # The next ones are not on their way to anybody.
    assert link.why_away is not None
    broken.resume()
    await eventually(lambda: link.why_away is None)
    assert await one.take(limit=LIMIT, key="k") == 0


async def test_guessing_stays_slow_when_redis_goes(link: RedisLink, broken: Service) -> None:
    attempts = RedisAttempts(link=link, alone=MemoryAttempts(clock=CLOCK))

    async def begin() -> float | None:
        return await attempts.begin(key="owner", first_wait_s=30, longest_wait_s=900)

    assert await begin() is None
    await asyncio.to_thread(broken.kill)
    wait_s = await begin()
    assert wait_s is not None
    assert wait_s > 20
    await attempts.unchecked("owner")
    assert await begin() is None
    await attempts.succeeded("owner")
    assert await begin() is None


async def test_nobody_is_named_in_redis(link: RedisLink, broken: Service) -> None:
    attempts = RedisAttempts(link=link, alone=MemoryAttempts(clock=CLOCK))
    await attempts.begin(key="login:canary@example.com", first_wait_s=1, longest_wait_s=2)
    await limits(link).take(limit=LIMIT, key="canary-user")
    names = [name.decode() for name in (await link.ask("SCAN", 0, "COUNT", 10_000))[1]]
    kept = "".join(names)
    for name in names:
        if await link.ask("TYPE", name) == b"string":
            kept += repr(await link.ask("GET", name))
    assert "canary" not in kept


async def test_the_cache_loads_without_redis_once_for_each_process(
    link: RedisLink, broken: Service
) -> None:
    one = cache(link)
    await asyncio.to_thread(broken.kill)
    await eventually(lambda: link.why_away is not None)
    source, asked = Source(b"one", takes_s=0.05), key()
    found = await asyncio.gather(
        *(one.get_or_load(key=asked, load=source, policy=policy()) for _ in range(50))
    )
    assert found == [b"one"] * 50
    assert source.asked == 1
    assert not await one.forget(asked)
    with pytest.raises(LocksUnavailable):
        await RedisLocks(link=link, randomness=CHANCE).take(name="x", lasts_s=1)


async def test_a_loader_that_died_holds_others_up_no_longer_than_its_time(
    link: RedisLink, broken: Service, space: str
) -> None:
    asked = key()
    async with link_to(broken.url, space=space) as dying:
        loading = asyncio.create_task(
            cache(dying).get_or_load(
                key=asked, load=Source(b"never", takes_s=60), policy=policy(load_s=0.3)
            )
        )
        await asyncio.sleep(0.1)
        loading.cancel()
        # Its own load would have taken a minute.
        async with asyncio.timeout(WITHIN_S):
            found = await cache(link).get_or_load(
                key=asked, load=Source(b"found"), policy=policy(fresh_s=5, load_s=0.3)
            )
        assert found == b"found"


async def test_signals_come_again_after_a_kill_and_a_lost_group(
    link: RedisLink, broken: Service
) -> None:
    stream = RedisSignalStream(link=link)
    added = signals(3)
    await stream.add(added)
    given = await read(stream, "a", limit=2)
    await stream.ack(group="desk", places=[given[0].place])
    await asyncio.to_thread(broken.kill)
    await eventually(lambda: link.why_away is not None)
    for refused in (
        lambda: stream.add(signals(1)),
        lambda: read(stream, "a", wait_s=5.0),
        lambda: stream.ack(group="desk", places=["1-1"]),
        lambda: stream.claim_stuck(group="desk", member="b", stuck_s=0, limit=1),
        lambda: stream.dead(limit=1),
    ):
        with pytest.raises(SignalsUnavailable):
            await refused()
    await asyncio.to_thread(broken.start)
    await eventually(lambda: link.why_away is None)
    stuck = await stream.claim_stuck(group="desk", member="b", stuck_s=0, limit=10)
    assert [one.signal for one in stuck] == [added[1]]
    assert [one.signal for one in await read(stream, "b")] == [added[2]]
    await link.ask("FLUSHALL")
    again = signals(1)
    assert list(await stream.claim_stuck(group="desk", member="b", stuck_s=0, limit=10)) == []
    await stream.add(again)
    assert [one.signal for one in await read(stream, "a", wait_s=5.0)] == again


async def test_a_signal_that_cannot_be_read_goes_to_the_dead_and_stalls_nothing(
    link: RedisLink,
) -> None:
    stream = RedisSignalStream(link=link, handed_out_max=2)
    (good,) = signals(1)
    await link.ask("XADD", link.key("signals:global"), "*", "signal", "no signal")
    await stream.add([good])
    given = await read(stream, "a")
    assert [one.signal for one in given] == [good]
    assert await stream.ack(group="desk", places=[given[0].place]) == 1
    for _ in range(3):
        assert not await stream.claim_stuck(group="desk", member="a", stuck_s=0, limit=10)
    pending = await link.ask("XPENDING", link.key("signals:global"), "desk")
    assert pending[0] == 0
    assert await link.ask("XLEN", link.key("signals:global", "dead")) == 1
    assert list(await stream.dead(limit=10)) == []
