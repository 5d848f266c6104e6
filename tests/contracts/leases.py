"""What every adapter of Leases promises, and what a fence keeps out."""

import asyncio
from abc import abstractmethod
from collections.abc import Awaitable, Callable

import pytest

from ports.leases import Fence, LeaseLost, Leases
from ports.streams import Journal
from tests.contracts.contract import Contract

LASTS_S = 5.0

# Let that many seconds pass, however the adapter under test tells the time.
Pass = Callable[[float], Awaitable[None]]


class LeasesContract(Contract):
    """Subclasses give `leases`, `let_pass`, and the `journal` of the same storage."""

    @pytest.fixture
    @abstractmethod
    def leases(self) -> Leases: ...

    @pytest.fixture
    @abstractmethod
    def journal(self) -> Journal: ...

    @pytest.fixture
    @abstractmethod
    def let_pass(self) -> Pass: ...

    async def _taken(self, leases: Leases, *, by: str, name: str = "dispatch") -> Fence:
        fence = await leases.acquire(name=name, holder=by, lasts_s=LASTS_S)
        assert fence is not None
        return fence

    async def test_one_of_many_at_once_gets_it(self, leases: Leases) -> None:
        asked = [
            leases.acquire(name="dispatch", holder=str(one), lasts_s=LASTS_S) for one in range(8)
        ]
        got = [fence for fence in await asyncio.gather(*asked) if fence is not None]
        assert len(got) == 1

    async def test_names_do_not_hinder_each_other(self, leases: Leases) -> None:
        await self._taken(leases, by="one", name="dispatch")
        await self._taken(leases, by="other", name="relay")

    async def test_it_is_anothers_once_it_lapsed(self, leases: Leases, let_pass: Pass) -> None:
        first = await self._taken(leases, by="one")
        await let_pass(LASTS_S * 0.8)
        assert await leases.acquire(name="dispatch", holder="other", lasts_s=LASTS_S) is None
        await let_pass(LASTS_S * 0.3)
        second = await self._taken(leases, by="other")
        assert second.token > first.token
        assert not await leases.renew(first, lasts_s=LASTS_S)

    async def test_renewing_keeps_it(self, leases: Leases, let_pass: Pass) -> None:
        fence = await self._taken(leases, by="one")
        for _ in range(3):
            await let_pass(LASTS_S * 0.8)
            assert await leases.renew(fence, lasts_s=LASTS_S)
        assert await leases.acquire(name="dispatch", holder="other", lasts_s=LASTS_S) is None

    async def test_one_that_lapsed_and_nobody_took_can_be_renewed(
        self, leases: Leases, let_pass: Pass
    ) -> None:
        fence = await self._taken(leases, by="one")
        await let_pass(LASTS_S * 3)
        assert await leases.renew(fence, lasts_s=LASTS_S)
        assert await leases.acquire(name="dispatch", holder="other", lasts_s=LASTS_S) is None

    async def test_what_was_given_back_is_free_and_its_token_stays_used(
        self, leases: Leases
    ) -> None:
        first = await self._taken(leases, by="one")
        await leases.release(first)
        assert not await leases.renew(first, lasts_s=LASTS_S)
        second = await self._taken(leases, by="other")
        assert second.token > first.token

    async def test_who_lost_it_cannot_give_back_anothers(
        self, leases: Leases, let_pass: Pass
    ) -> None:
        first = await self._taken(leases, by="one")
        await let_pass(LASTS_S * 2)
        await self._taken(leases, by="other")
        await leases.release(first)
        assert await leases.acquire(name="dispatch", holder="one", lasts_s=LASTS_S) is None

    async def test_a_holder_takes_its_own_again_with_a_higher_token(self, leases: Leases) -> None:
        tokens = [(await self._taken(leases, by="one")).token for _ in range(3)]
        assert tokens == sorted(set(tokens))

    async def test_a_paused_holders_late_write_is_refused(
        self, leases: Leases, journal: Journal, let_pass: Pass
    ) -> None:
        paused = await self._taken(leases, by="paused", name="relay")
        await journal.save_cursor(reader="kafka", cursor="1-1", fence=paused)
        await let_pass(LASTS_S * 2)
        # Nobody has taken it yet: nothing speaks against the write.
        await journal.save_cursor(reader="kafka", cursor="2-1", fence=paused)
        next_one = await self._taken(leases, by="next", name="relay")
        await journal.save_cursor(reader="kafka", cursor="9-1", fence=next_one)
        with pytest.raises(LeaseLost):
            await journal.save_cursor(reader="kafka", cursor="3-1", fence=paused)
        assert await journal.load_cursor(reader="kafka") == "9-1"

    async def test_a_fence_of_no_lease_refuses(self, journal: Journal) -> None:
        with pytest.raises(LeaseLost):
            await journal.save_cursor(reader="kafka", cursor="1-1", fence=Fence("never", 1))
