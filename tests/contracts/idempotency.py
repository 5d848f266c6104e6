"""What every adapter of IdempotencyKeys promises."""

import asyncio
from abc import abstractmethod
from collections.abc import Awaitable, Callable
from uuid import UUID

import pytest

from ports.idempotency import IdempotencyKeys, InFlight, KeyClaim, PriorAnswer, UsedOtherwise
from tests.contracts.contract import Contract

TENANT = UUID("01900000-0000-7000-8000-000000000001")
OTHER_TENANT = UUID("01900000-0000-7000-8000-000000000002")
LAPSE_S = 2.0

# Let that many seconds pass, however the adapter under test tells the time.
Pass = Callable[[float], Awaitable[None]]


class IdempotencyKeysContract(Contract):
    """Subclasses give fixtures `keys`, empty, and `let_pass` for the time it goes by."""

    @pytest.fixture
    @abstractmethod
    def keys(self) -> IdempotencyKeys: ...

    @pytest.fixture
    @abstractmethod
    def let_pass(self) -> Pass: ...

    async def _claim(
        self, keys: IdempotencyKeys, *, request: bytes = b"a", tenant_id: UUID = TENANT
    ) -> KeyClaim | InFlight | PriorAnswer | UsedOtherwise:
        return await keys.claim(
            tenant_id=tenant_id, key="k-1", request_hash=request, lapse_s=LAPSE_S
        )

    async def _claimed(self, keys: IdempotencyKeys, *, request: bytes = b"a") -> UUID:
        taken = await self._claim(keys, request=request)
        assert isinstance(taken, KeyClaim)
        return taken.claim

    async def test_the_answer_comes_back_byte_by_byte(self, keys: IdempotencyKeys) -> None:
        claim = await self._claimed(keys)
        body = b'{"a":"\xc3\xa9"} \n'
        assert await keys.complete(tenant_id=TENANT, key="k-1", claim=claim, status=201, body=body)
        assert await self._claim(keys) == PriorAnswer(status=201, body=body)

    async def test_a_key_in_flight_says_when_to_come_back(self, keys: IdempotencyKeys) -> None:
        await self._claimed(keys)
        second = await self._claim(keys)
        assert isinstance(second, InFlight)
        assert 1 <= second.retry_after_s <= LAPSE_S + 1

    async def test_another_request_under_the_key_is_told_apart(self, keys: IdempotencyKeys) -> None:
        claim = await self._claimed(keys)
        assert await self._claim(keys, request=b"b") == UsedOtherwise()
        await keys.complete(tenant_id=TENANT, key="k-1", claim=claim, status=200, body=b"x")
        assert await self._claim(keys, request=b"b") == UsedOtherwise()

    async def test_a_released_key_is_free_for_any_request(self, keys: IdempotencyKeys) -> None:
        claim = await self._claimed(keys)
        await keys.release(tenant_id=TENANT, key="k-1", claim=claim)
        await self._claimed(keys, request=b"b")

    async def test_a_release_does_not_take_back_an_answer(self, keys: IdempotencyKeys) -> None:
        claim = await self._claimed(keys)
        await keys.complete(tenant_id=TENANT, key="k-1", claim=claim, status=200, body=b"x")
        await keys.release(tenant_id=TENANT, key="k-1", claim=claim)
        assert await self._claim(keys) == PriorAnswer(status=200, body=b"x")

    async def test_a_lapsed_claim_is_lost_to_who_comes_next(
        self, keys: IdempotencyKeys, let_pass: Pass
    ) -> None:
        first = await self._claimed(keys)
        await let_pass(LAPSE_S + 0.2)
        second = await self._claimed(keys)
        assert not await keys.complete(
            tenant_id=TENANT, key="k-1", claim=first, status=200, body=b"late"
        )
        await keys.release(tenant_id=TENANT, key="k-1", claim=first)
        assert isinstance(await self._claim(keys), InFlight)
        assert await keys.complete(
            tenant_id=TENANT, key="k-1", claim=second, status=200, body=b"mine"
        )

    async def test_an_answer_does_not_lapse(self, keys: IdempotencyKeys, let_pass: Pass) -> None:
        claim = await self._claimed(keys)
        await keys.complete(tenant_id=TENANT, key="k-1", claim=claim, status=200, body=b"x")
        await let_pass(LAPSE_S + 0.2)
        assert await self._claim(keys) == PriorAnswer(status=200, body=b"x")

    async def test_tenants_do_not_see_each_others_keys(self, keys: IdempotencyKeys) -> None:
        await self._claimed(keys)
        assert isinstance(await self._claim(keys, tenant_id=OTHER_TENANT), KeyClaim)

    async def test_of_fifty_at_once_one_takes_the_key(self, keys: IdempotencyKeys) -> None:
        taken = await asyncio.gather(*(self._claim(keys) for _ in range(50)))
        assert sum(isinstance(one, KeyClaim) for one in taken) == 1
        assert sum(isinstance(one, InFlight) for one in taken) == 49
