"""What every adapter of RateLimits promises."""

import asyncio
from abc import abstractmethod
from collections.abc import Sequence

import pytest

from ports.rate_limits import RateLimit, RateLimits
from tests import builders
from tests.contracts.contract import Contract
from tests.contracts.passing import Pass

SLOW = RateLimit(name="slow", per_s=0.01, burst=10)
QUICK = RateLimit(name="quick", per_s=2, burst=2)


class RateLimitsContract(Contract):
    """Subclasses give `limits`, those of two processes (or one twice), and `passes`."""

    @pytest.fixture
    @abstractmethod
    async def limits(self) -> Sequence[RateLimits]: ...

    @pytest.fixture
    @abstractmethod
    async def passes(self) -> Pass: ...

    async def test_of_64_who_ask_at_once_exactly_the_burst_is_let_through(
        self, limits: Sequence[RateLimits]
    ) -> None:
        key = str(builders.new_id())
        asked = [limits[number % len(limits)].take(limit=SLOW, key=key) for number in range(64)]
        waits = await asyncio.gather(*asked)
        assert sorted(waits)[:11].count(0.0) == 10
        assert all(wait > 90 for wait in waits if wait)

    async def test_after_the_wait_that_was_told_there_is_room_for_one(
        self, limits: Sequence[RateLimits], passes: Pass
    ) -> None:
        key = str(builders.new_id())
        taken = [await limits[0].take(limit=QUICK, key=key) for _ in range(3)]
        assert taken[:2] == [0.0, 0.0]
        assert 0 < taken[2] <= 0.5 + 1e-6
        await passes(taken[2])
        assert await limits[-1].take(limit=QUICK, key=key) == 0.0
        assert await limits[0].take(limit=QUICK, key=key) > 0

    async def test_a_bucket_left_alone_is_full_again_and_no_fuller(
        self, limits: Sequence[RateLimits], passes: Pass
    ) -> None:
        key = str(builders.new_id())
        await limits[0].take(limit=QUICK, key=key, cost=2)
        await passes(1.0)
        waits = [await limits[0].take(limit=QUICK, key=key) for _ in range(3)]
        assert [wait == 0 for wait in waits] == [True, True, False]

    async def test_a_cost_is_taken_whole_or_not_at_all(self, limits: Sequence[RateLimits]) -> None:
        key = str(builders.new_id())
        assert await limits[0].take(limit=SLOW, key=key, cost=7) == 0
        assert await limits[0].take(limit=SLOW, key=key, cost=4) > 0
        assert await limits[-1].take(limit=SLOW, key=key, cost=3) == 0
        assert await limits[0].take(limit=SLOW, key=key) > 0
        for cost in (0, -1, 11):
            with pytest.raises(ValueError, match="cost"):
                await limits[0].take(limit=SLOW, key=key, cost=cost)

    async def test_keys_and_limits_do_not_mix(self, limits: Sequence[RateLimits]) -> None:
        key = str(builders.new_id())
        assert await limits[0].take(limit=SLOW, key=key, cost=10) == 0
        assert await limits[0].take(limit=SLOW, key=str(builders.new_id())) == 0
        assert await limits[0].take(limit=QUICK, key=key) == 0
