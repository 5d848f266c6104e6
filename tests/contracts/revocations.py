"""What every adapter of Revocations promises."""

from abc import abstractmethod
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from ports.revocations import Revocations
from tests import builders
from tests.contracts.contract import Contract
from tests.contracts.passing import Pass

SOON = timedelta(minutes=5)


class RevocationsContract(Contract):
    """Subclasses give `revocations`, those of two processes (or one twice), and `passes`."""

    @pytest.fixture
    @abstractmethod
    async def revocations(self) -> Sequence[Revocations]: ...

    @pytest.fixture
    @abstractmethod
    async def passes(self) -> Pass: ...

    @pytest.fixture
    def now(self) -> datetime:
        return datetime.now(UTC)

    async def test_a_token_is_good_until_it_is_ended(
        self, revocations: Sequence[Revocations], now: datetime, passes: Pass
    ) -> None:
        token_id, other = str(builders.new_id()), str(builders.new_id())
        first, last = revocations[0], revocations[-1]
        for one in (first, last, first):
            assert not await one.is_revoked(token_id)
        await first.revoke(token_id=token_id, expires_at=now + SOON)
        assert await first.is_revoked(token_id)
        await passes(1.0)
        for one in (first, last):
            assert await one.is_revoked(token_id)
            assert not await one.is_revoked(other)

    async def test_ending_a_token_twice_or_too_late_is_harmless(
        self, revocations: Sequence[Revocations], now: datetime
    ) -> None:
        token_id, lapsed = str(builders.new_id()), str(builders.new_id())
        for _ in range(2):
            await revocations[0].revoke(token_id=token_id, expires_at=now + SOON)
        await revocations[0].revoke(token_id=lapsed, expires_at=now - SOON)
        assert await revocations[0].is_revoked(token_id)
