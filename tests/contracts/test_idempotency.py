"""Every keeper of idempotency keys keeps the promises of ports/idempotency.py."""

from datetime import UTC, datetime

import pytest

from adapters.memory.database import MemoryDatabase
from adapters.memory.idempotency import MemoryIdempotencyKeys
from adapters.memory.ids import SeededIds
from adapters.memory.time import ManualClock
from ports.idempotency import IdempotencyKeys, KeyClaim
from tests.contracts.idempotency import TENANT, IdempotencyKeysContract, Pass


class TestMemoryIdempotencyKeys(IdempotencyKeysContract):
    @pytest.fixture
    def clock(self) -> ManualClock:
        return ManualClock(datetime(2026, 1, 2, tzinfo=UTC))

    @pytest.fixture
    def keys(self, clock: ManualClock) -> IdempotencyKeys:
        return MemoryIdempotencyKeys(
            clock=clock, ids=SeededIds(clock=clock, seed=1), database=MemoryDatabase()
        )

    @pytest.fixture
    def let_pass(self, clock: ManualClock) -> Pass:
        async def passing(seconds: float) -> None:
            clock.advance(seconds)

        return passing


async def test_memory_forgets_the_oldest_key_first() -> None:
    clock = ManualClock(datetime(2026, 1, 2, tzinfo=UTC))
    keys = MemoryIdempotencyKeys(
        clock=clock, ids=SeededIds(clock=clock, seed=1), database=MemoryDatabase(), keys_max=2
    )
    for key in ("a", "b", "c"):
        await keys.claim(tenant_id=TENANT, key=key, request_hash=b"1", lapse_s=60)
    again = await keys.claim(tenant_id=TENANT, key="a", request_hash=b"2", lapse_s=60)
    assert isinstance(again, KeyClaim)
